//! A link at a real broker, and what it tells.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use access::LockAddress;
use async_trait::async_trait;
use futures::StreamExt;
use futures::channel::mpsc;
use hub::ports::{Clock, Ids, LinkEvent};
use jiff::Timestamp;
use links::zigbee2mqtt::{Tls, Z2mConfig, Zigbee2Mqtt};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::processes::{self, Broker, Certificate, LOCK};

/// Longest wait for anything that must come.
const PATIENCE: Duration = Duration::from_secs(45);

/// The machine's own time.
pub(crate) struct RealClock(Instant);

impl RealClock {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

#[async_trait]
impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

struct Counting(std::sync::atomic::AtomicU64);

impl Ids for Counting {
    fn uuid(&self) -> Uuid {
        Uuid::from_u64_pair(
            u64::from(std::process::id()),
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
        )
    }
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

static IDS: Counting = Counting(std::sync::atomic::AtomicU64::new(1));

/// A link and its events.
pub(crate) struct Rig {
    pub(crate) link: Arc<Zigbee2Mqtt>,
    events: mpsc::Receiver<LinkEvent>,
    /// Everything that came, in short form, for messages of failures.
    pub(crate) told: Vec<String>,
}

/// The configuration of the hub's own user over TLS.
pub(crate) fn config(broker: &Broker, ca: &str) -> Z2mConfig {
    Z2mConfig {
        host: "localhost".into(),
        port: broker.port,
        tls: Some(Tls { ca_pem: Some(ca.to_owned()) }),
        user: Some("hub".into()),
        password: Some(Zeroizing::new(processes::password("hub"))),
        base_topic: "zigbee2mqtt".into(),
        allow_anonymous: false,
    }
}

pub(crate) fn front() -> LockAddress {
    LockAddress { link: "zigbee2mqtt".into(), key: LOCK.into() }
}

impl Rig {
    pub(crate) fn start(config: Z2mConfig) -> Self {
        let (to, events) = mpsc::channel(64);
        let clock = Arc::new(RealClock::new());
        let link = Zigbee2Mqtt::start("zigbee2mqtt", config, clock, &IDS, to).unwrap();
        Self { link: Arc::new(link), events, told: Vec::new() }
    }

    /// Waits for the first event of which `pick` makes something.
    pub(crate) async fn until<T>(&mut self, what: &str, pick: impl Fn(&LinkEvent) -> Option<T>) -> T {
        let wait = async {
            loop {
                let event = self.events.next().await.expect("the link is alive");
                self.told.push(format!("{event:?}"));
                if let Some(found) = pick(&event) {
                    return found;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(found) => found,
            Err(_) => panic!("no {what}; the link told: {:#?}", self.told),
        }
    }

    /// Everything that comes within this time.
    pub(crate) async fn during(&mut self, time: Duration) -> Vec<LinkEvent> {
        let mut came = Vec::new();
        let end = tokio::time::sleep(time);
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => return came,
                Some(event) = self.events.next() => {
                    self.told.push(format!("{event:?}"));
                    came.push(event);
                }
            }
        }
    }

    /// Waits for a `Down` and gives its reason.
    pub(crate) async fn down(&mut self) -> String {
        self.until("Down", |event| match event {
            LinkEvent::Down { why } => Some(why.clone()),
            _ => None,
        })
        .await
    }
}

/// An authority and a certificate of it for localhost and 127.0.0.1.
pub(crate) fn certificate() -> Certificate {
    let ca_key = rcgen::KeyPair::generate().unwrap();
    let mut ca = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    // OpenSSL takes a certificate whose issuer has its own name for self-signed
    ca.distinguished_name.push(rcgen::DnType::CommonName, "authority of the test");
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let cert = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    Certificate { ca: ca_pem, cert: cert.pem(), key: key.serialize_pem() }
}

/// A broker with TLS, passwords and access list.
pub(crate) fn broker(folder: &Path) -> (Broker, Certificate) {
    let certificate = certificate();
    (Broker::start(folder, &certificate).unwrap(), certificate)
}
