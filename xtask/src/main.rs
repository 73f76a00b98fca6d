//! All automation: run, test, bench, tidy, openapi.

mod conformance;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("conformance") => conformance::run(arguments.next().as_deref(), &mut std::io::stdout().lock()),
        _ => anyhow::bail!("usage: cargo xtask conformance [DIR]"),
    }
}
