//! What Zigbee2MQTT says over MQTT, as types of its own, with limits. Everything that comes off the wire
//! passes through here once and nothing of its text goes further than this file except names, models and
//! the plain words of actions. Decides nothing: what a message means for a door is `desk`'s business.
//!
//! Written against Zigbee2MQTT 2.14.1 (documentation "MQTT topics and messages", and the messages of the
//! running program).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use access::Pin;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Largest `bridge/devices` taken, bytes. A device with its exposes is 5 to 30 kB.
pub(super) const DEVICES_MAX: usize = 8 << 20;
/// Largest `bridge/info` taken, bytes; the settings schema in it is about 100 kB.
pub(super) const INFO_MAX: usize = 2 << 20;
/// Largest state message of a lock and largest log line taken, bytes.
pub(super) const STATE_MAX: usize = 64 << 10;
/// Largest `bridge/state` and availability message taken, bytes.
pub(super) const SMALL_MAX: usize = 1 << 10;
/// Largest MQTT packet that the broker may send at all, bytes.
pub(super) const PACKET_MAX: u32 = 9 << 20;
/// Most devices read out of one list.
const DEVICES_COUNT_MAX: usize = 2000;
/// Most entries of a `users` map; the largest known lock has 1,000 slots.
const USERS_MAX: usize = 1024;
/// Longest name, model or version kept, characters.
const NAME_MAX: usize = 120;
/// Longest action word kept, characters ([`hub::ports::RecordKind::Other`] says 60).
const ACTION_MAX: usize = 60;
/// State property under which the lock's own limits are asked for; Zigbee2MQTT keeps it with the device.
pub(super) const LIMITS_PROPERTY: &str = "doorward_limits";

/// Why a message was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drop {
    /// Larger than its kind may be.
    Oversized,
    /// Not what its kind must look like.
    Malformed,
}

/// A device of `bridge/devices`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Device {
    pub ieee_address: String,
    pub friendly_name: String,
    #[serde(default)]
    pub disabled: bool,
    #[serde(default)]
    pub definition: Option<Definition>,
    #[serde(default)]
    pub software_build_id: Option<String>,
}

/// What Zigbee2MQTT's converters know of a model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Definition {
    #[serde(default)]
    pub vendor: String,
    #[serde(default)]
    pub model: String,
    #[serde(default)]
    pub exposes: Vec<Expose>,
}

/// One thing that a model exposes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Expose {
    #[serde(default, rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub property: Option<String>,
    #[serde(default)]
    pub features: Vec<Expose>,
}

/// The part of `bridge/info` that matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Info {
    #[serde(default)]
    pub version: String,
    #[serde(default)]
    pub config: InfoConfig,
}

/// Settings of Zigbee2MQTT that change what its messages hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct InfoConfig {
    #[serde(default)]
    pub devices: BTreeMap<String, DeviceOptions>,
    #[serde(default)]
    pub device_options: DeviceOptions,
    #[serde(default)]
    pub availability: Availability,
}

/// Options of one device or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(super) struct DeviceOptions {
    #[serde(default)]
    pub expose_pin: Option<bool>,
}

/// Whether Zigbee2MQTT watches who is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Availability {
    #[serde(default)]
    pub enabled: bool,
}

/// A line of `bridge/logging`. The text of a failed command holds its payload, and so the code: it is looked
/// at where it lies and never kept.
#[derive(Deserialize)]
pub(super) struct LogLine<'a> {
    #[serde(default, borrow)]
    pub level: Cow<'a, str>,
    #[serde(default, borrow)]
    pub message: Cow<'a, str>,
}

/// The lock's own limits, read as attributes of its door lock cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Limits {
    /// Attribute 0x0012: number of PIN users.
    pub num_of_pin_users_supported: u16,
    /// Attribute 0x0017: most digits.
    pub max_pin_len: u8,
    /// Attribute 0x0018: fewest digits.
    pub min_pin_len: u8,
    /// Attribute 0x0030: wrong codes before the lock pauses; absent where the lock has no such attribute.
    #[serde(default)]
    pub wrong_code_entry_limit: Option<u8>,
    /// Attribute 0x0031: how long it pauses then, s; absent where the lock has no such attribute.
    #[serde(default)]
    pub user_code_temporary_disable_time: Option<u8>,
}

/// The attributes of [`Limits`], by the names that Zigbee2MQTT gives them.
pub(super) const LIMITS_ATTRIBUTES: &str = r#""numOfPinUsersSupported","maxPinLen","minPinLen","wrongCodeEntryLimit","userCodeTemporaryDisableTime""#;

/// What the lock says of one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UserStatus {
    /// Empty.
    Available,
    /// Taken, opens.
    Enabled,
    /// Taken, does not open.
    Disabled,
    /// The lock cannot say (`not_supported_…`).
    Unknown,
}

/// One entry of the `users` map.
#[derive(Clone)]
pub(super) struct User {
    pub status: UserStatus,
    /// Only where the owner turned `expose_pin` on in Zigbee2MQTT.
    digits: Option<Zeroizing<String>>,
}

impl User {
    /// An entry without a value.
    #[cfg(test)]
    pub(super) fn bare(status: UserStatus) -> Self {
        Self { status, digits: None }
    }

    /// Whether the value is given.
    pub(super) fn has_value(&self) -> bool {
        self.digits.is_some()
    }

    /// Whether the value is this code. Compared in constant time for equal lengths.
    pub(super) fn is(&self, pin: &Pin) -> bool {
        self.digits.as_ref().is_some_and(|d| bool::from(d.as_bytes().ct_eq(pin.expose().as_bytes())))
    }

    /// Whether both say the same.
    pub(super) fn same(&self, other: &Self) -> bool {
        let values = match (&self.digits, &other.digits) {
            (Some(a), Some(b)) => bool::from(a.as_bytes().ct_eq(b.as_bytes())),
            (None, None) => true,
            _ => false,
        };
        self.status == other.status && values
    }
}

impl fmt::Debug for User {
    /// Without the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("status", &self.status).field("value", &self.has_value()).finish()
    }
}

/// A state message of a lock. Zigbee2MQTT repeats everything that it remembers in each of them.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub lock_state: Option<LockState>,
    pub door_state: Option<DoorState>,
    pub battery: Option<u8>,
    pub battery_low: Option<bool>,
    pub voltage: Option<u32>,
    pub linkquality: Option<u8>,
    pub action: Option<String>,
    pub action_user: Option<u32>,
    pub action_source_name: Option<String>,
    pub users: BTreeMap<u16, User>,
    pub limits: Option<Limits>,
}

/// `lock_state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LockState {
    NotFullyLocked,
    Locked,
    Unlocked,
}

/// `door_state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DoorState {
    Open,
    Closed,
    ErrorJammed,
    ErrorForcedOpen,
    ErrorUnspecified,
    Undefined,
}

#[derive(Deserialize)]
struct RawState<'a> {
    #[serde(borrow, default)]
    lock_state: Option<&'a RawValue>,
    #[serde(borrow, default)]
    door_state: Option<&'a RawValue>,
    #[serde(borrow, default)]
    battery: Option<&'a RawValue>,
    #[serde(borrow, default)]
    battery_low: Option<&'a RawValue>,
    #[serde(borrow, default)]
    voltage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    linkquality: Option<&'a RawValue>,
    #[serde(borrow, default)]
    action: Option<&'a RawValue>,
    #[serde(borrow, default)]
    action_user: Option<&'a RawValue>,
    #[serde(borrow, default)]
    action_source_name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    users: Option<&'a RawValue>,
    #[serde(borrow, default)]
    doorward_limits: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawUser<'a> {
    #[serde(borrow, default)]
    status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pin_code: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Online<'a> {
    #[serde(borrow)]
    state: Cow<'a, str>,
}

/// The value, or nothing where it is missing or of another type: one odd field must not cost the others.
fn field<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
}

fn within(payload: &[u8], max: usize) -> Result<(), Drop> {
    if payload.len() > max { Err(Drop::Oversized) } else { Ok(()) }
}

/// At most `max` characters, control characters gone: these words reach pages and logs.
fn plain(text: &str, max: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(max).collect()
}

fn is_ieee(text: &str) -> bool {
    text.len() == 18
        && text.starts_with("0x")
        && text[2..].bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Whether a friendly name can be a topic of its own below the base topic.
fn is_topic(name: &str) -> bool {
    !name.is_empty() && name.len() <= 1024 && !name.contains(['+', '#', '\0'])
}

/// Reads `bridge/devices`. A single device that cannot be read is left out.
pub(super) fn devices(payload: &[u8]) -> Result<Vec<Device>, Drop> {
    within(payload, DEVICES_MAX)?;
    let raw: Vec<&RawValue> = serde_json::from_slice(payload).map_err(|_| Drop::Malformed)?;
    Ok(raw
        .into_iter()
        .take(DEVICES_COUNT_MAX)
        .filter_map(|raw| serde_json::from_str::<Device>(raw.get()).ok())
        .filter(|device| is_ieee(&device.ieee_address) && is_topic(&device.friendly_name))
        .map(|mut device| {
            device.software_build_id = device.software_build_id.map(|text| plain(&text, NAME_MAX));
            if let Some(definition) = &mut device.definition {
                definition.vendor = plain(&definition.vendor, NAME_MAX);
                definition.model = plain(&definition.model, NAME_MAX);
            }
            device
        })
        .collect())
}

/// Reads `bridge/info`.
pub(super) fn info(payload: &[u8]) -> Result<Info, Drop> {
    within(payload, INFO_MAX)?;
    let mut info: Info = serde_json::from_slice(payload).map_err(|_| Drop::Malformed)?;
    info.version = plain(&info.version, NAME_MAX);
    Ok(info)
}

/// Reads `bridge/state` or an availability message: `{"state":"online"}`, formerly the bare word.
pub(super) fn online(payload: &[u8]) -> Result<bool, Drop> {
    within(payload, SMALL_MAX)?;
    let text = std::str::from_utf8(payload).map_err(|_| Drop::Malformed)?;
    let word = match serde_json::from_str::<Online<'_>>(text) {
        Ok(online) => online.state,
        Err(_) => Cow::Borrowed(text.trim()),
    };
    match word.as_ref() {
        "online" => Ok(true),
        "offline" => Ok(false),
        _ => Err(Drop::Malformed),
    }
}

/// Reads a line of `bridge/logging`.
pub(super) fn log_line(payload: &[u8]) -> Result<LogLine<'_>, Drop> {
    within(payload, STATE_MAX)?;
    serde_json::from_slice(payload).map_err(|_| Drop::Malformed)
}

/// Reads a lock's state message.
pub(super) fn state(payload: &[u8]) -> Result<State, Drop> {
    within(payload, STATE_MAX)?;
    if payload.trim_ascii_start().first() != Some(&b'{') {
        // serde would take a list for the fields in their order
        return Err(Drop::Malformed);
    }
    let raw: RawState<'_> = serde_json::from_slice(payload).map_err(|_| Drop::Malformed)?;
    let word = |raw: Option<&RawValue>| {
        field::<Cow<'_, str>>(raw).map(|w| plain(&w, ACTION_MAX)).filter(|w| !w.is_empty())
    };
    Ok(State {
        lock_state: field(raw.lock_state),
        door_state: field(raw.door_state),
        battery: field::<f64>(raw.battery).and_then(percent),
        battery_low: field(raw.battery_low),
        voltage: field::<f64>(raw.voltage).and_then(millivolts),
        linkquality: field(raw.linkquality),
        action: word(raw.action),
        action_user: field(raw.action_user),
        action_source_name: word(raw.action_source_name),
        users: users(raw.users)?,
        limits: field(raw.doorward_limits).filter(sane),
    })
}

fn percent(value: f64) -> Option<u8> {
    // the range check makes the cast exact
    (0.0..=100.0).contains(&value).then(|| value.round() as u8)
}

fn millivolts(value: f64) -> Option<u32> {
    // no door lock runs on more than 60 V; the range check makes the cast exact
    (0.0..=60_000.0).contains(&value).then(|| value.round() as u32)
}

fn sane(limits: &Limits) -> bool {
    limits.num_of_pin_users_supported > 0
        && limits.min_pin_len > 0
        && limits.min_pin_len <= limits.max_pin_len
        && limits.max_pin_len <= 16
}

fn users(raw: Option<&RawValue>) -> Result<BTreeMap<u16, User>, Drop> {
    let Some(entries) = field::<BTreeMap<Cow<'_, str>, &RawValue>>(raw) else {
        return Ok(BTreeMap::new());
    };
    if entries.len() > USERS_MAX {
        return Err(Drop::Oversized);
    }
    Ok(entries.into_iter().filter_map(|(key, raw)| Some((key.parse::<u16>().ok()?, user(raw)?))).collect())
}

fn user(raw: &RawValue) -> Option<User> {
    let entry: RawUser<'_> = serde_json::from_str(raw.get()).ok()?;
    let status = match field::<Cow<'_, str>>(entry.status)?.as_ref() {
        "available" => UserStatus::Available,
        "enabled" => UserStatus::Enabled,
        "disabled" => UserStatus::Disabled,
        _ => UserStatus::Unknown,
    };
    // anything but 4 to 10 digits (a mask such as `****`, an empty text) is no value
    let digits = field::<Cow<'_, str>>(entry.pin_code)
        .map(|text| Zeroizing::new(text.into_owned()))
        .filter(|text| Pin::parse(text).is_ok());
    Some(User { status, digits })
}

#[cfg(test)]
#[path = "wire_test.rs"]
mod tests;
