//! Who can get in by a door, and where each code stands on each of its locks: used by the overview, the
//! door's page, the grid and the API's plain answer.

use std::collections::BTreeSet;

use access::{Door, Grant, House, Lock, PersonId, Target};
use hub::View;

use crate::words::{self, Said, Tone, Zone};

/// Where one code stands on one lock.
#[derive(Debug, Clone)]
pub(crate) struct Stand {
    pub lock: String,
    pub lock_id: String,
    pub said: Said,
}

/// One person, by one grant.
#[derive(Debug, Clone)]
pub(crate) struct WhoRow {
    pub grant: String,
    pub person: String,
    pub person_id: PersonId,
    /// `weekdays 8 to 18, until 30 Jun 2027 00:00`.
    pub when: String,
    pub reason: String,
    pub stands: Vec<Stand>,
}

impl WhoRow {
    /// The stand that asks most for attention speaks for the row.
    pub(crate) fn worst(&self) -> Option<&Stand> {
        let rank = |tone: Tone| match tone {
            Tone::Bad => 0,
            Tone::Amber => 1,
            Tone::Moving => 2,
            Tone::Quiet => 3,
            Tone::Good => 4,
        };
        self.stands.iter().min_by_key(|stand| rank(stand.said.tone))
    }

    /// `2 of 3 locks have the code`, for doors with several locks.
    pub(crate) fn count(&self) -> Option<String> {
        let all = self.stands.len();
        let have = self.stands.iter().filter(|s| matches!(s.said.code, "in_force" | "accepted_unreadable"));
        (all > 1).then(|| format!("{} of {all} locks have the code", have.count()))
    }
}

/// The grants that concern a door, living ones and those still being taken off, by the person's name.
pub(crate) fn who_can_open(view: &View<'_>, door: &Door) -> Vec<WhoRow> {
    let house = view.house;
    let zone = Zone::named(&door.time_zone);
    let locks: Vec<&Lock> = house.locks_of(door.id).collect();
    let mut rows: Vec<WhoRow> = grants_for(house, door)
        .filter_map(|grant| {
            let stands: Vec<Stand> = locks
                .iter()
                .map(|lock| Stand {
                    lock: lock.name.clone(),
                    lock_id: lock.id.to_string(),
                    said: words::standing(&view.standing(grant, lock), view.live(lock.id), &zone, view.now),
                })
                .collect();
            let over = grant.revoked.is_some() && stands.iter().all(|stand| stand.said.code == "ended");
            (!over).then(|| WhoRow {
                grant: grant.id.to_string(),
                person: house.people.get(&grant.person).map_or("somebody removed", |p| &p.name).to_owned(),
                person_id: grant.person,
                when: when(house, grant),
                reason: grant.reason.clone(),
                stands,
            })
        })
        .collect();
    rows.sort_by_key(|row| row.person.to_lowercase());
    rows
}

/// Grants whose target means this door now.
fn grants_for<'a>(house: &'a House, door: &Door) -> impl Iterator<Item = &'a Grant> {
    let groups: BTreeSet<_> =
        house.groups.values().filter(|group| group.doors.contains(&door.id)).map(|group| group.id).collect();
    let door = door.id;
    house.grants.values().filter(move |grant| match grant.target {
        Target::Door(id) => id == door,
        Target::Group(id) => groups.contains(&id),
    })
}

/// A grant's hours and limits in words.
pub(crate) fn when(house: &House, grant: &Grant) -> String {
    let hours = grant.schedule.and_then(|id| house.schedules.get(&id)).map_or_else(
        || "always".to_owned(),
        |schedule| format!("{} ({})", schedule.name, words::schedule(schedule)),
    );
    let span = words::span(grant.from, grant.until);
    let once = if grant.once { ", once only" } else { "" };
    let join = if span.is_empty() { "" } else { ", " };
    format!("{hours}{join}{span}{once}")
}
