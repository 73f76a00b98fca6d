//! `cargo xtask bare`: that the lock core would run on a device. Two proofs over one build of `crates/lock` and
//! everything below it:
//!
//! - *no std, no alloc*: it is built against a sysroot in which only `core` is left, so that any crate that asks for
//!   `std` or `alloc` does not compile;
//! - *no panic*: in the machine code of all these crates, optimised and with abort on panic, everything that can be
//!   reached from [`ROOTS`] is followed, call by call; none of it is a panicking function of `core`, and nothing that is
//!   reached lies outside of the listings but [`OUTSIDE`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::run::{root, target_dir};

/// What the sysroot keeps.
const KEPT: [&str; 2] = ["libcore-", "libcompiler_builtins-"];
/// Where the lock is entered: its two functions for a home's lock, compiled in the crate.
const ROOTS: [&str; 2] = ["home_boot", "home_step"];
/// What may be reached outside of the listings: moving and comparing memory, which every target has. None panics.
const OUTSIDE: [&str; 5] = ["memcpy", "memmove", "memset", "memcmp", "bcmp"];
/// The portable code of the ciphers, as a device would run it; a processor's own instructions are left to larger
/// machines.
const PORTABLE: [&str; 3] =
    ["chacha20_backend=\"soft\"", "poly1305_backend=\"soft\"", "sha2_backend=\"soft\""];
/// The one arm that is there and never taken, as parts of the names of a function and of what it reaches: sealing or
/// opening, the cipher gives up when a message is longer than its counter can number (256 GiB), and a frame has at most
/// 448 bytes. The last line is what that arm would print.
const NEVER: [(&str, &str); 3] = [
    ("4lock7channel4seal", "unwrap_failed"),
    ("22decrypt_inout_detached", "unwrap_failed"),
    ("StreamCipherError", "write_str"),
];

/// Builds and checks; prints what was found.
pub fn run() -> anyhow::Result<()> {
    let folder = target_dir().join("bare");
    let target = host()?;
    let sysroot = sysroot(&folder, &target)?;
    let sysroot = sysroot.to_str().context("the target folder has a name that cargo cannot be told")?;
    let mut flags = vec!["--sysroot", sysroot, "--emit=asm"];
    flags.extend(PORTABLE.iter().flat_map(|cfg| ["--cfg", *cfg]));
    let deps = folder.join(&target).join("release/deps");
    // listings of an earlier state of the code would be read too
    if deps.is_dir() {
        std::fs::remove_dir_all(folder.join(&target))?;
    }
    let status = Command::new("cargo")
        .args([
            "build",
            "--quiet",
            "--release",
            "--package",
            "lock",
            "--lib",
            "--target",
            &target,
            "--target-dir",
        ])
        .arg(&folder)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"))
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_STRIP", "none")
        .current_dir(root())
        .status()
        .context("cargo could not be started")?;
    if !status.success() {
        bail!("the lock core does not compile without std and alloc");
    }
    let mut program = Listing::default();
    for entry in std::fs::read_dir(&deps)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "s") {
            program.read(&std::fs::read_to_string(&path)?);
        }
    }
    let reached = program.reach()?;
    println!(
        "bare: the lock core compiles with nothing but core; {reached} functions reached, none of them panics"
    );
    Ok(())
}

fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("rustc could not be started")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not say its host")
}

/// A sysroot with nothing in it but `core` and what the compiler itself adds.
fn sysroot(folder: &Path, target: &str) -> anyhow::Result<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output()?;
    let place = Path::new("lib/rustlib").join(target).join("lib");
    let whole = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()).join(&place);
    let bare = folder.join("sysroot");
    if bare.is_dir() {
        std::fs::remove_dir_all(&bare)?;
    }
    std::fs::create_dir_all(bare.join(&place))?;
    for entry in std::fs::read_dir(&whole).with_context(|| whole.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if KEPT.iter().any(|kept| name.starts_with(kept)) {
            std::fs::copy(entry.path(), bare.join(&place).join(&name))?;
        }
    }
    Ok(bare)
}

/// The labels of assembly listings, and which others each mentions.
#[derive(Default)]
struct Listing {
    mentions: BTreeMap<String, BTreeSet<String>>,
}

impl Listing {
    /// Takes in one listing. Private labels (`.L...`) are told apart by the label before them.
    fn read(&mut self, text: &str) {
        let file = self.mentions.len();
        let own =
            |label: &str| if label.starts_with(".L") { format!("{label}@{file}") } else { label.to_owned() };
        let mut at = String::new();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim_end();
            if let Some(label) = line.strip_suffix(':').filter(|label| !label.contains(char::is_whitespace)) {
                let label = own(label.trim_matches('"'));
                // falling through from one label to the next goes on
                if label.starts_with(".LBB") || label.starts_with(".Ltmp") {
                    self.mentions.entry(at.clone()).or_default().insert(label.clone());
                }
                at = label;
                self.mentions.entry(at.clone()).or_default();
                continue;
            }
            let instruction = line.trim_start();
            let data = [".quad", ".long", ".word"].iter().any(|word| instruction.starts_with(word));
            if !line.starts_with('\t') || instruction.starts_with('.') && !data {
                continue;
            }
            let Some((_, operands)) = instruction.split_once(char::is_whitespace) else { continue };
            let words = operands.split(|c: char| !(c.is_alphanumeric() || "._$".contains(c)));
            let labels = words.filter(|word| word.starts_with(".L") || names_something(word));
            self.mentions.entry(at.clone()).or_default().extend(labels.map(own));
        }
    }

    /// Follows everything from the roots; how many functions that is.
    fn reach(&self) -> anyhow::Result<usize> {
        let roots: Vec<&String> =
            self.mentions.keys().filter(|label| ROOTS.iter().any(|root| label.contains(root))).collect();
        if ROOTS.iter().any(|root| !roots.iter().any(|label| label.contains(root))) {
            bail!("{ROOTS:?} are not in the listings");
        }
        let mut seen: BTreeSet<&String> = roots.iter().copied().collect();
        let mut open: VecDeque<(&String, &str)> =
            roots.iter().map(|label| (*label, label.as_str())).collect();
        let mut found = Vec::new();
        while let Some((label, function)) = open.pop_front() {
            let inside = if label.starts_with(".L") { function } else { label.as_str() };
            for next in self.mentions.get(label).into_iter().flatten() {
                if self.mentions.contains_key(next) {
                    if seen.insert(next) {
                        open.push_back((next, inside));
                    }
                } else if !next.starts_with(".L") && !OUTSIDE.contains(&next.as_str()) {
                    let never = NEVER.iter().any(|(from, to)| inside.contains(from) && next.contains(to));
                    if !never {
                        found.push(format!("{inside} reaches {next}"));
                    }
                }
            }
        }
        found.sort();
        found.dedup();
        if !found.is_empty() {
            bail!("the lock core reaches what it must not:\n{}", found.join("\n"));
        }
        Ok(seen.iter().filter(|label| !label.starts_with('.')).count())
    }
}

/// Whether a word of an operand is a symbol: registers have a `%` before them, which was cut off, and are short.
fn names_something(word: &str) -> bool {
    word.starts_with("_ZN") || word.starts_with("_R") || OUTSIDE.contains(&word) || word.contains("panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "_ZN4lock9home_boot17h0E:\n\tretq\n_ZN4lock9home_step17h1E:\n\tcallq\t_ZN4lock4fine17h2E\n\
        .LBB1_1:\n\tcallq\t*memcpy@GOTPCREL(%rip)\n\tretq\n_ZN4lock4fine17h2E:\n\tleaq\t.Lanon.1(%rip), %rdi\n\tretq\n\
        .Lanon.1:\n\t.quad\t_ZN4lock4data17h3E\n_ZN4lock4data17h3E:\n\tretq\n_ZN4lock5other17h4E:\n\
        \tcallq\t_ZN4core9panicking5panic17h5E\n";

    #[test]
    fn what_is_not_reached_may_panic() {
        let mut listing = Listing::default();
        listing.read(GOOD);
        assert_eq!(listing.reach().expect("nothing panics"), 4);
    }

    #[test]
    fn a_panic_behind_a_jump_a_branch_or_a_pointer_is_found() {
        for (place, bad) in [
            ("_ZN4lock4fine17h2E:\n", "\tcallq\t_ZN4lock5other17h4E\n"),
            (".LBB1_1:\n", "\tjmp\t_ZN4core6option13unwrap_failed17h6E\n"),
            (
                "_ZN4lock4data17h3E:\n",
                "\tcallq\t*_ZN4core9panicking18panic_bounds_check17h7E@GOTPCREL(%rip)\n",
            ),
        ] {
            let mut listing = Listing::default();
            listing.read(&GOOD.replace(place, &format!("{place}{bad}")));
            assert!(listing.reach().is_err(), "{bad}");
        }
    }

    #[test]
    fn unknown_code_outside_is_not_believed() {
        let mut listing = Listing::default();
        listing.read(&GOOD.replace("*memcpy@GOTPCREL(%rip)", "_ZN4core3fmt9Formatter3pad17h8E"));
        assert!(listing.reach().is_err());
    }

    #[test]
    fn without_the_roots_there_is_no_proof() {
        let mut listing = Listing::default();
        listing.read("_ZN4lock5other17h4E:\n\tretq\n");
        assert!(listing.reach().is_err());
    }
}
