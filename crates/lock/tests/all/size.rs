//! What the state weighs, and what the crate is compiled from.

use lock::{HomeLock, Lock};

#[test]
fn the_whole_state_of_a_home_is_under_32_kib_and_the_walked_one_small() {
    let home = size_of::<HomeLock>();
    let walked = size_of::<Lock<2, 2, 1, 1, 0, 0, 4>>();
    // the 256 records lie in storage, 88 bytes each, and add nothing here
    assert!(home < 12 * 1024, "{home}");
    // most of it is four peers (192), their challenges (128) and the Aliro reader (129)
    assert!(walked <= 1480, "{walked}");
}

#[test]
fn the_crate_has_no_std_no_alloc_and_no_unsafe() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = std::fs::read_to_string(root.join("lib.rs")).expect("the crate's root");
    assert!(lib.contains("#![no_std]"));
    for entry in std::fs::read_dir(root).expect("the source") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for word in ["extern crate alloc", "use std::", "unsafe {", "use alloc::"] {
            assert!(!code.contains(word), "{} has {word}", path.display());
        }
    }
}
