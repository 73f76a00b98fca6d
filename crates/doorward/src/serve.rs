//! `doorward serve`: joins store, vault, links, notifiers, hub and pages, prints one link, and runs until it
//! is told to stop.

mod config;
mod gateways;
pub mod keeper;
mod nightly;
pub mod ports;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use futures::channel::mpsc;
use hub::ports::{Bodies, Clock, Ids, Store};
use hub::{Hub, Ports};
use store_sqlite::SqliteStore;
use web::{Tls, WebConfig};

use crate::machine;
use config::{Config, TlsFiles};

/// Left in a data folder by `doorward restore`: every lock is read again before anything is called in force.
pub const RESTORED_MARK: &str = "restored";
/// Events from links that may wait for the hub; more wait at the links.
const EVENTS: usize = 4096;

/// Start the hub.
#[derive(clap::Args)]
pub struct Serve {
    /// Folder for the database, the key file and virtual locks [default: doorward in the user's data home].
    #[arg(long, env = "DOORWARD_DATA")]
    pub data: Option<PathBuf>,
    /// Configuration file [default: doorward.toml in the data folder, if it is there].
    #[arg(long, env = "DOORWARD_CONFIG")]
    config: Option<PathBuf>,
    /// Address and port [default: 127.0.0.1:8080]. Beyond 127.0.0.1 it needs --tls or --proxy.
    #[arg(long, env = "DOORWARD_LISTEN")]
    listen: Option<SocketAddr>,
    /// `auto` makes a certificate at first start; or a certificate chain and its key, two PEM files.
    #[arg(long, num_args = 1..=2, value_names = ["auto|CERT", "KEY"], conflicts_with = "proxy")]
    tls: Vec<PathBuf>,
    /// Public name of a reverse proxy that ends TLS in front of this hub.
    #[arg(long)]
    proxy: Option<String>,
    /// File with the passphrase of the key file, if it has one.
    #[arg(long, env = "DOORWARD_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
}

/// Where the hub listens when nobody says otherwise: this machine only.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

impl Serve {
    /// What the command line says of TLS; without a word of it, what the file says.
    fn tls(&self, config: &Config) -> anyhow::Result<Tls> {
        Ok(match (self.tls.as_slice(), &self.proxy) {
            ([], Some(name)) => Tls::Proxy { name: name.clone() },
            ([], None) => match (&config.tls, &config.proxy) {
                (Some(TlsFiles::Auto(_)), _) => Tls::Auto,
                (Some(TlsFiles::Own { certificate, key }), _) => {
                    Tls::Own { certificate: certificate.clone(), key: key.clone() }
                }
                (None, Some(name)) => Tls::Proxy { name: name.clone() },
                (None, None) => Tls::Off,
            },
            ([auto], _) if auto.as_os_str() == "auto" => Tls::Auto,
            ([certificate, key], _) => Tls::Own { certificate: certificate.clone(), key: key.clone() },
            _ => bail!("--tls takes `auto`, or a certificate and its key"),
        })
    }
}

/// Runs the hub until SIGTERM or Ctrl-C.
pub fn run(serve: &Serve, json: bool) -> anyhow::Result<ExitCode> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("DOORWARD_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,hub=info,links=info,web=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
    // one TLS provider for the whole program
    rustls::crypto::ring::default_provider().install_default().ok();
    let data = machine::data_folder(serve.data.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(serve_until_stopped(serve, data, json))?;
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    Ok(ExitCode::SUCCESS)
}

async fn serve_until_stopped(serve: &Serve, data: PathBuf, json: bool) -> anyhow::Result<()> {
    let file = Config::read(serve.config.as_deref(), &data)?;
    let config = WebConfig {
        listen: serve.listen.or(file.listen).unwrap_or(LISTEN),
        tls: serve.tls(&file)?,
        data: data.clone(),
        time_zone: web::local_time_zone(),
        version: env!("CARGO_PKG_VERSION"),
    };
    config.check()?;
    // the store's lock file comes first: a second hub on this folder must not touch anything
    let store = Arc::new(SqliteStore::open(&data).await?);
    // asked only when there is no key file: the hub loads the house by itself in a moment
    let is_new = !vault::KeyVault::exists(&data) && store.load().await?.journal.is_none();
    let passphrase =
        machine::passphrase(serve.passphrase_file.as_deref().or(file.passphrase_file.as_deref()))?;
    let vault = Arc::new(machine::open_vault(&data, passphrase.as_deref().map(String::as_str), is_new)?);
    let clock: Arc<dyn Clock> = Arc::new(ports::SystemClock::default());
    let ids: Arc<dyn Ids> = Arc::new(ports::SystemIds);
    let (sender, events) = mpsc::channel(EVENTS);
    let hub = Hub::open(Ports {
        store: store.clone(),
        links: std::collections::BTreeMap::new(),
        events,
        clock: clock.clone(),
        ids: ids.clone(),
        vault: vault.clone(),
        notify: Arc::new(notify::Switchboard::new(&notify::NotifyConfig::default())?),
    })
    .await?;
    let running = tokio::spawn({
        let hub = hub.clone();
        async move { hub.run().await }
    });
    let mark = data.join(RESTORED_MARK);
    if mark.exists() {
        hub.doubt_everything().await?;
        std::fs::remove_file(&mark).ok();
    }
    let bodies = gateways::start_virtual_locks(&hub, &data, &clock, &ids, sender.clone())?;
    let watching = tokio::spawn(gateways::follow_settings(hub.clone(), clock, ids, sender));
    let kept = file.nightly_copies.unwrap_or(nightly::KEPT);
    let copying = tokio::spawn(nightly::keep_copies(hub.clone(), store.clone(), data.clone(), kept));
    let keeper = Arc::new(keeper::FolderKeeper::new(data.clone(), store.clone()));
    let bound = web::bind(config, hub.view(|view| view.now))?;
    announce(&hub, &bound, json);
    let shown: Arc<dyn Bodies> = bodies.clone();
    let result = bound.serve(hub.clone(), Some(shown), keeper, stop_signal()).await;
    watching.abort();
    copying.abort();
    hub.stop();
    bodies.stop().await;
    // the writer finishes the job in hand; what was acknowledged is on disk already
    tokio::time::timeout(std::time::Duration::from_secs(2), running).await.ok();
    store.close().await;
    result.context("the web server stopped")
}

fn announce(hub: &Hub, bound: &web::Bound, json: bool) {
    let fingerprint = bound.certificate().map(|certificate| certificate.fingerprint.clone());
    if json {
        let line = serde_json::json!({
            "url": bound.url(), "listen": bound.address(), "setup_code": hub.setup_code(), "fingerprint": fingerprint,
        });
        println!("{line}");
        return;
    }
    println!("Doorward: {}", bound.url());
    if let Some(fingerprint) = fingerprint {
        println!("Certificate fingerprint (SHA-256): {fingerprint}");
    }
    if let Some(code) = hub.setup_code() {
        println!("Set-up code for the first visit: {code}");
    }
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => drop(interrupt.await),
    }
}
