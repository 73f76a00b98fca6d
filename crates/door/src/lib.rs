//! door: see ARCHITECTURE.md.
