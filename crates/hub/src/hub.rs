//! The hub itself: opening, the writer, and what runs inside [`Hub::run`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use access::{Change, LockId, OpId};
use futures::channel::{mpsc, oneshot};
use futures::{SinkExt, StreamExt};
use jiff::Timestamp;

use crate::accounts::Gate;
use crate::draft::{self, Draft, Grown};
use crate::error::{HubError, OpenError};
use crate::live::{Broadcast, Live, Subscription};
use crate::patrol::Patrol;
use crate::ports::{
    Accounts, Batch, Clock, Ids, JournalState, Link, LinkEvent, Notify, Pairing, Store, Vault, Write,
};
use crate::settings::Alerts;
use crate::state::State;
use crate::view::View;

/// Jobs that may wait for the writer; more wait at the door.
const JOBS: usize = 1024;
/// Jobs on different locks that may share one transaction.
const JOBS_TOGETHER: usize = 128;
/// The origin line of checkpoints; the key says which house.
pub(crate) const ORIGIN: &str = "doorward.local/log";

/// Everything from outside.
pub struct Ports {
    /// Durable storage.
    pub store: Arc<dyn Store>,
    /// Gateways by name. More can be added with [`Hub::add_link`].
    pub links: BTreeMap<String, Arc<dyn Link>>,
    /// What links tell, with the name of the link.
    pub events: mpsc::Receiver<(String, LinkEvent)>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and randomness.
    pub ids: Arc<dyn Ids>,
    /// Secrets.
    pub vault: Arc<dyn Vault>,
    /// Messages out.
    pub notify: Arc<dyn Notify>,
}

/// What a job touches: jobs on different locks may share a transaction, a whole-house job stands alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Touches {
    Lock(LockId),
    House,
}

pub(crate) type Decide = Box<dyn FnOnce(&State, Timestamp) -> Result<Draft, HubError> + Send>;

struct Job {
    touches: Touches,
    decide: Decide,
    reply: oneshot::Sender<Result<(), HubError>>,
}

/// The use cases and the work loop. Shared as `Arc<Hub>`.
pub struct Hub {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) vault: Arc<dyn Vault>,
    /// The way out, and the settings it was built for: while they differ from those in force, alerts wait.
    pub(crate) notify: RwLock<(Arc<dyn Notify>, Alerts)>,
    pub(crate) links: RwLock<BTreeMap<String, Arc<dyn Link>>>,
    pub(crate) networks: RwLock<BTreeMap<String, Arc<dyn Pairing>>>,
    pub(crate) gate: Gate,
    pub(crate) dirty: Mutex<BTreeSet<LockId>>,
    /// Locks that started anew or lost the time: their clock is set before anything else.
    pub(crate) clocks_due: Mutex<BTreeSet<LockId>>,
    pub(crate) wake: Mutex<mpsc::Sender<()>>,
    state: RwLock<State>,
    live: Broadcast,
    jobs: mpsc::Sender<Job>,
    inside: Mutex<Option<Inside>>,
    stopping: AtomicBool,
    /// The rounds over the slots of all locks.
    pub(crate) patrol: Mutex<Patrol>,
    /// Counts changes of memory, so that what rests on it is looked at when it changed.
    changes: AtomicU64,
    /// The newest operation that was named.
    newest_op: Mutex<Option<OpId>>,
}

/// The receiving ends, taken by [`Hub::run`].
struct Inside {
    jobs: mpsc::Receiver<Job>,
    events: mpsc::Receiver<(String, LinkEvent)>,
    wake: mpsc::Receiver<()>,
}

impl Hub {
    /// Loads the house. Nothing runs until [`run`](Self::run) is polled.
    ///
    /// # Errors
    /// [`OpenError`] when storage, the vault or the journal's state is not sound.
    pub async fn open(ports: Ports) -> Result<Arc<Self>, OpenError> {
        let loaded = ports.store.load().await?;
        let state = State::new(loaded, ports.vault.as_ref())?;
        let (jobs, jobs_in) = mpsc::channel(JOBS);
        let (wake, wake_in) = mpsc::channel(1);
        let gate = Gate::new(ports.clock.clone(), ports.ids.as_ref(), state.accounts.owners.is_empty());
        let dirty = state.house.locks.keys().copied().collect();
        let seen = state.house.seen.values().filter_map(|seen| seen.after);
        let newest_op = seen.chain(state.house.errands.values().filter_map(|errand| errand.op)).max();
        Ok(Arc::new(Self {
            store: ports.store,
            clock: ports.clock,
            ids: ports.ids,
            vault: ports.vault,
            notify: RwLock::new((ports.notify, Alerts::default())),
            links: RwLock::new(ports.links),
            networks: RwLock::default(),
            gate,
            dirty: Mutex::new(dirty),
            clocks_due: Mutex::default(),
            wake: Mutex::new(wake),
            state: RwLock::new(state),
            live: Broadcast::default(),
            jobs,
            inside: Mutex::new(Some(Inside { jobs: jobs_in, events: ports.events, wake: wake_in })),
            stopping: AtomicBool::new(false),
            patrol: Mutex::default(),
            changes: AtomicU64::new(0),
            newest_op: Mutex::new(newest_op),
        }))
    }

    /// The writer, the work loop and the ingest of events; ends after [`stop`](Self::stop). Poll it in one task.
    /// A second call returns at once: there is one writer.
    pub async fn run(&self) {
        let Some(inside) = self.inside.lock().ok().and_then(|mut inside| inside.take()) else { return };
        let writer = self.write_jobs(inside.jobs);
        let others = async {
            futures::join!(self.ingest_events(inside.events), self.work(inside.wake));
        };
        futures::pin_mut!(writer, others);
        futures::future::select(writer, others).await;
    }

    /// Ends [`run`](Self::run) after the job in hand. What waits is refused; nothing acknowledged is lost.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.jobs.clone().close_channel();
        self.rouse();
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Adds or replaces a gateway while the hub runs.
    pub fn add_link(&self, name: &str, link: Arc<dyn Link>) {
        if let Ok(mut links) = self.links.write() {
            links.insert(name.to_owned(), link);
        }
        self.rouse_all();
    }

    /// Takes a gateway away. Its locks stay, out of reach.
    pub fn remove_link(&self, name: &str) {
        if let Ok(mut links) = self.links.write() {
            links.remove(name);
        }
        if let Ok(mut networks) = self.networks.write() {
            networks.remove(name);
        }
    }

    /// Replaces the way alerts go out: `notify` was built for these settings. Alerts raised between a change of
    /// the settings and this call wait for it.
    pub fn set_notify(&self, notify: Arc<dyn Notify>, settings: Alerts) {
        if let Ok(mut slot) = self.notify.write() {
            *slot = (notify, settings);
        }
    }

    /// Ids for commands, minted where the command is made.
    pub fn ids(&self) -> Arc<dyn Ids> {
        self.ids.clone()
    }

    /// Looks at the present state under a read lock; the closure must not wait for anything.
    pub fn view<T>(&self, look: impl FnOnce(&View<'_>) -> T) -> T {
        let state = self.state();
        look(&View::new(&state, self.clock.now()))
    }

    /// What changes from now on.
    pub fn subscribe(&self) -> Subscription {
        self.live.subscribe()
    }

    /// How many messages there were so far. A page that was made at an older figure, and hears of the stream only
    /// now, has missed something.
    pub fn told(&self) -> u64 {
        self.live.told()
    }

    pub(crate) fn publish(&self, messages: &[Live]) {
        self.live.publish(messages);
    }

    /// Read access; a poisoned lock (a panic elsewhere) still shows the last whole state.
    pub(crate) fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Write access, for live state of locks only; everything durable goes through [`write`](Self::write).
    pub(crate) fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.changes.fetch_add(1, Ordering::Relaxed);
        self.state.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// A number that differs whenever memory was changed in between.
    pub(crate) fn changed(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    /// Names the next operation, after every earlier one: answers are told apart by that order, which neither two
    /// operations in one millisecond nor a wall clock that was set back may turn round.
    pub(crate) fn next_op(&self) -> OpId {
        let fresh = OpId::new(self.ids.uuid());
        let Ok(mut newest) = self.newest_op.lock() else { return fresh };
        let after = newest.map(|op| OpId::new(uuid::Uuid::from_u128(op.uuid().as_u128().wrapping_add(1))));
        let next = after.map_or(fresh, |after| fresh.max(after));
        *newest = Some(next);
        next
    }

    /// Lets the work loop look again.
    pub(crate) fn rouse(&self) {
        if let Ok(mut wake) = self.wake.lock() {
            // full means that it is already roused
            let _ = wake.try_send(());
        }
    }

    pub(crate) fn rouse_lock(&self, lock: LockId) {
        if let Ok(mut dirty) = self.dirty.lock() {
            dirty.insert(lock);
        }
        self.rouse();
    }

    pub(crate) fn rouse_all(&self) {
        let locks: Vec<LockId> = self.state().house.locks.keys().copied().collect();
        if let Ok(mut dirty) = self.dirty.lock() {
            dirty.extend(locks);
        }
        self.rouse();
    }

    /// Hands the writer a decision and waits until it is durable and applied. Dropping the wait does not undo it.
    pub(crate) async fn write(&self, touches: Touches, decide: Decide) -> Result<(), HubError> {
        let (reply, answer) = oneshot::channel();
        self.jobs.clone().send(Job { touches, decide, reply }).await.map_err(|_| HubError::Stopping)?;
        answer.await.map_err(|_| HubError::Stopping)?
    }

    async fn write_jobs(&self, mut jobs: mpsc::Receiver<Job>) {
        let mut held: Option<Job> = None;
        loop {
            let first = match held.take() {
                Some(job) => job,
                None => match jobs.next().await {
                    Some(job) => job,
                    None => return,
                },
            };
            let mut together = vec![first];
            while together.len() < JOBS_TOGETHER && together.iter().all(|job| job.touches != Touches::House) {
                match jobs.try_recv() {
                    Ok(job) if may_join(&together, &job) => together.push(job),
                    Ok(job) => {
                        held = Some(job);
                        break;
                    }
                    Err(_) => break,
                }
            }
            self.write_together(together).await;
        }
    }

    async fn write_together(&self, jobs: Vec<Job>) {
        let now = self.clock.now();
        let mut whole = Draft::default();
        let mut waiting = Vec::with_capacity(jobs.len());
        {
            let state = self.state();
            for job in jobs {
                // one that cannot be written must not take its neighbours' transaction down with it
                let decided = (job.decide)(&state, now).and_then(|draft| draft::fits(&draft).map(|()| draft));
                match decided {
                    Ok(draft) => {
                        whole.merge(draft);
                        waiting.push(job.reply);
                    }
                    Err(error) => drop(job.reply.send(Err(error))),
                }
            }
        }
        let result = self.commit(whole, now).await;
        for reply in waiting {
            // a caller that went away does not need the answer
            let _ = reply.send(result.clone());
        }
    }

    async fn commit(&self, mut draft: Draft, now: Timestamp) -> Result<(), HubError> {
        forget_documents(&self.state(), &mut draft);
        if draft.is_empty() {
            self.finish(draft, None);
            return Ok(());
        }
        let grown = draft::grow(&self.state(), &draft, now, self.ids.as_ref())?;
        let journal = if grown.leaves.is_empty() { None } else { Some(self.journal_state(&grown)?) };
        let batch = Batch {
            changes: draft.changes.clone(),
            writes: draft.writes.clone(),
            leaves: grown.leaves.clone(),
            nodes: grown.nodes.clone(),
            journal: journal.clone(),
        };
        self.store.commit(batch).await?;
        self.finish(draft, journal.map(|journal| (grown, journal)));
        Ok(())
    }

    fn journal_state(&self, grown: &Grown) -> Result<JournalState, HubError> {
        let seed = self.vault.subkey("journal-signing")?;
        let (size, root) = (grown.tree.size(), grown.tree.root());
        let checkpoint = journal::Checkpoint { origin: ORIGIN.to_owned(), size, root }
            .sign(&seed)
            .map_err(|error| HubError::Refused(error.to_string()))?;
        Ok(JournalState {
            size,
            root,
            frontier: grown.tree.frontier().to_vec(),
            checkpoint: Some(checkpoint),
        })
    }

    /// Applies to memory what is now durable, and tells everyone.
    fn finish(&self, draft: Draft, grown: Option<(Grown, JournalState)>) {
        let mut live = draft.live;
        let mut touched = BTreeSet::new();
        {
            let mut state = self.state_mut();
            for change in draft.changes {
                note_change(&state, &change, &mut live, &mut touched);
                match &change {
                    Change::Lock(lock) => {
                        state.live.entry(lock.id).or_default();
                        state.found.remove(&lock.address);
                        state.found_live.remove(&lock.address);
                    }
                    Change::LockGone(id) => drop(state.live.remove(id)),
                    _ => {}
                }
                state.house.apply(change);
            }
            state.subjects.extend(draft.subjects);
            for write in draft.writes {
                apply_write(&mut state, write, &mut live);
            }
            if let Some((grown, journal)) = grown {
                live.extend(grown.leaves.iter().map(|leaf| Live::Log(leaf.index)));
                state.tree = grown.tree;
                state.checkpoint = journal.checkpoint;
            }
            for alert in draft.alerts {
                state.remember(alert);
                live.push(Live::Alerts);
            }
        }
        live.dedup();
        self.live.publish(&live);
        if let Ok(mut dirty) = self.dirty.lock() {
            dirty.extend(touched);
        }
        self.rouse();
    }
}

/// What was kept of a lock or a code goes with it.
fn forget_documents(state: &State, draft: &mut Draft) {
    for change in &draft.changes {
        let key = match change {
            Change::LockGone(id) => id.to_string(),
            Change::CredentialGone(id) => id.to_string(),
            _ => continue,
        };
        let kinds = state.documents.keys().filter(|(_, of)| *of == key).map(|(kind, _)| kind.clone());
        draft.writes.extend(kinds.map(|kind| Write::DocumentGone { kind, key: key.clone() }));
    }
}

fn may_join(together: &[Job], job: &Job) -> bool {
    job.touches != Touches::House && together.iter().all(|other| other.touches != job.touches)
}

/// Which pages and which locks a change concerns.
fn note_change(state: &State, change: &Change, live: &mut Vec<Live>, touched: &mut BTreeSet<LockId>) {
    let mut lock_changed = |id: LockId, live: &mut Vec<Live>| {
        touched.insert(id);
        if let Some(lock) = state.house.locks.get(&id) {
            live.push(Live::Door(lock.door));
        }
    };
    match change {
        Change::Person(_) | Change::PersonGone(_) | Change::Group(_) | Change::GroupGone(_) => {
            live.push(Live::People)
        }
        Change::Schedule(_) | Change::ScheduleGone(_) | Change::Grant(_) | Change::GrantGone(_) => {
            live.push(Live::People)
        }
        Change::Credential(_) | Change::CredentialGone(_) => live.push(Live::People),
        Change::Door(door) => {
            live.push(Live::Door(door.id));
            state.house.locks_of(door.id).for_each(|lock| {
                touched.insert(lock.id);
            });
        }
        Change::DoorGone(id) => live.push(Live::Door(*id)),
        Change::Lock(lock) => {
            touched.insert(lock.id);
            live.push(Live::Door(lock.door));
        }
        Change::LockGone(id) => lock_changed(*id, live),
        Change::Wanted(row) => lock_changed(row.lock, live),
        Change::Seen(row) => lock_changed(row.lock, live),
        Change::Errand(row) => lock_changed(row.lock, live),
        Change::WantedGone(id, _) | Change::SeenGone(id, _) | Change::ErrandGone(id, _) => {
            lock_changed(*id, live)
        }
    }
}

fn apply_write(state: &mut State, write: Write, live: &mut Vec<Live>) {
    let accounts: &mut Accounts = &mut state.accounts;
    match write {
        Write::Owner(row) => replace(&mut accounts.owners, row, |a, b| a.id == b.id),
        Write::OwnerGone(id) => {
            accounts.owners.retain(|owner| owner.id != id);
            accounts.sessions.retain(|session| session.owner != id);
            accounts.tokens.retain(|token| token.owner != id);
        }
        Write::Session(row) => replace(&mut accounts.sessions, row, |a, b| a.token_hash == b.token_hash),
        Write::SessionGone(hash) => accounts.sessions.retain(|session| session.token_hash != hash),
        Write::Token(row) => replace(&mut accounts.tokens, row, |a, b| a.id == b.id),
        Write::TokenGone(id) => accounts.tokens.retain(|token| token.id != id),
        Write::Invite(row) => replace(&mut accounts.invites, row, |a, b| a.id == b.id),
        Write::InviteGone(id) => accounts.invites.retain(|invite| invite.id != id),
        Write::Cursor(row) => drop(state.cursors.insert(row.lock, row)),
        Write::Document(row) => drop(state.documents.insert((row.kind.clone(), row.key.clone()), row)),
        Write::DocumentGone { kind, key } => drop(state.documents.remove(&(kind, key))),
        Write::SubjectKey { .. } => {} // the opened key comes in `Draft::subjects`
        Write::SubjectErased(subject) => drop(state.subjects.remove(&access::PersonId::new(subject))),
    }
    live.push(Live::Accounts);
}

fn replace<T>(rows: &mut Vec<T>, row: T, same: impl Fn(&T, &T) -> bool) {
    match rows.iter_mut().find(|other| same(other, &row)) {
        Some(slot) => *slot = row,
        None => rows.push(row),
    }
}
