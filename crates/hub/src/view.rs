//! Looking at the house: everything a page shows, worked out from memory, without waiting.

use access::{Errand, ErrandState, Evidence, Grant, Holds, House, Lock, LockId, Standing};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::ports::{Alert, ApiToken, Invite, Owner, Purpose};
use crate::purpose;
use crate::rehearsal::{self, Rehearsals};
use crate::state::{FoundLock, LinkState, LockLive, State};

/// The state as of one moment.
pub struct View<'a> {
    /// The house.
    pub house: &'a House,
    /// The moment.
    pub now: Timestamp,
    state: &'a State,
}

/// Where the log stands.
#[derive(Debug, Clone, Serialize)]
pub struct JournalInfo {
    /// Leaves.
    pub size: u64,
    /// Root hash, hexadecimal.
    pub root: String,
    /// The newest signed checkpoint.
    pub checkpoint: Option<String>,
    /// Leaves that the last whole verification covered, and when.
    pub verified: Option<(u64, Timestamp)>,
}

static NOTHING_HEARD: std::sync::LazyLock<LockLive> = std::sync::LazyLock::new(LockLive::default);

impl<'a> View<'a> {
    pub(crate) fn new(state: &'a State, now: Timestamp) -> Self {
        Self { house: &state.house, now, state }
    }

    /// What a lock last said.
    pub fn live(&self, lock: LockId) -> &'a LockLive {
        self.state.live.get(&lock).unwrap_or(&NOTHING_HEARD)
    }

    /// What a code is for.
    pub fn purpose(&self, credential: access::CredentialId) -> Purpose {
        purpose::of(self.state, credential)
    }

    /// The rehearsals of a lock.
    pub fn rehearsals(&self, lock: LockId) -> Rehearsals {
        rehearsal::kept(self.state, lock)
    }

    /// Where a grant stands on a lock.
    pub fn standing(&self, grant: &Grant, lock: &Lock) -> Standing {
        access::standing(self.house, grant, lock, self.now, &self.contact(lock.id))
    }

    /// What is known of a lock's reach.
    pub fn contact(&self, lock: LockId) -> access::Contact {
        let live = self.live(lock);
        let since = live.silent_since;
        access::Contact { reachable: live.reachable, next: live.next_contact, since }
    }

    /// Who comes within so many days, and whether the locks are ready for them.
    pub fn arrivals(&self, days: u8) -> Vec<access::Arrival> {
        let ahead = SignedDuration::from_hours(24 * i64::from(days));
        access::arrivals(self.house, self.now, ahead, |lock| self.contact(lock))
    }

    /// Changes of a lock that wait, are on their way, were refused or given up, by slot. A code that is not
    /// meant to be on the lock now (outside its hours, not begun) waits for the clock and is left out.
    pub fn errands(&self, lock: &Lock) -> Vec<&Errand> {
        let door = self.house.doors.get(&lock.door);
        let zone = door.and_then(|door| TimeZone::get(&door.time_zone).ok()).unwrap_or(TimeZone::UTC);
        let rows = self.house.errands.range((lock.id, 0)..=(lock.id, u16::MAX)).map(|(_, errand)| errand);
        rows.filter(|errand| errand.state != ErrandState::Due || self.concerns_the_lock(errand, &zone))
            .collect()
    }

    fn concerns_the_lock(&self, errand: &Errand, zone: &TimeZone) -> bool {
        let seen = self.house.seen.get(&(errand.lock, errand.slot));
        let empty =
            seen.is_none_or(|seen| seen.holds == Holds::Empty && seen.evidence != Evidence::LocksWord);
        !empty || access::expected(self.house, errand.lock, errand.slot, self.now, zone).is_some()
    }

    /// Codes on locks that nobody here gave: lock, slot, since when known.
    pub fn strangers(&self) -> Vec<(LockId, u16, Timestamp)> {
        let foreign = self.house.seen.values().filter(|seen| seen.holds == access::Holds::Foreign);
        foreign.map(|seen| (seen.lock, seen.slot, seen.at)).collect()
    }

    /// Locks that a link sees and nobody has added.
    pub fn found(&self) -> Vec<FoundLock> {
        self.state.found.values().cloned().collect()
    }

    /// Gateways.
    pub fn links(&self) -> Vec<LinkState> {
        self.state.links.values().cloned().collect()
    }

    /// Newest alerts first.
    pub fn alerts(&self) -> Vec<Alert> {
        self.state.alerts.iter().cloned().collect()
    }

    /// Where the log stands.
    pub fn journal(&self) -> JournalInfo {
        JournalInfo {
            size: self.state.tree.size(),
            root: hex::encode(self.state.tree.root()),
            checkpoint: self.state.checkpoint.clone(),
            verified: self.state.verified,
        }
    }

    /// Accounts.
    pub fn owners(&self) -> &'a [Owner] {
        &self.state.accounts.owners
    }

    /// API tokens.
    pub fn tokens(&self) -> &'a [ApiToken] {
        &self.state.accounts.tokens
    }

    /// Invitations not yet taken.
    pub fn invites(&self) -> &'a [Invite] {
        &self.state.accounts.invites
    }

    /// How many browsers an account is signed in with.
    pub fn sessions_of(&self, owner: uuid::Uuid) -> usize {
        self.state.accounts.sessions.iter().filter(|session| session.owner == owner).count()
    }
}
