//! The lock's wall clock: set only by an authorised peer, bounded steps, unknown after loss of power. Says what the
//! local time is; whether somebody may enter at that time is decided elsewhere.

use crate::command::{Transition, Zone};
use crate::state::Core;
use crate::words::{ClockQuality, LocalSeconds, Seconds};

/// Seconds of a day.
pub(crate) const DAY: u64 = 86_400;
/// After loss of power a first setting this far ahead of the last known time is believed without confirmation.
const FIRST_STEP: u64 = 400 * DAY;

/// What a new time does to the clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    /// Size of the step in seconds.
    pub size: u64,
    /// Whether it must be confirmed.
    pub jump: bool,
}

/// A [`Zone`] as the lock keeps it, without the gaps between its fields.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Offsets {
    at: [Seconds; 4],
    offset: [i32; 4],
    before: i32,
}

impl Offsets {
    pub const UTC: Self = Self { at: [0; 4], offset: [0; 4], before: 0 };

    pub fn of(zone: &Zone) -> Self {
        let at = zone.next.map(|change| change.at);
        Self { at, offset: zone.next.map(|change| change.offset), before: zone.offset }
    }

    pub fn zone(&self) -> Zone {
        let mut zone = Zone { offset: self.before, ..Zone::NONE };
        for (place, (at, offset)) in zone.next.iter_mut().zip(self.changes()) {
            *place = Transition { at, offset };
        }
        zone
    }

    fn changes(&self) -> impl Iterator<Item = (Seconds, i32)> {
        self.at.into_iter().zip(self.offset)
    }

    /// Seconds east of UTC at a moment.
    fn at(&self, moment: Seconds) -> i32 {
        let passed = self.changes().filter(|(at, _)| *at != 0 && moment >= *at);
        passed.last().map_or(self.before, |(_, offset)| offset)
    }
}

impl Core<'_> {
    /// Wall time, 0 when unknown.
    pub(crate) fn wall(&self) -> Seconds {
        if self.live.wall_base == 0 {
            return 0;
        }
        self.live.wall_base.saturating_add(self.live.now.saturating_sub(self.live.wall_at) / 1000)
    }

    /// Wall time that schedules and leases may rest on.
    pub(crate) fn trusted_wall(&self) -> Option<Seconds> {
        match (self.vitals.quality, self.wall()) {
            (ClockQuality::Trusted, wall) if wall > 0 => Some(wall),
            _ => None,
        }
    }

    /// Local time that schedules may rest on.
    pub(crate) fn local(&self) -> Option<LocalSeconds> {
        let wall = self.trusted_wall()?;
        wall.checked_add_signed(i64::from(self.config.zone.at(wall)))
    }

    /// Judges a new time against the clock, or, when that is unknown, against the last time known.
    pub(crate) fn judge(&self, new: Seconds) -> Step {
        let known = self.wall();
        if known > 0 {
            let size = known.abs_diff(new);
            return Step { size, jump: size > u64::from(self.config.settings.clock_step) };
        }
        let last = self.vitals.wall;
        Step {
            size: last.abs_diff(new),
            jump: last > 0 && (new < last || new.saturating_sub(last) > FIRST_STEP),
        }
    }

    /// Sets the clock.
    pub(crate) fn set_wall(&mut self, new: Seconds, quality: ClockQuality) {
        self.live.wall_base = new;
        self.live.wall_at = self.live.now;
        self.vitals.quality = if new == 0 { ClockQuality::Unknown } else { quality };
    }

    /// Milliseconds until local time may reach a holiday's edge or a zone transition, when the clock is trusted.
    pub(crate) fn next_edge(&self) -> Option<u64> {
        let wall = self.trusted_wall()?;
        let local = self.local()?;
        let edges = self.holidays.iter().filter(|h| h.end > 0).flat_map(|h| [h.start, h.end]);
        let ahead = edges.filter_map(|edge| edge.checked_sub(local)).filter(|wait| *wait > 0);
        let changes = self.config.zone.changes().filter_map(|(at, _)| at.checked_sub(wall));
        let changes = changes.filter(|wait| *wait > 0);
        ahead.chain(changes).min().map(|seconds| seconds.saturating_mul(1000))
    }
}
