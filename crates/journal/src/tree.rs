//! The growing tree: its size and the roots of the perfect subtrees that make it up. It keeps a few hashes,
//! never the leaves.

use crate::hash::{EMPTY_ROOT, Hash, node_hash};

/// Largest size that [`Tree::restore`] takes; far beyond any log, and it keeps all arithmetic in range.
const SIZE_MAX: u64 = 1 << 62;

/// An inner hash to be stored: the root of `256^level` leaves, at a level of the tlog-tiles layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// 1 for 256 leaves, 2 for 65,536, and so on.
    pub level: u8,
    /// Position at that level, from 0.
    pub index: u64,
    /// The hash.
    pub hash: Hash,
}

/// Where a log stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    frontier: Vec<Hash>,
}

/// Why a stored state is not one of a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The number of subtree roots does not fit the size.
    #[error("a log of {size} leaves has {expected} subtree roots, {found} are stored")]
    Frontier {
        /// Stored size.
        size: u64,
        /// How many roots that size has.
        expected: u32,
        /// How many are stored.
        found: usize,
    },
    /// The stored root is not the one that the subtree roots give.
    #[error("the stored root of the log does not follow from its stored subtree roots")]
    Root,
    /// No log is that large.
    #[error("{0} leaves is more than a log can have")]
    Size(u64),
}

impl Tree {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on from a stored state. `frontier` holds the roots of the perfect subtrees, largest first.
    ///
    /// # Errors
    /// [`RestoreError`] when size, subtree roots and root do not belong together.
    pub fn restore(size: u64, frontier: Vec<Hash>, root: &Hash) -> Result<Self, RestoreError> {
        if size > SIZE_MAX {
            return Err(RestoreError::Size(size));
        }
        if frontier.len() as u64 != u64::from(size.count_ones()) {
            return Err(RestoreError::Frontier { size, expected: size.count_ones(), found: frontier.len() });
        }
        let tree = Self { size, frontier };
        if tree.root() == *root { Ok(tree) } else { Err(RestoreError::Root) }
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the perfect subtrees, largest first.
    pub fn frontier(&self) -> &[Hash] {
        &self.frontier
    }

    /// Appends a leaf by its hash ([`leaf_hash`](crate::leaf_hash)). Answers with the inner hashes that it
    /// completed, lowest level first: one for every 256th leaf, two for every 65,536th.
    pub fn append(&mut self, leaf: Hash) -> Vec<Node> {
        let mut completed = Vec::new();
        let mut hash = leaf;
        let mut height = 0u8;
        let mut index = self.size;
        while index & 1 == 1 {
            let Some(left) = self.frontier.pop() else { break };
            hash = node_hash(&left, &hash);
            height += 1;
            index >>= 1;
            if height.is_multiple_of(8) {
                completed.push(Node { level: height / 8, index, hash });
            }
        }
        self.frontier.push(hash);
        self.size += 1;
        completed
    }

    /// Root hash (RFC 6962 *MTH*).
    pub fn root(&self) -> Hash {
        self.frontier
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or(EMPTY_ROOT)
    }
}

#[cfg(test)]
mod tests {
    use super::{RestoreError, Tree};
    use crate::hash::{EMPTY_ROOT, Hash, leaf_hash, node_hash};

    /// The definition in RFC 6962 section 2.1, word for word, as an oracle.
    fn mth(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => EMPTY_ROOT,
            [one] => leaf_hash(one),
            many => {
                let k = many.len().next_power_of_two() / 2;
                node_hash(&mth(&many[..k]), &mth(&many[k..]))
            }
        }
    }

    fn leaves(count: usize) -> Vec<Vec<u8>> {
        (0..count).map(|n| n.to_be_bytes().to_vec()).collect()
    }

    #[test]
    fn root_is_the_definition_at_every_size() {
        let all = leaves(600);
        let mut tree = Tree::new();
        for (n, leaf) in all.iter().enumerate() {
            assert_eq!(tree.root(), mth(&all[..n]), "size {n}");
            tree.append(leaf_hash(leaf));
        }
    }

    #[test]
    fn known_root_of_the_reference_test_vectors() {
        // The eight inputs of the Certificate Transparency reference tests, and the root of all of them.
        let inputs: [&str; 8] = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let mut tree = Tree::new();
        for input in inputs {
            tree.append(leaf_hash(&hex::decode(input).unwrap()));
        }
        assert_eq!(
            hex::encode(tree.root()),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        );
    }

    #[test]
    fn completed_nodes_are_the_roots_of_full_blocks() {
        let all = leaves(256 * 3);
        let mut tree = Tree::new();
        let mut nodes = Vec::new();
        for leaf in &all {
            nodes.extend(tree.append(leaf_hash(leaf)));
        }
        assert_eq!(nodes.len(), 3);
        for (n, node) in nodes.iter().enumerate() {
            assert_eq!((node.level, node.index), (1, n as u64));
            assert_eq!(node.hash, mth(&all[n * 256..(n + 1) * 256]));
        }
    }

    #[test]
    fn second_level_completes_with_the_last_leaf_of_65_536() {
        let mut tree = Tree::new();
        let mut last = Vec::new();
        for n in 0u32..65_536 {
            last = tree.append(leaf_hash(&n.to_be_bytes()));
        }
        assert_eq!(last.iter().map(|n| (n.level, n.index)).collect::<Vec<_>>(), [(1, 255), (2, 0)]);
        assert_eq!(last[1].hash, tree.root());
    }

    #[test]
    fn restores_and_goes_on() {
        let mut tree = Tree::new();
        for leaf in leaves(77) {
            tree.append(leaf_hash(&leaf));
        }
        let mut again = Tree::restore(tree.size(), tree.frontier().to_vec(), &tree.root()).unwrap();
        assert_eq!(again, tree);
        again.append([7; 32]);
        tree.append([7; 32]);
        assert_eq!(again.root(), tree.root());
    }

    #[test]
    fn refuses_a_state_that_does_not_fit() {
        assert_eq!(
            Tree::restore(3, vec![[0; 32]], &[0; 32]),
            Err(RestoreError::Frontier { size: 3, expected: 2, found: 1 })
        );
        assert_eq!(Tree::restore(1, vec![[1; 32]], &[2; 32]), Err(RestoreError::Root));
        assert_eq!(Tree::restore(u64::MAX, Vec::new(), &[2; 32]), Err(RestoreError::Size(u64::MAX)));
    }
}
