//! A model of the protocol between hub and lock, walked to its end: two places, two people, one lock, two controllers;
//! a network that loses, doubles and reorders; at most four commands (of the owner and of the other controller), three
//! messages under way, one crash, five operations of the hub.
//!
//! It is a model: what it shows is that the *rules* of docs/sync.md are enough, and that each of them is needed (a hub
//! without it is caught). The shipped hub is shown by the worlds of this crate.

use std::collections::BTreeSet;

use stateright::{Checker, HasDiscoveries, Model, Property};

/// Whose code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Code {
    Ana,
    Ben,
    Stranger,
}

/// What the hub knows of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Known {
    Unknown,
    Holds(Option<Code>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Message {
    Write { op: u8, slot: u8, code: Option<Code> },
    Taken { op: u8 },
    Look { op: u8, slot: u8 },
    Seen { op: u8, slot: u8, code: Option<Code> },
}

/// What is on disk and what is in memory: a crash takes the second.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    wish: [Option<Code>; 2],
    known: [Known; 2],
    proven: [bool; 2],
    /// The newest operation on each place; answers to older ones say nothing.
    newest: [u8; 2],
    /// In memory: what is waited for.
    waits: Option<u8>,
    ops: u8,
    lock: [Option<Code>; 2],
    /// The other controller touched the place since it was proven.
    touched: [bool; 2],
    net: Vec<Message>,
    commands: u8,
    crashed: bool,
    /// A code that was proven in the first place has been revoked.
    revoked: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Action {
    Wish(u8, Option<Code>),
    Stranger(u8, bool),
    Work,
    GiveUpWaiting,
    Deliver(usize, bool),
    Lose(usize),
    Crash,
}

/// The rules that the hub keeps; a test leaves one out.
#[derive(Clone, Copy)]
struct Rules {
    /// An acknowledgement is not proof.
    look_before_proof: bool,
    /// An answer counts once, and only while its operation is waited for: whatever is older says nothing.
    waited_only: bool,
    /// Nothing is put into a place while it may still be in the other one.
    one_place: bool,
    /// Operations are written down before they are sent, so that a crash leaves *unknown*.
    journal_first: bool,
}

const ALL: Rules = Rules { look_before_proof: true, waited_only: true, one_place: true, journal_first: true };
const COMMANDS: u8 = 4;
const OPS: u8 = 5;
const FLYING: usize = 3;
/// States of the whole model.
const STATES: usize = 15_799_912;

struct Protocol(Rules);

impl State {
    fn send(&mut self, message: Message) {
        self.net.push(message);
        self.net.sort_unstable();
    }
}

impl Protocol {
    /// The place to work on next, and whether to look or to write what.
    fn plan(&self, state: &State) -> Option<(u8, Option<Option<Code>>)> {
        let step = |slot: usize| match state.known[slot] {
            _ if state.proven[slot] && state.known[slot] == Known::Holds(state.wish[slot]) => None,
            // a stranger's code is left alone
            Known::Holds(Some(Code::Stranger)) if state.proven[slot] => None,
            Known::Unknown => Some(None),
            Known::Holds(_) if !state.proven[slot] => Some(None),
            Known::Holds(_) => Some(Some(state.wish[slot])),
        };
        let held_back = |slot: usize, work: Option<Code>| {
            let other = 1 - slot;
            let there = state.known[other] == Known::Unknown || state.known[other] == Known::Holds(work);
            self.0.one_place
                && work.is_some()
                && there
                && !(state.proven[other] && state.known[other] != Known::Holds(work))
        };
        // what frees a place comes first
        let mut found = None;
        for slot in 0..2 {
            match step(slot) {
                Some(Some(None)) => return Some((slot as u8, Some(None))),
                Some(Some(work)) if held_back(slot, work) => {
                    // each waits for the other: one is cleared first
                    let ring = matches!(step(1 - slot), Some(Some(other)) if held_back(1 - slot, other));
                    if ring {
                        return Some((slot as u8, Some(None)));
                    }
                }
                Some(work) => found = found.or(Some((slot as u8, work))),
                None => {}
            }
        }
        found
    }

    fn deliver(&self, state: &mut State, message: Message) {
        match message {
            Message::Write { op, slot, code } => {
                let at = usize::from(slot);
                // this lock keeps no versions: it does what any frame says, however old
                state.lock[at] = code;
                // a frame that comes after the hub has gone on: nobody can know, and the round finds it
                state.touched[at] |= op != state.newest[at];
                state.send(Message::Taken { op });
            }
            Message::Look { op, slot } => {
                let code = state.lock[usize::from(slot)];
                state.send(Message::Seen { op, slot, code });
            }
            Message::Taken { op } => {
                let Some(at) = (0..2).find(|at| state.newest[*at] == op) else { return };
                if self.0.waited_only && state.waits != Some(op) {
                    return;
                }
                state.waits = state.waits.filter(|waits| *waits != op);
                if !self.0.look_before_proof {
                    state.known[at] = Known::Holds(state.wish[at]);
                    state.proven[at] = true;
                    state.touched[at] = false;
                }
            }
            Message::Seen { op, slot, code } => {
                let at = usize::from(slot);
                if self.0.waited_only && state.waits != Some(op) {
                    return;
                }
                state.waits = state.waits.filter(|waits| *waits != op);
                state.known[at] = Known::Holds(code);
                state.proven[at] = true;
                // what was touched between look and answer is found by the next round
                state.touched[at] = state.lock[at] != code && state.touched[at];
            }
        }
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            wish: [None; 2],
            known: [Known::Holds(None); 2],
            proven: [true; 2],
            newest: [0; 2],
            waits: None,
            ops: 0,
            lock: [None; 2],
            touched: [false; 2],
            net: Vec::new(),
            commands: 0,
            crashed: false,
            revoked: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.commands < COMMANDS {
            for slot in 0..2 {
                for code in [None, Some(Code::Ana), Some(Code::Ben)] {
                    let other = state.wish[1 - usize::from(slot)];
                    if state.wish[usize::from(slot)] != code && (code.is_none() || other != code) {
                        actions.push(Action::Wish(slot, code));
                    }
                }
                actions.push(Action::Stranger(slot, true));
                actions.push(Action::Stranger(slot, false));
            }
        }
        if state.waits.is_none() && state.ops < OPS && state.net.len() < FLYING {
            actions.push(Action::Work);
        }
        if state.waits.is_some() {
            actions.push(Action::GiveUpWaiting);
        }
        for at in 0..state.net.len() {
            actions.push(Action::Deliver(at, false));
            if state.net.len() < FLYING {
                actions.push(Action::Deliver(at, true));
            }
            actions.push(Action::Lose(at));
        }
        if !state.crashed {
            actions.push(Action::Crash);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Wish(slot, code) => {
                let known = state.known[usize::from(slot)];
                let was = state.proven[usize::from(slot)]
                    && matches!(known, Known::Holds(Some(Code::Ana | Code::Ben)));
                state.revoked |= slot == 0 && code.is_none() && was;
                state.wish[usize::from(slot)] = code;
                state.commands += 1;
            }
            Action::Stranger(slot, sets) => {
                let at = usize::from(slot);
                let code = sets.then_some(Code::Stranger);
                if state.lock[at] == code {
                    return None;
                }
                state.lock[at] = code;
                state.touched[at] = true;
                state.commands += 1;
            }
            Action::Work => {
                let (slot, work) = self.plan(&state)?;
                let at = usize::from(slot);
                state.ops += 1;
                let op = state.ops;
                state.newest[at] = op;
                state.waits = Some(op);
                match work {
                    Some(code) => {
                        if self.0.journal_first {
                            state.known[at] = Known::Unknown;
                            state.proven[at] = false;
                        }
                        state.send(Message::Write { op, slot, code });
                    }
                    None => state.send(Message::Look { op, slot }),
                }
            }
            Action::GiveUpWaiting => state.waits = None,
            Action::Deliver(at, again) => {
                let message = state.net[at];
                if !again {
                    state.net.remove(at);
                }
                self.deliver(&mut state, message);
                if state.net.len() > FLYING {
                    return None;
                }
            }
            Action::Lose(at) => drop(state.net.remove(at)),
            Action::Crash => {
                state.waits = None;
                state.crashed = true;
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("I3: in force only where it is", |_, state: &State| {
                (0..2).all(|at| {
                    !state.proven[at] || state.touched[at] || state.known[at] == Known::Holds(state.lock[at])
                })
            }),
            Property::always("I5: never one code in two places", |_, state: &State| {
                state.touched[0]
                    || state.touched[1]
                    || state.lock[0].is_none()
                    || state.lock[0] == Some(Code::Stranger)
                    || state.lock[0] != state.lock[1]
            }),
            Property::sometimes("L1: two wishes come true", |_, state: &State| {
                state.wish == [Some(Code::Ana), Some(Code::Ben)]
                    && state.lock == state.wish
                    && state.proven == [true; 2]
            }),
            Property::sometimes("L2: a revocation is proven", |_, state: &State| {
                state.revoked
                    && state.wish[0].is_none()
                    && !state.touched[0]
                    && state.lock[0].is_none()
                    && state.proven[0]
            }),
            Property::sometimes("I14: a stranger is noticed", |_, state: &State| {
                state.known[0] == Known::Holds(Some(Code::Stranger))
            }),
        ]
    }
}

/// Everything that can happen is walked, and nothing breaks a promise; what is hoped for can be reached.
#[test]
fn the_rules_are_enough() {
    let checker = Protocol(ALL).checker().threads(2).spawn_bfs().join();
    println!("{} states", checker.unique_state_count());
    checker.assert_properties();
    assert!(checker.is_done());
    assert_eq!(checker.unique_state_count(), STATES, "docs/sync.md names the number");
}

/// The walk ends at the first promise that a hub without one of the rules breaks.
#[test]
fn each_rule_is_needed() {
    let (in_force, one_place) = ("I3: in force only where it is", "I5: never one code in two places");
    let cases = [
        ("an acknowledgement as proof", Rules { look_before_proof: false, ..ALL }, in_force),
        ("answers that nobody waits for", Rules { waited_only: false, ..ALL }, in_force),
        ("a code in two places", Rules { one_place: false, ..ALL }, one_place),
        ("not written down before it is sent", Rules { journal_first: false, ..ALL }, in_force),
    ];
    for (what, rules, property) in cases {
        let first = HasDiscoveries::AnyOf(BTreeSet::from([property]));
        let checker = Protocol(rules).checker().threads(2).finish_when(first).spawn_bfs().join();
        assert!(checker.discovery(property).is_some(), "{what}: the model does not notice");
    }
}
