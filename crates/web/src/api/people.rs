//! People and their codes.

use access::{Command, Credential, CredentialId, Person, PersonId, PersonKind};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use hub::ports::Purpose;
use hub::{CodeWish, View};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{By, Disclosed, Input, Made, PinText, made};
use crate::problem::Problem;

/// Why somebody has access at all.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KindBody {
    /// Lives here.
    Resident,
    /// Stays or visits for a time.
    Guest,
    /// Cleaner, nurse, tradesperson, agency.
    Service,
}

impl From<KindBody> for PersonKind {
    fn from(kind: KindBody) -> Self {
        match kind {
            KindBody::Resident => Self::Resident,
            KindBody::Guest => Self::Guest,
            KindBody::Service => Self::Service,
        }
    }
}

/// A person.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonOut {
    id: Uuid,
    name: String,
    kind: KindBody,
    note: String,
    #[schema(value_type = String, format = DateTime)]
    created: Timestamp,
    codes: Vec<CodeOut>,
    /// Living grants.
    grants: Vec<Uuid>,
}

/// A code: never its digits.
#[derive(Serialize, ToSchema)]
pub(crate) struct CodeOut {
    id: Uuid,
    digits: u8,
    #[schema(value_type = String, format = DateTime)]
    changed: Timestamp,
    /// `ordinary`, `duress`, `emergency`, `emergency_once`.
    #[schema(value_type = String)]
    purpose: Purpose,
}

/// What is entered of a person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonIn {
    /// 1 to 80 characters, unique.
    name: String,
    kind: KindBody,
    /// At most 500 characters.
    #[serde(default)]
    note: String,
}

/// A new code: typed, or generated with so many digits (6 when both are left out, 9 for an emergency code).
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeIn {
    #[serde(default)]
    pin: Option<PinText>,
    /// 4 to 10.
    #[serde(default)]
    digits: Option<u8>,
    /// `ordinary`; `duress`: opens and raises a silent alarm; `emergency`, `emergency_once`: nine digits or more,
    /// opens also in vacation mode and at a low battery. A code that is there keeps what it is for.
    #[serde(default)]
    #[schema(value_type = String, example = "ordinary")]
    purpose: Purpose,
}

impl CodeIn {
    /// What a new code is for.
    pub(crate) fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The wish for the hub.
    pub(crate) fn wish(self) -> Result<CodeWish, Problem> {
        match (self.pin, self.digits) {
            (Some(_), Some(_)) => Err(Problem::bad_input("Give pin or digits, not both.")),
            (Some(pin), None) => Ok(CodeWish::Typed(pin.0)),
            (None, digits) if digits.is_none_or(|d| (4..=10).contains(&d)) => {
                let usual = if self.purpose.is_emergency() { 9 } else { 6 };
                Ok(CodeWish::Generate { digits: digits.unwrap_or(usual) })
            }
            _ => Err(Problem::bad_input("digits: 4 to 10.")),
        }
    }
}

/// A code's digits, on an explicit and logged request.
#[derive(Serialize, ToSchema)]
pub(crate) struct Shown {
    pin: Disclosed,
}

fn out(view: &View<'_>, person: &Person) -> PersonOut {
    let code = |code: &Credential| CodeOut {
        id: code.id.uuid(),
        digits: code.digits,
        changed: code.changed,
        purpose: view.purpose(code.id),
    };
    let kind = match person.kind {
        PersonKind::Resident => KindBody::Resident,
        PersonKind::Guest => KindBody::Guest,
        PersonKind::Service => KindBody::Service,
    };
    let grants = view.house.grants.values().filter(|g| g.person == person.id && g.revoked.is_none());
    PersonOut {
        id: person.id.uuid(),
        name: person.name.clone(),
        kind,
        note: person.note.clone(),
        created: person.created,
        codes: view.house.credentials.values().filter(|c| c.person == person.id).map(code).collect(),
        grants: grants.map(|grant| grant.id.uuid()).collect(),
    }
}

/// Everyone entered.
#[utoipa::path(get, path = "/api/v1/people", tag = "people", responses((status = 200, body = [PersonOut])))]
pub(crate) async fn list(by: By) -> Json<Vec<PersonOut>> {
    Json(by.app.hub.view(|view| view.house.people.values().map(|person| out(view, person)).collect()))
}

/// One person.
#[utoipa::path(get, path = "/api/v1/people/{id}", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 200, body = PersonOut), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn get(by: By, Path(id): Path<PersonId>) -> Result<Json<PersonOut>, Problem> {
    by.app.hub.view(|view| {
        let person = view.house.people.get(&id).ok_or_else(|| Problem::not_found("person"))?;
        Ok(Json(out(view, person)))
    })
}

/// Enters a person.
#[utoipa::path(post, path = "/api/v1/people", tag = "people", request_body = PersonIn,
    responses((status = 201, body = Made), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn add(by: By, Input(person): Input<PersonIn>) -> Result<impl IntoResponse, Problem> {
    let id = PersonId::new(by.app.fresh_id());
    let command = Command::AddPerson { id, name: person.name, kind: person.kind.into(), note: person.note };
    by.app.hub.act(&by.actor, command).await?;
    Ok(made(id.uuid()))
}

/// Changes what is entered of a person.
#[utoipa::path(put, path = "/api/v1/people/{id}", tag = "people", params(("id" = Uuid, Path)),
    request_body = PersonIn, responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn change(
    by: By,
    Path(id): Path<PersonId>,
    Input(person): Input<PersonIn>,
) -> Result<StatusCode, Problem> {
    let kind = person.kind.into();
    let command = Command::ChangePerson { id, name: person.name, kind, note: person.note };
    by.app.hub.act(&by.actor, command).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends every grant of a person and takes them off the list; their codes are removed from every lock.
#[utoipa::path(delete, path = "/api/v1/people/{id}", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn remove(by: By, Path(id): Path<PersonId>) -> Result<StatusCode, Problem> {
    by.app.hub.act(&by.actor, Command::RemovePerson { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Erases a removed person from the log for good; every proof stays whole.
#[utoipa::path(post, path = "/api/v1/people/{id}/erase", tag = "people", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn erase(by: By, Path(id): Path<PersonId>) -> Result<StatusCode, Problem> {
    by.app.hub.erase_person(&by.actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a further code for a person.
#[utoipa::path(post, path = "/api/v1/people/{id}/codes", tag = "codes", params(("id" = Uuid, Path)),
    request_body = CodeIn, responses((status = 201, body = Made), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn add_code(
    by: By,
    Path(id): Path<PersonId>,
    Input(code): Input<CodeIn>,
) -> Result<impl IntoResponse, Problem> {
    let purpose = code.purpose();
    let credential = by.app.hub.set_code_for(&by.actor, id, None, code.wish()?, purpose).await?;
    Ok(made(credential.uuid()))
}

/// Changes a code everywhere it is used.
#[utoipa::path(put, path = "/api/v1/codes/{id}", tag = "codes", params(("id" = Uuid, Path)),
    request_body = CodeIn, responses((status = 204), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn change_code(
    by: By,
    Path(id): Path<CredentialId>,
    Input(code): Input<CodeIn>,
) -> Result<StatusCode, Problem> {
    let person = by.app.hub.view(|view| view.house.credentials.get(&id).map(|code| code.person));
    let person = person.ok_or_else(|| Problem::not_found("code"))?;
    by.app.hub.set_code(&by.actor, person, Some(id), code.wish()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows a code. Needs scope `reveal`; it is written into the log.
#[utoipa::path(post, path = "/api/v1/codes/{id}/reveal", tag = "codes", params(("id" = Uuid, Path)),
    responses((status = 200, body = Shown), (status = 403, body = super::ErrorBody)))]
pub(crate) async fn reveal(by: By, Path(id): Path<CredentialId>) -> Result<Json<Shown>, Problem> {
    let pin = by.app.hub.reveal(&by.actor, id).await?;
    Ok(Json(Shown { pin: Disclosed::new(pin.expose()) }))
}
