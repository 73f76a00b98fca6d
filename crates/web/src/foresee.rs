//! The dry run, for pages and API: what a command would do, with names. It keeps nothing.

use access::{Change, Command, Credential};

use crate::problem::Problem;
use crate::state::App;
use crate::words::{self, Ahead};

/// What this command would change on which lock.
///
/// # Errors
/// The refusal that the command itself would meet.
pub(crate) fn foresee(app: &App, command: Command) -> Result<Vec<Ahead>, Problem> {
    app.hub.view(|view| {
        let standing_in = match &command {
            Command::Give(give) if !view.house.credentials.contains_key(&give.credential) => {
                Some(code_to_come(view.house, give, view.now))
            }
            _ => None,
        };
        let foreseen = match standing_in {
            Some(code) => {
                let mut house = view.house.clone();
                house.apply(Change::Credential(code));
                access::foresee(&house, command, view.now)
            }
            None => access::foresee(view.house, command, view.now),
        };
        let foreseen = foreseen.map_err(|no| Problem::from(hub::HubError::Refused(no.to_string())))?;
        Ok(words::ahead(view, &foreseen))
    })
}

/// A code that is not made yet: of a length that the locks take, the same as nobody's.
fn code_to_come(house: &access::House, give: &access::GiveAccess, now: jiff::Timestamp) -> Credential {
    let (min, max) = crate::pages::give::lengths(house, give.target);
    let mut digest = [0; 32];
    digest[..16].copy_from_slice(give.credential.uuid().as_bytes());
    Credential {
        id: give.credential,
        person: give.person,
        digits: hub::CODE_DIGITS.clamp(min, max),
        sealed: Vec::new(),
        digest,
        version: 1,
        changed: now,
    }
}
