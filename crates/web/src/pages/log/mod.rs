//! The log with its filters, and whether it is whole.

use access::{DoorId, PersonId};
use askama::Template;
use axum::response::Response;
use hub::{LogFilter, LogItem, Verdict, View};
use jiff::ToSpan;

use super::doors::home_zone;
use super::{Asked, Fields, Frame, Here, Visit, page, page_with};
use crate::problem::Problem;
use crate::words::{Moment, Zone};

/// Entries on one page.
const PAGE: u32 = 100;

/// Kinds of entries: word in the log, word on the page.
pub(crate) const KINDS: [(&str, &str); 9] = [
    ("entry", "Entries: opened and locked"),
    ("refused", "Refused: wrong codes, outside hours"),
    ("access", "Changes of access"),
    ("sync", "What reached the locks"),
    ("lock", "What locks say of themselves: starts, clocks"),
    ("alert", "Alerts"),
    ("account", "Accounts and sign-ins"),
    ("system", "Settings, backups, the hub itself"),
    ("redaction", "Erasures"),
];

struct Line {
    index: u64,
    at: Moment,
    exact: String,
    kind: String,
    summary: String,
    door: Option<(String, String)>,
    /// Id and name of the person; one who was removed has no name any more.
    person: Option<(String, String)>,
    /// Told so much later than it happened.
    late: Option<Moment>,
    erased: bool,
    /// An opening of the door, about which one may ask who it was.
    opened: bool,
}

struct Day {
    day: String,
    lines: Vec<Line>,
}

struct Choice {
    id: String,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "pages/log/log.html")]
struct LogPage {
    frame: Frame,
    days: Vec<Day>,
    doors: Vec<Choice>,
    people: Vec<Choice>,
    kinds: Vec<Choice>,
    from: String,
    to: String,
    filtered: bool,
    /// The address of the next page.
    older: Option<String>,
    size: u64,
    root: String,
    verified: Option<(u64, Moment)>,
    verdict: Option<Verdict>,
}

/// `GET /log`
pub(crate) async fn show(visit: Visit, Asked(query): Asked) -> Result<Response, Problem> {
    match log_page(&visit, &query, None).await {
        Ok(template) => page(&template),
        Err(problem) if problem.status == axum::http::StatusCode::UNPROCESSABLE_ENTITY => {
            let nothing = Fields::empty();
            let mut template = log_page(&visit, &nothing, None).await?;
            template.frame = template.frame.wrong(Some(&problem));
            page_with(problem.status, &template)
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /log/verify`
pub(crate) async fn verify(visit: Visit) -> Result<Response, Problem> {
    let verdict = visit.app.hub.verify(visit.actor()?).await?;
    page(&log_page(&visit, &Fields::empty(), Some(verdict)).await?)
}

async fn log_page(visit: &Visit, query: &Fields, verdict: Option<Verdict>) -> Result<LogPage, Problem> {
    let zone = visit.app.hub.view(|view| zone_for(view, query, &visit.app.config.time_zone));
    let filter = read(query, &zone)?;
    let frame = visit.frame("Log", Here::Log).live("log lagged");
    let items = visit.app.hub.log(visit.actor()?, &filter).await?;
    let older =
        (items.len() == PAGE as usize).then(|| items.last().map(|item| address(query, item.index))).flatten();
    Ok(visit.app.hub.view(|view| {
        let journal = view.journal();
        let field = |name: &str| query.raw(name).chars().take(40).collect::<String>();
        let chosen = |id: &str, name: &str, field: &str| Choice {
            id: id.to_owned(),
            name: name.to_owned(),
            chosen: query.raw(field) == id,
        };
        let mut doors: Vec<_> =
            view.house.doors.values().map(|d| chosen(&d.id.to_string(), &d.name, "door")).collect();
        doors.sort_by_key(|option| option.name.to_lowercase());
        let mut people: Vec<_> =
            view.house.people.values().map(|p| chosen(&p.id.to_string(), &p.name, "person")).collect();
        people.sort_by_key(|option| option.name.to_lowercase());
        LogPage {
            frame,
            days: days(view, &items, &zone),
            doors,
            people,
            kinds: KINDS.iter().map(|(id, name)| chosen(id, name, "kind")).collect(),
            from: field("from"),
            to: field("to"),
            filtered: ["door", "person", "kind", "from", "to"].iter().any(|f| !query.raw(f).is_empty()),
            older,
            size: journal.size,
            root: journal.root,
            verified: journal.verified.map(|(size, at)| (size, zone.moment(at, view.now))),
            verdict,
        }
    }))
}

/// The zone of the door that is asked for, else that of the house.
fn zone_for(view: &View<'_>, query: &Fields, fallback: &str) -> Zone {
    let door = query.raw("door").parse::<DoorId>().ok().and_then(|id| view.house.doors.get(&id));
    door.map_or_else(|| home_zone(view, fallback), |door| Zone::named(&door.time_zone))
}

fn read(query: &Fields, zone: &Zone) -> Result<LogFilter, Problem> {
    let day = |name: &str, label: &str| {
        let text = query.raw(name).trim();
        let refused = || Problem::bad_input(format!("{label}: write the day as 2026-06-30."));
        let date = match text.is_empty() {
            true => None,
            false => Some(text.parse::<jiff::civil::Date>().map_err(|_| refused())?),
        };
        Ok::<_, Problem>(date)
    };
    let from = day("from", "From")?;
    let to = day("to", "To")?;
    let kind = query.raw("kind");
    if !kind.is_empty() && !KINDS.iter().any(|(key, _)| *key == kind) {
        return Err(Problem::bad_input("Kind: please choose one from the list."));
    }
    let midnight = |date: jiff::civil::Date| zone.instant(date.at(0, 0, 0, 0));
    Ok(LogFilter {
        door: query.maybe::<DoorId>("door", "Door")?,
        person: query.maybe::<PersonId>("person", "Person")?,
        kinds: if kind.is_empty() { Vec::new() } else { vec![kind.to_owned()] },
        since: from.and_then(midnight),
        // the last day is meant whole
        before: to.and_then(|date| date.checked_add(1.day()).ok()).and_then(midnight),
        below: query.maybe::<u64>("below", "Page")?,
        limit: PAGE,
    })
}

fn address(query: &Fields, below: u64) -> String {
    let kept: Vec<(&str, &str)> = ["door", "person", "kind", "from", "to"]
        .into_iter()
        .map(|name| (name, query.raw(name)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let kept = serde_urlencoded::to_string(kept).unwrap_or_default();
    let join = if kept.is_empty() { "" } else { "&" };
    format!("/log?{kept}{join}below={below}")
}

fn days(view: &View<'_>, items: &[LogItem], zone: &Zone) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for item in items {
        let door = item.door.and_then(|id| view.house.doors.get(&id));
        let own = door.map(|door| Zone::named(&door.time_zone));
        let at = own.as_ref().unwrap_or(zone).moment(item.happened, view.now);
        let late = item.at.duration_since(item.happened).as_secs() > 60;
        let day = at.day();
        let line = Line {
            index: item.index,
            exact: at.exact(),
            kind: item.kind.clone(),
            summary: item.summary.clone(),
            door: door.map(|door| (door.id.to_string(), door.name.clone())),
            person: item.person.filter(|_| !item.erased).map(|id| {
                let name = view.house.people.get(&id).map(|person| person.name.clone());
                (id.to_string(), name.unwrap_or_else(|| "somebody removed".to_owned()))
            }),
            late: late.then(|| own.as_ref().unwrap_or(zone).moment(item.at, view.now)),
            erased: item.erased,
            opened: item.kind == "entry" && item.detail["record"]["kind"] == "unlocked",
            at,
        };
        match days.last_mut() {
            Some(last) if last.day == day => last.lines.push(line),
            _ => days.push(Day { day, lines: vec![line] }),
        }
    }
    days
}
