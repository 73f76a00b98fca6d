//! Where each log is kept and who sees it, the decision path to local or cloud, hygiene of accounts and network, and the
//! guide to looking from afar.

use askama::Template;
use axum::extract::Extension;
use axum::response::Response;
use care::living::hygiene::{self, Hubs, Point, State, Warning, WayIn};
use care::living::privacy::{Advice, Answers, LogOf, Remembered, advise, changed, logs, rests_on};
use serde::Serialize;

use super::hubs;
use crate::auth::From;
use crate::pages::{Asked, Fields, Frame, Here, Sent, Visit, page, see};
use crate::problem::Problem;
use crate::state::App;

/// Longest name or address that is asked about.
const WISH_MAX: usize = 300;

/// Everything that the page and the API say of privacy.
#[derive(Serialize)]
pub(crate) struct Standing {
    /// Where each log is kept.
    pub logs: Vec<LogOf>,
    /// The answers given.
    pub answers: Answers,
    /// What they lead to.
    pub advice: Option<Advice>,
    /// What changed since the advice was remembered: asked again.
    pub asked_again: Vec<String>,
    /// Points of hygiene, the bad ones first.
    pub hygiene: Vec<Point>,
    /// Ways to look from afar.
    pub ways: Vec<WayIn>,
    /// What is to be known before others can reach it.
    pub warnings: Vec<Warning>,
}

/// How things stand; `wish` is a name or address under which it is to be reached.
pub(crate) fn standing(app: &App, from: &str, wish: &str) -> Standing {
    let home = app.hub.home();
    let hubs: Hubs = hubs(app, from);
    let remembered: Remembered = app.hub.privacy();
    let now = rests_on(&home);
    Standing {
        logs: logs(&home),
        answers: remembered.answers,
        advice: advise(&home, remembered.answers),
        asked_again: if remembered.at.is_some() { changed(&remembered, &now) } else { Vec::new() },
        hygiene: hygiene::points(&home, &hubs),
        ways: hygiene::ways_in(&hubs),
        warnings: hygiene::before_opening(&hubs, wish),
    }
}

#[derive(Template)]
#[template(path = "pages/care/privacy.html")]
struct PrivacyPage {
    frame: Frame,
    at: Standing,
    wish: String,
    questions: Vec<(&'static str, &'static str, Option<bool>)>,
    bad: usize,
    asked: usize,
}

/// `GET /care/privacy`
pub(crate) async fn show(
    visit: Visit,
    Extension(from): Extension<From>,
    Asked(query): Asked,
) -> Result<Response, Problem> {
    let wish = query.text("wish", "Name or address", WISH_MAX)?;
    let at = standing(&visit.app, &from.0, &wish);
    let answers = at.answers;
    let count = |state: State| at.hygiene.iter().filter(|point| point.state == state).count();
    let (bad, asked) = (count(State::Bad), count(State::Asked));
    let questions = vec![
        ("from_afar", "Do you need to look from afar?", answers.from_afar),
        ("own_network", "Are the locks on a network of their own?", answers.own_network),
        ("at_ease", "Are you at ease with what the maker does with your data?", answers.at_ease),
    ];
    let frame = visit.frame("Privacy and network", Here::None);
    page(&PrivacyPage { frame, at, wish, questions, bad, asked })
}

/// `POST /care/privacy`: the answers of the decision path.
pub(crate) async fn answer(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let answers = read(&form)?;
    visit.app.hub.privacy_answered(visit.actor()?, answers).await?;
    Ok(see("/care/privacy#path", "saved"))
}

fn read(form: &Fields) -> Result<Answers, Problem> {
    let answer = |name: &str| match form.raw(name) {
        "" => Ok(None),
        "yes" => Ok(Some(true)),
        "no" => Ok(Some(false)),
        _ => Err(Problem::bad_input("Answer yes or no, or leave it.")),
    };
    Ok(Answers {
        from_afar: answer("from_afar")?,
        own_network: answer("own_network")?,
        at_ease: answer("at_ease")?,
    })
}
