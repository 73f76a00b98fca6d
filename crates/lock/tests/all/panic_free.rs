//! No way to panic is left in the machine code of the lock: built as for a device (optimised, abort on panic), no
//! function of it refers to any of the standard library's panicking functions. Slow (a build of its own), so it runs
//! with `cargo test -p lock -- --ignored panic`.

use std::path::Path;
use std::process::Command;

/// What panicking code ends in.
const PANICS: [&str; 6] = [
    "9panicking",
    "13unwrap_failed",
    "13expect_failed",
    "len_mismatch_fail",
    "slice_index_fail",
    "str_index",
];

/// Where the cipher's own code comes to lie. It gives up when a message is longer than its counter can number (256
/// GiB); frames here are at most 448 bytes, so those arms are never taken.
const CIPHER: [&str; 5] =
    ["chacha20poly1305", "6cipher", "8chacha20", "4lock7channel4seal", "4lock7channel4open"];

#[test]
#[ignore = "builds the crate once more"]
fn no_panicking_symbol_is_reachable() {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("panic-free");
    let status = Command::new(env!("CARGO"))
        .args(["rustc", "-q", "-p", "lock", "--lib", "--release", "--target-dir"])
        .arg(&target)
        .args(["--", "--emit=asm", "-C", "panic=abort", "-C", "codegen-units=1"])
        .status()
        .expect("cargo runs");
    assert!(status.success());
    let deps = std::fs::read_dir(target.join("release/deps")).expect("the build's folder");
    let mut listings = deps.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("lock-") && name.ends_with(".s")
    });
    let text = std::fs::read_to_string(listings.next().expect("a listing")).expect("readable");
    assert!(text.contains("home_step"), "the lock itself is in the listing");
    let (mut function, mut found) = (String::new(), Vec::new());
    for line in text.lines() {
        if !line.starts_with(['\t', ' ', '.', '#']) && line.ends_with(':') {
            function = line.trim_end_matches(':').to_owned();
        }
        let refers = PANICS.iter().any(|panic| line.contains(panic)) && line.starts_with('\t');
        let directive = line.trim_start().starts_with('.');
        if refers && !directive && !CIPHER.iter().any(|cipher| function.contains(cipher)) {
            found.push(format!("{function}: {}", line.trim()));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
