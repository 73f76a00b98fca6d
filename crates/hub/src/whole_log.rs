//! The whole log in order, page by page: the walk that verifying and exporting share. While one page is worked on the
//! store already reads the next.

use std::pin::Pin;

use futures::FutureExt as _;
use futures::future::{BoxFuture, MaybeDone, maybe_done};
use journal::{Audit, AuditSummary, Break, Fault, Hash, Node, Row, SubjectKey};
use uuid::Uuid;

use crate::ports::{LeafRow, Store, StoreError};

/// Leaves read at a time.
const STRIDE: u64 = 4096;

type Page = Result<Vec<LeafRow>, StoreError>;

/// Pages of leaves from the first to the last.
pub(crate) struct Pages<'a> {
    store: &'a dyn Store,
    from: u64,
    size: u64,
    ahead: Pin<Box<MaybeDone<BoxFuture<'a, Page>>>>,
}

impl<'a> Pages<'a> {
    /// Of the first `size` leaves.
    pub(crate) fn new(store: &'a dyn Store, size: u64) -> Self {
        Self { store, from: 0, size, ahead: read(store, 0, size) }
    }

    /// The next page; `None` after the last. A page without leaves: they are missing from here on.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<LeafRow>>, StoreError> {
        if self.from >= self.size {
            return Ok(None);
        }
        self.ahead.as_mut().await;
        let rows = self.ahead.as_mut().take_output().unwrap_or_else(|| Ok(Vec::new()))?;
        self.from += rows.len() as u64;
        if !rows.is_empty() && self.from < self.size {
            self.ahead = read(self.store, self.from, self.size);
            // asked for once, so that the store begins; the answer is taken by the next call
            let _ = futures::poll!(self.ahead.as_mut());
        }
        Ok(Some(rows))
    }

    /// How many leaves were read.
    pub(crate) fn read(&self) -> u64 {
        self.from
    }
}

fn read(store: &dyn Store, from: u64, size: u64) -> Pin<Box<MaybeDone<BoxFuture<'_, Page>>>> {
    Box::pin(maybe_done(async move { store.leaves(from, size.min(from + STRIDE)).await }.boxed()))
}

/// Verifies the first `size` leaves: each hashed, decoded and held against its content (opened with the key that
/// `key_of` knows of its subject), the stored inner hashes, and the root.
///
/// # Errors
/// The store. A log that does not hold is an answer: where it breaks.
pub async fn check_log(
    store: &dyn Store,
    size: u64,
    root: &Hash,
    mut audit: Audit,
    key_of: impl Fn(Uuid) -> Option<SubjectKey>,
) -> Result<Result<AuditSummary, Break>, StoreError> {
    let mut pages = Pages::new(store, size);
    let mut completed = Vec::new();
    loop {
        let from = pages.read();
        let Some(rows) = pages.next().await? else { return Ok(audit.finish(size, root)) };
        if rows.is_empty() {
            return Ok(Err(Break { index: from, fault: Fault::Order { expected: from } }));
        }
        for row in &rows {
            let key = row.subject.and_then(&key_of);
            match audit.feed(&audit_row(row), key.as_ref()) {
                Ok(nodes) => completed.extend(nodes),
                Err(broken) => return Ok(Err(broken)),
            }
        }
        if let Err(broken) = check_nodes(store, &mut completed).await? {
            return Ok(Err(broken));
        }
    }
}

/// Holds inner hashes against the stored ones; those beside each other in one read.
async fn check_nodes(store: &dyn Store, completed: &mut Vec<Node>) -> Result<Result<(), Break>, StoreError> {
    completed.sort_unstable_by_key(|node| (node.level, node.index));
    for nodes in completed.chunk_by(|a, b| a.level == b.level && a.index + 1 == b.index) {
        let (Some(first), Some(last)) = (nodes.first(), nodes.last()) else { continue };
        let stored = store.nodes(first.level, first.index, last.index + 1).await?;
        // one that is missing leaves fewer: then it is looked for alone
        let whole = stored.len() == nodes.len();
        for (at, node) in nodes.iter().enumerate() {
            let own = match whole {
                true => stored.get(at).copied(),
                false => store.nodes(node.level, node.index, node.index + 1).await?.first().copied(),
            };
            if let Err(broken) = Audit::check_node(node, own.as_ref()) {
                return Ok(Err(broken));
            }
        }
    }
    completed.clear();
    Ok(Ok(()))
}

fn audit_row(row: &LeafRow) -> Row<'_> {
    Row {
        index: row.index,
        leaf: &row.leaf,
        hash: &row.hash,
        at_ms: row.at.as_millisecond(),
        happened_ms: row.happened.as_millisecond(),
        kind: &row.kind,
        subject: row.subject.map(Uuid::into_bytes),
        salt: row.salt.as_deref(),
        stored: row.payload.as_deref(),
    }
}
