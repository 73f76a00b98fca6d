//! Named schedules.

use access::{Command, Days, Schedule, ScheduleId, Window};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{By, Input, Made, made};
use crate::pages::clock_time;
use crate::pages::schedules::DAY_NAMES;
use crate::problem::Problem;
use crate::words;

/// One weekly window in a door's own local time.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WindowBody {
    /// `mon` to `sun`.
    days: Vec<String>,
    /// First minute in which the code opens: `08:00`.
    start: String,
    /// First minute in which it no longer opens: `18:00`; `24:00` or `00:00` is the end of the day. An end
    /// before the start reaches into the next day.
    end: String,
}

/// A schedule.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScheduleOut {
    id: Uuid,
    name: String,
    windows: Vec<WindowBody>,
    /// In words: `weekdays 8 to 18`.
    words: String,
}

/// What is entered of a schedule.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleIn {
    /// 1 to 80 characters, unique.
    name: String,
    /// At most 21; none means always.
    windows: Vec<WindowBody>,
}

fn windows(bodies: &[WindowBody]) -> Result<Vec<Window>, Problem> {
    bodies.iter().map(window).collect()
}

fn window(body: &WindowBody) -> Result<Window, Problem> {
    let day = |key: &String| {
        let found = DAY_NAMES.iter().find(|(k, ..)| k == key).map(|(_, _, day)| *day);
        found.ok_or_else(|| Problem::bad_input("days: mon, tue, wed, thu, fri, sat, sun."))
    };
    let days: Vec<Weekday> = body.days.iter().map(day).collect::<Result<_, _>>()?;
    if days.is_empty() {
        return Err(Problem::bad_input("days: name at least one."));
    }
    let time = |text: &str, field: &str| {
        clock_time(text).ok_or_else(|| Problem::bad_input(format!("{field}: a time such as 08:00.")))
    };
    Ok(Window { days: Days::of(&days), start: time(&body.start, "start")?, end: time(&body.end, "end")? })
}

fn out(schedule: &Schedule) -> ScheduleOut {
    let key = |day: Weekday| DAY_NAMES.iter().find(|(.., d)| *d == day).map_or("?", |(key, ..)| key);
    let body = |window: &Window| WindowBody {
        days: window.days.iter().map(|day| key(day).to_owned()).collect(),
        start: window.start.strftime("%H:%M").to_string(),
        end: window.end.strftime("%H:%M").to_string(),
    };
    ScheduleOut {
        id: schedule.id.uuid(),
        name: schedule.name.clone(),
        windows: schedule.windows.iter().map(body).collect(),
        words: words::schedule(schedule),
    }
}

/// Every schedule.
#[utoipa::path(get, path = "/api/v1/schedules", tag = "schedules", responses((status = 200, body = [ScheduleOut])))]
pub(crate) async fn list(by: By) -> Json<Vec<ScheduleOut>> {
    Json(by.app.hub.view(|view| view.house.schedules.values().map(out).collect()))
}

/// Makes a schedule.
#[utoipa::path(post, path = "/api/v1/schedules", tag = "schedules", request_body = ScheduleIn,
    responses((status = 201, body = Made), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn add(by: By, Input(schedule): Input<ScheduleIn>) -> Result<impl IntoResponse, Problem> {
    let id = ScheduleId::new(by.app.fresh_id());
    let windows = windows(&schedule.windows)?;
    by.app.hub.act(&by.actor, Command::AddSchedule { id, name: schedule.name, windows }).await?;
    Ok(made(id.uuid()))
}

/// Changes it; every grant that names it follows.
#[utoipa::path(put, path = "/api/v1/schedules/{id}", tag = "schedules", params(("id" = Uuid, Path)),
    request_body = ScheduleIn, responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn change(
    by: By,
    Path(id): Path<ScheduleId>,
    Input(schedule): Input<ScheduleIn>,
) -> Result<StatusCode, Problem> {
    let windows = windows(&schedule.windows)?;
    by.app.hub.act(&by.actor, Command::ChangeSchedule { id, name: schedule.name, windows }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a schedule that no living grant names.
#[utoipa::path(delete, path = "/api/v1/schedules/{id}", tag = "schedules", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 409, body = super::ErrorBody)))]
pub(crate) async fn remove(by: By, Path(id): Path<ScheduleId>) -> Result<StatusCode, Problem> {
    by.app.hub.act(&by.actor, Command::RemoveSchedule { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}
