//! Alerts: made once, kept as a document until delivered, retried with growing waits, given up after a day
//! with a line in the log. The same alert about the same thing is not repeated within ten minutes.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::draft::{Draft, Event, capital};
use crate::hub::{Hub, Touches};
use crate::ports::{Alert, AlertKind, Document, Ids, NotifyError, Write};
use crate::state::State;
use crate::words;

const QUIET: SignedDuration = SignedDuration::from_mins(10);
const GIVE_UP: SignedDuration = SignedDuration::from_hours(24);
const SETTLING: SignedDuration = SignedDuration::from_secs(1);
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(1);
/// Document kind under which an undelivered alert waits.
const KIND: &str = "alert";

/// An alert on its way out.
#[derive(Serialize, Deserialize)]
struct Pending {
    alert: Alert,
    tries: u32,
    next: Timestamp,
}

/// Adds an alert to a draft, unless the same was raised a moment ago.
pub(crate) fn raise(
    draft: &mut Draft,
    state: &State,
    ids: &dyn Ids,
    now: Timestamp,
    kind: AlertKind,
    about: &str,
    text: String,
) {
    let same = |alert: &Alert| alert.kind == kind && alert.about == about;
    let recent = |alert: &Alert| now.duration_since(alert.at) < QUIET;
    let always = matches!(kind, AlertKind::Duress | AlertKind::UnknownEntry | AlertKind::Tamper);
    let repeated = state.alerts.iter().any(|a| same(a) && recent(a)) || draft.alerts.iter().any(same);
    if repeated && !always {
        return;
    }
    let alert = Alert { id: ids.uuid(), kind, about: about.to_owned(), text: capital(&text), at: now };
    let pending = Pending { alert: alert.clone(), tries: 0, next: now };
    if let Ok(body) = serde_json::to_string(&pending) {
        let key = alert.id.to_string();
        draft.writes.push(Write::Document(Document { kind: KIND.into(), key, body, version: 1 }));
    }
    draft.alerts.push(alert);
}

/// Adds an alert for every slot that this draft newly finds to hold a code nobody here gave.
pub(crate) fn raise_strangers(draft: &mut Draft, state: &State, ids: &dyn Ids, now: Timestamp) {
    let foreign = |seen: &access::Seen| seen.holds == access::Holds::Foreign;
    let known = |seen: &access::Seen| state.house.seen.get(&(seen.lock, seen.slot)).is_some_and(foreign);
    let found: Vec<(access::LockId, u16)> = draft
        .changes
        .iter()
        .filter_map(|change| match change {
            access::Change::Seen(seen) if foreign(seen) && !known(seen) => Some((seen.lock, seen.slot)),
            _ => None,
        })
        .collect();
    for (lock, slot) in found {
        let (name, door) = words::lock(&state.house, lock);
        let text = format!("{name} holds a code in slot {slot} that nobody here gave: adopt or remove it");
        draft.events.push(Event { door, ..Event::plain("alert", text.clone()) });
        raise(draft, state, ids, now, AlertKind::ForeignCode, &name, text);
    }
}

impl Hub {
    /// Sends what is due. Returns when the next one is due.
    pub(crate) async fn deliver_alerts(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        let wanted = self.alert_settings();
        let way_out = self.notify.read().ok().filter(|slot| slot.1 == wanted).map(|slot| slot.0.clone());
        let due: Vec<(Document, Pending)> = {
            let state = self.state();
            let rows = state.documents.values().filter(|doc| doc.kind == KIND);
            rows.filter_map(|doc| Some((doc.clone(), serde_json::from_str(&doc.body).ok()?))).collect()
        };
        let mut next_due: Option<Timestamp> = None;
        for (document, pending) in due {
            if pending.next > now {
                next_due = Some(next_due.map_or(pending.next, |next| next.min(pending.next)));
                continue;
            }
            let Some(notify) = &way_out else {
                // the settings changed a moment ago and the new way out is not built yet
                let soon = now.checked_add(SETTLING).unwrap_or(now);
                next_due = Some(next_due.map_or(soon, |next| next.min(soon)));
                continue;
            };
            let result = notify.send(&pending.alert).await;
            if let Some(again) = self.after_attempt(document, pending, result).await {
                next_due = Some(next_due.map_or(again, |next| next.min(again)));
            }
        }
        next_due
    }

    async fn after_attempt(
        &self,
        document: Document,
        mut pending: Pending,
        result: Result<(), NotifyError>,
    ) -> Option<Timestamp> {
        let now = self.clock.now();
        let gone = Write::DocumentGone { kind: document.kind.clone(), key: document.key.clone() };
        let mut draft = Draft::default();
        let mut again = None;
        match result {
            Ok(()) => draft.writes.push(gone),
            Err(NotifyError::Later(_)) if now.duration_since(pending.alert.at) < GIVE_UP => {
                let wait = SignedDuration::from_secs(5 << pending.tries.min(10)).min(WAIT_MAX);
                pending.tries += 1;
                pending.next = now.checked_add(wait).unwrap_or(now);
                again = Some(pending.next);
                let body = serde_json::to_string(&pending).ok()?;
                draft.writes.push(Write::Document(Document {
                    body,
                    version: document.version + 1,
                    ..document
                }));
            }
            Err(error) => {
                draft.writes.push(gone);
                let words = format!("An alert about {} could not be sent: {error}", pending.alert.about);
                draft.events.push(Event::plain("system", words));
            }
        }
        // a failed write leaves the document as it was: the alert is tried again
        let _ = self.write(Touches::House, Box::new(move |_, _| Ok(draft))).await;
        again
    }
}
