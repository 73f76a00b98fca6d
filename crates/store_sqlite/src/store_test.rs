//! What only the inside can provoke: a file that may not grow, a batch abandoned half way, a lost writer.

use access::{Change, Person, PersonId, PersonKind};
use hub::ports::{Batch, Document, JournalState, LeafRow, Store, StoreError, Write};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{SqliteStore, open};

fn batch(n: u64, bytes: usize) -> Batch {
    let id = Uuid::from_u64_pair(1, n);
    let at = Timestamp::UNIX_EPOCH;
    let person = Person {
        id: PersonId::new(id),
        name: n.to_string(),
        kind: PersonKind::Guest,
        note: String::new(),
        created: at,
        removing: None,
    };
    let leaf = LeafRow {
        index: n,
        leaf: vec![1; 40],
        hash: [2; 32],
        at,
        happened: at,
        kind: "entry".into(),
        door: Some(id),
        subject: None,
        salt: None,
        payload: None,
    };
    let body = "x".repeat(bytes);
    let document = Document { kind: "n".into(), key: n.to_string(), body, version: 1 };
    Batch {
        changes: vec![Change::Person(person)],
        writes: vec![Write::Document(document)],
        leaves: vec![leaf],
        nodes: vec![],
        journal: Some(JournalState { size: n + 1, root: [0; 32], frontier: vec![], checkpoint: None }),
    }
}

/// How many batches are there, whole: the same number in every table.
async fn whole(store: &SqliteStore) -> u64 {
    let loaded = store.load().await.unwrap();
    let size = loaded.journal.map_or(0, |state| state.size);
    assert_eq!(loaded.house.people.len() as u64, size);
    assert_eq!(loaded.documents.len() as u64, size);
    assert_eq!(store.leaves(0, 10_000).await.unwrap().len() as u64, size);
    size
}

#[tokio::test]
async fn a_full_file_refuses_the_batch_and_room_lets_it_in_e7() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let limit = async |sql: &'static str| {
        let mut writer = store.writer.lock().await;
        open::pragma(writer.conn.as_mut().unwrap(), sql).await.unwrap();
    };
    limit("PRAGMA max_page_count = 120").await;
    let mut n = 0;
    let error = loop {
        match store.commit(batch(n, 9_000)).await {
            Ok(()) => n += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error, StoreError::Full);
    assert!(n > 3);
    assert_eq!(whole(&store).await, n);
    // the refusal may have cost the writer its connection, and the limit with it: set it again, still full
    if store.writer.lock().await.conn.is_some() {
        assert_eq!(store.commit(batch(n, 9_000)).await, Err(StoreError::Full));
        if store.writer.lock().await.conn.is_some() {
            limit("PRAGMA max_page_count = 100000").await;
        }
    }
    store.commit(batch(n, 9_000)).await.unwrap();
    assert_eq!(whole(&store).await, n + 1);
}

#[tokio::test]
async fn an_abandoned_commit_is_there_or_not_never_half_e7() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let mut n = 0;
    let mut abandoned = 0;
    for turns in (0..60).chain(0..60) {
        tokio::select! {
            biased;
            done = store.commit(batch(n, 10)) => done.unwrap(),
            () = async { for _ in 0..turns { tokio::task::yield_now().await; } } => abandoned += 1,
        }
        // a COMMIT may still be on its way to the file: whatever the writer does next comes after it
        store.commit(Batch::default()).await.unwrap();
        let there = whole(&store).await;
        assert!(there == n || there == n + 1);
        store.commit(batch(there, 10)).await.unwrap();
        n = there + 1;
    }
    assert!(abandoned > 0, "no commit was ever abandoned");
    assert_eq!(whole(&store).await, n);
}

#[tokio::test]
async fn a_lost_writer_is_opened_anew() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    store.commit(batch(0, 10)).await.unwrap();
    store.writer.lock().await.conn = None;
    store.commit(batch(1, 10)).await.unwrap();
    assert_eq!(whole(&store).await, 2);
}
