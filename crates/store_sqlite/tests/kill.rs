//! `kill -9` while batches are committed in a loop: every acknowledged batch is there, none is half there.

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use access::Change;
use hub::ports::{Batch, Document, Store, Write};
use store_sqlite::{SqliteStore, restore};

use crate::fixture::*;

const FOLDER: &str = "DOORWARD_TEST_KILL_FOLDER";

/// Leaves in the tree after so many batches: batch `n` (from 1) holds `n % 5` of them.
fn tree(batches: u64) -> u64 {
    (1..=batches).map(|n| n % 5).sum()
}

fn batch(n: u64) -> Batch {
    let document = Document { kind: "count".into(), key: "n".into(), body: "x".repeat(3000), version: n };
    Batch {
        changes: vec![Change::Person(person(n)), Change::Credential(credential(n))],
        writes: vec![Write::Document(document)],
        ..leaves(tree(n - 1), tree(n))
    }
}

/// The child: commits until it is killed, telling each acknowledged batch. As an ordinary test it does
/// nothing.
#[tokio::test]
async fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let store = SqliteStore::open(Path::new(&folder)).await.unwrap();
    let first = store.load().await.unwrap().documents.first().map_or(1, |document| document.version + 1);
    for n in first.. {
        store.commit(batch(n)).await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "ack {n}").unwrap();
        out.flush().unwrap();
    }
}

/// Runs the child and kills it after so many acknowledgements; gives the last one that it told.
fn run_and_kill(folder: &Path, acknowledgements: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["kill::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let mut last = 0;
    let acks = out.lines().map_while(Result::ok).filter_map(|l| l.strip_prefix("ack ")?.parse::<u64>().ok());
    for (count, ack) in acks.enumerate() {
        last = ack;
        if count == acknowledgements {
            // it goes on committing while the signal is on its way; the rest of the pipe is read below
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    last
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_nothing_is_half_there_e7() {
    let dir = tempfile::tempdir().unwrap();
    let mut least = 0;
    for round in 0..12 {
        let acknowledged = run_and_kill(dir.path(), (round * 7919) % 41);
        assert!(acknowledged > least, "round {round}: the child made no headway");
        let store = SqliteStore::open(dir.path()).await.unwrap();
        let loaded = store.load().await.unwrap();
        let there = loaded.documents[0].version;
        assert!(there >= acknowledged, "round {round}: {acknowledged} was acknowledged, {there} is there");
        assert_eq!(loaded.house.people.len() as u64, there, "round {round}");
        assert_eq!(loaded.house.credentials.len() as u64, there, "round {round}");
        assert_eq!(loaded.journal, Some(journal(tree(there))), "round {round}");
        let leaves = store.leaves(0, 10_000).await.unwrap();
        assert_eq!(leaves, (0..tree(there)).map(leaf).collect::<Vec<_>>(), "round {round}");
        store.check().await.unwrap();
        if round == 0 {
            store.backup(&dir.path().join("first.db")).await.unwrap();
        }
        store.close().await;
        least = there;
    }
    // a backup put in the place of a database that was just killed: what its write-ahead log held is aside
    let acknowledged = run_and_kill(dir.path(), 30);
    let restored = restore(dir.path(), &dir.path().join("first.db")).await.unwrap();
    restore(dir.path(), &restored.aside.unwrap()).await.unwrap();
    let loaded = SqliteStore::open(dir.path()).await.unwrap().load().await.unwrap();
    assert!(loaded.documents[0].version >= acknowledged);
    assert_eq!(loaded.house.people.len() as u64, loaded.documents[0].version);
}
