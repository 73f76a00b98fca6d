//! The link and the broker alone: who is let in, and who lets whom in.

use std::time::Duration;

use hub::ports::{Link, LinkError, LinkEvent};
use links::zigbee2mqtt::Tls;
use zeroize::Zeroizing;

use crate::processes::{Broker, installed};
use crate::rig::{Rig, broker, certificate, config, front};

/// S5: a wrong password and a wrong certificate are said for what they are, and nothing is sent.
#[tokio::test]
async fn a_wrong_password_or_certificate_is_said() {
    if !installed(&["mosquitto"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (broker, pki) = broker(folder.path());
    let mut wrong = config(&broker, &pki.ca);
    wrong.password = Some(Zeroizing::new("canary-wrong".into()));
    let mut rig = Rig::start(wrong);
    let why = rig.down().await;
    assert!(why.contains("refuses this user or password"), "{why}");
    assert_eq!(rig.link.counts().connections, 0);

    for tls in [Some(Tls { ca_pem: Some(certificate().ca) }), Some(Tls { ca_pem: None })] {
        let mut untrusted = config(&broker, &pki.ca);
        untrusted.tls = tls;
        let why = Rig::start(untrusted).down().await;
        assert!(why.contains("not trusted"), "{why}");
    }
    let log = std::fs::read_to_string(folder.path().join("mosquitto.log")).unwrap();
    assert!(!log.contains("canary-wrong"));
}

/// Connected, but nobody speaks under the base topic: said after ten seconds, with what to look at.
#[tokio::test]
async fn a_wrong_base_topic_is_said() {
    if !installed(&["mosquitto"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (broker, pki) = broker(folder.path());
    let mut config = config(&broker, &pki.ca);
    config.base_topic = "zigbee".into();
    let mut rig = Rig::start(config);
    let why = rig.down().await;
    assert!(why.contains("base topic zigbee"), "{why}");
    let answer = rig.link.clear_slot(&front(), 1).await;
    assert!(matches!(answer, Err(LinkError::Unreachable(_))), "{answer:?}");
}

/// A12: a broker that lets everybody in is refused, also when we have a password, until the owner says
/// that it is meant.
#[tokio::test]
async fn an_open_broker_is_refused() {
    if !installed(&["mosquitto"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::start_open(folder.path()).unwrap();
    let mut open = config(&broker, "");
    open.tls = None;
    let mut rig = Rig::start(open.clone());
    let why = rig.down().await;
    assert!(why.contains("lets in everybody"), "{why}");
    assert_eq!((rig.link.counts().connections, rig.link.counts().refused), (0, 1));
    open.allow_anonymous = true;
    let mut meant = Rig::start(open);
    let down = |event: &LinkEvent| matches!(event, LinkEvent::Down { .. });
    assert!(!meant.during(Duration::from_secs(3)).await.iter().any(down), "{:?}", meant.told);
    assert_eq!(meant.link.counts().connections, 1);
}

/// Nobody listens there at all.
#[tokio::test]
async fn no_broker_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    if !installed(&["mosquitto"]) {
        return;
    }
    let (mut broker, pki) = broker(folder.path());
    broker.stop();
    let mut rig = Rig::start(config(&broker, &pki.ca));
    let why = rig.down().await;
    assert!(why.contains("no connection to localhost"), "{why}");
    assert!(
        rig.during(Duration::from_secs(4)).await.is_empty(),
        "the same reason is not repeated: {:?}",
        rig.told
    );
}
