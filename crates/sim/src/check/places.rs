//! What a lock holds against what the hub says and what people were promised: I1, I2, I3, I5, I6, I7, I8, I9, I12, I14.

use std::collections::{BTreeMap, BTreeSet};

use access::{CredentialId, Evidence, Holds, LockId, ReadBack, Standing};
use jiff::SignedDuration;

use super::{Picture, VERIFY};
use crate::air::Station;
use crate::body::{Body, Command, Origin, Place};
use crate::facts::{Promise, Violation, permits};
use crate::time::MINUTE;

/// An edge of a schedule is sharp to this: drift of a lock's clock in half a day, and the hub's own work.
const EDGE: SignedDuration = SignedDuration::from_secs(180);
/// A stranger's code is there for so long before the hub must not write over it: it may have looked just before.
const STRANGER: u64 = 16 * MINUTE;

/// Everything about one lock.
pub fn places(picture: &Picture<'_>, lock: LockId) -> Vec<Violation> {
    let Some(station) = picture.station(lock) else { return Vec::new() };
    let mut found = Vec::new();
    for (slot, place) in &station.body.places {
        no_resurrection(picture, lock, station, *slot, place, &mut found);
        no_late_end(picture, lock, station, *slot, place, &mut found);
        strangers_are_noticed(picture, lock, *slot, place, &mut found);
    }
    no_false_green(picture, lock, station, &mut found);
    no_two_alike(picture, lock, station, &mut found);
    one_place_each(picture, lock, &mut found);
    promises(picture, lock, &mut found);
    repeatable(picture, station, &mut found);
    found
}

/// Whether somebody else touched a place so lately that the hub need not know.
fn excused(picture: &Picture<'_>, lock: LockId, station: &Station, slot: u16) -> bool {
    let Some(at) = station.body.disturbed.get(&slot) else { return false };
    let well = picture.facts.troubled.get(&lock).copied().unwrap_or(0).max(picture.facts.hub_troubled);
    let well = well.max(picture.facts.up_since.unwrap_or(picture.now));
    picture.now < (*at).max(well) + VERIFY + picture.facts.bound(lock)
}

/// I1, and I9 for what is left of a place: what the hub put there is still known to the hub.
fn no_resurrection(
    picture: &Picture<'_>,
    lock: LockId,
    station: &Station,
    slot: u16,
    place: &Place,
    found: &mut Vec<Violation>,
) {
    if place.origin == Origin::Foreign || excused(picture, lock, station, slot) {
        return;
    }
    // what a lock accepted and nobody can read is the lock's word only, and is said to be no more
    if station.body.kind.read_back == ReadBack::Never {
        return;
    }
    let house = picture.view.house;
    let wanted = house.wanted.contains_key(&(lock, slot));
    let seen = house.seen.get(&(lock, slot));
    let open = seen.is_some_and(|seen| {
        !matches!(seen.holds, Holds::Empty) || seen.past.iter().any(|past| past.digest.is_some())
    });
    if wanted || open {
        return;
    }
    let property = if place.pin.is_some() { "I1" } else { "I9" };
    let whose = place.pin.as_ref().and_then(|pin| picture.facts.owners.get(pin));
    let gone = format!("the hub takes place {slot} for empty, and it holds {:?} of {whose:?}", place.origin);
    found.push(picture.wrong(property, gone));
}

/// I2: nothing opens after its end, for longer than the lock may need.
fn no_late_end(
    picture: &Picture<'_>,
    lock: LockId,
    station: &Station,
    slot: u16,
    place: &Place,
    found: &mut Vec<Violation>,
) {
    let Some(pin) = place.pin.as_deref().filter(|_| place.origin == Origin::Hub) else { return };
    let facts = picture.facts;
    if !facts.is_quiet(lock, picture.now)
        || picture.is_hour_twice(lock)
        || excused(picture, lock, station, slot)
        || station.body.dead
    {
        return;
    }
    if station.body.kind.read_back == ReadBack::Never && station.body.kind.schedules.week_day == 0 {
        return;
    }
    if !station.body.opens(pin, picture.truth).opened
        || station.body.opens(pin, picture.truth).slot != Some(slot)
    {
        return;
    }
    let back = |part: u64| {
        let ago = SignedDuration::from_millis(i64::try_from(facts.bound(lock) * part / 4).unwrap_or(0));
        picture.truth.saturating_sub(ago).unwrap_or(picture.truth)
    };
    let allowed = facts.owners.get(pin).is_some_and(|codes| {
        codes.iter().any(|code| {
            facts.pin(*code) == Some(pin)
                && (0..=4).any(|part| permits(picture.view.house, lock, *code, back(part)))
        })
    });
    if !allowed && !unproven(picture, lock, slot) {
        let errand = picture.view.house.errands.get(&(lock, slot)).map(|e| (e.state, e.last_error.clone()));
        let what =
            format!("place {slot} opens for somebody whose access has ended; the work stands at {errand:?}");
        found.push(picture.wrong("I2", what));
    }
}

/// What a lock accepted and cannot be read is not claimed.
fn unproven(picture: &Picture<'_>, lock: LockId, slot: u16) -> bool {
    let seen = picture.view.house.seen.get(&(lock, slot));
    let never = picture.station(lock).is_some_and(|one| one.body.kind.read_back == ReadBack::Never);
    never && seen.is_some_and(|seen| seen.evidence == Evidence::Unreadable)
}

/// I3: *in force* on proof means that the lock holds it, and opens in its hours and not outside.
fn no_false_green(picture: &Picture<'_>, lock: LockId, station: &Station, found: &mut Vec<Violation>) {
    let house = picture.view.house;
    let Some(row) = house.locks.get(&lock) else { return };
    for grant in house.grants.values().filter(|grant| grant.revoked.is_none()) {
        if !house.doors_of(grant.target).contains(&row.door) {
            continue;
        }
        let Standing::InForce { evidence, .. } = picture.view.standing(grant, row) else { continue };
        let wanted =
            house.wanted_of(lock).find(|w| w.spec.as_ref().is_some_and(|s| s.credential == grant.credential));
        let Some(wanted) = wanted else { continue };
        if excused(picture, lock, station, wanted.slot) {
            continue;
        }
        let pin = picture.facts.pin(grant.credential);
        let place = station.body.places.get(&wanted.slot);
        if place.and_then(|place| place.pin.as_deref()) != pin {
            let what = format!(
                "{} is said to be in force ({evidence:?}), and place {} holds another code or none",
                name(picture, grant.credential),
                wanted.slot
            );
            found.push(picture.wrong("I3", what));
            continue;
        }
        let (Some(pin), true) = (pin, station.body.knows_time() && !station.body.dead) else { continue };
        if picture.facts.clock_wrong
            || !picture.facts.is_quiet(lock, picture.now)
            || picture.is_hour_twice(lock)
        {
            continue;
        }
        let at = |by: SignedDuration| picture.truth.saturating_add(by).unwrap_or(picture.truth);
        let allowed = |by| permits(house, lock, grant.credential, at(by));
        let (before, now, after) = (allowed(-EDGE), allowed(SignedDuration::ZERO), allowed(EDGE));
        let opens = station.body.opens(pin, picture.truth).opened;
        let spent = place.is_some_and(|place| place.used);
        if before == now && now == after && opens != now && !spent {
            let (may, does) = if now { ("may", "does not open") } else { ("may not", "opens") };
            let who = name(picture, grant.credential);
            let what = format!("{who} is in force and {may} enter now, and the lock {does}");
            found.push(picture.wrong(if now { "I3" } else { "I13" }, what));
        }
    }
}

fn name(picture: &Picture<'_>, credential: CredentialId) -> String {
    let house = picture.view.house;
    let person = house.credentials.get(&credential).and_then(|code| house.people.get(&code.person));
    person.map_or_else(|| "somebody".to_owned(), |person| person.name.clone())
}

/// I5: the same digits never open for two people.
fn no_two_alike(picture: &Picture<'_>, _: LockId, station: &Station, found: &mut Vec<Violation>) {
    let mut by_pin: BTreeMap<&str, u16> = BTreeMap::new();
    for (slot, place) in &station.body.places {
        let Some(pin) = place.pin.as_deref().filter(|_| place.enabled && place.origin == Origin::Hub) else {
            continue;
        };
        let people = picture.facts.owners.get(pin).map_or(0, BTreeSet::len);
        if let Some(other) = by_pin.insert(pin, *slot)
            && people != 1
        {
            found.push(
                picture.wrong("I5", format!("places {other} and {slot} hold the same digits of two people")),
            );
        }
    }
}

/// I6 and I12: each code has one place, keeps it, and no place is left over.
fn one_place_each(picture: &Picture<'_>, lock: LockId, found: &mut Vec<Violation>) {
    let house = picture.view.house;
    let mut seen: BTreeMap<CredentialId, u16> = BTreeMap::new();
    for wanted in house.wanted_of(lock) {
        let Some(spec) = &wanted.spec else { continue };
        if let Some(other) = seen.insert(spec.credential, wanted.slot) {
            let what =
                format!("{} has the places {other} and {}", name(picture, spec.credential), wanted.slot);
            found.push(picture.wrong("I6", what));
        }
        let before = picture.facts.places.get(&(lock, spec.credential));
        if let Some(before) = before.filter(|before| **before != wanted.slot) {
            let stranger = house.seen.get(&(lock, *before)).is_some_and(|seen| seen.holds == Holds::Foreign)
                || picture.facts.may_go.contains(&(lock, *before));
            if !stranger {
                let what = format!(
                    "{} was moved from place {before} to {}",
                    name(picture, spec.credential),
                    wanted.slot
                );
                found.push(picture.wrong("I6", what));
            }
        }
        let living =
            house.grants.values().any(|grant| grant.credential == spec.credential && grant.revoked.is_none());
        if !living {
            let what = format!(
                "place {} is kept for {} without a grant",
                wanted.slot,
                name(picture, spec.credential)
            );
            found.push(picture.wrong("I12", what));
        }
    }
}

/// I7: what was accepted is there: done, under way or said to have failed.
fn promises(picture: &Picture<'_>, lock: LockId, found: &mut Vec<Violation>) {
    let house = picture.view.house;
    // a lock that is being taken off has to lose its codes, whoever may still enter elsewhere
    let Some(row) = house.locks.get(&lock).filter(|row| row.removing.is_none()) else { return };
    for (id, promise) in &picture.facts.promises {
        let Some(grant) = house.grants.get(id) else {
            found.push(picture.wrong("I7", format!("the grant {id} was accepted and is lost")));
            continue;
        };
        match promise {
            Promise::Ended if grant.revoked.is_none() => {
                found
                    .push(picture.wrong("I7", format!("the end of the grant {id} was accepted and is lost")));
            }
            Promise::Lives if grant.revoked.is_some() && !grant.once => {
                found.push(picture.wrong("I7", format!("the grant {id} was accepted and ended by itself")));
            }
            Promise::Lives if grant.revoked.is_none() && house.doors_of(grant.target).contains(&row.door) => {
                let wanted = house.wanted_of(lock).any(|wanted| {
                    wanted.spec.as_ref().is_some_and(|spec| spec.credential == grant.credential)
                });
                let over = grant.until.is_some_and(|until| {
                    let zone =
                        house.doors.get(&row.door).and_then(|d| jiff::tz::TimeZone::get(&d.time_zone).ok());
                    let zone = zone.unwrap_or(jiff::tz::TimeZone::UTC);
                    zone.to_timestamp(until).is_ok_and(|at| at <= picture.view.now || at <= picture.truth)
                });
                // whoever has no place waits for one, and nobody who begins later and has not begun keeps one
                let waits = is_full(picture, lock) && !somebody_later(picture, lock, grant);
                if !wanted && !over && !waits && !picture.facts.clock_wrong {
                    let what = format!("nothing is wished on the lock for the grant {id} that lives");
                    found.push(picture.wrong("I7", what));
                }
            }
            _ => {}
        }
    }
}

/// Whether every place of a lock is wanted, or a stranger's.
pub fn is_full(picture: &Picture<'_>, lock: LockId) -> bool {
    let house = picture.view.house;
    let Some(row) = house.locks.get(&lock) else { return false };
    let foreign = |(_, seen): &(&(LockId, u16), &access::Seen)| seen.holds == Holds::Foreign;
    let strange = house.seen.range((lock, 0)..=(lock, u16::MAX)).filter(foreign).map(|(key, _)| key.1);
    let taken: BTreeSet<u16> = house.wanted_of(lock).map(|row| row.slot).chain(strange).collect();
    taken.len() >= usize::from(row.capabilities.slots)
}

/// Whether a place is kept for somebody who begins later than this grant, and has not begun.
fn somebody_later(picture: &Picture<'_>, lock: LockId, grant: &access::Grant) -> bool {
    let house = picture.view.house;
    let door = house.locks.get(&lock).and_then(|row| house.doors.get(&row.door));
    let zone = door.and_then(|door| jiff::tz::TimeZone::get(&door.time_zone).ok());
    let zone = zone.unwrap_or(jiff::tz::TimeZone::UTC);
    let begins = |from: Option<jiff::civil::DateTime>| {
        from.and_then(|from| zone.to_timestamp(from).ok()).unwrap_or(jiff::Timestamp::MIN)
    };
    let from = begins(grant.from).max(picture.view.now);
    house.wanted_of(lock).filter_map(|row| row.spec.as_ref()).any(|spec| {
        spec.validity.iter().map(|validity| begins(validity.from)).min().is_some_and(|first| first > from)
    })
}

/// I8: the last writes, delivered once more in their order, change nothing.
fn repeatable(picture: &Picture<'_>, station: &Station, found: &mut Vec<Violation>) {
    let Some((first, _)) = station.delivered.first() else { return };
    if station.body.disturbed.values().any(|at| at >= first) || !station.weather.is_calm() {
        return;
    }
    if picture.facts.troubled.values().any(|at| at >= first) {
        return;
    }
    let mut copy = Body::new(station.body.kind);
    copy.toggles = station.body.toggles;
    copy.places = station.body.places.clone();
    for (_, command) in &station.delivered {
        // what it refuses changes nothing either
        let _ = copy.apply(command, Origin::Hub, 0, false);
    }
    let shape = |body: &Body| {
        let row = |(slot, place): (&u16, &Place)| (*slot, place.pin.clone(), place.enabled);
        body.places.iter().map(row).collect::<Vec<_>>()
    };
    if shape(&copy) != shape(&station.body) {
        let last = station.delivered.last().map(|(_, command)| match command {
            Command::Set(write) => format!("set {}", write.slot),
            Command::Clear(slot) => format!("clear {slot}"),
        });
        found.push(
            picture
                .wrong("I8", format!("the last writes (to {last:?}) change the lock when they come again")),
        );
    }
}

/// I14: what somebody else did in a place that the hub uses is noticed within the verify period.
fn strangers_are_noticed(
    picture: &Picture<'_>,
    lock: LockId,
    slot: u16,
    place: &Place,
    found: &mut Vec<Violation>,
) {
    let Some(station) = picture.station(lock) else { return };
    if place.origin == Origin::Hub || station.body.kind.read_back != ReadBack::Value || station.body.dead {
        return;
    }
    let house = picture.view.house;
    let quiet = picture
        .facts
        .quiet_since(lock)
        .is_some_and(|since| picture.now > since.max(place.since) + VERIFY + picture.facts.bound(lock));
    let Some(seen) = house.seen.get(&(lock, slot)).filter(|_| quiet) else { return };
    let ours = place.pin.as_ref().and_then(|pin| picture.facts.owners.get(pin));
    let known = match &seen.holds {
        Holds::Foreign | Holds::Unknown => true,
        Holds::Ours { credential, .. } => ours.is_some_and(|codes| codes.contains(credential)),
        Holds::Empty => house.wanted.contains_key(&(lock, slot)) && house.errands.contains_key(&(lock, slot)),
    };
    if !known {
        let what = format!(
            "place {slot} was changed by {:?} long ago, and the hub holds it for {:?}",
            place.origin, seen.holds
        );
        found.push(picture.wrong("I14", what));
    }
}

/// I6: our hub wrote over what a stranger had put there long before.
pub fn overwritten(picture: &Picture<'_>, lock: LockId, slot: u16, before: &Place) -> Option<Violation> {
    let strange = before.origin == Origin::Foreign && picture.now > before.since + STRANGER;
    let allowed = picture.facts.may_go.contains(&(lock, slot));
    let known = picture.view.house.seen.get(&(lock, slot)).is_some_and(|seen| seen.holds == Holds::Foreign);
    (strange && !allowed && known)
        .then(|| picture.wrong("I6", format!("the hub wrote over a stranger's code in place {slot}")))
}

/// I6: nobody is shut out in between: our hub took digits off a lock that are wished there, open now, and were to go on.
pub fn taken_off(picture: &Picture<'_>, lock: LockId, slot: u16, pin: &str) -> Option<Violation> {
    let house = picture.view.house;
    let row = house.locks.get(&lock).filter(|row| row.removing.is_none())?;
    let station = picture.station(lock)?;
    if picture.facts.clock_wrong || excused(picture, lock, station, slot) {
        return None;
    }
    let code = picture.facts.owners.get(pin)?.iter().find(|code| picture.facts.pin(**code) == Some(pin))?;
    let wished = house.wanted.get(&(lock, slot)).and_then(|row| row.spec.as_ref());
    let wished = wished.is_some_and(|spec| spec.credential == *code);
    let at = |by: SignedDuration| picture.truth.saturating_add(by).unwrap_or(picture.truth);
    let goes_on = [-EDGE, SignedDuration::ZERO, EDGE].iter().all(|by| permits(house, lock, *code, at(*by)));
    (wished && goes_on).then(|| {
        let what = format!(
            "the hub took the code of {} off {} while it was to open",
            name(picture, *code),
            row.name
        );
        picture.wrong("I6", what)
    })
}
