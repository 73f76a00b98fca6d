//! The facts of one entry, for somebody who does not recognise it: what the log says, what the lock's clock did near
//! that time, who held the place of the code before. What they mean is `care::mend::entry`'s business.

use ::care::mend::entry::{CLOCK_NEAR, Facts, Way};
use access::{House, LockId};
use jiff::Timestamp;

use crate::actor::Actor;
use crate::error::HubError;
use crate::hub::Hub;
use crate::log::{LogFilter, LogItem};
use crate::ports::{LockRecord, RecordKind, RecordSource};
use crate::words;

/// Entries near one that are looked through.
const NEAR: u32 = 200;
/// An order from here and the opening that it caused lie so close together.
const ORDERED_WITHIN: jiff::SignedDuration = jiff::SignedDuration::from_secs(90);

impl Hub {
    /// The facts of an entry of the log.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound` for a number that is no entry at a lock, storage.
    pub async fn entry_facts(&self, actor: &Actor, index: u64) -> Result<Facts, HubError> {
        let one = LogFilter { below: index.checked_add(1), limit: 1, ..LogFilter::default() };
        let item = self.log(actor, &one).await?.into_iter().next().filter(|item| item.index == index);
        let item = item.ok_or(HubError::NotFound("entry in the log"))?;
        let (lock, record) = record_of(&item).ok_or(HubError::NotFound("entry in the log"))?;
        if record.kind != RecordKind::Unlocked {
            return Err(HubError::Refused("this line of the log is no opening of a door".into()));
        }
        let door = item.door.ok_or(HubError::NotFound("door"))?;
        let near = LogFilter {
            door: Some(door),
            since: item.happened.checked_sub(CLOCK_NEAR).ok(),
            before: item.happened.checked_add(CLOCK_NEAR).ok(),
            limit: NEAR,
            ..LogFilter::default()
        };
        let around = self.log(actor, &near).await?;
        let home = self.home();
        let sight = home.door(door).ok_or(HubError::NotFound("door"))?;
        let state = self.state();
        let moment = |at: Timestamp| (at, sight.moment(at));
        let clock_trouble = around.iter().find(|one| is_clock(one, lock)).map(|one| {
            let at = sight.moment(one.happened);
            format!("{} ({at})", one.summary)
        });
        let live = state.live.get(&lock);
        let unset = live.is_some_and(|live| live.clock_known == Some(false) && record.at.is_none());
        Ok(Facts {
            index,
            summary: item.summary.clone(),
            door,
            lock,
            at: moment(item.happened),
            told: moment(item.at),
            way: way(record.source),
            slot: record.slot,
            recognised: item.person.is_some(),
            own_time: record.at.is_some(),
            clock_trouble: clock_trouble.or_else(|| unset.then(|| "its clock is not set".to_owned())),
            slot_trouble: record.slot.and_then(|slot| slot_trouble(&state.house, lock, slot, &around, sight)),
            ordered_by: (record.source == RecordSource::Remote)
                .then(|| ordered_by(&around, lock, item.happened))
                .flatten(),
            model: sight.locks.iter().find(|one| one.id == lock).and_then(|one| one.model.clone()),
        })
    }
}

fn record_of(item: &LogItem) -> Option<(LockId, LockRecord)> {
    let lock = serde_json::from_value(item.detail.get("lock")?.clone()).ok()?;
    let record = serde_json::from_value(item.detail.get("record")?.clone()).ok()?;
    Some((lock, record))
}

fn way(source: RecordSource) -> Way {
    match source {
        RecordSource::Keypad | RecordSource::Rfid | RecordSource::Fingerprint => Way::Credential,
        RecordSource::Key | RecordSource::Manual | RecordSource::Thumbturn => Way::Hand,
        RecordSource::Remote | RecordSource::Auto => Way::Afar,
        RecordSource::Unknown => Way::Unsaid,
    }
}

/// A clock that jumped; that it was set by the hub is no trouble.
fn is_clock(item: &LogItem, lock: LockId) -> bool {
    record_of(item).is_some_and(|(of, record)| of == lock && record.kind == RecordKind::ClockJumped)
}

/// Who else held the place, or that it was written by somebody else.
fn slot_trouble(
    house: &House,
    lock: LockId,
    slot: u16,
    around: &[LogItem],
    door: &::care::living::sight::DoorSight,
) -> Option<String> {
    let seen = house.seen.get(&(lock, slot));
    let before = seen.and_then(|seen| seen.past.last()).map(|past| {
        let who = words::person(house, past.person);
        format!("which {who} held until {}", door.moment(past.ended))
    });
    let written = || {
        let changed = around.iter().find(|item| {
            record_of(item).is_some_and(|(of, record)| {
                of == lock && record.kind == RecordKind::CodeChanged && record.slot == Some(slot)
            })
        })?;
        Some(format!("which was written at the lock on {}", door.moment(changed.happened)))
    };
    // a code that somebody else wrote explains who came as little as a foreign one: only a known holder does
    before.or_else(|| written().filter(|_| seen.is_some_and(|seen| seen.holds != access::Holds::Foreign)))
}

/// Who asked for an opening from here shortly before.
fn ordered_by(around: &[LogItem], lock: LockId, at: Timestamp) -> Option<String> {
    let asked = around.iter().find(|item| {
        let of = item.detail.get("lock").and_then(|id| serde_json::from_value::<LockId>(id.clone()).ok());
        let close = at.duration_since(item.happened).abs() <= ORDERED_WITHIN;
        item.kind == "command" && of == Some(lock) && close && item.summary.contains("to unlock")
    })?;
    asked.summary.split_once(" asked").map(|(who, _)| who.to_owned())
}
