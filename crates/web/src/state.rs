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
pub(crate) const STREAMS_MAX: usize = 256;

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
    /// Where audits are made.
    pub desk: crate::pages::audit::Desk,
    /// Advice that was worked out before.
    pub advice: crate::pages::advice::Kept,
    pub counters: Counters,
    pub streams: Arc<Semaphore>,
    /// The cylinder lab: who has one under hand, and what it may use.
    pub lab: Arc<crate::lab::Lab>,
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
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// A fresh id for a command.
    pub(crate) fn fresh_id(&self) -> Uuid {
        self.hub.ids().uuid()
    }
}
