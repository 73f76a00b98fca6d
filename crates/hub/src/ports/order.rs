//! What can be asked of a lock besides codes, bolt and clock: its mode, lifting a spent budget, confirming a clock
//! that jumped, a rehearsal, a finger or a card. A lock that cannot do one of these answers so.

use serde::{Deserialize, Serialize};

/// One thing to ask of a lock. In JSON `{"order":"mode","mode":"vacation"}`,
/// `{"order":"rehearse_dead_battery","minutes":5}` and so on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// Behave as with an empty battery for so many minutes, at most 15; 0 ends it.
    RehearseDeadBattery {
        /// Minutes.
        minutes: u8,
    },
    /// Learn a finger by its template number for the user in this slot (made when empty).
    EnrolFinger {
        /// User slot on the lock, from 1.
        user: u16,
        /// Template number.
        template: u16,
    },
    /// Learn a card for the user in this slot (made when empty).
    EnrolCard {
        /// User slot on the lock, from 1.
        user: u16,
        /// Number on the card.
        number: u32,
    },
    /// Change the operating mode.
    Mode {
        /// Which.
        mode: Mode,
    },
    /// Lock by itself so many seconds after an unlocking; 0: never.
    AutoRelock {
        /// Seconds.
        seconds: u32,
    },
    /// Lift a spent guessing budget.
    LiftBudget,
    /// Say that the lock's clock is right although it jumped: codes with hours work again.
    ConfirmClock,
}

/// Operating mode of a lock (Matter OperatingModeEnum).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Everything works.
    Normal,
    /// At the door no ordinary code, card or finger; key, emergency code and the remote as usual.
    Vacation,
    /// Nothing from outside but the key, and the emergency code where the owner chose so.
    Privacy,
    /// No remote operation.
    NoRemote,
    /// Once unlocked, it stays so.
    Passage,
}

impl Mode {
    /// Every mode, in the order of the pages.
    pub const ALL: [Self; 5] = [Self::Normal, Self::Vacation, Self::Privacy, Self::NoRemote, Self::Passage];

    /// Its word in JSON, in forms and on the command line: `no_remote`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Vacation => "vacation",
            Self::Privacy => "privacy",
            Self::NoRemote => "no_remote",
            Self::Passage => "passage",
        }
    }

    /// The mode of that word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.code() == code)
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Vacation => "vacation",
            Self::Privacy => "privacy",
            Self::NoRemote => "no remote",
            Self::Passage => "passage",
        }
    }

    /// What it means for whoever stands at the door, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Normal => "Every code, card and finger works within its hours.",
            Self::Vacation => {
                "Nobody's code, card or finger opens; the key, an emergency code and Doorward still do."
            }
            Self::Privacy => {
                "Nothing opens from outside but the key, and an emergency code where that was allowed. Doorward \
                 does not open it either."
            }
            Self::NoRemote => {
                "Doorward can neither lock nor unlock it; codes, cards, fingers and the key work."
            }
            Self::Passage => "Once somebody has unlocked it, it stays unlocked until this mode ends.",
        }
    }
}

/// What a code is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It opens within its hours.
    #[default]
    Ordinary,
    /// It opens as any other and raises a silent alarm.
    Duress,
    /// It opens also in vacation mode and at a low battery, as often as needed.
    Emergency,
    /// The same, once.
    EmergencyOnce,
}

impl Purpose {
    /// Every purpose, in the order of the pages.
    pub const ALL: [Self; 4] = [Self::Ordinary, Self::Duress, Self::Emergency, Self::EmergencyOnce];

    /// Its word in JSON, in forms and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::Duress => "duress",
            Self::Emergency => "emergency",
            Self::EmergencyOnce => "emergency_once",
        }
    }

    /// The purpose of that word.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.code() == code)
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary code",
            Self::Duress => "duress code",
            Self::Emergency => "emergency code",
            Self::EmergencyOnce => "emergency code, for one opening",
        }
    }

    /// What it does, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Ordinary => "Opens within its hours.",
            Self::Duress => {
                "Opens like any other, with the same light and sound, and sends a silent alarm to the owners."
            }
            Self::Emergency => {
                "For a drawer or a trusted neighbour: opens also in vacation mode, with Doorward gone and at a low \
                 battery. Nine or ten digits, no hours and no end."
            }
            Self::EmergencyOnce => "The same, but the lock takes it once only.",
        }
    }

    /// Whether it is one of the emergency codes.
    pub fn is_emergency(self) -> bool {
        matches!(self, Self::Emergency | Self::EmergencyOnce)
    }
}

/// How much of the budget of wrong codes is used: it bounds what a patient guesser can try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Wrong attempts counted at the keypad; time gives them back one by one.
    pub used: u32,
    /// How many the lock allows before it is spent; `None`: not known.
    pub limit: Option<u32>,
    /// Spent: ordinary codes do not open until one attempt has come back or the owner lifts it.
    pub spent: bool,
}

impl Budget {
    /// Half of it or more is used.
    pub fn is_low(&self) -> bool {
        self.spent || self.limit.is_some_and(|limit| limit > 0 && self.used * 2 >= limit)
    }
}

/// How a lock came to let something happen or not, as far as its own record says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Why {
    /// What it recognised: `code in slot 3`; `None`: nothing that it knows, or nothing was shown.
    pub credential: Option<String>,
    /// User slot on the lock.
    pub user: Option<u16>,
    /// The rule of time, in words: `at any time`, `within its week-day hours`.
    pub schedule: Option<String>,
    /// Operating mode at the time, where it is known.
    pub mode: Option<Mode>,
    /// Seconds of lock-out that followed; 0: none.
    pub lockout_s: u32,
}

#[cfg(test)]
mod tests {
    use super::{Budget, Mode, Order};

    #[test]
    fn e3_orders_read_as_documented_and_modes_have_one_word_each() {
        let read = |text: &str| serde_json::from_str::<Order>(text).ok();
        assert_eq!(
            read(r#"{"order":"mode","mode":"no_remote"}"#),
            Some(Order::Mode { mode: Mode::NoRemote })
        );
        assert_eq!(read(r#"{"order":"lift_budget"}"#), Some(Order::LiftBudget));
        assert_eq!(read(r#"{"order":"open_sesame"}"#), None);
        for mode in Mode::ALL {
            assert_eq!(Mode::from_code(mode.code()), Some(mode));
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.code());
        }
    }

    #[test]
    fn g6_half_a_budget_is_low_and_no_budget_never() {
        let budget = |used, limit, spent| Budget { used, limit, spent }.is_low();
        assert!(budget(18, Some(36), false) && budget(1, None, true));
        assert!(!budget(17, Some(36), false) && !budget(50, Some(0), false) && !budget(50, None, false));
    }
}
