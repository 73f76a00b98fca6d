//! Locks: what one can do and what is told of it, found ones, told ones, codes that nobody here gave.

mod doing;
mod found;
mod lock;
mod pair;
mod strangers;

pub(crate) use doing::{Doing, confirm_clock, doing, last_rehearsed, lift_budget, mode, rehearse, relock};
pub(crate) use found::{add_found, add_told, ask_told, found};
pub(crate) use lock::{backup_tested, change, forget, forget_lock, remove, retry, show};
pub(crate) use pair::{enter_pin, exclude, include, pair, stop_pairing};
pub(crate) use strangers::{adopt, remove_stranger};

use access::{DoorId, House};

/// A door to choose.
pub(crate) struct DoorChoice {
    pub id: String,
    pub name: String,
    pub chosen: bool,
}

fn door_choices(house: &House, chosen: Option<DoorId>) -> Vec<DoorChoice> {
    let choice = |door: &access::Door| DoorChoice {
        id: door.id.to_string(),
        name: door.name.clone(),
        chosen: chosen == Some(door.id),
    };
    let mut doors: Vec<DoorChoice> = house.doors.values().map(choice).collect();
    doors.sort_by_key(|door| door.name.to_lowercase());
    doors
}

/// People to choose from, by name; those being removed are left out.
fn people_choices(house: &House) -> Vec<(String, String)> {
    let here = house.people.values().filter(|person| person.removing.is_none());
    let mut people: Vec<(String, String)> = here.map(|p| (p.id.to_string(), p.name.clone())).collect();
    people.sort_by_key(|(_, name)| name.to_lowercase());
    people
}
