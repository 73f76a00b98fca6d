//! virtual_lock: see ARCHITECTURE.md.
