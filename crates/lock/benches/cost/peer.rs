//! The other end of a lock on the bench: the keys it is commissioned with, and what its peer sends. Holds no lock.

use lock::{
    Command, Commissioning, CredentialFields, CredentialKind, CredentialRef, DataOperation, Emergency, Frame,
    PeerEnd, Secret,
};

const ID: [u8; 16] = [1; 16];
const KEY: [u8; 32] = [5; 32];

/// The pairing.
pub fn commissioning() -> Commissioning {
    Commissioning { lock_id: ID, mac_key: [7; 32], chain_key: [9; 32], peer_key: KEY, fabric: 1, node: 1 }
}

/// A command sealed under a challenge; every `salt` once.
pub fn sealed(challenge: &[u8; 16], salt: u64, command: &Command) -> Frame {
    PeerEnd::new(KEY, ID, 1).seal_command(challenge, salt.to_le_bytes(), command).expect("it fits")
}

/// A credential to add; without a user it gets a new one.
pub fn fields(kind: CredentialKind, index: u16, data: Secret, user: Option<u16>) -> CredentialFields {
    CredentialFields {
        operation: DataOperation::Add,
        credential: CredentialRef { kind, index },
        data,
        user,
        status: None,
        user_type: None,
        version: 0,
        not_after: 0,
        emergency: Emergency::No,
    }
}
