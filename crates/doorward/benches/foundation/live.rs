//! A subscribed page: the hub's live stream, with the moment at which each log entry was heard of. And the
//! match of key presses with the entries that they made.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

use crate::hub::Hub;

/// Longest wait for the last entries after the last press.
const LATE: Duration = Duration::from_secs(30);
/// Entries on one page of the log.
const PAGE: usize = 500;

/// When each index of the log was heard of.
type Heard = Arc<Mutex<HashMap<u64, Instant>>>;

/// An open stream.
pub struct Page {
    heard: Heard,
    reader: tokio::task::JoinHandle<()>,
}

impl Drop for Page {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Page {
    /// Subscribes, and waits for the stream's first event.
    pub async fn open(hub: &Hub) -> anyhow::Result<Self> {
        let mut answer = hub.stream("/live").await?;
        answer.chunk().await?.context("the stream ended at once")?;
        let heard = Heard::default();
        let kept = heard.clone();
        let reader = tokio::spawn(async move {
            let mut text = String::new();
            while let Ok(Some(bytes)) = answer.chunk().await {
                let now = Instant::now();
                text.push_str(&String::from_utf8_lossy(&bytes));
                while let Some(end) = text.find('\n') {
                    let line: String = text.drain(..=end).collect();
                    if let Some(index) = log_index(&line) {
                        kept.lock().unwrap_or_else(PoisonError::into_inner).entry(index).or_insert(now);
                    }
                }
            }
        });
        Ok(Self { heard, reader })
    }

    /// When this entry was heard of.
    pub fn at(&self, index: u64) -> Option<Instant> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).get(&index).copied()
    }
}

fn log_index(line: &str) -> Option<u64> {
    let value: Value = serde_json::from_str(line.strip_prefix("data:")?.trim()).ok()?;
    (value["what"] == "log").then(|| value["index"].as_u64()).flatten()
}

/// A last key press: door and moment.
pub struct Press {
    /// Id of the door.
    pub door: String,
    /// Just before the key was sent.
    pub at: Instant,
}

/// What became of the presses.
pub struct Outcome {
    /// From press to page, of those that got there.
    pub times: Vec<Duration>,
    /// Presses without an entry in the log.
    pub lost: usize,
    /// Entries in the log that the page never heard of.
    pub unheard: usize,
}

/// What of an opening is waited for.
#[derive(Clone, Copy)]
pub enum Until {
    /// The lock took the code: its record from before the motor turned.
    Accepted,
    /// The bolt has moved: the entry in the log.
    Moved,
}

/// Waits until the log has an entry for every press, or for [`LATE`], then matches them door by door, in
/// order of time. `from` is the first index that counts.
pub async fn outcome(
    hub: &Hub,
    page: &Page,
    person: &str,
    from: u64,
    presses: &[Press],
    what: Until,
) -> anyhow::Result<Outcome> {
    let end = Instant::now() + LATE;
    let mut entries = unlockings(hub, person, from, what).await?;
    while entries.len() < presses.len() && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(200)).await;
        entries = unlockings(hub, person, from, what).await?;
    }
    // a last moment for the stream: the log may be read before the page's event has come
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut heard: BTreeMap<&str, Vec<Instant>> = BTreeMap::new();
    let mut unheard = 0;
    for (index, door) in &entries {
        match page.at(*index) {
            Some(at) => heard.entry(door).or_default().push(at),
            None => unheard += 1,
        }
    }
    let mut outcome =
        Outcome { times: Vec::new(), lost: presses.len().saturating_sub(entries.len()), unheard };
    for arrivals in heard.values_mut() {
        arrivals.sort();
    }
    let mut next: BTreeMap<&str, usize> = BTreeMap::new();
    for press in presses {
        let Some(arrivals) = heard.get(press.door.as_str()) else { continue };
        let at = next.entry(&press.door).or_default();
        while arrivals.get(*at).is_some_and(|arrival| *arrival < press.at) {
            *at += 1;
        }
        if let Some(arrival) = arrivals.get(*at) {
            outcome.times.push(arrival.duration_since(press.at));
            *at += 1;
        }
    }
    Ok(outcome)
}

/// Entries that say that this person's code was taken or unlocked a door: index and door, newest first.
async fn unlockings(hub: &Hub, person: &str, from: u64, what: Until) -> anyhow::Result<Vec<(u64, String)>> {
    let kind = match what {
        Until::Accepted => "lock",
        Until::Moved => "entry",
    };
    let mut found = Vec::new();
    let mut below = String::new();
    loop {
        let rows = hub.get(&format!("/log?kind={kind}&person={person}&limit={PAGE}{below}")).await?;
        let rows = rows.as_array().cloned().unwrap_or_default();
        let mut lowest = 0;
        for row in &rows {
            lowest = row["index"].as_u64().unwrap_or_default();
            let record = &row["detail"]["record"]["kind"];
            let wanted = match what {
                Until::Accepted => record.to_string().contains("about to unlock"),
                Until::Moved => record == "unlocked",
            };
            if lowest >= from && wanted {
                found.push((lowest, row["door"].as_str().unwrap_or_default().to_owned()));
            }
        }
        if rows.len() < PAGE || lowest <= from {
            return Ok(found);
        }
        below = format!("&below={lowest}");
    }
}

/// Size of the log now.
pub async fn log_size(hub: &Hub) -> anyhow::Result<u64> {
    hub.get("/log/state").await?["size"].as_u64().context("the log has no size")
}
