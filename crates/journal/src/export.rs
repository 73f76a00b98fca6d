//! A log as static files: a writer that takes leaves in order and gives files as they fill, and the check of
//! such files with nothing but the log's public key. Other programs that know tlog-tiles read the same.

use crate::checkpoint::{Checkpoint, CheckpointError, HistoryError, LogKey};
use crate::hash::{Hash, leaf_hash};
use crate::proof::{Hashes, ProofError, Span, consistency};
use crate::tiles::{
    CHECKPOINT_PATH, TILE_WIDTH, TileError, TileId, bundle_bytes, bundle_leaves, files, tile_bytes,
    tile_hashes,
};
use crate::tree::Tree;

/// A file to write: path relative to the export's folder, and its bytes.
pub type File = (String, Vec<u8>);

/// Turns leaves into the files of the layout. Keeps at most one open tile a level in memory.
#[derive(Default)]
pub struct Writer {
    tree: Tree,
    leaves: Vec<Vec<u8>>,
    open: Vec<Vec<Hash>>,
}

impl Writer {
    /// For an export from the first leaf on.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next leaf and answers with the files that it filled.
    ///
    /// # Errors
    /// [`TileError::Entry`] for a leaf that is too long.
    pub fn push(&mut self, leaf: &[u8]) -> Result<Vec<File>, TileError> {
        let mut written = Vec::new();
        let hash = leaf_hash(leaf);
        let last = self.tree.size();
        self.leaves.push(leaf.to_vec());
        if self.leaves.len() as u64 == TILE_WIDTH {
            written.push(self.bundle(last / TILE_WIDTH)?);
        }
        let nodes = self.tree.append(hash);
        let levels = std::iter::once((0, last, hash)).chain(nodes.iter().map(|n| (n.level, n.index, n.hash)));
        for (level, index, hash) in levels {
            let at = usize::from(level);
            if self.open.len() <= at {
                self.open.resize(at + 1, Vec::new());
            }
            self.open[at].push(hash);
            if self.open[at].len() as u64 == TILE_WIDTH {
                written.push(self.tile(level, index / TILE_WIDTH));
            }
        }
        Ok(written)
    }

    /// Ends the export: the partial files and the checkpoint. The checkpoint must be of exactly this tree.
    ///
    /// # Errors
    /// [`ExportError::Root`] when the checkpoint is of another tree, [`ExportError::Tile`].
    pub fn finish(mut self, checkpoint: &Checkpoint, note: &str) -> Result<Vec<File>, ExportError> {
        if checkpoint.size != self.tree.size() || checkpoint.root != self.tree.root() {
            return Err(ExportError::Root);
        }
        let size = self.tree.size();
        let mut written = Vec::new();
        if !self.leaves.is_empty() {
            written.push(self.bundle(size / TILE_WIDTH)?);
        }
        for level in 0..self.open.len() as u8 {
            if !self.open[usize::from(level)].is_empty() {
                written.push(self.tile(level, (size >> (8 * level)) / TILE_WIDTH));
            }
        }
        written.push((CHECKPOINT_PATH.to_owned(), note.as_bytes().to_vec()));
        Ok(written)
    }

    fn bundle(&mut self, index: u64) -> Result<File, TileError> {
        let leaves = std::mem::take(&mut self.leaves);
        let id = TileId { level: None, index, width: leaves.len() as u16 };
        Ok((id.path(), bundle_bytes(leaves.iter().map(Vec::as_slice))?))
    }

    fn tile(&mut self, level: u8, index: u64) -> File {
        let hashes = std::mem::take(&mut self.open[usize::from(level)]);
        let id = TileId { level: Some(level), index, width: hashes.len() as u16 };
        (id.path(), tile_bytes(&hashes))
    }
}

/// What is wrong with an export.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// A file that this size needs is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// A file cannot be read.
    #[error("{path}: {why}")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        why: TileError,
    },
    /// A tile or bundle does not fit the layout.
    #[error(transparent)]
    Tile(#[from] TileError),
    /// The checkpoint is not valid.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A leaf does not match its hash in the tile.
    #[error("leaf {index} was altered: it does not match its hash in the tile")]
    Leaf {
        /// Which.
        index: u64,
    },
    /// A tile above the leaves does not follow from those below.
    #[error("{path} does not follow from the leaves under it")]
    Node {
        /// Which tile.
        path: String,
    },
    /// The leaves do not give the signed root.
    #[error("the leaves do not give the root that was signed: the log was altered")]
    Root,
    /// It does not continue what was seen before.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// No consistency proof could be built.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// Checks an export: the checkpoint's signature, every leaf against its hash, every tile against those
/// below, the root, and that it continues `older` (a checkpoint seen before). `read` gives a file's bytes.
///
/// # Errors
/// The first [`ExportError`].
pub fn verify(
    mut read: impl FnMut(&str) -> Option<Vec<u8>>,
    key: &LogKey,
    older: Option<&Checkpoint>,
) -> Result<Checkpoint, ExportError> {
    let note = read(CHECKPOINT_PATH).ok_or_else(|| ExportError::Missing(CHECKPOINT_PATH.to_owned()))?;
    let note = String::from_utf8(note).map_err(|_| CheckpointError::Malformed)?;
    let checkpoint = Checkpoint::verify(&note, key)?;
    if let Some(older) = older.filter(|older| older.size > checkpoint.size) {
        return Err(HistoryError::RolledBack { old: older.size, new: checkpoint.size }.into());
    }
    let mut computed = Levels::default();
    let mut tree = Tree::new();
    for id in files(checkpoint.size) {
        let path = id.path();
        let bytes = read(&path).ok_or_else(|| ExportError::Missing(path.clone()))?;
        let unreadable = |why| ExportError::Unreadable { path: path.clone(), why };
        let first = id.index * TILE_WIDTH;
        match id.level {
            None => {
                for leaf in bundle_leaves(&bytes, id.width).map_err(unreadable)? {
                    let hash = leaf_hash(leaf);
                    computed.push(0, hash);
                    tree.append(hash).into_iter().for_each(|node| computed.push(node.level, node.hash));
                }
            }
            Some(level) => {
                let hashes = tile_hashes(&bytes, id.width).map_err(unreadable)?;
                for (index, hash) in (first..).zip(hashes) {
                    if computed.at(level, index) != Some(&hash) {
                        return Err(if level == 0 {
                            ExportError::Leaf { index }
                        } else {
                            ExportError::Node { path }
                        });
                    }
                }
            }
        }
    }
    if tree.root() != checkpoint.root {
        return Err(ExportError::Root);
    }
    if let Some(older) = older {
        let grown = older.size > 0 && older.size < checkpoint.size;
        let proof = if grown { consistency(older.size, checkpoint.size, &computed)? } else { Vec::new() };
        checkpoint.continues(older, &proof)?;
    }
    Ok(checkpoint)
}

/// All hashes of a log by level.
#[derive(Default)]
struct Levels(Vec<Vec<Hash>>);

impl Levels {
    fn push(&mut self, level: u8, hash: Hash) {
        let at = usize::from(level);
        if self.0.len() <= at {
            self.0.resize(at + 1, Vec::new());
        }
        self.0[at].push(hash);
    }

    fn at(&self, level: u8, index: u64) -> Option<&Hash> {
        self.0.get(usize::from(level))?.get(usize::try_from(index).ok()?)
    }
}

impl Hashes for Levels {
    fn hashes(&self, span: Span) -> Option<Vec<Hash>> {
        let (from, to) = (usize::try_from(span.from).ok()?, usize::try_from(span.to).ok()?);
        Some(self.0.get(usize::from(span.level))?.get(from..to)?.to_vec())
    }
}
