//! links: see ARCHITECTURE.md.
