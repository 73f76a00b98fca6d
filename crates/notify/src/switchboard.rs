//! All channels behind one [`Notify`]: each alert goes to every channel that carries its kind. A channel that
//! has taken an alert is not given it again when another one made the hub try once more; this is remembered
//! for the last few hundred alerts and not over a restart (receivers then see the same id twice).

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use hub::ports::{Alert, Notify, NotifyError};
use uuid::Uuid;

use crate::config::{ConfigError, Kinds, NotifyConfig, Target};
use crate::mail::Mail;
use crate::webhook::Webhook;

/// Alerts under way that are remembered.
const REMEMBERED: usize = 256;

/// The channels of an owner.
pub struct Switchboard {
    channels: Vec<Channel>,
    under_way: Mutex<VecDeque<UnderWay>>,
}

struct Channel {
    name: String,
    kinds: Kinds,
    notify: Box<dyn Notify>,
}

/// An alert that at least one channel could not take yet.
struct UnderWay {
    id: Uuid,
    settled: BTreeSet<usize>,
    refused: Vec<String>,
}

impl Switchboard {
    /// Sets all channels up; connects to nothing yet.
    ///
    /// # Errors
    /// [`ConfigError`] of the first channel that is wrong; the problem names the channel.
    pub fn new(config: &NotifyConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let mut channels = Vec::with_capacity(config.channels.len());
        for channel in &config.channels {
            let named = |mut error: ConfigError| {
                error.problem = format!("{} (channel {})", error.problem, channel.name);
                error
            };
            let notify: Box<dyn Notify> = match &channel.target {
                Target::Webhook(config) => Box::new(Webhook::new(config).map_err(named)?),
                Target::Mail(config) => Box::new(Mail::new(config).map_err(named)?),
            };
            channels.push(Channel { name: channel.name.clone(), kinds: channel.kinds.clone(), notify });
        }
        Ok(Self { channels, under_way: Mutex::new(VecDeque::new()) })
    }

    /// Whether any channel would carry anything.
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }

    fn take(&self, id: Uuid) -> UnderWay {
        let mut list = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let at = list.iter().position(|entry| entry.id == id);
        at.and_then(|at| list.remove(at)).unwrap_or(UnderWay {
            id,
            settled: BTreeSet::new(),
            refused: Vec::new(),
        })
    }

    fn put_back(&self, entry: UnderWay) {
        let mut list = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if list.len() >= REMEMBERED {
            list.pop_front();
        }
        list.push_back(entry);
    }
}

#[async_trait]
impl Notify for Switchboard {
    async fn send(&self, alert: &Alert) -> Result<(), NotifyError> {
        let mut entry = self.take(alert.id);
        let mut later = Vec::new();
        for (number, channel) in self.channels.iter().enumerate() {
            if !channel.kinds.contains(alert.kind) || entry.settled.contains(&number) {
                continue;
            }
            match channel.notify.send(alert).await {
                Ok(()) => _ = entry.settled.insert(number),
                Err(NotifyError::Refused(why)) => {
                    entry.settled.insert(number);
                    entry.refused.push(format!("{}: {why}", channel.name));
                }
                Err(NotifyError::Later(why)) => later.push(format!("{}: {why}", channel.name)),
            }
        }
        if !later.is_empty() {
            self.put_back(entry);
            return Err(NotifyError::Later(later.join("; ")));
        }
        if entry.refused.is_empty() { Ok(()) } else { Err(NotifyError::Refused(entry.refused.join("; "))) }
    }
}

#[cfg(test)]
#[path = "switchboard_test.rs"]
mod tests;
