//! One travel of the bolt: where it is when, and what happens on the way (the sensor's edge, the moment of
//! full load, a power cut at a position, the end, a stall). Plans it all at the start; moves nothing itself.

use lock::{Authorised, Millis};

use crate::world::{World, sensed};

/// How long the motor stands still under current before its driver calls it a stall, milliseconds (estimate).
pub const STALL_MS: Millis = 120;
/// How often the position is told while the bolt moves, milliseconds.
const TICK_MS: Millis = 50;

/// What happens on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nothing but another position.
    Tick,
    /// The motor is at full load: measure the battery.
    Load,
    /// The power goes.
    Cut,
    /// The bolt stands, at its end or at an obstacle.
    Stands,
    /// The driver calls it a stall.
    Stall,
}

/// A travel under way.
#[derive(Debug)]
pub struct Travel {
    from: u16,
    /// Where it will stand.
    pub to: u16,
    /// Pull the latch at the end.
    pub unlatch: bool,
    began: Millis,
    stands: Millis,
    marks: Vec<(Millis, Mark)>,
    next: usize,
    /// What allowed an opening; used up with this travel.
    _by: Option<Authorised>,
}

impl Travel {
    /// From where the bolt is towards `wish`.
    #[must_use]
    pub fn new(world: &World, now: Millis, wish: u16, unlatch: bool, by: Option<Authorised>) -> Self {
        let (from, to) = (world.bolt, world.way(wish));
        let whole = Millis::from(world.travel_ms);
        let time_to =
            |position: u16| whole * Millis::from(from.abs_diff(position)) / Millis::from(crate::world::OUT);
        let stands = now + time_to(to);
        let mut marks = vec![(now + time_to(to) / 2, Mark::Load), (stands, Mark::Stands)];
        marks.extend((1..).map(|n| (now + n * TICK_MS, Mark::Tick)).take_while(|(at, _)| *at < stands));
        if let Some((position, at)) = sensor_edge(world, to).map(|edge| (edge, now + time_to(edge))) {
            debug_assert!(position.abs_diff(from) <= to.abs_diff(from));
            marks.push((at, Mark::Tick));
        }
        if to != wish {
            marks.push((stands + if whole == 0 { 0 } else { STALL_MS }, Mark::Stall));
        }
        if let Some(cut) = world.power_cut_at
            && from != to
            && (from.min(to)..=from.max(to)).contains(&cut)
        {
            marks.push((now + time_to(cut), Mark::Cut));
        }
        // a cut comes before anything else of the same moment
        marks.sort_by_key(|(at, mark)| {
            (*at, *mark != Mark::Cut, matches!(mark, Mark::Stands), *mark == Mark::Stall)
        });
        Self { from, to, unlatch, began: now, stands, marks, next: 0, _by: by }
    }

    /// When the next mark is.
    #[must_use]
    pub fn next(&self) -> Option<Millis> {
        self.marks.get(self.next).map(|(at, _)| *at)
    }

    /// Takes the next mark, if it is due.
    pub fn take(&mut self, now: Millis) -> Option<Mark> {
        let (at, mark) = *self.marks.get(self.next)?;
        if at > now {
            return None;
        }
        self.next += 1;
        Some(mark)
    }

    /// Where the bolt is.
    #[must_use]
    pub fn position(&self, now: Millis) -> u16 {
        let whole = self.stands - self.began;
        let gone = now.saturating_sub(self.began).min(whole);
        if gone >= whole {
            return self.to;
        }
        let (from, to) = (i64::from(self.from), i64::from(self.to));
        let part = i64::try_from(gone).unwrap_or(0) * (to - from) / i64::try_from(whole).unwrap_or(1).max(1);
        u16::try_from(from + part).unwrap_or(self.to)
    }

    /// How long the motor has run.
    #[must_use]
    pub fn running(&self, now: Millis) -> Millis {
        now.min(self.stands).saturating_sub(self.began)
    }
}

/// The first position on the way at which the sensor leaves the end that it sees now.
fn sensor_edge(world: &World, to: u16) -> Option<u16> {
    let here = sensed(world.bolt, false);
    let towards = |position: &u16| sensed(*position, false) != here;
    if to > world.bolt { (world.bolt..=to).find(towards) } else { (to..=world.bolt).rev().find(towards) }
}

#[cfg(test)]
mod tests {
    use super::{Mark, STALL_MS, Travel};
    use crate::world::{JAM_AT, OUT, World};

    fn marks(mut travel: Travel) -> Vec<(u64, Mark)> {
        let mut all = Vec::new();
        while let Some(at) = travel.next() {
            all.push((at, travel.take(at).unwrap()));
        }
        all.retain(|(_, mark)| *mark != Mark::Tick);
        all
    }

    #[test]
    fn a_free_bolt_arrives_after_its_time() {
        let world = World { travel_ms: 900, ..World::default() };
        let travel = Travel::new(&world, 100, OUT, false, None);
        assert_eq!((travel.position(100), travel.position(550), travel.position(1000)), (0, 500, OUT));
        assert_eq!(marks(travel), [(550, Mark::Load), (1000, Mark::Stands)]);
    }

    #[test]
    fn a_jammed_bolt_stalls_half_way() {
        let world = World { travel_ms: 1000, jam: true, ..World::default() };
        let travel = Travel::new(&world, 0, OUT, false, None);
        assert_eq!(travel.to, JAM_AT);
        assert_eq!(marks(travel), [(225, Mark::Load), (450, Mark::Stands), (450 + STALL_MS, Mark::Stall)]);
    }

    #[test]
    fn the_power_goes_where_it_was_told_to() {
        let world = World { bolt: OUT, travel_ms: 1000, power_cut_at: Some(300), ..World::default() };
        let travel = Travel::new(&world, 0, 0, false, None);
        assert_eq!(travel.position(700), 300);
        assert_eq!(marks(travel), [(500, Mark::Load), (700, Mark::Cut), (1000, Mark::Stands)]);
        let other_way = World { bolt: 200, ..world };
        assert!(!marks(Travel::new(&other_way, 0, 0, false, None)).iter().any(|(_, m)| *m == Mark::Cut));
    }

    #[test]
    fn at_no_time_it_is_there_at_once() {
        let world = World { travel_ms: 0, ..World::default() };
        let mut travel = Travel::new(&world, 5, OUT, false, None);
        let mut taken = Vec::new();
        while let Some(mark) = travel.take(5) {
            taken.push(mark);
        }
        assert_eq!(taken, [Mark::Load, Mark::Tick, Mark::Stands]);
        assert_eq!(travel.position(5), OUT);
    }
}
