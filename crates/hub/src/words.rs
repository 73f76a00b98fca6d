//! What the log says of a change of access, in plain words. Names are those at the time; no code is in them.

use access::{Command, DoorId, Grant, House, PersonId, Schedule, Target, Window};

use crate::draft::Event;
use crate::ports::Order;

/// The event for a command that has been decided; `house` is as it was before.
pub(crate) fn event(house: &House, who: &str, command: &Command) -> Event {
    let (summary, door, person) = describe(house, command);
    Event {
        happened: None,
        kind: "access",
        summary: format!("{who} {summary}"),
        door,
        person,
        detail: serde_json::json!({ "change": name_of(command), "by": who }),
    }
}

fn describe(house: &House, command: &Command) -> (String, Option<DoorId>, Option<PersonId>) {
    match command {
        Command::AddPerson { id, name, .. } => (format!("added {name}"), None, Some(*id)),
        Command::ChangePerson { id, name, .. } => {
            (format!("changed what is entered of {name}"), None, Some(*id))
        }
        Command::RemovePerson { id } => {
            (format!("ended all access of {} and removed them", person(house, *id)), None, Some(*id))
        }
        Command::AddDoor { id, name, .. } => (format!("added the door {name}"), Some(*id), None),
        Command::ChangeDoor { id, name, .. } => (format!("changed the door {name}"), Some(*id), None),
        Command::RemoveDoor { id } => (format!("removed the door {}", door(house, *id)), Some(*id), None),
        Command::AddGroup { name, doors, .. } => {
            (format!("made the group {name} of {} doors", doors.len()), None, None)
        }
        Command::ChangeGroup { name, doors, .. } => {
            (format!("changed the group {name}, now {} doors", doors.len()), None, None)
        }
        Command::RemoveGroup { id } => {
            (format!("removed the group {}", house.groups.get(id).map_or("", |g| &g.name)), None, None)
        }
        Command::AddSchedule { name, windows, .. } => {
            (format!("made the schedule {name}: {}", week(windows)), None, None)
        }
        Command::ChangeSchedule { name, windows, .. } => {
            (format!("changed the schedule {name}: {}", week(windows)), None, None)
        }
        Command::RemoveSchedule { id } => {
            (format!("removed the schedule {}", house.schedules.get(id).map_or("", |s| &s.name)), None, None)
        }
        Command::AddLock { door: at, name, .. } => {
            (format!("mounted the lock {name} on {}", door(house, *at)), Some(*at), None)
        }
        Command::ChangeLock { door: at, name, .. } => (format!("changed the lock {name}"), Some(*at), None),
        Command::RedescribeLock { id, .. } => (
            format!("heard from {} that it can do other things than before", lock(house, *id).0),
            lock(house, *id).1,
            None,
        ),
        Command::RemoveLock { id } => {
            (format!("began to remove the lock {}", lock(house, *id).0), lock(house, *id).1, None)
        }
        Command::ForgetLock { id } => {
            (format!("took the lock {} away as it is", lock(house, *id).0), lock(house, *id).1, None)
        }
        Command::SetCode { credential, person: id, digits, .. } => {
            let verb = if house.credentials.contains_key(credential) { "changed" } else { "made" };
            (format!("{verb} a code of {digits} digits for {}", person(house, *id)), None, Some(*id))
        }
        Command::Give(give) => {
            let when = schedule_words(house, give.schedule, give.from, give.until, give.once);
            let (place, at) = target(house, give.target);
            (format!("gave {} access to {place}, {when}", person(house, give.person)), at, Some(give.person))
        }
        Command::ChangeGrant { id, schedule, from, until, .. } => {
            let when = schedule_words(house, *schedule, *from, *until, false);
            let (who, place, at, person) = grant_words(house, house.grants.get(id));
            (format!("changed the access of {who} to {place}: {when}"), at, person)
        }
        Command::Revoke { id } => {
            let (who, place, at, person) = grant_words(house, house.grants.get(id));
            (format!("ended the access of {who} to {place}"), at, person)
        }
        Command::AdoptForeign { lock: id, slot, credential, .. } => {
            let (name, at) = lock(house, *id);
            let who = person(house, credential.person);
            (
                format!("took the code found in slot {slot} of {name} as that of {who}"),
                at,
                Some(credential.person),
            )
        }
        Command::RemoveForeign { lock: id, slot } => {
            let (name, at) = lock(house, *id);
            (
                format!("asked to remove the code found in slot {slot} of {name}, which nobody here gave"),
                at,
                None,
            )
        }
    }
}

fn name_of(command: &Command) -> String {
    let value = serde_json::to_value(command).unwrap_or_default();
    value.as_object().and_then(|object| object.keys().next().cloned()).unwrap_or_default()
}

pub(crate) fn person(house: &House, id: PersonId) -> String {
    house.people.get(&id).map_or_else(|| "somebody who was removed".to_owned(), |person| person.name.clone())
}

pub(crate) fn door(house: &House, id: DoorId) -> String {
    house.doors.get(&id).map_or_else(|| "a door that was removed".to_owned(), |door| door.name.clone())
}

pub(crate) fn lock(house: &House, id: access::LockId) -> (String, Option<DoorId>) {
    house.locks.get(&id).map_or_else(
        || ("a lock that was removed".to_owned(), None),
        |lock| (lock.name.clone(), Some(lock.door)),
    )
}

/// What was asked of a lock, after *asked the lock*.
pub(crate) fn order(order: &Order) -> String {
    match order {
        Order::RehearseDeadBattery { minutes: 0 } => "to end the rehearsal of a dead battery".into(),
        Order::RehearseDeadBattery { minutes } => {
            format!("to behave for {minutes} minutes as if its battery were dead")
        }
        Order::EnrolFinger { user, template } => format!("to learn finger {template} for slot {user}"),
        Order::EnrolCard { user, .. } => format!("to learn a card for slot {user}"),
        Order::Mode { mode } => format!("to go into {} mode", mode.name()),
        Order::AutoRelock { seconds: 0 } => "not to lock by itself".into(),
        Order::AutoRelock { seconds } => format!("to lock by itself {seconds} s after an unlocking"),
        Order::LiftBudget => "to forgive the wrong codes counted so far".into(),
        Order::ConfirmClock => "to take its clock as right".into(),
    }
}

fn target(house: &House, target: Target) -> (String, Option<DoorId>) {
    match target {
        Target::Door(id) => (door(house, id), Some(id)),
        Target::Group(id) => {
            let group = house.groups.get(&id);
            let name = group.map_or_else(
                || "a group that was removed".to_owned(),
                |group| format!("{} ({} doors)", group.name, group.doors.len()),
            );
            (name, None)
        }
    }
}

fn grant_words(house: &House, grant: Option<&Grant>) -> (String, String, Option<DoorId>, Option<PersonId>) {
    let Some(grant) = grant else { return ("somebody".into(), "a door".into(), None, None) };
    let (place, at) = target(house, grant.target);
    (person(house, grant.person), place, at, Some(grant.person))
}

fn schedule_words(
    house: &House,
    schedule: Option<access::ScheduleId>,
    from: Option<jiff::civil::DateTime>,
    until: Option<jiff::civil::DateTime>,
    once: bool,
) -> String {
    let named: Option<&Schedule> = schedule.and_then(|id| house.schedules.get(&id));
    let mut words = match named {
        Some(schedule) => format!("{} ({})", schedule.name, week(&schedule.windows)),
        None => "always".to_owned(),
    };
    if let Some(from) = from {
        words.push_str(&format!(", from {}", moment(from)));
    }
    if let Some(until) = until {
        words.push_str(&format!(", until {}", moment(until)));
    }
    if once {
        words.push_str(", once only");
    }
    words
}

fn moment(at: jiff::civil::DateTime) -> String {
    at.strftime("%-d %b %Y %H:%M").to_string()
}

/// `Mon Tue 08:00 to 18:00`; an empty list is `always`.
pub(crate) fn week(windows: &[Window]) -> String {
    if windows.is_empty() {
        return "always".into();
    }
    let one = |window: &Window| {
        let days: Vec<String> = window.days.iter().map(|day| day_word(day).to_owned()).collect();
        let (start, end) = (window.start.strftime("%H:%M"), window.end.strftime("%H:%M"));
        format!("{} {start} to {end}", days.join(" "))
    };
    windows.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn day_word(day: jiff::civil::Weekday) -> &'static str {
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][day.to_monday_zero_offset() as usize % 7]
}
