//! What of the body stays when the power goes: where bolt and leaf are, what is left in the cells, what the
//! clock chip shows, which troubles are on. Mechanics keep it; the file `keep.rs` keeps it for the process.

use serde::{Deserialize, Serialize};

use crate::battery::Pack;
use crate::hand::RadioFaults;

/// Bolt fully in and fully out.
pub const OUT: u16 = 1000;
/// The bolt sensor says *in* up to here.
const IN_UP_TO: u16 = 20;
/// The bolt sensor says *out* from here on.
const OUT_FROM: u16 = 980;
/// Where something in the strike stops the bolt, from either side.
pub const JAM_AT: u16 = 450;
/// Time of the bolt's whole way unless set otherwise, milliseconds (estimate; motor deadbolts take about a
/// second).
const TRAVEL_MS: u16 = 900;

/// The body apart from its electronics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct World {
    /// Bolt, 0 (in) to [`OUT`].
    pub bolt: u16,
    /// The latch is drawn by the motor.
    pub latch_in: bool,
    /// The leaf is open.
    pub door_open: bool,
    /// Somebody has cut the power.
    pub power_cut: bool,
    /// The cells.
    pub pack: Pack,
    /// Milliseconds that the clock chip is ahead of the host's clock; `None`: the chip has lost the time.
    pub chip: Option<i64>,
    /// Out of radio reach.
    pub out_of_reach: bool,
    /// How bad the radio is otherwise.
    pub radio: RadioFaults,
    /// Something is in the strike.
    pub jam: bool,
    /// The power goes when the bolt passes here.
    pub power_cut_at: Option<u16>,
    /// Presses dropped of a thousand.
    pub wet_keypad: u16,
    /// The bolt sensor does not answer.
    pub bolt_sensor_dead: bool,
    /// The door sensor does not answer.
    pub door_sensor_dead: bool,
    /// The outer plate is off.
    pub cover_off: bool,
    /// Time of the bolt's whole way, milliseconds; 0: at once.
    pub travel_ms: u16,
}

impl Default for World {
    /// As it comes out of the box, mounted, with fresh cells, bolt in.
    fn default() -> Self {
        Self {
            bolt: 0,
            latch_in: false,
            door_open: false,
            power_cut: false,
            pack: Pack::charged(100, 20),
            chip: None,
            out_of_reach: false,
            radio: RadioFaults::default(),
            jam: false,
            power_cut_at: None,
            wet_keypad: 0,
            bolt_sensor_dead: false,
            door_sensor_dead: false,
            cover_off: false,
            travel_ms: TRAVEL_MS,
        }
    }
}

impl World {
    /// What the bolt sensor says.
    #[must_use]
    pub fn bolt_sensor(&self) -> lock::Bolt {
        if self.bolt_sensor_dead { lock::Bolt::Unknown } else { sensed(self.bolt, self.latch_in) }
    }

    /// What the door sensor says.
    #[must_use]
    pub fn leaf_sensor(&self) -> lock::Leaf {
        match (self.door_sensor_dead, self.door_open) {
            (true, _) => lock::Leaf::Unknown,
            (false, true) => lock::Leaf::Open,
            (false, false) => lock::Leaf::Closed,
        }
    }

    /// Whether the bolt stands in the strike, so that the leaf cannot move.
    #[must_use]
    pub fn bolted(&self) -> bool {
        self.bolt > IN_UP_TO
    }

    /// How far the bolt gets from where it is towards `to`.
    #[must_use]
    pub fn way(&self, to: u16) -> u16 {
        match (self.jam, self.bolt.cmp(&JAM_AT), to.cmp(&JAM_AT)) {
            (true, std::cmp::Ordering::Less, std::cmp::Ordering::Greater)
            | (true, std::cmp::Ordering::Greater, std::cmp::Ordering::Less) => JAM_AT,
            // jammed fast: whatever direction
            (true, std::cmp::Ordering::Equal, _) => JAM_AT,
            _ => to.min(OUT),
        }
    }
}

/// What a working bolt sensor says at a position.
#[must_use]
pub fn sensed(bolt: u16, latch_in: bool) -> lock::Bolt {
    match bolt {
        ..=IN_UP_TO if latch_in => lock::Bolt::Unlatched,
        ..=IN_UP_TO => lock::Bolt::Retracted,
        OUT_FROM.. => lock::Bolt::Extended,
        _ => lock::Bolt::Between,
    }
}

#[cfg(test)]
mod tests {
    use super::{JAM_AT, OUT, World};

    #[test]
    fn something_in_the_strike_stops_the_bolt_from_both_sides() {
        let mut world = World { jam: true, ..World::default() };
        assert_eq!(world.way(OUT), JAM_AT);
        world.bolt = OUT;
        assert_eq!(world.way(0), JAM_AT);
        world.bolt = JAM_AT;
        assert_eq!((world.way(0), world.way(OUT)), (JAM_AT, JAM_AT));
        world.jam = false;
        assert_eq!(world.way(OUT), OUT);
    }

    #[test]
    fn an_older_file_without_a_field_is_read() {
        let world: World = serde_json::from_str(r#"{"bolt":1000}"#).unwrap();
        assert_eq!(world, World { bolt: 1000, ..World::default() });
    }
}
