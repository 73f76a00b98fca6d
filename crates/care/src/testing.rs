//! Homes and audits for the tests of this room.

use std::sync::LazyLock;

use door::Options;
use door::figures::Figures;
use door::report::Report;
use door::survey::Survey;

/// The figures that come with the program.
pub static FIGURES: LazyLock<Figures> = LazyLock::new(|| Figures::builtin().unwrap());

/// A survey from its file.
pub fn home(text: &str) -> Survey {
    Survey::from_toml(text).unwrap()
}

/// A small audit: enough worlds to tell large differences.
pub fn options() -> Options {
    Options { worlds: 1000, upgrade_worlds: 600, ..Options::default() }
}

/// The audit of a survey.
pub fn report(survey: &Survey) -> Report {
    door::audit(survey, &FIGURES, &options()).unwrap()
}
