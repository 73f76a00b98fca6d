//! Breadth first through every state of a scene until no new one turns up. Knows nothing of locks but what `node.rs` and
//! `check.rs` say.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use crate::act::Act;
use crate::disk::{Fault, combinations};
use crate::node::{Node, Seen, Starts};
use crate::scene::{Faults, Scene};

/// How each state was first reached: from which, by which act, under which fault.
type Parents = HashMap<u128, (u128, u8, Fault)>;

/// A walk that closed.
pub struct Closed {
    pub states: usize,
    pub transitions: u64,
    pub depth: u32,
}

impl Closed {
    /// Before the first scene.
    pub const NOTHING: Self = Self { states: 0, transitions: 0, depth: 0 };

    /// Two scenes together; the depth is that of the deeper one.
    pub fn and(self, other: &Self) -> Self {
        Self {
            states: self.states + other.states,
            transitions: self.transitions + other.transitions,
            depth: self.depth.max(other.depth),
        }
    }
}

struct Walk<'s> {
    scene: &'s Scene,
    parents: Parents,
    frontier: VecDeque<(u128, Node)>,
    starts: Starts,
    transitions: u64,
    depth: u32,
}

/// Walks a scene to closure.
///
/// # Errors
/// The first goal that is broken, and the shortest way there.
pub fn walk(scene: &Scene) -> Result<Closed, String> {
    let mut start = scene.start();
    let mut starts = Starts::default();
    let root = start.fingerprint(scene.view(), &mut starts);
    let mut walk = Walk {
        scene,
        parents: Parents::from([(root, (root, 0, Fault::None))]),
        frontier: VecDeque::from([(root, start)]),
        starts,
        transitions: 0,
        depth: 0,
    };
    while let Some((from, node)) = walk.frontier.pop_front() {
        for (number, act) in (0u8..).zip(&scene.acts) {
            if scene.too_late(&node, *act) {
                continue;
            }
            let mut whole = node.clone();
            let seen = whole.apply(*act, Fault::None);
            let faults = faults(&seen.waiting, scene.faults, *act);
            walk.enter(from, &node, number, Fault::None, whole, &seen)?;
            for fault in faults {
                let mut after = node.clone();
                let seen = after.apply(*act, fault);
                walk.enter(from, &node, number, fault, after, &seen)?;
            }
        }
    }
    Ok(Closed { states: walk.parents.len(), transitions: walk.transitions, depth: walk.depth })
}

/// Every fault of an act, from how many writes each of its syncs waited with.
fn faults(waiting: &[usize], wanted: Faults, act: Act) -> Vec<Fault> {
    let mut all = Vec::new();
    if wanted == Faults::Between && act != Act::Reboot {
        return all;
    }
    for (at, waiting) in waiting.iter().enumerate() {
        if wanted == Faults::All && act != Act::Reboot {
            all.push(Fault::FailFrom(at));
        }
        if *waiting > 0 {
            // each write there or not there, and each torn while the others are there
            let all_there: u32 = (0..*waiting).map(|n| 3u32.pow(u32::try_from(n).unwrap_or(0))).sum();
            let torn = (0..*waiting).map(|n| all_there + 3u32.pow(u32::try_from(n).unwrap_or(0)));
            let left = combinations(*waiting).into_iter().chain(torn);
            all.extend(left.map(|landed| Fault::Cut { at, landed }));
        }
    }
    all
}

impl Walk<'_> {
    fn enter(
        &mut self,
        from: u128,
        before: &Node,
        act: u8,
        fault: Fault,
        mut after: Node,
        seen: &Seen,
    ) -> Result<(), String> {
        self.transitions += 1;
        let done = self.scene.acts[usize::from(act)];
        after.check(before, done, fault, seen).map_err(|why| self.path(from, done, fault, &why))?;
        let key = after.fingerprint(self.scene.view(), &mut self.starts);
        if let Entry::Vacant(place) = self.parents.entry(key) {
            place.insert((from, act, fault));
            after.check_state().map_err(|why| self.path(from, done, fault, &why))?;
            after.depth = before.depth + 1;
            self.depth = self.depth.max(after.depth);
            self.frontier.push_back((key, after));
            if self.parents.len().is_multiple_of(10_000) {
                let (known, waiting) = (self.parents.len(), self.frontier.len());
                let name = self.scene.name;
                eprintln!("  {name}: {known} states, {waiting} waiting, {} transitions", self.transitions);
            }
        }
        Ok(())
    }

    fn path(&self, mut at: u128, last: Act, fault: Fault, why: &str) -> String {
        let mut steps = vec![format!("{last:?} {fault:?}")];
        while let Some((parent, act, fault)) = self.parents.get(&at)
            && *parent != at
        {
            steps.push(format!("{:?} {fault:?}", self.scene.acts[usize::from(*act)]));
            at = *parent;
        }
        steps.reverse();
        format!("{}: {why}\n  {}", self.scene.name, steps.join("\n  "))
    }
}
