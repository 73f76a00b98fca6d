//! Battery, budget of wrong codes, mode and clock of a lock in the words of the pages.

use access::battery::Outlook;
use hub::LockLive;
use hub::ports::{Budget, Mode};
use jiff::Timestamp;

use super::errand::Tone;
use super::time::Zone;

/// `78 %, 3 min ago`.
pub(crate) fn battery(live: &LockLive, zone: &Zone, now: Timestamp) -> Option<String> {
    live.battery_percent.map(|(percent, at)| format!("{percent} %, {}", zone.moment(at, now).ago()))
}

/// `until about 12 March 2027 (between 20 February and 8 April; an estimate)`.
pub(crate) fn outlook(outlook: &Outlook, zone: &Zone) -> String {
    let date = |at| zone.civil(at).date();
    let long = |at| date(at).strftime("%-d %B %Y").to_string();
    let (early, late) = (date(outlook.early), date(outlook.late));
    if early == late {
        return format!("until about {} (an estimate)", long(outlook.day));
    }
    let from =
        if early.year() == late.year() { early.strftime("%-d %B").to_string() } else { long(outlook.early) };
    format!("until about {} (between {from} and {}; an estimate)", long(outlook.day), long(outlook.late))
}

/// What asks for attention in a lock's state, besides jam and reach: tone, words.
pub(crate) fn notes(live: &LockLive, zone: &Zone, now: Timestamp) -> Vec<(Tone, String)> {
    let mut notes = Vec::new();
    if live.battery_low {
        notes.push((Tone::Amber, "Battery low: change the cells soon; have a key at hand.".to_owned()));
    } else if let Some(found) = live.outlook.filter(|found| found.is_near(now)) {
        notes.push((Tone::Amber, format!("The cells last {}: change them soon.", outlook(&found, zone))));
    }
    if live.clock_unconfirmed {
        let text = "Its clock jumped. Codes with hours wait until somebody confirms the time; others work.";
        notes.push((Tone::Bad, text.to_owned()));
    } else if live.clock_known == Some(false) {
        let text = "Its clock is not set: codes with hours are refused, others work.".to_owned();
        notes.push((Tone::Amber, text));
    }
    if live.rehearsing {
        let text = "A rehearsal of a dead battery runs: codes are refused, the key works.".to_owned();
        notes.push((Tone::Moving, text));
    }
    if let Some(mode) = live.mode.filter(|mode| *mode != Mode::Normal) {
        notes.push((Tone::Amber, format!("In {} mode. {}", mode.name(), mode.meaning())));
    }
    notes
}

/// The budget of wrong codes, where it is low or spent.
pub(crate) fn budget(budget: Option<Budget>) -> Option<(Tone, String)> {
    let budget = budget.filter(Budget::is_low)?;
    if budget.spent {
        return Some((
            Tone::Bad,
            "Somebody typed too many wrong codes: ordinary codes do not open it now. Codes of nine digits and \
             more, cards, fingers, the key and Doorward do."
                .to_owned(),
        ));
    }
    let of = budget.limit.map(|limit| format!(" of {limit}")).unwrap_or_default();
    Some((Tone::Amber, format!("Many wrong codes: {}{of} that it allows are used up.", budget.used)))
}

#[cfg(test)]
mod tests {
    use super::{budget, outlook};
    use crate::words::Zone;
    use access::battery::Outlook;
    use hub::ports::Budget;

    #[test]
    fn e5_a_forecast_is_called_an_estimate_and_names_its_interval() {
        let at = |text: &str| text.parse().expect("a moment");
        let found = Outlook {
            day: at("2027-03-12T10:00:00Z"),
            early: at("2027-02-20T10:00:00Z"),
            late: at("2027-04-08T10:00:00Z"),
            since: at("2026-11-01T10:00:00Z"),
            readings: 30,
        };
        assert_eq!(
            outlook(&found, &Zone::named("Europe/Vienna")),
            "until about 12 March 2027 (between 20 February and 8 April 2027; an estimate)"
        );
    }

    #[test]
    fn g6_a_budget_speaks_up_when_it_is_low() {
        let say = |used, spent| budget(Some(Budget { used, limit: Some(36), spent })).map(|said| said.1);
        assert_eq!(say(3, false), None);
        assert_eq!(say(20, false).as_deref(), Some("Many wrong codes: 20 of 36 that it allows are used up."));
        assert!(say(36, true).is_some_and(|text| text.contains("nine digits")));
    }
}
