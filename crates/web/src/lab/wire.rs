//! What goes over the stream: orders in, answers out, as small JSON. Short names where a message goes out many
//! times a second; numbers rounded to what can be seen.

use cylinder::bump::Tool;
use cylinder::coach;
use cylinder::describe::Driver;
use cylinder::session::{MOST_FORCE, MOST_TORQUE, Session, Snapshot, State};
use cylinder::slow::Film;
use serde::{Deserialize, Serialize};

/// What a browser may ask. Each gets exactly one [`Answer`], in order.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Order {
    /// Where both hands are: torque (N mm), and the pick under element `at` (from 0) with the hand at `wish`
    /// (mm); no pick without `at`.
    Hand {
        torque: f64,
        #[serde(default)]
        at: Option<usize>,
        #[serde(default)]
        wish: f64,
    },
    /// Holds this torque (N mm) and leaves the pick where it is.
    Tension { torque: f64 },
    /// Lifts with a stiff hand, as the buttons do.
    Lift { at: usize, height: f64 },
    /// Lets go of everything.
    Release,
    /// What to do next.
    Hint,
    /// A whole pick of this cylinder, to be played.
    Show,
    /// One blow, filmed: with what, speed (m/s), torque (N mm), and which account.
    Strike {
        #[serde(default)]
        tool: Tool,
        speed: f64,
        torque: f64,
        ratchet: bool,
    },
}

/// What comes back.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Answer {
    /// The first message: what to draw.
    Hello(Box<Hello>),
    /// How it stands after a move.
    Snap(Box<Snap>),
    /// A hint in words, and the element it is about (from 0).
    Hint { words: String, at: Option<usize> },
    /// A tape of a whole pick.
    Show { tape: String },
    /// A blow.
    Film(Box<FilmOut>),
    /// What was wrong with the order; nothing was done.
    Wrong { words: String },
}

/// The cylinder, once.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Hello {
    pub name: String,
    pub element: &'static str,
    pub seed: u64,
    pub split: bool,
    pub sprung: bool,
    /// Whether a bump key is a tool here.
    pub bump: bool,
    /// Longest lift (mm), plug radius (mm), most torque (N mm), most force (N).
    pub travel: f64,
    pub radius: f64,
    pub most_torque: f64,
    pub most_force: f64,
    /// For each element: lift at which it is set (mm), length of the key pin (mm), offset (mm), driver, curve.
    pub set: Vec<f64>,
    pub key: Vec<f64>,
    pub gap: Vec<f64>,
    pub driver: Vec<Driver>,
    pub curve: Vec<Vec<[f64; 2]>>,
    pub now: Snap,
}

/// How it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Snap {
    /// Plug travel (mm), torque (N mm), force at the pick (N), turned back in this step (mm).
    pub y: f64,
    pub t: f64,
    pub f: f64,
    pub b: f64,
    /// Click, blocked, open.
    pub c: bool,
    pub x: bool,
    pub o: bool,
    /// Tip of the pick: element, height (mm).
    pub tip: Option<(usize, f64)>,
    /// For each element: lift, lift of the lower piece, load (N), play (mm).
    pub l: Vec<f64>,
    pub k: Vec<f64>,
    pub n: Vec<f64>,
    pub p: Vec<f64>,
    /// One letter each: resting, binding, set, false set, overset, up.
    pub s: String,
    /// In words, and why.
    pub w: String,
    pub why: String,
}

/// A film with its words.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FilmOut {
    #[serde(flatten)]
    pub film: Film,
    pub words: String,
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// The letter for a state, as in [`Snap::s`].
pub(crate) fn letter(state: State) -> char {
    match state {
        State::Resting => 'r',
        State::Binding => 'b',
        State::Set => 's',
        State::FalseSet => 'f',
        State::Overset => 'o',
        State::Lifted => 'u',
    }
}

/// The word on the page for a state.
pub(crate) fn word(state: State) -> &'static str {
    match state {
        State::Resting => "free",
        State::Binding => "binds",
        State::Set => "set",
        State::FalseSet => "false set",
        State::Overset => "too high",
        State::Lifted => "lifted",
    }
}

impl Snap {
    pub(crate) fn of(session: &Session, snap: &Snapshot) -> Self {
        let each = |of: fn(&cylinder::session::Seen) -> f64| -> Vec<f64> {
            snap.elements.iter().map(|e| round(of(e))).collect()
        };
        Self {
            y: round(snap.travel),
            t: round(snap.torque),
            f: round(snap.force.min(MOST_FORCE)),
            b: round(snap.back),
            c: snap.click,
            x: snap.blocked,
            o: snap.open,
            tip: snap.tip.map(|(at, height)| (at, round(height))),
            l: each(|e| e.lift),
            k: each(|e| e.lower),
            n: each(|e| e.load),
            p: each(|e| e.play),
            s: snap.elements.iter().map(|e| letter(e.state)).collect(),
            w: snap.words.clone(),
            why: coach::why(session, snap),
        }
    }
}

impl Hello {
    pub(crate) fn of(session: &Session, name: &str, seed: u64, bump: bool) -> Self {
        let lock = session.lock();
        let each = |of: &[f64]| of[..lock.n].iter().map(|v| round(*v)).collect();
        Self {
            name: name.to_owned(),
            element: session.kind().element(),
            seed,
            split: lock.split[0],
            sprung: lock.sprung[0],
            bump,
            travel: round(lock.travel),
            radius: lock.radius,
            most_torque: MOST_TORQUE,
            most_force: MOST_FORCE,
            set: each(&lock.set_lift),
            key: each(&lock.key_pin),
            gap: each(&lock.gap),
            driver: lock.driver[..lock.n].to_vec(),
            curve: lock.curves[..lock.n]
                .iter()
                .map(|c| c.corners().into_iter().map(|(x, y)| [round(x), round(y)]).collect())
                .collect(),
            now: Snap::of(session, &session.look()),
        }
    }
}

/// What a film shows, in words.
pub(crate) fn film_words(film: &Film, ratchet: bool) -> String {
    let apart = film.stacks.iter().filter(|s| s.apart.is_some()).count();
    let n = film.stacks.len();
    let together = film.together.map_or_else(
        || "never all at the same moment".to_owned(),
        |t| format!("all at the same moment for {:.2} ms", t[1] - t[0]),
    );
    let end = match (film.opened, ratchet) {
        (true, true) => "The plug turned chamber by chamber, each driver left standing on its ledge: open.",
        (true, false) => "That was long enough for the plug to start: open.",
        (false, true) => {
            "The plug caught some and not all before the pins were back: not open. Strike again."
        }
        (false, false) => "The plug had not started before the first pins were back: not open. Strike again.",
    };
    format!("{apart} of {n} stacks parted at the shear line, {together}. {end}")
}

#[cfg(test)]
mod tests {
    use super::Order;

    #[test]
    fn orders_are_read_and_strangers_are_not() {
        let read = |text: &str| serde_json::from_str::<Order>(text);
        assert_eq!(
            read(r#"{"do":"hand","torque":14,"at":2,"wish":1.5}"#).expect("a hand"),
            Order::Hand { torque: 14.0, at: Some(2), wish: 1.5 }
        );
        assert!(matches!(read(r#"{"do":"hand","torque":0}"#), Ok(Order::Hand { at: None, .. })));
        for bad in
            ["", "[]", "{}", r#"{"do":"open"}"#, r#"{"do":"hand","torque":1,"x":1}"#, r#"{"do":"lift"}"#]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
