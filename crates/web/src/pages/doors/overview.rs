//! The doors at a glance: who can get in, and is it shut.

use askama::Template;
use axum::response::Response;
use hub::ports::Alert;
use hub::{RedFlag, View};

use super::{State, home_zone, state};
use crate::api::arrivals::DAYS;
use crate::pages::{Frame, Here, Visit, page, who_can_open};
use crate::problem::Problem;
use crate::words::{Moment, Tone, Zone};

/// So many alerts are shown; the log has all.
const ALERTS: usize = 5;

struct Card {
    id: String,
    name: String,
    state: State,
    /// `Ana, Ben and 3 others`.
    who: String,
    /// What asks for attention.
    notes: Vec<(Tone, String)>,
}

struct Told {
    at: Moment,
    text: String,
}

#[derive(Template)]
#[template(path = "pages/doors/overview.html")]
struct Overview {
    frame: Frame,
    /// The answer in a sentence.
    answer: String,
    doors: Vec<Card>,
    groups: Vec<(String, String, usize)>,
    alerts: Vec<Told>,
    found: usize,
    strangers: Vec<(String, String)>,
    links_down: Vec<String>,
    /// People who come soon and may find the door shut.
    at_risk: usize,
    /// The next task of the care calendar, and its day.
    todo: Option<(String, String)>,
}

/// `GET /`
pub(crate) async fn overview(visit: Visit) -> Result<Response, Problem> {
    let fallback = visit.app.config.time_zone.clone();
    let frame = visit.frame("Doors", Here::Doors).live("door lock people links alerts lagged");
    let flags = visit.app.hub.red_flags(None);
    let next = visit.app.hub.tasks().into_iter().next();
    let todo = next.map(|task| (task.title, care::living::sight::day_words(task.due)));
    let template = visit.app.hub.view(|view| {
        let mut doors: Vec<Card> = view.house.doors.values().map(|door| card(view, door, &flags)).collect();
        doors.sort_by_key(|card| card.name.to_lowercase());
        let zone = home_zone(view, &fallback);
        Overview {
            frame,
            answer: answer(&doors),
            groups: groups(view),
            alerts: view.alerts().iter().take(ALERTS).map(|alert| told(alert, &zone, view)).collect(),
            found: view.found().len(),
            strangers: strangers(view),
            links_down: view.links().iter().filter(|link| !link.up).map(down).collect(),
            at_risk: view.arrivals(DAYS).iter().filter(|one| one.ready.is_at_risk()).count(),
            doors,
            todo,
        }
    });
    page(&template)
}

fn card(view: &View<'_>, door: &access::Door, flags: &[RedFlag]) -> Card {
    let zone = Zone::named(&door.time_zone);
    let locks: Vec<_> = view.house.locks_of(door.id).collect();
    let rows = who_can_open(view, door);
    let told =
        locks.iter().flat_map(|lock| &lock.told.codes).filter_map(|code| view.house.people.get(&code.person));
    let mut names: Vec<&str> = rows.iter().map(|row| row.person.as_str()).collect();
    names.extend(told.map(|person| person.name.as_str()));
    names.sort_unstable();
    names.dedup();
    let mut notes = Vec::new();
    for lock in &locks {
        let live = view.live(lock.id);
        if live.reachable == Some(false) {
            let since = live.last_contact.map(|at| format!(" since {}", zone.moment(at, view.now).words()));
            let text = format!("{} is out of reach{}", lock.name, since.unwrap_or_default());
            notes.push((Tone::Amber, text));
        }
        if let Some(until) = live.lockout_until.filter(|until| *until > view.now) {
            let until = zone.moment(until, view.now).words();
            notes.push((Tone::Bad, format!("{}: keypad shut after wrong codes until {until}", lock.name)));
        }
        if live.battery_low {
            let left = live.battery_percent.map(|(percent, _)| format!(" ({percent} %)"));
            notes.push((Tone::Amber, format!("{}: battery low{}", lock.name, left.unwrap_or_default())));
        } else if let Some(found) = live.outlook.filter(|found| found.is_near(view.now)) {
            let text = format!("{}: the cells last {}", lock.name, crate::words::outlook(&found, &zone));
            notes.push((Tone::Amber, text));
        }
        if live.budget.is_some_and(|budget| budget.spent) {
            let text = format!("{}: somebody is guessing codes, ordinary ones do not open", lock.name);
            notes.push((Tone::Bad, text));
        }
        if live.clock_unconfirmed {
            let text = format!("{}: its clock jumped and waits for your word", lock.name);
            notes.push((Tone::Bad, text));
        }
        if let Some(mode) = live.mode.filter(|mode| *mode != hub::ports::Mode::Normal) {
            notes.push((Tone::Amber, format!("{}: {} mode", lock.name, mode.name())));
        }
    }
    let flags: Vec<&str> = flags.iter().filter(|flag| flag.door == door.id).map(|flag| flag.what).collect();
    if !flags.is_empty() {
        let more = if flags.len() >= 2 { "; a maintenance pass is due this month" } else { "" };
        let count = format!("{} red {}", flags.len(), plural(flags.len(), "flag", "flags"));
        notes.push((Tone::Bad, format!("{count}: {}{more}", flags.join("; "))));
    }
    let count =
        |tone| rows.iter().filter(|row| row.worst().is_some_and(|stand| stand.said.tone == tone)).count();
    let (bad, moving) = (count(Tone::Bad), count(Tone::Moving));
    let waiting = rows.iter().filter(|row| row.worst().is_some_and(|s| s.said.code == "waiting")).count();
    if bad > 0 {
        notes.push((Tone::Bad, format!("{bad} {} not accepted", plural(bad, "change", "changes"))));
    }
    if waiting > 0 {
        notes.push((Tone::Amber, format!("{waiting} {} waiting", plural(waiting, "change", "changes"))));
    }
    if moving > 0 {
        notes.push((Tone::Moving, format!("{moving} {} being sent", plural(moving, "change", "changes"))));
    }
    Card {
        id: door.id.to_string(),
        name: door.name.clone(),
        state: state(view, &locks, &zone),
        who: listed(&names),
        notes,
    }
}

/// `Ana`, `Ana and Ben`, `Ana, Ben and 3 others`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => "Nobody has a code".to_owned(),
        [one] => (*one).to_owned(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} others", rest.len()),
    }
}

fn answer(doors: &[Card]) -> String {
    let all = doors.len();
    let count = |word: &str| doors.iter().filter(|door| door.state.word == word).count();
    let locked = count("Locked");
    let unsure = all - locked - count("Unlocked") - count("Open");
    let mut text = match (all, locked) {
        (0, _) => return String::new(),
        (2.., 0) if unsure == all => {
            return format!("Of none of the {all} doors it is known that it is locked.");
        }
        (1, 1) => "The door is locked.".to_owned(),
        (1, _) if unsure == 1 => "It is not known whether the door is locked.".to_owned(),
        (1, _) => format!("The door is {}.", doors[0].state.word.to_lowercase()),
        (all, locked) if all == locked => format!("All {all} doors are locked."),
        (all, locked) => format!("{locked} of {all} doors are locked."),
    };
    if unsure > 0 && all > 1 {
        text.push_str(&format!(" Of {unsure} it is not known."));
    }
    text
}

fn groups(view: &View<'_>) -> Vec<(String, String, usize)> {
    let group = |g: &access::Group| (g.id.to_string(), g.name.clone(), g.doors.len());
    view.house.groups.values().map(group).collect()
}

fn told(alert: &Alert, zone: &Zone, view: &View<'_>) -> Told {
    Told { at: zone.moment(alert.at, view.now), text: format!("{}: {}", alert.about, alert.text) }
}

fn strangers(view: &View<'_>) -> Vec<(String, String)> {
    let mut locks: Vec<_> = view.strangers().iter().map(|(lock, ..)| *lock).collect();
    locks.dedup();
    locks
        .iter()
        .filter_map(|id| view.house.locks.get(id))
        .map(|lock| (lock.id.to_string(), lock.name.clone()))
        .collect()
}

fn down(link: &hub::LinkState) -> String {
    let why = link.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{} is not reachable{why}", crate::words::link_name(&link.name))
}

pub(super) fn plural(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn p1_names_are_listed_shortly() {
        assert_eq!(listed(&[]), "Nobody has a code");
        assert_eq!(listed(&["Ana"]), "Ana");
        assert_eq!(listed(&["Ana", "Ben", "Cleo"]), "Ana, Ben and Cleo");
        assert_eq!(listed(&["Ana", "Ben", "Cleo", "Dan"]), "Ana, Ben and 2 others");
    }
}
