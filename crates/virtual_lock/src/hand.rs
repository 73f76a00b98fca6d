//! What travels on the hand channel, as JSON: the things that a person, the weather or a fault can do to the
//! lock, and what an onlooker sees. The field names are part of the protocol; `docs/virtual-lock-protocol.md`
//! lists them. Never carries a code back.

use serde::{Deserialize, Serialize};

/// A request: its number comes back with the answer.
#[derive(Deserialize)]
pub struct Request {
    /// Chosen by the asker.
    pub id: u32,
    /// What to do; nothing: only say what is to be seen.
    #[serde(default)]
    pub hand: Option<Hand>,
}

/// What the lock's end says.
#[derive(Serialize)]
pub struct Reply {
    /// The request that this answers; absent on news.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// Why it could not be done, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// What is to be seen.
    pub state: BodyState,
}

/// A key of the keypad: `"0"` to `"9"`, `"enter"`, `"clear"`, `"lock"`.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Key(pub lock::Key);

impl TryFrom<String> for Key {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_bytes() {
            [digit @ b'0'..=b'9'] => Ok(Self(lock::Key::Digit(digit - b'0'))),
            b"enter" => Ok(Self(lock::Key::Enter)),
            b"clear" => Ok(Self(lock::Key::Clear)),
            b"lock" => Ok(Self(lock::Key::Lock)),
            _ => Err("a key is 0 to 9, enter, clear or lock"),
        }
    }
}

/// What turns the bolt by hand.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turner {
    /// From outside.
    Key,
    /// From inside.
    Thumbturn,
}

/// One thing done to the lock.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Hand {
    /// Press a key.
    Press {
        /// Which.
        key: Key,
    },
    /// Turn the bolt out (`lock`) or in.
    Turn {
        /// With what.
        with: Turner,
        /// Out.
        lock: bool,
    },
    /// Open or shut the leaf.
    Door {
        /// Open.
        open: bool,
    },
    /// Break the bolted door open.
    ForceDoor,
    /// Press the privacy button inside.
    PrivacyButton,
    /// Hold the erase button inside, with the door open.
    FactoryReset,
    /// Take the outer plate off, or put it on.
    Cover {
        /// Off.
        off: bool,
    },
    /// Show a finger.
    Finger {
        /// Number of its template, from 1.
        template: u16,
    },
    /// Show a finger that the reader does not know.
    StrangeFinger,
    /// Show a card.
    Card {
        /// Its number.
        number: u32,
        /// A copy with the public number only.
        #[serde(default)]
        copied: bool,
    },
    /// Put cells in.
    SetBattery {
        /// Charged so far, 0 to 100.
        percent: u8,
    },
    /// Put fresh cells in.
    ReplaceBattery,
    /// Cut or restore the power.
    Power {
        /// Restore.
        on: bool,
    },
    /// Cut the power when the bolt passes this position next.
    PowerCutAt {
        /// 0 (in) to 1000 (out).
        position: u16,
    },
    /// Out of radio reach, or back.
    Radio {
        /// In reach.
        reach: bool,
    },
    /// How bad the radio is.
    RadioFaults(RadioFaults),
    /// Something in the strike, or out.
    Jam {
        /// In.
        on: bool,
    },
    /// The clock chip loses the time.
    LoseClock,
    /// The clock chip is set wrong, and the lock starts anew.
    WrongClock {
        /// Seconds ahead, at most a year either way.
        seconds: i32,
    },
    /// Water on the keypad.
    WetKeypad {
        /// Presses dropped of a thousand.
        drops: u16,
    },
    /// Move the bolt without any authority.
    PushBolt {
        /// 0 (in) to 1000 (out).
        to: u16,
    },
    /// Bolt sensor.
    BoltSensor {
        /// Answers.
        works: bool,
    },
    /// Door sensor.
    DoorSensor {
        /// Answers.
        works: bool,
    },
    /// Temperature at the pack.
    Temperature {
        /// Degrees Celsius, -40 to 80.
        celsius: i8,
    },
    /// Time of the bolt's whole way.
    MotorSpeed {
        /// Milliseconds, at most 10000; 0: at once.
        travel_ms: u16,
    },
}

/// How the radio treats each message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RadioFaults {
    /// Late by so much.
    pub delay_ms: u32,
    /// And by up to so much more.
    pub jitter_ms: u32,
    /// Lost, of a thousand.
    pub loss: u16,
    /// Sent twice, of a thousand.
    pub duplicate: u16,
    /// Listens only so often; 0: always.
    pub sleep_ms: u32,
}

/// What an onlooker sees. Times are milliseconds since 1970 by the host's clock unless said otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BodyState {
    /// When.
    pub at: i64,
    /// Electronics have power.
    pub powered: bool,
    /// 0 (in) to 1000 (out).
    pub bolt: u16,
    /// Motor turns.
    pub moving: bool,
    /// Leaf is open.
    pub door_open: bool,
    /// Keypad.
    pub keypad: Keypad,
    /// Battery.
    pub battery: Battery,
    /// Troubles switched on.
    pub troubles: Troubles,
    /// Entries are refused until then.
    pub locked_out_until: Option<i64>,
    /// The lock's own clock, seconds since 1970.
    pub clock: Option<i64>,
    /// The lock trusts it.
    pub clock_trusted: bool,
    /// `normal`, `vacation`, `privacy`, `no_remote`, `passage`.
    pub mode: &'static str,
    /// A rehearsal of a dead battery runs.
    pub rehearsing: bool,
    /// The last decision.
    pub decision: Option<Decision>,
    /// Records not yet acknowledged.
    pub unsent_records: u32,
    /// Radio frames dropped as malformed, forged or replayed.
    pub frames_dropped: u64,
}

/// The keypad.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Keypad {
    /// Digits taken since the last whole entry.
    pub pressed: u8,
    /// Light.
    pub light: &'static str,
    /// Sound.
    pub sound: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Counts feedbacks.
    pub count: u64,
}

/// The battery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Battery {
    /// Of the simulated cells, 0 to 100.
    pub percent: u8,
    /// At rest.
    pub millivolts: u32,
    /// As last measured by the lock under load; 0: not yet.
    pub under_load_millivolts: u32,
    /// At the pack.
    pub celsius: i8,
    /// The lock's own level.
    pub level: &'static str,
}

/// Troubles switched on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Troubles {
    /// Out of radio reach.
    pub out_of_reach: bool,
    /// Radio.
    pub radio: RadioFaults,
    /// Something in the strike.
    pub jam: bool,
    /// Power goes when the bolt passes.
    pub power_cut_at: Option<u16>,
    /// Presses dropped of a thousand.
    pub wet_keypad: u16,
    /// Bolt sensor dead.
    pub bolt_sensor_dead: bool,
    /// Door sensor dead.
    pub door_sensor_dead: bool,
    /// Outer plate off.
    pub cover_off: bool,
    /// Time of the bolt's whole way.
    pub travel_ms: u16,
}

/// The last decision, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// When.
    pub at: i64,
    /// What was asked.
    pub asked: &'static str,
    /// Where it came from.
    pub source: &'static str,
    /// What was recognised.
    pub credential: Option<String>,
    /// Whose slot.
    pub user: Option<u16>,
    /// Rule of time.
    pub schedule: &'static str,
    /// Operating mode.
    pub mode: &'static str,
    /// Seconds of lock-out left.
    pub lockout_s: u32,
    /// Allowed.
    pub allowed: bool,
    /// In a sentence.
    pub result: String,
}
