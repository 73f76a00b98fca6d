//! `doorward serve`: joins store, vault, links, notifiers, hub and pages, prints one link, and runs until it
//! is told to stop.

mod gateways;
pub mod keeper;
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
    /// Address and port. Beyond 127.0.0.1 it needs --tls or --proxy.
    #[arg(long, default_value = "127.0.0.1:8080", env = "DOORWARD_LISTEN")]
    listen: SocketAddr,
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

impl Serve {
    fn tls(&self) -> anyhow::Result<Tls> {
        Ok(match (self.tls.as_slice(), &self.proxy) {
            ([], None) => Tls::Off,
            ([], Some(name)) => Tls::Proxy { name: name.clone() },
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
    let config = WebConfig {
        listen: serve.listen,
        tls: serve.tls()?,
        data: data.clone(),
        time_zone: web::local_time_zone(),
        version: env!("CARGO_PKG_VERSION"),
    };
    config.check()?;
    // the store's lock file comes first: a second hub on this folder must not touch anything
    let store = Arc::new(SqliteStore::open(&data).await?);
    // asked only when there is no key file: the hub loads the house by itself in a moment
    let is_new = !vault::KeyVault::exists(&data) && store.load().await?.journal.is_none();
    let passphrase = machine::passphrase(serve.passphrase_file.as_deref())?;
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
    let keeper = Arc::new(keeper::FolderKeeper::new(data.clone(), store.clone()));
    let bound = web::bind(config, hub.view(|view| view.now))?;
    announce(&hub, &bound, json);
    let shown: Arc<dyn Bodies> = bodies.clone();
    let result = bound.serve(hub.clone(), Some(shown), keeper, stop_signal()).await;
    watching.abort();
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
        let line = serde_json::json!({ "url": bound.url(), "setup_code": hub.setup_code(), "fingerprint": fingerprint });
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
