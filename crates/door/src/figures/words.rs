//! Figures in words, and who uses them: for the list on the page and in the terminal.

use std::collections::BTreeMap;

use super::{Dist, Figure, FigureError, Figures};
use crate::engine::run::Attempt;
use crate::survey::Survey;

impl Figure {
    /// The value in words: a middle with its 90 % range, weights, or points of a curve.
    pub fn in_words(&self) -> String {
        match &self.dist {
            Dist::Point(value) => tidy(*value),
            Dist::Weights(weights) => {
                let words: Vec<String> =
                    weights.iter().map(|(word, weight)| format!("{word} {weight}")).collect();
                words.join(", ")
            }
            Dist::Curve(points) => {
                let pairs: Vec<String> = points.iter().map(|(x, y)| format!("{x}: {y}")).collect();
                pairs.join(", ")
            }
            other => match (other.range90(), other.median()) {
                (Some((low, high)), Some(middle)) => {
                    format!("{} ({} to {}, 90 %)", tidy(middle), tidy(low), tidy(high))
                }
                _ => String::new(),
            },
        }
    }
}

impl Figures {
    /// Which ways in use each figure, over all attackers with nothing known of the door.
    ///
    /// # Errors
    /// A figure is missing.
    pub fn users(&self) -> Result<BTreeMap<String, Vec<&'static str>>, FigureError> {
        let mut users: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
        for attacker in &self.attackers {
            for (id, ways) in Attempt::new(&Survey::default(), self, attacker)?.draws.used {
                let all = users.entry(id).or_default();
                for way in ways {
                    if !all.contains(&way.id()) {
                        all.push(way.id());
                    }
                }
            }
        }
        Ok(users)
    }
}

/// Three significant digits.
fn tidy(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let digits = (2.0 - libm::floor(libm::log10(libm::fabs(number)))).clamp(0.0, 9.0) as usize;
    let text = format!("{number:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}
