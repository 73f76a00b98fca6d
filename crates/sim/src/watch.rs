//! Where the world lets the checkers look: after every step at what changed, now and then at everything, and at the end
//! until all has come to rest.

use access::LockId;

use crate::check::{self, Picture, Settled, settled};
use crate::disk::Trouble;
use crate::facts::Violation;
use crate::time::{DAY, HOUR, Ms};
use crate::world::{Todo, World, air_of};

/// From the last fault to rest: the longest wait between two tries and the longest sleep, once each way.
const WITHIN: Ms = 3 * HOUR;

impl World {
    /// A fault ends, or the machine starts.
    pub(crate) fn do_now(&mut self, todo: Todo) -> anyhow::Result<()> {
        match todo {
            Todo::Calm(lock) => self.with_station(lock, |station| station.weather = Default::default()),
            Todo::Back(lock, told) => {
                self.with_station(lock, |station| station.out = false);
                if told {
                    let key = self.doors[lock].key.clone();
                    let mut air = air_of(self);
                    let reachable = air.reaches(&key);
                    air.contact(&key, reachable);
                }
            }
            Todo::Battery(lock) => {
                let key = self.doors[lock].key.clone();
                let mut air = air_of(self);
                let record = air.stations.get_mut(&key).and_then(|station| station.body.restart());
                air.tell_record(&key, record);
                let reachable = air.reaches(&key);
                air.contact(&key, reachable);
            }
            Todo::GatewayUp => {
                air_of(self).up = true;
                air_of(self).introduce();
            }
            Todo::Start => self.start_again()?,
            Todo::DiskWell => self.disk.set_trouble(Trouble::None),
            Todo::ClockRight => {
                self.clock.set(0);
                self.facts.clock_wrong = false;
                self.facts.hub_troubled = self.facts.hub_troubled.max(self.clock.ms());
            }
            Todo::SecondGone => self.second_gone(),
            Todo::PhoneOn => self.phone.switch_off(false),
        }
        Ok(())
    }

    /// Takes in what was committed and lets the checkers look at what changed.
    pub(crate) fn look(&mut self) -> anyhow::Result<()> {
        let tap = self.disk.tap();
        let now = self.clock.ms();
        for (credential, person, pin) in tap.codes {
            self.facts.set(credential, person, pin, now);
        }
        for lock in &tap.wished {
            self.facts.stirred.insert(*lock, now);
            *self.facts.wishes.entry((*lock, now / DAY)).or_default() += 1;
        }
        let said = air_of(self).said.as_mut().map(std::mem::take).unwrap_or_default();
        said.iter().for_each(|line| self.trace.tell(now, line));
        let mut found = Vec::new();
        for told in &tap.told {
            self.trace.note(now, &told.summary);
            if check::leaks(&self.facts, &told.text) {
                let what = format!("the log holds a code, in an entry of the kind {}", told.kind);
                found.push(Violation { property: "I10", at: now, what });
            }
        }
        let (mut locks, mut overwrote, mut took) = (tap.locks, Vec::new(), Vec::new());
        for door in &self.doors {
            if let Some(station) = air_of(self).stations.get_mut(&door.key)
                && std::mem::take(&mut station.touched)
            {
                locks.insert(door.lock);
                took.extend(station.took.drain(..).map(|(slot, pin)| (door.lock, slot, pin)));
                overwrote.extend(station.overwrote.drain(..).map(|(slot, place)| (door.lock, slot, place)));
            }
        }
        if self.hub.is_some() && !(locks.is_empty() && tap.told.is_empty()) {
            let told = &tap.told;
            self.picture(|picture| {
                found.extend(told.iter().filter_map(|told| check::attribution(picture, told)));
                let strange =
                    |(lock, slot, place): &(_, _, _)| check::overwritten(picture, *lock, *slot, place);
                found.extend(overwrote.iter().filter_map(strange));
                let off = |(lock, slot, pin): &(_, _, String)| check::taken_off(picture, *lock, *slot, pin);
                found.extend(took.iter().filter_map(off));
                for lock in &locks {
                    found.extend(check::places(picture, *lock));
                    found.extend(check::effort(picture, *lock));
                }
            });
            self.remember_places(&locks);
        }
        self.found.append(&mut found);
        Ok(())
    }

    /// Everything at once: what only time brings about.
    pub(crate) fn look_at_all(&mut self) {
        if self.hub.is_none() || self.is_over() {
            return;
        }
        let locks: Vec<LockId> = self.doors.iter().map(|door| door.lock).collect();
        let mut found = Vec::new();
        self.picture(|picture| {
            for lock in &locks {
                found.extend(check::places(picture, *lock));
                found.extend(check::effort(picture, *lock));
                found.extend(check::revocations(picture, *lock));
            }
            for (_, alert) in picture.alerts {
                if check::leaks(picture.facts, &alert.text) {
                    found.push(picture.wrong("I10", "an alert holds a code".into()));
                }
            }
        });
        self.cover_states();
        self.found.append(&mut found);
    }

    pub(crate) fn check_entry(&mut self, lock: LockId, slot: u16, pin: &str) {
        let mut found = None;
        if self.hub.is_some() {
            self.picture(|picture| found = check::entered(picture, lock, slot, pin));
        }
        self.found.extend(found);
    }

    fn picture(&self, look: impl FnOnce(&Picture<'_>)) {
        let Some(hub) = &self.hub else { return };
        let air = air_of(self);
        self.phone.look(|alerts| {
            hub.view(|view| {
                look(&Picture {
                    view,
                    stations: &air.stations,
                    facts: &self.facts,
                    now: self.clock.ms(),
                    truth: self.clock.truth(),
                    alerts,
                });
            });
        });
    }

    fn remember_places(&mut self, locks: &std::collections::BTreeSet<LockId>) {
        let Some(hub) = self.hub.clone() else { return };
        hub.view(|view| {
            for lock in locks {
                self.facts.places.retain(|(of, _), _| of != lock);
                for wanted in view.house.wanted_of(*lock) {
                    if let Some(spec) = &wanted.spec {
                        self.facts.places.insert((*lock, spec.credential), wanted.slot);
                    }
                }
            }
        });
    }

    /// Which states the hub's word took: a quiet seed shows.
    fn cover_states(&self) {
        let Some(hub) = &self.hub else { return };
        let mut met: Vec<&'static str> = Vec::new();
        hub.view(|view| {
            for door in &self.doors {
                let Some(row) = view.house.locks.get(&door.lock) else { continue };
                for grant in
                    view.house.grants.values().filter(|g| view.house.doors_of(g.target).contains(&door.id))
                {
                    met.push(word(&view.standing(grant, row)));
                }
            }
            met.extend(view.strangers().iter().map(|_| "state: stranger's code"));
        });
        let mut air = air_of(self);
        met.into_iter().for_each(|what| air.count(what));
    }

    /// Every fault stops; then all comes to rest in the truth, first by itself, then with the owner's help.
    pub(crate) fn come_to_rest(&mut self) -> anyhow::Result<()> {
        self.note("every fault stops");
        self.calm = true;
        self.crash.arm(0);
        self.awaits.1 = self.crash.passed();
        self.second_gone();
        let waiting: Vec<Todo> = std::mem::take(&mut self.todo).into_values().collect();
        for todo in waiting {
            self.do_now(todo)?;
        }
        self.start_again()?;
        self.pass(self.clock.ms() + WITHIN)?;
        self.judge(Settled::Alone);
        if self.is_over() {
            return Ok(());
        }
        for lock in 0..self.doors.len() {
            self.remove_foreign(lock);
            self.retry(lock);
        }
        self.pass(self.clock.ms() + WITHIN)?;
        self.look_at_all();
        self.judge(Settled::WithOwner);
        Ok(())
    }

    fn judge(&mut self, after: Settled) {
        if self.is_over() {
            return;
        }
        let locks: Vec<LockId> = self.doors.iter().map(|door| door.lock).collect();
        let mut found = Vec::new();
        self.picture(|picture| {
            for lock in &locks {
                found.extend(settled(picture, *lock, after));
            }
        });
        self.found.append(&mut found);
    }
}

fn word(standing: &access::Standing) -> &'static str {
    use access::Standing;
    match standing {
        Standing::Told => "state: told",
        Standing::Scheduled { .. } => "state: scheduled",
        Standing::InForce { .. } => "state: in force",
        Standing::Sending { .. } => "state: sending",
        Standing::Waiting { .. } => "state: waiting",
        Standing::AcceptedUnreadable { .. } => "state: accepted, unreadable",
        Standing::Refused { .. } => "state: refused",
        Standing::Suspended { .. } => "state: suspended",
        Standing::OffHours => "state: off hours",
        Standing::Ending { .. } => "state: ending",
        Standing::Ended => "state: ended",
    }
}
