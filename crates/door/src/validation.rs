//! How the audit fared against published results, as `cargo xtask validate door` last found it: for the page and
//! for whoever wants to know without running it. Runs nothing itself.

use serde::{Deserialize, Serialize};

/// What was found, as it comes with the program.
const FOUND: &str = include_str!("../../../figures/validation/found.json");

/// Every target with what came of it, and what would change the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// One row for each target, in the order of the targets' file.
    pub targets: Vec<Outcome>,
    /// What would change the answer, in sentences.
    pub limits: Vec<String>,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Short name.
    pub id: String,
    /// `fit` or `predict`, fixed before the first run.
    pub role: String,
    /// What is compared.
    pub what: String,
    /// The published value.
    pub value: f64,
    /// Its interval.
    pub observed: [f64; 2],
    /// Unit of all three.
    pub unit: String,
    /// What the audit says, three decimals.
    pub model: f64,
    /// Whether that lies in the interval.
    pub agrees: bool,
    /// Who published it.
    pub source: String,
    /// Where.
    pub address: String,
}

/// What was found.
///
/// # Errors
/// Never for the file as shipped; the tests read it.
pub fn outcomes() -> Result<Found, serde_json::Error> {
    serde_json::from_str(FOUND)
}

#[cfg(test)]
mod tests {
    use super::outcomes;

    /// The file that is shown agrees with itself: nothing is called agreeing that lies outside.
    #[test]
    fn d2_what_is_shown_as_agreeing_lies_in_the_interval() {
        let found = outcomes().unwrap();
        assert!(found.targets.len() > 20 && !found.limits.is_empty());
        for one in &found.targets {
            assert_eq!(one.agrees, (one.observed[0]..=one.observed[1]).contains(&one.model), "{}", one.id);
            assert!(one.role == "fit" || one.role == "predict", "{}", one.id);
        }
    }
}
