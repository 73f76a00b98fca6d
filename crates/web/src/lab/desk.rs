//! One cylinder on the desk of one browser: takes an order, gives an answer. Knows no socket and no clock.

use cylinder::coach::{self, Advice};
use cylinder::session::{Move, Session, Snapshot};
use cylinder::slow::{Blow, film};
use cylinder::{bump, rng::Rng};

use super::chosen::Chosen;
use super::tape::{FORCE_N, Tape};
use super::wire::{Answer, FilmOut, Hello, Order, Snap, film_words};
use super::{figures, refused, sentence};
use crate::problem::Problem;

/// Key of the blows' scatter, apart from the cylinder's own.
const BLOW_KEY: u64 = 0xb10_7000;

/// A cylinder under hand.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    chosen: Chosen,
    session: Session,
    last: Snapshot,
    blows: u64,
}

impl Desk {
    /// Lays the cylinder out.
    ///
    /// # Errors
    /// Bad input where the description cannot be made.
    pub(crate) fn new(chosen: Chosen) -> Result<Self, Problem> {
        let session =
            Session::new(&chosen.description, figures()?, chosen.seed).map_err(|error| refused(&error))?;
        let last = session.look();
        Ok(Self { chosen, session, last, blows: 0 })
    }

    /// The cylinder.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// How it stood after the last move.
    pub(crate) fn last(&self) -> &Snapshot {
        &self.last
    }

    /// The first message.
    pub(crate) fn hello(&self) -> Answer {
        let bump = bump::applies(&self.chosen.description).is_ok();
        Answer::Hello(Box::new(Hello::of(&self.session, &self.chosen.name, self.chosen.seed, bump)))
    }

    /// Plays a tape from where it stands.
    ///
    /// # Errors
    /// As [`Tape::play`].
    pub(crate) fn play(&mut self, tape: &Tape) -> Result<(), Problem> {
        self.last = tape.play(&mut self.session)?;
        Ok(())
    }

    /// Takes one order.
    pub(crate) fn take(&mut self, order: Order) -> Answer {
        match self.done(order) {
            Ok(answer) => answer,
            Err(error) => Answer::Wrong { words: sentence(&error.to_string()) },
        }
    }

    fn done(&mut self, order: Order) -> Result<Answer, cylinder::Error> {
        match order {
            Order::Hand { torque, at, wish } => self.hand(torque, at, wish)?,
            Order::Tension { torque } => self.last = self.session.step(Move::Tension { torque })?,
            Order::Lift { at, height } => {
                self.last = self.session.step(Move::Lift { at, height, force: FORCE_N })?;
            }
            Order::Release => self.last = self.session.step(Move::Release)?,
            Order::Hint => {
                let hint = coach::hint(&self.session, &self.last);
                let at = match hint.advice {
                    Advice::Lift { at } | Advice::Lower { at } => Some(at),
                    _ => None,
                };
                return Ok(Answer::Hint { words: hint.words, at });
            }
            Order::Show => {
                let mut fresh = self.session.clone();
                fresh.step(Move::Release)?;
                let mut tape = Tape::default();
                coach::pick(&fresh)?.into_iter().for_each(|m| tape.push(m));
                return Ok(Answer::Show { tape: tape.text() });
            }
            Order::Strike { tool, speed, torque, ratchet } => {
                return self.strike(Blow { tool, speed, torque, ratchet });
            }
        }
        Ok(Answer::Snap(Box::new(Snap::of(&self.session, &self.last))))
    }

    /// Both hands at once: first the wrench, then the pick; what clicked or turned back on the way is told
    /// together.
    fn hand(&mut self, torque: f64, at: Option<usize>, wish: f64) -> Result<(), cylinder::Error> {
        // a wrong pick must not change the wrench: asked of a copy when both change
        let mut session = self.session.clone();
        let mut first = None;
        if torque.to_bits() != self.last.torque.to_bits() {
            first = Some(session.step(Move::Tension { torque })?);
        }
        let second = match at {
            Some(at) => Some(session.step(Move::Lead { at, wish })?),
            None if self.last.tip.is_some() => Some(session.step(Move::Withdraw)?),
            None => None,
        };
        self.session = session;
        let still = || self.session.look();
        self.last = match (first, second) {
            (Some(wrench), Some(mut pick)) => {
                pick.click |= wrench.click;
                pick.back = pick.back.max(wrench.back);
                pick
            }
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => still(),
        };
        Ok(())
    }

    fn strike(&mut self, blow: Blow) -> Result<Answer, cylinder::Error> {
        self.blows += 1;
        let mut rng = Rng::keyed(self.chosen.seed ^ BLOW_KEY, self.blows);
        let s = &self.session;
        let film = film(&self.chosen.description, s.lock(), s.values(), &blow, &mut rng)?;
        let words = film_words(&film, blow.ratchet);
        Ok(Answer::Film(Box::new(FilmOut { film, words })))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Answer, Chosen, Desk, Order};
    use crate::lab::shelf;
    use cylinder::bump::Tool;

    pub(in crate::lab) fn desk(slug: &str) -> Desk {
        let one = shelf::find(slug).expect("on the shelf");
        Desk::new(Chosen {
            slug: slug.into(),
            query: String::new(),
            name: one.name.into(),
            line: String::new(),
            description: one.description(),
            seed: one.seed,
            door: None,
        })
        .expect("a desk")
    }

    #[test]
    fn d6_a_shown_pick_opens_by_the_orders_of_a_hand() {
        let mut desk = desk("three-pins");
        let Answer::Show { tape } = desk.take(Order::Show) else { panic!("a tape") };
        desk.play(&crate::lab::Tape::parse(&tape).expect("a tape")).expect("plays");
        assert!(desk.last().open, "{}", desk.last().words);
    }

    #[test]
    fn a_wrong_order_changes_nothing_and_says_why() {
        let mut desk = desk("three-pins");
        desk.take(Order::Hand { torque: 14.0, at: None, wish: 0.0 });
        let before = desk.last().clone();
        for order in [
            Order::Hand { torque: 20.0, at: Some(9), wish: 1.0 },
            Order::Hand { torque: -1.0, at: None, wish: 0.0 },
            Order::Lift { at: 0, height: f64::NAN },
            Order::Strike { tool: Tool::BumpKey, speed: 1e9, torque: 1.0, ratchet: true },
        ] {
            let Answer::Wrong { words } = desk.take(order) else { panic!("{order:?} was taken") };
            assert!(words.contains("cannot be used"), "{words}");
        }
        assert_eq!(desk.session().look().torque.to_bits(), before.torque.to_bits());
        assert_eq!(desk.last(), &before);
    }

    #[test]
    fn d6_a_blow_is_filmed_for_pins_and_refused_for_discs() {
        let strike = Order::Strike { tool: Tool::SnapGun, speed: 5.0, torque: 12.0, ratchet: true };
        let Answer::Film(film) = desk("five-pins").take(strike) else { panic!("a film") };
        assert_eq!(film.film.stacks.len(), 5);
        assert!(film.words.contains("of 5 stacks parted"), "{}", film.words);
        let Answer::Wrong { words } = desk("discs").take(strike) else { panic!("refused") };
        assert!(words.contains("Not rated"), "{words}");
    }
}
