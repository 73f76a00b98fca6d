//! An audit from end to end: check, sample every attacker, rank, try what would help, and put it in words.

mod first;
mod rest;

use crate::engine::run::{Attempt, Counts, GRID, Sampling};
use crate::figures::{Attacker, FigureError, Figures};
use crate::flags;
use crate::picked::picked;
use crate::question;
use crate::report::{AttackerResult, FigureUse, PartResult, Question, Report, SCHEMA, Weakest, WhatIf};
use crate::stranded::lock_out;
use crate::survey::{Problem, Survey};

/// What this is and is not: stands on every page of a report.
pub const ABOUT: &str = "Shares of sampled worlds, worked out from what was said about this door and from public figures. \
It is no test of this door, no forecast of a burglary and no certificate.";

/// How to audit.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Same seed, same report.
    pub seed: u64,
    /// Worlds for each attacker, 1,000 to 10,000,000.
    pub worlds: usize,
    /// Worlds for each upgrade and attacker.
    pub upgrade_worlds: usize,
    /// Single probabilities are for this time, s: 1 to 3,600.
    pub within_s: f64,
    /// Only this attacker.
    pub attacker: Option<String>,
    /// Answers to change, key and value.
    pub what_if: Vec<(String, String)>,
    /// Threads.
    pub threads: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            worlds: 10_000,
            upgrade_worlds: 4_000,
            within_s: 300.0,
            attacker: None,
            what_if: Vec::new(),
            threads: 1,
        }
    }
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// Answers that cannot both be true.
    #[error("the survey contradicts itself:\n{}", list(.0))]
    Contradictions(Vec<Problem>),
    /// A figure is missing or damaged.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// No attacker of that name.
    #[error("there is no attacker `{name}`; did you mean `{nearest}`?")]
    Attacker {
        /// What was asked for.
        name: String,
        /// The nearest there is.
        nearest: String,
    },
    /// An option out of range.
    #[error("{0}")]
    Option(String),
    /// A what-if that cannot be read.
    #[error("what-if: {0}")]
    WhatIf(Problem),
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n")
}

/// One attacker's attempt and what came of it.
struct Run<'a> {
    attacker: &'a Attacker,
    attempt: Attempt,
    counts: Counts,
}

/// Audits a door.
///
/// # Errors
/// Contradictions, a missing figure, an unknown attacker, an option out of range or a what-if that cannot
/// be read.
pub fn audit(survey: &Survey, figures: &Figures, options: &Options) -> Result<Report, AuditError> {
    First::of(survey, figures, options)?.finish()
}

/// The first result: every attacker sampled, nothing tried yet. A page can show it while the rest is
/// worked out.
pub struct First<'a> {
    survey: &'a Survey,
    figures: &'a Figures,
    options: &'a Options,
    runs: Vec<Run<'a>>,
    attackers: Vec<AttackerResult>,
    /// Place of the single time among the times counted.
    at: usize,
}

impl<'a> First<'a> {
    /// Checks the survey and samples every attacker.
    ///
    /// # Errors
    /// As [`audit`].
    pub fn of(survey: &'a Survey, figures: &'a Figures, options: &'a Options) -> Result<Self, AuditError> {
        check(survey, options)?;
        let sampling = sampling(options);
        let at = sampling.grid.iter().position(|t| *t >= options.within_s).unwrap_or(0);
        let runs = runs(survey, figures, options, &sampling)?;
        let attackers = runs.iter().map(|run| first::attacker_result(run, &sampling.grid, at)).collect();
        Ok(Self { survey, figures, options, runs, attackers, at })
    }

    /// The weakest way in; `None` when nobody gets in.
    pub fn weakest(&self) -> Option<Weakest> {
        let lead = first::leading(&self.attackers)?;
        first::weakest(&self.runs[lead], &self.attackers[lead], self.options.within_s)
    }

    /// Parts of the door and how soon each gives.
    pub fn parts(&self) -> Vec<PartResult> {
        first::parts(self.survey, &self.runs)
    }

    /// The unknown answers that matter, the most useful to know first.
    pub fn questions(&self) -> Vec<Question> {
        let pairs: Vec<(&Attempt, &Counts)> =
            self.runs.iter().map(|run| (&run.attempt, &run.counts)).collect();
        rest::questions(&question::ranked(&pairs, self.at))
    }

    /// The figures that this door's result rests on, with who uses each.
    pub fn figures(&self) -> Vec<FigureUse> {
        rest::figures_used(self.figures, &self.runs)
    }

    /// Ranks the unknowns, tries what would help and puts everything in words.
    ///
    /// # Errors
    /// A missing figure or a what-if that cannot be read.
    pub fn finish(self) -> Result<Report, AuditError> {
        let lead = first::leading(&self.attackers);
        let (weakest, parts, questions) = (self.weakest(), self.parts(), self.questions());
        let Self { survey, figures, options, runs, attackers, .. } = self;
        let tried = rest::tried(survey, figures, options, &runs)?;
        let flags = flags::flags(survey);
        let tool = runs.iter().find(|run| run.attacker.name == "tool-burglar").map(|run| &run.counts);
        let used = rest::figures_used(figures, &runs);
        Ok(Report {
            schema: SCHEMA,
            seed: options.seed,
            worlds: options.worlds,
            within_s: options.within_s,
            about: ABOUT,
            weakest,
            layers: lead.map(|at_run| first::layers(&runs[at_run].counts.parts)).unwrap_or_default(),
            layers_force: lead
                .map(|at_run| first::layers(&runs[at_run].counts.parts_force))
                .unwrap_or_default(),
            parts,
            maintenance_pass: flags::maintenance_pass(&flags),
            flags,
            do_first: rest::do_first(&tried),
            waterfall: match lead {
                Some(at_run) => rest::waterfall(survey, figures, options, &runs[at_run], &tried)?,
                None => Vec::new(),
            },
            upgrades: tried,
            next_question: questions.first().cloned(),
            questions,
            what_if: rest::what_if(survey, figures, options, options.worlds)?,
            can_be_picked: picked(survey, figures, tool, options.seed)?,
            lock_out: lock_out(survey, figures, options.seed)?,
            estimates: used.iter().filter(|figure| figure.kind == "estimate").count(),
            overridden: rest::overridden(figures, &used),
            figures: used,
            answers: rest::answers(survey),
            attackers,
        })
    }
}

/// The what-if of `options` by itself, with the worlds of an upgrade: for a page that has the report already.
/// `None` where nothing is to be changed.
///
/// # Errors
/// As [`audit`].
pub fn what_if(survey: &Survey, figures: &Figures, options: &Options) -> Result<Option<WhatIf>, AuditError> {
    check(survey, options)?;
    rest::what_if(survey, figures, options, options.upgrade_worlds)
}

impl Report {
    /// Puts in what depends on how the answers are known and not on their values: a report that was worked
    /// out before, for a survey of the same values.
    pub fn with_evidence(mut self, survey: &Survey) -> Self {
        self.flags = flags::flags(survey);
        self.answers = rest::answers(survey);
        self
    }
}

fn check(survey: &Survey, options: &Options) -> Result<(), AuditError> {
    let contradictions = survey.contradictions();
    if !contradictions.is_empty() {
        return Err(AuditError::Contradictions(contradictions));
    }
    if !(1.0..=3600.0).contains(&options.within_s) {
        return Err(AuditError::Option(format!("within is 1 to 3600 seconds, not {}", options.within_s)));
    }
    if !(1000..=10_000_000).contains(&options.worlds) {
        return Err(AuditError::Option(format!("worlds are 1000 to 10000000, not {}", options.worlds)));
    }
    Ok(())
}

fn sampling(options: &Options) -> Sampling {
    let mut grid: Vec<f64> = GRID.to_vec();
    if !grid.contains(&options.within_s) {
        grid.push(options.within_s);
        grid.sort_by(f64::total_cmp);
    }
    Sampling { seed: options.seed, worlds: options.worlds, threads: options.threads, grid, detail: true }
}

fn chosen<'a>(figures: &'a Figures, options: &Options) -> Result<Vec<&'a Attacker>, AuditError> {
    match &options.attacker {
        None => Ok(figures.attackers.iter().collect()),
        Some(name) => Ok(vec![figures.attacker(name).ok_or_else(|| AuditError::Attacker {
            name: name.clone(),
            nearest: figures.nearest_attacker(name).to_owned(),
        })?]),
    }
}

fn runs<'a>(
    survey: &Survey,
    figures: &'a Figures,
    options: &Options,
    sampling: &Sampling,
) -> Result<Vec<Run<'a>>, AuditError> {
    let mut runs = Vec::new();
    for attacker in chosen(figures, options)? {
        let attempt = Attempt::new(survey, figures, attacker)?;
        let counts = attempt.run(sampling);
        runs.push(Run { attacker, attempt, counts });
    }
    Ok(runs)
}
