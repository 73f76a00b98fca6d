//! Schedules: weekly hours with a name, shared by grants.

use access::{Command, Days, Schedule, ScheduleId, Window};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use jiff::civil::{Time, Weekday};

use super::{Fields, Frame, Here, Sent, Visit, page, page_with, see};
use crate::problem::Problem;
use crate::words;

/// Days as the forms and the API name them, Monday first.
pub(crate) const DAY_NAMES: [(&str, &str, Weekday); 7] = [
    ("mon", "Mon", Weekday::Monday),
    ("tue", "Tue", Weekday::Tuesday),
    ("wed", "Wed", Weekday::Wednesday),
    ("thu", "Thu", Weekday::Thursday),
    ("fri", "Fri", Weekday::Friday),
    ("sat", "Sat", Weekday::Saturday),
    ("sun", "Sun", Weekday::Sunday),
];
/// Rows that a form shows beyond those in use; the hub's limit is 21 windows.
const SPARE_ROWS: usize = 2;
const WINDOWS_MAX: usize = 21;

struct WindowRow {
    n: usize,
    days: Vec<(&'static str, &'static str, bool)>,
    start: String,
    end: String,
}

#[derive(Template)]
#[template(path = "pages/schedules/schedules.html")]
struct Schedules {
    frame: Frame,
    schedules: Vec<(String, String, String)>,
    name: String,
    rows: Vec<WindowRow>,
}

#[derive(Template)]
#[template(path = "pages/schedules/schedule.html")]
struct SchedulePage {
    frame: Frame,
    id: String,
    name: String,
    told: String,
    rows: Vec<WindowRow>,
    grants: usize,
}

/// `GET /schedules`
pub(crate) async fn list(visit: Visit) -> Result<Response, Problem> {
    page(&schedules(&visit, None, None))
}

fn schedules(visit: &Visit, form: Option<&Fields>, problem: Option<&Problem>) -> Schedules {
    let frame = visit.frame("Schedules", Here::Doors).wrong(problem);
    let name = form.map_or(String::new(), |form| form.raw("name").chars().take(80).collect());
    let rows = match form {
        Some(form) => rows_of_form(form),
        None => rows_of(&[Window {
            days: Days::WEEKDAYS,
            start: Time::constant(8, 0, 0, 0),
            end: Time::constant(18, 0, 0, 0),
        }]),
    };
    visit.app.hub.view(|view| {
        let line = |s: &Schedule| (s.id.to_string(), s.name.clone(), words::schedule(s));
        Schedules { frame, schedules: view.house.schedules.values().map(line).collect(), name, rows }
    })
}

fn rows_of(windows: &[Window]) -> Vec<WindowRow> {
    let filled = windows.iter().map(Some).chain(std::iter::repeat_n(None, SPARE_ROWS));
    filled
        .take(WINDOWS_MAX)
        .enumerate()
        .map(|(n, window)| WindowRow {
            n,
            days: DAY_NAMES
                .iter()
                .map(|(key, name, day)| (*key, *name, window.is_some_and(|w| w.days.contains(*day))))
                .collect(),
            start: window.map_or(String::new(), |w| w.start.strftime("%H:%M").to_string()),
            end: window.map_or(String::new(), |w| match w.end == Time::midnight() {
                true => "00:00".to_owned(),
                false => w.end.strftime("%H:%M").to_string(),
            }),
        })
        .collect()
}

fn rows_of_form(form: &Fields) -> Vec<WindowRow> {
    let used = (0..WINDOWS_MAX).take_while(|n| form.has(&format!("start{n}"))).count().max(1);
    (0..used)
        .map(|n| {
            let days_field = format!("days{n}");
            let ticked: Vec<&str> = form.all(&days_field).collect();
            let short = |name: &str| form.raw(&format!("{name}{n}")).chars().take(8).collect::<String>();
            let day =
                |(key, name, _): &(&'static str, &'static str, Weekday)| (*key, *name, ticked.contains(key));
            WindowRow {
                n,
                days: DAY_NAMES.iter().map(day).collect(),
                start: short("start"),
                end: short("end"),
            }
        })
        .collect()
}

fn read(form: &Fields) -> Result<(String, Vec<Window>), Problem> {
    let name = form.needed("name", "Name", 80)?;
    let mut windows = Vec::new();
    for n in 0..WINDOWS_MAX {
        let (start, end) = (format!("start{n}"), format!("end{n}"));
        let days_field = format!("days{n}");
        let days: Vec<Weekday> = form
            .all(&days_field)
            .filter_map(|key| DAY_NAMES.iter().find(|(k, ..)| *k == key).map(|(_, _, day)| *day))
            .collect();
        match (days.is_empty(), form.raw(&start).is_empty() && form.raw(&end).is_empty()) {
            (true, true) => {}
            (true, false) => {
                return Err(Problem::bad_input(format!("Hours {}: tick at least one day.", n + 1)));
            }
            (false, _) => {
                let label = format!("Hours {}", n + 1);
                let (start, end) = (form.time(&start, &label)?, form.time(&end, &label)?);
                windows.push(Window { days: Days::of(&days), start, end });
            }
        }
    }
    if windows.is_empty() {
        return Err(Problem::bad_input(
            "Fill in at least one row of hours. *Always* needs no schedule.".replace('*', ""),
        ));
    }
    Ok((name, windows))
}

/// `POST /schedules`
pub(crate) async fn add(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let id = ScheduleId::new(visit.app.fresh_id());
    let done = match read(&form) {
        Ok((name, windows)) => {
            let command = Command::AddSchedule { id, name, windows };
            visit.app.hub.act(visit.actor()?, command).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see("/schedules", "added")),
        Err(problem) => page_with(problem.status, &schedules(&visit, Some(&form), Some(&problem))),
    }
}

/// `GET /schedules/{id}`
pub(crate) async fn show(visit: Visit, Path(id): Path<ScheduleId>) -> Result<Response, Problem> {
    page(&schedule(&visit, id, None, None)?)
}

fn schedule(
    visit: &Visit,
    id: ScheduleId,
    form: Option<&Fields>,
    problem: Option<&Problem>,
) -> Result<SchedulePage, Problem> {
    let frame = visit.frame("Schedule", Here::Doors).wrong(problem);
    visit.app.hub.view(|view| {
        let schedule = view.house.schedules.get(&id).ok_or_else(|| Problem::not_found("schedule"))?;
        let names_it = |grant: &&access::Grant| grant.schedule == Some(id) && grant.revoked.is_none();
        Ok(SchedulePage {
            frame,
            id: id.to_string(),
            name: schedule.name.clone(),
            told: words::schedule(schedule),
            rows: form.map_or_else(|| rows_of(&schedule.windows), rows_of_form),
            grants: view.house.grants.values().filter(names_it).count(),
        })
    })
}

/// `POST /schedules/{id}`
pub(crate) async fn change(
    visit: Visit,
    Path(id): Path<ScheduleId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let done = match read(&form) {
        Ok((name, windows)) => {
            let command = Command::ChangeSchedule { id, name, windows };
            visit.app.hub.act(visit.actor()?, command).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see(&format!("/schedules/{id}"), "changed")),
        Err(problem) => page_with(problem.status, &schedule(&visit, id, Some(&form), Some(&problem))?),
    }
}

/// `POST /schedules/{id}/remove`
pub(crate) async fn remove(visit: Visit, Path(id): Path<ScheduleId>) -> Result<Response, Problem> {
    visit.app.hub.act(visit.actor()?, Command::RemoveSchedule { id }).await?;
    Ok(see("/schedules", "removed"))
}
