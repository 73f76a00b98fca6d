//! Ids, vault and messages of a simulated machine: from the seed, and only as good as a simulation needs them.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use hub::ports::{Alert, Clock as _, Ids, Notify, NotifyError, PasswordHash, Place, Vault, VaultError};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::Digest as _;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::crash::Crash;
use crate::time::{Ms, SimClock};

/// Ids in the order of the machine's wall clock, and bytes, from the seed.
pub struct SimIds {
    clock: Arc<SimClock>,
    rng: Mutex<ChaCha8Rng>,
}

impl SimIds {
    /// A stream of its own.
    pub fn new(clock: Arc<SimClock>, seed: u64) -> Arc<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(7);
        Arc::new(Self { clock, rng: Mutex::new(rng) })
    }
}

impl Ids for SimIds {
    /// As the program makes them: version 7, the milliseconds of the wall clock and random bits.
    fn uuid(&self) -> Uuid {
        let mut random = [0; 10];
        self.fill(&mut random);
        let now = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(now, &random).into_uuid()
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

/// Sealing that is enough for a simulation: reversible, bound to its place, not secret. What it seals does not show the
/// digits, so that a search for them finds real leaks only.
pub struct SimVault;

impl Vault for SimVault {
    fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut sealed = format!("{}/{}/{}:", place.table, place.row, place.column).into_bytes();
        sealed.extend(plain.iter().map(|byte| byte ^ 0xA5));
        Ok(sealed)
    }

    fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let head = format!("{}/{}/{}:", place.table, place.row, place.column).into_bytes();
        let rest = sealed.strip_prefix(head.as_slice()).ok_or(VaultError::Damaged(place.table.into()))?;
        Ok(Zeroizing::new(rest.iter().map(|byte| byte ^ 0xA5).collect()))
    }

    fn digest(&self, domain: &str, bytes: &[u8]) -> Result<[u8; 32], VaultError> {
        Ok(sha2::Sha256::new().chain_update(domain).chain_update([0]).chain_update(bytes).finalize().into())
    }

    fn subkey(&self, purpose: &str) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        Ok(Zeroizing::new(self.digest("subkey", purpose.as_bytes())?))
    }

    fn hash_password(&self, _: &str) -> Result<PasswordHash, VaultError> {
        Err(VaultError::Damaged("nobody signs in to a simulation".into()))
    }

    fn check_password(&self, _: Option<&PasswordHash>, _: &str) -> bool {
        false
    }
}

/// The owner's telephone: every alert that reached it, and when.
pub struct Telephone {
    clock: Arc<SimClock>,
    crash: Arc<Crash>,
    inner: Mutex<Inbox>,
}

#[derive(Default)]
struct Inbox {
    received: Vec<(Ms, Alert)>,
    off: bool,
    mute: bool,
}

impl Telephone {
    /// Switched on.
    pub fn new(clock: Arc<SimClock>, crash: Arc<Crash>) -> Arc<Self> {
        Arc::new(Self { clock, crash, inner: Mutex::default() })
    }

    /// Looks at what came.
    pub fn look<T>(&self, look: impl FnOnce(&[(Ms, Alert)]) -> T) -> T {
        look(&self.inner.lock().unwrap_or_else(PoisonError::into_inner).received)
    }

    /// The seeded bug of L2: it takes alerts and shows none.
    pub fn mute(&self) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).mute = true;
    }

    /// No network (true), or there again.
    pub fn switch_off(&self, off: bool) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).off = off;
    }
}

#[async_trait]
impl Notify for Telephone {
    async fn send(&self, alert: &Alert) -> Result<(), NotifyError> {
        self.crash.point().await;
        let now = self.clock.ms();
        {
            let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
            if inner.off {
                return Err(NotifyError::Later("no network".into()));
            }
            if !inner.mute {
                inner.received.push((now, alert.clone()));
            }
        }
        self.crash.point().await;
        Ok(())
    }
}
