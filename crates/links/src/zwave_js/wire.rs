//! What a Z-Wave JS server says, as far as Doorward listens (schema 48 to 50). Wire types only: they are read,
//! checked against limits, and translated elsewhere. Codes in values are left unread.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// Oldest schema that has `endpoint.access_control.*` and its events.
pub(super) const SCHEMA_MIN: u32 = 48;
/// Newest schema that was run against.
pub(super) const SCHEMA_MAX: u32 = 50;
/// Largest message taken. A full state of 200 locks with 250 users each has about 30 MB.
pub(super) const MESSAGE_MAX: usize = 64 * 1024 * 1024;
/// Largest event taken; one that tells of a whole node is the largest, about 150 KB.
pub(super) const EVENT_MAX: usize = 4 * 1024 * 1024;

/// Why a message is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drop {
    /// Larger than its kind may be.
    Oversized,
    /// Not what its kind must look like.
    Malformed,
}

/// A message of the server.
pub(super) enum Incoming<'a> {
    /// The greeting.
    Version(Version),
    /// An answer.
    Answer {
        /// Which question.
        id: u64,
        /// What came of it.
        outcome: Result<Option<&'a RawValue>, Refused>,
    },
    /// Something happened.
    Event(&'a RawValue),
    /// A kind that is not known here.
    Other,
}

/// The greeting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Version {
    pub server_version: String,
    pub driver_version: String,
    pub home_id: Option<u32>,
    pub min_schema_version: u32,
    pub max_schema_version: u32,
}

/// A question that the server refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// The server's own word for it: `zwave_error`, `node_not_found`, ...
    pub code: String,
    /// The driver's error number, with `zwave_error`.
    pub zwave: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    message_id: Option<Cow<'a, str>>,
    success: Option<bool>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    error_code: Option<Cow<'a, str>>,
    zwave_error_code: Option<i64>,
}

/// Reads a message. The text of errors is left unread: the driver may put what was sent into it.
pub(super) fn read(text: &str) -> Result<Incoming<'_>, Drop> {
    let head: Head<'_> = serde_json::from_str(text).map_err(|_| Drop::Malformed)?;
    match head.kind.as_ref() {
        "version" => serde_json::from_str(text).map(Incoming::Version).map_err(|_| Drop::Malformed),
        "result" => {
            let id = head.message_id.and_then(|id| id.parse().ok()).ok_or(Drop::Malformed)?;
            let outcome = match head.success {
                Some(true) => Ok(head.result),
                Some(false) => Err(Refused {
                    code: head.error_code.unwrap_or_default().chars().take(60).collect(),
                    zwave: head.zwave_error_code.and_then(|code| u32::try_from(code).ok()),
                }),
                None => return Err(Drop::Malformed),
            };
            Ok(Incoming::Answer { id, outcome })
        }
        "event" if text.len() > EVENT_MAX => Err(Drop::Oversized),
        "event" => head.event.map(Incoming::Event).ok_or(Drop::Malformed),
        _ => Ok(Incoming::Other),
    }
}

/// The answer to `start_listening`.
#[derive(Deserialize)]
pub(super) struct Listening {
    pub state: FullState,
}

/// Everything the server knows.
#[derive(Deserialize)]
pub(super) struct FullState {
    pub controller: Controller,
    pub nodes: Vec<Node>,
}

/// The radio.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Controller {
    pub home_id: Option<u32>,
}

/// A node, as far as it matters whether and which lock it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Node {
    pub node_id: u16,
    #[serde(default)]
    pub status: u8,
    #[serde(default)]
    pub ready: bool,
    #[serde(default)]
    pub is_listening: Option<bool>,
    /// `false`, or how often it listens: `"250ms"`, `"1000ms"`.
    #[serde(default)]
    pub is_frequent_listening: Option<serde_json::Value>,
    #[serde(default)]
    pub can_sleep: Option<bool>,
    #[serde(default)]
    pub manufacturer_id: Option<u16>,
    #[serde(default)]
    pub product_type: Option<u16>,
    #[serde(default)]
    pub product_id: Option<u16>,
    #[serde(default)]
    pub firmware_version: Option<String>,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub label: Option<String>,
    #[serde(default)]
    pub manufacturer: Option<String>,
    #[serde(default)]
    pub highest_security_class: Option<i8>,
    /// The key printed on the device; its first five digits are secret during inclusion.
    #[serde(default)]
    pub dsk: Option<String>,
    #[serde(default)]
    pub endpoints: Vec<Endpoint>,
    #[serde(default)]
    pub values: Vec<Value>,
}

/// An endpoint of a node.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Endpoint {
    #[serde(default)]
    pub index: u8,
    #[serde(default)]
    pub command_classes: Vec<CommandClass>,
}

/// A command class of an endpoint.
#[derive(Debug, Deserialize)]
pub(super) struct CommandClass {
    pub id: u16,
    #[serde(default)]
    pub version: u8,
}

/// A name or number of a property.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Name {
    Number(i64),
    Text(String),
}

impl Name {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(_) => "",
        }
    }

    pub(super) fn number(&self) -> Option<u16> {
        match self {
            Self::Number(number) => u16::try_from(*number).ok(),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

/// What a value holds, as far as it matters; a code comes out as [`Scalar::Unread`].
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) enum Scalar {
    /// Not known.
    #[default]
    None,
    Bool(bool),
    Number(f64),
    Text(String),
    /// A list, an object, or a secret.
    Unread,
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Any {
            Bool(bool),
            Number(f64),
            Text(String),
            Other(serde::de::IgnoredAny),
        }
        Ok(match Option::<Any>::deserialize(deserializer)? {
            None => Self::None,
            Some(Any::Bool(it)) => Self::Bool(it),
            Some(Any::Number(it)) => Self::Number(it),
            Some(Any::Text(it)) => Self::Text(it.chars().take(100).collect()),
            Some(Any::Other(_)) => Self::Unread,
        })
    }
}

impl Scalar {
    pub(super) fn number<T: TryFrom<u32>>(&self) -> Option<T> {
        match self {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds")]
            Self::Number(it) if it.fract() == 0.0 && (0.0..=4e9).contains(it) => T::try_from(*it as u32).ok(),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn bool(&self) -> Option<bool> {
        match self {
            Self::Bool(it) => Some(*it),
            _ => None,
        }
    }
}

/// A value of a node.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub class: u16,
    pub endpoint: u8,
    pub property: Name,
    pub key: Option<Name>,
    pub value: Scalar,
    /// The statuses that a user code slot can take, with the value `userIdStatus`.
    pub states: Vec<u8>,
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Told<'a> {
            command_class: u16,
            #[serde(default)]
            endpoint: u8,
            property: Name,
            property_key: Option<Name>,
            #[serde(borrow)]
            value: Option<&'a RawValue>,
            #[serde(borrow)]
            new_value: Option<&'a RawValue>,
            #[serde(borrow)]
            metadata: Option<&'a RawValue>,
        }
        #[derive(Deserialize)]
        struct Metadata {
            #[serde(default)]
            states: std::collections::BTreeMap<String, serde::de::IgnoredAny>,
        }
        let told = Told::deserialize(deserializer)?;
        // codes are read only where they were asked for
        let secret = told.command_class == class::USER_CODE && told.property.text() != "userIdStatus";
        let read = |raw: &RawValue| serde_json::from_str(raw.get()).unwrap_or(Scalar::Unread);
        let value = match told.new_value.or(told.value) {
            Some(_) if secret => Scalar::Unread,
            Some(raw) => read(raw),
            None => Scalar::None,
        };
        let statuses = told.command_class == class::USER_CODE && told.property.text() == "userIdStatus";
        let metadata = told.metadata.filter(|_| statuses);
        let metadata: Option<Metadata> = metadata.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let states = metadata.map(|it| it.states.keys().filter_map(|key| key.parse().ok()).collect());
        Ok(Self {
            class: told.command_class,
            endpoint: told.endpoint,
            property: told.property,
            key: told.property_key,
            value,
            states: states.unwrap_or_default(),
        })
    }
}

/// Numbers of command classes.
pub(super) mod class {
    pub(crate) const SCHEDULE_ENTRY_LOCK: u16 = 0x4e;
    pub(crate) const DOOR_LOCK: u16 = 0x62;
    pub(crate) const USER_CODE: u16 = 0x63;
    pub(crate) const NOTIFICATION: u16 = 0x71;
    pub(crate) const BATTERY: u16 = 0x80;
    pub(crate) const CLOCK: u16 = 0x81;
    pub(crate) const USER_CREDENTIAL: u16 = 0x83;
    pub(crate) const WAKE_UP: u16 = 0x84;
    pub(crate) const TIME: u16 = 0x8a;
    pub(crate) const TIME_PARAMETERS: u16 = 0x8b;
}

/// An event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    pub source: String,
    pub event: String,
    #[serde(default)]
    pub node_id: Option<u16>,
    /// Of a notification.
    #[serde(default)]
    pub cc_id: Option<u16>,
    #[serde(default)]
    pub args: Option<Box<RawValue>>,
    /// With `node added`, `node removed`.
    #[serde(default)]
    pub node: Option<Box<RawValue>>,
    /// With `ready`.
    #[serde(default)]
    pub node_state: Option<Box<RawValue>>,
    /// With `validate dsk and enter pin`: the key without its first five digits.
    #[serde(default)]
    pub dsk: Option<String>,
    /// With `grant security classes`.
    #[serde(default)]
    pub requested: Option<Grant>,
    /// With `statistics updated`.
    #[serde(default)]
    pub statistics: Option<Statistics>,
}

/// What a joining device asks for.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Grant {
    pub security_classes: Vec<i8>,
    #[serde(default)]
    pub client_side_auth: bool,
}

/// How well a node is heard.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Statistics {
    /// dBm; 127, 126 and 125 mean that it is not known.
    #[serde(default)]
    pub rssi: Option<f64>,
}

/// A notification of the class with that name.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Notified {
    #[serde(rename = "type")]
    pub kind: u16,
    pub event: u16,
    #[serde(default, rename = "eventLabel")]
    pub label: Option<String>,
    #[serde(default)]
    pub parameters: Option<serde_json::Value>,
}

/// A change of a user or credential, as the driver tells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changed {
    #[serde(default)]
    pub user_id: Option<u16>,
    #[serde(default)]
    pub credential_type: Option<u16>,
    #[serde(default)]
    pub credential_slot: Option<u16>,
}

/// Reads an event.
pub(super) fn event(raw: &RawValue) -> Result<Event, Drop> {
    serde_json::from_str(raw.get()).map_err(|_| Drop::Malformed)
}

/// Reads a part of a message.
pub(super) fn part<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Result<T, Drop> {
    serde_json::from_str(raw.get()).map_err(|_| Drop::Malformed)
}
