//! Documents (settings, surveys), backups, and erasing a person from the log.

use std::path::PathBuf;

use access::PersonId;

use crate::actor::Actor;
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::ports::{Document, Keeper, LogQuery, Scope, Write};

/// Largest document, in bytes.
const DOCUMENT_MAX: usize = 256 * 1024;
const NAME_MAX: usize = 64;
/// Shortest passphrase of a backup: whoever finds the file can try for ever.
const PASSPHRASE_MIN: usize = 12;
/// Tries to count a person's entries while the log grows.
const COUNT_TRIES: usize = 8;

impl Hub {
    /// A document's JSON.
    pub fn document(&self, kind: &str, key: &str) -> Option<String> {
        self.state().documents.get(&(kind.to_owned(), key.to_owned())).map(|document| document.body.clone())
    }

    /// Every document of a kind: key and JSON.
    pub fn documents(&self, kind: &str) -> Vec<(String, String)> {
        let state = self.state();
        let rows = state.documents.values().filter(|document| document.kind == kind);
        rows.map(|document| (document.key.clone(), document.body.clone())).collect()
    }

    /// Keeps a document. `summary` is what the log says, without the document's content.
    ///
    /// # Errors
    /// `Forbidden`, `Refused` for one that is too large or not JSON.
    pub async fn put_document(
        &self,
        actor: &Actor,
        scope: Scope,
        kind: &str,
        key: &str,
        body: String,
        summary: &str,
    ) -> Result<(), HubError> {
        actor.need(scope)?;
        if body.len() > DOCUMENT_MAX {
            return Err(HubError::Refused(format!("a document has at most {DOCUMENT_MAX} bytes")));
        }
        if kind.len() > NAME_MAX
            || key.len() > NAME_MAX
            || serde_json::from_str::<serde_json::Value>(&body).is_err()
        {
            return Err(HubError::Refused(
                "a document is JSON under a kind and a key of at most 64 bytes".into(),
            ));
        }
        let (kind, key) = (kind.to_owned(), key.to_owned());
        let event = Event::plain("system", format!("{} {summary}", actor.name));
        self.write(
            Touches::House,
            Box::new(move |state, _| {
                let version =
                    state.documents.get(&(kind.clone(), key.clone())).map_or(1, |old| old.version + 1);
                let document = Document { kind, key, body, version };
                Ok(Draft { writes: vec![Write::Document(document)], events: vec![event], ..Draft::default() })
            }),
        )
        .await
    }

    /// Removes a document.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn remove_document(
        &self,
        actor: &Actor,
        scope: Scope,
        kind: &str,
        key: &str,
        summary: &str,
    ) -> Result<(), HubError> {
        actor.need(scope)?;
        let write = Write::DocumentGone { kind: kind.to_owned(), key: key.to_owned() };
        let event = Event::plain("system", format!("{} {summary}", actor.name));
        let draft = Draft { writes: vec![write], events: vec![event], ..Draft::default() };
        self.write(Touches::House, Box::new(move |_, _| Ok(draft))).await
    }

    /// Seals a secret of the settings (a broker's password) for its document, as text.
    ///
    /// # Errors
    /// The vault.
    pub(crate) fn seal_setting(&self, kind: &str, key: &str, secret: &str) -> Result<String, HubError> {
        let place =
            crate::ports::Place { table: "document", row: &format!("{kind}/{key}"), column: "secret" };
        Ok(hex::encode(self.vault.seal(place, secret.as_bytes())?))
    }

    /// Opens what [`seal_setting`](Self::seal_setting) sealed.
    ///
    /// # Errors
    /// The vault.
    pub(crate) fn open_setting(
        &self,
        kind: &str,
        key: &str,
        sealed: &str,
    ) -> Result<zeroize::Zeroizing<String>, HubError> {
        let damaged = || HubError::Vault(crate::ports::VaultError::Damaged("settings".into()));
        let place =
            crate::ports::Place { table: "document", row: &format!("{kind}/{key}"), column: "secret" };
        let bytes = hex::decode(sealed).map_err(|_| damaged())?;
        let plain = self.vault.open(place, &bytes)?;
        let text = std::str::from_utf8(&plain).map_err(|_| damaged())?;
        Ok(zeroize::Zeroizing::new(text.to_owned()))
    }

    /// Makes an encrypted backup and says where it lies.
    ///
    /// # Errors
    /// `Forbidden`, `NeedsFreshPassword`, `Weak`, storage.
    pub async fn backup(
        &self,
        actor: &Actor,
        keeper: &dyn Keeper,
        passphrase: &str,
    ) -> Result<PathBuf, HubError> {
        actor.need_fresh(Scope::Admin)?;
        if passphrase.chars().count() < PASSPHRASE_MIN {
            return Err(HubError::Weak(format!(
                "a backup's passphrase has at least {PASSPHRASE_MIN} characters"
            )));
        }
        let path = keeper.backup(passphrase).await?;
        let events = vec![Event::plain("system", format!("{} made a backup", actor.name))];
        self.write(Touches::House, Box::new(move |_, _| Ok(Draft { events, ..Draft::default() }))).await?;
        Ok(path)
    }

    /// After a backup was put back: what the locks hold may be newer than what is known, so nothing counts as
    /// seen until it is read again.
    ///
    /// # Errors
    /// Storage.
    pub async fn doubt_everything(&self) -> Result<(), HubError> {
        self.write(
            Touches::House,
            Box::new(|state, now| {
                let doubtful = state.house.seen.values().map(|seen| {
                    access::Change::Seen(access::Seen {
                        holds: access::Holds::Unknown,
                        at: now,
                        ..seen.clone()
                    })
                });
                let changes = doubtful.collect();
                let words = "a backup was put back: every code is read from its lock again".to_owned();
                Ok(Draft { changes, events: vec![Event::plain("system", words)], ..Draft::default() })
            }),
        )
        .await
    }

    /// Erases a removed person from the log: their key and the content of their entries go, every proof stays whole.
    ///
    /// # Errors
    /// `Forbidden`, `NeedsFreshPassword`, `Refused` while the person is still on the list.
    pub async fn erase_person(&self, actor: &Actor, person: PersonId) -> Result<(), HubError> {
        actor.need_fresh(Scope::Admin)?;
        let by = actor.id.to_string();
        for _ in 0..COUNT_TRIES {
            let (size, known, listed) = {
                let state = self.state();
                let listed = state.house.people.contains_key(&person);
                (state.tree.size(), state.subjects.contains_key(&person), listed)
            };
            if listed {
                return Err(HubError::Refused("remove the person first: that ends their access".into()));
            }
            if !known {
                return Err(HubError::NotFound("person in the log"));
            }
            let count = self.count_entries(person).await?;
            let redaction = journal::Redaction::subject(person.uuid().into_bytes(), count, &by);
            let detail = serde_json::to_value(&redaction).unwrap_or_default();
            let grown = HubError::Refused("the log grew".into());
            let again = grown.clone();
            let written = self
                .write(
                    Touches::House,
                    Box::new(move |state, _| {
                        if state.tree.size() != size {
                            return Err(grown);
                        }
                        let event = Event { detail, ..Event::plain(journal::REDACTION_KIND, String::new()) };
                        let writes = vec![Write::SubjectErased(person.uuid())];
                        Ok(Draft { writes, events: vec![event], ..Draft::default() })
                    }),
                )
                .await;
            match written {
                Err(error) if error == again => {}
                other => return other,
            }
        }
        Err(HubError::Refused("the log is busy: try again in a moment".into()))
    }

    async fn count_entries(&self, person: PersonId) -> Result<u64, HubError> {
        let mut count = 0;
        let mut below = None;
        loop {
            let query = LogQuery { subject: Some(person.uuid()), below, limit: 1000, ..LogQuery::default() };
            let rows = self.store.log(&query).await?;
            count += rows.iter().filter(|row| row.payload.is_some()).count() as u64;
            match rows.last() {
                Some(last) if rows.len() == 1000 => below = Some(last.index),
                _ => return Ok(count),
            }
        }
    }
}
