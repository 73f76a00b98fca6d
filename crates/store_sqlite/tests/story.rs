//! The story that every store must be able to tell, against `dyn Store`: a store for another database runs
//! the same chapters. Each chapter starts with an empty store unless it says otherwise.

use access::{Change, DoorId, GroupId, House, LockId, PersonId};
use hub::ports::{
    Accounts, ApiToken, Batch, Cursor, Document, Invite, LogQuery, Owner, PasswordHash, Role, Scope, Session,
    Store, StoreError, Write,
};
use proptest::prelude::*;
use store_sqlite::SqliteStore;

use crate::fixture::*;

/// Everything in every table comes back exactly, after a restart too (E7, A4).
async fn keeps_the_house(store: &dyn Store) -> House {
    assert_eq!(store.load().await.unwrap().house, House::default());
    assert!(store.load().await.unwrap().journal.is_none());
    let rows = house_changes();
    let mut house = House::default();
    rows.iter().cloned().for_each(|change| house.apply(change));
    store.commit(changes(rows)).await.unwrap();
    assert_eq!(store.load().await.unwrap().house, house);
    // a row set again replaces; a lock that goes takes its slots with it; a group loses a door
    let mut group = house.groups[&GroupId::new(id(30))].clone();
    group.doors.remove(&DoorId::new(id(10)));
    let more = vec![
        Change::Person(access::Person { name: "Anna".into(), ..person(1) }),
        Change::PersonGone(PersonId::new(id(2))),
        Change::LockGone(LockId::new(id(20))),
        Change::DoorGone(DoorId::new(id(10))),
        Change::Group(group),
        Change::GroupGone(GroupId::new(id(31))),
        Change::WantedGone(LockId::new(id(21)), u16::MAX),
        Change::SeenGone(LockId::new(id(21)), 3),
        Change::ErrandGone(LockId::new(id(21)), 2),
    ];
    more.iter().cloned().for_each(|change| house.apply(change));
    store.commit(changes(more)).await.unwrap();
    assert_eq!(store.load().await.unwrap().house, house);
    house
}

/// A batch with one bad row changes nothing at all (E7).
async fn all_or_nothing(store: &dyn Store) {
    store.commit(leaves(0, 3)).await.unwrap();
    let before = store.load().await.unwrap();
    let good = || vec![Change::Person(person(1))];
    // a wish for a lock that is not there, in the middle of good rows
    let orphan =
        Batch { changes: [good(), vec![Change::Wanted(wanted(99, 0, true))]].concat(), ..leaves(3, 5) };
    assert!(matches!(store.commit(orphan).await, Err(StoreError::Other(_))));
    // leaves that do not follow, state that tells another size, leaves without state
    assert!(store.commit(Batch { changes: good(), ..leaves(4, 6) }).await.is_err());
    assert!(store.commit(Batch { changes: good(), ..leaves(2, 5) }).await.is_err());
    assert!(
        store.commit(Batch { journal: Some(journal(9)), changes: good(), ..leaves(3, 5) }).await.is_err()
    );
    assert!(store.commit(Batch { journal: None, changes: good(), ..leaves(3, 5) }).await.is_err());
    // a document over its limit
    let document = Document { kind: "survey".into(), key: "1".into(), body: "x".repeat(300_000), version: 1 };
    let long = Batch { changes: good(), writes: vec![Write::Document(document)], ..Batch::default() };
    let refused = store.commit(long).await.unwrap_err().to_string();
    assert!(refused.contains("survey/1") && refused.contains("262144"), "{refused}");
    let after = store.load().await.unwrap();
    assert_eq!((after.house, after.journal), (before.house, before.journal));
    // and the store goes on
    store.commit(leaves(3, 5)).await.unwrap();
}

fn owner(n: u64) -> Owner {
    let role = [Role::Owner, Role::Manager, Role::Viewer][n as usize % 3];
    Owner {
        id: id(n),
        name: format!("owner {n}"),
        password: PasswordHash("$argon2id$x".into()),
        role,
        created: at(1),
    }
}

fn session(n: u8, owner: u64) -> Session {
    Session {
        token_hash: [n; 32],
        owner: id(owner),
        created: at(1),
        seen: at(2),
        expires: at(3),
        confirmed: at(4),
    }
}

fn token(n: u64, owner: u64) -> ApiToken {
    let scopes = vec![Scope::Read, Scope::Operate];
    let used = n.is_multiple_of(2).then(|| at(9));
    ApiToken {
        id: id(n),
        name: "cron".into(),
        token_hash: [n as u8; 32],
        owner: id(owner),
        scopes,
        created: at(1),
        used,
    }
}

fn invite(n: u64) -> Invite {
    Invite { id: id(n), code_hash: [n as u8; 32], role: Role::Manager, by: id(1), expires: at(7) }
}

/// Everything of an account, hashes included, as a comparable text (they have no `PartialEq` and a quiet
/// `Debug` on purpose).
fn plain(accounts: &Accounts) -> Vec<String> {
    let owners = accounts.owners.iter().map(|o| format!("{o:?} {} {}", o.password.0, o.created));
    let sessions = accounts
        .sessions
        .iter()
        .map(|s| format!("{s:?} {:?} {} {} {} {}", s.token_hash, s.seen, s.confirmed, s.created, s.expires));
    let tokens = accounts
        .tokens
        .iter()
        .map(|t| format!("{t:?} {:?} {} {} {:?}", t.token_hash, t.owner, t.created, t.used));
    let invites = accounts.invites.iter().map(|i| format!("{i:?} {:?} {}", i.code_hash, i.by));
    owners.chain(sessions).chain(tokens).chain(invites).collect()
}

/// Accounts, cursors, documents, log keys (P1).
async fn keeps_the_rest(store: &dyn Store) {
    let document = |key: &str, version| Document {
        kind: "link".into(),
        key: key.into(),
        body: r#"{"a":"ü"}"#.into(),
        version,
    };
    let cursor = |seq| Cursor { lock: LockId::new(id(20)), boot: u32::MAX, seq };
    let writes = vec![
        Write::Owner(owner(1)),
        Write::Owner(owner(2)),
        Write::Session(session(1, 1)),
        Write::Session(session(2, 2)),
        Write::Token(token(3, 1)),
        Write::Token(token(4, 2)),
        Write::Invite(invite(5)),
        Write::Invite(invite(6)),
        Write::Cursor(cursor(1)),
        Write::Cursor(cursor(u64::from(u32::MAX) + 5)),
        Write::Document(document("a", 1)),
        Write::Document(document("a", 2)),
        Write::Document(document("b", 1)),
        Write::SubjectKey { subject: id(101), sealed: vec![1] },
        Write::SubjectKey { subject: id(101), sealed: vec![2] },
        Write::SubjectKey { subject: id(102), sealed: vec![3] },
    ];
    store.commit(Batch { changes: house_changes(), writes, ..Batch::default() }).await.unwrap();
    let loaded = store.load().await.unwrap();
    let expected = Accounts {
        owners: vec![owner(1), owner(2)],
        sessions: vec![session(1, 1), session(2, 2)],
        tokens: vec![token(3, 1), token(4, 2)],
        invites: vec![invite(5), invite(6)],
    };
    assert_eq!(plain(&loaded.accounts), plain(&expected));
    assert_eq!(loaded.cursors, [cursor(u64::from(u32::MAX) + 5)]);
    assert_eq!(loaded.documents, [document("a", 2), document("b", 1)]);
    assert_eq!(loaded.subjects, [(id(101), vec![2]), (id(102), vec![3])]);
    // an owner who goes takes sessions and tokens along; a second account of the same name is refused
    let twin = Owner { name: "owner 2".into(), ..owner(9) };
    assert!(store.commit(Batch { writes: vec![Write::Owner(twin)], ..Batch::default() }).await.is_err());
    let gone = vec![
        Write::OwnerGone(id(1)),
        Write::InviteGone(id(5)),
        Write::DocumentGone { kind: "link".into(), key: "a".into() },
        Write::SessionGone([7; 32]),
        Write::TokenGone(id(77)),
    ];
    store.commit(Batch { writes: gone, ..Batch::default() }).await.unwrap();
    let left = store.load().await.unwrap();
    let expected = Accounts {
        owners: vec![owner(2)],
        sessions: vec![session(2, 2)],
        tokens: vec![token(4, 2)],
        invites: vec![invite(6)],
    };
    assert_eq!(plain(&left.accounts), plain(&expected));
    assert_eq!(left.documents, [document("b", 1)]);
    let last = vec![Write::SessionGone([2; 32]), Write::TokenGone(id(4))];
    store.commit(Batch { writes: last, ..Batch::default() }).await.unwrap();
    let left = store.load().await.unwrap();
    assert!(left.accounts.sessions.is_empty() && left.accounts.tokens.is_empty());
}

/// What the log filter means, told naively; the store must answer the same for every filter (L2).
fn naive(all: u64, query: &LogQuery) -> Vec<u64> {
    (0..all)
        .rev()
        .map(leaf)
        .filter(|row| query.door.is_none_or(|door| row.door == Some(door)))
        .filter(|row| query.subject.is_none_or(|subject| row.subject == Some(subject)))
        .filter(|row| query.kinds.is_empty() || query.kinds.contains(&row.kind))
        .filter(|row| query.since.is_none_or(|since| row.happened >= since))
        .filter(|row| query.before.is_none_or(|before| row.happened < before))
        .filter(|row| query.below.is_none_or(|below| row.index < below))
        .take(query.limit as usize)
        .map(|row| row.index)
        .collect()
}

/// Leaves, inner hashes and every filter of the log (L1, L2).
async fn keeps_the_log(store: &dyn Store) {
    const ALL: u64 = 600;
    for from in (0..ALL).step_by(100) {
        store.commit(leaves(from, from + 100)).await.unwrap();
    }
    assert_eq!(store.load().await.unwrap().journal, Some(journal(ALL)));
    let range = store.leaves(98, 203).await.unwrap();
    assert_eq!(range, (98..203).map(leaf).collect::<Vec<_>>());
    assert_eq!(store.leaves(590, 700).await.unwrap().len(), 10);
    assert_eq!(store.leaves(5, 5).await.unwrap(), []);
    assert!(store.leaves(0, 10_001).await.is_err(), "at most 10,000 a call");
    let hashes: Vec<[u8; 32]> = (98..203).map(|index| leaf(index).hash).collect();
    assert_eq!(store.nodes(0, 98, 203).await.unwrap(), hashes, "level 0: the leaves themselves");
    assert_eq!(store.nodes(1, 0, 9).await.unwrap(), [[0; 32], [1; 32]]);
    assert_eq!(store.nodes(2, 0, 9).await.unwrap(), [[0; 32]; 0]);

    let doors = [None, Some(id(2)), Some(id(77))];
    let subjects = [None, Some(id(101))];
    let kinds: [&[&str]; 4] = [&[], &["alarm"], &["alarm", "entry", "alarm"], &["nothing"]];
    let times =
        [(None, None), (Some(at(1100)), None), (None, Some(at(1300))), (Some(at(1100)), Some(at(1300)))];
    for (door, subject) in doors.iter().flat_map(|d| subjects.iter().map(move |s| (*d, *s))) {
        for (kinds, (since, before)) in kinds.iter().flat_map(|k| times.iter().map(move |t| (*k, *t))) {
            for (below, limit) in [(None, 1000), (Some(400), 7), (Some(0), 5)] {
                let kinds = kinds.iter().map(|k| (*k).to_owned()).collect();
                let query = LogQuery { door, subject, kinds, since, before, below, limit };
                let found: Vec<u64> = store.log(&query).await.unwrap().iter().map(|row| row.index).collect();
                assert_eq!(found, naive(ALL, &query), "{query:?}");
            }
        }
    }
    let newest = store.log(&LogQuery { limit: 1, ..LogQuery::default() }).await.unwrap();
    assert_eq!(newest, [leaf(ALL - 1)]);
    for limit in [0, 1001] {
        assert!(store.log(&LogQuery { limit, ..LogQuery::default() }).await.is_err());
    }
}

/// Erasing a person: key, salts and payloads go, leaf bytes and hashes stay (L3).
async fn erases_a_person(store: &dyn Store) {
    let key = Write::SubjectKey { subject: id(101), sealed: b"the sealed key of 101".to_vec() };
    let other = Write::SubjectKey { subject: id(102), sealed: vec![5] };
    store.commit(Batch { writes: vec![key, other], ..leaves(0, 30) }).await.unwrap();
    store.commit(Batch { writes: vec![Write::SubjectErased(id(101))], ..leaves(30, 31) }).await.unwrap();
    let loaded = store.load().await.unwrap();
    assert_eq!(loaded.subjects, [(id(102), vec![5])]);
    for (row, was) in store.leaves(0, 31).await.unwrap().into_iter().zip((0..).map(leaf)) {
        if was.subject == Some(id(101)) {
            assert_eq!((&row.leaf, row.hash, row.at), (&was.leaf, was.hash, was.at));
            assert_eq!((row.salt, row.payload), (None, None));
        } else {
            assert_eq!(row, was);
        }
    }
}

/// A backup made in the middle of writing holds one moment, whole (E7).
async fn backs_up(store: &dyn Store, to: &std::path::Path) {
    store.commit(Batch { changes: house_changes(), ..leaves(0, 300) }).await.unwrap();
    let writing = async {
        for n in 300..330 {
            store.commit(leaves(n, n + 1)).await.unwrap();
        }
    };
    let (copied, ()) = futures_join(store.backup(to), writing).await;
    copied.unwrap();
    let again = store.backup(to).await.unwrap_err();
    assert!(again.to_string().contains("is there already"), "{again}");
}

async fn futures_join<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    tokio::join!(a, b)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_house_e7() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    let house = keeps_the_house(&store).await;
    store.close().await;
    drop(store);
    let store = SqliteStore::open(dir.path()).await.unwrap();
    assert_eq!(store.load().await.unwrap().house, house);
}

#[tokio::test]
async fn all_or_nothing_e7() {
    let dir = tempfile::tempdir().unwrap();
    all_or_nothing(&SqliteStore::open(dir.path()).await.unwrap()).await;
}

#[tokio::test]
async fn accounts_and_documents() {
    let dir = tempfile::tempdir().unwrap();
    keeps_the_rest(&SqliteStore::open(dir.path()).await.unwrap()).await;
}

#[tokio::test]
async fn the_log_l1_l2() {
    let dir = tempfile::tempdir().unwrap();
    keeps_the_log(&SqliteStore::open(dir.path()).await.unwrap()).await;
}

#[tokio::test]
async fn erasure_l3() {
    let dir = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(dir.path()).await.unwrap();
    erases_a_person(&store).await;
    // not even in free pages or the write-ahead log is the erased key left, nor a payload
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for word in [b"the sealed key of 101".as_slice(), b"payload 4"] {
            assert!(!bytes.windows(word.len()).any(|w| w == word));
        }
    }
}

#[tokio::test]
async fn backup_and_restore_e7() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("copy.db");
    let folder = dir.path().join("data");
    let store = SqliteStore::open(&folder).await.unwrap();
    backs_up(&store, &to).await;
    let before = store.load().await.unwrap();
    assert_eq!(store_sqlite::restore(&folder, &to).await, Err(StoreError::InUse));
    store.close().await;
    assert!(store.commit(leaves(330, 331)).await.is_err() && store.load().await.is_err(), "it is closed");
    drop(store);
    let restored = store_sqlite::restore(&folder, &to).await.unwrap();
    let store = SqliteStore::open(&folder).await.unwrap();
    let after = store.load().await.unwrap();
    assert_eq!(after.house, before.house);
    let size = after.journal.unwrap().size;
    assert!((300..=330).contains(&size));
    assert_eq!(store.leaves(0, 400).await.unwrap().len() as u64, size);
    store.close().await;
    drop(store);
    // the old one lies aside, whole, and can be put back
    let aside = restored.aside.unwrap();
    store_sqlite::restore(&folder, &aside).await.unwrap();
    let store = SqliteStore::open(&folder).await.unwrap();
    assert_eq!(store.load().await.unwrap().journal, Some(journal(330)));
}

fn any_change() -> impl Strategy<Value = Change> {
    (0..24usize, 0..6u64, 0..3u16, any::<bool>()).prop_map(|(which, n, slot, flag)| {
        let (lock, door) = (20 + n % 2, 10 + n);
        match which {
            0..=2 => Change::Person(person(n)),
            3 => Change::PersonGone(PersonId::new(id(n))),
            4 => Change::Door(access::Door { note: format!("{slot}"), ..crate::fixture::door(door) }),
            5 => Change::DoorGone(DoorId::new(id(door))),
            6 => Change::Lock(access::Lock { removing: None, ..crate::fixture::lock(lock, door) }),
            7 => Change::GrantGone(access::GrantId::new(id(n))),
            8 | 9 => Change::Grant(grant(n, access::Target::Door(DoorId::new(id(door))))),
            10 => Change::Grant(grant(n, access::Target::Group(GroupId::new(id(n))))),
            11 => Change::Credential(credential(n)),
            12 => Change::CredentialGone(access::CredentialId::new(id(n))),
            13 | 14 => {
                let doors = (0..n).map(|d| DoorId::new(id(10 + d + u64::from(slot)))).collect();
                Change::Group(access::Group { id: GroupId::new(id(n)), name: format!("{flag}"), doors })
            }
            15 => Change::GroupGone(GroupId::new(id(n))),
            16 => Change::Wanted(wanted(lock, slot, flag)),
            17 => Change::WantedGone(LockId::new(id(lock)), slot),
            18 => Change::Seen(seen(
                lock,
                slot,
                if flag { access::Holds::Empty } else { access::Holds::Foreign },
            )),
            19 => Change::SeenGone(LockId::new(id(lock)), slot),
            20 => Change::Errand(errand(lock, slot, access::ErrandState::Due)),
            21 => Change::ErrandGone(LockId::new(id(lock)), slot),
            22 => {
                let windows = if flag { windows() } else { vec![] };
                Change::Schedule(access::Schedule {
                    id: access::ScheduleId::new(id(n)),
                    name: "s".into(),
                    windows,
                })
            }
            _ => Change::ScheduleGone(access::ScheduleId::new(id(n))),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    /// Whatever is changed, what is loaded is what memory held. The two locks are there throughout (a slot
    /// without its lock is refused) but for a removal at the end.
    #[test]
    fn loads_what_memory_held_e7(batches in prop::collection::vec(prop::collection::vec(any_change(), 0..12), 1..6)) {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = SqliteStore::open(dir.path()).await.unwrap();
            let mut house = House::default();
            let locks = vec![Change::Lock(lock(20, 10)), Change::Lock(lock(21, 11))];
            for rows in [vec![locks], batches, vec![vec![Change::LockGone(LockId::new(id(21)))]]].concat() {
                store.commit(changes(rows.clone())).await.unwrap();
                rows.into_iter().for_each(|change| house.apply(change));
            }
            assert_eq!(store.load().await.unwrap().house, house);
        });
    }
}
