//! Questions to the server that wait for their answers, matched by number. The driver may answer in any order,
//! late, twice or never; an answer that nobody waits for is counted and dropped.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::channel::oneshot;
use hub::ports::{Clock, LinkError};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::wire::Refused;

/// Most questions waiting at once.
const WAITING_MAX: usize = 2000;
/// Longest wait for what the server answers out of its memory.
pub(super) const MEMORY_WAIT: Duration = Duration::from_secs(10);
/// Longest wait for one exchange over the radio: a lock that listens every second needs up to 3 s, the driver
/// tries three times.
pub(super) const RADIO_WAIT: Duration = Duration::from_secs(20);

/// An answer, as text; it may hold a code and is wiped.
pub(super) struct Answer(Option<Zeroizing<String>>);

impl Answer {
    /// Reads the answer. An answer without content reads as `null`.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, LinkError> {
        let text = self.0.as_ref().map_or("null", |text| text.as_str());
        serde_json::from_str(text)
            .map_err(|_| LinkError::Unexpected("the server answered something else".into()))
    }

    /// The text itself, for what is read in place.
    pub(super) fn text(&self) -> &str {
        self.0.as_ref().map_or("null", |text| text.as_str())
    }
}

type Outcome = Result<Answer, CallError>;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CallError {
    /// The connection is gone, or too much is waiting.
    Gone,
    /// Nothing came in time.
    Late,
    /// The server or the driver refused.
    Refused(Refused),
}

impl From<CallError> for LinkError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Gone => Self::Unreachable("the connection to the Z-Wave JS server is gone".into()),
            CallError::Late => Self::Unreachable("no answer in time".into()),
            CallError::Refused(refused) => reason(&refused),
        }
    }
}

/// What the driver's error numbers mean for the errand. The driver's own text is not repeated: it may hold what
/// was sent.
fn reason(refused: &Refused) -> LinkError {
    match (refused.code.as_str(), refused.zwave) {
        ("zwave_error", Some(200..=202 | 204 | 205 | 210 | 215 | 219)) => {
            LinkError::Unreachable("the lock did not answer over the radio".into())
        }
        ("zwave_error", Some(203 | 206)) => LinkError::Unreachable("the Z-Wave stick did not send it".into()),
        ("zwave_error", Some(211 | 213)) | ("node_not_found", _) => {
            LinkError::Unreachable("the Z-Wave network no longer knows this lock".into())
        }
        ("zwave_error", Some(302..=304)) => LinkError::Unsupported("it has no such command"),
        ("zwave_error", Some(305 | 322 | 1100)) => {
            LinkError::Rejected(format!("the lock or the driver does not take this{}", number(refused)))
        }
        ("zwave_error", Some(1400..=1405)) => {
            LinkError::Unreachable(format!("the encrypted radio is out of step{}", number(refused)))
        }
        ("unknown_command", _) => LinkError::Unsupported("this Z-Wave JS server is too old for it"),
        _ => LinkError::Unexpected(format!("the server refuses: {}{}", refused.code, number(refused))),
    }
}

fn number(refused: &Refused) -> String {
    refused.zwave.map(|code| format!(" (ZW{code:04})")).unwrap_or_default()
}

/// Questions under way.
#[derive(Default)]
pub(super) struct Calls {
    last: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    outward: Option<tokio::sync::mpsc::Sender<String>>,
    waiting: BTreeMap<u64, oneshot::Sender<Outcome>>,
}

impl Calls {
    fn held(&self) -> MutexGuard<'_, State> {
        // nothing that is done under this lock can leave it half done
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection came about; what is sent goes there.
    pub(super) fn connected(&self, outward: tokio::sync::mpsc::Sender<String>) {
        self.held().outward = Some(outward);
    }

    /// The connection is gone; nobody waits any longer.
    pub(super) fn disconnected(&self) {
        let mut state = self.held();
        state.outward = None;
        for (_, waiting) in std::mem::take(&mut state.waiting) {
            let _ = waiting.send(Err(CallError::Gone));
        }
    }

    /// An answer came. False: nobody waits for it.
    pub(super) fn answered(&self, id: u64, outcome: Result<Option<&RawValue>, Refused>) -> bool {
        let Some(waiting) = self.held().waiting.remove(&id) else { return false };
        let outcome = match outcome {
            Ok(result) => Ok(Answer(result.map(|raw| Zeroizing::new(raw.get().to_owned())))),
            Err(refused) => Err(CallError::Refused(refused)),
        };
        waiting.send(outcome).is_ok()
    }

    /// Asks, and waits for the answer. `arguments` is a JSON object; it may hold a code.
    pub(super) async fn ask(
        &self,
        clock: &dyn Clock,
        command: &str,
        arguments: &str,
        wait: Duration,
    ) -> Result<Answer, CallError> {
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let rest = arguments.trim_start_matches('{');
        let comma = if rest.starts_with('}') { "" } else { "," };
        let message = format!(r#"{{"messageId":"{id}","command":"{command}"{comma}{rest}"#);
        let (sender, answer) = oneshot::channel();
        let outward = {
            let mut state = self.held();
            state.waiting.retain(|_, waiting| !waiting.is_canceled());
            let outward = state.outward.clone().filter(|_| state.waiting.len() < WAITING_MAX);
            let Some(outward) = outward else { return Err(CallError::Gone) };
            state.waiting.insert(id, sender);
            outward
        };
        let _withdrawn = Withdraw { calls: self, id };
        let talk = async {
            outward.send(message).await.map_err(|_| CallError::Gone)?;
            answer.await.map_err(|_| CallError::Gone)?
        };
        tokio::select! {
            outcome = talk => outcome,
            () = clock.sleep(wait) => Err(CallError::Late),
        }
    }
}

/// Takes a question back when nobody waits for its answer any more.
struct Withdraw<'a> {
    calls: &'a Calls,
    id: u64,
}

impl Drop for Withdraw<'_> {
    fn drop(&mut self) {
        self.calls.held().waiting.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::{CallError, LinkError, reason};
    use crate::zwave_js::wire::Refused;

    fn of(code: &str, zwave: Option<u32>) -> LinkError {
        reason(&Refused { code: code.into(), zwave })
    }

    #[test]
    fn errors_are_sorted_into_retry_refuse_and_strange() {
        assert!(matches!(of("zwave_error", Some(204)), LinkError::Unreachable(_)));
        assert!(matches!(of("zwave_error", Some(1402)), LinkError::Unreachable(_)));
        assert!(matches!(of("node_not_found", None), LinkError::Unreachable(_)));
        assert!(matches!(of("zwave_error", Some(322)), LinkError::Rejected(_)));
        assert!(matches!(of("zwave_error", Some(302)), LinkError::Unsupported(_)));
        assert!(matches!(of("unknown_command", None), LinkError::Unsupported(_)));
        assert_eq!(
            of("unknown_error", None),
            LinkError::Unexpected("the server refuses: unknown_error".into())
        );
        assert!(matches!(LinkError::from(CallError::Late), LinkError::Unreachable(_)));
    }
}
