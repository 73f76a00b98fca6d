//! Reading the log: opened for people, verified whole, exported for others to verify.

use access::{DoorId, PersonId};
use jiff::Timestamp;
use journal::{Audit, AuditSummary, Break, Checkpoint, Fault, LogKey};
use serde::Serialize;

use crate::actor::Actor;
use crate::draft::{Draft, Event, Payload, capital};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::ports::{LeafRow, LogQuery, Scope, Shelf};
use crate::whole_log::{Pages, check_log};

/// Most rows of one log page.
const PAGE_MAX: u32 = 500;

/// Which entries to show.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    /// Only of this door.
    pub door: Option<DoorId>,
    /// Only of this person.
    pub person: Option<PersonId>,
    /// Only of these kinds; empty: all.
    pub kinds: Vec<String>,
    /// Happened at or after.
    pub since: Option<Timestamp>,
    /// Happened before.
    pub before: Option<Timestamp>,
    /// Index below: the next page.
    pub below: Option<u64>,
    /// At most so many (1 to 500; 0 means 50).
    pub limit: u32,
}

/// One entry, opened.
#[derive(Debug, Clone, Serialize)]
pub struct LogItem {
    /// Position in the log.
    pub index: u64,
    /// When it was written here.
    pub at: Timestamp,
    /// When it happened, by the best clock known.
    pub happened: Timestamp,
    /// `entry`, `refused`, `access`, `sync`, `alert`, `account`, `system`.
    pub kind: String,
    /// Plain words.
    pub summary: String,
    /// The door.
    pub door: Option<DoorId>,
    /// The person.
    pub person: Option<PersonId>,
    /// Facts for programs.
    pub detail: serde_json::Value,
    /// The person was erased: only the proof is left.
    pub erased: bool,
}

/// What a verification of the whole log found.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// Leaves checked.
    pub checked: u64,
    /// Everything fits.
    pub whole: bool,
    /// The first leaf that does not fit.
    pub broken_at: Option<u64>,
    /// What is wrong, in plain words.
    pub what: Option<String>,
    /// Entries whose content was erased; their proofs are whole.
    pub erased: u64,
    /// Root hash that the leaves give, hexadecimal.
    pub root: String,
}

/// What an export holds.
#[derive(Debug, Clone, Serialize)]
pub struct ExportSummary {
    /// Leaves exported.
    pub size: u64,
    /// Files written.
    pub files: u64,
}

impl Hub {
    /// Entries that match, newest first.
    ///
    /// # Errors
    /// `Forbidden`, storage.
    pub async fn log(&self, actor: &Actor, filter: &LogFilter) -> Result<Vec<LogItem>, HubError> {
        actor.need(Scope::Read)?;
        let query = LogQuery {
            door: filter.door.map(DoorId::uuid),
            subject: filter.person.map(PersonId::uuid),
            kinds: filter.kinds.clone(),
            since: filter.since,
            before: filter.before,
            below: filter.below,
            limit: if filter.limit == 0 { 50 } else { filter.limit.min(PAGE_MAX) },
        };
        let rows = self.store.log(&query).await?;
        Ok(rows.iter().map(|row| self.item(row)).collect())
    }

    fn item(&self, row: &LeafRow) -> LogItem {
        let payload = match self.open_payload(row) {
            Some(bytes) if row.kind == journal::REDACTION_KIND => Some(redaction_words(&bytes)),
            Some(bytes) => serde_json::from_slice::<Payload>(&bytes).ok(),
            None => None,
        };
        let erased = payload.is_none();
        let payload = payload.unwrap_or_else(|| Payload {
            summary: "erased: only the proof of this entry is left".into(),
            ..Payload::default()
        });
        LogItem {
            index: row.index,
            at: row.at,
            happened: row.happened,
            kind: row.kind.clone(),
            // what was written by an earlier version may begin in lower case
            summary: capital(&payload.summary),
            door: row.door.map(DoorId::new),
            person: row.subject.map(PersonId::new),
            detail: payload.detail,
            erased,
        }
    }

    /// The payload in the clear; `None` once its key or content is gone, or when it does not open.
    fn open_payload(&self, row: &LeafRow) -> Option<Vec<u8>> {
        let (stored, salt) = (row.payload.as_deref()?, row.salt.as_deref()?);
        let key = row.subject.and_then(|subject| self.state().subjects.get(&PersonId::new(subject)).cloned());
        journal::open(&row.leaf, salt, stored, key.as_ref()).ok()
    }

    /// Walks the whole log: leaf hashes, the columns beside them, commitments to what can still be opened,
    /// inner hashes, redactions, the root and the signed checkpoint.
    ///
    /// # Errors
    /// `Forbidden`; storage. A log that does not fit is a verdict, not an error.
    pub async fn verify(&self, actor: &Actor) -> Result<Verdict, HubError> {
        actor.need(Scope::Read)?;
        let (size, root, checkpoint) = {
            let state = self.state();
            (state.tree.size(), state.tree.root(), state.checkpoint.clone())
        };
        let found = match self.walk(size, root, checkpoint.as_deref()).await? {
            Ok(summary) => Verdict {
                checked: summary.size,
                whole: true,
                broken_at: None,
                what: None,
                erased: summary.redacted,
                root: hex::encode(summary.root),
            },
            Err(broken) => Verdict {
                checked: broken.index,
                whole: false,
                broken_at: Some(broken.index),
                what: Some(broken.fault.to_string()),
                erased: 0,
                root: hex::encode(root),
            },
        };
        if found.whole {
            self.state_mut().verified = Some((found.checked, self.clock.now()));
        }
        Ok(found)
    }

    async fn walk(
        &self,
        size: u64,
        root: journal::Hash,
        checkpoint: Option<&str>,
    ) -> Result<Result<AuditSummary, Break>, HubError> {
        let mut audit = Audit::new();
        if let Err(broken) = self.expect_checkpoint(&mut audit, size, checkpoint)? {
            return Ok(Err(broken));
        }
        let key_of = |subject| self.state().subjects.get(&PersonId::new(subject)).cloned();
        Ok(check_log(&*self.store, size, &root, audit, key_of).await?)
    }

    fn expect_checkpoint(
        &self,
        audit: &mut Audit,
        size: u64,
        checkpoint: Option<&str>,
    ) -> Result<Result<(), Break>, HubError> {
        if size == 0 {
            return Ok(Ok(()));
        }
        let key = self.log_key()?;
        let signed = checkpoint.and_then(|text| Checkpoint::verify(text, &key).ok());
        Ok(match signed {
            // without a checkpoint that holds nothing says how the log ought to end
            None => Err(Break { index: size - 1, fault: Fault::Root { size } }),
            Some(signed) => audit.expect_root(signed.size, signed.root),
        })
    }

    /// The public key that this house's log is signed with.
    ///
    /// # Errors
    /// The vault.
    pub fn log_key(&self) -> Result<LogKey, HubError> {
        let public = journal::public_key(&*self.vault.subkey("journal-signing")?);
        LogKey::new(crate::hub::ORIGIN, &public).map_err(|error| HubError::Refused(error.to_string()))
    }

    /// Writes the log for others: C2SP tiles and checkpoint, and a readable list.
    ///
    /// # Errors
    /// `Forbidden`, `NeedsFreshPassword`, storage, or what the shelf says.
    pub async fn export(&self, actor: &Actor, shelf: &mut dyn Shelf) -> Result<ExportSummary, HubError> {
        actor.need_fresh(Scope::Admin)?;
        let summary = format!("{} exported the log", actor.name);
        let events = vec![Event::plain("system", summary)];
        self.write(Touches::House, Box::new(move |_, _| Ok(Draft { events, ..Draft::default() }))).await?;
        let (size, note) = {
            let state = self.state();
            (state.tree.size(), state.checkpoint.clone().unwrap_or_default())
        };
        let refused = |what: String| HubError::Refused(format!("the export stopped: {what}"));
        let key = self.log_key()?;
        let checkpoint = Checkpoint::verify(&note, &key).map_err(|error| refused(error.to_string()))?;
        let mut shelf = Counting { shelf, files: 0 };
        let mut writer = journal::export::Writer::new();
        let mut readable = String::new();
        let mut pages = Pages::new(&*self.store, size);
        while let Some(rows) = pages.next().await? {
            pages.ask().await;
            let from = pages.read();
            if rows.is_empty() {
                return Err(refused(format!("entry {from} is missing; run `doorward log verify`")));
            }
            for row in &rows {
                shelf.put_all(writer.push(&row.leaf).map_err(|error| refused(error.to_string()))?)?;
                readable.push_str(&serde_json::to_string(&self.item(row)).unwrap_or_default());
                readable.push('\n');
            }
            if readable.len() > 1 << 20 {
                shelf.put_all(vec![(format!("readable/{from:012}.jsonl"), readable.into_bytes())])?;
                readable = String::new();
            }
        }
        shelf.put_all(writer.finish(&checkpoint, &note).map_err(|error| refused(error.to_string()))?)?;
        shelf.put_all(vec![
            (format!("readable/{size:012}.jsonl"), readable.into_bytes()),
            ("checkpoint.key".to_owned(), format!("{}\n", key.to_text()).into_bytes()),
        ])?;
        Ok(ExportSummary { size, files: shelf.files })
    }
}

struct Counting<'a> {
    shelf: &'a mut dyn Shelf,
    files: u64,
}

impl Counting<'_> {
    fn put_all(&mut self, files: Vec<(String, Vec<u8>)>) -> Result<(), HubError> {
        for (name, bytes) in files {
            let put = self.shelf.put(&name, &bytes);
            put.map_err(|what| HubError::Refused(format!("the export stopped at {name}: {what}")))?;
            self.files += 1;
        }
        Ok(())
    }
}

fn redaction_words(payload: &[u8]) -> Payload {
    let summary = match journal::Redaction::from_payload(payload).map(|redaction| redaction.scope) {
        Ok(journal::Scope::Subject { count, .. }) => {
            format!("a person was erased: {count} entries keep only their proof")
        }
        Ok(journal::Scope::Below { index, .. }) => {
            format!("entries before number {index} are past retention and were erased")
        }
        Err(error) => error.to_string(),
    };
    let detail = serde_json::from_slice(payload).unwrap_or_default();
    Payload { kind: journal::REDACTION_KIND.into(), summary, detail, ..Payload::default() }
}
