//! Inclusion and consistency proofs: which stored hashes they need, how they are built from them, and how
//! they are verified. A store that answers asynchronously fetches the [`Span`]s first, into [`Fetched`].

use std::collections::BTreeMap;

use crate::hash::{Hash, node_hash, perfect_root};

/// Consecutive stored hashes at one tile level: leaf hashes at level 0, [`Node`](crate::Node)s above.
/// A few tiles (256 hashes) wide at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// 0: leaf hashes; 1: roots of 256 leaves; ...
    pub level: u8,
    /// First position at that level.
    pub from: u64,
    /// One after the last.
    pub to: u64,
}

/// Where a proof reads its hashes.
pub trait Hashes {
    /// The hashes of a span in order, `None` when they are not all there.
    fn hashes(&self, span: Span) -> Option<Vec<Hash>>;
}

/// Spans that were fetched beforehand.
#[derive(Debug, Clone, Default)]
pub struct Fetched(BTreeMap<Span, Vec<Hash>>);

impl Fetched {
    /// Keeps what was read for a span.
    pub fn insert(&mut self, span: Span, hashes: Vec<Hash>) {
        self.0.insert(span, hashes);
    }
}

impl Hashes for Fetched {
    /// Also a part of what was fetched.
    fn hashes(&self, span: Span) -> Option<Vec<Hash>> {
        let upper = Span { to: u64::MAX, ..span };
        let (whole, hashes) = self.0.range(..=upper).next_back()?;
        let inside = whole.level == span.level && span.to <= whole.to;
        let first = usize::try_from(span.from.checked_sub(whole.from)?).ok()?;
        let last = usize::try_from(span.to.checked_sub(whole.from)?).ok()?;
        hashes.get(first..last).filter(|_| inside).map(<[Hash]>::to_vec)
    }
}

/// A few hashes more cost less than another read.
const GAP: u64 = 8;

/// Fewer and longer spans of the same hashes, in order.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if last.level == span.level && span.from <= last.to.saturating_add(GAP) => {
                last.to = last.to.max(span.to);
            }
            _ => merged.push(span),
        }
    }
    merged
}

/// Why no proof was built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// That leaf is not in the tree.
    #[error("leaf {index} is not in a log of {size}")]
    NoSuchLeaf {
        /// Which.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The older tree is empty or larger than the newer.
    #[error("a log of {new} cannot have grown out of one of {old}")]
    NotOlder {
        /// Older size.
        old: u64,
        /// Newer size.
        new: u64,
    },
    /// Hashes that should be stored are missing.
    #[error("stored hashes are missing: level {}, {} to {}", .0.level, .0.from, .0.to)]
    Missing(Span),
}

/// A half-open range of leaves, as RFC 6962 splits them.
type Leaves = (u64, u64);

/// Largest power of two smaller than `n` (`n` at least 2).
fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// The subtrees beside the path from a leaf to the root, lowest first (RFC 6962 section 2.1.1).
fn inclusion_ranges(index: u64, size: u64) -> Result<Vec<Leaves>, ProofError> {
    if index >= size {
        return Err(ProofError::NoSuchLeaf { index, size });
    }
    let (mut lo, mut hi, mut ranges) = (0, size, Vec::new());
    while hi - lo > 1 {
        let middle = lo + split(hi - lo);
        if index < middle {
            ranges.push((middle, hi));
            hi = middle;
        } else {
            ranges.push((lo, middle));
            lo = middle;
        }
    }
    ranges.reverse();
    Ok(ranges)
}

/// The subtrees from which both roots can be computed, lowest first (RFC 6962 section 2.1.2).
fn consistency_ranges(old: u64, new: u64) -> Result<Vec<Leaves>, ProofError> {
    if old == 0 || old > new {
        return Err(ProofError::NotOlder { old, new });
    }
    let (mut lo, mut hi, mut ranges) = (0, new, Vec::new());
    while hi > old {
        let middle = lo + split(hi - lo);
        if old <= middle {
            ranges.push((middle, hi));
            hi = middle;
        } else {
            ranges.push((lo, middle));
            lo = middle;
        }
    }
    if lo > 0 {
        // the old tree ends inside: its last subtree is not known to the verifier as a root
        ranges.push((lo, hi));
    }
    ranges.reverse();
    Ok(ranges)
}

/// The perfect subtrees of a range, largest first, each as the span of stored hashes that gives its root.
fn perfect_spans((mut lo, hi): Leaves) -> impl Iterator<Item = Span> {
    std::iter::from_fn(move || {
        if lo >= hi {
            return None;
        }
        let height = 63 - (hi - lo).leading_zeros();
        let level = height / 8;
        let from = lo >> (8 * level);
        lo += 1 << height;
        Some(Span { level: level as u8, from, to: from + (1 << (height % 8)) })
    })
}

fn range_root(range: Leaves, source: &impl Hashes) -> Result<Hash, ProofError> {
    let mut roots = Vec::new();
    for span in perfect_spans(range) {
        let hashes = source.hashes(span).filter(|h| h.len() as u64 == span.to - span.from);
        roots.push(hashes.and_then(perfect_root).ok_or(ProofError::Missing(span))?);
    }
    let root = roots.into_iter().rev().reduce(|right, left| node_hash(&left, &right));
    root.ok_or(ProofError::Missing(Span { level: 0, from: range.0, to: range.1 }))
}

fn roots(ranges: Vec<Leaves>, source: &impl Hashes) -> Result<Vec<Hash>, ProofError> {
    ranges.into_iter().map(|range| range_root(range, source)).collect()
}

/// The stored hashes that [`inclusion`] will read.
///
/// # Errors
/// [`ProofError::NoSuchLeaf`].
pub fn inclusion_spans(index: u64, size: u64) -> Result<Vec<Span>, ProofError> {
    Ok(merged(inclusion_ranges(index, size)?.into_iter().flat_map(perfect_spans).collect()))
}

/// Proof that leaf `index` is in the tree of `size` leaves: the audit path of RFC 6962, lowest first.
///
/// # Errors
/// [`ProofError`].
pub fn inclusion(index: u64, size: u64, source: &impl Hashes) -> Result<Vec<Hash>, ProofError> {
    roots(inclusion_ranges(index, size)?, source)
}

/// The stored hashes that [`consistency`] will read.
///
/// # Errors
/// [`ProofError::NotOlder`].
pub fn consistency_spans(old: u64, new: u64) -> Result<Vec<Span>, ProofError> {
    Ok(merged(consistency_ranges(old, new)?.into_iter().flat_map(perfect_spans).collect()))
}

/// Proof that the tree of `old` leaves is the beginning of the tree of `new` leaves.
///
/// # Errors
/// [`ProofError`].
pub fn consistency(old: u64, new: u64, source: &impl Hashes) -> Result<Vec<Hash>, ProofError> {
    roots(consistency_ranges(old, new)?, source)
}

/// Why a proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofInvalid {
    /// Index or sizes make no sense together.
    #[error("the proof speaks of a leaf or a size that cannot be")]
    Range,
    /// Too few or too many hashes for these sizes.
    #[error("the proof has the wrong length")]
    Length,
    /// It leads to another root than the newer one.
    #[error("the proof leads to another root")]
    Root,
    /// It leads to another root than the older one: history was rewritten.
    #[error("the older root does not follow: history was rewritten")]
    OldRoot,
}

/// Verifies an inclusion proof (RFC 9162 section 2.1.3.2).
///
/// # Errors
/// [`ProofInvalid`].
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofInvalid> {
    if index >= size {
        return Err(ProofInvalid::Range);
    }
    let (mut fn_, mut sn, mut r) = (index, size - 1, *leaf);
    for p in proof {
        if sn == 0 {
            return Err(ProofInvalid::Length);
        }
        if fn_ & 1 == 1 || fn_ == sn {
            r = node_hash(p, &r);
            while fn_ & 1 == 0 && fn_ != 0 {
                fn_ >>= 1;
                sn >>= 1;
            }
        } else {
            r = node_hash(&r, p);
        }
        fn_ >>= 1;
        sn >>= 1;
    }
    match (sn, r == *root) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofInvalid::Root),
        _ => Err(ProofInvalid::Length),
    }
}

/// Verifies a consistency proof (RFC 9162 section 2.1.4.2). Equal sizes need an empty proof and equal roots;
/// every tree grew out of the empty one.
///
/// # Errors
/// [`ProofInvalid`].
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: &Hash,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofInvalid> {
    if old > new {
        return Err(ProofInvalid::Range);
    }
    if old == 0 || old == new {
        let same = if old == 0 { *old_root == crate::EMPTY_ROOT } else { old_root == new_root };
        return match (proof.is_empty(), same) {
            (true, true) => Ok(()),
            (true, false) => Err(ProofInvalid::OldRoot),
            (false, _) => Err(ProofInvalid::Length),
        };
    }
    let mut path = proof.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { path.next() };
    let Some(first) = first else { return Err(ProofInvalid::Length) };
    let shift = (old - 1).trailing_ones();
    let (mut fn_, mut sn) = ((old - 1) >> shift, (new - 1) >> shift);
    let (mut fr, mut sr) = (*first, *first);
    for c in path {
        if sn == 0 {
            return Err(ProofInvalid::Length);
        }
        if fn_ & 1 == 1 || fn_ == sn {
            fr = node_hash(c, &fr);
            sr = node_hash(c, &sr);
            while fn_ & 1 == 0 && fn_ != 0 {
                fn_ >>= 1;
                sn >>= 1;
            }
        } else {
            sr = node_hash(&sr, c);
        }
        fn_ >>= 1;
        sn >>= 1;
    }
    if sn != 0 {
        return Err(ProofInvalid::Length);
    }
    if fr != *old_root {
        return Err(ProofInvalid::OldRoot);
    }
    if sr == *new_root { Ok(()) } else { Err(ProofInvalid::Root) }
}
