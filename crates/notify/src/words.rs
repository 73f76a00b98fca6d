//! The words of an alert, for subjects and for programs.

use hub::ports::AlertKind;

/// A kind as a short phrase for a subject line.
pub(crate) fn phrase(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Lockout => "keypad locked out after wrong codes",
        AlertKind::Jam => "the bolt is jammed",
        AlertKind::Ajar => "the door stands open",
        AlertKind::LostContact => "nothing heard any more",
        AlertKind::LowBattery => "battery low",
        AlertKind::ChangeRefused => "a change of access was refused",
        AlertKind::UnknownEntry => "an entry by nobody we know",
        AlertKind::ForeignCode => "a code that nobody here gave",
        AlertKind::Duress => "opened under duress",
        AlertKind::Tamper => "opened or moved without authority",
        AlertKind::RecordsLost => "records are missing",
        AlertKind::ClockJumped => "the clock jumped",
        AlertKind::Storage => "the database needs a look",
        AlertKind::RedFlag => "a red flag at a door",
        AlertKind::BudgetSpent => "somebody is guessing codes",
        AlertKind::ChainBroken => "a lock's records were changed",
        AlertKind::ArrivalAtRisk => "somebody comes and the code may not be there",
    }
}

/// At most `max` characters on one line.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    clean.chars().take(max).collect()
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_name_cannot_make_a_second_line() {
        assert_eq!(one_line("Front\r\nBcc: x@y.z\u{0}", 40), "Front Bcc: x@y.z");
        assert_eq!(one_line("ééé", 2), "éé");
    }
}
