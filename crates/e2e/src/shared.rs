//! Data for tests that lies beside the project, in `../shared`. Tests that need it skip with a plain message
//! where it is missing.

use std::path::{Path, PathBuf};

/// A file or folder of the shared data, if it is there; says so on standard error if not.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {name} is not in ../shared");
    None
}
