//! P(open) against time for a cylinder and an attacker: what `doorward lab` works out, within the lab's bounds
//! on this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::StatusCode;
use cylinder::Error;
use cylinder::describe::Description;
use cylinder::times::{Attack, Banded, Plan, Times, run_while};
use tokio::time::Instant;

use super::pool::Lab;
use super::{figures, refused};
use crate::problem::Problem;

/// Times (s) at which P(open) is told.
pub(crate) const AT: [f64; 8] = [10.0, 30.0, 60.0, 120.0, 180.0, 300.0, 900.0, 1800.0];
/// Draws of what is not known, cylinders under each, attempts on each: about a second of one core.
const DRAWS: u32 = 32;
const LOCKS: u32 = 12;
const ATTEMPTS: u32 = 4;
/// When an attempt is given up (s).
const HORIZON_S: f64 = 1800.0;

/// What is done, by its word in addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AttackWord(pub Attack);

impl AttackWord {
    pub(crate) const ALL: [Self; 6] = [
        Self(Attack::Pick),
        Self(Attack::Rake),
        Self(Attack::Bump),
        Self(Attack::Snap),
        Self(Attack::Impression),
        Self(Attack::Machine),
    ];

    /// The word in addresses, as in `doorward lab`.
    pub(crate) fn word(self) -> &'static str {
        match self.0 {
            Attack::Pick => "pick",
            Attack::Rake => "rake",
            Attack::Bump => "bump",
            Attack::Snap => "snap",
            Attack::Impression => "impression",
            Attack::Machine => "machine",
        }
    }

    /// What a choice of the page says.
    pub(crate) fn title(self) -> &'static str {
        match self.0 {
            Attack::Pick => "pick it, one by one",
            Attack::Rake => "rake it",
            Attack::Bump => "bump key",
            Attack::Snap => "snap gun",
            Attack::Impression => "file a key after its marks",
            Attack::Machine => "a machine that tries every code",
        }
    }

    pub(crate) fn read(word: &str) -> Result<Self, Problem> {
        if word.is_empty() {
            return Ok(Self(Attack::Pick));
        }
        Self::ALL.into_iter().find(|one| one.word() == word).ok_or_else(|| {
            let words = Self::ALL.map(Self::word).join(", ");
            Problem::bad_input(format!("Attack: please choose one of {words}."))
        })
    }
}

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub description: Description,
    pub attack: AttackWord,
    pub attacker: String,
    pub seed: u64,
}

/// What came out.
#[derive(Debug)]
pub(crate) struct Odds {
    pub times: Times,
    /// The attacker in words.
    pub title: String,
    /// Answers that were not told and were drawn.
    pub open_questions: Vec<&'static str>,
    /// Whether time ran out before all draws were done.
    pub cut: bool,
}

impl Odds {
    /// P(open) at the times told.
    pub(crate) fn points(&self) -> Vec<(f64, Banded)> {
        AT.iter().map(|t| (*t, self.times.p_open(*t))).collect()
    }
}

/// One line of a comparison.
#[derive(Debug, Clone)]
pub(crate) struct Rank {
    pub name: String,
    pub path: String,
    /// What came out, or why there is nothing.
    pub odds: Result<Arc<Odds>, String>,
}

/// Raised when the one who asked has gone.
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Lab {
    /// Works out the odds, or hands out what was worked out before: the same question has the same answer.
    ///
    /// # Errors
    /// Bad input naming the field; *not rated* with its reason; busy, with when to come again.
    pub(crate) async fn odds(&self, asked: &Asked) -> Result<Arc<Odds>, Problem> {
        let figures = figures()?;
        let attacker = figures.attackers.get(&asked.attacker).map_err(|error| refused(&error))?.clone();
        let question = format!("{asked:?}");
        if let Some(odds) = self.kept(&question) {
            return Ok(odds);
        }
        let turn = self.turn().await.map_err(|_| busy())?;
        // somebody before in the line may have asked the same
        if let Some(odds) = self.kept(&question) {
            return Ok(odds);
        }
        let gone = Gone(Arc::new(AtomicBool::new(false)));
        let (left, end) = (gone.0.clone(), Instant::now() + self.limits.run);
        let (one, title) = (asked.clone(), attacker.title.clone());
        let done = tokio::task::spawn_blocking(move || {
            let plan = Plan {
                seed: one.seed,
                draws: DRAWS,
                locks: LOCKS,
                attempts: ATTEMPTS,
                horizon_s: HORIZON_S,
                threads: 1,
            };
            let go_on = |_| !left.load(Ordering::Relaxed) && Instant::now() < end;
            let done = run_while(&one.description, &attacker, one.attack.0, figures, &plan, &go_on);
            // given back here and not by the one who asked: who leaves early must not make room for a second run
            drop(turn);
            done
        });
        let times = match done.await {
            Ok(Ok(times)) => times,
            Ok(Err(Error::NotRated(why))) => {
                let text = format!("This is not rated: {why}.");
                return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "not_rated", text));
            }
            Ok(Err(error)) => return Err(refused(&error)),
            Err(error) => return Err(Problem::internal("The lab", &error)),
        };
        drop(gone);
        let cut = times.draws() < DRAWS as usize;
        let open_questions = asked.description.open_questions();
        let odds = Arc::new(Odds { times, title, open_questions, cut });
        // what the clock cut short is of this moment's load, not of the question
        if !cut {
            self.keep(question, odds.clone());
        }
        Ok(odds)
    }
}

impl Lab {
    /// Runs something that takes a good part of a second, in turn with the runs.
    ///
    /// # Errors
    /// Busy, with when to come again.
    pub(crate) async fn counted<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.turn().await.map_err(|_| busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|error| Problem::internal("Counting", &error))
    }
}

fn busy() -> Problem {
    let text = "Others are having odds worked out just now. Try again in half a minute.";
    Problem { retry_after: Some(30), ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", text) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Asked, Attack, AttackWord};
    use crate::lab::{Lab, Limits, shelf};

    fn asked(slug: &str, attack: AttackWord) -> Asked {
        let description = shelf::find(slug).expect("on the shelf").description();
        Asked { description, attack, attacker: "hobbyist".into(), seed: 1 }
    }

    #[tokio::test]
    async fn d6_odds_are_kept_and_have_three_bands() {
        let lab = Lab::new(Limits { run: Duration::from_secs(60), ..Limits::default() });
        let first = lab.odds(&asked("five-pins", AttackWord(Attack::Bump))).await.expect("odds");
        assert!(!first.cut && first.points().len() == 8);
        let again = lab.odds(&asked("five-pins", AttackWord(Attack::Bump))).await.expect("odds");
        assert!(Arc::ptr_eq(&first, &again));
        for (_, p) in first.points() {
            for band in [p.sampling, p.lock_to_lock, p.ignorance] {
                assert!(band[0] <= p.value && p.value <= band[1], "{p:?}");
            }
        }
    }

    #[tokio::test]
    async fn d6_a_run_is_cut_off_by_the_clock_and_said_so() {
        let lab = Lab::new(Limits { run: Duration::ZERO, ..Limits::default() });
        let odds = lab.odds(&asked("three-pins", AttackWord(Attack::Pick))).await.expect("what there is");
        assert!(odds.cut && odds.times.draws() == 1);
    }

    #[tokio::test]
    async fn d6_what_has_no_model_is_not_rated_and_wrong_names_are_refused() {
        let lab = Lab::new(Limits::default());
        let discs = lab.odds(&asked("discs", AttackWord(Attack::Bump))).await.expect_err("no pins").code;
        assert_eq!(discs, "not_rated");
        let wizard = Asked { attacker: "wizard".into(), ..asked("one-pin", AttackWord(Attack::Pick)) };
        let words = lab.odds(&wizard).await.expect_err("nobody").message;
        assert!(words.contains("novice"), "{words}");
    }
}
