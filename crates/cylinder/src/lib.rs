//! cylinder: see ARCHITECTURE.md.
