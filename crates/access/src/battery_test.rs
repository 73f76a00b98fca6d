//! Made-up packs: different curves, steps, use and noise. How often the interval holds the true day is counted over
//! all of them, and how early the warning comes. The packs are not drawn from the forecast's own model: curves of
//! voltage with a knee, weekly rhythm, a wandering use, steps down to quarters.

#![allow(clippy::print_stdout, reason = "the figures that docs/battery.md quotes")]

use jiff::{SignedDuration, Timestamp};

use super::{COVERAGE, FRESH_RISE, History, KEPT, Reading, outlook};

fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn day(n: f64) -> Timestamp {
    start().checked_add(SignedDuration::from_secs((n * 86_400.0) as i64)).unwrap()
}

/// Small even random numbers (xorshift64*), so that a failure repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.roll()).sum::<f64>() - 6.0
    }
}

/// What a lock would call this charge.
fn told(charge: f64, curve: usize) -> f64 {
    let charge = charge.clamp(0.0, 1.0);
    let percent = match curve {
        0 => charge,
        // a line over the open voltage of alkaline cells: quick, slow, then a knee
        1 => {
            let points = [(0.0, 0.0), (0.08, 0.25), (0.3, 0.42), (0.7, 0.66), (0.9, 0.85), (1.0, 1.0)];
            let at = points.windows(2).find(|pair| charge <= pair[1].0).unwrap_or(&points[4..6]);
            at[0].1 + (at[1].1 - at[0].1) * (charge - at[0].0) / (at[1].0 - at[0].0)
        }
        2 => charge.powf(0.5),
        _ => charge.powf(1.7),
    };
    percent * 100.0
}

/// One pack from full to empty: the readings and the day on which it is empty.
fn pack(dice: &mut Dice, curve: usize, step: f64) -> (Vec<Reading>, f64) {
    let life = 60.0 + 400.0 * dice.roll();
    let (mut charge, mut at, mut readings, mut pace) = (1.0, 0.0, Vec::new(), 1.0);
    while charge > 0.0 {
        let noise = dice.normal() * if step > 1.0 { 0.3 } else { 0.8 };
        let percent = ((told(charge, curve) + noise) / step).ceil().max(0.0) * step;
        readings.push(Reading { at: day(at), percent: percent.clamp(0.0, 100.0) as u8 });
        pace = (pace + 0.03 * dice.normal() + 0.02 * (1.0 - pace)).clamp(0.5, 1.6);
        at += 1.0;
        charge -= pace * if (at as u32) % 7 < 2 { 0.7 } else { 1.12 } / life;
    }
    (readings, at)
}

#[test]
fn e5_the_interval_holds_what_it_says() {
    let mut dice = Dice(0x5eed_0001);
    let (mut asked, mut held, mut early) = (0_u32, 0_u32, 0_u32);
    for round in 0..240 {
        let (curve, step) = (round % 4, [1.0, 5.0, 10.0, 25.0][round / 4 % 4]);
        let (readings, end) = pack(&mut dice, curve, step);
        let mut history = History::default();
        for (n, reading) in readings.iter().enumerate() {
            history.take(*reading);
            // asked at three moments of every life
            let share = n as f64 / end;
            let moment = [0.4, 0.6, 0.8].iter().any(|at| (share - at).abs() * end < 0.5);
            if let Some(found) = outlook(&history, reading.at).filter(|_| moment) {
                asked += 1;
                held += u32::from(found.early <= day(end) && day(end) <= found.late);
                early += u32::from(day(end) < found.early);
                assert!(found.early <= found.day && found.day <= found.late);
            }
        }
    }
    let share = f64::from(held) / f64::from(asked);
    println!(
        "asked {asked} times, held {:.1} %, ended earlier {:.1} %",
        share * 100.0,
        f64::from(early) / f64::from(asked) * 100.0
    );
    assert!(asked > 300, "{asked}");
    assert!(share >= COVERAGE, "the interval holds the true day in {share:.3} only");
    assert!(f64::from(early) / f64::from(asked) < 0.05, "{early} of {asked} ended before the interval");
}

#[test]
fn e5_the_warning_comes_two_weeks_ahead() {
    let mut dice = Dice(0x5eed_0002);
    let (mut packs, mut in_time, mut ahead) = (0_u32, 0_u32, Vec::new());
    for round in 0..80 {
        let (curve, step) = (round % 4, [1.0, 5.0, 10.0][round / 4 % 3]);
        let (readings, end) = pack(&mut dice, curve, step);
        let mut history = History::default();
        // looked at every third day
        let warned = readings.iter().enumerate().find(|(n, reading)| {
            history.take(**reading);
            n % 3 == 0 && outlook(&history, reading.at).is_some_and(|found| found.is_near(reading.at))
        });
        packs += 1;
        let left =
            warned.map_or(0.0, |(_, reading)| day(end).duration_since(reading.at).as_secs_f64() / 86_400.0);
        in_time += u32::from(left >= 14.0);
        ahead.push(left);
    }
    ahead.sort_by(f64::total_cmp);
    println!(
        "warned 14 days ahead in {in_time} of {packs}; half of them {:.0} days and more",
        ahead[ahead.len() / 2]
    );
    assert!(f64::from(in_time) / f64::from(packs) >= 0.95, "{in_time} of {packs}");
    assert!(ahead[ahead.len() / 2] < 120.0, "a warning months ahead is none");
}

#[test]
fn e5_little_is_told_of_little() {
    let mut history = History::default();
    assert_eq!(outlook(&history, start()), None);
    for n in 0..40 {
        history.take(Reading { at: day(f64::from(n)), percent: 100 });
    }
    assert_eq!(outlook(&history, day(40.0)), None, "nothing fell");
    let mut history = History::default();
    for (at, percent) in [(0.0, 100), (2.0, 90), (4.0, 80)] {
        history.take(Reading { at: day(at), percent });
    }
    assert_eq!(outlook(&history, day(4.0)), None, "four days are no trend");
}

#[test]
fn e5_fresh_cells_begin_anew_and_cold_nights_do_not() {
    let mut history = History { warned: true, ..History::default() };
    assert!(history.take(Reading { at: day(0.0), percent: 30 }));
    assert!(history.take(Reading { at: day(1.0), percent: 24 }));
    assert!(history.take(Reading { at: day(2.0), percent: 31 }));
    assert_eq!(history.readings.len(), 3);
    assert!(history.take(Reading { at: day(3.0), percent: 31 + FRESH_RISE }));
    assert_eq!((history.readings.len(), history.warned), (1, false));
    assert!(!history.take(Reading { at: day(3.02), percent: 40 }), "half an hour later tells nothing");
}

#[test]
fn a_history_stays_small_and_keeps_both_ends() {
    let mut history = History::default();
    for n in 0..2_000_u32 {
        history.take(Reading { at: day(f64::from(n) / 4.0), percent: (100 - n / 20) as u8 });
        assert!(history.readings.len() <= KEPT);
    }
    let first = history.readings.first().unwrap();
    assert_eq!((first.at, first.percent), (start(), 100));
    assert!(history.readings.windows(2).all(|pair| pair[0].at < pair[1].at));
}
