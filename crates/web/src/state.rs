//! What every handler can reach: the hub, the bodies of virtual locks, the settings, the table of routes.

use std::sync::Arc;

use hub::Hub;
use hub::ports::{Bodies, Keeper};
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

use crate::auth::Table;
use crate::config::WebConfig;
use crate::metrics::Counters;

/// At most so many live streams at once; a page without one still works, it only does not move by itself.
const STREAMS_MAX: usize = 256;

/// Shared by all handlers; cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

pub(crate) struct Inner {
    pub hub: Arc<Hub>,
    pub bodies: Option<Arc<dyn Bodies>>,
    pub keeper: Arc<dyn Keeper>,
    pub config: WebConfig,
    /// The certificate made here, if there is one.
    pub certificate: Option<crate::tls::AutoCertificate>,
    /// Address under which the pages can be opened.
    pub url: String,
    pub table: Table,
    pub counters: Counters,
    pub streams: Arc<Semaphore>,
    /// Turns true when the server goes down, so that live streams end by themselves.
    pub closing: watch::Receiver<bool>,
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    #[allow(clippy::too_many_arguments, reason = "one call, at start: a struct for it would be this struct")]
    pub(crate) fn new(
        hub: Arc<Hub>,
        bodies: Option<Arc<dyn Bodies>>,
        keeper: Arc<dyn Keeper>,
        config: WebConfig,
        certificate: Option<crate::tls::AutoCertificate>,
        url: String,
        table: Table,
        closing: watch::Receiver<bool>,
    ) -> Self {
        let streams = Arc::new(Semaphore::new(STREAMS_MAX));
        let counters = Counters::default();
        Self(Arc::new(Inner {
            hub,
            bodies,
            keeper,
            config,
            certificate,
            url,
            table,
            counters,
            streams,
            closing,
        }))
    }

    /// A fresh id for a command.
    pub(crate) fn fresh_id(&self) -> Uuid {
        self.hub.ids().uuid()
    }
}
