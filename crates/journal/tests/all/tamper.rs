//! L2: an export that was tampered with, and what the check calls it.

use std::collections::BTreeMap;

use journal::export::{ExportError, verify};
use journal::tiles::{TileError, TileId, bundle_bytes, bundle_leaves};
use journal::{Checkpoint, CheckpointError, HistoryError, LogKey, public_key};
use proptest::prelude::*;

use crate::common::{Log, ORIGIN, SEED, log_key};

type Files = BTreeMap<String, Vec<u8>>;

fn check(files: &Files, older: Option<&Checkpoint>) -> Result<Checkpoint, ExportError> {
    verify(|path| files.get(path).cloned(), &log_key(), older)
}

fn bundle(index: u64, width: u16) -> String {
    TileId { level: None, index, width }.path()
}

/// Rewrites the leaves of a bundle.
fn edit(files: &mut Files, path: &str, width: u16, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let mut leaves: Vec<Vec<u8>> =
        bundle_leaves(&files[path], width).unwrap().into_iter().map(<[u8]>::to_vec).collect();
    change(&mut leaves);
    files.insert(path.to_owned(), bundle_bytes(leaves.iter().map(Vec::as_slice)).unwrap());
}

#[test]
fn l2_a_sound_export_passes_and_continues_older_ones() {
    let log = Log::of(700);
    let files = log.export();
    assert_eq!(check(&files, None), Ok(log.checkpoint()));
    for size in [0, 1, 255, 256, 300, 699, 700] {
        assert_eq!(check(&files, Some(&Log::of(size).checkpoint())), Ok(log.checkpoint()), "{size}");
    }
    assert_eq!(check(&Log::of(0).export(), None), Ok(Log::of(0).checkpoint()));
}

#[test]
fn l2_every_flipped_byte_is_found() {
    let files = Log::of(6).export();
    for (path, bytes) in &files {
        for at in 0..bytes.len() {
            for bit in [0x01, 0x20, 0x80] {
                let mut altered = files.clone();
                altered.get_mut(path).unwrap()[at] ^= bit;
                assert!(check(&altered, None).is_err(), "{path} byte {at} bit {bit:#x}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn l2_a_flipped_byte_in_a_larger_log_is_found(file in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let mut files = Log::of(520).export();
        let path = files.keys().nth(file.index(files.len())).unwrap().clone();
        let bytes = files.get_mut(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(check(&files, None).is_err(), "{path} byte {at}");
    }
}

#[test]
fn l2_changes_are_called_by_their_names() {
    let log = Log::of(300);
    let sound = log.export();
    let first = bundle(0, 256);

    let mut altered = sound.clone();
    edit(&mut altered, &first, 256, |leaves| leaves[17][5] ^= 1);
    assert_eq!(check(&altered, None), Err(ExportError::Leaf { index: 17 }));

    let mut swapped = sound.clone();
    edit(&mut swapped, &first, 256, |leaves| leaves.swap(20, 21));
    assert_eq!(check(&swapped, None), Err(ExportError::Leaf { index: 20 }));

    let mut dropped = sound.clone();
    edit(&mut dropped, &first, 256, |leaves| drop(leaves.remove(30)));
    assert_eq!(
        check(&dropped, None),
        Err(ExportError::Unreadable { path: first.clone(), why: TileError::Bundle })
    );

    let mut doubled = sound.clone();
    edit(&mut doubled, &first, 256, |leaves| {
        let copy = leaves[30].clone();
        leaves[31] = copy;
    });
    assert_eq!(check(&doubled, None), Err(ExportError::Leaf { index: 31 }));

    let mut truncated = sound.clone();
    truncated.remove(&bundle(1, 44));
    assert_eq!(check(&truncated, None), Err(ExportError::Missing(bundle(1, 44))));

    let mut node = sound.clone();
    let path = TileId { level: Some(1), index: 0, width: 1 }.path();
    node.get_mut(&path).unwrap()[0] ^= 1;
    assert_eq!(check(&node, None), Err(ExportError::Node { path }));

    // leaf, leaf hash and node replaced together: the signed root does not follow
    let mut other = Log::of(299);
    other.write("entry", None, b"another end");
    let mut replaced = other.export();
    replaced.insert("checkpoint".into(), sound["checkpoint"].clone());
    assert_eq!(check(&replaced, None), Err(ExportError::Root));
}

#[test]
fn l2_rolled_back_and_forked_logs_are_told_apart() {
    let (older, newer) = (Log::of(300), Log::of(400));
    assert_eq!(
        check(&older.export(), Some(&newer.checkpoint())),
        Err(HistoryError::RolledBack { old: 400, new: 300 }.into())
    );
    let mut fork = Log::of(299);
    fork.write("entry", None, b"never happened");
    let forked = Err(HistoryError::Forked { old: 300 }.into());
    assert_eq!(check(&fork.export(), Some(&older.checkpoint())), forked, "same size");
    for _ in 0..100 {
        fork.write("entry", None, b"and more");
    }
    assert_eq!(check(&fork.export(), Some(&older.checkpoint())), forked, "larger");
    let other = Checkpoint { origin: "elsewhere.example".into(), ..older.checkpoint() };
    assert_eq!(check(&newer.export(), Some(&other)), Err(HistoryError::Origin.into()));
}

#[test]
fn l2_checkpoints_of_another_key_or_log_are_refused() {
    let log = Log::of(3);
    let note = log.checkpoint().sign(&SEED).unwrap();
    let verify = |note: &str, key: &LogKey| Checkpoint::verify(note, key);
    assert_eq!(verify(&note, &log_key()), Ok(log.checkpoint()));
    let stranger = LogKey::new(ORIGIN, &public_key(&[1; 32])).unwrap();
    assert_eq!(verify(&note, &stranger), Err(CheckpointError::NotSigned));
    let renamed = LogKey::new("elsewhere.example", &public_key(&SEED)).unwrap();
    assert_eq!(verify(&note, &renamed), Err(CheckpointError::NotSigned));
    assert_eq!(verify(&note.replacen("\n3\n", "\n4\n", 1), &log_key()), Err(CheckpointError::Signature));

    // a witness's line beside ours is passed over, whatever it says
    let witnessed = format!("{note}\u{2014} witness.example AAAAAAAA\n");
    assert_eq!(verify(&witnessed, &log_key()), Ok(log.checkpoint()));
    assert_eq!(verify("", &log_key()), Err(CheckpointError::Malformed));
    assert_eq!(verify(&format!("\r{note}"), &log_key()), Err(CheckpointError::Malformed));
    let spaced = Checkpoint { origin: "two words".into(), ..log.checkpoint() };
    assert_eq!(spaced.sign(&SEED), Err(CheckpointError::Name));
}
