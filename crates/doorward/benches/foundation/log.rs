//! The log in the database: one durable append, appends in batches, an inclusion proof out of the whole log,
//! and the check of all of it. The same calls that the hub makes, without the hub around them.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use hub::ports::{Batch, JournalState, LeafRow, NodeRow, Store};
use jiff::Timestamp;
use journal::proof::{self, Fetched, Hashes as _};
use journal::{Audit, Draft, Tree, leaf_hash};
use store_sqlite::SqliteStore;

use crate::disk::Floor;
use crate::row::{Row, Times};

/// Leaves of one batch and of one read.
const BATCH: u64 = 1000;
const SINGLES: u64 = 500;
const PROOFS: u64 = 200;
/// Payload of the leaves: about that of an entry at a door.
const PAYLOAD: &[u8] = br#"{"kind":"entry","summary":"Ana unlocked Front door by code","door":"0192aaaa-0000-7000-8000-000000000001","person":null,"detail":{"record":{"kind":"unlocked","source":"keypad"}}}"#;
/// Targets for a million leaves.
const RATE: f64 = 20_000.0;
const PROOF_MS: f64 = 1.0;
const VERIFY_S: f64 = 5.0;

/// Everything, with so many leaves in the log at the end.
pub async fn measure(folder: &Path, leaves: u64, floor: Floor, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let data = folder.join("log");
    std::fs::create_dir_all(&data)?;
    let store = SqliteStore::open(&data).await?;
    let mut tree = Tree::new();
    singles(&store, &mut tree, floor, rows).await?;
    let start = Instant::now();
    let before = tree.size();
    while tree.size() < leaves {
        let more = BATCH.min(leaves - tree.size());
        let batch = batch(&mut tree, more)?;
        store.commit(batch).await?;
    }
    let rate = (tree.size() - before) as f64 / start.elapsed().as_secs_f64();
    let note = format!("{} leaves in batches of {BATCH}, sealed, hashed and durable", tree.size() - before);
    rows.push(Row::at_least("leaves appended", rate, "a second", RATE).note(note));
    proofs(&store, &tree, rows).await?;
    verify(&store, &tree, rows).await?;
    store.close().await;
    Ok(())
}

async fn singles(
    store: &SqliteStore,
    tree: &mut Tree,
    floor: Floor,
    rows: &mut Vec<Row>,
) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for _ in 0..SINGLES {
        let batch = batch(tree, 1)?;
        let start = Instant::now();
        store.commit(batch).await?;
        times.push(start.elapsed());
    }
    let times = Times::new(times);
    let note = format!("one leaf in one transaction, {} times", times.len());
    for (percent, floor) in [(50, floor.p50), (99, floor.p99)] {
        let name = format!("one durable append to the log, p{percent}");
        rows.push(Row::told(&name, times.percentile(percent), "ms").beside(floor).note(note.clone()));
    }
    Ok(())
}

/// The next leaves of the tree as one transaction.
fn batch(tree: &mut Tree, leaves: u64) -> anyhow::Result<Batch> {
    let mut batch = Batch::default();
    for _ in 0..leaves {
        let index = tree.size();
        let at_ms = 1_800_000_000_000 + i64::try_from(index)?;
        let at = Timestamp::from_millisecond(at_ms)?;
        let mut salt = [7; journal::SALT_BYTES];
        salt[..8].copy_from_slice(&index.to_be_bytes());
        let draft =
            Draft { kind: "entry", at_ms, happened_ms: at_ms, payload: PAYLOAD, salt: &salt, subject: None };
        let sealed = journal::seal(&draft)?;
        for node in tree.append(sealed.hash) {
            batch.nodes.push(NodeRow { level: node.level, index: node.index, hash: node.hash });
        }
        batch.leaves.push(LeafRow {
            index,
            leaf: sealed.leaf,
            hash: sealed.hash,
            at,
            happened: at,
            kind: "entry".into(),
            door: None,
            subject: None,
            salt: Some(salt.to_vec()),
            payload: Some(sealed.stored),
        });
    }
    let (size, root, frontier) = (tree.size(), tree.root(), tree.frontier().to_vec());
    batch.journal = Some(JournalState { size, root, frontier, checkpoint: None });
    Ok(batch)
}

async fn proofs(store: &SqliteStore, tree: &Tree, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let (size, root) = (tree.size(), tree.root());
    let (mut whole, mut alone) = (Vec::new(), Vec::new());
    for n in 0..PROOFS {
        let index = n * (size - 1) / PROOFS;
        let start = Instant::now();
        let mut fetched = Fetched::default();
        for span in proof::inclusion_spans(index, size)? {
            fetched.insert(span, store.nodes(span.level, span.from, span.to).await?);
        }
        let built = Instant::now();
        let path = proof::inclusion(index, size, &fetched)?;
        alone.push(built.elapsed());
        whole.push(start.elapsed());
        let own = store.leaves(index, index + 1).await?;
        let leaf = own.first().map(|row| leaf_hash(&row.leaf)).context("the leaf is not there")?;
        proof::verify_inclusion(index, size, &leaf, &path, &root)?;
        ensure!(
            fetched.hashes(proof::Span { level: 0, from: size, to: size + 1 }).is_none(),
            "a leaf too many"
        );
    }
    let (whole, alone) = (Times::new(whole), Times::new(alone));
    let name = format!("inclusion proof out of {size} leaves");
    let note = format!("median of {PROOFS}, hashes at hand; every proof verified");
    rows.push(Row::at_most(&name, alone.percentile(50), "ms", PROOF_MS).note(note));
    let name = format!("inclusion proof out of {size} leaves, read from the database");
    let note = format!("median of {PROOFS}, with reading its hashes");
    rows.push(Row::at_most(&name, whole.percentile(50), "ms", PROOF_MS).note(note));
    Ok(())
}

async fn verify(store: &SqliteStore, tree: &Tree, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let size = tree.size();
    let start = Instant::now();
    let summary = hub::check_log(store, size, &tree.root(), Audit::new(), |_| None).await??;
    ensure!(summary.opened == size, "{} of {size} leaves were opened", summary.opened);
    let taken = start.elapsed().as_secs_f64();
    // the target is for a million leaves; fewer have proportionally less time
    let target = VERIFY_S * size as f64 / 1e6;
    let note =
        "every leaf hashed, decoded and held against its content, the inner hashes against the stored ones";
    rows.push(
        Row::at_most(&format!("{size} leaves verified from the database"), taken, "s", target).note(note),
    );
    Ok(())
}
