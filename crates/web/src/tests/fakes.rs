//! A house in memory with an owner, a manager and a viewer signed in, and a token for each scope.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response};
use hub::ports::{
    Alert, Batch, Clock, Ids, Keeper, LeafRow, Loaded, LogQuery, Notify, NotifyError, PasswordHash, Place,
    Role, Scope, Store, StoreError, Vault, VaultError,
};
use hub::{Hub, Ports};
use jiff::Timestamp;
use tower::ServiceExt;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::auth::csrf_token;
use crate::config::{Tls, WebConfig};
use crate::problem::Problem;
use crate::serve::router;

pub(super) const PASSWORD: &str = "a password for tests only";
pub(super) const HOST: &str = "127.0.0.1:8080";

struct Nothing;

#[async_trait]
impl Store for Nothing {
    async fn load(&self) -> Result<Loaded, StoreError> {
        Ok(Loaded::default())
    }
    async fn commit(&self, _: Batch) -> Result<(), StoreError> {
        Ok(())
    }
    async fn log(&self, _: &LogQuery) -> Result<Vec<LeafRow>, StoreError> {
        Ok(Vec::new())
    }
    async fn leaves(&self, _: u64, _: u64) -> Result<Vec<LeafRow>, StoreError> {
        Ok(Vec::new())
    }
    async fn nodes(&self, _: u8, _: u64, _: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        Ok(Vec::new())
    }
    async fn backup(&self, _: &Path) -> Result<(), StoreError> {
        Err(StoreError::Other("no file in this test".into()))
    }
}

#[async_trait]
impl Keeper for Nothing {
    async fn backup(&self, _: &str) -> Result<PathBuf, StoreError> {
        Err(StoreError::Other("no file in this test".into()))
    }
}

#[async_trait]
impl Notify for Nothing {
    async fn send(&self, _: &Alert) -> Result<(), NotifyError> {
        Ok(())
    }
}

/// Stands still; nothing that is tested here waits.
struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::constant(1_795_392_000, 0)
    }
    fn monotonic(&self) -> Duration {
        Duration::from_secs(1)
    }
    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }
}

struct Counting(AtomicU64);

impl Ids for Counting {
    fn uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) | 7 << 76 | 2 << 62)
    }
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = u8::try_from(self.0.fetch_add(1, Ordering::Relaxed) * 151 % 251).unwrap_or(0);
        }
    }
}

/// Seals by leaving as is: what is tested here is who gets in, not the cipher.
struct Plain;

impl Vault for Plain {
    fn seal(&self, _: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(plain.to_vec())
    }
    fn open(&self, _: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        Ok(Zeroizing::new(sealed.to_vec()))
    }
    fn digest(&self, _: &str, bytes: &[u8]) -> Result<[u8; 32], VaultError> {
        use sha2::Digest;
        Ok(sha2::Sha256::digest(bytes).into())
    }
    fn subkey(&self, _: &str) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        Ok(Zeroizing::new([7; 32]))
    }
    fn hash_password(&self, password: &str) -> Result<PasswordHash, VaultError> {
        Ok(PasswordHash(password.to_owned()))
    }
    fn check_password(&self, hash: Option<&PasswordHash>, password: &str) -> bool {
        hash.is_some_and(|hash| hash.0 == password)
    }
}

/// Who asks in a test.
#[derive(Clone)]
pub(super) enum Who {
    Nobody,
    /// Session cookie.
    Browser(String),
    /// Bearer token.
    Program(String),
}

/// The house with its router.
pub(super) struct TestHouse {
    pub hub: Arc<Hub>,
    router: Router,
    _data: tempfile::TempDir,
}

impl TestHouse {
    /// A house without an owner.
    pub(super) async fn new() -> Self {
        Self::with(Tls::Off).await
    }

    pub(super) async fn with(tls: Tls) -> Self {
        let (sender, events) = futures::channel::mpsc::channel(1);
        // the sender must live as long as the hub, else its events end
        std::mem::forget(sender);
        let ports = Ports {
            store: Arc::new(Nothing),
            links: std::collections::BTreeMap::new(),
            events,
            clock: Arc::new(Still),
            ids: Arc::new(Counting(AtomicU64::new(1))),
            vault: Arc::new(Plain),
            notify: Arc::new(Nothing),
        };
        let hub = Hub::open(ports).await.expect("an empty house opens");
        let running = hub.clone();
        tokio::spawn(async move { running.run().await });
        let data = tempfile::tempdir().expect("a folder");
        let listen = HOST.parse().expect("an address");
        let data_path = data.path().to_owned();
        let config =
            WebConfig { listen, tls, data: data_path, time_zone: "Europe/Vienna".into(), version: "0" };
        let closing = tokio::sync::watch::channel(false).1;
        let url = format!("http://{HOST}/");
        let router = router(hub.clone(), None, Arc::new(Nothing), config, None, url, closing);
        Self { hub, router, _data: data }
    }

    /// The owner, signed in.
    pub(super) async fn owner(&self) -> Who {
        let code = self.hub.setup_code().expect("no owner yet");
        let signed_in = self.hub.first_owner(&code, "Ana", PASSWORD, "test").await.expect("the first owner");
        Who::Browser(signed_in.token)
    }

    /// Another account, invited by the owner and signed in.
    pub(super) async fn invited(&self, owner: &Who, role: Role, name: &str) -> Who {
        let Who::Browser(token) = owner else { panic!("the owner signs in by browser") };
        let (actor, _) = self.hub.session(token).await.expect("a session");
        let (_, code) = self.hub.invite(&actor, role).await.expect("an invitation");
        let signed_in = self.hub.take_invite(&code, name, PASSWORD, name).await.expect("taken");
        Who::Browser(signed_in.token)
    }

    /// A token of the owner's with one scope.
    pub(super) async fn token(&self, owner: &Who, scope: Scope) -> Who {
        let Who::Browser(token) = owner else { panic!("the owner signs in by browser") };
        let (actor, _) = self.hub.session(token).await.expect("a session");
        let (_, secret) = self.hub.make_token(&actor, "test", vec![scope]).await.expect("a token");
        Who::Program(secret)
    }

    /// A request of this site's own page or of a program.
    pub(super) fn request(&self, who: &Who, method: &Method, path: &str) -> Request<Body> {
        let mut builder = Request::builder().method(method).uri(path).header("host", HOST);
        let api = path.starts_with("/api/");
        let mut body = if api { "{}".to_owned() } else { "x=y".to_owned() };
        match who {
            Who::Nobody => {}
            Who::Browser(token) => {
                builder = builder.header("cookie", format!("doorward={token}"));
                if api {
                    builder = builder.header("x-doorward-form", csrf_token(token));
                } else {
                    body = format!("csrf={}", csrf_token(token));
                }
            }
            Who::Program(token) => builder = builder.header("authorization", format!("Bearer {token}")),
        }
        let kind = if api { "application/json" } else { "application/x-www-form-urlencoded" };
        builder.header("content-type", kind).body(Body::from(body)).expect("a request")
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.expect("an answer")
    }

    /// Status and the problem's word, if there is one.
    pub(super) async fn ask(&self, who: &Who, method: &Method, path: &str) -> (u16, String) {
        let answer = self.send(self.request(who, method, path)).await;
        let word = answer.extensions().get::<Problem>().map_or("", |problem| problem.code).to_owned();
        (answer.status().as_u16(), word)
    }
}
