//! The static layout of c2sp.org/tlog-tiles: paths, hash tiles and entry bundles, written and read.

use crate::hash::{Hash, perfect_root};

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// Path of the checkpoint.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// Which file of the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    /// Level, 0 to 7; `None` for an entry bundle.
    pub level: Option<u8>,
    /// Position at the level.
    pub index: u64,
    /// Hashes or entries in it, 1 to 256.
    pub width: u16,
}

/// Why a file of the layout cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// Not a path of the layout.
    #[error("not a path of the log's layout")]
    Path,
    /// The length does not fit the width.
    #[error("a tile of the log has the wrong length")]
    Length,
    /// An entry bundle ends in the middle of an entry, or has more behind the last.
    #[error("an entry bundle of the log is cut off or too long")]
    Bundle,
    /// An entry is longer than a bundle can say.
    #[error("an entry of the log is longer than 65,535 bytes")]
    Entry,
}

impl TileId {
    /// Path relative to the log's folder, for example `tile/0/x001/x234/067.p/8`.
    pub fn path(&self) -> String {
        let kind = self.level.map_or_else(|| "entries".to_owned(), |level| level.to_string());
        let mut number = format!("{:03}", self.index % 1000);
        let mut rest = self.index / 1000;
        while rest > 0 {
            number = format!("x{:03}/{number}", rest % 1000);
            rest /= 1000;
        }
        let partial =
            if u64::from(self.width) == TILE_WIDTH { String::new() } else { format!(".p/{}", self.width) };
        format!("tile/{kind}/{number}{partial}")
    }

    /// Reads a path. Only the one spelling that [`path`](Self::path) writes is taken.
    ///
    /// # Errors
    /// [`TileError::Path`].
    pub fn parse(path: &str) -> Result<Self, TileError> {
        let bad = TileError::Path;
        let rest = path.strip_prefix("tile/").ok_or(bad)?;
        let (kind, rest) = rest.split_once('/').ok_or(bad)?;
        let level = if kind == "entries" { None } else { Some(kind.parse::<u8>().map_err(|_| bad)?) };
        let (number, width) = match rest.split_once(".p/") {
            Some((number, width)) => (number, width.parse::<u16>().map_err(|_| bad)?),
            None => (rest, TILE_WIDTH as u16),
        };
        let mut index = 0u64;
        for part in number.split('/') {
            let digits = part.strip_prefix('x').unwrap_or(part);
            let digits = digits.parse::<u64>().map_err(|_| bad)?;
            index = index.checked_mul(1000).and_then(|n| n.checked_add(digits)).ok_or(bad)?;
        }
        let this = Self { level, index, width };
        let sound = level.is_none_or(|level| level < 8) && (1..=256).contains(&width);
        if sound && this.path() == path { Ok(this) } else { Err(bad) }
    }
}

/// Every file that a log of `size` leaves consists of, beside the checkpoint: entry bundles and hash tiles,
/// by kind and position. The iterator is lazy: a large log needs no large list.
pub fn files(size: u64) -> impl Iterator<Item = TileId> {
    let bundles = level_files(size).map(|(index, width)| TileId { level: None, index, width });
    let tiles = (0..8u8).flat_map(move |level| {
        level_files(size >> (8 * level)).map(move |(index, width)| TileId {
            level: Some(level),
            index,
            width,
        })
    });
    bundles.chain(tiles)
}

fn level_files(count: u64) -> impl Iterator<Item = (u64, u16)> {
    (0..count.div_ceil(TILE_WIDTH)).map(move |n| (n, (count - n * TILE_WIDTH).min(TILE_WIDTH) as u16))
}

/// Bytes of a tile: its hashes one after the other.
pub fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// Reads the hashes of a tile of the given width.
///
/// # Errors
/// [`TileError::Length`].
pub fn tile_hashes(bytes: &[u8], width: u16) -> Result<Vec<Hash>, TileError> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() || hashes.len() != usize::from(width) {
        return Err(TileError::Length);
    }
    Ok(hashes.to_vec())
}

/// Root of a full tile; `None` for a partial one, which no level above takes in.
pub fn tile_root(hashes: &[Hash]) -> Option<Hash> {
    (hashes.len() as u64 == TILE_WIDTH).then(|| perfect_root(hashes.to_vec())).flatten()
}

/// Bytes of an entry bundle: each leaf with its length before it (u16, big-endian).
///
/// # Errors
/// [`TileError::Entry`].
pub fn bundle_bytes<'a>(leaves: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, TileError> {
    let mut bytes = Vec::new();
    for leaf in leaves {
        bytes.extend(u16::try_from(leaf.len()).map_err(|_| TileError::Entry)?.to_be_bytes());
        bytes.extend(leaf);
    }
    Ok(bytes)
}

/// Reads the leaves of a bundle of the given width.
///
/// # Errors
/// [`TileError::Bundle`].
pub fn bundle_leaves(mut bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, TileError> {
    let mut leaves = Vec::with_capacity(usize::from(width.min(256)));
    for _ in 0..width {
        let (length, rest) = bytes.split_first_chunk().ok_or(TileError::Bundle)?;
        let (leaf, rest) =
            rest.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or(TileError::Bundle)?;
        leaves.push(leaf);
        bytes = rest;
    }
    if bytes.is_empty() { Ok(leaves) } else { Err(TileError::Bundle) }
}
