//! Who came in: I4 (the name in the log is the right one, or none) and I13 (nobody outside their hours).

use access::{LockId, PersonId, ReadBack};
use jiff::SignedDuration;

use super::{Picture, VERIFY};
use crate::body::Origin;
use crate::disk::Told;
use crate::facts::{Violation, permits};
use crate::time::MINUTE;

/// Sharpness of an edge at the keypad: half a day of drift, and the hub's work where the lock keeps no hours.
const EDGE: SignedDuration = SignedDuration::from_secs(300);

/// I4: an entry of the log that names a person names the one who typed.
pub fn attribution(picture: &Picture<'_>, told: &Told) -> Option<Violation> {
    let person = PersonId::new(told.person?);
    let record = told.detail.get("record")?;
    let lock: LockId = told.detail.get("lock")?.as_str()?.parse().ok()?;
    let slot = u16::try_from(record.get("slot")?.as_u64()?).ok()?;
    let stamp: Option<jiff::Timestamp> =
        record.get("at").and_then(|at| at.as_str()).and_then(|at| at.parse().ok());
    let number =
        record.get("sequence").and_then(|pair| Some((pair.get(0)?.as_u64()?, pair.get(1)?.as_u64()?)));
    let same = |entry: &&crate::facts::Entry| {
        let numbered = entry.sequence.map(|(boot, seq)| (u64::from(boot), seq));
        // its own time or its number says which entry it is; the place is what may be wrong
        let told_apart = stamp.is_some() || number.is_some();
        let same_place = told_apart || entry.slot == Some(slot);
        entry.lock == lock && same_place && entry.stamp == stamp && numbered == number
    };
    let mut typed = picture.facts.entries.iter().filter(same).peekable();
    typed.peek()?;
    let station = picture.station(lock)?;
    let disturbed =
        station.body.disturbed.get(&slot).is_some_and(|at| picture.now < at + VERIFY + 60 * MINUTE);
    if disturbed || typed.any(|entry| entry.people.contains(&person)) {
        return None;
    }
    let who = picture.view.house.people.get(&person).map_or("somebody removed", |person| &person.name);
    Some(picture.wrong("I4", format!("the log names {who} ({}), and it was somebody else", told.summary)))
}

/// I13 and I2 at the keypad: digits opened a lock. Was that anybody's right?
pub fn entered(picture: &Picture<'_>, lock: LockId, slot: u16, pin: &str) -> Option<Violation> {
    let station = picture.station(lock)?;
    let place = station.body.places.get(&slot)?;
    let house = picture.view.house;
    if place.origin != Origin::Hub
        || picture.is_hour_twice(lock)
        || station.body.disturbed.get(&slot).is_some_and(|at| picture.now < at + VERIFY)
    {
        return None;
    }
    // a lock that sleeps hears of an end when it wakes, which the page says before the code is given
    let sleeps = if station.body.kind.wakes_every > 0 { picture.facts.bound(lock) } else { 0 };
    let late = SignedDuration::from_millis(i64::try_from(sleeps).unwrap_or(0)) / 8;
    let around: Vec<SignedDuration> =
        [EDGE, SignedDuration::ZERO, -EDGE].into_iter().chain((1..=8).map(|part| -late * part)).collect();
    let codes = picture.facts.owners.get(pin)?;
    let allowed = codes.iter().filter(|code| picture.facts.pin(**code) == Some(pin)).any(|code| {
        let at = |by: &SignedDuration| picture.truth.saturating_add(*by).unwrap_or(picture.truth);
        around.iter().any(|by| permits(house, lock, *code, at(by)))
    });
    if allowed {
        return None;
    }
    // it ends at the lock where the lock can do it; elsewhere only while the hub works, which the page said before
    let kind = station.body.kind;
    let theirs = |grant: &&access::Grant| codes.contains(&grant.credential);
    // its time has run out, and nothing else changed since the lock was told of it
    let lapsed = |wanted: &access::Wanted| {
        wanted.spec.is_none()
            && wanted.version == place.version + 1
            && house.grants.values().filter(theirs).all(|grant| grant.revoked.is_none())
    };
    let wanted = house.wanted.get(&(lock, slot));
    let told = wanted.is_some_and(|wanted| wanted.version == place.version || lapsed(wanted));
    let current = kind.versioned && told;
    let by_lock = kind.schedules.lease && current && station.body.knows_time() && !picture.facts.clock_wrong;
    let unreadable = kind.read_back == ReadBack::Never;
    let due = by_lock || picture.facts.is_quiet(lock, picture.now) && !unreadable;
    due.then(|| picture.wrong("I13", format!("place {slot} opened outside every hour that was given")))
}
