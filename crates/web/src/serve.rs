//! Opens the address and serves until told to stop.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hub::Hub;
use hub::ports::{Bodies, Keeper};
use tokio::sync::{Semaphore, watch};

use crate::auth::{Table, guard};
use crate::config::{ListenError, Tls, WebConfig};
use crate::metrics::Counters;
use crate::routes;
use crate::state::{App, Inner, STREAMS_MAX};
use crate::tls::{self, AutoCertificate, TlsError};

/// After the order to stop, requests under way get so long.
const FINISH_WITHIN: Duration = Duration::from_secs(3);
/// A connection that does not send its request's head within this is closed.
const HEAD_WITHIN: Duration = Duration::from_secs(15);

/// Why the pages cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The settings are refused.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {error}; is another program using it? choose another with --listen")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// Certificate or key.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The server ended unexpectedly.
    #[error("the web server failed: {0}")]
    Io(#[from] io::Error),
}

/// An open address, not yet serving: the link can be printed now.
pub struct Bound {
    listener: TcpListener,
    address: SocketAddr,
    rustls: Option<Arc<rustls::ServerConfig>>,
    certificate: Option<AutoCertificate>,
    config: WebConfig,
}

/// Checks the settings, opens the address, loads or makes the certificate. `now` dates a new certificate.
///
/// # Errors
/// [`ServeError`].
pub fn bind(config: WebConfig, now: jiff::Timestamp) -> Result<Bound, ServeError> {
    config.check()?;
    let bind_error = |error| ServeError::Bind { address: config.listen, error };
    let listener = TcpListener::bind(config.listen).map_err(bind_error)?;
    listener.set_nonblocking(true).map_err(bind_error)?;
    let address = listener.local_addr().map_err(bind_error)?;
    let (rustls, certificate) = match &config.tls {
        Tls::Off | Tls::Proxy { .. } => (None, None),
        Tls::Auto => {
            let made = tls::auto_certificate(&config.data, address.ip(), now)?;
            (Some(tls::server_config(&made.certificate, &made.key)?), Some(made))
        }
        Tls::Own { certificate, key } => (Some(tls::server_config(certificate, key)?), None),
    };
    Ok(Bound { listener, address, rustls, certificate, config })
}

impl Bound {
    /// The address with the port that was really taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The link to open in a browser.
    pub fn url(&self) -> String {
        if let Tls::Proxy { name } = &self.config.tls {
            return format!("https://{name}/");
        }
        let scheme = if self.rustls.is_some() { "https" } else { "http" };
        let ip = self.address.ip();
        let ip = if ip.is_unspecified() { tls::home_address().unwrap_or(ip) } else { ip };
        format!("{scheme}://{}/", SocketAddr::new(ip, self.address.port()))
    }

    /// The certificate made here, with its fingerprint, under [`Tls::Auto`].
    pub fn certificate(&self) -> Option<&AutoCertificate> {
        self.certificate.as_ref()
    }

    /// Serves until `shutdown` completes, then ends live streams at once and other requests within 3 s.
    ///
    /// # Errors
    /// [`ServeError::Io`] when the server ends by itself.
    pub async fn serve(
        self,
        hub: Arc<Hub>,
        bodies: Option<Arc<dyn Bodies>>,
        keeper: Arc<dyn Keeper>,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let (close, closing) = watch::channel(false);
        let url = self.url();
        let router = router(hub, bodies, keeper, self.config, self.certificate, url, closing);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let handle = Handle::new();
        let stop = handle.clone();
        tokio::spawn(async move {
            shutdown.await;
            close.send_replace(true);
            stop.graceful_shutdown(Some(FINISH_WITHIN));
        });
        match self.rustls {
            None => {
                let mut server = axum_server::from_tcp(self.listener)?.handle(handle);
                server.http_builder().http1().header_read_timeout(HEAD_WITHIN);
                server.serve(service).await?;
            }
            Some(rustls) => {
                let rustls = RustlsConfig::from_config(rustls);
                let mut server = axum_server::from_tcp_rustls(self.listener, rustls)?.handle(handle);
                server.http_builder().http1().header_read_timeout(HEAD_WITHIN);
                server.serve(service).await?;
            }
        }
        Ok(())
    }
}

/// [`bind`] and [`Bound::serve`] in one.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    hub: Arc<Hub>,
    bodies: Option<Arc<dyn Bodies>>,
    keeper: Arc<dyn Keeper>,
    config: WebConfig,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let now = hub.view(|view| view.now);
    bind(config, now)?.serve(hub, bodies, keeper, shutdown).await
}

/// Every route behind the guard.
pub(crate) fn router(
    hub: Arc<Hub>,
    bodies: Option<Arc<dyn Bodies>>,
    keeper: Arc<dyn Keeper>,
    config: WebConfig,
    certificate: Option<AutoCertificate>,
    url: String,
    closing: watch::Receiver<bool>,
) -> Router {
    let routes = routes::all();
    let desk = crate::pages::audit::Desk::new(&config.data);
    let app = App::new(Inner {
        hub,
        bodies,
        keeper,
        config,
        certificate,
        url,
        table: Table::new(&routes.rows),
        desk,
        advice: crate::pages::advice::Kept::default(),
        counters: Counters::default(),
        streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        lab: crate::lab::Lab::new(crate::lab::Limits::default()),
        closing,
    });
    routes
        .router
        .fallback(|| async { crate::problem::Problem::not_found("page") })
        .layer(DefaultBodyLimit::max(crate::auth::BODY_MAX))
        .layer(from_fn_with_state(app.clone(), guard))
        .with_state(app)
}
