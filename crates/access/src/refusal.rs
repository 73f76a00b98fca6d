//! Why a command is refused: each names the thing and the way out. None of them repeats a code.

use crate::model::CodeLengths;

/// A refused command; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such row, or no longer.
    #[error("this {0} is not there any more: reload and look again")]
    NotFound(&'static str),
    /// The id is in use; ids are minted fresh for each new row.
    #[error("this {0} is there already")]
    Exists(&'static str),
    /// A name that is empty, too long or has control characters.
    #[error("a {what} needs a name of 1 to {max} characters")]
    Name {
        /// Of what.
        what: &'static str,
        /// Most characters.
        max: usize,
    },
    /// Another row has this name.
    #[error("another {what} is called {name} already: choose another name")]
    NameTaken {
        /// Of what.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Free words that are too long.
    #[error("the {what} has at most {max} characters")]
    TooLong {
        /// Which words.
        what: &'static str,
        /// Most characters.
        max: usize,
    },
    /// No more rows of this kind.
    #[error("a house has at most {max} {what}")]
    TooMany {
        /// Of what, plural.
        what: &'static str,
        /// Most.
        max: usize,
    },
    /// Not a time zone of the IANA database.
    #[error("{0} is not a time zone: give one like Europe/Vienna")]
    TimeZone(String),
    /// The door still has locks.
    #[error("{door} still has a lock on it: remove the lock first")]
    DoorHasLocks {
        /// The door's name.
        door: String,
    },
    /// Living grants name it.
    #[error("{grants} grants still use this {what}: end or change them first")]
    InUse {
        /// What.
        what: &'static str,
        /// How many grants.
        grants: usize,
    },
    /// A schedule's windows are too many or name no day.
    #[error("a schedule has at most {max} windows, each with at least one day")]
    Windows {
        /// Most windows.
        max: usize,
    },
    /// The end is not after the beginning.
    #[error("the end must be after the beginning")]
    Period,
    /// The end has passed on every door it concerns.
    #[error("this would have ended already: give an end that is still to come")]
    Past,
    /// The code belongs to another person.
    #[error("this code is not one of this person's")]
    NotTheirCode,
    /// The grant was ended before.
    #[error("this access has ended already: give it anew")]
    Ended,
    /// The person or lock is being removed.
    #[error("{0} is being removed: wait until it is gone, or give it a new entry")]
    Removing(String),
    /// Somebody has these digits already.
    #[error(
        "these digits are in use already, and two people with one code cannot be told apart: choose others"
    )]
    Duplicate,
    /// The digits that were used before may still be on a lock, and this was so too often to keep track.
    #[error(
        "{lock} has not taken the last {max} changes of this code yet: wait until it is in reach, or remove it"
    )]
    TooManyChanges {
        /// The lock's name.
        lock: String,
        /// Most changes kept track of.
        max: usize,
    },
    /// The lock does not take codes of this length.
    #[error("{lock} takes codes of {} to {} digits, this one has {digits}: give a code of another length", .takes.min, .takes.max)]
    CodeLength {
        /// The lock's name.
        lock: String,
        /// Digits of the code.
        digits: u8,
        /// What the lock takes.
        takes: CodeLengths,
    },
    /// A code has no such length anywhere.
    #[error("a code has 4 to 10 digits")]
    Digits,
    /// Every slot is taken.
    #[error("{lock} is full: it has {slots} places for codes. End an access there first")]
    Full {
        /// The lock's name.
        lock: String,
        /// Slots that it has.
        slots: u16,
    },
    /// A code that opens once cannot also open otherwise.
    #[error("a code that opens once must be a code of its own: set a new code for it")]
    OnceShared,
    /// There is no foreign code in that slot.
    #[error("slot {slot} of {lock} holds no code that was found there: reload and look again")]
    NotForeign {
        /// The lock's name.
        lock: String,
        /// Slot.
        slot: u16,
    },
    /// The link's lock is entered already.
    #[error("this lock is entered already as {0}")]
    AddressTaken(String),
    /// The described capabilities contradict themselves.
    #[error("the lock describes itself in a way that cannot be: {0}")]
    Capabilities(&'static str),
    /// Told codes can only be of living people.
    #[error("at most {max} codes or keys can be told of a lock, each of a person in the list")]
    Told {
        /// Most.
        max: usize,
    },
}
