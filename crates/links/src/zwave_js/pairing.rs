//! Taking a device in and letting it go: the steps, from the server's events. Pure; what is to be asked of the
//! server comes out as [`Ask`].
//!
//! A lock is granted S2 Access Control alone where it asks for it: a key for less would only be one more to lose.
//! What is not done: SmartStart, replacing a failed node, a device that wants the controller's own key typed in.

use std::time::Duration;

use hub::ports::PairingState;
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::facts::security_name;
use super::wire::{Event, Grant, Node};

/// How long the network waits for a device.
const OPEN: SignedDuration = SignedDuration::from_secs(180);
/// How long the driver waits for the PIN (Z-Wave S2 bootstrapping, timer TAI2: 240 s).
const PIN: SignedDuration = SignedDuration::from_secs(240);
/// Longest time from the last step to a device that is in.
const JOIN: SignedDuration = SignedDuration::from_secs(120);

/// A device that was stopped half-way.
const NO_KEYS: &str = "the device got no keys, but it may be in the network without them: let it go, then take it \
                       in again";

/// What to ask of the server.
pub(super) enum Ask {
    /// Grant these classes.
    Grant(Vec<i8>),
    /// Hand over the PIN.
    Pin(Zeroizing<String>),
    /// Stop waiting for devices.
    StopInclusion,
    /// Give the device that is joining no keys.
    Cancel,
    /// Stop waiting for devices to leave.
    StopExclusion,
}

impl std::fmt::Debug for Ask {
    /// Without the PIN.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Grant(_) => "Grant",
            Self::Pin(_) => "Pin",
            Self::StopInclusion => "StopInclusion",
            Self::Cancel => "Cancel",
            Self::StopExclusion => "StopExclusion",
        })
    }
}

/// What follows.
pub(super) enum Step {
    /// Where it stands now.
    Told(PairingState),
    /// To ask of the server.
    Ask(Ask),
}

/// Where taking in or letting go stands.
#[derive(Default)]
pub(super) struct Pair {
    pub state: PairingState,
    /// Whether it was begun from here.
    ours: bool,
    /// The whole key, from a QR code.
    key: Option<Zeroizing<String>>,
    joined: Option<u16>,
    deadline: Option<Timestamp>,
}

impl Pair {
    /// The owner asked for a device to be taken in.
    pub(super) fn including(&mut self, key: Option<Zeroizing<String>>, wall: Timestamp) -> PairingState {
        *self = Self { ours: true, key, ..Self::default() };
        let until = self.wait(OPEN, wall);
        self.to(PairingState::Waiting { until })
    }

    /// The owner asked for a device to be let go.
    pub(super) fn excluding(&mut self, wall: Timestamp) -> PairingState {
        *self = Self { ours: true, ..Self::default() };
        let until = self.wait(OPEN, wall);
        self.to(PairingState::Leaving { until })
    }

    /// The PIN was handed over.
    pub(super) fn pin_given(&mut self, wall: Timestamp) -> PairingState {
        self.wait(JOIN, wall);
        self.to(PairingState::Joining)
    }

    /// It was stopped, or never began.
    pub(super) fn stopped(&mut self, why: Option<String>) -> PairingState {
        *self = Self::default();
        self.to(why.map_or(PairingState::Idle, |why| PairingState::Failed { why }))
    }

    /// The owner stopped it: where it stands then, and what to ask for.
    pub(super) fn stop(&mut self) -> (PairingState, Option<Ask>) {
        let (why, ask) = match &self.state {
            PairingState::Leaving { .. } => (None, Some(Ask::StopExclusion)),
            PairingState::PinWanted { .. } | PairingState::Joining => {
                (Some(NO_KEYS.to_owned()), Some(Ask::Cancel))
            }
            PairingState::Waiting { .. } => (None, Some(Ask::StopInclusion)),
            _ => (None, None),
        };
        (self.stopped(why), ask)
    }

    /// The connection is gone.
    pub(super) fn lost(&mut self) -> Option<PairingState> {
        if !self.state.is_going_on() {
            return None;
        }
        let why = "the connection to the Z-Wave JS server was lost: look whether the lock was taken in";
        Some(self.stopped(Some(why.to_owned())))
    }

    fn to(&mut self, state: PairingState) -> PairingState {
        self.state = state.clone();
        state
    }

    fn wait(&mut self, time: SignedDuration, wall: Timestamp) -> Timestamp {
        let until = wall.saturating_add(time).unwrap_or(Timestamp::MAX);
        self.deadline = Some(until);
        until
    }

    /// What is due by now: it waited long enough.
    pub(super) fn tick(&mut self, wall: Timestamp) -> Option<(PairingState, Ask)> {
        if !self.state.is_going_on() || self.deadline.is_none_or(|until| until > wall) {
            return None;
        }
        let (why, ask) = match &self.state {
            PairingState::Leaving { .. } => {
                ("no device asked to leave within three minutes", Ask::StopExclusion)
            }
            PairingState::PinWanted { .. } => (NO_KEYS, Ask::Cancel),
            PairingState::Joining => ("the device began to join and never came to an end", Ask::Cancel),
            _ => ("no device asked to join within three minutes", Ask::StopInclusion),
        };
        Some((self.stopped(Some(why.to_owned())), ask))
    }

    /// The node that joined turned out to be a lock with this key.
    pub(super) fn found(&mut self, node: u16, address: &str) -> Option<PairingState> {
        let joined = self.joined == Some(node);
        match &mut self.state {
            PairingState::Joined { key, .. } if joined && key.is_none() => {
                *key = Some(address.to_owned());
                Some(self.state.clone())
            }
            _ => None,
        }
    }

    /// Takes an event of the network. `name`: what the node was called here.
    pub(super) fn event(
        &mut self,
        event: &Event,
        node: Option<&Node>,
        name: Option<String>,
        _now: Duration,
        wall: Timestamp,
    ) -> Vec<Step> {
        if !self.ours {
            return Vec::new();
        }
        match (event.event.as_str(), node) {
            ("grant security classes", _) => match &event.requested {
                Some(wanted) => self.grant(wanted, wall),
                None => Vec::new(),
            },
            ("validate dsk and enter pin", _) => match &event.dsk {
                Some(rest) => self.pin(rest, wall),
                None => Vec::new(),
            },
            ("node added", Some(node)) if self.state.is_going_on() => {
                self.joined = Some(node.node_id);
                let security = security_name(node.highest_security_class);
                let weak = security == access::LINK_NONE || security == access::LINK_S0;
                let name = format!("Node {}", node.node_id);
                let security = security.to_owned();
                vec![Step::Told(self.to(PairingState::Joined { name, key: None, security, weak }))]
            }
            ("node removed", Some(node)) if matches!(self.state, PairingState::Leaving { .. }) => {
                let name = Some(name.unwrap_or_else(|| format!("Node {}", node.node_id)));
                vec![Step::Told(self.to(PairingState::Left { name }))]
            }
            ("inclusion failed", _) if self.state.is_going_on() => self.failed(
                "the device did not join: hold the lock nearer, exclude it first if it was in another network",
            ),
            ("exclusion failed", _) if matches!(self.state, PairingState::Leaving { .. }) => {
                self.failed("no device left: try again, nearer to the stick")
            }
            // what follows, follows as *node added* without security
            ("inclusion aborted", _) if matches!(self.state, PairingState::PinWanted { .. }) => {
                self.wait(JOIN, wall);
                vec![Step::Told(self.to(PairingState::Joining))]
            }
            _ => Vec::new(),
        }
    }

    fn failed(&mut self, why: &str) -> Vec<Step> {
        vec![Step::Told(self.stopped(Some(why.to_owned())))]
    }

    fn grant(&mut self, wanted: &Grant, wall: Timestamp) -> Vec<Step> {
        self.wait(JOIN, wall);
        let classes = &wanted.security_classes;
        let granted: Vec<i8> =
            if classes.contains(&2) { vec![2] } else { classes.iter().copied().filter(|c| *c < 7).collect() };
        if wanted.client_side_auth {
            tracing::warn!("a device wants this controller's key typed in; it is taken in the usual way");
        }
        vec![Step::Ask(Ask::Grant(granted)), Step::Told(self.to(PairingState::Joining))]
    }

    fn pin(&mut self, rest: &str, wall: Timestamp) -> Vec<Step> {
        let rest = rest.trim_start_matches('-');
        if let Some(key) = self.key.take() {
            return match key.split_once('-') {
                Some((pin, own)) if own == rest => {
                    let pin = Zeroizing::new(pin.to_owned());
                    vec![Step::Ask(Ask::Pin(pin)), Step::Told(self.pin_given(wall))]
                }
                _ => {
                    let why = "another device answered than the one of this QR code: it got no keys, but it may be in \
                               the network without them: let it go";
                    let mut steps = self.failed(why);
                    steps.push(Step::Ask(Ask::Cancel));
                    steps
                }
            };
        }
        let until = self.wait(PIN, wall);
        vec![Step::Told(self.to(PairingState::PinWanted { rest: rest.to_owned(), until }))]
    }
}

/// Reads a PIN: five digits.
pub(super) fn pin(text: &str) -> Option<Zeroizing<String>> {
    let text = text.trim();
    (text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit())).then(|| Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{Ask, Pair, PairingState, Step, pin};
    use crate::zwave_js::wire::{Event, Node};
    use jiff::Timestamp;
    use std::time::Duration;
    use zeroize::Zeroizing;

    const REST: &str = "25596-03840-62972-53182-28259-23157-05867";

    fn event(text: &str) -> Event {
        serde_json::from_str(&format!(r#"{{"source":"controller",{text}}}"#)).unwrap()
    }

    fn feed(pair: &mut Pair, text: &str, wall: Timestamp) -> Vec<Step> {
        let event = event(text);
        let node: Option<Node> = event.node.as_ref().map(|raw| serde_json::from_str(raw.get()).unwrap());
        pair.event(&event, node.as_ref(), None, Duration::ZERO, wall)
    }

    fn dsk() -> String {
        format!(r#""event":"validate dsk and enter pin","dsk":"-{REST}""#)
    }

    #[test]
    fn access_control_alone_is_granted_and_the_pin_is_asked_for() {
        let (mut pair, wall) = (Pair::default(), Timestamp::UNIX_EPOCH);
        assert!(feed(&mut pair, &dsk(), wall).is_empty(), "nobody here began it");
        pair.including(None, wall);
        let wants = r#""event":"grant security classes","requested":{"securityClasses":[0,1,2,7]}"#;
        assert!(matches!(&feed(&mut pair, wants, wall)[0], Step::Ask(Ask::Grant(c)) if c == &[2]));
        feed(&mut pair, &dsk(), wall);
        assert!(matches!(&pair.state, PairingState::PinWanted { rest, .. } if rest == REST));
        pair.pin_given(wall);
        let added = r#""event":"node added","node":{"nodeId":9,"highestSecurityClass":2}"#;
        feed(&mut pair, added, wall);
        let joined = |pair: &Pair| match pair.state.clone() {
            PairingState::Joined { security, weak, key, .. } => (security, weak, key),
            other => panic!("{other:?}"),
        };
        assert_eq!(joined(&pair), ("S2 Access Control".into(), false, None));
        assert!(pair.found(8, "other").is_none());
        pair.found(9, "7e570001-9-x");
        assert_eq!(joined(&pair).2.as_deref(), Some("7e570001-9-x"));
        pair.including(None, wall);
        feed(&mut pair, r#""event":"node added","node":{"nodeId":9,"highestSecurityClass":-1}"#, wall);
        assert_eq!(joined(&pair), ("none".into(), true, None), "a wrong PIN joins without security");
    }

    #[test]
    fn a_qr_code_answers_for_its_own_device_only() {
        let wall = Timestamp::UNIX_EPOCH;
        for (key, right) in [(format!("06747-{REST}"), true), (format!("06747-1{}", &REST[1..]), false)] {
            let mut pair = Pair::default();
            pair.including(Some(Zeroizing::new(key)), wall);
            let steps = feed(&mut pair, &dsk(), wall);
            let sent = steps.iter().any(|s| matches!(s, Step::Ask(Ask::Pin(pin)) if pin.as_str() == "06747"));
            assert_eq!(sent, right);
            assert_eq!(matches!(pair.state, PairingState::Failed { .. }), !right);
        }
    }

    #[test]
    fn it_stops_by_itself() {
        let wall = Timestamp::UNIX_EPOCH;
        let mut pair = Pair::default();
        pair.excluding(wall);
        assert!(pair.tick(wall).is_none());
        let late = wall + jiff::SignedDuration::from_mins(4);
        assert!(matches!(pair.tick(late), Some((PairingState::Failed { .. }, Ask::StopExclusion))));
        assert!(pair.tick(late).is_none());
        assert_eq!(pin(" 01234 ").as_deref().map(String::as_str), Some("01234"));
        assert!(pin("1234").is_none() && pin("12a45").is_none());
    }
}
