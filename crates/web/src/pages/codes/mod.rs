//! A person's code: shown once on an explicit, logged request with a fresh password; changed.

use access::CredentialId;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use hub::CodeWish;
use zeroize::Zeroizing;

use super::{Frame, Here, Sent, Visit, give, page, page_with, see};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "pages/codes/shown.html")]
struct Shown {
    frame: Frame,
    person: String,
    person_id: String,
    digits: Zeroizing<String>,
    /// `4 7 1 1`, read digit by digit by a screen reader.
    spoken: Zeroizing<String>,
}

#[derive(Template)]
#[template(path = "pages/codes/change.html")]
struct Change {
    frame: Frame,
    id: String,
    person: String,
    person_id: String,
    digits: u8,
}

/// `POST /codes/{id}/show`: a `POST`, because it is written into the log.
pub(crate) async fn show(visit: Visit, Path(id): Path<CredentialId>) -> Result<Response, Problem> {
    let (person_id, person, _) = owner(&visit, id)?;
    let frame = visit.frame(format!("Code of {person}"), Here::People);
    let back = format!("/people/{person_id}");
    let pin = match visit.app.hub.reveal(visit.actor()?, id).await {
        Ok(pin) => pin,
        Err(hub::HubError::NeedsFreshPassword) => return Ok(see(&format!("/confirm?back={back}"), "")),
        Err(error) => return Err(error.into()),
    };
    let spoken: Vec<String> = pin.expose().chars().map(String::from).collect();
    let digits = Zeroizing::new(pin.expose().to_owned());
    page(&Shown { frame, person, person_id, digits, spoken: Zeroizing::new(spoken.join(" ")) })
}

/// `GET /codes/{id}`
pub(crate) async fn ask(visit: Visit, Path(id): Path<CredentialId>) -> Result<Response, Problem> {
    page(&form(&visit, id, None)?)
}

fn form(visit: &Visit, id: CredentialId, problem: Option<&Problem>) -> Result<Change, Problem> {
    let (person_id, person, digits) = owner(visit, id)?;
    let frame = visit.frame(format!("Change the code of {person}"), Here::People).wrong(problem);
    Ok(Change { frame, id: id.to_string(), person, person_id, digits })
}

/// `POST /codes/{id}`
pub(crate) async fn change(
    visit: Visit,
    Path(id): Path<CredentialId>,
    Sent(sent): Sent,
) -> Result<Response, Problem> {
    let person = visit.app.hub.view(|view| view.house.credentials.get(&id).map(|code| code.person));
    let person = person.ok_or_else(|| Problem::not_found("code"))?;
    let wish = match sent.raw("code") {
        "typed" => give::typed(&sent).map(CodeWish::Typed),
        _ => give::digits(&sent).map(|digits| CodeWish::Generate { digits }),
    };
    let done = match wish {
        Ok(wish) => {
            visit.app.hub.set_code(visit.actor()?, person, Some(id), wish).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(see(&format!("/people/{person}"), "code")),
        Err(problem) if problem.code == "fresh_password_needed" => Err(problem),
        Err(problem) => page_with(problem.status, &form(&visit, id, Some(&problem))?),
    }
}

fn owner(visit: &Visit, id: CredentialId) -> Result<(String, String, u8), Problem> {
    visit.app.hub.view(|view| {
        let code = view.house.credentials.get(&id).ok_or_else(|| Problem::not_found("code"))?;
        let person = view.house.people.get(&code.person).ok_or_else(|| Problem::not_found("person"))?;
        Ok((person.id.to_string(), person.name.clone(), code.digits))
    })
}
