//! Living with the locks: tasks, the review, the register of keys, privacy, what is wrong, questions.

use access::{DoorId, LockId, PersonId, ReviewBy};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use care::living::calendar::Task;
use care::living::privacy::Answers;
use care::living::register::Holder;
use hub::{Given, KeyWish};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{By, Disclosed, Input, Made, Text, made};
use crate::pages::care::{Doctor, PrivacyStanding, examined, privacy_standing, replied};
use crate::problem::Problem;

/// A note.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteIn {
    /// At most 300 characters; may be left out.
    #[serde(default)]
    note: String,
}

/// What is to become of the calendar's address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CalendarIn {
    /// `open`: a new secret address, the old one ends; `close`: none.
    #[serde(rename = "do")]
    wish: String,
}

/// The calendar's address; shown once.
#[derive(Serialize, ToSchema)]
pub(crate) struct CalendarOut {
    address: Option<Disclosed>,
}

/// An access in the review.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewOut {
    /// By which it is kept or ended.
    id: String,
    person: Uuid,
    person_name: String,
    doors: Vec<Uuid>,
    door_names: Vec<String>,
    /// The reason that was written down, or what was told.
    what: String,
    told: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_use: Option<Timestamp>,
    /// What to ask, in words.
    questions: Vec<&'static str>,
    /// Kept in this round.
    #[schema(value_type = Option<String>, format = DateTime)]
    kept: Option<Timestamp>,
}

/// The review.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewsOut {
    #[schema(value_type = Option<String>, format = DateTime)]
    last: Option<Timestamp>,
    every_months: u8,
    accesses: Vec<ReviewOut>,
}

/// A decision of the review.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReviewIn {
    /// `keep` or `end` (with `id`), `done`, or `every` (with `months`).
    #[serde(rename = "do")]
    wish: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    months: u8,
}

/// A key of the register.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyOut {
    id: Uuid,
    door: Uuid,
    what: String,
    /// Id of the person who has it.
    person: Option<Uuid>,
    /// Who else has it.
    named: Option<String>,
    /// It lies somewhere: where is asked for by itself.
    lies: bool,
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    #[schema(value_type = Option<String>, format = Date)]
    back_by: Option<Date>,
    #[schema(value_type = Option<String>, format = DateTime)]
    returned: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    lost: Option<Timestamp>,
}

/// A key to enter: exactly one of `person`, `named`, `place`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyIn {
    door: Uuid,
    /// 1 to 80 characters.
    what: String,
    #[serde(default)]
    person: Option<Uuid>,
    #[serde(default)]
    named: Option<String>,
    /// Where it lies, in your words; sealed.
    #[serde(default)]
    place: Option<Text>,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    back_by: Option<Date>,
}

/// What became of a key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyChange {
    /// `back` or `lost`.
    became: String,
}

/// Where a key lies.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlaceOut {
    place: Disclosed,
}

/// A backup that was tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackupIn {
    works: bool,
    #[serde(default)]
    note: String,
}

/// Under which name or address it is to be reached from outside.
#[derive(Deserialize, IntoParams)]
pub(crate) struct Wish {
    #[serde(default)]
    wish: String,
}

/// What is asked of a door.
#[derive(Deserialize, IntoParams)]
pub(crate) struct DoctorQuery {
    /// `offline`, `battery`, `jams`, `refuses`, `code`, `stranger`, `autolock`, `clock`, `app`.
    symptom: Option<String>,
    /// One of several locks.
    lock: Option<Uuid>,
    /// A number of the log: an entry that nobody recognises.
    entry: Option<u64>,
}

/// A question about a door.
#[derive(Deserialize, IntoParams)]
pub(crate) struct AskQuery {
    /// At most 300 characters.
    q: String,
    door: Uuid,
}

/// What is to be done in this home, the most pressing first: `id`, `kind`, `title`, `why`, `how`, `minutes`, `due`,
/// `overdue`, `decided_by`, `estimate`, `pass`, `last`, `place`, `by_itself`.
#[utoipa::path(get, path = "/api/v1/tasks", tag = "care", responses((status = 200, body = Object)))]
pub(crate) async fn tasks(by: By) -> Json<Vec<Task>> {
    Json(by.app.hub.tasks())
}

/// Ticks a task off.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/done", tag = "care", params(("id" = String, Path)),
    request_body = NoteIn, responses((status = 204), (status = 404, body = super::ErrorBody),
    (status = 409, body = super::ErrorBody)))]
pub(crate) async fn task_done(
    by: By,
    Path(id): Path<String>,
    Input(note): Input<NoteIn>,
) -> Result<StatusCode, Problem> {
    by.app.hub.tick_off(&by.actor, &id, &note.note).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a new secret address for the calendar, or ends it.
#[utoipa::path(post, path = "/api/v1/calendar", tag = "care", request_body = CalendarIn,
    responses((status = 200, body = CalendarOut), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn calendar(by: By, Input(wish): Input<CalendarIn>) -> Result<Json<CalendarOut>, Problem> {
    let address = match wish.wish.as_str() {
        "open" => {
            let secret = by.app.hub.calendar_open(&by.actor).await?;
            Some(Disclosed::new(format!("{}calendar/{}.ics", by.app.url, secret.as_str())))
        }
        "close" => {
            by.app.hub.calendar_close(&by.actor).await?;
            None
        }
        _ => return Err(Problem::bad_input("do: open or close.")),
    };
    Ok(Json(CalendarOut { address }))
}

/// Who still has access, with last use and questions; those with an open question first.
#[utoipa::path(get, path = "/api/v1/review", tag = "care", responses((status = 200, body = ReviewsOut)))]
pub(crate) async fn review(by: By) -> Result<Json<ReviewsOut>, Problem> {
    let lines = by.app.hub.review(&by.actor).await?;
    let (last, every_months) = by.app.hub.review_state();
    let accesses = by.app.hub.view(|view| {
        let out = |line: hub::ReviewLine| {
            let item = line.item;
            let door = |id: &DoorId| view.house.doors.get(id).map(|door| door.name.clone());
            let (what, told) = match &item.by {
                ReviewBy::Grant(id) => {
                    (view.house.grants.get(id).map_or(String::new(), |grant| grant.reason.clone()), false)
                }
                ReviewBy::Told { what, .. } => (what.clone(), true),
            };
            ReviewOut {
                id: line.id,
                person: item.person.uuid(),
                person_name: view.house.people.get(&item.person).map_or(String::new(), |p| p.name.clone()),
                door_names: item.doors.iter().filter_map(door).collect(),
                doors: item.doors.iter().map(|id| id.uuid()).collect(),
                what,
                told,
                since: item.since,
                last_use: item.last_use,
                questions: item.questions.iter().map(|one| crate::pages::care::question(*one)).collect(),
                kept: line.kept,
            }
        };
        lines.into_iter().map(out).collect()
    });
    Ok(Json(ReviewsOut { last, every_months, accesses }))
}

/// Keeps or ends an access, or ends the round.
#[utoipa::path(post, path = "/api/v1/review", tag = "care", request_body = ReviewIn,
    responses((status = 204), (status = 404, body = super::ErrorBody), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn decide(by: By, Input(wish): Input<ReviewIn>) -> Result<StatusCode, Problem> {
    let (hub, actor) = (&by.app.hub, &by.actor);
    match wish.wish.as_str() {
        "keep" => hub.review_keep(actor, &wish.id).await?,
        "end" => hub.review_end(actor, &wish.id).await?,
        "done" => hub.review_done(actor).await?,
        "every" => hub.review_every(actor, wish.months).await?,
        _ => return Err(Problem::bad_input("do: keep, end, done or every.")),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The register of keys.
#[utoipa::path(get, path = "/api/v1/keys", tag = "care", responses((status = 200, body = [KeyOut])))]
pub(crate) async fn keys(by: By) -> Json<Vec<KeyOut>> {
    let out = |key: care::living::register::KeyCopy| {
        let (person, named, lies) = match key.holder {
            Holder::Person(id) => (Some(id.uuid()), None, false),
            Holder::Named(name) => (None, Some(name), false),
            Holder::Place { .. } => (None, None, true),
        };
        let (id, door, what, since) = (key.id, key.door.uuid(), key.what, key.since);
        let (back_by, returned, lost) = (key.back_by, key.returned, key.lost);
        KeyOut { id, door, what, person, named, lies, since, back_by, returned, lost }
    };
    Json(by.app.hub.keys().keys.into_iter().map(out).collect())
}

/// Enters a key.
#[utoipa::path(post, path = "/api/v1/keys", tag = "care", request_body = KeyIn,
    responses((status = 201, body = Made), (status = 404, body = super::ErrorBody),
    (status = 422, body = super::ErrorBody)))]
pub(crate) async fn enter_key(by: By, Input(key): Input<KeyIn>) -> Result<(StatusCode, Json<Made>), Problem> {
    let given = match (key.person, key.named, key.place) {
        (Some(id), None, None) => Given::To(PersonId::new(id)),
        (None, Some(name), None) => Given::Named(name),
        (None, None, Some(place)) => Given::Lies(zeroize::Zeroizing::new(place.expose().to_owned())),
        _ => return Err(Problem::bad_input("Exactly one of person, named and place.")),
    };
    let wish = KeyWish { door: DoorId::new(key.door), what: key.what, given, back_by: key.back_by };
    Ok(made(by.app.hub.key_enter(&by.actor, wish).await?))
}

/// Marks a key as back or lost.
#[utoipa::path(post, path = "/api/v1/keys/{id}", tag = "care", params(("id" = Uuid, Path)),
    request_body = KeyChange, responses((status = 204), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn change_key(
    by: By,
    Path(id): Path<Uuid>,
    Input(change): Input<KeyChange>,
) -> Result<StatusCode, Problem> {
    let lost = match change.became.as_str() {
        "back" => false,
        "lost" => true,
        _ => return Err(Problem::bad_input("became: back or lost.")),
    };
    by.app.hub.key_changed(&by.actor, id, lost).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where a key lies; the log says who looked.
#[utoipa::path(post, path = "/api/v1/keys/{id}/place", tag = "care", params(("id" = Uuid, Path)),
    responses((status = 200, body = PlaceOut), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn key_place(by: By, Path(id): Path<Uuid>) -> Result<Json<PlaceOut>, Problem> {
    let place = by.app.hub.key_place(&by.actor, id).await?;
    Ok(Json(PlaceOut { place: Disclosed::new(place.as_str()) }))
}

/// The spare key or emergency code of a lock was tried.
#[utoipa::path(post, path = "/api/v1/locks/{id}/backup", tag = "care", params(("id" = Uuid, Path)),
    request_body = BackupIn, responses((status = 204), (status = 404, body = super::ErrorBody)))]
pub(crate) async fn backup_tried(
    by: By,
    Path(id): Path<LockId>,
    Input(tried): Input<BackupIn>,
) -> Result<StatusCode, Problem> {
    by.app.hub.backup_tried(&by.actor, id, tried.works, &tried.note).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where each log is kept, the advice, hygiene, ways to look from afar and warnings before it is opened.
#[utoipa::path(get, path = "/api/v1/privacy", tag = "care", params(Wish),
    responses((status = 200, body = Object)))]
pub(crate) async fn privacy(by: By, Query(wish): Query<Wish>) -> Json<PrivacyStanding> {
    Json(privacy_standing(&by.app, &by.from, &wish.wish))
}

/// Answers the decision path: `from_afar`, `own_network`, `at_ease`, each `true`, `false` or `null`.
#[utoipa::path(post, path = "/api/v1/privacy", tag = "care", request_body = Object,
    responses((status = 204), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn answer_privacy(by: By, Input(answers): Input<Answers>) -> Result<StatusCode, Problem> {
    by.app.hub.privacy_answered(&by.actor, answers).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What may be wrong at a door: symptoms, causes ranked by what was seen, whether a silence is more, an entry judged.
#[utoipa::path(get, path = "/api/v1/doors/{id}/doctor", tag = "care", params(("id" = Uuid, Path), DoctorQuery),
    responses((status = 200, body = Object), (status = 404, body = super::ErrorBody),
    (status = 422, body = super::ErrorBody)))]
pub(crate) async fn doctor(
    by: By,
    Path(id): Path<DoorId>,
    Query(query): Query<DoctorQuery>,
) -> Result<Json<Doctor>, Problem> {
    let lock = query.lock.map(LockId::new);
    let symptom = query.symptom.as_deref();
    Ok(Json(examined(&by.app.hub, &by.actor, id, lock, symptom, query.entry).await?))
}

/// Answers a question about a door: `question`, `taken_as`, `answer`, `reasons`, `others`.
#[utoipa::path(get, path = "/api/v1/ask", tag = "care", params(AskQuery),
    responses((status = 200, body = Object), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn ask(by: By, Query(query): Query<AskQuery>) -> Result<Json<care::ask::Reply>, Problem> {
    Ok(Json(replied(&by.app, DoorId::new(query.door), &query.q).await?))
}
