//! The port to the bodies of virtual locks: the hands, fingers and troubles that a page can lend them, and
//! what an onlooker at the door would see. The hub itself learns of a virtual lock only through
//! [`Link`](super::Link), like of any other; nothing here feeds the log or the house.
//!
//! No secret passes back: a state says how many keys were pressed, never which.

use access::LockAddress;
use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::order::Mode;

/// The virtual locks of this house: makes them, lends them a hand, shows them.
#[async_trait]
pub trait Bodies: Send + Sync {
    /// Makes and starts a new virtual lock. Its link then reports it with
    /// [`LinkEvent::Found`](super::LinkEvent::Found). `name` has 1 to 40 characters.
    ///
    /// # Errors
    /// [`BodyError::Refused`] for a bad name or too many locks, [`BodyError::Failed`] when it does not start.
    async fn create(&self, name: &str) -> Result<LockAddress, BodyError>;

    /// Stops a virtual lock for good and erases what it kept.
    ///
    /// # Errors
    /// [`BodyError::Unknown`], [`BodyError::Failed`].
    async fn remove(&self, lock: &LockAddress) -> Result<(), BodyError>;

    /// Every virtual lock of this house with its name, by address.
    fn list(&self) -> Vec<(LockAddress, String)>;

    /// Does one thing at the door and says what is to be seen right after it.
    ///
    /// # Errors
    /// [`BodyError::Unknown`], [`BodyError::NotRunning`], [`BodyError::Refused`] for what a hand cannot do
    /// there.
    async fn hand(&self, lock: &LockAddress, hand: Hand) -> Result<BodyState, BodyError>;

    /// Lets a second controller do something over the lock's radio.
    ///
    /// # Errors
    /// As [`hand`](Self::hand); out of radio reach is [`BodyError::NotRunning`].
    async fn second_controller(&self, lock: &LockAddress, does: SecondController) -> Result<(), BodyError>;

    /// What is to be seen now.
    ///
    /// # Errors
    /// [`BodyError::Unknown`], [`BodyError::NotRunning`].
    async fn state(&self, lock: &LockAddress) -> Result<BodyState, BodyError>;

    /// Every change of what is to be seen, of all virtual locks. A slow reader misses intermediate states,
    /// never the last one.
    fn watch(&self) -> BoxStream<'static, (LockAddress, BodyState)>;
}

/// A key of the keypad. In JSON `"0"` to `"9"`, `"enter"`, `"clear"`, `"lock"`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Key {
    /// 0 to 9.
    Digit(u8),
    /// Ends an entry.
    Enter,
    /// Drops an entry.
    Clear,
    /// The one-touch locking key.
    Lock,
}

impl TryFrom<String> for Key {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_bytes() {
            [digit @ b'0'..=b'9'] => Ok(Self::Digit(digit - b'0')),
            b"enter" => Ok(Self::Enter),
            b"clear" => Ok(Self::Clear),
            b"lock" => Ok(Self::Lock),
            _ => Err("a key is 0 to 9, enter, clear or lock"),
        }
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        match key {
            Key::Digit(digit) => digit.to_string(),
            Key::Enter => "enter".to_owned(),
            Key::Clear => "clear".to_owned(),
            Key::Lock => "lock".to_owned(),
        }
    }
}

impl std::fmt::Debug for Key {
    /// Never the digit: keys in a row are a code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Digit(_) => "Digit(_)",
            Self::Enter => "Enter",
            Self::Clear => "Clear",
            Self::Lock => "Lock",
        })
    }
}

/// What turns the bolt by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turner {
    /// The mechanical key, from outside.
    Key,
    /// The thumbturn, from inside.
    Thumbturn,
}

/// One thing that a person, the weather or a fault can do to a lock. In JSON
/// `{"do":"press","key":"4"}`, `{"do":"turn","with":"key","lock":true}`, `{"do":"replace_battery"}` and so
/// on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Hand {
    /// Press a key of the keypad.
    Press {
        /// Which.
        key: Key,
    },
    /// Turn the bolt by hand: out with `lock`, else in.
    Turn {
        /// By key or thumbturn.
        with: Turner,
        /// Out (locked) or in.
        lock: bool,
    },
    /// Push or pull the leaf. A bolted door does not open.
    Door {
        /// Open it.
        open: bool,
    },
    /// Break the door open although it is bolted.
    ForceDoor,
    /// Press the privacy button inside.
    PrivacyButton,
    /// Hold the erase button inside (the door must be open).
    FactoryReset,
    /// Take the outer plate off or put it back.
    Cover {
        /// Off.
        off: bool,
    },
    /// Show a finger by the number of its template, 1 to 65535.
    Finger {
        /// Template number.
        template: u16,
    },
    /// Show a finger that the reader does not know.
    StrangeFinger,
    /// Show a card by its number.
    Card {
        /// Number on the card.
        number: u32,
        /// A copy that carries the public number only.
        copied: bool,
    },
    /// Put cells in that are charged so far, 0 to 100.
    SetBattery {
        /// Charge left.
        percent: u8,
    },
    /// Put four fresh cells in. The lock starts anew.
    ReplaceBattery,
    /// Cut or restore the power.
    Power {
        /// Restore.
        on: bool,
    },
    /// Cut the power when the bolt next passes this position, 0 (in) to 1000 (out).
    PowerCutAt {
        /// Position.
        position: u16,
    },
    /// Carry the lock's radio out of reach or back.
    Radio {
        /// In reach.
        reach: bool,
    },
    /// How bad the radio is. All zero: perfect.
    RadioFaults(RadioFaults),
    /// Put something into the strike, or take it out: the bolt stops half way.
    Jam {
        /// In.
        on: bool,
    },
    /// The clock chip loses the time.
    LoseClock,
    /// The clock chip is set wrong by so many seconds, and the lock starts anew.
    WrongClock {
        /// Seconds ahead, at most a year either way.
        seconds: i32,
    },
    /// Water on the keypad drops so many of a thousand presses, 0 to 1000.
    WetKeypad {
        /// Dropped presses of a thousand.
        drops: u16,
    },
    /// A magnet or a tool moves the bolt to this position without any authority, 0 (in) to 1000 (out).
    PushBolt {
        /// Position.
        to: u16,
    },
    /// The bolt sensor answers or does not.
    BoltSensor {
        /// Answers.
        works: bool,
    },
    /// The door sensor answers or does not.
    DoorSensor {
        /// Answers.
        works: bool,
    },
    /// Temperature at the pack, -40 to 80 degrees Celsius.
    Temperature {
        /// Degrees Celsius.
        celsius: i8,
    },
    /// How long the bolt's whole way takes, 0 to 10000 ms. 0: at once.
    MotorSpeed {
        /// Milliseconds.
        travel_ms: u16,
    },
}

/// How the radio treats each message, in both directions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RadioFaults {
    /// Every message is late by so much, at most 60000 ms.
    pub delay_ms: u32,
    /// And by up to so much more, at most 60000 ms; with it messages overtake one another.
    pub jitter_ms: u32,
    /// Lost, of a thousand.
    pub loss: u16,
    /// Sent twice, of a thousand.
    pub duplicate: u16,
    /// The lock listens only every so many milliseconds, at most 3600000; 0: always.
    pub sleep_ms: u32,
}

/// What a second controller, as a neighbour's hub would be, does to a virtual lock. In JSON
/// `{"order":"other_controller_writes","slot":7}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case", deny_unknown_fields)]
pub enum SecondController {
    /// It writes a random code into this PIN slot.
    OtherControllerWrites {
        /// PIN slot.
        slot: u16,
    },
    /// It clears this PIN slot.
    OtherControllerClears {
        /// PIN slot.
        slot: u16,
    },
}

/// What an onlooker sees of a virtual lock, and the panel *how this lock decides*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyState {
    /// When this was so.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// Whether its electronics have power.
    pub powered: bool,
    /// Bolt, 0 (in) to 1000 (out).
    pub bolt: u16,
    /// Whether the motor turns.
    pub moving: bool,
    /// Whether the leaf is open.
    pub door_open: bool,
    /// The keypad.
    pub keypad: Keypad,
    /// The battery.
    pub battery: Battery,
    /// Troubles that are switched on.
    pub troubles: Troubles,
    /// The keypad refuses entries until then.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::optional")]
    pub locked_out_until: Option<Timestamp>,
    /// What the lock's own clock shows; `None`: it has no time.
    #[serde(with = "jiff::fmt::serde::timestamp::second::optional")]
    pub clock: Option<Timestamp>,
    /// Whether the lock trusts that clock; without, codes with hours are refused.
    pub clock_trusted: bool,
    /// Operating mode in force.
    pub mode: Mode,
    /// Whether a rehearsal of a dead battery runs.
    pub rehearsing: bool,
    /// The last decision.
    pub decision: Option<Decision>,
    /// Records on the lock that the hub has not acknowledged.
    pub unsent_records: u32,
    /// Counters of radio frames dropped: malformed, forged or replayed.
    pub frames_dropped: u64,
}

/// The keypad, as it looks and sounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keypad {
    /// Keys taken since the last enter or clear. Never which.
    pub pressed: u8,
    /// Light in a word: `off`, `white`, `green`, `red`, `amber`.
    pub light: String,
    /// Sound in words: `silent`, `short click`, `two rising tones`, ...
    pub sound: String,
    /// What that tells a person at the door: `Opened`, `Refused`, ...; empty when nothing is shown.
    pub meaning: String,
    /// Counts feedbacks, so that the same one twice can be told apart.
    pub count: u64,
}

/// Four cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Battery {
    /// Charge left, 0 to 100, of the simulated cells (the truth, not the lock's guess).
    pub percent: u8,
    /// Millivolts across the pack at rest.
    pub millivolts: u32,
    /// Millivolts under the motor's load, as last measured by the lock; 0: not measured.
    pub under_load_millivolts: u32,
    /// Degrees Celsius at the pack.
    pub celsius: i8,
    /// The lock's own level: `unknown`, `good`, `low`, `reserve`, `empty`.
    pub level: String,
}

/// Troubles that are switched on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Troubles {
    /// The radio is out of reach.
    pub out_of_reach: bool,
    /// How bad the radio is otherwise.
    pub radio: RadioFaults,
    /// Something is in the strike.
    pub jam: bool,
    /// The power will be cut when the bolt passes there.
    pub power_cut_at: Option<u16>,
    /// Presses dropped of a thousand.
    pub wet_keypad: u16,
    /// The bolt sensor does not answer.
    pub bolt_sensor_dead: bool,
    /// The door sensor does not answer.
    pub door_sensor_dead: bool,
    /// The outer plate is off.
    pub cover_off: bool,
    /// Time of the bolt's whole way, milliseconds.
    pub travel_ms: u16,
}

/// Why the lock did what it did, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub at: Timestamp,
    /// What was asked: `unlock`, `lock`, ...
    pub asked: String,
    /// Where it came from: `keypad`, `remote`, `fingerprint`, ...
    pub source: String,
    /// The credential that was recognised: `code in slot 3`; `None`: nobody known.
    pub credential: Option<String>,
    /// User slot on the lock; `None`: nobody known.
    pub user: Option<u16>,
    /// The rule of time that was met or not: `always`, `week-day schedule`, ...
    pub schedule: String,
    /// Operating mode at the time.
    pub mode: String,
    /// Seconds of lock-out left afterwards.
    pub lockout_s: u32,
    /// Allowed or not.
    pub allowed: bool,
    /// The result in a sentence.
    pub result: String,
}

/// What went wrong with a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// No virtual lock at that address.
    #[error("there is no virtual lock called {0}")]
    Unknown(String),
    /// Its process is down or being restarted, or the order did not reach it.
    #[error("the virtual lock does not answer: {0}")]
    NotRunning(String),
    /// It cannot be done; why and the way out.
    #[error("{0}")]
    Refused(String),
    /// The machine would not: no process, no folder, no port.
    #[error("the virtual lock could not be started: {0}")]
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::{Hand, Key, Turner};

    #[test]
    fn hands_read_as_documented() {
        let read = |text: &str| serde_json::from_str::<Hand>(text).ok();
        assert_eq!(read(r#"{"do":"press","key":"0"}"#), Some(Hand::Press { key: Key::Digit(0) }));
        assert_eq!(
            read(r#"{"do":"turn","with":"key","lock":true}"#),
            Some(Hand::Turn { with: Turner::Key, lock: true })
        );
        assert_eq!(read(r#"{"do":"replace_battery"}"#), Some(Hand::ReplaceBattery));
        assert_eq!(read(r#"{"do":"press","key":"10"}"#), None);
    }

    #[test]
    fn a_pressed_key_does_not_show_in_debug() {
        let hand = Hand::Press { key: Key::Digit(7) };
        assert!(!format!("{hand:?}").contains('7'));
    }
}
