//! Prints the JSON report of a survey given as text on the command line, and how long it took.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::unwrap_used)]
fn main() {
    let text = std::env::args().nth(1).map(|path| std::fs::read_to_string(path).unwrap()).unwrap_or_default();
    let survey = door::survey::Survey::from_toml(&text).unwrap();
    let start = std::time::Instant::now();
    let figures = door::figures::Figures::builtin().unwrap();
    eprintln!("figures {:?}", start.elapsed());
    let start = std::time::Instant::now();
    let report = door::audit(&survey, &figures, &door::Options::default()).unwrap();
    eprintln!("report {:?}", start.elapsed());
    println!("{}", serde_json::to_string_pretty(&report).unwrap());
}
