//! Every proof of every small tree: it verifies, and only for the leaf, sizes and roots that it is for.

use journal::proof::{
    Fetched, Hashes, ProofError, ProofInvalid, Span, consistency, consistency_spans, inclusion,
    inclusion_spans, verify_consistency, verify_inclusion,
};
use journal::{Hash, Tree, leaf_hash};

struct Leaves(Vec<Hash>);

impl Hashes for Leaves {
    fn hashes(&self, span: Span) -> Option<Vec<Hash>> {
        assert_eq!(span.level, 0, "trees below 256 leaves need leaf hashes only");
        Some(self.0.get(span.from as usize..span.to as usize)?.to_vec())
    }
}

fn leaves(count: u64) -> Leaves {
    Leaves((0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect())
}

fn roots(leaves: &Leaves) -> Vec<Hash> {
    let mut tree = Tree::new();
    let mut roots = vec![tree.root()];
    for leaf in &leaves.0 {
        tree.append(*leaf);
        roots.push(tree.root());
    }
    roots
}

#[test]
fn every_inclusion_proof_holds_for_its_leaf_alone() {
    let all = leaves(70);
    let roots = roots(&all);
    for size in 1..=70u64 {
        for index in 0..size {
            let proof = inclusion(index, size, &all).unwrap();
            let (leaf, root) = (&all.0[index as usize], &roots[size as usize]);
            verify_inclusion(index, size, leaf, &proof, root).unwrap();
            assert!(verify_inclusion(index, size, &[0; 32], &proof, root).is_err());
            assert!(verify_inclusion(index + 1, size, leaf, &proof, root).is_err());
            let mut longer = proof.clone();
            longer.push([0; 32]);
            assert_eq!(verify_inclusion(index, size, leaf, &longer, root), Err(ProofInvalid::Length));
            if let Some((_, shorter)) = proof.split_last() {
                assert_eq!(verify_inclusion(index, size, leaf, shorter, root), Err(ProofInvalid::Length));
            }
        }
    }
}

#[test]
fn every_consistency_proof_holds_for_its_sizes_alone() {
    let all = leaves(70);
    let roots = roots(&all);
    for new in 1..=70u64 {
        for old in 1..=new {
            let proof = consistency(old, new, &all).unwrap();
            let (old_root, new_root) = (&roots[old as usize], &roots[new as usize]);
            verify_consistency(old, new, old_root, new_root, &proof).unwrap();
            assert!(verify_consistency(old, new, &[0; 32], new_root, &proof).is_err());
            assert!(verify_consistency(old, new, old_root, &[0; 32], &proof).is_err());
            for n in 0..proof.len() {
                let mut altered = proof.clone();
                altered[n][0] ^= 1;
                assert!(verify_consistency(old, new, old_root, new_root, &altered).is_err());
            }
        }
    }
    verify_consistency(0, 5, &roots[0], &roots[5], &[]).unwrap();
    assert_eq!(verify_consistency(0, 5, &roots[1], &roots[5], &[]), Err(ProofInvalid::OldRoot));
    assert_eq!(verify_consistency(6, 5, &roots[1], &roots[5], &[]), Err(ProofInvalid::Range));
}

#[test]
fn spans_are_what_a_proof_reads() {
    let all = leaves(200);
    let roots = roots(&all);
    let mut fetched = Fetched::default();
    for span in inclusion_spans(77, 200).unwrap() {
        fetched.insert(span, all.hashes(span).unwrap());
    }
    let proof = inclusion(77, 200, &fetched).unwrap();
    verify_inclusion(77, 200, &all.0[77], &proof, &roots[200]).unwrap();

    let mut fetched = Fetched::default();
    let spans = consistency_spans(77, 200).unwrap();
    for span in &spans {
        fetched.insert(*span, all.hashes(*span).unwrap());
    }
    verify_consistency(77, 200, &roots[77], &roots[200], &consistency(77, 200, &fetched).unwrap()).unwrap();
    assert!(matches!(consistency(77, 200, &Fetched::default()), Err(ProofError::Missing(_))));
    // too few hashes for a span count as missing, and never panic
    fetched.insert(spans[0], Vec::new());
    assert!(matches!(consistency(77, 200, &fetched), Err(ProofError::Missing(_))));
}

#[test]
fn a_proof_is_read_in_a_few_spans() {
    for (index, size) in [(0, 1_000_000), (77_777, 1_000_000), (999_999, 1_000_000), (500_000, 1 << 20)] {
        let spans = inclusion_spans(index, size).unwrap();
        assert!(spans.len() <= 8, "{index} of {size}: {spans:?}");
        assert!(spans.iter().all(|span| span.to <= size && span.to - span.from <= 1024), "{spans:?}");
        assert!(consistency_spans(index.max(1), size).unwrap().len() <= 12);
    }
}

#[test]
fn impossible_proofs_are_refused() {
    assert_eq!(inclusion(5, 5, &leaves(5)), Err(ProofError::NoSuchLeaf { index: 5, size: 5 }));
    assert_eq!(consistency(0, 5, &leaves(5)), Err(ProofError::NotOlder { old: 0, new: 5 }));
    assert_eq!(consistency(6, 5, &leaves(5)), Err(ProofError::NotOlder { old: 6, new: 5 }));
    // the largest numbers there are: the spans are computed, not read
    assert!(inclusion_spans(u64::MAX - 2, u64::MAX - 1).is_ok());
    assert!(consistency_spans(u64::MAX / 3, u64::MAX - 1).is_ok());
    assert!(verify_inclusion(u64::MAX - 1, u64::MAX, &[0; 32], &[[0; 32]; 70], &[0; 32]).is_err());
}
