//! What a file on a disk can suffer: a second opener, damage, a newer version, no space.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use access::Change;
use hub::ports::{Batch, Document, Store, StoreError, Write};
use store_sqlite::{BACKUPS, DATABASE, SqliteStore, newest_good_backup, restore};

use crate::fixture::*;

#[tokio::test]
async fn a_second_hub_is_refused_and_files_are_private() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    let store = SqliteStore::open(&folder).await.unwrap();
    store.commit(leaves(0, 1)).await.unwrap();
    assert_eq!(SqliteStore::open(&folder).await.unwrap_err(), StoreError::InUse);
    store.commit(leaves(1, 2)).await.unwrap();
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    drop(store);
    assert!(SqliteStore::open(&folder).await.is_ok(), "gone with its holder");
}

/// Runs SQL on the file as another program would.
async fn meddle(file: &Path, sql: &'static str) {
    use sqlx::{Connection, Executor};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let mut conn = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    conn.execute(sql).await.unwrap();
    conn.close().await.unwrap();
}

#[tokio::test]
async fn a_newer_or_foreign_database_is_left_untouched() {
    let dir = tempfile::tempdir().unwrap();
    SqliteStore::open(dir.path()).await.unwrap().close().await;
    let file = dir.path().join(DATABASE);
    meddle(&file, "PRAGMA user_version = 99; CREATE TABLE later (a)").await;
    let before = fs::read(&file).unwrap();
    assert_eq!(SqliteStore::open(dir.path()).await.unwrap_err(), StoreError::Newer);
    assert_eq!(fs::read(&file).unwrap(), before);
    let other = tempfile::tempdir().unwrap();
    SqliteStore::open(other.path()).await.unwrap().close().await;
    assert_eq!(restore(other.path(), &file).await, Err(StoreError::Newer));

    let foreign = tempfile::tempdir().unwrap();
    let file = foreign.path().join(DATABASE);
    meddle(&file, "CREATE TABLE bookmarks (a)").await;
    let before = fs::read(&file).unwrap();
    let refused = SqliteStore::open(foreign.path()).await.unwrap_err().to_string();
    assert!(refused.contains("another program"), "{refused}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

/// Some data, and backups: a good old one, a damaged newer one, something that is none.
async fn with_backups(folder: &Path) {
    let store = SqliteStore::open(folder).await.unwrap();
    store.commit(Batch { changes: house_changes(), ..leaves(0, 2000) }).await.unwrap();
    let backups = folder.join(BACKUPS);
    fs::create_dir(&backups).unwrap();
    store.backup(&backups.join("1.db")).await.unwrap();
    store.commit(leaves(2000, 2001)).await.unwrap();
    store.close().await;
    drop(store);
    let mut bent = fs::read(backups.join("1.db")).unwrap();
    let middle = bent.len() / 2;
    bent[middle..middle + 8192].fill(0x55);
    fs::write(backups.join("2.db"), bent).unwrap();
    fs::write(backups.join("3.db"), "not a database at all").unwrap();
    for (n, name) in ["1.db", "2.db", "3.db"].iter().enumerate() {
        let file = fs::File::options().write(true).open(backups.join(name)).unwrap();
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_790_000_000 + n as u64);
        file.set_modified(time).unwrap();
    }
}

#[tokio::test]
async fn damage_is_found_and_the_newest_good_backup_is_named() {
    let dir = tempfile::tempdir().unwrap();
    with_backups(dir.path()).await;
    let file = dir.path().join(DATABASE);
    let whole = fs::read(&file).unwrap();
    let good = newest_good_backup(dir.path()).await.unwrap();
    assert!(good.checked && good.path.ends_with("1.db"), "{good:?}");
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 5] = [
        ("header", |bytes| bytes[..100].fill(0)),
        ("middle", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle..middle + 8192].fill(0x55);
        }),
        ("cut", |bytes| bytes.truncate(bytes.len() / 2)),
        ("text", |bytes| *bytes = b"hello".repeat(1000)),
        ("schema", |bytes| bytes[100..4096].fill(0)),
    ];
    for (name, damage) in damages {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        fs::write(&file, &bytes).unwrap();
        match SqliteStore::open(dir.path()).await {
            Err(StoreError::Damaged { backup, .. }) => assert_eq!(backup.as_deref(), Some("1.db"), "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    // an encrypted backup that is newer is named too, with what is not known of it
    let sealed = dir.path().join(BACKUPS).join("house.backup");
    fs::write(&sealed, b"age-encryption.org/v1\n-> scrypt").unwrap();
    let refused = SqliteStore::open(dir.path()).await.unwrap_err().to_string();
    assert!(refused.contains("house.backup (encrypted"), "{refused}");
    fs::remove_file(sealed).unwrap();
    // and the way out works, keeping the damaged one
    let restored = restore(dir.path(), &good.path).await.unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    assert_eq!(store.load().await.unwrap().journal.unwrap().size, 2000);
    assert_eq!(fs::read(restored.aside.unwrap()).unwrap().len(), whole.len());
}

#[tokio::test]
async fn damage_that_comes_while_the_hub_works_is_found_too() {
    let dir = tempfile::tempdir().unwrap();
    with_backups(dir.path()).await;
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let file = dir.path().join(DATABASE);
    let mut bytes = fs::read(&file).unwrap();
    let (from, to) = (bytes.len() / 4, bytes.len());
    bytes[from..to].fill(0x55);
    fs::write(&file, &bytes).unwrap();
    for found in [store.check().await, store.leaves(0, 2001).await.map(drop)] {
        let backup = Some("1.db".to_owned());
        assert!(matches!(&found, Err(StoreError::Damaged { backup: b, .. }) if *b == backup), "{found:?}");
    }
}

#[tokio::test]
async fn a_bad_backup_is_not_restored() {
    let dir = tempfile::tempdir().unwrap();
    with_backups(dir.path()).await;
    let before = fs::read(dir.path().join(DATABASE)).unwrap();
    for name in ["2.db", "3.db"] {
        let refused = restore(dir.path(), &dir.path().join(BACKUPS).join(name)).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Damaged { what, .. } if what.contains(name)), "{refused}");
        assert!(refused.to_string().contains("1.db"), "{refused}");
    }
    assert!(restore(dir.path(), &dir.path().join("none.db")).await.is_err());
    assert_eq!(fs::read(dir.path().join(DATABASE)).unwrap(), before);
    let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!names.iter().any(|n| n.to_string_lossy().contains("restoring")), "{names:?}");
}

#[tokio::test]
async fn a_log_without_its_database_is_never_played_into_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    store.commit(leaves(0, 5)).await.unwrap();
    let log = fs::read(dir.path().join("doorward.db-wal")).unwrap();
    store.close().await;
    drop(store);
    fs::remove_file(dir.path().join(DATABASE)).unwrap();
    fs::write(dir.path().join("doorward.db-wal"), log).unwrap();
    let refused = SqliteStore::open(dir.path()).await.unwrap_err().to_string();
    assert!(refused.contains("-wal"), "{refused}");
}

#[tokio::test]
async fn the_journal_has_no_delete() {
    use sqlx::{Connection, Executor};
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    store.commit(leaves(0, 5)).await.unwrap();
    store.close().await;
    drop(store);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.path().join(DATABASE));
    let mut conn = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    for sql in ["DELETE FROM leaf", "UPDATE leaf SET kind = 'x'", "UPDATE leaf SET payload = x'00'"] {
        assert!(conn.execute(sql).await.is_err(), "{sql}");
    }
    drop(conn);
}

/// On a real small disk: `DOORWARD_SMALL_DISK` names a folder on one of at most 8 MiB, for example a tmpfs.
/// Filled to the brim at every kind of moment, nothing acknowledged is lost and nothing half done is there.
#[tokio::test]
async fn a_full_disk_changes_nothing_e7() {
    let Some(disk) = std::env::var_os("DOORWARD_SMALL_DISK") else {
        eprintln!(
            "skipped: DOORWARD_SMALL_DISK names no small disk (a limited file is tested in src/store_test.rs)"
        );
        return;
    };
    let dir = tempfile::tempdir_in(disk).unwrap();
    let ballast = dir.path().join("ballast");
    fs::write(&ballast, vec![1; 500_000]).unwrap();
    let folder = dir.path().join("data");
    let store = SqliteStore::open(&folder).await.unwrap();
    let mut done = 0;
    let full = loop {
        assert!(done < 5000, "the disk is not small");
        let document =
            Document { kind: "n".into(), key: done.to_string(), body: "x".repeat(20_000), version: 1 };
        let batch = Batch {
            changes: vec![Change::Person(person(done))],
            writes: vec![Write::Document(document)],
            ..leaves(done, done + 1)
        };
        match store.commit(batch).await {
            Ok(()) => done += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(full, StoreError::Full);
    assert!(done > 5);
    assert!(store.backup(&dir.path().join("b.db")).await.is_err());
    for _ in 0..2 {
        let loaded = store.load().await.unwrap();
        assert_eq!((loaded.house.people.len() as u64, loaded.documents.len() as u64), (done, done));
        assert_eq!(loaded.journal, Some(journal(done)));
    }
    // room again: the same store goes on
    fs::remove_file(ballast).unwrap();
    store.commit(leaves(done, done + 1)).await.unwrap();
    assert_eq!(store.load().await.unwrap().journal, Some(journal(done + 1)));
    drop(store);
    let store = SqliteStore::open(&folder).await.unwrap();
    assert_eq!(store.load().await.unwrap().journal, Some(journal(done + 1)));
}
