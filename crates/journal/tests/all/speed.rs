//! The figures of the log at a million leaves. Run with
//! `cargo test --release -p journal -- --ignored --nocapture million`.

use std::time::Instant;

use journal::proof::{Hashes, Span, inclusion, verify_inclusion};
use journal::{Audit, Draft, Hash, Row, Tree, seal};

struct Stored {
    leaves: Vec<Hash>,
    nodes: [Vec<Hash>; 3],
}

impl Hashes for Stored {
    fn hashes(&self, span: Span) -> Option<Vec<Hash>> {
        let all = if span.level == 0 { &self.leaves } else { &self.nodes[usize::from(span.level) - 1] };
        Some(all.get(span.from as usize..span.to as usize)?.to_vec())
    }
}

#[test]
#[ignore = "a million leaves: for release builds"]
#[allow(clippy::disallowed_methods, reason = "a measurement needs a clock")]
fn million_leaves_are_verified_in_five_seconds() {
    const LEAVES: u64 = 1_000_000;
    let payload = br#"{"kind":"entry","door":"018f2f6e-3c7a-7c1e-8a54-0123456789ab","how":"keypad"}"#;
    let salt = [7; 32];
    let start = Instant::now();
    let (mut tree, mut sealed) = (Tree::new(), Vec::new());
    let mut stored = Stored { leaves: Vec::new(), nodes: Default::default() };
    for n in 0..LEAVES {
        let draft = Draft {
            kind: "entry",
            at_ms: n as i64,
            happened_ms: n as i64,
            payload,
            salt: &salt,
            subject: None,
        };
        let made = seal(&draft).unwrap();
        for node in tree.append(made.hash) {
            stored.nodes[usize::from(node.level) - 1].push(node.hash);
        }
        stored.leaves.push(made.hash);
        sealed.push(made);
    }
    eprintln!("sealed and appended: {:?}", start.elapsed());

    let start = Instant::now();
    let mut audit = Audit::new();
    for (n, made) in sealed.iter().enumerate() {
        let row = Row {
            index: n as u64,
            leaf: &made.leaf,
            hash: &made.hash,
            at_ms: n as i64,
            happened_ms: n as i64,
            kind: "entry",
            subject: None,
            salt: Some(&salt),
            stored: Some(&made.stored),
        };
        audit.feed(&row, None).unwrap();
    }
    audit.finish(LEAVES, &tree.root()).unwrap();
    let taken = start.elapsed();
    eprintln!("verified: {taken:?}");
    assert!(taken.as_secs() < 5, "{taken:?}");

    let start = Instant::now();
    for n in 0..1_000u64 {
        let index = n * 997;
        let proof = inclusion(index, LEAVES, &stored).unwrap();
        verify_inclusion(index, LEAVES, &stored.leaves[index as usize], &proof, &tree.root()).unwrap();
    }
    let each = start.elapsed() / 1_000;
    eprintln!("inclusion proof built and verified: {each:?}");
    assert!(each.as_micros() < 1_000, "{each:?}");
}
