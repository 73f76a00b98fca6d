//! What can go wrong with the radio of one lock, as chances.

use crate::story::Habit;

/// What goes wrong with a lock's radio, each in thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Weather {
    /// A command never arrives.
    pub lost: u16,
    /// It is done, and the answer is lost.
    pub answer_lost: u16,
    /// It never arrives, and the answer is *done* all the same.
    pub lies: u16,
    /// Only half of it is done.
    pub part: u16,
    /// It arrives again, seconds to minutes later.
    pub replay: u16,
    /// It is late by up to 30 s.
    pub late: u16,
    /// An event is lost.
    pub event_lost: u16,
    /// An event comes twice.
    pub event_twice: u16,
}

impl Weather {
    /// A bad day.
    pub const ROUGH: Self = Self {
        lost: 100,
        answer_lost: 100,
        lies: 50,
        part: 40,
        replay: 60,
        late: 200,
        event_lost: 60,
        event_twice: 80,
    };

    /// One thing goes wrong every time.
    pub fn of(habit: Habit) -> Self {
        let calm = Self::default();
        match habit {
            Habit::Deaf => Self { lost: 1000, ..calm },
            Habit::Mute => Self { answer_lost: 1000, ..calm },
            Habit::Lies => Self { lies: 1000, ..calm },
            Habit::Halves => Self { part: 1000, ..calm },
            Habit::Repeats => Self { replay: 1000, ..calm },
            Habit::Echoes => Self { event_twice: 1000, ..calm },
        }
    }

    /// Whether anything goes wrong at all.
    pub fn is_calm(&self) -> bool {
        *self == Self::default()
    }
}
