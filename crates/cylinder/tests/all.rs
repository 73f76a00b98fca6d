//! What must hold of the mechanics as a whole.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)] // a test binary

use cylinder::{
    bump::Stack,
    describe::{Description, Driver, Security, Springs, Tolerance},
    event::{Ended, Event, Exact},
    fast::Fast,
    lock::{Lock, Maker},
    rng::Rng,
    strategy,
    times::{Attack, Figures, Plan, run},
};

fn plain(kind: &str, pins: u8) -> Description {
    Description {
        kind: kind.into(),
        pins: Some(pins),
        security: Security::None,
        tolerance: Tolerance::Medium,
        ..Description::default()
    }
}

/// Share opened within `within` seconds under the central figures, many cylinders.
fn p_open(d: &Description, who: &str, attack: Attack, within: f64) -> f64 {
    let f = Figures::embedded().unwrap();
    let a = f.attackers.get(who).unwrap();
    let plan = Plan { seed: 20, draws: 1, locks: 400, attempts: 2, horizon_s: within, threads: 2 };
    run(d, a, attack, &f, &plan).unwrap().p_open(within).value
}

/// Most that the two solvers may differ in P(open in 100 s) and in 300 s, for each attacker alone.
const BOUND: f64 = 0.08;

/// Shares opened within 100 and 300 s by both solvers, the same hands on the same cylinders.
fn both(d: &Description, who: &str, rake: bool) -> [[f64; 2]; 2] {
    let f = Figures::embedded().unwrap();
    let maker = Maker::new(d, &f.families, &f.parameters.central(), None).unwrap();
    let a = f.attackers.get(who).unwrap();
    let mut lock = Lock::empty();
    let (cylinders, attempts) = (50, 4);
    let mut shares = [[0.0; 2]; 2];
    for made in 0..cylinders {
        maker.make(&mut lock, &mut Rng::keyed(1, made));
        for attempt in 0..attempts {
            let rng = || Rng::keyed(2, 1000 + made * 10 + attempt);
            let (mut fast, mut event) = (Fast::new(&lock), Exact::new(&lock));
            let times = if rake {
                [
                    strategy::rake(&mut fast, &lock, a, &mut rng(), 300.0),
                    strategy::rake(&mut event, &lock, a, &mut rng(), 300.0),
                ]
            } else {
                [
                    strategy::pick(&mut fast, &lock, a, &mut rng(), 300.0),
                    strategy::pick(&mut event, &lock, a, &mut rng(), 300.0),
                ]
            };
            for (k, within) in [100.0, 300.0].iter().enumerate() {
                for (solver, t) in times.iter().enumerate() {
                    shares[k][solver] += f64::from(u8::from(t <= within)) / (cylinders * attempts) as f64;
                }
            }
        }
    }
    shares
}

/// The stated bounds: over 50 random cylinders of a kind, 4 attempts each, the two solvers differ by at most
/// [`BOUND`] for an expert, a hobby picker and a beginner alike; a kind that does not keep this is not rated.
#[test]
fn fast_agrees_with_event() {
    let secured = |driver| Description { security: Security::All, driver, ..plain("pin-tumbler", 5) };
    let gated = |kind, n| Description { false_gates: true, ..plain(kind, n) };
    let kinds = [
        ("pin tumbler", plain("pin-tumbler", 5)),
        ("spools", secured(Driver::Spool)),
        ("mushrooms", secured(Driver::Mushroom)),
        ("mixed", secured(Driver::Mixed)),
        ("master pins", Description { master_pins: 3, ..plain("pin-tumbler", 5) }),
        ("dimple", plain("dimple", 8)),
        ("wafer", plain("wafer", 5)),
        ("wafer with false gates", gated("wafer", 5)),
        ("discs", plain("disc-detainer", 7)),
        ("discs with false gates", gated("disc-detainer", 7)),
        ("lever", plain("lever", 5)),
        ("lever with false gates", gated("lever", 5)),
        ("slider", plain("slider", 8)),
        ("slider with false gates", gated("slider", 8)),
        ("pins and sidebar", Description { sidebar: true, ..plain("pin-tumbler", 5) }),
    ];
    let mut wrong = Vec::new();
    for (name, d) in kinds {
        d.rated().unwrap();
        for who in ["expert", "hobbyist", "novice"] {
            let shares = both(&d, who, false);
            println!("{name}, {who}: fast and event within 100 s, 300 s {shares:.3?}");
            if shares.iter().any(|[fast, event]| (fast - event).abs() > BOUND) {
                wrong.push(format!("{name}, {who}: {shares:.3?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for driver in [Driver::Stepped, Driver::Serrated] {
        assert!(secured(driver).rated().is_err(), "{driver:?}: does not agree, so it is not rated");
    }
}

#[test]
fn fast_agrees_with_event_under_a_rake() {
    for (name, d) in [
        ("pin tumbler", plain("pin-tumbler", 5)),
        ("wafer", plain("wafer", 5)),
        ("spools", Description { security: Security::All, ..plain("pin-tumbler", 4) }),
    ] {
        let shares = both(&d, "expert", true);
        println!("{name}, raked: {shares:.3?}");
        assert!(shares.iter().all(|[fast, event]| (fast - event).abs() <= BOUND), "{name}: {shares:.3?}");
    }
}

#[test]
fn tolerance_matters() {
    let spread = |um| Description { offset_um: Some(um), ..plain("pin-tumbler", 5) };
    let p = |um, who| p_open(&spread(um), who, Attack::Pick, 60.0);
    for who in ["novice", "hobbyist"] {
        println!(
            "P(open in 60 s), {who}, offsets 5, 10, 25, 40 um: {:?}",
            [5.0, 10.0, 25.0, 40.0].map(|um| p(um, who))
        );
    }
    let (tight, loose) = (p(10.0, "hobbyist"), p(25.0, "hobbyist"));
    assert!(loose > tight + 0.04, "10 um {tight}, 25 um {loose}");
}

#[test]
fn picking_signs_hold() {
    let p = |d: &Description| p_open(d, "hobbyist", Attack::Pick, 60.0);
    let base = plain("pin-tumbler", 5);
    let five = p(&base);
    assert!(p(&plain("pin-tumbler", 4)) > five && five > p(&plain("pin-tumbler", 6)), "more pins: harder");
    let loose = p(&Description { tolerance: Tolerance::Loose, ..base.clone() });
    let tight = p(&Description { tolerance: Tolerance::Tight, ..base.clone() });
    assert!(loose > five && five > tight, "tighter: harder: {loose} {five} {tight}");
    let spools = p(&Description { security: Security::All, ..base.clone() });
    assert!(spools < five - 0.05, "security pins: harder: {spools} {five}");
}

/// Stiffer springs: harder, for whoever knows how to ease off. (They once made it easier, because hands eased
/// off to one fixed share of the torque, at which only a stiff spring brought back what was lifted too far,
/// because a fixed limit of force left less room over a stiff spring, and because no hand trembled more under
/// a greater force.)
#[test]
fn stiffer_springs_are_harder() {
    let f = Figures::embedded().unwrap();
    let a = f.attackers.get("hobbyist").unwrap();
    let plan = Plan { seed: 20, draws: 1, locks: 1500, attempts: 2, horizon_s: 60.0, threads: 2 };
    let by_springs = [Springs::Soft, Springs::Normal, Springs::Stiff].map(|springs| {
        let d = Description { springs, ..plain("pin-tumbler", 5) };
        run(&d, a, Attack::Pick, &f, &plan).unwrap().p_open(60.0).value
    });
    println!("pick, soft, normal and stiff springs: {by_springs:.3?}");
    assert!(by_springs[0] > by_springs[1] && by_springs[1] > by_springs[2], "{by_springs:?}");
}

#[test]
fn snapping_and_bumping_open_what_they_can() {
    let p = |d: &Description, attack| p_open(d, "expert", attack, 120.0);
    let base = plain("pin-tumbler", 5);
    let snap = p(&base, Attack::Snap);
    assert!(snap > 0.05, "{snap}");
    let stiff = p(&Description { springs: Springs::Stiff, ..base.clone() }, Attack::Snap);
    assert!(stiff < snap, "stiffer springs: harder: {stiff} {snap}");
}

#[test]
fn lighter_torque_with_heavier_lift_beats_spools() {
    let f = Figures::embedded().unwrap();
    let d = Description { security: Security::All, ..plain("pin-tumbler", 5) };
    let plan = Plan { seed: 3, draws: 1, locks: 200, attempts: 2, horizon_s: 120.0, threads: 2 };
    let hobbyist = f.attackers.get("hobbyist").unwrap().clone();
    let heavy = cylinder::attacker::Attacker { aware: false, torque_nmm: 50.0, force_cap_n: 6.0, ..hobbyist };
    let light = cylinder::attacker::Attacker { torque_nmm: 14.0, force_cap_n: 10.0, ..heavy.clone() };
    let p = |a| run(&d, a, Attack::Pick, &f, &plan).unwrap().p_open(120.0).value;
    let (h, l) = (p(&heavy), p(&light));
    assert!(l > h + 0.1, "light {l}, heavy {h}");
}

#[test]
fn bumping_signs_hold() {
    let p = |d: &Description| p_open(d, "expert", Attack::Bump, 60.0);
    let base = plain("pin-tumbler", 5);
    let five = p(&base);
    let by_springs: Vec<f64> = [Springs::Soft, Springs::Normal, Springs::Stiff]
        .map(|springs| p(&Description { springs, ..base.clone() }))
        .to_vec();
    println!("bump: 5 pins {five:.3}, springs {by_springs:.3?}");
    assert!(by_springs[0] > by_springs[1] && by_springs[1] > by_springs[2], "{by_springs:?}");
    let (four, six) = (p(&plain("pin-tumbler", 4)), p(&plain("pin-tumbler", 6)));
    assert!(four > five && five > six, "{four} {five} {six}");
    assert_eq!(p(&Description { anti_bump: true, ..base }), 0.0, "a stack that is not struck never parts");
}

/// The force on a pick under one pin, against lift, in closed form (MIT Guide, chapter 5): spring plus twice
/// the friction coefficient times the load until the driver clears, the spring alone once it has, and a wall
/// where the key pin meets the shell; all of it but the spring in proportion to the torque.
#[test]
fn the_force_on_one_pin_is_what_closed_form_says() {
    let f = Figures::embedded().unwrap();
    let values = f.parameters.central();
    let maker = Maker::new(&plain("pin-tumbler", 2), &f.families, &values, None).unwrap();
    let mut lock = Lock::empty();
    maker.make(&mut lock, &mut Rng::keyed(11, 0));
    // the one that binds first carries everything
    let i = usize::from(lock.gap[1] < lock.gap[0]);
    let gate = lock.curves[i].gates()[0];
    for force in [0.5, 1.0, 2.0] {
        let mut e = Event::new(&lock);
        e.tense(&lock, force);
        let mut low = e.body().y;
        let chamfer = lock.curves[i].x(1);
        for step in 1..20 {
            let x = chamfer * f64::from(step) / 20.0;
            let push = e.push(&lock, i, x, 50.0, f64::INFINITY, &mut low);
            let from = chamfer * f64::from(step - 1) / 20.0;
            let load = e.body().load(&lock, i);
            assert!((load - force).abs() < 1e-9, "one pin carries the plug: {load}");
            let expected = lock.spring(i, from) + 2.0 * lock.mu * force;
            assert!((push.force - expected).abs() < 1e-9, "at {from} mm: {} {expected}", push.force);
        }
        let set = e.push(&lock, i, 0.5 * (gate.0 + gate.1), 50.0, f64::INFINITY, &mut low);
        assert_eq!(set.ended, Ended::Freed);
        e.rest(&lock);
        let beyond = e.push(&lock, i, 0.5 * (gate.0 + gate.1), 50.0, f64::INFINITY, &mut low);
        assert!(beyond.peak <= lock.spring(i, gate.1) + 1e-9, "set: the spring alone, {}", beyond.peak);
        // further up the key pin meets the shell and turns the plug back; a light hand gets no further
        let wall =
            e.push(&lock, i, lock.travel, lock.spring(i, gate.1) + 0.3 * force, f64::INFINITY, &mut low);
        assert_eq!(wall.ended, Ended::Blocked, "overset at {force} N");
    }
}

/// Flights by small steps come to the closed form as the step shrinks, in proportion to it.
#[test]
fn stepped_flights_converge_to_the_closed_form() {
    let s = Stack { driver: 0.26e-3, key_pin: 0.3e-3, rate: 100.0, preload: 0.5, friction: 0.1, rise: 2e-3 };
    let (up, ..) = s.flight(5.0).unwrap();
    let error = |dt: f64| {
        // semi-implicit steps, the crossing found within its step
        let (mut x, mut v, mut t) = (0.0_f64, 5.0_f64, 0.0);
        loop {
            v -= (s.preload + s.friction + s.rate * x) / s.driver * dt;
            if x + v * dt >= s.rise {
                return (t + (s.rise - x) / v - up).abs();
            }
            x += v * dt;
            t += dt;
        }
    };
    let errors = [8e-6, 4e-6, 2e-6, 1e-6].map(error);
    for w in errors.windows(2) {
        let ratio = w[0] / w[1];
        assert!((1.7..2.3).contains(&ratio), "halving the step halves the error: {errors:?}");
    }
}
