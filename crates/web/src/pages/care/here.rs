//! What this hub knows of itself: where it listens, how pages are protected, its broker, from where one looks.

use std::net::{IpAddr, UdpSocket};

use care::living::hygiene::{BrokerSight, Cover, Hubs};
use hub::settings::ZIGBEE2MQTT;

use crate::config::Tls;
use crate::state::App;

/// The words of the gateway's own refusal of an open broker.
const OPEN: &str = "lets in everybody";

/// Looks at the settings. `from` is where the visitor comes from.
pub(crate) fn hubs(app: &App, from: &str) -> Hubs {
    let config = &app.config;
    let links = app.hub.view(|view| view.links());
    let link = links.iter().find(|link| link.name == ZIGBEE2MQTT);
    let broker = app.hub.zigbee2mqtt().map(|set| BrokerSight {
        host: set.host,
        tls: set.tls,
        password: set.user.is_some() && set.password.is_some(),
        open_allowed: set.allow_anonymous,
        up: link.is_some_and(|link| link.up),
        found_open: link.and_then(|link| link.why.as_deref()).is_some_and(|why| why.contains(OPEN)),
    });
    let everywhere = config.listen.ip().is_unspecified();
    Hubs {
        listen: config.listen.ip(),
        addresses: if everywhere { own_addresses() } else { Vec::new() },
        cover: match &config.tls {
            Tls::Off => Cover::Open,
            Tls::Auto => Cover::OwnMade,
            Tls::Own { .. } => Cover::Owners,
            Tls::Proxy { name } => Cover::Proxy(name.clone()),
        },
        accounts: app.hub.view(|view| view.owners().len()),
        // there is no second factor for accounts here yet
        second_factors: 0,
        broker,
        visitor: from.parse().ok(),
    }
}

/// The addresses from which this machine would send to the outside, by its own table of routes: nothing is sent.
fn own_addresses() -> Vec<IpAddr> {
    let towards = |from: &str, to: &str| {
        let socket = UdpSocket::bind(from).ok()?;
        // addresses for documentation (RFC 5737, RFC 3849): nobody is there
        socket.connect(to).ok()?;
        socket.local_addr().ok().map(|address| address.ip())
    };
    [towards("0.0.0.0:0", "192.0.2.1:9"), towards("[::]:0", "[2001:db8::1]:9")]
        .into_iter()
        .flatten()
        .collect()
}
