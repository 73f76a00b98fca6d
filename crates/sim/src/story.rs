//! Stories: what happens in a world, as plain data drawn from a seed. Acts name people, doors and grants by number,
//! taken modulo what there is when it comes to them, so that a story from which acts were taken out is still a story.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::kinds::KINDS;
use crate::time::{DAY, HOUR, MINUTE, Ms};

/// The zones that doors are in. All of them change their clocks in the weeks in which stories begin.
pub const ZONES: &[&str] = &["Europe/Vienna", "America/New_York", "Australia/Sydney", "UTC"];

/// When a grant opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Always.
    Always,
    /// Weekday office hours.
    Weekdays,
    /// Every night from 22:00 to 06:00, over the change of the clocks too.
    Nights,
    /// From now on for so many hours.
    Hours(u32),
    /// Begins after so many hours, ends after so many more.
    Stay(u32, u32),
    /// Once.
    Once,
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are numbers of things, times or lengths, by their names")]
pub enum Act {
    /// A person comes, gets a code and access to a door.
    Arrive { door: usize, shape: Shape },
    /// A person gets access to one more door.
    Give { person: usize, door: usize, shape: Shape },
    /// A grant ends now.
    Revoke { grant: usize },
    /// A stay becomes longer or shorter at the last minute.
    Extend { grant: usize, hours: u32 },
    /// A person gets other digits.
    Recode { person: usize },
    /// Two people ask for each other's digits at once.
    SameDigits { person: usize },
    /// A person gets the digits that the next one had before.
    OldDigits { person: usize },
    /// The owner takes a lock off its door.
    RemoveLock { lock: usize },
    /// Everybody whose access is over is taken off the list.
    Tidy,
    /// A person leaves for good.
    Leave { person: usize },
    /// Somebody types their code.
    Enter { person: usize, door: usize },
    /// Somebody types the code that they had before.
    EnterOld { person: usize, door: usize },
    /// Somebody guesses.
    Guess { door: usize },
    /// The radio of a lock is bad.
    Weather { lock: usize, minutes: u32 },
    /// One thing goes wrong with every command to it.
    Habit { lock: usize, habit: Habit, minutes: u32 },
    /// Nothing reaches it.
    Out { lock: usize, minutes: u32, told: bool },
    /// Its battery is empty until somebody changes it.
    BatteryDies { lock: usize, minutes: u32 },
    /// The gateway is gone.
    GatewayDown { minutes: u32 },
    /// Power goes: hub and gateway.
    PowerCut { minutes: u32 },
    /// The hub dies now.
    Crash { minutes: u32 },
    /// The hub dies at the so-manieth await from now.
    CrashAt { awaits: u64, minutes: u32 },
    /// The disk is full.
    DiskFull { minutes: u32 },
    /// The disk gives errors.
    DiskErrors { minutes: u32 },
    /// Somebody sets the machine's clock wrong, for a while.
    ClockWrong { seconds: i64, minutes: u32 },
    /// A door moves to another zone.
    Zone { door: usize, zone: usize },
    /// Another controller sets a code in a place.
    ForeignSet { lock: usize, place: u16 },
    /// Another controller empties a place.
    ForeignClear { lock: usize, place: u16 },
    /// A second hub runs on a copy of the house.
    SecondHub { minutes: u32 },
    /// The telephone has no network.
    PhoneOff { minutes: u32 },
    /// The owner presses *try again*.
    Retry { lock: usize },
    /// The owner lets strangers' codes be removed.
    RemoveForeign { lock: usize },
}

/// What a lock or its radio does every time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Commands never arrive.
    Deaf,
    /// They are done and not answered.
    Mute,
    /// They are answered and not done.
    Lies,
    /// Half of them is done.
    Halves,
    /// They come again minutes later.
    Repeats,
    /// Its events come twice, the second time late.
    Echoes,
}

/// A whole story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// Its seed.
    pub seed: u64,
    /// When it begins.
    pub begins: &'static str,
    /// The kind of each door's lock, and its zone.
    pub doors: Vec<(usize, usize)>,
    /// What happens, in order.
    pub acts: Vec<(Ms, Act)>,
    /// How long it lasts before the faults stop.
    pub lasts: Ms,
}

/// Days just before clocks change in Vienna, New York or Sydney, and an ordinary one.
const BEGINNINGS: &[&str] =
    &["2026-03-02T06:00:00Z", "2026-03-20T06:00:00Z", "2026-10-12T06:00:00Z", "2026-06-01T06:00:00Z"];

impl Story {
    /// Three doors, about eight people, three weeks.
    pub fn short(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let doors =
            (0..3).map(|_| (rng.random_range(0..KINDS.len()), rng.random_range(0..ZONES.len()))).collect();
        let begins = BEGINNINGS[rng.random_range(0..BEGINNINGS.len())];
        let lasts = 21 * DAY;
        let mut acts = Vec::new();
        for _ in 0..3 {
            acts.push((rng.random_range(0..HOUR), arrive(&mut rng, 3)));
        }
        for _ in 0..rng.random_range(25..45) {
            acts.push((rng.random_range(HOUR..lasts), business(&mut rng, 3)));
        }
        for _ in 0..rng.random_range(60..90) {
            acts.push((rng.random_range(HOUR..lasts), entry(&mut rng, 3)));
        }
        // some seeds are calm, some have one kind of trouble, most have several
        let troubles = [0, 3, 8, 14, 20][rng.random_range(0..5)];
        for _ in 0..troubles {
            let act = trouble(&mut rng, 3);
            let at = rng.random_range(HOUR..lasts);
            // trouble comes where something is under way
            if rng.random_range(0..3) > 0 {
                acts.push((at + rng.random_range(0..30_000), business(&mut rng, 3)));
            }
            acts.push((at, act));
        }
        acts.sort_by_key(|(at, _)| *at);
        Self { seed, begins, doors, acts, lasts }
    }

    /// A letting business: so many doors, guests who come and go for so many days, cleaners, and bad days.
    pub fn long(seed: u64, doors: usize, days: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let locks = (0..doors).map(|_| (rng.random_range(0..KINDS.len()), rng.random_range(0..2))).collect();
        let lasts = days * DAY;
        let mut acts = Vec::new();
        for door in 0..doors {
            let mut day = rng.random_range(0..4);
            // two residents a door: owner and neighbour
            acts.push((rng.random_range(0..HOUR), Act::Arrive { door, shape: Shape::Always }));
            acts.push((rng.random_range(0..HOUR), Act::Arrive { door, shape: Shape::Weekdays }));
            while day < days {
                let nights = rng.random_range(2..9);
                let booked = day * DAY + rng.random_range(0..10 * HOUR);
                let begins = u32::try_from(rng.random_range(2..30_u64)).unwrap_or(2);
                let hours = u32::try_from(nights * 24).unwrap_or(48);
                acts.push((booked, Act::Arrive { door, shape: Shape::Stay(begins, hours) }));
                for _ in 0..rng.random_range(2..6) {
                    let at = booked + u64::from(begins) * HOUR + rng.random_range(0..nights * DAY);
                    acts.push((at, Act::Enter { person: usize::MAX, door }));
                }
                if rng.random_range(0..6) == 0 {
                    let at = booked + rng.random_range(HOUR..nights * DAY);
                    acts.push((at, Act::Extend { grant: usize::MAX - door, hours: 24 }));
                }
                day += nights + rng.random_range(0..3);
            }
        }
        acts.extend((1..days / 7).map(|week| (week * 7 * DAY, Act::Tidy)));
        for _ in 0..days {
            let at = rng.random_range(HOUR..lasts);
            acts.push((at, business(&mut rng, doors)));
            if rng.random_range(0..2) == 0 {
                acts.push((rng.random_range(HOUR..lasts), trouble(&mut rng, doors)));
            }
        }
        acts.retain(|(at, _)| *at < lasts);
        acts.sort_by_key(|(at, _)| *at);
        Self { seed, begins: "2026-01-05T06:00:00Z", doors: locks, acts, lasts }
    }
}

fn shape(rng: &mut ChaCha8Rng) -> Shape {
    match rng.random_range(0..9) {
        0..2 => Shape::Always,
        2 => Shape::Weekdays,
        3 => Shape::Nights,
        4 => Shape::Once,
        5..7 => Shape::Hours(rng.random_range(1..96)),
        _ => Shape::Stay(rng.random_range(1..48), rng.random_range(2..120)),
    }
}

fn arrive(rng: &mut ChaCha8Rng, doors: usize) -> Act {
    Act::Arrive { door: rng.random_range(0..doors), shape: shape(rng) }
}

fn business(rng: &mut ChaCha8Rng, doors: usize) -> Act {
    let (person, grant, door) =
        (rng.random_range(0..1000), rng.random_range(0..1000), rng.random_range(0..doors));
    match rng.random_range(0..20) {
        0..4 => arrive(rng, doors),
        4..8 => Act::Give { person, door, shape: shape(rng) },
        8..12 => Act::Revoke { grant },
        12..14 => Act::Extend { grant, hours: rng.random_range(1..72) },
        14..16 => Act::Recode { person },
        16 => Act::OldDigits { person },
        17 => Act::SameDigits { person },
        18 => Act::Leave { person },
        _ => Act::Retry { lock: door },
    }
}

fn entry(rng: &mut ChaCha8Rng, doors: usize) -> Act {
    let (person, door) = (rng.random_range(0..1000), rng.random_range(0..doors));
    match rng.random_range(0..10) {
        0..8 => Act::Enter { person, door },
        8 => Act::EnterOld { person, door },
        _ => Act::Guess { door },
    }
}

fn trouble(rng: &mut ChaCha8Rng, doors: usize) -> Act {
    let lock = rng.random_range(0..doors);
    let minutes = [1, 5, 20, 90, 400][rng.random_range(0..5)];
    let place = rng.random_range(0..6);
    match rng.random_range(0..24) {
        0..6 => Act::Weather { lock, minutes: minutes * 6 },
        6..8 => Act::Out { lock, minutes, told: rng.random_range(0..2) == 0 },
        8 => Act::BatteryDies { lock, minutes },
        9 => Act::GatewayDown { minutes },
        10 => Act::PowerCut { minutes },
        11 => Act::Crash { minutes: minutes.min(20) },
        12..16 => Act::CrashAt { awaits: rng.random_range(1..40), minutes: minutes.min(20) },
        16 => Act::DiskFull { minutes: minutes.min(20) },
        17 => Act::DiskErrors { minutes: minutes.min(20) },
        18 => {
            let seconds = [-7_200, -90, 90, 3_600, 400 * 86_400][rng.random_range(0..5)];
            Act::ClockWrong { seconds, minutes: minutes.min(90) }
        }
        19 => Act::Zone { door: lock, zone: rng.random_range(0..ZONES.len()) },
        20 => Act::ForeignSet { lock, place },
        21 => Act::ForeignClear { lock, place },
        22 => match rng.random_range(0..3) {
            0 => Act::SecondHub { minutes: minutes.min(20) },
            _ => Act::RemoveForeign { lock },
        },
        _ => Act::PhoneOff { minutes },
    }
}

/// A length in words.
pub fn span(ms: Ms) -> String {
    let (days, hours, minutes) = (ms / DAY, ms % DAY / HOUR, ms % HOUR / MINUTE);
    format!("day {days:>3} {hours:02}:{minutes:02}:{:06.3}", (ms % MINUTE) as f64 / 1000.0)
}
