//! Settings, clock commands and the privacy button: each checked against its range, durable before it is answered.

use crate::answer::{Answer, Refusal};
use crate::clock::Offsets;
use crate::command::{SettingId, Zone};
use crate::effects::Effects;
use crate::record::{Record, RecordKind};
use crate::remote::From;
use crate::state::{Core, Settings};
use crate::storage::Storage;
use crate::words::{Alarm, ClockQuality, Mode, Seconds, Source};

/// A zone is at most this far from UTC.
const ZONE_LIMIT: i32 = 18 * 3600;

fn flag(value: u32) -> Option<bool> {
    match value {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn within<T: TryFrom<u32>>(value: u32, least: u32, most: u32) -> Option<T> {
    if (least..=most).contains(&value) { T::try_from(value).ok() } else { None }
}

impl Settings {
    /// Sets one value; `None` when it is out of range.
    fn set(&mut self, id: SettingId, value: u32) -> Option<()> {
        match id {
            SettingId::Language => self.language = language(value)?,
            SettingId::LedSettings => self.led = within(value, 0, 2)?,
            SettingId::AutoRelockTime => self.auto_relock = value,
            SettingId::SoundVolume => self.volume = within(value, 0, 3)?,
            SettingId::OperatingMode => self.mode = within(value, 0, 4).and_then(Mode::from_code)?,
            SettingId::EnableOneTouchLocking => self.one_touch = flag(value)?,
            SettingId::EnableInsideStatusLed => self.inside_led = flag(value)?,
            SettingId::EnablePrivacyModeButton => self.privacy_button = flag(value)?,
            SettingId::WrongCodeEntryLimit => self.wrong_limit = within(value, 1, 255)?,
            SettingId::UserCodeTemporaryDisableTime => self.disable_time = within(value, 1, 255)?,
            SettingId::RequirePinForRemoteOperation => self.require_pin = flag(value)?,
            SettingId::ExpiringUserTimeout => self.expiring = within(value, 1, 2880)?,
            SettingId::OpenPeriod => self.open_period = within(value, 0, 65_535)?,
            SettingId::EmergencyInPrivacy => self.emergency_in_privacy = flag(value)?,
            SettingId::RemoteLocksKeypad => self.remote_locks_keypad = flag(value)?,
            SettingId::WeakRfid => self.weak_rfid = flag(value)?,
            SettingId::GuessingBudget => self.budget = within(value, 0, 1000)?,
            SettingId::BudgetRefill => self.budget_refill = within(value, 1, 10_080)?,
            SettingId::BatteryLowMillivolts => self.low_mv = within(value, 0, 65_535)?,
            SettingId::BatteryReserveMillivolts => self.reserve_mv = within(value, 0, 65_535)?,
            SettingId::BatteryEmptyMillivolts => self.empty_mv = within(value, 0, 65_535)?,
            SettingId::ClockStepBound => self.clock_step = within(value, 1, 86_400)?,
            SettingId::LocalProgrammingFeatures => self.local_programming = within(value, 0, 15)?,
            SettingId::SendPinOverTheAir => self.send_pin = flag(value)?,
            SettingId::DoorOpenEvents | SettingId::DoorClosedEvents => return None,
        }
        // the levels must stay in order, else a pack could be empty before it is low
        (self.empty_mv <= self.reserve_mv && self.reserve_mv <= self.low_mv).then_some(())
    }

    fn get(&self, id: SettingId) -> u32 {
        match id {
            SettingId::Language => {
                let [a, b, c] = self.language;
                u32::from_le_bytes([a, b, c, 0])
            }
            SettingId::LedSettings => self.led.into(),
            SettingId::AutoRelockTime => self.auto_relock,
            SettingId::SoundVolume => self.volume.into(),
            SettingId::OperatingMode => self.mode.code().into(),
            SettingId::EnableOneTouchLocking => self.one_touch.into(),
            SettingId::EnableInsideStatusLed => self.inside_led.into(),
            SettingId::EnablePrivacyModeButton => self.privacy_button.into(),
            SettingId::WrongCodeEntryLimit => self.wrong_limit.into(),
            SettingId::UserCodeTemporaryDisableTime => self.disable_time.into(),
            SettingId::RequirePinForRemoteOperation => self.require_pin.into(),
            SettingId::ExpiringUserTimeout => self.expiring.into(),
            SettingId::OpenPeriod => self.open_period.into(),
            SettingId::EmergencyInPrivacy => self.emergency_in_privacy.into(),
            SettingId::RemoteLocksKeypad => self.remote_locks_keypad.into(),
            SettingId::WeakRfid => self.weak_rfid.into(),
            SettingId::GuessingBudget => self.budget.into(),
            SettingId::BudgetRefill => self.budget_refill.into(),
            SettingId::BatteryLowMillivolts => self.low_mv.into(),
            SettingId::BatteryReserveMillivolts => self.reserve_mv.into(),
            SettingId::BatteryEmptyMillivolts => self.empty_mv.into(),
            SettingId::ClockStepBound => self.clock_step,
            SettingId::LocalProgrammingFeatures => self.local_programming.into(),
            SettingId::SendPinOverTheAir => self.send_pin.into(),
            SettingId::DoorOpenEvents | SettingId::DoorClosedEvents => 0,
        }
    }
}

/// Two or three small letters (ISO 639), low byte first.
fn language(value: u32) -> Option<[u8; 3]> {
    let [a, b, c, rest] = value.to_le_bytes();
    let letters = a.is_ascii_lowercase() && b.is_ascii_lowercase() && (c == 0 || c.is_ascii_lowercase());
    (letters && rest == 0).then_some([a, b, c])
}

impl Core<'_> {
    pub(crate) fn read_setting(&self, id: SettingId) -> u32 {
        match id {
            SettingId::DoorOpenEvents => self.vitals.door_open_events,
            SettingId::DoorClosedEvents => self.vitals.door_closed_events,
            id => self.config.settings.get(id),
        }
    }

    pub(crate) fn write_setting(
        &mut self,
        id: SettingId,
        value: u32,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let answer = match id {
            SettingId::DoorOpenEvents | SettingId::DoorClosedEvents => self.write_count(id, value, storage),
            id => {
                let mut settings = self.config.settings;
                if settings.set(id, value).is_none() {
                    return Answer::Refused(Refusal::Constraint);
                }
                self.config.settings = settings;
                self.saved(storage)
            }
        };
        if answer == Answer::Done {
            effects.changed = true;
            let detail = u32::from(id.code());
            self.note(Record { detail, ..from.record(RecordKind::Setting) }, storage, effects);
            self.notice_mode(effects);
        }
        answer
    }

    fn write_count(&mut self, id: SettingId, value: u32, storage: &mut impl Storage) -> Answer {
        let before = *self.vitals;
        if id == SettingId::DoorOpenEvents {
            self.vitals.door_open_events = value;
        } else {
            self.vitals.door_closed_events = value;
        }
        match self.write_vitals(storage).and_then(|()| self.sync(storage)) {
            Ok(()) => Answer::Done,
            Err(_) => {
                *self.vitals = before;
                Answer::Refused(Refusal::StorageFailed)
            }
        }
    }

    /// Notices that another mode is in force. When one that kept the door open has ended, the relock counts again.
    pub(crate) fn notice_mode(&mut self, effects: &mut Effects) {
        let mode = self.mode();
        if mode == self.live.mode_seen {
            return;
        }
        let left_passage = self.live.mode_seen == Mode::Passage;
        self.live.mode_seen = mode;
        effects.changed = true;
        if mode == Mode::Passage {
            self.live.relock_at = None;
        } else if left_passage {
            self.rearm();
        }
    }

    /// The button inside: privacy on and off, where enabled. It never moves the bolt.
    pub(crate) fn privacy_button(&mut self, storage: &mut impl Storage, effects: &mut Effects) {
        if !self.config.settings.privacy_button {
            return;
        }
        let mode = if self.config.settings.mode == Mode::Privacy { Mode::Normal } else { Mode::Privacy };
        self.config.settings.mode = mode;
        if self.save_config(storage).is_err() {
            effects.alarms.raise(Alarm::StorageFailed);
            return;
        }
        let detail = u32::from(mode.code());
        self.note(Record { detail, ..Record::of(RecordKind::Mode, Source::Button) }, storage, effects);
        self.notice_mode(effects);
    }

    pub(crate) fn set_clock(
        &mut self,
        unix: Seconds,
        zone: Zone,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let shifts = core::iter::once(zone.offset).chain(zone.next.iter().map(|change| change.offset));
        let mut last = 0;
        let ordered = zone.next.iter().filter(|change| change.at != 0).all(|change| {
            let later = change.at > last;
            last = change.at;
            later
        });
        if unix == 0
            || !ordered
            || !shifts.into_iter().all(|offset| (-ZONE_LIMIT..=ZONE_LIMIT).contains(&offset))
        {
            return Answer::Refused(Refusal::Constraint);
        }
        let offsets = Offsets::of(&zone);
        if self.config.zone != offsets {
            self.config.zone = offsets;
            if self.save_config(storage).is_err() {
                return Answer::Refused(Refusal::StorageFailed);
            }
        }
        let step = self.judge(unix);
        let still_unconfirmed = self.vitals.quality == ClockQuality::Unconfirmed;
        let quality =
            if step.jump || still_unconfirmed { ClockQuality::Unconfirmed } else { ClockQuality::Trusted };
        self.set_wall(unix, quality);
        let detail = u32::try_from(step.size).unwrap_or(u32::MAX);
        // a small correction of a trusted clock is no event; it would only fill the log
        if step.jump || step.size > 2 {
            self.note(Record { detail, ..from.record(RecordKind::Clock) }, storage, effects);
        }
        if step.jump {
            self.alarm(Alarm::ClockJump, storage, effects);
        }
        effects.changed = true;
        self.notice_mode(effects);
        Answer::Done
    }

    pub(crate) fn confirm_clock(
        &mut self,
        unix: Seconds,
        from: From,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) -> Answer {
        let wall = self.wall();
        if wall == 0 || wall.abs_diff(unix) > u64::from(self.config.settings.clock_step) {
            return Answer::Refused(Refusal::Constraint);
        }
        self.vitals.quality = ClockQuality::Trusted;
        self.note(from.record(RecordKind::Clock), storage, effects);
        effects.changed = true;
        self.notice_mode(effects);
        Answer::Done
    }

    /// The lock's own clock chip: believed at a start when it does not run behind the last time known.
    pub(crate) fn clock_chip(
        &mut self,
        read: Option<Seconds>,
        storage: &mut impl Storage,
        effects: &mut Effects,
    ) {
        let Some(unix) = read else { return self.clock_lost(storage, effects) };
        if self.wall() > 0 || self.vitals.wall == 0 {
            return;
        }
        let step = self.judge(unix);
        self.set_wall(unix, if step.jump { ClockQuality::Unconfirmed } else { ClockQuality::Trusted });
        if step.jump {
            self.alarm(Alarm::ClockJump, storage, effects);
        }
        effects.changed = true;
        self.notice_mode(effects);
    }

    pub(crate) fn clock_lost(&mut self, storage: &mut impl Storage, effects: &mut Effects) {
        if self.live.wall_base == 0 {
            return;
        }
        let wall = self.wall();
        self.vitals.wall = self.vitals.wall.max(wall);
        self.set_wall(0, ClockQuality::Unknown);
        effects.changed = true;
        self.note(Record::of(RecordKind::Clock, Source::Unspecified), storage, effects);
        self.notice_mode(effects);
    }
}
