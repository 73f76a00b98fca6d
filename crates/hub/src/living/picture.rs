//! The picture of the home, from memory; what happened at a door is read from the log on request.

use ::care::living::calendar::{ENDS_WITHIN_DAYS, REVIEW_MONTHS};
use ::care::living::register::Register;
use ::care::living::sight::{
    AccessSight, DoorSight, Ends, FlagUp, Gateway, Happened, Home, KeyOut, LockSight, PAST_MAX, Waiting, What,
};
use access::{DoorId, ErrandState, Grant, House, Lock, LockId};
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};

use super::keys::register;
use super::review::Review;
use super::tasks::ledger;
use super::{CARE, kept, travel};
use crate::actor::Actor;
use crate::error::HubError;
use crate::flags::firmware_since;
use crate::hub::Hub;
use crate::log::{LogFilter, LogItem};
use crate::ports::{Denial, LockRecord, RecordKind, RecordSource};
use crate::rehearsal;
use crate::state::State;
use crate::survey::{of_door, seen::Uses};

/// Kinds of log entries that tell what happened at a lock.
const KINDS: [&str; 4] = ["entry", "refused", "alert", "lock"];

impl Hub {
    /// What is known of the home now. What happened at its locks is not in it: [`home_at`](Self::home_at) adds that.
    pub fn home(&self) -> Home {
        let now = self.clock.now();
        let flags = self.red_flags(None);
        let rehearse = self.rehearsing_links();
        let state = self.state();
        let uses = Uses::of(&state.house);
        let mut doors: Vec<DoorSight> = state
            .house
            .doors
            .values()
            .map(|door| DoorSight {
                id: door.id,
                name: door.name.clone(),
                zone: door.time_zone.clone(),
                created: door.created,
                survey: of_door(&state, &uses, door.id, now),
                flags: flags
                    .iter()
                    .filter(|flag| flag.door == door.id)
                    .map(|flag| FlagUp {
                        id: flag.id,
                        what: flag.what,
                        evidence: flag.evidence.clone(),
                        since: flag.since,
                    })
                    .collect(),
                locks: state
                    .house
                    .locks_of(door.id)
                    .filter(|lock| lock.removing.is_none())
                    .map(|lock| lock_sight(&state, lock, rehearse.contains(&lock.address.link)))
                    .collect(),
            })
            .collect();
        doors.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        let gateways = state.links.values().map(|link| Gateway {
            name: link.name.clone(),
            up: link.up,
            since: link.since,
            why: link.why.clone(),
        });
        let keys: Register = register(&state);
        Home {
            now,
            doors,
            gateways: gateways.collect(),
            access: access_sight(&state, now),
            keys: keys.out().map(|key| KeyOut { id: key.id, door: key.door, back_by: key.back_by }).collect(),
            done: ledger(&state),
        }
    }

    /// The same with what happened lately at the locks of one door.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, storage.
    pub async fn home_at(&self, actor: &Actor, door: DoorId) -> Result<Home, HubError> {
        let limit = u32::try_from(PAST_MAX).unwrap_or(200);
        let kinds = KINDS.map(str::to_owned).to_vec();
        let items =
            self.log(actor, &LogFilter { door: Some(door), kinds, limit, ..LogFilter::default() }).await?;
        let mut home = self.home();
        let sight = home.doors.iter_mut().find(|one| one.id == door).ok_or(HubError::NotFound("door"))?;
        for lock in &mut sight.locks {
            lock.past = items.iter().filter_map(|item| happened(item, lock.id)).collect();
        }
        Ok(home)
    }

    /// Links whose locks can play a dead battery: the same that keep purposes of codes.
    fn rehearsing_links(&self) -> Vec<String> {
        let Ok(links) = self.links.read() else { return Vec::new() };
        links.iter().filter(|(_, link)| link.keeps_purposes()).map(|(name, _)| name.clone()).collect()
    }
}

fn lock_sight(state: &State, lock: &Lock, rehearses: bool) -> LockSight {
    let live = state.live.get(&lock.id).cloned().unwrap_or_default();
    let told = lock.address.is_told();
    let rehearsals = rehearsal::kept(state, lock.id);
    let version = live.firmware.clone().or_else(|| lock.capabilities.firmware.clone());
    let version = version.or_else(|| lock.told.firmware.clone());
    let model = match (&lock.told.maker, &lock.told.model) {
        (Some(maker), Some(model)) => Some(format!("{maker} {model}")),
        (maker, model) => model.clone().or_else(|| maker.clone()),
    };
    let errands = state.house.errands.range((lock.id, 0)..=(lock.id, u16::MAX)).map(|(_, errand)| errand);
    let strangers = state.house.seen_of(lock.id).filter(|seen| seen.holds == access::Holds::Foreign).count();
    LockSight {
        id: lock.id,
        name: lock.name.clone(),
        model,
        told,
        gateway: lock.address.link.clone(),
        created: lock.created,
        reachable: live.reachable,
        last_contact: live.last_contact,
        silent_since: live.silent_since,
        sleeps: lock.capabilities.sleeps,
        signal: live.signal.clone(),
        battery: live.battery_percent,
        battery_low: live.battery_low,
        outlook: live.outlook,
        jammed: live.jammed,
        lockout_until: live.lockout_until,
        budget_spent: live.budget.is_some_and(|budget| budget.spent),
        clock_known: live.clock_known,
        clock_unconfirmed: live.clock_unconfirmed,
        mode: live.mode.map(|mode| mode.name().to_owned()),
        log_place: lock.told.log_place.clone(),
        firmware: version.map(|version| (version, firmware_since(state, lock.id))),
        rehearses: rehearses && !told,
        rehearsed: rehearsals
            .last(rehearsal::RehearsalKind::DeadBattery)
            .map(|last| (last.ended.unwrap_or(last.began), last.is_good())),
        backup_tested: lock.told.backup_tested,
        travel: travel::history(state, lock.id),
        waiting: errands
            .filter(|errand| errand.state != ErrandState::Due || errand.tries > 0)
            .map(|errand| Waiting {
                since: errand.since,
                stuck: matches!(errand.state, ErrandState::Refused | ErrandState::Suspended),
                error: errand.last_error.clone(),
            })
            .collect(),
        strangers,
        past: Vec::new(),
    }
}

fn access_sight(state: &State, now: Timestamp) -> AccessSight {
    let house = &state.house;
    let items = access::review(house, &access::LastUse::default(), SignedDuration::MAX, now);
    let people: std::collections::BTreeSet<_> = items.iter().map(|item| item.person).collect();
    let left = |item: &&access::ReviewItem| item.questions.contains(&access::Question::EndedAndStillThere);
    let review: Review = kept(state, CARE, super::review::KEY);
    AccessSight {
        people: people.len(),
        questions: items.iter().filter(left).count(),
        since: items.iter().filter_map(|item| item.since).min(),
        reviewed: review.last,
        every_months: review.every_months.unwrap_or(REVIEW_MONTHS),
        ends: house.grants.values().filter_map(|grant| ends(house, grant, now)).collect(),
    }
}

/// A grant that ends within the days that the calendar looks ahead.
fn ends(house: &House, grant: &Grant, now: Timestamp) -> Option<Ends> {
    let until = grant.until.filter(|_| grant.revoked.is_none())?;
    let doors = house.doors_of(grant.target);
    let door = house.doors.get(doors.first()?)?;
    // an end at midnight is the end of the day before
    let on: Date =
        if until.time() == Time::midnight() { until.date().yesterday().ok()? } else { until.date() };
    let zone = access::zone_of(house, door.id);
    let end = zone.to_timestamp(until).ok()?;
    let left = end.duration_since(now);
    if left.is_negative() || left > SignedDuration::from_hours(24 * (ENDS_WITHIN_DAYS + 1)) {
        return None;
    }
    let locks = || doors.iter().flat_map(|door| house.locks_of(*door)).filter(|lock| lock.removing.is_none());
    let itself = |lock: &Lock| lock.capabilities.schedules.lease || lock.capabilities.schedules.year_day > 0;
    let by_itself = locks().next().is_some() && locks().all(itself);
    Some(Ends { grant: grant.id, door: door.id, on, by_itself })
}

/// What a log entry says happened at this lock.
fn happened(item: &LogItem, lock: LockId) -> Option<Happened> {
    let of: LockId = serde_json::from_value(item.detail.get("lock")?.clone()).ok()?;
    let record: LockRecord = serde_json::from_value(item.detail.get("record")?.clone()).ok()?;
    let what = what(&record).filter(|_| of == lock)?;
    let known = item.person.is_some();
    Some(Happened { index: item.index, at: item.happened, told: item.at, what, known })
}

fn what(record: &LockRecord) -> Option<What> {
    use RecordSource::{Auto, Fingerprint, Key, Keypad, Manual, Remote, Rfid, Thumbturn};
    Some(match (&record.kind, record.source) {
        (RecordKind::Unlocked, Keypad | Rfid | Fingerprint) => What::OpenedByCredential,
        (RecordKind::Unlocked | RecordKind::Locked, Key | Thumbturn | Manual) => What::ByHand,
        (RecordKind::Unlocked, Remote) => What::OpenedFromAfar,
        (RecordKind::Locked, Auto) => What::LockedItself,
        (RecordKind::Locked, _) => What::Locked,
        (RecordKind::Unlocked, _) => What::ByHand,
        (RecordKind::WrongCode, _) => What::WrongCode,
        (RecordKind::Denied(why), _) => match why {
            Denial::Schedule | Denial::Expired => What::OutsideHours,
            Denial::Disabled => What::Disabled,
            Denial::ClockUnknown => What::ClockUnknown,
            Denial::LockedOut | Denial::BudgetSpent => What::ShutOut,
            Denial::Battery => What::BatteryRefused,
            Denial::Mode => What::ModeRefused,
        },
        (RecordKind::LockedOut { .. }, _) => What::ShutOut,
        (RecordKind::Jammed | RecordKind::Failed, _) => What::Jammed,
        (RecordKind::Forced | RecordKind::Tamper | RecordKind::FactoryReset, _) => What::Forced,
        (RecordKind::Restarted, _) => What::Restarted,
        (RecordKind::ClockChanged | RecordKind::ClockJumped, _) => What::Clock,
        (RecordKind::CodeChanged, _) => What::CodeChanged,
        (RecordKind::BatteryLow, _) => What::BatteryLow,
        (RecordKind::RecordsLost { .. } | RecordKind::ChainBroken, _) => What::RecordsLost,
        (RecordKind::Ajar, _) => What::Ajar,
        _ => return None,
    })
}
