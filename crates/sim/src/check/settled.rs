//! Once every fault has stopped: everything comes to rest, in the truth, within a stated bound (L1, L3, L4, I12).

use access::{ErrandState, LockId, ReadBack, Standing};

use super::{Picture, is_full};
use crate::body::Origin;
use crate::facts::{Violation, permits};

/// Which of the two looks it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// By itself: what hangs says why.
    Alone,
    /// After the owner pressed *try again* and let strangers' codes go.
    WithOwner,
}

/// Whether one lock has come to rest.
pub fn settled(picture: &Picture<'_>, lock: LockId, after: Settled) -> Vec<Violation> {
    let house = picture.view.house;
    let (Some(row), Some(station)) = (house.locks.get(&lock), picture.station(lock)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for grant in house.grants.values().filter(|grant| house.doors_of(grant.target).contains(&row.door)) {
        let standing = picture.view.standing(grant, row);
        let ago = jiff::SignedDuration::from_millis(i64::try_from(picture.facts.bound(lock)).unwrap_or(0));
        let before = picture.truth.saturating_sub(ago).unwrap_or(picture.truth);
        let may = |at| permits(house, lock, grant.credential, at);
        if may(before) != may(picture.truth) {
            // it began or ended a moment ago
            continue;
        }
        let mut placed = house.wanted_of(lock).filter_map(|row| row.spec.as_ref());
        let has_place = placed.any(|spec| spec.credential == grant.credential);
        let wrong = match &standing {
            // told as such: it gets the next place
            Standing::Waiting { .. } if !has_place && is_full(picture, lock) => None,
            Standing::Sending { .. } | Standing::Waiting { .. } => Some("L3"),
            Standing::Ending { .. } => Some("L2"),
            Standing::Refused { why, .. } | Standing::Suspended { why, .. } if why.is_empty() => Some("L1"),
            Standing::Suspended { .. } if after == Settled::WithOwner => Some("L4"),
            _ => None,
        };
        if let Some(property) = wrong {
            let errands: Vec<_> = house
                .errands
                .range((lock, 0)..=(lock, u16::MAX))
                .map(|(_, e)| (e.slot, e.state, e.next_try, e.last_error.clone()))
                .collect();
            found.push(
                picture.wrong(property, format!("{} {} : {standing:?} {errands:?}", row.name, grant.person)),
            );
        }
    }
    if after == Settled::WithOwner {
        leftovers(picture, lock, &mut found);
        if station.body.kind.read_back == ReadBack::Value && !station.body.dead {
            opens_as_wished(picture, lock, &mut found);
        }
    }
    found
}

/// I12: no tombstone and no errand is left where the lock answers, but what it refuses.
fn leftovers(picture: &Picture<'_>, lock: LockId, found: &mut Vec<Violation>) {
    let house = picture.view.house;
    let bound = jiff::SignedDuration::from_millis(i64::try_from(picture.facts.bound(lock)).unwrap_or(0));
    let long_ago = |wanted: &&access::Wanted| picture.view.now.duration_since(wanted.since) > bound;
    for wanted in house.wanted_of(lock).filter(|wanted| wanted.spec.is_none()).filter(long_ago) {
        let errand = house.errands.get(&(lock, wanted.slot));
        if errand.is_none_or(|errand| errand.state != ErrandState::Refused) {
            let what = format!("place {} is still kept for a code that has ended: {errand:?}", wanted.slot);
            found.push(picture.wrong("I12", what));
        }
    }
}

/// Exactly the wished codes open.
fn opens_as_wished(picture: &Picture<'_>, lock: LockId, found: &mut Vec<Violation>) {
    let house = picture.view.house;
    let Some(station) = picture.station(lock) else { return };
    for wanted in house.wanted_of(lock) {
        let Some(spec) = &wanted.spec else { continue };
        let stuck = house
            .errands
            .get(&(lock, wanted.slot))
            .is_some_and(|errand| errand.state == ErrandState::Refused);
        let (Some(pin), false) = (picture.facts.pin(spec.credential), stuck) else { continue };
        let place = station.body.places.get(&wanted.slot);
        let spent = place.is_some_and(|place| place.used);
        let ago = jiff::SignedDuration::from_millis(i64::try_from(picture.facts.bound(lock)).unwrap_or(0));
        let before = picture.truth.saturating_sub(ago).unwrap_or(picture.truth);
        let may = permits(house, lock, spec.credential, picture.truth)
            && permits(house, lock, spec.credential, before);
        let opens = station.body.opens(pin, picture.truth).opened;
        if may && !opens && !spent && picture.facts.is_quiet(lock, picture.now) {
            found.push(picture.wrong("L1", format!("a wished code in place {} does not open", wanted.slot)));
        }
    }
    for (slot, place) in &station.body.places {
        let ours = place.origin != Origin::Foreign && place.pin.is_some();
        if ours && !house.wanted.contains_key(&(lock, *slot)) {
            let stranger =
                house.seen.get(&(lock, *slot)).is_some_and(|seen| seen.holds == access::Holds::Foreign);
            if !stranger {
                found.push(
                    picture.wrong("I12", format!("place {slot} holds a code of ours that nobody wishes")),
                );
            }
        }
    }
}
