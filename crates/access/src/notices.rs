//! What should be known before access is given: where it only holds while the hub runs, where it cannot be
//! sent at all, where it does not fit.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::decide::{Draft, GiveAccess};
use crate::hours::union;
use crate::house::House;
use crate::ids::LockId;
use crate::keep::{Alone, alone};
use crate::model::{Credential, Lock, ReadBack};
use crate::sync::{Holds, Validity};

/// One thing to know before the code is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The lock it is about; `None`: about the code itself.
    pub lock: Option<LockId>,
    /// What.
    pub kind: NoticeKind,
    /// Whether it would be refused as it is.
    pub blocks: bool,
    /// The same in plain words.
    pub text: String,
}

/// What there is to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    /// The lock cannot end it by itself.
    EndsOnlyWhileHubRuns,
    /// The lock ends it by itself, and cannot begin it.
    BeginsOnlyWhileHubRuns,
    /// The lock cannot make it work once only: the hub takes it off after the use.
    OnceOnlyWhileHubRuns,
    /// The code is too short or too long for the lock.
    CodeLength {
        /// Fewest digits.
        min: u8,
        /// Most digits.
        max: u8,
    },
    /// No place is free, nor will one be.
    Full,
    /// No place is free now: the nearest guest gets the next one.
    WaitsForPlace,
    /// Nothing can be sent there: give the code at the lock or in its maker's app.
    Told,
    /// The lock can never be read: its first use proves the code.
    Unreadable,
    /// The lock sleeps: it may take until its next contact.
    Sleeps,
    /// The lock is being removed.
    Removing,
    /// Another person has the same digits: entries cannot be told apart.
    SharedCode,
    /// The door or group has no lock.
    NoLock,
}

/// What to know before this is given. A credential that does not exist yet stands for a code to come: its
/// length is then not judged.
pub fn notices(house: &House, give: &GiveAccess, now: Timestamp) -> Vec<Notice> {
    let schedule = give.schedule.and_then(|id| house.schedules.get(&id));
    let windows = schedule.map(|schedule| schedule.windows.clone()).unwrap_or_default();
    let validity = Validity { from: give.from, until: give.until, windows };
    let code = house.credentials.get(&give.credential);
    let mut notices = Vec::new();
    if code.is_some_and(|code| shared(house, code)) {
        let text = "another person has the same digits: entries cannot be told apart".to_owned();
        notices.push(Notice { lock: None, kind: NoticeKind::SharedCode, blocks: true, text });
    }
    let mut locks = 0;
    for door in house.doors_of(give.target) {
        for lock in house.locks_of(door) {
            locks += 1;
            about((house, now), lock, give, &validity, code, &mut notices);
        }
    }
    if locks == 0 {
        let text = "there is no lock on it yet: the code will be sent when one is mounted".to_owned();
        notices.push(Notice { lock: None, kind: NoticeKind::NoLock, blocks: false, text });
    }
    notices
}

fn shared(house: &House, code: &Credential) -> bool {
    house.credentials.values().any(|other| other.person != code.person && other.digest == code.digest)
}

fn about(
    (house, now): (&House, Timestamp),
    lock: &Lock,
    give: &GiveAccess,
    validity: &Validity,
    code: Option<&Credential>,
    notices: &mut Vec<Notice>,
) {
    let name = &lock.name;
    let mut say = |kind, blocks, text| notices.push(Notice { lock: Some(lock.id), kind, blocks, text });
    let can = &lock.capabilities;
    if lock.removing.is_some() {
        return say(NoticeKind::Removing, false, format!("{name} is being removed: nothing is sent there"));
    }
    if lock.address.is_told() || can.slots == 0 {
        let text =
            format!("{name} cannot be reached from here: give the code at the lock or in its maker's app");
        return say(NoticeKind::Told, false, text);
    }
    if let Some(code) = code.filter(|code| !(can.code.min..=can.code.max).contains(&code.digits)) {
        let (min, max) = (can.code.min, can.code.max);
        let text = format!("{name} takes codes of {min} to {max} digits, this one has {}", code.digits);
        say(NoticeKind::CodeLength { min, max }, true, text);
    }
    let there = |row: &crate::Wanted| row.spec.as_ref().is_some_and(|s| s.credential == give.credential);
    if !house.wanted_of(lock.id).any(there) && !has_room(house, lock) {
        if Draft::new(house, now).may_wait(lock.id, give.credential, std::slice::from_ref(validity)) {
            let text = format!(
                "every place of {name} is taken: the nearest guest gets the next one that becomes free"
            );
            say(NoticeKind::WaitsForPlace, false, text);
        } else {
            let text = format!("{name} is full: it has {} places for codes", can.slots);
            say(NoticeKind::Full, true, text);
        }
    }
    let Alone { begins, ends } = alone(&periods_with(house, lock, give, validity), can.schedules);
    if !ends {
        let text = format!("{name} keeps no such schedule: there it ends only while the hub runs");
        say(NoticeKind::EndsOnlyWhileHubRuns, false, text);
    } else if !begins {
        let text = format!("{name} ends it by itself, but it begins there only while the hub runs");
        say(NoticeKind::BeginsOnlyWhileHubRuns, false, text);
    }
    if give.once && !can.schedules.once {
        let text =
            format!("{name} cannot make a code work once: it is taken off after its use, while the hub runs");
        say(NoticeKind::OnceOnlyWhileHubRuns, false, text);
    }
    if can.read_back == ReadBack::Never {
        let text = format!("{name} can never be read: the first use proves the code");
        say(NoticeKind::Unreadable, false, text);
    }
    if can.sleeps {
        say(NoticeKind::Sleeps, false, format!("{name} sleeps: it takes the code at its next contact"));
    }
}

/// The periods that the slot would have: with what the code has there already.
fn periods_with(house: &House, lock: &Lock, give: &GiveAccess, validity: &Validity) -> Vec<Validity> {
    let specs = house.wanted_of(lock.id).filter_map(|row| row.spec.as_ref());
    let there = specs.filter(|spec| spec.credential == give.credential);
    union(there.flat_map(|spec| spec.validity.clone()).chain([validity.clone()]).collect())
}

fn has_room(house: &House, lock: &Lock) -> bool {
    let (first, slots) = (lock.capabilities.first_slot, lock.capabilities.slots);
    (0..slots).filter_map(|n| first.checked_add(n)).any(|slot| {
        let key = (lock.id, slot);
        let seen = house.seen.get(&key).map(|seen| &seen.holds);
        !house.wanted.contains_key(&key) && matches!(seen, None | Some(Holds::Empty | Holds::Unknown))
    })
}

/// The time zone of a door; UTC for a door that is not there.
pub fn zone_of(house: &House, door: crate::DoorId) -> TimeZone {
    let door = house.doors.get(&door);
    door.map_or(TimeZone::UTC, |door| crate::decide::draft::zone_named(&door.time_zone))
}
