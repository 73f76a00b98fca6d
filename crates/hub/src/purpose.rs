//! What a code is for besides opening: an ordinary one, one to be used under duress, an emergency code. A document a
//! code, written with the code in one transaction; without one a code is ordinary.

use access::CredentialId;

use crate::draft::Draft;
use crate::ports::{Document, Purpose, Write};
use crate::state::State;

/// Document kind of purposes; the key is the code's id.
const KIND: &str = "purpose";

/// What a code is for.
pub(crate) fn of(state: &State, credential: CredentialId) -> Purpose {
    let document = state.documents.get(&(KIND.to_owned(), credential.to_string()));
    document.and_then(|document| serde_json::from_str(&document.body).ok()).unwrap_or_default()
}

/// Notes what a new code is for.
pub(crate) fn put(draft: &mut Draft, credential: CredentialId, purpose: Purpose) {
    if purpose == Purpose::Ordinary {
        return;
    }
    if let Ok(body) = serde_json::to_string(&purpose) {
        let key = credential.to_string();
        draft.writes.push(Write::Document(Document { kind: KIND.into(), key, body, version: 1 }));
    }
}
