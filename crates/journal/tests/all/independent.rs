//! L2: an exported log, read and verified by programs that we did not write: the crates `tlog_tiles` and
//! `signed_note`. Their proofs satisfy our verifier and ours satisfy theirs.

use std::cell::RefCell;
use std::collections::BTreeMap;

use journal::proof::{Hashes, Span};
use journal::{proof, tiles};
use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::tile::{Tile, TileHashReader, TileReader};
use tlog_tiles::tlog::{self, Hash as TheirHash};

use crate::common::{Log, log_key};

/// Their reader over our exported files. Their paths carry the tile height, those of the current
/// specification do not.
struct Files {
    files: BTreeMap<String, Vec<u8>>,
    asked: RefCell<usize>,
}

impl TileReader for Files {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, wanted: &[Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
        *self.asked.borrow_mut() += wanted.len();
        let read = |tile: &Tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            self.files.get(&path).cloned().ok_or(tlog::Error::InvalidTile)
        };
        wanted.iter().map(read).collect()
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// Verifies the note with their crates, gives size and root.
fn their_checkpoint(files: &BTreeMap<String, Vec<u8>>) -> (u64, TheirHash) {
    let note = Note::from_bytes(&files["checkpoint"]).unwrap();
    let verifier = StandardVerifier::new(&log_key().to_text()).unwrap();
    let (verified, unverified) = note.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!((verified.len(), unverified.len()), (1, 0));
    let checkpoint = tlog_tiles::checkpoint::Checkpoint::from_bytes(note.text()).unwrap();
    (checkpoint.size(), *checkpoint.hash())
}

/// Our stored hashes, straight from the rows.
struct Rows<'a>(&'a Log);

impl Hashes for Rows<'_> {
    fn hashes(&self, span: Span) -> Option<Vec<journal::Hash>> {
        if span.level == 0 {
            let rows = self.0.rows.get(span.from as usize..span.to as usize)?;
            return Some(rows.iter().map(|row| row.hash).collect());
        }
        let at = |index| self.0.nodes.iter().find(|n| n.level == span.level && n.index == index);
        (span.from..span.to).map(|index| at(index).map(|n| n.hash)).collect()
    }
}

fn verify_by_theirs(count: u64, older: &[u64]) {
    let log = Log::of(count);
    let files = log.export();
    let (size, root) = their_checkpoint(&files);
    assert_eq!((size, root.0), (count, log.tree.root()));

    // every leaf in the bundles hashes, by their function, to what the level 0 tile says
    for id in tiles::files(count).filter(|id| id.level.is_none()) {
        let leaves = tiles::bundle_leaves(&files[&id.path()], id.width).unwrap();
        let tile = tiles::TileId { level: Some(0), ..id };
        for (leaf, hash) in leaves.iter().zip(files[&tile.path()].chunks(32)) {
            assert_eq!(tlog::record_hash(leaf).0, hash);
        }
    }

    let reader = Files { files, asked: RefCell::new(0) };
    let hashes = TileHashReader::new(size, root, &reader);
    for index in [0, count / 3, count / 2, count - 1] {
        let leaf = tlog::record_hash(&log.rows[index as usize].leaf);
        let theirs = tlog::prove_record(size, index, &hashes).unwrap();
        tlog::check_record(&theirs, size, root, index, leaf).unwrap();
        let ours = proof::inclusion(index, size, &Rows(&log)).unwrap();
        assert_eq!(ours, theirs.iter().map(|h| h.0).collect::<Vec<_>>());
        proof::verify_inclusion(index, size, &leaf.0, &ours, &root.0).unwrap();
    }
    let mut grown = journal::Tree::new();
    for (old, row) in (1..).zip(&log.rows) {
        grown.append(row.hash);
        if !older.contains(&old) {
            continue;
        }
        let old_root = grown.root();
        let theirs = tlog::prove_tree(size, old, &hashes).unwrap();
        tlog::check_tree(&theirs, size, root, old, TheirHash(old_root)).unwrap();
        let ours = proof::consistency(old, size, &Rows(&log)).unwrap();
        assert_eq!(ours, theirs.iter().map(|h| h.0).collect::<Vec<_>>());
        proof::verify_consistency(old, size, &old_root, &root.0, &ours).unwrap();
    }
    assert!(count == 1 || *reader.asked.borrow() > 0, "the tiles were never read");
}

#[test]
fn l2_export_of_one_leaf() {
    verify_by_theirs(1, &[1]);
}

#[test]
fn l2_export_with_full_and_partial_tiles() {
    verify_by_theirs(256, &[1, 100, 255, 256]);
    verify_by_theirs(1_111, &[1, 2, 255, 256, 257, 511, 512, 1_000, 1_110, 1_111]);
}

#[test]
fn l2_export_with_three_levels() {
    verify_by_theirs(66_000, &[1, 256, 65_535, 65_536, 65_537, 65_999]);
}

#[test]
fn l2_their_reader_refuses_a_tampered_tile() {
    let log = Log::of(600);
    let mut files = log.export();
    let (size, root) = their_checkpoint(&files);
    let path = tiles::TileId { level: Some(0), index: 1, width: 256 }.path();
    files.get_mut(&path).unwrap()[40] ^= 1;
    let reader = Files { files, asked: RefCell::new(0) };
    // either their reader finds the tile inconsistent, or the proof from it does not lead to the root
    let leaf = tlog::record_hash(&log.rows[300].leaf);
    let verified = tlog::prove_record(size, 300, &TileHashReader::new(size, root, &reader))
        .and_then(|proof| tlog::check_record(&proof, size, root, 300, leaf));
    assert!(verified.is_err());
}

#[test]
fn l2_their_verifier_refuses_an_altered_checkpoint() {
    let files = Log::of(9).export();
    let altered = String::from_utf8(files["checkpoint"].clone()).unwrap().replacen("\n9\n", "\n8\n", 1);
    let note = Note::from_bytes(altered.as_bytes()).unwrap();
    let verifier = StandardVerifier::new(&log_key().to_text()).unwrap();
    assert!(note.verify(&VerifierList::new(vec![Box::new(verifier)])).is_err());
}

#[test]
fn l2_we_verify_a_note_that_their_signer_made() {
    // the published example key pair of the format
    let secret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    let public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let key = journal::LogKey::parse(public).unwrap();
    assert_eq!(key.to_text(), public);
    let body = tlog_tiles::checkpoint::Checkpoint::new("PeterNeumann", 3, TheirHash([5; 32]), "")
        .unwrap()
        .to_bytes();
    let mut note = Note::new(&body, &[]).unwrap();
    note.add_sigs(&[&signed_note::StandardSigner::new(secret).unwrap()]).unwrap();
    let text = String::from_utf8(note.to_bytes()).unwrap();
    let checkpoint = journal::Checkpoint::verify(&text, &key).unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (3, [5; 32]));
}
