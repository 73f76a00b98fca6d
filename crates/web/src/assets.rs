//! The files that pages load: one stylesheet, one script, htmx when npm had it at build time, the icon.
//! All are in the binary; their address carries a hash, so browsers keep them for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::IntoResponse;
use sha2::{Digest, Sha256};

use crate::problem::Problem;

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

const fn script(name: &'static str, bytes: &'static [u8]) -> Asset {
    Asset { name, kind: "text/javascript; charset=utf-8", bytes }
}

const fn style(name: &'static str, bytes: &'static [u8]) -> Asset {
    Asset { name, kind: "text/css; charset=utf-8", bytes }
}

const ASSETS: &[Asset] = &[
    style("style.css", include_bytes!("../assets/style.css")),
    script("app.js", include_bytes!("../assets/app.js")),
    style("lab.css", include_bytes!("../assets/lab.css")),
    script("lab.js", include_bytes!("../assets/lab.js")),
    script("lab-view.js", include_bytes!("../assets/lab-view.js")),
    script("lab-wire.js", include_bytes!("../assets/lab-wire.js")),
    script("lab-extra.js", include_bytes!("../assets/lab-extra.js")),
    Asset { name: "icon.svg", kind: "image/svg+xml", bytes: include_bytes!("../assets/icon.svg") },
    #[cfg(htmx)]
    script("htmx.js", include_bytes!(concat!(env!("OUT_DIR"), "/htmx.js"))),
];

/// Whether this build moves pages without reload.
pub(crate) const LIVE: bool = cfg!(htmx);

/// Hash over all assets: one new file changes every address.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let digest = ASSETS.iter().fold(Sha256::new(), |hash, asset| hash.chain_update(asset.bytes)).finalize();
    hex::encode(&digest[..6])
});

/// Addresses for the page's head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Links;

impl Links {
    /// `/assets/HASH/style.css` and so on.
    pub(crate) fn of(self, name: &str) -> String {
        format!("/assets/{}/{name}", *VERSION)
    }
}

/// `GET /assets/{version}/{name}`
pub(crate) async fn get(Path((version, name)): Path<(String, String)>) -> Result<impl IntoResponse, Problem> {
    let asset = ASSETS.iter().find(|asset| asset.name == name).ok_or_else(|| Problem::not_found("file"))?;
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    Ok(([(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, keep)], asset.bytes))
}

#[cfg(test)]
mod tests {
    use super::ASSETS;

    #[test]
    fn s3_pages_are_light() {
        let size = |name: &str| ASSETS.iter().find(|a| a.name == name).map_or(0, |a| a.bytes.len());
        assert!(size("style.css") < 30 * 1024, "one stylesheet under 30 kB: {}", size("style.css"));
        let sum = |lab: bool| -> usize {
            ASSETS.iter().filter(|a| a.name.starts_with("lab") == lab).map(|a| a.bytes.len()).sum()
        };
        assert!(sum(false) < 100 * 1024, "leaves 50 kB for the page itself: {}", sum(false));
        assert!(sum(true) < 45 * 1024, "the lab's own files, which only its pages load: {}", sum(true));
    }

    #[test]
    fn own_script_stays_small() {
        let script = ASSETS.iter().find(|a| a.name == "app.js").map_or(&[][..], |a| a.bytes);
        assert!(script.split(|b| *b == b'\n').count() <= 170);
    }
}
