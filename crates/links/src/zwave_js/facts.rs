//! Which node is a lock, and what it can do: from the driver's state and from what the driver remembers of the
//! interview. Pure. Nothing here asks the lock itself.

use access::{Capabilities, CodeLengths, ReadBack, ScheduleSupport};

use super::wire::{Node, class};

/// Fewest and most digits of an [`access::Pin`].
const PIN_DIGITS_MIN: u8 = 4;
const PIN_DIGITS_MAX: u8 = 10;
/// First slot of every Z-Wave lock: user 0 means *all of them*.
pub(super) const FIRST_SLOT: u16 = 1;
/// Most slots that are used of one lock.
const SLOTS_MAX: u16 = 250;
/// User type *disposable*: works once (User Credential).
const USER_DISPOSABLE: u8 = 6;
/// Status of a user code that is there and switched off.
pub(super) const STATUS_DISABLED: u8 = 2;

/// How a lock keeps codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// User Code: user and code are one thing.
    Code,
    /// User Credential: a user holds credentials.
    Credential,
    /// None that could be set from here.
    Keyless,
}

/// Places for schedules, for each user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// One day of the week, from and until.
    pub week_day: u8,
    /// From one date to another.
    pub year_day: u8,
    /// Days of the week, from and for how long.
    pub daily: u8,
}

/// What is known of a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub node: u16,
    pub endpoint: u8,
    pub kind: Kind,
    /// Numbers of users.
    pub users: u16,
    pub code: (u8, u8),
    /// A code can be there and switched off.
    pub disabled: bool,
    /// A checksum over all codes can be asked for.
    pub checksum: bool,
    /// A user can be made to work once.
    pub once: bool,
    pub places: Places,
    /// It has a clock of its own that can be set.
    pub clock: bool,
    pub bolt: bool,
    pub door: bool,
    pub auto_relock: bool,
    /// It sleeps until it wakes by itself; locks that listen every second do not count.
    pub sleeps: bool,
    pub security: Option<i8>,
    pub firmware: Option<String>,
    pub name: String,
    pub model: String,
    /// What tells this device from another with the same number.
    pub identity: String,
}

/// What the driver remembers of the interview, as answers to `node.get_value` and the like.
#[derive(Debug, Clone, Default)]
pub(super) struct Remembered {
    pub users: u16,
    pub user_types: Vec<u8>,
    /// Shortest and longest code, where the lock takes codes at all.
    pub code: Option<(u8, u8)>,
    pub slots: u16,
    pub statuses: Vec<u8>,
    pub checksum: bool,
    pub places: Places,
    pub bolt: bool,
    pub door: bool,
    pub auto_relock: bool,
}

/// The endpoint that is a lock, and which classes it has.
pub(super) fn lock_endpoint(node: &Node) -> Option<(u8, Kind)> {
    let endpoint = node.endpoints.iter().find(|endpoint| has(endpoint, class::DOOR_LOCK))?;
    let kind = if has(endpoint, class::USER_CREDENTIAL) {
        Kind::Credential
    } else if has(endpoint, class::USER_CODE) {
        Kind::Code
    } else {
        Kind::Keyless
    };
    Some((endpoint.index, kind))
}

fn has(endpoint: &super::wire::Endpoint, class: u16) -> bool {
    endpoint.command_classes.iter().any(|it| it.id == class && it.version > 0)
}

/// Whether the lock's endpoint has this class.
pub(super) fn offers(node: &Node, index: u8, class: u16) -> bool {
    node.endpoints.iter().any(|endpoint| endpoint.index == index && has(endpoint, class))
}

/// Puts together what is known of a lock.
pub(super) fn facts(node: &Node, endpoint: u8, kind: Kind, told: &Remembered) -> Facts {
    let frequent = node.is_frequent_listening.as_ref().is_some_and(serde_json::Value::is_string);
    let sleeps = node.can_sleep.unwrap_or(node.is_listening == Some(false) && !frequent);
    let clock = [class::TIME_PARAMETERS, class::CLOCK, class::TIME]
        .into_iter()
        .any(|class| offers(node, endpoint, class));
    let (min, max) = told.code.unwrap_or((4, 10));
    let min = min.clamp(PIN_DIGITS_MIN, PIN_DIGITS_MAX);
    let users = if told.code.is_some() { told.users.min(told.slots).min(SLOTS_MAX) } else { 0 };
    Facts {
        node: node.node_id,
        endpoint,
        kind: if users == 0 { Kind::Keyless } else { kind },
        users,
        code: (min, max.clamp(min, PIN_DIGITS_MAX)),
        disabled: kind == Kind::Credential || told.statuses.contains(&STATUS_DISABLED),
        checksum: told.checksum,
        once: kind == Kind::Credential && told.user_types.contains(&USER_DISPOSABLE),
        places: if kind == Kind::Code { told.places } else { Places::default() },
        clock,
        bolt: told.bolt,
        door: told.door,
        auto_relock: told.auto_relock,
        sleeps,
        security: node.highest_security_class,
        firmware: node.firmware_version.clone().filter(|text| !text.is_empty()),
        name: words(node.name.as_deref()).unwrap_or_else(|| format!("Node {}", node.node_id)),
        model: model(node),
        identity: identity(node),
    }
}

fn words(text: Option<&str>) -> Option<String> {
    let text: String = text?.chars().filter(|c| !c.is_control()).take(80).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn model(node: &Node) -> String {
    let maker = words(node.manufacturer.as_deref()).filter(|maker| !maker.starts_with('_'));
    let parts: Vec<String> = [maker, words(node.label.as_deref())].into_iter().flatten().collect();
    if parts.is_empty() {
        let id = |id: Option<u16>| id.map_or_else(|| "?".to_owned(), |id| format!("{id:04x}"));
        return format!(
            "Z-Wave lock {}:{}:{}",
            id(node.manufacturer_id),
            id(node.product_type),
            id(node.product_id)
        );
    }
    parts.join(" ")
}

/// Numbers of nodes are given again after a removal; this tells the next device from the one before. The first
/// five digits of the key are the secret of an inclusion and are left out.
fn identity(node: &Node) -> String {
    let parts: Vec<&str> = node.dsk.as_deref().unwrap_or_default().split('-').collect();
    if parts.len() == 8 {
        return format!("{}{}", parts[1], parts[2]);
    }
    let id = |id: Option<u16>| id.unwrap_or(0);
    format!("{:04x}{:04x}{:04x}", id(node.manufacturer_id), id(node.product_type), id(node.product_id))
}

impl Facts {
    /// The key of its address: home, node, identity.
    pub(super) fn key(&self, home: u32) -> String {
        format!("{home:08x}-{}-{}", self.node, self.identity)
    }

    /// As the hub has it. `masked`: it was seen to show its codes as stars.
    pub(super) fn capabilities(&self, masked: bool) -> Capabilities {
        let read_back = match (self.kind, masked) {
            (Kind::Keyless, _) => ReadBack::Never,
            (_, true) => ReadBack::Presence,
            (_, false) => ReadBack::Value,
        };
        Capabilities {
            slots: self.users,
            first_slot: FIRST_SLOT,
            code: CodeLengths { min: self.code.0, max: self.code.1 },
            read_back,
            schedules: ScheduleSupport {
                week_day: super::schedule::windows(self.places),
                year_day: self.places.year_day,
                lease: false,
                once: self.once,
                one_kind: true,
            },
            remote: true,
            bolt_sensor: self.bolt,
            door_sensor: self.door,
            sequenced_log: false,
            sleeps: self.sleeps,
            // the driver has a queue of its own and waits for the lock's answer
            write_gap_ms: 0,
            link_security: Some(security_name(self.security).to_owned()),
            firmware: self.firmware.clone(),
            lockout: None,
        }
    }
}

/// The security class as the Z-Wave Alliance calls it; `none` and `S0` are weak for a lock.
pub(super) fn security_name(class: Option<i8>) -> &'static str {
    match class {
        Some(2) => "S2 Access Control",
        Some(1) => "S2 Authenticated",
        Some(0) => "S2 Unauthenticated",
        Some(7) => access::LINK_S0,
        _ => access::LINK_NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Places, Remembered, facts, lock_endpoint};
    use crate::zwave_js::wire::Node;
    use access::ReadBack;

    fn node(extra: &str) -> Node {
        let text = format!(
            r#"{{"nodeId":9,"status":4,"ready":true,"isListening":false,"isFrequentListening":"1000ms",
            "manufacturerId":655,"productType":1,"productId":2,"firmwareVersion":"1.7","highestSecurityClass":2,
            "endpoints":[{{"nodeId":9,"index":0,"commandClasses":[{{"id":98,"version":4}},{{"id":99,"version":2}}]}}],
            "values":[{{"commandClass":99,"endpoint":0,"property":"userCode","propertyKey":1,"value":"0471"}}]{extra}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    fn told() -> Remembered {
        Remembered {
            users: 30,
            slots: 30,
            code: Some((4, 8)),
            statuses: vec![0, 1, 2],
            places: Places { week_day: 7, year_day: 2, daily: 0 },
            bolt: true,
            ..Remembered::default()
        }
    }

    #[test]
    fn a_lock_that_listens_every_second_does_not_sleep() {
        let node = node("");
        assert_eq!(lock_endpoint(&node), Some((0, Kind::Code)));
        let facts = facts(&node, 0, Kind::Code, &told());
        assert!(!facts.sleeps && facts.bolt && !facts.door && facts.disabled);
        let can = facts.capabilities(false);
        assert_eq!((can.slots, can.first_slot, can.code.min, can.code.max), (30, 1, 4, 8));
        assert_eq!(can.link_security.as_deref(), Some("S2 Access Control"));
        assert_eq!((can.schedules.week_day, can.schedules.year_day, can.schedules.one_kind), (1, 2, true));
        assert_eq!(facts.capabilities(true).read_back, ReadBack::Presence);
        assert_eq!(facts.model, "Z-Wave lock 028f:0001:0002");
    }

    /// The secret part of the key never becomes part of an address; another device with the same number has
    /// another address.
    #[test]
    fn an_address_follows_the_device_and_not_its_number() {
        let dsk = r#","dsk":"06747-25596-03840-62972-53182-28259-23157-05867""#;
        let one = facts(&node(dsk), 0, Kind::Code, &told()).key(0x7e57_0001);
        assert_eq!(one, "7e570001-9-2559603840");
        assert!(!one.contains("06747"));
        let other = dsk.replace("25596", "25597");
        assert_ne!(one, facts(&node(&other), 0, Kind::Code, &told()).key(0x7e57_0001));
        assert_eq!(facts(&node(""), 0, Kind::Code, &told()).key(1), "00000001-9-028f00010002");
    }

    #[test]
    fn a_lamp_is_no_lock() {
        let lamp: Node = serde_json::from_str(
            r#"{"nodeId":4,"endpoints":[{"index":0,"commandClasses":[{"id":37,"version":1}]}]}"#,
        )
        .unwrap();
        assert_eq!(lock_endpoint(&lamp), None);
    }
}
