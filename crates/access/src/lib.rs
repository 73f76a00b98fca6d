//! access: see ARCHITECTURE.md.
