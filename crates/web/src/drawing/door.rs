//! The door of one page: leaf, frame, hinges, and for each lock its bolt, strike, cylinder and keypad. Parts
//! carry a class, so that a later page can colour each by how soon it gives way.

use access::Lock;
use askama::Template;
use hub::LockLive;
use hub::ports::{Bolt, DoorSensor};

/// Lowest and highest place for a lock on the leaf, in the drawing's own units.
const FIRST_LOCK_Y: u32 = 196;
const LOCK_STEP: u32 = 92;

/// One lock as drawn.
#[derive(Debug, Clone)]
pub(crate) struct PartDrawing {
    /// Height of its cylinder.
    pub y: u32,
    /// `out`, `in`, `between`, `unknown`.
    pub bolt: &'static str,
    /// Length of the bolt beyond the leaf's edge.
    pub reach: u32,
    /// Drawn with a keypad.
    pub keypad: bool,
    /// Light on the keypad: `good`, `bad`, `quiet`.
    pub light: &'static str,
    /// Name and state, for people who do not see it.
    pub words: String,
}

/// The door as drawn.
#[derive(Debug, Clone, Template)]
#[template(path = "drawing/door.html")]
pub(crate) struct DoorDrawing {
    pub name: String,
    pub words: String,
    pub open: bool,
    pub locks: Vec<PartDrawing>,
}

impl DoorDrawing {
    /// Draws at most three locks; the page's table names all.
    pub(crate) fn new(name: &str, locks: &[(&Lock, &LockLive)]) -> Self {
        let open = locks.iter().any(|(_, live)| matches!(live.door.0, DoorSensor::Open | DoorSensor::Ajar));
        let parts: Vec<PartDrawing> = locks
            .iter()
            .take(3)
            .zip((FIRST_LOCK_Y..).step_by(LOCK_STEP as usize))
            .map(|((lock, live), y)| {
                let (word, detail, _) = crate::words::bolt(live.bolt.0, live.jammed);
                let (bolt, reach) = match live.bolt.0 {
                    Bolt::Extended => ("out", 21),
                    Bolt::Retracted => ("in", 2),
                    Bolt::Between => ("between", 10),
                    Bolt::Unknown => ("unknown", 21),
                };
                let light = match live.reachable {
                    _ if live.lockout_until.is_some() || live.jammed => "bad",
                    Some(true) => "good",
                    Some(false) | None => "quiet",
                };
                PartDrawing {
                    y,
                    bolt,
                    reach,
                    keypad: lock.capabilities.slots > 0,
                    light,
                    words: format!("{}: {word}, {detail}", lock.name),
                }
            })
            .collect();
        let leaf = if open { "The door stands open." } else { "" };
        let words = match parts.is_empty() {
            true => "No lock is entered for this door.".to_owned(),
            false => parts.iter().map(|part| part.words.as_str()).collect::<Vec<_>>().join(". "),
        };
        let words = format!("{words}. {leaf}");
        Self { name: name.to_owned(), words: words.trim().to_owned(), open, locks: parts }
    }
}
