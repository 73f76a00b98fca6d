//! vault: see ARCHITECTURE.md.
