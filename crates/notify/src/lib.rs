//! notify: see ARCHITECTURE.md.
