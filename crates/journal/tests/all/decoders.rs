//! No bytes, however odd, break a decoder; what decodes, encodes to the same bytes.

use journal::tiles::{TileId, bundle_bytes, bundle_leaves, files, tile_bytes, tile_hashes, tile_root};
use journal::{
    Checkpoint, Draft, KIND_BYTES_MAX, Leaf, LeafError, LogKey, OpenError, PAYLOAD_BYTES_MAX, Redaction,
    SubjectKey, open, public_key, seal,
};
use proptest::prelude::*;

use crate::common::{ORIGIN, SEED, log_key};

fn config() -> ProptestConfig {
    ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() }
}

fn leaf() -> impl Strategy<Value = Leaf> {
    ("[a-z0-9_.]{1,32}", any::<i64>(), any::<i64>(), any::<bool>(), any::<[u8; 32]>()).prop_map(
        |(kind, at_ms, happened_ms, sealed, commitment)| Leaf {
            kind,
            at_ms,
            happened_ms,
            sealed,
            commitment,
        },
    )
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn leaves_round_trip(leaf in leaf()) {
        prop_assert_eq!(Leaf::decode(&leaf.encode().unwrap()), Ok(leaf));
    }

    #[test]
    fn leaf_decoder_takes_one_spelling_only(bytes in prop::collection::vec(any::<u8>(), 0..90)) {
        if let Ok(leaf) = Leaf::decode(&bytes) {
            prop_assert_eq!(leaf.encode().unwrap(), bytes);
        }
    }

    #[test]
    fn leaf_decoder_survives_mutation(leaf in leaf(), at in any::<prop::sample::Index>(), byte in any::<u8>(),
        cut in any::<prop::sample::Index>()) {
        let mut bytes = leaf.encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(leaf) = Leaf::decode(&bytes) {
            prop_assert_eq!(leaf.encode().unwrap(), bytes.clone());
        }
        bytes.truncate(cut.index(bytes.len()));
        prop_assert!(Leaf::decode(&bytes).is_err(), "a shorter leaf is no leaf");
    }

    #[test]
    fn payloads_round_trip_sealed_and_plain(payload in prop::collection::vec(any::<u8>(), 0..200),
        key in any::<[u8; 32]>(), nonce in any::<[u8; 24]>(), salt in any::<[u8; 32]>(), sealed in any::<bool>()) {
        let key = SubjectKey::new(key);
        let draft = Draft { kind: "entry", at_ms: 1, happened_ms: 2, payload: &payload, salt: &salt,
            subject: sealed.then_some((&key, &nonce)) };
        let made = seal(&draft).unwrap();
        prop_assert_eq!(open(&made.leaf, &salt, &made.stored, Some(&key)), Ok(payload.clone()));
        if sealed {
            prop_assert_eq!(open(&made.leaf, &salt, &made.stored, None), Err(OpenError::NoKey));
            let other = SubjectKey::new([key.expose()[0] ^ 1; 32]);
            prop_assert_eq!(open(&made.leaf, &salt, &made.stored, Some(&other)), Err(OpenError::Seal));
            prop_assert!(payload.len() < 8 || !made.stored.windows(8).any(|w| payload.starts_with(w)));
        }
    }

    #[test]
    fn opening_odd_bytes_never_opens(stored in prop::collection::vec(any::<u8>(), 0..120)) {
        let key = SubjectKey::new([1; 32]);
        let draft = Draft { kind: "entry", at_ms: 1, happened_ms: 2, payload: b"{}", salt: &[5; 32],
            subject: Some((&key, &[2; 24])) };
        let made = seal(&draft).unwrap();
        prop_assert!(open(&made.leaf, &[5; 32], &stored, Some(&key)).is_err());
    }

    #[test]
    fn tile_paths_round_trip(level in prop::option::of(0u8..8), index in 0u64..u64::MAX / 2, width in 1u16..=256) {
        let id = TileId { level, index, width };
        prop_assert_eq!(TileId::parse(&id.path()), Ok(id));
    }

    #[test]
    fn tile_path_reader_takes_one_spelling_only(path in "(tile/)?[0-9x/.pentris]{0,40}") {
        if let Ok(id) = TileId::parse(&path) {
            prop_assert_eq!(id.path(), path);
        }
    }

    #[test]
    fn bundles_round_trip(leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 1..20)) {
        let bytes = bundle_bytes(leaves.iter().map(Vec::as_slice)).unwrap();
        prop_assert_eq!(bundle_leaves(&bytes, leaves.len() as u16).unwrap(), leaves.clone());
        prop_assert!(bundle_leaves(&bytes, leaves.len() as u16 + 1).is_err());
        prop_assert!(bundle_leaves(&bytes, leaves.len() as u16 - 1).is_err());
    }

    #[test]
    fn bundle_reader_survives_anything(bytes in prop::collection::vec(any::<u8>(), 0..200), width in any::<u16>()) {
        if let Ok(leaves) = bundle_leaves(&bytes, width) {
            prop_assert_eq!(bundle_bytes(leaves).unwrap(), bytes);
        }
    }

    #[test]
    fn tile_reader_survives_anything(bytes in prop::collection::vec(any::<u8>(), 0..200), width in any::<u16>()) {
        if let Ok(hashes) = tile_hashes(&bytes, width) {
            prop_assert_eq!(tile_bytes(&hashes), bytes);
            prop_assert_eq!(tile_root(&hashes), None);
        }
    }

    #[test]
    fn checkpoint_reader_survives_anything(note in "\\PC{0,200}\n{0,2}\\PC{0,80}\n") {
        prop_assert!(Checkpoint::verify(&note, &log_key()).is_err());
    }

    #[test]
    fn checkpoints_round_trip(size in any::<u64>(), root in any::<[u8; 32]>(), at in any::<prop::sample::Index>(),
        with in any::<char>()) {
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root };
        let note = checkpoint.sign(&SEED).unwrap();
        prop_assert_eq!(Checkpoint::verify(&note, &log_key()), Ok(checkpoint));
        let mut chars: Vec<char> = note.chars().collect();
        let at = at.index(chars.len());
        if chars[at] != with {
            chars[at] = with;
            prop_assert!(Checkpoint::verify(&chars.iter().collect::<String>(), &log_key()).is_err());
        }
    }

    #[test]
    fn key_reader_takes_one_spelling_only(text in "[a-z.]{0,9}\\+[0-9a-f]{8}\\+[A-Za-z0-9+/=]{0,48}") {
        if let Ok(key) = LogKey::parse(&text) {
            prop_assert_eq!(key.to_text(), text);
        }
    }

    #[test]
    fn redaction_reader_survives_anything(bytes in prop::collection::vec(any::<u8>(), 0..120), index in any::<u64>(),
        subject in any::<[u8; 16]>(), kinds in prop::collection::vec("[a-z]{1,9}", 0..5)) {
        prop_assert!(Redaction::from_payload(&bytes).is_err());
        for redaction in [Redaction::below(index, kinds, "retention"), Redaction::subject(subject, index, "owner")] {
            prop_assert_eq!(Redaction::from_payload(&redaction.to_payload().unwrap()), Ok(redaction));
        }
    }
}

#[test]
fn limits_are_named() {
    let draft =
        Draft { kind: "entry", at_ms: 0, happened_ms: 0, payload: &[], salt: &[0; 32], subject: None };
    let long = "k".repeat(KIND_BYTES_MAX + 1);
    for kind in ["", "Entry", "an entry", "türe", &long] {
        assert_eq!(seal(&Draft { kind, ..draft }), Err(LeafError::Kind), "{kind:?}");
    }
    let payload = vec![0; PAYLOAD_BYTES_MAX + 1];
    assert!(matches!(seal(&Draft { payload: &payload, ..draft }), Err(LeafError::Payload { .. })));
    assert!(matches!(Leaf::decode(&[2, 0]), Err(LeafError::Version(2))));
}

#[test]
fn layout_of_a_log_of_70_000() {
    // the worked example of the specification: 273 full and one partial tile of 112, a full and a partial
    // tile of 17 at level 1, a partial tile of one at level 2
    let ids: Vec<TileId> = files(70_000).filter(|id| id.level.is_some()).collect();
    let at = |level| ids.iter().filter(move |id| id.level == Some(level)).collect::<Vec<_>>();
    assert_eq!((at(0).len(), at(0)[273].width), (274, 112));
    assert_eq!(at(1).iter().map(|id| id.width).collect::<Vec<_>>(), [256, 17]);
    assert_eq!(at(2).iter().map(|id| id.path()).collect::<Vec<_>>(), ["tile/2/000.p/1"]);
    assert_eq!(at(3).len(), 0);
    assert_eq!(files(256).filter(|id| id.level == Some(1)).count(), 1);
    assert_eq!(TileId { level: None, index: 1_234_067, width: 256 }.path(), "tile/entries/x001/x234/067");
    assert_eq!(files(0).count(), 0);
}

#[test]
fn the_leaf_layout_is_fixed() {
    // others read exports: these bytes must never change under version 1
    let leaf =
        Leaf { kind: "entry".into(), at_ms: 0x0102, happened_ms: -1, sealed: true, commitment: [0xCC; 32] };
    let expected = format!("0101{:016x}{}{}05{}", 0x0102, "ff".repeat(8), "cc".repeat(32), "656e747279");
    assert_eq!(hex_of(&leaf.encode().unwrap()), expected);
    assert_eq!(public_key(&SEED).len(), 32);
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
