//! Lays htmx beside the other assets when npm has fetched it (`npm ci` in `assets/`). Without it the build
//! goes on and the pages are plain forms.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

const HTMX: &str = "assets/node_modules/htmx.org/dist/htmx.min.js";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=assets/package-lock.json");
    println!("cargo::rerun-if-changed={HTMX}");
    println!("cargo::rerun-if-changed=askama.toml");
    println!("cargo::rustc-check-cfg=cfg(htmx)");
    let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or(io::ErrorKind::NotFound)?;
    if Path::new(HTMX).try_exists()? {
        fs::copy(HTMX, out.join("htmx.js"))?;
        println!("cargo::rustc-cfg=htmx");
    } else {
        println!("cargo::warning=without htmx the pages are plain forms: run `npm ci` in crates/web/assets");
    }
    Ok(())
}
