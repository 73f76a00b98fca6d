//! The next 14 days: who comes, to which door, and whether the lock is ready for them.

use askama::Template;
use axum::response::Response;

use super::{Frame, Here, Visit, page};
use crate::api::arrivals::DAYS;
use crate::problem::Problem;
use crate::words::{self, Moment, Said, Zone};

struct Line {
    at: Moment,
    past: bool,
    grant: String,
    person: String,
    door: String,
    lock_id: String,
    lock: String,
    said: Said,
}

struct Day {
    name: String,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "pages/ready/ready.html")]
struct Ready {
    frame: Frame,
    days: Vec<Day>,
    ahead: u8,
    summary: String,
}

/// `GET /ready`
pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    let frame = visit.frame("The next 14 days", Here::People).live("people lock door lagged");
    let template = visit.app.hub.view(|view| {
        let house = view.house;
        let mut days: Vec<Day> = Vec::new();
        let (mut all, mut ready, mut risks) = (0, 0, 0);
        for one in view.arrivals(DAYS) {
            let (Some(door), Some(lock)) = (house.doors.get(&one.door), house.locks.get(&one.lock)) else {
                continue;
            };
            all += 1;
            ready += usize::from(one.ready.is_there());
            risks += usize::from(one.ready.is_at_risk());
            let zone = Zone::named(&door.time_zone);
            let past = one.at <= view.now;
            let line = Line {
                at: zone.moment(one.at, view.now),
                past,
                grant: one.grant.to_string(),
                person: house.people.get(&one.person).map_or("Somebody removed", |p| &p.name).to_owned(),
                door: door.name.clone(),
                lock_id: lock.id.to_string(),
                lock: lock.name.clone(),
                said: words::ready(&one.ready, &zone, view.now),
            };
            let name = if past { "Should open already".to_owned() } else { line.at.day() };
            match days.last_mut().filter(|day| day.name == name) {
                Some(day) => day.lines.push(line),
                None => days.push(Day { name, lines: vec![line] }),
            }
        }
        Ready { frame, days, ahead: DAYS, summary: summary(all, ready, risks) }
    });
    page(&template)
}

fn summary(all: usize, ready: usize, risks: usize) -> String {
    let risk = match risks {
        0 => "Nothing known stands against the rest.".to_owned(),
        1 => "One is at risk.".to_owned(),
        more => format!("{more} are at risk."),
    };
    match all {
        0 => "Nobody new comes, and nobody waits.".to_owned(),
        _ if ready == all => format!("All {all} are ready."),
        _ => format!("{ready} of {all} are ready. {risk}"),
    }
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn the_summary_counts() {
        assert_eq!(summary(0, 0, 0), "Nobody new comes, and nobody waits.");
        assert_eq!(summary(2, 2, 0), "All 2 are ready.");
        assert_eq!(summary(3, 1, 1), "1 of 3 are ready. One is at risk.");
        assert_eq!(summary(3, 1, 0), "1 of 3 are ready. Nothing known stands against the rest.");
    }
}
