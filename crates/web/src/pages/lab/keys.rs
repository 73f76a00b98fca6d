//! How many keys there are: exact counts for a bitting system, and what a rule, a sound, a picture or a master
//! key takes away. Counts only; no way leads from here to a key.

use askama::Template;
use axum::response::Response;
use cylinder::keys::{Counts, Space, brute_force, embedded_systems, master_probes};

use super::{Files, span};
use crate::lab;
use crate::pages::{Asked, Frame, Here, Visit, page};
use crate::problem::Problem;

/// Seconds a try for the machine that tries every key (a hobby robot's published pace: etinaude, *Unlocked*).
const TRY_S: f64 = 0.7;

#[derive(Template)]
#[template(path = "pages/lab/keys.html")]
struct KeysPage {
    frame: Frame,
    files: Files,
    systems: Vec<SystemRow>,
    pins: u8,
    depths: u8,
    macs: u8,
    result: Result<Vec<(String, String, &'static str)>, String>,
}

struct SystemRow {
    name: String,
    maker: String,
    pins: u8,
    depths: u8,
    macs: u8,
    source: String,
    here: bool,
}

/// `GET /lab/keys?pins=5&depths=10&macs=7`
pub(crate) async fn keys(visit: Visit, Asked(asked): Asked) -> Result<Response, Problem> {
    let pins = asked.maybe("pins", "Cuts")?.unwrap_or(5);
    let depths = asked.maybe("depths", "Depths")?.unwrap_or(10);
    let macs = asked.maybe("macs", "MACS")?.unwrap_or(7);
    let result = match Space::new(pins, depths, macs) {
        Err(error) => Err(lab::refused(&error).message),
        Ok(space) => match visit.app.lab.counted(move || (space.counts(), space.left_after_sound())).await {
            Ok((counts, sound)) => Ok(told(&space, pins, depths, &counts, sound)),
            Err(problem) => Err(problem.message),
        },
    };
    let systems = embedded_systems().map_err(|error| Problem::internal("Reading the systems", &error))?;
    let systems = systems.into_iter().map(|s| SystemRow {
        here: (s.pins, s.depths, s.macs) == (pins, depths, macs),
        name: s.name,
        maker: s.maker,
        pins: s.pins,
        depths: s.depths,
        macs: s.macs,
        source: s.source,
    });
    page(&KeysPage {
        frame: visit.frame("How many keys", Here::None),
        files: Files::new(),
        systems: systems.collect(),
        pins,
        depths,
        macs,
        result,
    })
}

fn told(
    space: &Space,
    pins: u8,
    depths: u8,
    counts: &Counts,
    sound: f64,
) -> Vec<(String, String, &'static str)> {
    let mut rows = vec![
        ("Codes that can be written".to_owned(), grouped(counts.total), "depths to the power of the cuts"),
        (
            "Keys that can be cut".to_owned(),
            grouped(counts.legal),
            "neighbouring cuts differ by no more than MACS allows",
        ),
        (
            "… that hold the key while turned".to_owned(),
            grouped(counts.held),
            "a key whose cuts only get deeper towards its tip can be drawn out of a turned plug",
        ),
    ];
    rows.push(match counts.en1303 {
        Some(n) => (
            "… by the rule of EN 1303 for differing keys".to_owned(),
            grouped(n),
            "as paraphrased: at least three depths, never three alike in a row, at most 60 % alike",
        ),
        None => {
            ("… by the rule of EN 1303".to_owned(), "not listed".to_owned(), "too many to look at one by one")
        }
    });
    if let Ok(probes) = master_probes(pins, depths) {
        rows.push((
            "Keys to try for a master key".to_owned(),
            format!("at most {}, {} on average", probes.most, probes.mean),
            "by somebody who holds one key of the house: one cut is varied at a time (Blaze 2003)",
        ));
    }
    rows.push((
        "Keys left after a good recording".to_owned(),
        format!("{sound:.1} on average"),
        "if the clicks of the key going in gave every difference between neighbours: the best case for the listener",
    ));
    rows.push((
        "A machine that tries them all".to_owned(),
        format!("at most {}", span(brute_force(space, TRY_S).0)),
        "at 0.7 s a try, the pace of a published hobby machine",
    ));
    rows
}

/// Thousands apart.
fn grouped(n: u128) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (k, d) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_grouped() {
        assert_eq!(super::grouped(79_666), "79,666");
        assert_eq!(super::grouped(7), "7");
        assert_eq!(super::grouped(1_000_000), "1,000,000");
    }
}
