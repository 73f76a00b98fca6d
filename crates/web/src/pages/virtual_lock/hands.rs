//! The words that the page's buttons send, and what a hand does for each.

use hub::ports::Hand;
use hub::ports::body::{Key, RadioFaults, Turner};

/// Wet: so many of a thousand presses are dropped.
const WET: u16 = 350;
/// A bad radio, bad enough to see it and good enough to get through.
const BAD_RADIO: RadioFaults =
    RadioFaults { delay_ms: 800, jitter_ms: 1500, loss: 200, duplicate: 150, sleep_ms: 0 };

/// `press:4`, `turn:key:lock`, `door:open`, `jam:on`...
pub(super) fn read(text: &str) -> Option<Hand> {
    if let Some(key) = text.strip_prefix("press:") {
        return Key::try_from(key.to_owned()).ok().map(|key| Hand::Press { key });
    }
    Some(match text {
        "turn:key:lock" => Hand::Turn { with: Turner::Key, lock: true },
        "turn:key:unlock" => Hand::Turn { with: Turner::Key, lock: false },
        "turn:thumb:lock" => Hand::Turn { with: Turner::Thumbturn, lock: true },
        "turn:thumb:unlock" => Hand::Turn { with: Turner::Thumbturn, lock: false },
        "door:open" => Hand::Door { open: true },
        "door:shut" => Hand::Door { open: false },
        "door:force" => Hand::ForceDoor,
        "privacy" => Hand::PrivacyButton,
        "radio:out" => Hand::Radio { reach: false },
        "radio:in" => Hand::Radio { reach: true },
        "radio:bad" => Hand::RadioFaults(BAD_RADIO),
        "radio:good" => Hand::RadioFaults(RadioFaults::default()),
        "jam:on" => Hand::Jam { on: true },
        "jam:off" => Hand::Jam { on: false },
        "wet:on" => Hand::WetKeypad { drops: WET },
        "wet:off" => Hand::WetKeypad { drops: 0 },
        "power:cut" => Hand::Power { on: false },
        "power:on" => Hand::Power { on: true },
        "power:cut-mid-throw" => Hand::PowerCutAt { position: 500 },
        "battery:dead" => Hand::SetBattery { percent: 0 },
        "battery:low" => Hand::SetBattery { percent: 12 },
        "battery:fresh" => Hand::ReplaceBattery,
        "clock:lose" => Hand::LoseClock,
        "bolt-sensor:dead" => Hand::BoltSensor { works: false },
        "bolt-sensor:works" => Hand::BoltSensor { works: true },
        "door-sensor:dead" => Hand::DoorSensor { works: false },
        "door-sensor:works" => Hand::DoorSensor { works: true },
        "cover:off" => Hand::Cover { off: true },
        "cover:on" => Hand::Cover { off: false },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::read;
    use hub::ports::Hand;
    use hub::ports::body::Key;

    #[test]
    fn e1_buttons_become_hands() {
        assert_eq!(read("press:0"), Some(Hand::Press { key: Key::Digit(0) }));
        assert_eq!(read("press:enter"), Some(Hand::Press { key: Key::Enter }));
        assert_eq!(read("radio:out"), Some(Hand::Radio { reach: false }));
        assert_eq!(read("press:10"), None);
        assert_eq!(read("unlock"), None);
    }
}
