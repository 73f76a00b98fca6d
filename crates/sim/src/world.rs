//! A world: one machine with the shipped hub on the shipped store, locks, people, and a story that happens to them.
//! Nothing in it runs by itself: the world moves time from event to event, lets the hub work until it rests, and lets
//! the checkers look.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use access::{CredentialId, DoorId, GrantId, LockId, PersonId, ScheduleId};
use hub::Hub;
use jiff::Timestamp;

use crate::air::Air;
use crate::crash::Crash;
use crate::disk::Disk;
use crate::facts::{Facts, Violation};
use crate::kinds::KINDS;
use crate::link::{SharedAir, air};
use crate::ports::{SimIds, Telephone};
use crate::sabotage::Sabotage;
use crate::story::{Act, Story, ZONES};
use crate::tasks::Tasks;
use crate::time::{HOUR, Ms, SimClock};
use crate::trace::Trace;

/// How a world is run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Keep what happened as lines.
    pub lines: bool,
    /// A seeded bug.
    pub sabotage: Option<Sabotage>,
    /// A disk that lies before this crash: the seeded bug of I7.
    pub lying_disk: bool,
    /// Go on after the first broken promise.
    pub go_on: bool,
}

/// What became of a world.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Broken promises, in the order of their finding; one without [`Options::go_on`].
    pub violations: Vec<Violation>,
    /// One number for all that happened.
    pub hash: String,
    /// What happened, if it was to be kept.
    pub lines: Vec<String>,
    /// How often each fault and each state was met.
    pub coverage: BTreeMap<&'static str, u64>,
    /// Transactions.
    pub commits: u64,
    /// Awaits of the hub at which it could have died, from the first act until the faults stopped.
    pub awaits: u64,
    /// What each lock holds at the end: codes that our hub put there, and others.
    pub held: Vec<(usize, usize)>,
    /// Commands that each lock was asked over the whole story: writes and reads.
    pub asked: Vec<(u32, u32)>,
}

/// A door with its lock.
pub(crate) struct DoorRow {
    pub id: DoorId,
    pub lock: LockId,
    pub key: String,
    pub name: String,
}

/// Something that comes to its end later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Todo {
    Calm(usize),
    Back(usize, bool),
    Battery(usize),
    GatewayUp,
    Start,
    DiskWell,
    ClockRight,
    SecondGone,
    PhoneOn,
}

/// The world.
pub struct World {
    pub(crate) story: Story,
    pub(crate) options: Options,
    pub(crate) clock: Arc<SimClock>,
    pub(crate) air: SharedAir,
    pub(crate) crash: Arc<Crash>,
    pub(crate) disk: Arc<Disk>,
    pub(crate) phone: Arc<Telephone>,
    pub(crate) ids: Arc<SimIds>,
    pub(crate) tasks: Tasks,
    pub(crate) hub: Option<Arc<Hub>>,
    pub(crate) second: Option<(Arc<Hub>, Arc<Disk>, u64)>,
    pub(crate) doors: Vec<DoorRow>,
    pub(crate) schedules: [Option<ScheduleId>; 2],
    pub(crate) people: Vec<(PersonId, CredentialId)>,
    pub(crate) grants: Vec<(GrantId, usize)>,
    pub(crate) todo: BTreeMap<(Ms, u64), Todo>,
    pub(crate) todos: u64,
    pub(crate) facts: Facts,
    pub(crate) trace: Trace,
    pub(crate) found: Vec<Violation>,
    pub(crate) arrivals: u64,
    pub(crate) calm: bool,
    /// Awaits of the hub before the first act, and until the faults stopped.
    pub(crate) awaits: (u64, u64),
    pub(crate) folder: PathBuf,
    pub(crate) runtime: Arc<tokio::runtime::Runtime>,
}

impl World {
    /// An empty house on a fresh disk in `folder`, whose database may be there already (a copy of an empty one).
    ///
    /// # Errors
    /// The disk, the hub.
    pub fn new(
        story: Story,
        options: Options,
        folder: PathBuf,
        runtime: Arc<tokio::runtime::Runtime>,
    ) -> anyhow::Result<Self> {
        let start: Timestamp = story.begins.parse()?;
        let clock = SimClock::new(start);
        let crash = Arc::new(Crash::default());
        let disk = Disk::open(runtime.clone(), &folder, crash.clone())?;
        let air: SharedAir = Arc::new(Mutex::new(Air::new(clock.clone())));
        let phone = Telephone::new(clock.clone(), crash.clone());
        let ids = SimIds::new(clock.clone(), story.seed);
        let mut world = Self {
            options,
            air,
            crash,
            disk,
            phone,
            ids,
            tasks: Tasks::default(),
            hub: None,
            second: None,
            doors: Vec::new(),
            schedules: [None; 2],
            people: Vec::new(),
            grants: Vec::new(),
            todo: BTreeMap::new(),
            todos: 0,
            facts: Facts::default(),
            trace: Trace::new(options.lines),
            found: Vec::new(),
            arrivals: 0,
            calm: false,
            awaits: (0, 0),
            folder,
            runtime,
            clock,
            story,
        };
        air_of(&world).sabotage = options.sabotage;
        air_of(&world).said = options.lines.then(Vec::new);
        if options.sabotage == Some(Sabotage::MutesAlerts) {
            world.phone.mute();
        }
        world.start()?;
        world.furnish();
        Ok(world)
    }

    /// Lives the whole story, lets every fault stop, and waits for rest.
    ///
    /// # Errors
    /// What has nothing to do with the hub: the folder, the store that cannot be opened.
    pub fn live(mut self) -> anyhow::Result<Outcome> {
        let acts = std::mem::take(&mut self.story.acts);
        self.rest()?;
        self.awaits.0 = self.crash.passed();
        let mut looks = 0;
        for (at, act) in acts {
            while looks <= at {
                self.pass(looks)?;
                self.look_at_all();
                looks += 6 * HOUR + 17 * 60_000;
            }
            self.pass(at)?;
            if self.is_over() {
                break;
            }
            self.perform(&act)?;
        }
        if !self.is_over() {
            let end = self.story.lasts.max(self.clock.ms());
            self.pass(end)?;
            self.come_to_rest()?;
        }
        Ok(self.finish())
    }

    pub(crate) fn is_over(&self) -> bool {
        !self.found.is_empty() && !self.options.go_on
    }

    fn finish(mut self) -> Outcome {
        self.hub = None;
        self.second = None;
        self.tasks.kill_all();
        let tap = self.disk.tap();
        self.disk.close();
        let mut coverage = std::mem::take(&mut air_of(&self).coverage);
        let (mut held, mut asked) = (Vec::new(), Vec::new());
        for station in air_of(&self).stations.values() {
            let codes = station.body.places.values().filter(|place| place.pin.is_some());
            let (ours, others): (Vec<_>, Vec<_>) =
                codes.partition(|place| place.origin != crate::body::Origin::Foreign);
            held.push((ours.len(), others.len()));
            let days = station.effort.values();
            asked.push(days.fold((0, 0), |(writes, reads), day| (writes + day.writes, reads + day.reads)));
        }
        coverage.insert("awaits", self.crash.passed());
        Outcome {
            violations: std::mem::take(&mut self.found),
            hash: self.trace.hash(),
            lines: std::mem::take(&mut self.trace.lines),
            coverage,
            commits: tap.commits,
            awaits: self.awaits.1.saturating_sub(self.awaits.0),
            held,
            asked,
        }
    }

    /// Lets time pass to that moment, event by event.
    pub(crate) fn pass(&mut self, to: Ms) -> anyhow::Result<()> {
        loop {
            self.rest()?;
            if self.is_over() {
                return Ok(());
            }
            let todo = self.todo.keys().next().map(|(at, _)| *at);
            let next = [air_of(self).next(), self.clock.next(), todo].into_iter().flatten().min();
            match next.filter(|at| *at <= to) {
                Some(at) => self.clock.advance(at),
                None => {
                    self.clock.advance(to);
                    return self.rest();
                }
            }
            let now = self.clock.ms();
            while let Some((key, todo)) = self.todo.first_key_value().map(|(key, todo)| (*key, *todo)) {
                if key.0 > now {
                    break;
                }
                self.todo.remove(&key);
                self.do_now(todo)?;
            }
        }
    }

    /// Lets everything that can go on now go on, until it rests.
    pub(crate) fn rest(&mut self) -> anyhow::Result<()> {
        for _ in 0..10_000 {
            let crash = self.crash.clone();
            if !self.tasks.run(|| crash.struck()) {
                self.break_down("L3", "the hub spins: it works without end and time does not pass".into());
                return Ok(());
            }
            if self.crash.struck() {
                self.die("at an await");
            }
            let arrived = air_of(self).arrive();
            self.look()?;
            if !arrived {
                return Ok(());
            }
        }
        self.break_down("L3", "hub and locks talk without end and time does not pass".into());
        Ok(())
    }

    pub(crate) fn break_down(&mut self, property: &'static str, what: String) {
        let at = self.clock.ms();
        self.found.push(Violation { property, at, what });
    }

    /// Something to do later.
    pub(crate) fn later(&mut self, at: Ms, todo: Todo) {
        self.todos += 1;
        self.todo.insert((at, self.todos), todo);
    }

    /// Notes a line that is worth its words only where lines are kept; it is part of the trace either way.
    pub(crate) fn note(&mut self, line: &str) {
        let now = self.clock.ms();
        self.trace.note(now, line);
    }

    pub(crate) fn count(&self, what: &'static str) {
        air_of(self).count(what);
    }

    /// Doors and locks as the story says.
    fn furnish(&mut self) {
        use access::{Command, Told};
        use hub::ports::Ids as _;
        let rows = self.story.doors.clone();
        for (n, (kind, zone)) in rows.into_iter().enumerate() {
            let kind = KINDS[kind % KINDS.len()];
            let zone = ZONES[zone % ZONES.len()];
            let (id, lock) = (DoorId::new(self.ids.uuid()), LockId::new(self.ids.uuid()));
            let key = format!("lock-{n}");
            let (name, lock_name) = (format!("Door {n}"), format!("Lock {n}"));
            air_of(self).add(&key, kind, self.story.seed);
            let door =
                Command::AddDoor { id, name: name.clone(), time_zone: zone.into(), note: String::new() };
            let mount = Command::AddLock {
                id: lock,
                door: id,
                name: lock_name,
                address: crate::air::address(&key),
                capabilities: kind.capabilities(),
                told: Told::default(),
            };
            self.act(door);
            self.act(mount);
            self.note(&format!("{name} in {zone} with a lock of the kind “{}”", kind.name));
            let bound = crate::facts::BOUND + 2 * kind.wakes_every + 20 * kind.slow;
            self.facts.bounds.insert(lock, bound);
            self.doors.push(DoorRow { id, lock, key, name });
        }
        self.make_schedules();
        air_of(self).introduce();
    }
}

/// The air, without a borrow of the whole world.
pub(crate) fn air_of(world: &World) -> std::sync::MutexGuard<'_, Air> {
    air(&world.air)
}

/// Whether an act needs nobody to be at home.
pub(crate) fn is_fault(act: &Act) -> bool {
    !matches!(
        act,
        Act::Arrive { .. }
            | Act::Give { .. }
            | Act::Revoke { .. }
            | Act::Extend { .. }
            | Act::Recode { .. }
            | Act::SameDigits { .. }
            | Act::OldDigits { .. }
            | Act::RemoveLock { .. }
            | Act::Tidy
            | Act::Leave { .. }
            | Act::Retry { .. }
            | Act::RemoveForeign { .. }
    )
}
