//! hub: see ARCHITECTURE.md.
