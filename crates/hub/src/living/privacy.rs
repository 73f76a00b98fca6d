//! What was decided on local or cloud (L4), with what it rested on.

use ::care::living::privacy::{Answers, Remembered, advise, rests_on};

use super::{CARE, kept, put};
use crate::actor::Actor;
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::ports::Scope;

/// Document key.
const KEY: &str = "privacy";

impl Hub {
    /// What was decided; nothing answered where nothing was.
    pub fn privacy(&self) -> Remembered {
        kept(&self.state(), CARE, KEY)
    }

    /// Keeps the answers of the decision path, with the advice that they lead to now and what that rests on.
    ///
    /// # Errors
    /// `Forbidden`, storage.
    pub async fn privacy_answered(&self, actor: &Actor, answers: Answers) -> Result<(), HubError> {
        actor.need(Scope::Manage)?;
        let home = self.home();
        let advice = advise(&home, answers);
        let (id, rested_on) = (advice.as_ref().map(|advice| advice.id.to_owned()), rests_on(&home));
        let who = actor.name.clone();
        self.write(
            Touches::House,
            Box::new(move |state, now| {
                let at = id.is_some().then_some(now);
                let remembered = Remembered { answers, advice: id.unwrap_or_default(), at, rested_on };
                let mut draft = Draft::default();
                put(&mut draft, state, CARE, KEY, &remembered);
                let said = advice.map_or_else(|| "no advice yet".to_owned(), |advice| advice.title);
                let text = format!("{who} answered what to do about local or cloud: {said}");
                draft.events.push(Event::plain("system", text));
                Ok(draft)
            }),
        )
        .await
    }
}
