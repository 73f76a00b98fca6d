//! A house for tests: one hub over test ports, polled by hand, with one door and one lock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::SinkExt;
use futures::channel::mpsc;
use futures::executor::LocalPool;
use futures::task::LocalSpawnExt;
use hub::access::{
    Command, CredentialId, DoorId, GiveAccess, GrantId, LockId, PersonId, PersonKind, Pin, ReadBack,
    ScheduleId, Standing, Target,
};
use hub::ports::{Ids, LinkEvent, Role};
use hub::{Actor, CodeWish, Hub, Ports};

use crate::ports::{
    CountedIds, Events, HandClock, Mailbox, MemoryStore, PlainVault, TestLink, address, capabilities,
};

/// A Monday, 09:00 in Vienna.
pub const MONDAY: &str = "2026-11-23T08:00:00Z";

pub struct TestHouse {
    pub pool: LocalPool,
    pub hub: Arc<Hub>,
    pub store: Arc<MemoryStore>,
    pub clock: Arc<HandClock>,
    pub ids: Arc<CountedIds>,
    pub link: Arc<TestLink>,
    pub mail: Arc<Mailbox>,
    pub events: Events,
    pub door: DoorId,
    pub lock: LockId,
}

impl TestHouse {
    /// A hub with nothing in it.
    pub fn empty(read_back: ReadBack) -> Self {
        let (store, clock) = (Arc::new(MemoryStore::default()), HandClock::new(MONDAY));
        let (ids, link, mail) =
            (Arc::new(CountedIds::default()), TestLink::new(read_back), Arc::new(Mailbox::default()));
        let door = DoorId::new(ids.uuid());
        let lock = LockId::new(ids.uuid());
        Self::open(store, clock, ids, link, mail, door, lock)
    }

    fn open(
        store: Arc<MemoryStore>,
        clock: Arc<HandClock>,
        ids: Arc<CountedIds>,
        link: Arc<TestLink>,
        mail: Arc<Mailbox>,
        door: DoorId,
        lock: LockId,
    ) -> Self {
        let mut pool = LocalPool::new();
        let (sender, events) = mpsc::channel(64);
        let links: BTreeMap<String, Arc<dyn hub::ports::Link>> =
            BTreeMap::from([("test".to_owned(), link.clone() as _)]);
        let ports = Ports {
            store: store.clone(),
            links,
            events,
            clock: clock.clone(),
            ids: ids.clone(),
            vault: Arc::new(PlainVault),
            notify: mail.clone(),
        };
        let hub = pool.run_until(Hub::open(ports)).expect("the hub opens");
        let running = hub.clone();
        pool.spawner().spawn_local(async move { running.run().await }).expect("spawned");
        Self { pool, hub, store, clock, ids, link, mail, events: sender, door, lock }
    }

    /// A hub with one door in Vienna and one lock in reach.
    pub fn with_lock(read_back: ReadBack, on_lock: bool) -> Self {
        let mut house = Self::empty(read_back);
        let (door, lock) = (house.door, house.lock);
        house.act(Command::AddDoor {
            id: door,
            name: "Front door".into(),
            time_zone: "Europe/Vienna".into(),
            note: String::new(),
        });
        house.act(Command::AddLock {
            id: lock,
            door,
            name: "Front lock".into(),
            address: address(),
            capabilities: capabilities(read_back, on_lock),
            told: hub::access::Told::default(),
        });
        house.tell(LinkEvent::Up);
        house.reach(true);
        house
    }

    /// The hub is gone from one moment to the next; another opens on the same disk.
    pub fn killed_and_started(self) -> Self {
        let Self { store, clock, ids, link, mail, door, lock, .. } = self;
        let mut house = Self::open(store, clock, ids, link, mail, door, lock);
        house.tell(LinkEvent::Up);
        house.reach(true);
        house
    }

    /// Lets everything run that can run without time passing.
    pub fn settle(&mut self) {
        self.pool.run_until_stalled();
    }

    /// Lets time pass, in steps small enough for every timer.
    pub fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds.div_ceil(5) {
            self.clock.pass(Duration::from_secs(5));
            self.settle();
        }
    }

    pub fn tell(&mut self, event: LinkEvent) {
        let mut events = self.events.clone();
        self.pool.run_until(events.send(("test".into(), event))).expect("told");
        self.settle();
    }

    /// The lock is carried out of reach or back.
    pub fn reach(&mut self, reachable: bool) {
        self.link.reachable.store(reachable, std::sync::atomic::Ordering::SeqCst);
        self.tell(LinkEvent::Contact { address: address(), reachable, next: None });
    }

    pub fn owner(&self) -> Actor {
        Actor {
            id: uuid::Uuid::from_u128(1),
            name: "Olga".into(),
            role: Role::Owner,
            scopes: None,
            fresh: true,
        }
    }

    pub fn act(&mut self, command: Command) {
        let (hub, owner) = (self.hub.clone(), self.owner());
        self.pool.run_until(hub.act(&owner, command)).expect("done");
        self.settle();
    }

    pub fn person(&mut self, name: &str) -> PersonId {
        let id = PersonId::new(self.ids.uuid());
        self.act(Command::AddPerson { id, name: name.into(), kind: PersonKind::Guest, note: String::new() });
        id
    }

    pub fn code(&mut self, person: PersonId, digits: &str) -> CredentialId {
        let (hub, owner) = (self.hub.clone(), self.owner());
        let wish = CodeWish::Typed(Pin::parse(digits).expect("a code"));
        self.pool.run_until(hub.set_code(&owner, person, None, wish)).expect("a code")
    }

    /// Gives somebody access to the door, always, and lets it settle.
    pub fn give(
        &mut self,
        person: PersonId,
        credential: CredentialId,
        schedule: Option<ScheduleId>,
    ) -> GrantId {
        let id = GrantId::new(self.ids.uuid());
        let give = GiveAccess {
            id,
            person,
            credential,
            target: Target::Door(self.door),
            schedule,
            from: None,
            until: None,
            once: false,
            reason: "visits".into(),
        };
        let (hub, owner) = (self.hub.clone(), self.owner());
        self.pool.run_until(hub.give(&owner, give)).expect("given");
        self.settle();
        id
    }

    pub fn standing(&self, grant: GrantId) -> Standing {
        self.hub.view(|view| view.standing(&view.house.grants[&grant], &view.house.locks[&self.lock]))
    }

    /// The log, newest first, as sentences.
    pub fn log(&mut self) -> Vec<String> {
        let (hub, owner) = (self.hub.clone(), self.owner());
        let filter = hub::LogFilter { limit: 200, ..hub::LogFilter::default() };
        let items = self.pool.run_until(hub.log(&owner, &filter)).expect("the log");
        items.into_iter().map(|item| item.summary).collect()
    }
}
