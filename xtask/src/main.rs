//! All automation: run, test, bench, tidy, openapi.
fn main() {}
