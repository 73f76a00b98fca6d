//! A lock's state and abilities in words.

use access::{Capabilities, ReadBack};
use hub::ports::{Bolt, DoorSensor};

use super::errand::Tone;

/// The bolt: *locked* is said only by a sensor that says so.
pub(crate) fn bolt(bolt: Bolt, jammed: bool) -> (&'static str, &'static str, Tone) {
    match bolt {
        _ if jammed => ("Jammed", "the bolt met something and did not go home", Tone::Bad),
        Bolt::Extended => ("Locked", "bolt fully out, by its sensor", Tone::Good),
        Bolt::Retracted => ("Unlocked", "bolt in, by its sensor", Tone::Amber),
        Bolt::Between => ("Not fully locked", "the bolt stands between in and out", Tone::Bad),
        Bolt::Unknown => ("Unknown", "where its bolt is, no sensor says", Tone::Quiet),
    }
}

/// The door leaf.
pub(crate) fn door_leaf(door: DoorSensor) -> &'static str {
    match door {
        DoorSensor::Closed => "door shut",
        DoorSensor::Open => "door open",
        DoorSensor::Ajar => "door open for too long",
        DoorSensor::Unknown => "door position unknown",
    }
}

/// Whether it answers.
pub(crate) fn reach(reachable: Option<bool>) -> (&'static str, Tone) {
    match reachable {
        Some(true) => ("in reach", Tone::Good),
        Some(false) => ("out of reach", Tone::Bad),
        None => ("not heard yet", Tone::Quiet),
    }
}

/// What carries the lock, as people know it.
pub(crate) fn link_name(link: &str) -> &str {
    match link {
        "virtual" => "virtual lock",
        "zigbee2mqtt" => "Zigbee, by Zigbee2MQTT",
        "zwave_js" => "Z-Wave, by Z-Wave JS",
        "matter" => "Matter",
        "told" => "not reachable: told",
        other => other,
    }
}

/// What reading back shows.
fn read_back(read_back: ReadBack) -> &'static str {
    match read_back {
        ReadBack::Value => "codes can be read back: the page can say *in force* for sure",
        ReadBack::Presence => "only whether a slot is taken can be read, not by which code",
        ReadBack::Never => "codes can never be read: the first use at the door proves them",
    }
}

/// Limits and abilities as lines, each true or false at a glance.
pub(crate) fn capabilities(can: &Capabilities) -> Vec<(&'static str, String)> {
    let yes_no = |yes: bool, good: &str, bad: &str| if yes { good.to_owned() } else { bad.to_owned() };
    let mut lines = Vec::new();
    if can.slots == 0 {
        lines.push(("Codes", "cannot be set from here".to_owned()));
        return lines;
    }
    lines.push(("Codes", format!("{} slots, {} to {} digits", can.slots, can.code.min, can.code.max)));
    lines.push(("Read back", read_back(can.read_back).replace('*', "")));
    let schedules = can.schedules;
    lines.push((
        "Hours",
        if schedules.week_day > 0 {
            format!("kept on the lock, {} windows per person", schedules.week_day)
        } else {
            "kept by the hub: the code is put on and taken off; this ends only while the hub runs".to_owned()
        },
    ));
    lines.push((
        "End date",
        yes_no(
            schedules.lease || schedules.year_day > 0,
            "kept on the lock, also when the hub is down",
            "ends only while the hub runs",
        ),
    ));
    lines.push((
        "Remote",
        yes_no(can.remote, "locks and unlocks from here", "cannot be locked or unlocked from here"),
    ));
    lines.push(("Bolt sensor", yes_no(can.bolt_sensor, "yes", "no: the page never says locked")));
    lines.push((
        "Log on the lock",
        yes_no(
            can.sequenced_log,
            "numbered: missing entries are noticed",
            "not numbered: entries made while \
             out of reach may be missing",
        ),
    ));
    if can.sleeps {
        lines.push(("Sleeps", "listens only now and then: changes wait for its next contact".to_owned()));
    }
    if let Some(security) = &can.link_security {
        let weak = if can.has_weak_link() { ": not fit for a lock, you insisted" } else { "" };
        lines.push(("Radio security", format!("{security}{weak}")));
    }
    lines
}
