//! What can be asked of a Z-Wave lock besides codes, bolt and clock: when it locks itself. The lock takes its whole
//! configuration at once, so it is asked for what it has first, and afterwards whether it took it.

use access::LockAddress;
use hub::ports::{Ack, LinkError, Order};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Shared;
use super::wire::class;

/// The field of the configuration.
const RELOCK: &str = "autoRelockTime";

#[derive(Deserialize)]
struct Told {
    response: Option<Map<String, Value>>,
}

impl Shared {
    pub(super) async fn carry_order(&self, lock: &LockAddress, order: &Order) -> Result<Ack, LinkError> {
        let Order::AutoRelock { seconds } = order else {
            return Err(LinkError::Unsupported("Z-Wave locks offer nothing of the kind"));
        };
        let seconds = u16::try_from(*seconds)
            .map_err(|_| LinkError::Rejected("a lock counts up to 65535 s before it locks itself".into()))?;
        let view = self.ready(lock, 0)?;
        if !view.facts.auto_relock {
            return Err(LinkError::Unsupported("this lock does not lock itself on a timer that can be set"));
        }
        let key = &lock.key;
        let ask = |function: &'static str, arguments: String| {
            let facts = view.facts.clone();
            async move { self.invoke(key, &facts, class::DOOR_LOCK, function, &arguments, false).await }
        };
        let told: Told = ask("getConfiguration", "[]".into()).await?.read()?;
        let Some(mut configuration) = told.response else { return Err(unread()) };
        configuration.insert(RELOCK.to_owned(), seconds.into());
        let arguments = Value::Array(vec![Value::Object(configuration)]).to_string();
        ask("setConfiguration", arguments).await?;
        let told: Told = ask("getConfiguration", "[]".into()).await?.read()?;
        let kept = told.response.as_ref().and_then(|all| all.get(RELOCK)).and_then(Value::as_u64);
        match kept {
            Some(kept) if kept == u64::from(seconds) => Ok(Ack::Applied),
            Some(kept) => Err(LinkError::Unexpected(format!("the lock keeps {kept} s in its place"))),
            None => Err(unread()),
        }
    }
}

fn unread() -> LinkError {
    LinkError::Unexpected("the lock does not tell its configuration".into())
}
