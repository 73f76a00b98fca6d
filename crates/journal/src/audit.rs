//! The check of a whole log, row by row in one pass, that says at which leaf it breaks and why. It trusts
//! nothing that lies beside the tree: every column is compared with what the leaf says or commits to.

use std::collections::{BTreeMap, HashMap};

use crate::hash::{Hash, leaf_hash};
use crate::leaf::{Leaf, LeafError};
use crate::payload::{OpenError, SubjectKey, open_decoded};
use crate::redaction::{REDACTION_KIND, Redaction, Scope};
use crate::tree::{Node, Tree};

/// One stored row of the log, as the store returns it.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Position, from 0.
    pub index: u64,
    /// Bytes of the leaf.
    pub leaf: &'a [u8],
    /// Its stored hash.
    pub hash: &'a Hash,
    /// Stored time of writing, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Stored time of the event, milliseconds since 1970 UTC.
    pub happened_ms: i64,
    /// Stored kind.
    pub kind: &'a str,
    /// Stored pseudonym.
    pub subject: Option<[u8; 16]>,
    /// Salt, if not erased.
    pub salt: Option<&'a [u8]>,
    /// Payload as stored, if not erased.
    pub stored: Option<&'a [u8]>,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A row is missing, doubled or out of place.
    #[error("leaf {expected} should be here: a leaf is missing or out of place")]
    Order {
        /// The index that should have come.
        expected: u64,
    },
    /// The leaf's bytes do not hash to the stored hash.
    #[error("the leaf was altered: it does not match its hash")]
    Hash,
    /// The leaf cannot be read.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// Times, kind or person stored beside the leaf differ from what it says.
    #[error("the {0} stored beside the leaf was altered")]
    Column(&'static str),
    /// The content differs from what was written down.
    #[error("the content of the entry was altered")]
    Content,
    /// The content is there and its key is not, although the person was not erased.
    #[error("the content of the entry cannot be opened: its key is missing")]
    KeyMissing,
    /// Content is missing and no redaction accounts for it.
    #[error("the content of the entry was removed without a redaction in the log")]
    Removed,
    /// A redaction accounts for fewer entries than have lost their content, or for more than there were.
    #[error("a redaction accounts for {recorded} entries, {found} are affected")]
    Redacted {
        /// What the redaction says.
        recorded: u64,
        /// What was found.
        found: u64,
    },
    /// A stored inner hash differs: one of the leaves under it was replaced together with its hash.
    #[error("the stored hash over leaves {from} to {to} differs: one of them was replaced")]
    Node {
        /// First leaf under it.
        from: u64,
        /// Last leaf under it.
        to: u64,
    },
    /// The root at an expected size differs: a leaf before it was replaced together with its hash.
    #[error(
        "the log up to here does not give the root that was recorded for {size} leaves: history was rewritten"
    )]
    Root {
        /// The size at which it was expected.
        size: u64,
    },
    /// The log ends too early.
    #[error("the log ends here, {size} leaves were recorded: its end was cut off")]
    Truncated {
        /// The size that was recorded.
        size: u64,
    },
    /// The log goes on after the recorded end.
    #[error("the log has more leaves than the {size} that were recorded")]
    TooLong {
        /// The size that was recorded.
        size: u64,
    },
}

/// Where a log breaks. For [`Fault::Node`] and [`Fault::Root`] the index is the first leaf that may be wrong
/// or the last before the root, as the fault says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("leaf {index}: {fault}")]
pub struct Break {
    /// At which leaf.
    pub index: u64,
    /// What is wrong there.
    pub fault: Fault,
}

/// What a sound log consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditSummary {
    /// Leaves.
    pub size: u64,
    /// Root.
    pub root: Hash,
    /// Leaves whose content was opened and matches.
    pub opened: u64,
    /// Leaves whose content is gone, each accounted for by a redaction.
    pub redacted: u64,
}

/// A row without content, kept until the redactions are known. 16 bytes each.
struct Bare {
    index: u64,
    kind: u32,
    subject: u32,
}

const NO_SUBJECT: u32 = u32::MAX;

/// A running check. Feed every row in order, then [`finish`](Self::finish).
#[derive(Default)]
pub struct Audit {
    tree: Tree,
    expected: BTreeMap<u64, Hash>,
    bare: Vec<Bare>,
    kinds: HashMap<String, u32>,
    subjects: HashMap<[u8; 16], u32>,
    redactions: Vec<(u64, Redaction)>,
    opened: u64,
}

fn intern<K: std::hash::Hash + Eq>(map: &mut HashMap<K, u32>, key: K) -> u32 {
    let next = u32::try_from(map.len()).unwrap_or(NO_SUBJECT - 1);
    *map.entry(key).or_insert(next)
}

impl Audit {
    /// A check from the first leaf on.
    pub fn new() -> Self {
        Self::default()
    }

    /// Demands a root at a size: of a verified checkpoint, of a witness, of an older export.
    pub fn expect_root(&mut self, size: u64, root: Hash) -> Result<(), Break> {
        let clash = self.expected.insert(size, root).is_some_and(|other| other != root);
        if clash || (size == 0 && root != crate::EMPTY_ROOT) {
            return Err(Break { index: size.saturating_sub(1), fault: Fault::Root { size } });
        }
        Ok(())
    }

    /// Checks the next row; `key` is that of its person, if it still exists. Answers with the inner hashes
    /// that it completes: compare them with the stored ones by [`check_node`](Self::check_node).
    ///
    /// # Errors
    /// The [`Break`] at this row. The check is over then.
    pub fn feed(&mut self, row: &Row<'_>, key: Option<&SubjectKey>) -> Result<Vec<Node>, Break> {
        self.check_row(row, key).map_err(|fault| Break { index: row.index, fault })?;
        let nodes = self.tree.append(*row.hash);
        let size = self.tree.size();
        if self.expected.get(&size).is_some_and(|root| *root != self.tree.root()) {
            return Err(Break { index: row.index, fault: Fault::Root { size } });
        }
        Ok(nodes)
    }

    fn check_row(&mut self, row: &Row<'_>, key: Option<&SubjectKey>) -> Result<(), Fault> {
        if row.index != self.tree.size() {
            return Err(Fault::Order { expected: self.tree.size() });
        }
        if leaf_hash(row.leaf) != *row.hash {
            return Err(Fault::Hash);
        }
        let leaf = Leaf::decode(row.leaf)?;
        let columns = [
            (leaf.kind == row.kind, "kind"),
            (leaf.at_ms == row.at_ms, "time of writing"),
            (leaf.happened_ms == row.happened_ms, "time of the event"),
            (leaf.sealed == row.subject.is_some(), "person"),
        ];
        if let Some((_, column)) = columns.into_iter().find(|(same, _)| !same) {
            return Err(Fault::Column(column));
        }
        let (Some(salt), Some(stored)) = (row.salt, row.stored) else {
            if leaf.kind == REDACTION_KIND {
                return Err(Fault::Removed);
            }
            let kind = intern(&mut self.kinds, leaf.kind);
            let subject = row.subject.map_or(NO_SUBJECT, |s| intern(&mut self.subjects, s));
            self.bare.push(Bare { index: row.index, kind, subject });
            return Ok(());
        };
        let payload = open_decoded(&leaf, salt, stored, key).map_err(|why| match why {
            OpenError::Leaf(leaf) => Fault::Leaf(leaf),
            OpenError::NoKey => Fault::KeyMissing,
            OpenError::Seal | OpenError::Commitment => Fault::Content,
        })?;
        self.opened += 1;
        if leaf.kind == REDACTION_KIND {
            let redaction = Redaction::from_payload(&payload).map_err(|_| Fault::Content)?;
            self.redactions.push((row.index, redaction));
        }
        Ok(())
    }

    /// Compares an inner hash that [`feed`](Self::feed) completed with the stored one.
    ///
    /// # Errors
    /// A [`Break`] that names the leaves under it.
    pub fn check_node(computed: &Node, stored: Option<&Hash>) -> Result<(), Break> {
        if stored == Some(&computed.hash) {
            return Ok(());
        }
        let width = 1u64.checked_shl(8 * u32::from(computed.level)).unwrap_or(u64::MAX);
        let from = computed.index.saturating_mul(width);
        Err(Break { index: from, fault: Fault::Node { from, to: from.saturating_add(width - 1) } })
    }

    /// Ends the check: the log must have exactly `size` leaves and this root, reach every expected root, and
    /// account for all content that is gone.
    ///
    /// # Errors
    /// The first [`Break`].
    pub fn finish(self, size: u64, root: &Hash) -> Result<AuditSummary, Break> {
        let have = self.tree.size();
        let end = have.saturating_sub(1);
        let recorded = self.expected.keys().next_back().copied().unwrap_or(0).max(size);
        if have < recorded {
            return Err(Break { index: have, fault: Fault::Truncated { size: recorded } });
        }
        if have > size {
            return Err(Break { index: size, fault: Fault::TooLong { size } });
        }
        if self.tree.root() != *root {
            return Err(Break { index: end, fault: Fault::Root { size } });
        }
        self.check_redactions()?;
        Ok(AuditSummary { size, root: *root, opened: self.opened, redacted: self.bare.len() as u64 })
    }

    fn check_redactions(&self) -> Result<(), Break> {
        let mut rules: Vec<(u64, Option<Vec<u32>>)> = Vec::new();
        // pseudonym -> index of the redaction leaf, entries it names, entries found without content
        let mut erased: HashMap<u32, (u64, u64, u64)> = HashMap::new();
        for (at, redaction) in &self.redactions {
            match &redaction.scope {
                Scope::Below { index, kinds } => {
                    let known = kinds.iter().filter_map(|k| self.kinds.get(k).copied()).collect();
                    rules.push(((*index).min(*at), (!kinds.is_empty()).then_some(known)));
                }
                Scope::Subject { count, .. } => {
                    let subject = redaction.pseudonym().and_then(|p| self.subjects.get(&p).copied());
                    match subject {
                        Some(subject) => {
                            // asked for twice: the later one covers what the earlier did
                            let (last, recorded, _) = erased.entry(subject).or_default();
                            (*last, *recorded) = (*at, recorded.saturating_add(*count));
                        }
                        None if *count == 0 => {}
                        None => return Err(count_break(*at, *count, 0)),
                    }
                }
            }
        }
        for bare in &self.bare {
            let by_rule = rules.iter().any(|(below, kinds)| {
                bare.index < *below && kinds.as_ref().is_none_or(|k| k.contains(&bare.kind))
            });
            let by_erasure = erased.get_mut(&bare.subject).filter(|(at, ..)| bare.index < *at);
            match by_erasure {
                Some((_, _, found)) => *found += 1,
                None if by_rule => {}
                None => return Err(Break { index: bare.index, fault: Fault::Removed }),
            }
        }
        let mut counts: Vec<_> = erased.into_values().collect();
        counts.sort_unstable();
        match counts.into_iter().find(|(_, recorded, found)| recorded != found) {
            Some((at, recorded, found)) => Err(count_break(at, recorded, found)),
            None => Ok(()),
        }
    }
}

fn count_break(index: u64, recorded: u64, found: u64) -> Break {
    Break { index, fault: Fault::Redacted { recorded, found } }
}
