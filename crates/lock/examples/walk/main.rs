//! Walks every reachable state of the shipped `step` with small capacities, breadth first to closure, with every
//! storage failure and every loss of power at every storage operation, and checks the goals G1 to G8 in each.
//!
//! `cargo run --release -p lock --example walk [SCENE ...]`; without names the scenes that close within three minutes
//! on one core, `all` for every one. Exits with 1 on the first state
//! that breaks a goal, and prints how it was reached.
//!
//! What is taken together, and why it may be: the canonical form of `lock::Lock::canonical` names its renamings; the
//! storage counts as what a start makes of it (`node.rs`). What is *not* walked: inputs come at the instants at which
//! the lock changes by itself and right after each other, not at every millisecond between; a code is typed without
//! pauses between its digits.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a program for the bench: it may print, stop, and look at the clock to say how long it took"
)]

mod disk;
mod node;
mod scene;

use std::collections::{HashMap, VecDeque};
use std::process::ExitCode;

use disk::Fault;
use node::{Act, Node};
use scene::Scene;

type Parents = HashMap<u128, (u128, u8, Fault)>;

struct Walk {
    parents: Parents,
    frontier: VecDeque<(u128, Node)>,
    transitions: u64,
    depth: u32,
}

fn walk(scene: &Scene) -> Result<(), String> {
    let begun = std::time::Instant::now();
    let view = scene.view();
    let mut start = scene.start();
    let root = start.fingerprint(view);
    let mut walk = Walk {
        parents: Parents::from([(root, (root, 0, Fault::None))]),
        frontier: VecDeque::from([(root, start)]),
        transitions: 0,
        depth: 0,
    };
    while let Some((from, node)) = walk.frontier.pop_front() {
        for (number, act) in (0u8..).zip(&scene.acts) {
            let mut whole = node.clone();
            let seen = whole.apply(*act, Fault::None);
            let waiting = std::mem::take(&mut whole.operations);
            walk.enter(scene, from, &node, number, Fault::None, whole, &seen)?;
            for fault in
                faults(&waiting).into_iter().filter(|f| scene.refusals || !matches!(f, Fault::FailFrom(_)))
            {
                let mut after = node.clone();
                let seen = after.apply(*act, fault);
                walk.enter(scene, from, &node, number, fault, after, &seen)?;
            }
        }
    }
    println!(
        "{}: closed: {} states, {} transitions, depth {}, {:.1} s",
        scene.name,
        walk.parents.len(),
        walk.transitions,
        walk.depth,
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Every fault of a step, from how many writes each of its syncs waited with.
fn faults(waiting: &[usize]) -> Vec<Fault> {
    let mut all = Vec::new();
    for (at, waiting) in waiting.iter().enumerate() {
        all.push(Fault::FailFrom(at));
        if *waiting > 0 {
            let waiting = u32::try_from(*waiting).unwrap_or(0).min(5);
            // each write there or not there in every combination, and each torn while the others are there
            let to_base_3 = |bits: u32| (0..waiting).map(|n| (bits >> n & 1) * 3u32.pow(n)).sum::<u32>();
            let whole = (0..1 << waiting).map(to_base_3);
            let torn = (0..waiting).map(|n| to_base_3(u32::MAX) + 3u32.pow(n));
            all.extend(whole.chain(torn).map(|landed| Fault::Cut { at, landed }));
        }
    }
    all
}

impl Walk {
    #[expect(clippy::too_many_arguments, reason = "an edge of the graph has as many parts")]
    fn enter(
        &mut self,
        scene: &Scene,
        from: u128,
        before: &Node,
        act: u8,
        fault: Fault,
        mut after: Node,
        seen: &node::Seen,
    ) -> Result<(), String> {
        self.transitions += 1;
        let done = scene.acts[usize::from(act)];
        after.check(before, done, seen).map_err(|why| self.path(scene, from, done, fault, &why))?;
        let key = after.fingerprint(scene.view());
        if let std::collections::hash_map::Entry::Vacant(place) = self.parents.entry(key) {
            place.insert((from, act, fault));
            after.check_state().map_err(|why| self.path(scene, from, done, fault, &why))?;
            after.depth = before.depth + 1;
            self.depth = self.depth.max(after.depth);
            self.frontier.push_back((key, after));
            if self.parents.len().is_multiple_of(5_000) {
                let (known, waiting) = (self.parents.len(), self.frontier.len());
                eprintln!("  {known} states, {waiting} waiting, {} transitions", self.transitions);
            }
        }
        Ok(())
    }

    fn path(&self, scene: &Scene, mut at: u128, last: Act, fault: Fault, why: &str) -> String {
        let mut steps = vec![format!("{last:?} {fault:?}")];
        while let Some((parent, act, fault)) = self.parents.get(&at)
            && *parent != at
        {
            steps.push(format!("{:?} {fault:?}", scene.acts[usize::from(*act)]));
            at = *parent;
        }
        steps.reverse();
        format!("{}: {why}\n  {}", scene.name, steps.join("\n  "))
    }
}

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    println!("state of the walked lock: {} bytes", size_of::<node::Small>());
    for scene in scene::scenes() {
        let named = wanted.iter().any(|name| name == scene.name || name == "all");
        if !named && (scene.large || !wanted.is_empty()) {
            continue;
        }
        if let Err(why) = walk(&scene) {
            println!("{why}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
