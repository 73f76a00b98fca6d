//! How much is asked of a lock (I11, I14's war), and whether somebody hears of a revocation that hangs (L2).

use access::LockId;

use super::Picture;
use crate::facts::Violation;
use crate::time::{DAY, HOUR};

/// Commands a day that a lock may be asked without any change of a wish: reads of the verify round, tries of what hangs.
const BASE: u32 = 200;
/// And for each change of a wish on that day.
const EACH: u32 = 12;
/// Writes of one and the same wish into one place, in a row.
const SAME_MAX: u32 = 24;
/// A revocation that hangs for so long is told to a person.
const ESCALATE: u64 = 2 * HOUR;

/// What a lock may be asked in a day.
fn budget(wishes: u32) -> u32 {
    BASE + EACH * wishes
}

/// I11 and I14: no more than the budget, and no war over one place.
pub fn effort(picture: &Picture<'_>, lock: LockId) -> Vec<Violation> {
    let Some(station) = picture.station(lock) else { return Vec::new() };
    let day = picture.now / DAY;
    let mut found = Vec::new();
    let wishes = picture.facts.wishes.get(&(lock, day)).copied().unwrap_or(0);
    let spent = station.effort.get(&day).copied().unwrap_or_default();
    if spent.reads + spent.writes > budget(wishes) {
        let what = format!(
            "asked {} reads and {} writes in a day ({} unanswered) for {wishes} changes of a wish",
            spent.reads, spent.writes, spent.unanswered
        );
        found.push(picture.wrong("I11", what));
    }
    if let Some((slot, (_, times))) = station.repeats.iter().find(|(_, (_, times))| *times > SAME_MAX) {
        found.push(picture.wrong("I14", format!("place {slot} was written {times} times for one wish")));
    }
    found
}

/// L2: every revocation is proven or a person has heard of it.
pub fn revocations(picture: &Picture<'_>, lock: LockId) -> Option<Violation> {
    let house = picture.view.house;
    let name = &house.locks.get(&lock)?.name;
    let up = picture.facts.up_since.filter(|_| !picture.facts.clock_wrong)?.max(picture.facts.phone_troubled);
    let hangs = house.wanted_of(lock).filter(|wanted| wanted.spec.is_none()).find(|wanted| {
        let waited = picture.view.now.duration_since(wanted.since).as_millis();
        let waited = u64::try_from(waited).unwrap_or(0).min(picture.now - up.min(picture.now));
        waited > ESCALATE + picture.facts.bound(lock)
    })?;
    let told = picture
        .alerts
        .iter()
        .rev()
        .any(|(_, alert)| alert.about == *name && alert.at >= hangs.since - ESCALATE_BEFORE);
    (!told).then(|| {
        let errand =
            house.errands.get(&(lock, hangs.slot)).map(|errand| (errand.state, errand.last_error.clone()));
        picture.wrong(
            "L2",
            format!("the end of a code on {name} hangs since {}, nobody was told: {errand:?}", hangs.since),
        )
    })
}

/// An alert about the same lock counts although it came so long before: the lock was silent already.
const ESCALATE_BEFORE: jiff::SignedDuration = jiff::SignedDuration::from_hours(72);
