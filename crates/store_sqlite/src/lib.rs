//! store_sqlite: see ARCHITECTURE.md.
