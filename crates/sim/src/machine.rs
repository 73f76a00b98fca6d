//! The machine: the hub opened on the disk, dropped in the middle of anything, opened again; the use cases as people
//! call them; a second hub that should not be there.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use access::Command;
use futures::channel::mpsc;
use futures::future::LocalBoxFuture;
use hub::ports::{Link, Notify};
use hub::{Actor, Hub, HubError, Ports};

use crate::air::GATEWAY;
use crate::crash::Crash;
use crate::disk::Disk;
use crate::link::SimLink;
use crate::ports::{SimIds, SimVault};
use crate::time::MINUTE;
use crate::world::{Todo, World, air_of};

/// Events that wait for the hub.
const EVENTS: usize = 4096;

impl World {
    fn ports(
        &self,
        disk: Arc<Disk>,
        crash: Arc<Crash>,
        foreign: bool,
    ) -> (Ports, mpsc::Sender<(String, hub::ports::LinkEvent)>) {
        let (ear, events) = mpsc::channel(EVENTS);
        let link = SimLink { air: self.air.clone(), crash, clock: self.clock.clone(), foreign };
        let links: BTreeMap<String, Arc<dyn Link>> =
            BTreeMap::from([(GATEWAY.to_owned(), Arc::new(link) as _)]);
        let ids = if foreign {
            SimIds::new(self.clock.clone(), self.story.seed ^ 0x5ec0)
        } else {
            self.ids.clone()
        };
        let ports = Ports {
            store: disk,
            links,
            events,
            clock: self.clock.clone(),
            ids,
            vault: Arc::new(SimVault),
            notify: self.phone.clone() as Arc<dyn Notify>,
        };
        (ports, ear)
    }

    /// The machine starts: the hub is opened on what the disk holds.
    pub(crate) fn start(&mut self) -> anyhow::Result<()> {
        self.crash.reset();
        let (ports, ear) = self.ports(self.disk.clone(), self.crash.clone(), false);
        let hub = futures_block(Hub::open(ports))?;
        air_of(self).ear = Some(ear);
        let running = hub.clone();
        self.tasks.spawn(async move { running.run().await });
        self.hub = Some(hub);
        self.facts.up_since = Some(self.clock.ms());
        air_of(self).introduce();
        self.adopt_what_is_there();
        Ok(())
    }

    /// The seeded bug of I7: what was committed of late was never written.
    pub(crate) fn lie_about_the_disk(&mut self) {
        self.disk.set_trouble(crate::disk::Trouble::Lies);
    }

    /// The hub is gone, with everything that it was waiting for.
    pub(crate) fn die(&mut self, how: &'static str) {
        self.note(&format!("the hub dies {how}"));
        self.count("hub died");
        self.tasks.kill_all();
        self.hub = None;
        if let Some((_, disk, _)) = self.second.take() {
            disk.close();
        }
        air_of(self).ear = None;
        self.facts.up_since = None;
        self.crash.reset();
        let wait = if self.calm { 1_000 } else { 5 * MINUTE };
        if !self.todo.values().any(|todo| *todo == Todo::Start) {
            self.later(self.clock.ms() + wait, Todo::Start);
        }
    }

    /// Starts again after the hub died.
    pub(crate) fn start_again(&mut self) -> anyhow::Result<()> {
        if self.hub.is_some() {
            return Ok(());
        }
        // now and then the file is closed and opened as well, as a machine does that was switched off
        if self.crash.passed().is_multiple_of(4) {
            self.count("database opened again");
            self.disk.reopen()?;
        }
        self.note("the hub starts again");
        self.start()
    }

    /// One use case, to its end or to a crash. `None`: nobody knows whether it was done.
    pub(crate) fn ask<T: 'static>(
        &mut self,
        call: impl FnOnce(Arc<Hub>) -> LocalBoxFuture<'static, Result<T, HubError>>,
    ) -> Option<Result<T, HubError>> {
        let hub = self.hub.clone()?;
        let slot: Rc<RefCell<Option<Result<T, HubError>>>> = Rc::default();
        let put = slot.clone();
        let work = call(hub);
        self.tasks.spawn(async move {
            let done = work.await;
            *put.borrow_mut() = Some(done);
        });
        let crash = self.crash.clone();
        if !self.tasks.run(|| crash.struck()) {
            self.break_down("L3", "the hub spins in a use case".into());
        }
        if self.crash.struck() {
            self.die("in a use case");
        }
        let answer = slot.borrow_mut().take();
        if matches!(answer, Some(Err(_))) {
            self.count("use case refused");
        }
        answer
    }

    /// A command by the owner. True when it was accepted.
    pub(crate) fn act(&mut self, command: Command) -> bool {
        let done = self.ask(|hub| Box::pin(async move { hub.act(&Actor::at_the_machine(), command).await }));
        matches!(done, Some(Ok(())))
    }

    /// A second hub runs on a copy of the house, by mistake.
    pub(crate) fn second_hub(&mut self) -> anyhow::Result<()> {
        if self.second.is_some() || self.hub.is_none() {
            return Ok(());
        }
        let folder = self.folder.join(format!("second-{}", self.clock.ms()));
        std::fs::create_dir_all(&folder)?;
        self.disk.copy_to(&folder)?;
        let crash = Arc::new(Crash::default());
        let disk = Disk::open(self.runtime.clone(), &folder, crash.clone())?;
        let (ports, mut ear) = self.ports(disk.clone(), crash, true);
        let hub = futures_block(Hub::open(ports))?;
        let running = hub.clone();
        let task = self.tasks.spawn(async move { running.run().await });
        let _ = ear.try_send((GATEWAY.to_owned(), hub::ports::LinkEvent::Up));
        for door in &self.doors {
            let contact = hub::ports::LinkEvent::Contact {
                address: crate::air::address(&door.key),
                reachable: true,
                next: None,
            };
            let _ = ear.try_send((GATEWAY.to_owned(), contact));
        }
        self.second = Some((hub, disk, task));
        Ok(())
    }

    /// Somebody finds it and switches it off.
    pub(crate) fn second_gone(&mut self) {
        if let Some((_, disk, task)) = self.second.take() {
            self.tasks.kill(task);
            disk.close();
            self.note("the second hub is switched off");
        }
    }
}

/// Opening waits for the store alone, which is driven to its end at every call.
fn futures_block<T, E: Into<anyhow::Error>>(
    opening: impl Future<Output = Result<T, E>>,
) -> anyhow::Result<T> {
    use futures::FutureExt as _;
    match opening.now_or_never() {
        Some(done) => done.map_err(Into::into),
        None => Err(anyhow::anyhow!("the hub waits for something else than the store while it opens")),
    }
}
