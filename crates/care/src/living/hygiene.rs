//! Hygiene of accounts and network (H2), and looking from afar without a third party's cloud (L5). What the hub can test
//! by itself stands in [`Hubs`]; the rest comes from the survey, and what nobody answered is asked for.

use std::net::IpAddr;

use door::survey::Key;
use serde::Serialize;

use super::sight::Home;
use crate::words::{say, word};

/// From where an address can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// This machine only.
    Machine,
    /// A home network: private, link-local or unique local addresses.
    Home,
    /// The open internet.
    Internet,
    /// Every address that this machine has.
    Everywhere,
}

/// How the pages are protected on their way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cover {
    /// Not at all.
    Open,
    /// TLS with a certificate of the hub's own making.
    OwnMade,
    /// TLS with a certificate of the owner's.
    Owners,
    /// A reverse proxy of this name ends TLS.
    Proxy(String),
}

/// The broker behind a gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokerSight {
    /// Host.
    pub host: String,
    /// Speaks TLS.
    pub tls: bool,
    /// A user and a password are set.
    pub password: bool,
    /// The owner let it be open to everybody.
    pub open_allowed: bool,
    /// It is in use; the gateway tried it as a stranger and was refused, unless an open one was allowed.
    pub up: bool,
    /// It was refused because it lets in everybody.
    pub found_open: bool,
}

/// What the hub knows of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hubs {
    /// The address that it listens on.
    pub listen: IpAddr,
    /// Addresses of this machine, where it listens on all of them.
    pub addresses: Vec<IpAddr>,
    /// How pages are protected.
    pub cover: Cover,
    /// Accounts.
    pub accounts: usize,
    /// Accounts with a second factor.
    pub second_factors: usize,
    /// The broker, if a gateway is set.
    pub broker: Option<BrokerSight>,
    /// Where the browser that asks comes from.
    pub visitor: Option<IpAddr>,
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Not as it should be.
    Bad,
    /// Nobody has said.
    Asked,
    /// As it should be.
    Good,
}

/// One point of hygiene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Point {
    /// Its name.
    pub id: &'static str,
    /// The question.
    pub title: String,
    /// How it stands.
    pub state: State,
    /// The hub tested it itself.
    pub tested: bool,
    /// What that rests on.
    pub evidence: String,
    /// What to do when it is bad.
    pub remedy: String,
    /// Where it is answered or mended.
    pub place: String,
}

/// From where an address can be reached, by the registries of special addresses (RFC 6890, RFC 4193).
pub fn span(address: IpAddr) -> Span {
    if address.is_unspecified() {
        return Span::Everywhere;
    }
    if address.is_loopback() {
        return Span::Machine;
    }
    let home = match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            // 100.64.0.0/10 is what providers and overlay networks share out: not the open internet
            v4.is_private() || v4.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => return span(IpAddr::V4(v4)),
            None => v6.is_unique_local() || v6.is_unicast_link_local(),
        },
    };
    if home { Span::Home } else { Span::Internet }
}

/// Whether two addresses are neighbours: the first 24 bits of IPv4 or 64 of IPv6 are the same. A rule of thumb: a home
/// network may be cut otherwise.
pub fn same_subnet(a: IpAddr, b: IpAddr) -> bool {
    match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => a.octets()[..3] == b.octets()[..3],
        (IpAddr::V6(a), IpAddr::V6(b)) => a.segments()[..4] == b.segments()[..4],
        _ => false,
    }
}

/// Every point, the bad ones first.
pub fn points(home: &Home, hub: &Hubs) -> Vec<Point> {
    let mut all = vec![reach(hub), tls(hub)];
    all.extend(broker(hub));
    all.extend(subnet(hub));
    all.push(second_factor(hub));
    for door in &home.doors {
        let electronic = door.locks.iter().any(|lock| !lock.told)
            || door.survey.word(Key::SmartKind).is_some_and(|word| word != "none");
        if electronic {
            all.extend(surveyed(door));
        }
    }
    all.sort_by_key(|point| point.state);
    all
}

fn point(id: &'static str, good: bool, evidence: String) -> Point {
    Point {
        id,
        title: word(&format!("living.hygiene.{id}.title")),
        state: if good { State::Good } else { State::Bad },
        tested: true,
        evidence,
        remedy: word(&format!("living.hygiene.{id}.remedy")),
        place: "/care/privacy#afar".into(),
    }
}

/// On which addresses can it be reached?
fn reach(hub: &Hubs) -> Point {
    let listens = hub.listen.to_string();
    let open = match span(hub.listen) {
        Span::Internet => Some(hub.listen),
        Span::Everywhere => hub.addresses.iter().copied().find(|one| span(*one) == Span::Internet),
        Span::Machine | Span::Home => None,
    };
    match open {
        Some(address) => {
            let places = [("listens", listens.as_str()), ("address", &*address.to_string())];
            point("reach", false, say("living.seen.internet", &places))
        }
        None => point("reach", true, say("living.seen.not-internet", &[("listens", &listens)])),
    }
}

fn tls(hub: &Hubs) -> Point {
    match &hub.cover {
        Cover::Open if span(hub.listen) == Span::Machine => {
            point("tls", true, word("living.seen.tls-machine"))
        }
        Cover::Open => point("tls", false, word("living.seen.tls-off")),
        Cover::OwnMade => point("tls", true, word("living.seen.tls-own-made")),
        Cover::Owners => point("tls", true, word("living.seen.tls-owners")),
        Cover::Proxy(name) => point("tls", true, say("living.seen.tls-proxy", &[("name", name)])),
    }
}

/// Does the broker let in everybody, and does it speak TLS?
fn broker(hub: &Hubs) -> Vec<Point> {
    let Some(broker) = &hub.broker else { return Vec::new() };
    let host = [("host", broker.host.as_str())];
    let (open, said) = if broker.found_open {
        (true, "living.seen.broker-found-open")
    } else if broker.open_allowed || !broker.password {
        (true, "living.seen.broker-open-allowed")
    } else if broker.up {
        (false, "living.seen.broker-refuses")
    } else {
        (false, "living.seen.broker-password")
    };
    let address = broker.host.parse::<IpAddr>().ok();
    let here = broker.host == "localhost" || address.is_some_and(|one| one.is_loopback());
    let (safe, words) = match (broker.tls, here) {
        (true, _) => (true, "living.seen.broker-tls"),
        (false, true) => (true, "living.seen.broker-here"),
        (false, false) => (false, "living.seen.broker-plain"),
    };
    let at = |point: Point| Point { place: "/settings#mqtt".into(), ..point };
    vec![at(point("broker", !open, say(said, &host))), at(point("broker-tls", safe, say(words, &host)))]
}

/// Does the locks' gateway share a network with the phones?
fn subnet(hub: &Hubs) -> Option<Point> {
    let broker = hub.broker.as_ref()?.host.parse::<IpAddr>().ok()?;
    let visitor = hub.visitor.filter(|_| !broker.is_loopback())?;
    if visitor.is_loopback() {
        return None;
    }
    let same = same_subnet(broker, visitor);
    let (a, b) = (broker.to_string(), visitor.to_string());
    let key = if same { "living.seen.same-subnet" } else { "living.seen.other-subnet" };
    Some(point("subnet", !same, say(key, &[("broker", &a), ("visitor", &b)])))
}

fn second_factor(hub: &Hubs) -> Point {
    let (all, with) = (hub.accounts.to_string(), hub.second_factors.to_string());
    let said = say("living.seen.second-factors", &[("all", &all), ("with", &with)]);
    let point = point("second-factor-here", hub.second_factors >= hub.accounts && hub.accounts > 0, said);
    Point { place: "/settings#password".into(), ..point }
}

/// What only the owner can say, door by door.
fn surveyed(door: &super::sight::DoorSight) -> Vec<Point> {
    const ASKED: [(&str, Key, &[&str]); 5] = [
        ("password", Key::AccountPassword, &["unique"]),
        ("second-factor", Key::AccountSecondFactor, &["sms", "app", "passkey"]),
        ("default-code", Key::SmartDefaultCode, &["changed", "never-had"]),
        ("network", Key::NetworkKind, &["separate"]),
        ("radio-class", Key::SmartRadioClass, &["current"]),
    ];
    let place = format!("/doors/{}/survey", door.id);
    let mut all: Vec<Point> = ASKED
        .iter()
        .map(|(id, key, good)| {
            let answer = door.answer(*key);
            let seen = door.survey.answer(*key).is_some_and(|a| a.evidence != door::survey::Evidence::Told);
            let is_good = door.survey.word(*key).is_some_and(|word| good.contains(&word));
            let said = answer.clone().unwrap_or_else(|| word("living.seen.not-said"));
            let said = format!("{}: {said}", door.name);
            let point = point(id, is_good, said);
            let state = if answer.is_none() { State::Asked } else { point.state };
            Point { state, tested: seen, place: place.clone(), ..point }
        })
        .collect();
    // features that open by themselves are off unless somebody wants them
    let unlocks = door.survey.value(Key::SmartAutoUnlock);
    let on = unlocks == Some(door::survey::Value::Yes(true));
    let said = door.answer(Key::SmartAutoUnlock).unwrap_or_else(|| word("living.seen.not-said"));
    let unused = point("unused", !on, format!("{}: {said}", door.name));
    let state = if unlocks.is_none() { State::Asked } else { unused.state };
    all.push(Point { state, tested: false, place, ..unused });
    all
}

/// A warning before the hub is put where others can reach it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Red: do not. Else it is to be known.
    pub red: bool,
    /// In a sentence.
    pub text: String,
}

/// What is to be said before it is reached under this name or address from outside. An empty wish asks of things as
/// they stand.
pub fn before_opening(hub: &Hubs, wish: &str) -> Vec<Warning> {
    let wish = wish.trim().trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
    let host = wish.split('/').next().unwrap_or_default();
    let bare = host.trim_start_matches('[').split(']').next().unwrap_or_default();
    let address: Option<IpAddr> = bare.parse().ok().or_else(|| host.split(':').next()?.parse().ok());
    let outside = match (address, wish.is_empty()) {
        (_, true) => reach(hub).state == State::Bad,
        (Some(address), _) => span(address) == Span::Internet,
        // a name may mean any address: it is taken as the open internet, unless it can only be one at home
        (None, _) => ![".local", ".lan", ".home.arpa", ".internal"].iter().any(|end| host.ends_with(end)),
    };
    let mut all = Vec::new();
    let mut warn = |red: bool, text: String| all.push(Warning { red, text });
    if !outside {
        warn(false, word("living.open.stays"));
        return all;
    }
    let shown = if wish.is_empty() { hub.listen.to_string() } else { host.to_owned() };
    warn(true, say("living.open.internet", &[("name", &shown)]));
    match &hub.cover {
        Cover::Open => warn(true, word("living.open.no-tls")),
        Cover::OwnMade => warn(true, word("living.open.own-made")),
        Cover::Owners => {}
        Cover::Proxy(name) if wish.is_empty() || name == host => {}
        Cover::Proxy(name) => warn(true, say("living.open.other-name", &[("name", name)])),
    }
    if hub.second_factors < hub.accounts {
        warn(true, word("living.open.no-second-factor"));
    }
    warn(false, word("living.open.better"));
    all
}

/// A way to look from afar, and whether this hub is ready for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WayIn {
    /// `wireguard`, `overlay`, `proxy`.
    pub id: &'static str,
    /// Its name.
    pub title: String,
    /// Who can see what.
    pub who_sees: String,
    /// Steps, with what the hub found of each.
    pub steps: Vec<String>,
    /// What this hub's settings still want; empty: ready.
    pub wants: Vec<String>,
}

/// The ways to look from afar without a third party's cloud, the closest first.
pub fn ways_in(hub: &Hubs) -> Vec<WayIn> {
    let machine = span(hub.listen) == Span::Machine;
    let way = |id: &'static str, wants: Vec<String>| WayIn {
        id,
        title: word(&format!("living.way.{id}.title")),
        who_sees: word(&format!("living.way.{id}.sees")),
        steps: word(&format!("living.way.{id}.steps")).lines().map(str::to_owned).collect(),
        wants,
    };
    let tunnel: Vec<String> = if machine {
        vec![word("living.wants.listen")]
    } else if hub.cover == Cover::Open {
        vec![word("living.wants.tls")]
    } else {
        Vec::new()
    };
    let mut proxy = Vec::new();
    if !matches!(hub.cover, Cover::Proxy(_)) {
        proxy.push(word("living.wants.proxy"));
    }
    if hub.second_factors < hub.accounts {
        proxy.push(word("living.wants.second-factor"));
    }
    vec![way("wireguard", tunnel.clone()), way("overlay", tunnel), way("proxy", proxy)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::living::samples::home;

    fn hub(listen: &str, cover: Cover) -> Hubs {
        let listen = listen.parse().unwrap();
        Hubs {
            listen,
            addresses: Vec::new(),
            cover,
            accounts: 1,
            second_factors: 0,
            broker: None,
            visitor: None,
        }
    }

    fn state(points: &[Point], id: &str) -> State {
        points.iter().find(|point| point.id == id).unwrap_or_else(|| panic!("no {id}")).state
    }

    #[test]
    fn h2_addresses_are_sorted_by_who_can_reach_them() {
        for (address, expected) in [
            ("127.0.0.1", Span::Machine),
            ("::1", Span::Machine),
            ("192.168.1.4", Span::Home),
            ("10.0.0.1", Span::Home),
            ("100.100.1.1", Span::Home),
            ("169.254.1.1", Span::Home),
            ("fd00::1", Span::Home),
            ("fe80::1", Span::Home),
            ("0.0.0.0", Span::Everywhere),
            ("203.0.113.7", Span::Internet),
            ("2001:db8::1", Span::Internet),
            ("::ffff:192.168.1.4", Span::Home),
            ("100.128.0.1", Span::Internet),
        ] {
            assert_eq!(span(address.parse().unwrap()), expected, "{address}");
        }
        assert!(same_subnet("192.168.1.4".parse().unwrap(), "192.168.1.77".parse().unwrap()));
        assert!(!same_subnet("192.168.1.4".parse().unwrap(), "192.168.2.4".parse().unwrap()));
    }

    #[test]
    fn h2_what_the_hub_tests_by_itself() {
        let home = home("[account]\npassword = \"reused\"\nsecond_factor = \"app\"");
        let at_home = points(&home, &hub("127.0.0.1", Cover::Open));
        assert_eq!((state(&at_home, "reach"), state(&at_home, "tls")), (State::Good, State::Good));
        assert_eq!(
            (state(&at_home, "password"), state(&at_home, "second-factor")),
            (State::Bad, State::Good)
        );
        assert_eq!(state(&at_home, "network"), State::Asked);
        let open = points(&home, &hub("203.0.113.7", Cover::Owners));
        assert_eq!(state(&open, "reach"), State::Bad);
        assert!(open[0].state == State::Bad, "bad ones come first");
        let everywhere =
            Hubs { addresses: vec!["2001:db8::1".parse().unwrap()], ..hub("0.0.0.0", Cover::OwnMade) };
        assert_eq!(state(&points(&home, &everywhere), "reach"), State::Bad);
        let inside =
            Hubs { addresses: vec!["192.168.1.4".parse().unwrap()], ..hub("0.0.0.0", Cover::OwnMade) };
        assert_eq!(state(&points(&home, &inside), "reach"), State::Good);
    }

    #[test]
    fn h2_a_broker_that_refuses_strangers_and_one_that_lets_in_everybody() {
        let broker = BrokerSight {
            host: "192.168.1.9".into(),
            tls: false,
            password: true,
            open_allowed: false,
            up: true,
            found_open: false,
        };
        let with = |broker: BrokerSight| Hubs { broker: Some(broker), ..hub("127.0.0.1", Cover::Open) };
        let closed = points(&home(""), &with(broker.clone()));
        assert_eq!((state(&closed, "broker"), state(&closed, "broker-tls")), (State::Good, State::Bad));
        let open = points(&home(""), &with(BrokerSight { found_open: true, up: false, ..broker.clone() }));
        assert_eq!(state(&open, "broker"), State::Bad);
        let tls = points(&home(""), &with(BrokerSight { tls: true, ..broker.clone() }));
        assert_eq!(state(&tls, "broker-tls"), State::Good);
        let near = Hubs { visitor: "192.168.1.20".parse().ok(), ..with(broker.clone()) };
        assert_eq!(state(&points(&home(""), &near), "subnet"), State::Bad);
        let apart = Hubs { visitor: "192.168.7.20".parse().ok(), ..with(broker) };
        assert_eq!(state(&points(&home(""), &apart), "subnet"), State::Good);
    }

    #[test]
    fn l5_it_warns_in_red_before_it_is_put_on_the_open_internet() {
        let red = |hub: &Hubs, wish: &str| before_opening(hub, wish).iter().filter(|one| one.red).count();
        let local = hub("127.0.0.1", Cover::Open);
        assert_eq!(red(&local, ""), 0);
        assert_eq!(red(&local, "192.168.1.4"), 0);
        assert_eq!(red(&local, "house.local"), 0);
        assert_eq!(red(&local, "https://house.example.org/"), 3);
        assert_eq!(red(&local, "203.0.113.7:8443"), 3);
        assert_eq!(red(&local, "[2001:db8::1]:8443"), 3);
        let proxied = hub("127.0.0.1", Cover::Proxy("house.example.org".into()));
        assert_eq!(red(&proxied, "house.example.org"), 2);
        assert_eq!(red(&proxied, "other.example.org"), 3);
        assert!(
            before_opening(&proxied, "other.example.org")
                .iter()
                .any(|w| w.text.contains("house.example.org"))
        );
        assert_eq!(red(&hub("203.0.113.7", Cover::Owners), ""), 2);
    }

    #[test]
    fn l5_each_way_says_what_this_hub_still_wants() {
        let wants = |hub: &Hubs| ways_in(hub).iter().map(|way| way.wants.len()).collect::<Vec<_>>();
        assert_eq!(wants(&hub("127.0.0.1", Cover::Open)), [1, 1, 2]);
        assert_eq!(wants(&hub("192.168.1.4", Cover::OwnMade)), [0, 0, 2]);
        let safe = Hubs { second_factors: 1, ..hub("127.0.0.1", Cover::Proxy("h.example.org".into())) };
        assert_eq!(wants(&safe), [1, 1, 0]);
    }
}
