//! L2, L3: the check of a whole log from the store's rows: what passes, and at which leaf it breaks.

use journal::{
    Audit, AuditSummary, Break, Fault, Node, REDACTION_KIND, Redaction, Row, SubjectKey, leaf_hash, open,
    seal,
};

use crate::common::{ANA, BEN, Log, key_of};

fn all_keys(subject: [u8; 16]) -> Option<SubjectKey> {
    Some(key_of(subject))
}

fn audit(log: &Log, keys: impl Fn([u8; 16]) -> Option<SubjectKey>) -> Result<AuditSummary, Break> {
    let mut audit = Audit::new();
    let mut nodes = log.nodes.iter();
    for row in &log.rows {
        let key = row.subject.and_then(&keys);
        for node in audit.feed(&row.row(), key.as_ref())? {
            Audit::check_node(&node, nodes.next().map(|n| &n.hash))?;
        }
    }
    audit.finish(log.tree.size(), &log.tree.root())
}

fn broken(index: u64, fault: Fault) -> Result<AuditSummary, Break> {
    Err(Break { index, fault })
}

#[test]
fn l2_a_sound_log_passes() {
    let log = Log::of(600);
    let summary = audit(&log, all_keys).unwrap();
    assert_eq!((summary.size, summary.opened, summary.redacted), (600, 600, 0));
    assert_eq!(audit(&Log::of(0), all_keys).unwrap().size, 0);
}

#[test]
fn l2_every_altered_column_is_named_with_its_leaf() {
    let sound = Log::of(40);
    type Case = (&'static str, fn(&mut Log), Fault);
    let cases: [Case; 10] = [
        ("leaf", |log| log.rows[7].leaf[3] ^= 1, Fault::Hash),
        ("hash", |log| log.rows[7].hash[3] ^= 1, Fault::Hash),
        ("at", |log| log.rows[7].at_ms += 1, Fault::Column("time of writing")),
        ("happened", |log| log.rows[7].happened_ms -= 1, Fault::Column("time of the event")),
        ("kind", |log| log.rows[7].kind = "lock".into(), Fault::Column("kind")),
        ("subject set", |log| log.rows[7].subject = Some(ANA), Fault::Column("person")),
        ("payload", |log| log.rows[7].stored.as_mut().unwrap()[2] ^= 1, Fault::Content),
        ("salt", |log| log.rows[7].salt.as_mut().unwrap()[2] ^= 1, Fault::Content),
        ("payload gone", |log| log.rows[7].stored = None, Fault::Removed),
        ("salt gone", |log| log.rows[7].salt = None, Fault::Removed),
    ];
    for (what, change, fault) in cases {
        let mut log = sound.clone();
        change(&mut log);
        assert_eq!(audit(&log, all_keys), broken(7, fault), "{what}");
    }
    // a sealed row: 6 is Ana's
    let mut log = sound.clone();
    log.rows[6].subject = Some(BEN);
    assert_eq!(audit(&log, all_keys), broken(6, Fault::Content), "another person");
    log.rows[6].subject = None;
    assert_eq!(audit(&log, all_keys), broken(6, Fault::Column("person")), "no person");
    let mut log = sound.clone();
    log.rows[6].stored.as_mut().unwrap()[30] ^= 1;
    assert_eq!(audit(&log, all_keys), broken(6, Fault::Content), "sealed bytes");
    assert_eq!(audit(&sound, |_| None), broken(0, Fault::KeyMissing));
}

#[test]
fn l2_dropped_swapped_doubled_and_cut_rows_are_found() {
    let sound = Log::of(40);
    let mut log = sound.clone();
    log.rows.remove(9);
    assert_eq!(audit(&log, all_keys), broken(10, Fault::Order { expected: 9 }));
    let mut log = sound.clone();
    log.rows.swap(9, 10);
    assert_eq!(audit(&log, all_keys), broken(10, Fault::Order { expected: 9 }));
    let mut log = sound.clone();
    let twice = log.rows[9].clone();
    log.rows.insert(10, twice);
    assert_eq!(audit(&log, all_keys), broken(9, Fault::Order { expected: 10 }));
    let mut log = sound.clone();
    log.rows.truncate(35);
    assert_eq!(audit(&log, all_keys), broken(35, Fault::Truncated { size: 40 }));
    // moved with its index rewritten: the tree notices at the end
    let mut log = sound.clone();
    log.rows.swap(9, 10);
    (log.rows[9].index, log.rows[10].index) = (9, 10);
    assert_eq!(audit(&log, all_keys), broken(39, Fault::Root { size: 40 }));
}

/// Replaces a row by a forged one that is sound in itself: leaf, hash, salt and content fit together.
fn forge(log: &mut Log, at: usize) {
    let salt = [1; 32];
    let row = &mut log.rows[at];
    let draft = journal::Draft {
        kind: "entry",
        at_ms: row.at_ms,
        happened_ms: row.happened_ms,
        payload: b"{\"forged\":true}",
        salt: &salt,
        subject: None,
    };
    let sealed = seal(&draft).unwrap();
    row.leaf = sealed.leaf;
    row.hash = sealed.hash;
    row.stored = Some(sealed.stored);
    row.salt = Some(salt.to_vec());
    row.subject = None;
}

#[test]
fn l2_a_forged_row_is_found_by_node_root_and_checkpoint() {
    let mut log = Log::of(600);
    forge(&mut log, 300);
    assert_eq!(audit(&log, all_keys), broken(256, Fault::Node { from: 256, to: 511 }));

    let mut log = Log::of(100);
    forge(&mut log, 50);
    assert_eq!(audit(&log, all_keys), broken(99, Fault::Root { size: 100 }));

    // the whole state recomputed over the forgery: only what was recorded elsewhere tells
    let honest = Log::of(80).checkpoint();
    let mut audit = Audit::new();
    audit.expect_root(honest.size, honest.root).unwrap();
    let broke = log.rows.iter().find_map(|row| {
        let key = row.subject.map(key_of);
        audit.feed(&row.row(), key.as_ref()).err()
    });
    assert_eq!(broke, Some(Break { index: 79, fault: Fault::Root { size: 80 } }));
}

#[test]
fn l2_a_log_shorter_than_a_checkpoint_was_cut() {
    let log = Log::of(10);
    let mut audit = Audit::new();
    audit.expect_root(12, [3; 32]).unwrap();
    for row in &log.rows {
        audit.feed(&row.row(), row.subject.map(key_of).as_ref()).unwrap();
    }
    assert_eq!(
        audit.finish(10, &log.tree.root()),
        Err(Break { index: 10, fault: Fault::Truncated { size: 12 } })
    );
    let mut audit = Audit::new();
    audit.expect_root(5, [1; 32]).unwrap();
    assert!(audit.expect_root(5, [2; 32]).is_err(), "two roots for one size are a fork");
}

/// Destroys key and salts of a person, as the store does, after the redaction was written.
fn erase(log: &mut Log, subject: [u8; 16]) -> u64 {
    let mut count = 0;
    for row in log.rows.iter_mut().filter(|row| row.subject == Some(subject)) {
        row.salt = None;
        row.stored = None;
        count += 1;
    }
    count
}

#[test]
fn l3_an_erased_person_leaves_every_proof_whole() {
    let mut log = Log::of(300);
    let root_before = log.tree.root();
    let count = log.rows.iter().filter(|row| row.subject == Some(ANA)).count() as u64;
    log.write(REDACTION_KIND, None, &Redaction::subject(ANA, count, "owner").to_payload().unwrap());
    assert_eq!(erase(&mut log, ANA), count);
    log.write("entry", Some(BEN), b"life goes on");
    // Ana's key is gone; Ben's is there
    let summary = audit(&log, |s| (s != ANA).then(|| key_of(s))).unwrap();
    assert_eq!((summary.redacted, summary.opened), (count, 302 - count));
    assert_eq!(leaf_hash(&log.rows[0].leaf), log.rows[0].hash);
    let mut again = Audit::new();
    again.expect_root(300, root_before).unwrap();
    for row in &log.rows {
        let key = row.subject.filter(|s| *s != ANA).map(key_of);
        again.feed(&row.row(), key.as_ref()).unwrap();
    }
}

#[test]
fn l3_content_that_goes_without_a_redaction_is_tampering() {
    let ana = |log: &Log| log.rows.iter().filter(|row| row.subject == Some(ANA)).count() as u64;
    let mut log = Log::of(30);
    erase(&mut log, ANA);
    assert_eq!(audit(&log, all_keys), broken(0, Fault::Removed), "no redaction at all");

    // a redaction of Ana does not cover Ben
    let mut log = Log::of(30);
    let count = ana(&log);
    log.write(REDACTION_KIND, None, &Redaction::subject(ANA, count, "owner").to_payload().unwrap());
    erase(&mut log, ANA);
    log.rows[5].stored = None;
    assert_eq!(audit(&log, all_keys), broken(5, Fault::Removed));
    // not even when Ben's row is relabelled as Ana's: the count does not fit
    log.rows[5].subject = Some(ANA);
    let fault = Fault::Redacted { recorded: count, found: count + 1 };
    assert_eq!(audit(&log, all_keys), broken(30, fault));

    // entries written after a redaction are not covered by it
    let mut log = Log::of(30);
    let count = ana(&log);
    log.write(REDACTION_KIND, None, &Redaction::subject(ANA, count, "owner").to_payload().unwrap());
    log.write("entry", Some(ANA), b"later");
    erase(&mut log, ANA);
    assert_eq!(audit(&log, all_keys), broken(31, Fault::Removed));

    // the redaction itself cannot be emptied
    let mut log = Log::of(3);
    log.write(REDACTION_KIND, None, &Redaction::subject(ANA, 1, "owner").to_payload().unwrap());
    log.rows[3].stored = None;
    assert_eq!(audit(&log, all_keys), broken(3, Fault::Removed));
}

#[test]
fn l3_retention_covers_its_kinds_below_its_index() {
    let mut log = Log::of(20);
    log.write("grant", None, b"{}");
    let rule = Redaction::below(10, vec!["entry".into()], "retention");
    log.write(REDACTION_KIND, None, &rule.to_payload().unwrap());
    for row in &mut log.rows[..10] {
        row.salt = None;
        row.stored = None;
    }
    assert_eq!(audit(&log, all_keys).unwrap().redacted, 10);
    let mut more = log.clone();
    more.rows[10].stored = None;
    assert_eq!(audit(&more, all_keys), broken(10, Fault::Removed));
    let mut other = log.clone();
    other.rows[20].stored = None;
    assert_eq!(audit(&other, all_keys), broken(20, Fault::Removed), "another kind");
}

#[test]
fn nodes_are_checked_against_what_is_stored() {
    let node = Node { level: 2, index: 3, hash: [1; 32] };
    assert_eq!(Audit::check_node(&node, Some(&[1; 32])), Ok(()));
    let fault = Fault::Node { from: 3 * 65_536, to: 4 * 65_536 - 1 };
    assert_eq!(Audit::check_node(&node, None), Err(Break { index: 3 * 65_536, fault }));
}

#[test]
fn l3_without_salt_a_commitment_tells_nothing_of_a_guess() {
    // the same content twice gives unrelated commitments: who guesses the content cannot confirm it
    let mut log = Log::default();
    log.write("entry", None, b"{\"who\":\"Ana\"}");
    log.write("entry", None, b"{\"who\":\"Ana\"}");
    let at = 18..50;
    assert_ne!(log.rows[0].leaf[at.clone()], log.rows[1].leaf[at]);
    let row: Row<'_> = log.rows[0].row();
    assert_eq!(open(row.leaf, row.salt.unwrap(), row.stored.unwrap(), None).unwrap(), b"{\"who\":\"Ana\"}");
    assert!(open(row.leaf, &[0; 32], row.stored.unwrap(), None).is_err());
}
