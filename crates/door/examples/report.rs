//! Writes the HTML report of a survey file: `cargo run -p door --example report -- door.toml out.html`.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::print_stdout, reason = "an example")]

fn main() {
    let mut args = std::env::args().skip(1);
    let text = std::fs::read_to_string(args.next().unwrap()).unwrap();
    let survey = door::survey::Survey::from_toml(&text).unwrap();
    let figures = door::figures::Figures::builtin().unwrap();
    let start = std::time::Instant::now();
    let report = door::audit(&survey, &figures, &door::Options::default()).unwrap();
    println!("{:?}", start.elapsed());
    std::fs::write(args.next().unwrap(), door::draw::page::html(&report, &survey)).unwrap();
}
