//! The survey asked in the terminal: the question worth most comes next, "don't know" is always an answer.

use std::io::{BufRead, Write};

use door::engine::run::{Attempt, GRID, Sampling};
use door::figures::Figures;
use door::question::ranked;
use door::survey::{Key, Kind, Spec, Survey};

/// Worlds between two questions: enough to order them.
const WORLDS: usize = 2000;
/// Most questions asked in one sitting.
const MOST: usize = 60;

/// Asks until nothing unknown matters or the person has had enough (`stop`, or the end of the input).
///
/// # Errors
/// The terminal went away, or a figure is missing.
pub fn ask(
    mut survey: Survey,
    figures: &Figures,
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> anyhow::Result<Survey> {
    writeln!(out, "Answer what you know. Enter: don't know.  ?: how to find out.  stop: enough.\n")?;
    let mut passed: Vec<Key> = Vec::new();
    for _ in 0..MOST {
        let Some(key) = next(&survey, figures, &passed)? else { break };
        let spec = key.spec();
        writeln!(out, "{}", spec.ask)?;
        for opt in key.options() {
            writeln!(out, "    {:14} {}", opt.word, opt.means)?;
        }
        match one(&mut survey, spec, input, out)? {
            Heard::Answer => {}
            Heard::DontKnow => passed.push(key),
            Heard::Stop => break,
        }
    }
    Ok(survey)
}

enum Heard {
    Answer,
    DontKnow,
    Stop,
}

fn one(
    survey: &mut Survey,
    spec: &Spec,
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> anyhow::Result<Heard> {
    loop {
        write!(out, "  {} > ", hint(spec.kind))?;
        out.flush()?;
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(Heard::Stop);
        }
        match line.trim() {
            "stop" | "quit" => return Ok(Heard::Stop),
            "" | "unknown" => return Ok(Heard::DontKnow),
            "?" => {
                let help = if spec.help.is_empty() { "No more to say about this one." } else { spec.help };
                writeln!(out, "  {help}")?;
            }
            answer => match survey.set_text(spec.path, answer) {
                Ok(key) if survey.contradictions().is_empty() => {
                    return Ok(if survey.value(key).is_some() { Heard::Answer } else { Heard::DontKnow });
                }
                Ok(key) => {
                    for problem in survey.contradictions() {
                        writeln!(out, "  {problem}")?;
                    }
                    survey.forget(key);
                }
                Err(problem) => writeln!(out, "  {problem}")?,
            },
        }
    }
}

fn hint(kind: Kind) -> String {
    match kind {
        Kind::Choice(_) => "one of these words".to_owned(),
        Kind::Many(_) => "any of these words, with commas".to_owned(),
        Kind::Length { .. } => "mm, or inches as 3in".to_owned(),
        Kind::Count { unit, .. } => unit.to_owned(),
        Kind::YesNo => "yes or no".to_owned(),
    }
}

/// The key worth asking next among those not passed over.
fn next(survey: &Survey, figures: &Figures, passed: &[Key]) -> anyhow::Result<Option<Key>> {
    let sampling = Sampling { seed: 1, worlds: WORLDS, threads: 1, grid: GRID.to_vec(), detail: true };
    let mut runs = Vec::new();
    for attacker in &figures.attackers {
        let attempt = Attempt::new(survey, figures, attacker)?;
        let counts = attempt.run(&sampling);
        runs.push((attempt, counts));
    }
    let pairs: Vec<_> = runs.iter().map(|(attempt, counts)| (attempt, counts)).collect();
    let at = GRID.iter().position(|t| *t >= 300.0).unwrap_or(0);
    Ok(ranked(&pairs, at)
        .into_iter()
        .find(|worth| worth.gain > 0.0005 && !passed.contains(&worth.key))
        .map(|worth| worth.key))
}
