//! The words that the page's buttons send, and what a hand does for each.

use hub::ports::Hand;
use hub::ports::body::{Key, RadioFaults, Turner};

use crate::pages::Fields;
use crate::problem::Problem;

/// Wet: so many of a thousand presses are dropped.
const WET: u16 = 350;
/// A bad radio, bad enough to see it and good enough to get through.
const BAD_RADIO: RadioFaults =
    RadioFaults { delay_ms: 800, jitter_ms: 1500, loss: 200, duplicate: 150, sleep_ms: 0 };

/// Slow, but nothing is lost.
pub(super) const SLOW_RADIO: RadioFaults =
    RadioFaults { delay_ms: 150, jitter_ms: 0, loss: 0, duplicate: 0, sleep_ms: 0 };
/// Two days in seconds: more than a lock believes of its clock without asking.
const WRONG_BY: i32 = 2 * 86_400;

/// What a button sends: a word, and for finger and card the number beside it.
pub(super) fn read(form: &Fields) -> Result<Hand, Problem> {
    let word = form.raw("do");
    Ok(match word {
        "finger" => Hand::Finger { template: template(form)? },
        "card" => Hand::Card { number: card(form)?, copied: false },
        "card:copy" => Hand::Card { number: card(form)?, copied: true },
        _ => plain(word)
            .ok_or_else(|| Problem::bad_input("No hand can do that here. Use the buttons of the page."))?,
    })
}

/// Number of a finger's template.
pub(super) fn template(form: &Fields) -> Result<u16, Problem> {
    let number = form.maybe::<u16>("template", "Finger").ok().flatten().filter(|number| *number > 0);
    number.ok_or_else(|| Problem::bad_input("Finger: give it a number from 1 to 65535."))
}

/// Number on a card.
pub(super) fn card(form: &Fields) -> Result<u32, Problem> {
    let number = form.maybe::<u32>("card", "Card").ok().flatten();
    number.ok_or_else(|| Problem::bad_input("Card: give it a number from 0 to 4294967295."))
}

/// `press:4`, `turn:key:lock`, `door:open`, `jam:on`...
fn plain(text: &str) -> Option<Hand> {
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
        "clock:wrong" => Hand::WrongClock { seconds: WRONG_BY },
        "radio:slow" => Hand::RadioFaults(SLOW_RADIO),
        "finger:strange" => Hand::StrangeFinger,
        "magnet:in" => Hand::PushBolt { to: 0 },
        "magnet:half" => Hand::PushBolt { to: 500 },
        "temperature:cold" => Hand::Temperature { celsius: -20 },
        "temperature:warm" => Hand::Temperature { celsius: 20 },
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
    use super::plain as read;
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
