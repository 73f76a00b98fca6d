//! The care calendar: tasks with their day, why and how; ticked off with a note; and the feed for calendars of others.

use askama::Template;
use axum::extract::{Extension, Path};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use care::living::calendar::Task;
use icalendar::{Calendar, Component, Event, Property};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::day;
use crate::auth::From;
use crate::pages::doors::home_zone;
use crate::pages::{Fields, Frame, Here, Sent, Visit, page, page_with, see};
use crate::problem::Problem;
use crate::words::Moment;

/// Most characters of a line that a calendar shows; longer ones are the page's.
const NOTE_MAX: usize = 300;

struct Line {
    task: Task,
    due: String,
    door: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/care/calendar.html")]
struct CalendarPage {
    frame: Frame,
    /// Heading and tasks: overdue, soon, later.
    groups: Vec<(&'static str, Vec<Line>)>,
    /// Since when the calendar can be subscribed to.
    feed: Option<Moment>,
    note: String,
    wrong_task: String,
}

#[derive(Template)]
#[template(path = "pages/care/address.html")]
struct AddressPage {
    frame: Frame,
    address: Zeroizing<String>,
}

/// `GET /care`
pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    page(&calendar(&visit, None))
}

fn calendar(visit: &Visit, refused: Option<(&str, &Fields, &Problem)>) -> CalendarPage {
    let tasks = visit.app.hub.tasks();
    let frame = visit.frame("Care", Here::None);
    let frame = frame.wrong(refused.map(|(_, _, problem)| problem));
    let since = visit.app.hub.calendar_since();
    visit.app.hub.view(|view| {
        let zone = home_zone(view, &visit.app.config.time_zone);
        let today = zone.civil(view.now).date();
        let month = today.checked_add(jiff::Span::new().days(30)).unwrap_or(today);
        let line = |task: Task| Line {
            due: day(task.due),
            door: task.door.and_then(|id| view.house.doors.get(&id)).map(|door| door.name.clone()),
            task,
        };
        let (mut late, mut soon, mut later) = (Vec::new(), Vec::new(), Vec::new());
        for task in tasks {
            let list = match task.due {
                due if due < today => &mut late,
                due if due <= month => &mut soon,
                _ => &mut later,
            };
            list.push(line(task));
        }
        let field =
            |name: &str| refused.map_or("", |(_, form, _)| form.raw(name)).chars().take(NOTE_MAX).collect();
        CalendarPage {
            frame,
            groups: [("Overdue", late), ("In the next 30 days", soon), ("Later", later)]
                .into_iter()
                .filter(|(_, lines)| !lines.is_empty())
                .collect(),
            feed: since.map(|at| zone.moment(at, view.now)),
            note: field("note"),
            wrong_task: refused.map_or(String::new(), |(task, ..)| task.to_owned()),
        }
    })
}

/// `POST /care/tasks/{id}`: done, with a note.
pub(crate) async fn done(
    visit: Visit,
    Path(id): Path<String>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let done = match form.text("note", "Note", NOTE_MAX) {
        Ok(note) => visit.app.hub.tick_off(visit.actor()?, &id, &note).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see("/care", "task")),
        Err(problem) if problem.code == "not_found" => Err(problem),
        Err(problem) => page_with(problem.status, &calendar(&visit, Some((&id, &form, &problem)))),
    }
}

/// `POST /care/calendar`: a new secret address, or none any more.
pub(crate) async fn address(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    match form.raw("do") {
        "open" => {
            let secret = visit.app.hub.calendar_open(visit.actor()?).await?;
            let address = Zeroizing::new(format!("{}calendar/{}.ics", visit.app.url, secret.as_str()));
            page(&AddressPage { frame: visit.frame("Address of the calendar", Here::None), address })
        }
        "close" => {
            visit.app.hub.calendar_close(visit.actor()?).await?;
            Ok(see("/care#feed", "feed_ended"))
        }
        _ => Err(Problem::bad_input("Choose: a new address, or none.")),
    }
}

/// `GET /calendar/{name}`: the feed, for whoever knows its name.
pub(crate) async fn feed(
    visit: Visit,
    Path(name): Path<String>,
    Extension(from): Extension<From>,
) -> Result<Response, Problem> {
    let secret = Zeroizing::new(name);
    let secret = secret.strip_suffix(".ics").unwrap_or(&secret);
    let (tasks, now) = visit.app.hub.calendar_tasks(secret, &from.0)?;
    let headers =
        [(header::CONTENT_TYPE, "text/calendar; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, ics(&tasks, now)).into_response())
}

/// The tasks as an iCalendar (RFC 5545): a day each, no code and no name of a person in it.
fn ics(tasks: &[Task], now: Timestamp) -> String {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//Doorward//Care calendar//EN"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    calendar.name("Doorward: care");
    for task in tasks {
        let next = task.due.tomorrow().unwrap_or(task.due);
        let on = |name: &str, date: jiff::civil::Date| {
            let mut property = Property::new(name, date.strftime("%Y%m%d").to_string());
            property.add_parameter("VALUE", "DATE");
            property.done()
        };
        let how = task.how.join("\n");
        let mut event = Event::new();
        event.uid(&format!("{}@care.doorward", task.id));
        event.add_property("DTSTAMP", &stamp);
        event.append_property(on("DTSTART", task.due));
        event.append_property(on("DTEND", next));
        event.summary(&task.title);
        event.description(&format!("{}\n\n{how}\n\nAbout {} minutes.", task.why, task.minutes));
        event.add_property("TRANSP", "TRANSPARENT");
        calendar.push(event.done());
    }
    calendar.to_string()
}

#[cfg(test)]
mod tests {
    use super::ics;
    use care::living::calendar::Task;
    use jiff::civil::date;

    #[test]
    fn h3_a_feed_folds_its_lines_and_escapes_what_would_break_them() {
        let task = Task {
            id: "battery-1a2b3c4d".into(),
            kind: "battery",
            door: None,
            lock: None,
            grant: None,
            title: "Fresh cells for Hall; shed, attic\nEND:VCALENDAR".into(),
            why: "Because. ".repeat(40),
            how: vec!["One".into(), "Two".into()],
            minutes: 10,
            due: date(2026, 12, 31),
            overdue: false,
            decided_by: String::new(),
            estimate: true,
            pass: false,
            last: None,
            place: "/locks/x".into(),
            by_itself: None,
        };
        let text = ics(&[task], jiff::Timestamp::UNIX_EPOCH);
        assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.ends_with("END:VCALENDAR\r\n"), "{text}");
        assert_eq!(text.matches("\r\nEND:VCALENDAR").count(), 1, "{text}");
        assert!(text.lines().all(|line| line.len() <= 75), "{text}");
        assert!(text.contains("DTSTART;VALUE=DATE:20261231") && text.contains("DTEND;VALUE=DATE:20270101"));
        assert!(text.contains("DTSTAMP:19700101T000000Z"));
    }
}
