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
/// Leaves worked on before the store is asked again.
const ASK_EVERY: usize = 128;

type Page = Result<Vec<LeafRow>, StoreError>;
type Ahead<'a> = Pin<Box<MaybeDone<BoxFuture<'a, Page>>>>;

/// Pages of leaves from the first to the last.
pub(crate) struct Pages<'a> {
    store: &'a dyn Store,
    from: u64,
    size: u64,
    /// The next page, where there is one.
    ahead: Option<Ahead<'a>>,
}

impl<'a> Pages<'a> {
    /// Of the first `size` leaves.
    pub(crate) fn new(store: &'a dyn Store, size: u64) -> Self {
        let mut pages = Self { store, from: 0, size, ahead: None };
        pages.ahead = pages.begin();
        pages
    }

    /// The next page; `None` after the last. A page without leaves: they are missing from here on.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<LeafRow>>, StoreError> {
        let Some(mut page) = self.ahead.take() else { return Ok(None) };
        page.as_mut().await;
        let rows = page.as_mut().take_output().unwrap_or_else(|| Ok(Vec::new()))?;
        self.from += rows.len() as u64;
        if !rows.is_empty() {
            self.ahead = self.begin();
        }
        Ok(Some(rows))
    }

    fn begin(&self) -> Option<Ahead<'a>> {
        let (store, from, size) = (self.store, self.from, self.size);
        let page = async move { store.leaves(from, size.min(from + STRIDE)).await };
        (from < size).then(|| Box::pin(maybe_done(page.boxed())))
    }

    /// Lets the store come on with the next page; to be called now and then while a page is worked on. A store may
    /// need to be asked a few times before it reads (it finds a connection first); the answer is taken by
    /// [`next`](Self::next).
    pub(crate) async fn ask(&mut self) {
        if let Some(page) = &mut self.ahead {
            let _ = futures::poll!(page.as_mut());
        }
    }

    /// How many leaves were read.
    pub(crate) fn read(&self) -> u64 {
        self.from
    }
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
        for some in rows.chunks(ASK_EVERY) {
            pages.ask().await;
            for row in some {
                let key = row.subject.and_then(&key_of);
                match audit.feed(&audit_row(row), key.as_ref()) {
                    Ok(nodes) => completed.extend(nodes),
                    Err(broken) => return Ok(Err(broken)),
                }
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
