//! How fast it is, beside what the disk allows: run by hand or by the bench with
//! `cargo test --release -p store_sqlite --test all -- --ignored --nocapture speed`.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "measures real time and prints it")]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use access::{Change, DoorId, Target};
use hub::ports::{LogQuery, Store};
use store_sqlite::SqliteStore;

use crate::fixture::*;

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * percent / 100]
}

/// What no store can beat: one durable write of 4 KiB into a file that is already that long.
struct Floor {
    file: File,
    at: u64,
}

impl Floor {
    const BLOCKS: u64 = 1000;

    fn new(folder: &Path) -> Self {
        let file = File::create(folder.join("probe")).unwrap();
        file.write_all_at(&vec![1; 4096 * Self::BLOCKS as usize], 0).unwrap();
        file.sync_all().unwrap();
        Self { file, at: 0 }
    }

    fn write(&mut self) -> Duration {
        let start = Instant::now();
        self.file.write_all_at(&[2; 4096], self.at % Self::BLOCKS * 4096).unwrap();
        self.file.sync_data().unwrap();
        self.at += 1;
        start.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; run in release"]
async fn speed() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut floor = Floor::new(dir.path());
    let start = Instant::now();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    println!("new database: {:?}", start.elapsed());

    // in turns, so that both meet the same disk
    let (mut floors, mut appends) = (Vec::new(), Vec::new());
    for n in 0..5000 {
        floors.push(floor.write());
        let start = Instant::now();
        store.commit(leaves(n, n + 1)).await.unwrap();
        appends.push(start.elapsed());
    }
    for (name, times) in [("durable write of the disk", &mut floors), ("single append", &mut appends)] {
        let [p50, p99, max] = [50, 99, 100].map(|percent| percentile(times, percent));
        println!("{name}: p50 {p50:?} p99 {p99:?} max {max:?}");
    }

    let start = Instant::now();
    let (from, many) = (5000, 200_000);
    for n in (from..from + many).step_by(1000) {
        store.commit(leaves(n, n + 1000)).await.unwrap();
    }
    println!("leaves in batches of 1000: {:.0}/s", many as f64 / start.elapsed().as_secs_f64());

    let rows: Vec<Change> =
        (0..10_000).map(|n| Change::Grant(grant(n, Target::Door(DoorId::new(id(n % 40)))))).collect();
    let start = Instant::now();
    store.commit(changes(rows)).await.unwrap();
    println!("10,000 grants written: {:?}", start.elapsed());
    let start = Instant::now();
    assert_eq!(store.load().await.unwrap().house.grants.len(), 10_000);
    println!("house with 10,000 grants loaded: {:?}", start.elapsed());

    let queries = [
        ("newest 100", LogQuery { limit: 100, ..LogQuery::default() }),
        ("door", LogQuery { door: Some(id(2)), limit: 100, ..LogQuery::default() }),
        (
            "door and kind",
            LogQuery { door: Some(id(2)), kinds: vec!["alarm".into()], limit: 100, ..LogQuery::default() },
        ),
        (
            "two kinds",
            LogQuery { kinds: vec!["alarm".into(), "entry".into()], limit: 100, ..LogQuery::default() },
        ),
        (
            "an hour",
            LogQuery { since: Some(at(9000)), before: Some(at(12600)), limit: 100, ..LogQuery::default() },
        ),
        ("everything since", LogQuery { since: Some(at(0)), limit: 100, ..LogQuery::default() }),
        ("door that is not there", LogQuery { door: Some(id(77)), limit: 100, ..LogQuery::default() }),
    ];
    for (name, query) in queries {
        store.log(&query).await.unwrap();
        let start = Instant::now();
        let rows = store.log(&query).await.unwrap().len();
        println!("log, {name}: {rows} rows in {:?} of 205,000", start.elapsed());
    }
    let start = Instant::now();
    for from in (0..200_000).step_by(1000) {
        assert_eq!(store.leaves(from, from + 1000).await.unwrap().len(), 1000);
    }
    println!("200,000 leaves read, 1000 at a time: {:?}", start.elapsed());
    let start = Instant::now();
    store.check().await.unwrap();
    println!("whole check: {:?}", start.elapsed());
    let start = Instant::now();
    store.backup(&dir.path().join("b.db")).await.unwrap();
    println!(
        "backup, checked: {:?} for {} MB",
        start.elapsed(),
        dir.path().join("b.db").metadata().unwrap().len() / 1_000_000
    );
    store.close().await;
    drop(store);
    let start = Instant::now();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let opened = start.elapsed();
    store.load().await.unwrap();
    println!("opened again: {opened:?}, and loaded: {:?}", start.elapsed());
}
