//! lock: see ARCHITECTURE.md.
