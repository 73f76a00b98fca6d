//! What a Zigbee lock can do, from what Zigbee2MQTT exposes, from the lock's own attributes where they have
//! been read, and from a small table of facts per model. Where nothing is known it assumes little.

use access::{Capabilities, CodeLengths, LockoutRule, ReadBack, ScheduleSupport};

use super::wire::{Definition, Device, Expose, Limits};

/// Number of the first slot used. Zigbee counts users from 0, but an event's user 0 also stands for *nobody*
/// (seen on wrong codes and thumbturns), so that slot 0 could never be told from it.
pub(super) const FIRST_SLOT: u16 = 1;
/// Slots assumed for a model that is in no table and has not answered. An estimate, on the safe side.
const SLOTS_UNKNOWN: u16 = 10;
/// Code lengths assumed until the lock has answered: the defaults of the attributes `MinPINCodeLength` and
/// `MaxPINCodeLength` in the Zigbee Cluster Library, door lock cluster.
const CODE_UNKNOWN: CodeLengths = CodeLengths { min: 4, max: 8 };
/// Fewest and most digits of an [`access::Pin`].
const PIN_DIGITS_MIN: u8 = 4;
const PIN_DIGITS_MAX: u8 = 10;
/// Least time between two writes: an estimate, about two polls of a sleepy lock.
const WRITE_GAP_MS: u32 = 1000;

/// What the exposes of a lock say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exposed {
    /// Codes can be set.
    pub pin_code: bool,
    /// The bolt reports where it is.
    pub lock_state: bool,
    /// The leaf reports where it is.
    pub door_state: bool,
}

/// Reads the exposes; `None`: this is no door lock.
pub(super) fn exposed(definition: &Definition) -> Option<Exposed> {
    let lock = definition.exposes.iter().find(|expose| expose.kind == "lock")?;
    let has = |list: &[Expose], name: &str| list.iter().any(|e| e.property.as_deref() == Some(name));
    Some(Exposed {
        pin_code: has(&definition.exposes, "pin_code"),
        lock_state: has(&lock.features, "lock_state"),
        door_state: has(&definition.exposes, "door_state"),
    })
}

/// Codes that Zigbee2MQTT lets through for a model, users 0 to n-1: `meta.pinCodeCount` of the converters,
/// zigbee-herdsman-converters 26.105.0 (read with that package, every model that exposes `pin_code`).
fn pin_code_count(definition: &Definition) -> Option<u16> {
    Some(match (definition.vendor.as_str(), definition.model.as_str()) {
        ("Danalock", "V3-BTZB/V3-BTZBE") => 20,
        ("Datek", "0402946") => 109,
        ("Heimgard Technologies", "HC-SLM-1" | "HT-SLM-2" | "HT-SLM-3") => 39,
        ("Kwikset", "99140-002" | "99140-031" | "99100-045" | "99120-021") => 30,
        ("Onesti Products AS", "easyCodeTouch_v1" | "Nimly") => 1000,
        ("Schlage", "BE468") => 30,
        ("ShinaSystem", "DLM-300Z") => 4,
        ("Weiser", "9GED18000-009" | "9GED21500-005") => 30,
        ("Yale", "YMI70A") => 100,
        ("Yale", _) => 250,
        _ => return None,
    })
}

/// What this lock can do.
///
/// `limits` are the lock's own attributes where it has told them; `expose_pin` says whether the owner has
/// Zigbee2MQTT publish codes that were read back.
pub(super) fn capabilities(
    device: &Device,
    definition: &Definition,
    exposed: Exposed,
    limits: Option<Limits>,
    expose_pin: bool,
) -> Capabilities {
    let users = match (pin_code_count(definition), limits) {
        (Some(table), Some(own)) => table.min(own.num_of_pin_users_supported),
        (Some(table), None) => table,
        (None, Some(own)) => own.num_of_pin_users_supported,
        (None, None) => SLOTS_UNKNOWN + FIRST_SLOT,
    };
    let read_back = match (exposed.pin_code, expose_pin) {
        (false, _) => ReadBack::Never,
        (true, false) => ReadBack::Presence,
        (true, true) => ReadBack::Value,
    };
    Capabilities {
        slots: if exposed.pin_code { users.saturating_sub(FIRST_SLOT) } else { 0 },
        first_slot: FIRST_SLOT,
        code: limits.map_or(CODE_UNKNOWN, code_lengths),
        read_back,
        // Zigbee2MQTT 2.14.1 has no command for schedules, leases or one-time codes
        schedules: ScheduleSupport { week_day: 0, year_day: 0, lease: false, once: false, one_kind: false },
        remote: true,
        bolt_sensor: exposed.lock_state,
        door_sensor: exposed.door_state,
        sequenced_log: false,
        // a battery lock polls its parent every second or so: it takes a command at once or not at all
        sleeps: false,
        write_gap_ms: WRITE_GAP_MS,
        link_security: None,
        firmware: device.software_build_id.clone().filter(|text| !text.is_empty()),
        lockout: limits.and_then(lockout),
    }
}

/// The lock's own lengths, within what an [`access::Pin`] can be.
fn code_lengths(limits: Limits) -> CodeLengths {
    let min = limits.min_pin_len.clamp(PIN_DIGITS_MIN, PIN_DIGITS_MAX);
    CodeLengths { min, max: limits.max_pin_len.clamp(min, PIN_DIGITS_MAX) }
}

/// What the lock says it does after wrong codes. The attributes stand at 0 where a lock has them and does not use
/// them, or keeps the rule elsewhere, so 0 says nothing. The pause lasts 255 s at most; whether it grows from one
/// to the next the attributes do not tell, so the weaker reading is taken.
fn lockout(limits: Limits) -> Option<LockoutRule> {
    let told = |value: Option<u8>| value.is_some_and(|value| value > 0);
    let both = told(limits.wrong_code_entry_limit) && told(limits.user_code_temporary_disable_time);
    both.then_some(LockoutRule::Short)
}

#[cfg(test)]
mod tests {
    use super::{capabilities, exposed};
    use crate::zigbee2mqtt::wire::{Definition, Device, Limits, devices};
    use access::{LockoutRule, ReadBack};

    fn lock(vendor: &str, model: &str, extra: &str) -> (Device, Definition) {
        let text = format!(
            r#"[{{"ieee_address":"0x000d6f0011223344","friendly_name":"front","power_source":"Battery",
            "software_build_id":"1.0","definition":{{"vendor":"{vendor}","model":"{model}","exposes":[
            {{"type":"lock","features":[{{"type":"enum","property":"lock_state"}}]}}{extra}]}}}}]"#
        );
        let device = devices(text.as_bytes()).unwrap().remove(0);
        let definition = device.definition.clone().unwrap();
        (device, definition)
    }

    const PIN: &str = r#",{"type":"composite","property":"pin_code"}"#;

    #[test]
    fn slots_come_from_the_table_and_the_lock() {
        let (device, yale) = lock("Yale", "YRD256HA20BP", PIN);
        let ex = exposed(&yale).unwrap();
        let told = capabilities(&device, &yale, ex, None, false);
        assert_eq!((told.slots, told.first_slot), (249, 1));
        assert_eq!((told.code.min, told.code.max), (4, 8));
        assert_eq!(told.read_back, ReadBack::Presence);
        assert!(told.bolt_sensor && !told.sleeps && !told.sequenced_log);
        assert_eq!(told.firmware.as_deref(), Some("1.0"));
        let own = Limits {
            num_of_pin_users_supported: 50,
            max_pin_len: 12,
            min_pin_len: 6,
            wrong_code_entry_limit: Some(5),
            user_code_temporary_disable_time: Some(60),
        };
        let asked = capabilities(&device, &yale, ex, Some(own), true);
        assert_eq!((asked.slots, asked.code.min, asked.code.max), (49, 6, 10));
        assert_eq!(asked.read_back, ReadBack::Value);
        assert_eq!((told.lockout, asked.lockout), (None, Some(LockoutRule::Short)));
        for silent in [None, Some(0)] {
            let unset = Limits { user_code_temporary_disable_time: silent, ..own };
            assert_eq!(capabilities(&device, &yale, ex, Some(unset), true).lockout, None, "0 says nothing");
        }
    }

    #[test]
    fn without_pin_code_no_code_can_be_sent() {
        let (device, kwikset) = lock("Kwikset", "66492-001", "");
        let c = capabilities(&device, &kwikset, exposed(&kwikset).unwrap(), None, true);
        assert_eq!((c.slots, c.read_back), (0, ReadBack::Never));
    }

    #[test]
    fn an_unknown_model_is_assumed_small() {
        let (device, other) = lock("Nobody", "X", PIN);
        assert_eq!(capabilities(&device, &other, exposed(&other).unwrap(), None, false).slots, 10);
    }

    #[test]
    fn a_lamp_is_no_lock() {
        let lamp = Definition { vendor: "A".into(), model: "B".into(), exposes: vec![] };
        assert_eq!(exposed(&lamp), None);
    }
}
