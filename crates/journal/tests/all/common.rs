//! A log made for tests: a house's entries, some of them about a person, with salts and nonces counted up.

use std::collections::BTreeMap;

use journal::{Checkpoint, Draft, Hash, LogKey, Node, Row, SubjectKey, Tree, public_key, seal};

pub const SEED: [u8; 32] = [42; 32];
pub const ORIGIN: &str = "doorward.example/house";
pub const ANA: [u8; 16] = [0xA; 16];
pub const BEN: [u8; 16] = [0xB; 16];

pub fn key_of(subject: [u8; 16]) -> SubjectKey {
    SubjectKey::new([subject[0]; 32])
}

/// One stored row, owned.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub index: u64,
    pub leaf: Vec<u8>,
    pub hash: Hash,
    pub at_ms: i64,
    pub happened_ms: i64,
    pub kind: String,
    pub subject: Option<[u8; 16]>,
    pub salt: Option<Vec<u8>>,
    pub stored: Option<Vec<u8>>,
}

impl Stored {
    pub fn row(&self) -> Row<'_> {
        Row {
            index: self.index,
            leaf: &self.leaf,
            hash: &self.hash,
            at_ms: self.at_ms,
            happened_ms: self.happened_ms,
            kind: &self.kind,
            subject: self.subject,
            salt: self.salt.as_deref(),
            stored: self.stored.as_deref(),
        }
    }
}

/// A log with its tree and stored inner hashes.
#[derive(Debug, Clone, Default)]
pub struct Log {
    pub rows: Vec<Stored>,
    pub tree: Tree,
    pub nodes: Vec<Node>,
}

impl Log {
    /// `count` entries; every third is about Ana, every fifth of the others about Ben.
    pub fn of(count: u64) -> Self {
        let mut log = Self::default();
        for n in 0..count {
            let subject = if n % 3 == 0 { Some(ANA) } else { (n % 5 == 0).then_some(BEN) };
            log.write("entry", subject, format!("{{\"entry\":{n}}}").as_bytes());
        }
        log
    }

    pub fn write(&mut self, kind: &str, subject: Option<[u8; 16]>, payload: &[u8]) {
        let index = self.tree.size();
        let mut salt = [7; 32];
        salt[..8].copy_from_slice(&index.to_be_bytes());
        let mut nonce = [9; 24];
        nonce[..8].copy_from_slice(&index.to_be_bytes());
        let key = subject.map(key_of);
        let draft = Draft {
            kind,
            at_ms: 1_700_000_000_000 + index as i64,
            happened_ms: 1_699_999_999_000 + index as i64,
            payload,
            salt: &salt,
            subject: key.as_ref().map(|key| (key, &nonce)),
        };
        let sealed = seal(&draft).unwrap();
        self.nodes.extend(self.tree.append(sealed.hash));
        self.rows.push(Stored {
            index,
            leaf: sealed.leaf,
            hash: sealed.hash,
            at_ms: draft.at_ms,
            happened_ms: draft.happened_ms,
            kind: kind.to_owned(),
            subject,
            salt: Some(salt.to_vec()),
            stored: Some(sealed.stored),
        });
    }

    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { origin: ORIGIN.to_owned(), size: self.tree.size(), root: self.tree.root() }
    }

    /// The exported files by path.
    pub fn export(&self) -> BTreeMap<String, Vec<u8>> {
        let mut writer = journal::export::Writer::new();
        let mut files = BTreeMap::new();
        for row in &self.rows {
            files.extend(writer.push(&row.leaf).unwrap());
        }
        let checkpoint = self.checkpoint();
        files.extend(writer.finish(&checkpoint, &checkpoint.sign(&SEED).unwrap()).unwrap());
        files
    }
}

pub fn log_key() -> LogKey {
    LogKey::new(ORIGIN, &public_key(&SEED)).unwrap()
}
