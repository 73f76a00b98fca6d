//! doorward: see ARCHITECTURE.md.
fn main() {}
