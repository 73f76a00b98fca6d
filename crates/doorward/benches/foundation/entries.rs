//! From the last key press at a virtual lock to the accepted event at a subscribed page: one lock, and a
//! hundred at one operation a second each; and one person revoked on all of them. Every lock is a process of
//! its own, its motor and its radio take no time.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use crate::disk::Floor;
use crate::hub::{Hub, all_stand};
use crate::live::{self, Page, Press, Until};
use crate::row::{Row, Times, millis};

/// Code of the person; lives as long as the measurement.
const CODE: &str = "739164";
/// Durable writes on the way that cannot be one: each must be on disk before the next thing may happen.
const WRITES: f64 = 3.0;
/// Pause between two entries at the one lock.
const PACE: Duration = Duration::from_millis(50);
/// Locks that are made at once.
const MADE_AT_ONCE: usize = 4;
/// Longest wait for a revocation.
const REVOKED: Duration = Duration::from_secs(60);

fn enter() -> Value {
    json!({ "do": "press", "key": "enter" })
}

/// One lock.
pub async fn one_lock(
    binary: &Path,
    folder: &Path,
    entries: usize,
    floor: Floor,
    rows: &mut Vec<Row>,
) -> anyhow::Result<()> {
    let hub = Hub::with_owner(binary, &folder.join("one")).await?;
    let (door, lock) = hub.virtual_lock("Front").await?;
    let (person, _) = hub.give("Ana", ("door", &door), CODE).await?;
    let page = Page::open(&hub).await?;
    let from = live::log_size(&hub).await?;
    let mut presses = Vec::with_capacity(entries);
    for _ in 0..entries {
        hub.digits(&lock, CODE).await?;
        presses.push(Press { door: door.clone(), at: Instant::now() });
        hub.hand(&lock, &enter()).await?;
        tokio::time::sleep(PACE).await;
    }
    let outcome = live::outcome(&hub, &page, &person, from, &presses, Until::Accepted).await?;
    let moved = live::outcome(&hub, &page, &person, from, &presses, Until::Moved).await?;
    hub.stop().await?;
    let times = Times::new(outcome.times);
    let note = format!(
        "{} of {entries} entries; floor: {WRITES} durable writes that must follow each other (the attempt before \
         the comparison, the record before the motor, the entry in the hub); target: 2 ms (p50), 10 ms (p99) above it",
        times.len()
    );
    for (percent, one, above) in [(50, floor.p50, 2.0), (99, floor.p99, 10.0)] {
        let name = format!("last key press to the accepted event at a page, one lock, p{percent}");
        // the slowest percent of one write is rare enough not to be met three times in a row
        let floor = if percent == 50 { WRITES * one } else { one };
        let row = Row::at_most(&name, times.percentile(percent), "ms", floor + above);
        rows.push(row.beside(floor).note(note.clone()));
    }
    let times = Times::new(moved.times);
    for percent in [50, 99] {
        let name = format!("the same until the bolt has moved, p{percent}");
        let note = "two more durable writes at the lock, and a second transaction in the hub";
        rows.push(Row::told(&name, times.percentile(percent), "ms").note(note));
    }
    let lost = (outcome.lost + outcome.unheard + moved.lost + moved.unheard) as f64;
    rows.push(Row::at_most("entries lost, one lock", lost, "entries", 0.0));
    Ok(())
}

/// A house with many locks.
pub async fn many_locks(
    binary: &Path,
    folder: &Path,
    locks: usize,
    seconds: usize,
    floor: Floor,
    rows: &mut Vec<Row>,
) -> anyhow::Result<()> {
    let hub = Hub::with_owner(binary, &folder.join("many")).await?;
    let made = stream::iter(0..locks).map(|number| {
        let hub = &hub;
        async move { hub.virtual_lock(&format!("Flat {number}")).await }
    });
    let pairs: Vec<(String, String)> = made.buffer_unordered(MADE_AT_ONCE).try_collect().await?;
    let doors: Vec<&String> = pairs.iter().map(|(door, _)| door).collect();
    let group = hub.make("/groups", &json!({ "name": "Flats", "doors": doors })).await?;
    let (person, grant) = hub.give("Carla", ("group", &group), CODE).await?;

    let page = Page::open(&hub).await?;
    let from = live::log_size(&hub).await?;
    let begin = tokio::time::Instant::now() + Duration::from_millis(200);
    let typed = pairs.iter().enumerate().map(|(at, (door, lock))| {
        // spread over the second
        let first = begin + Duration::from_secs(1) * u32::try_from(at).unwrap_or(0) / locks as u32;
        typing(&hub, door, lock, first, seconds)
    });
    let typed: Vec<Vec<Press>> = futures::future::try_join_all(typed).await?;
    let mut presses: Vec<Press> = typed.into_iter().flatten().collect();
    presses.sort_by_key(|press| press.at);
    let outcome = live::outcome(&hub, &page, &person, from, &presses, Until::Accepted).await?;
    let times = Times::new(outcome.times);
    let what = format!("{locks} locks, one operation a second each for {seconds} s");
    let note = format!("{} of {} entries; every lock a process of its own", times.len(), presses.len());
    let row = Row::at_most(
        &format!("last key press to the accepted event at a page, {what}, p99"),
        times.percentile(99),
        "ms",
        50.0,
    );
    rows.push(row.beside(floor.p99).note(note.clone()));
    let row = Row::told(
        &format!("last key press to the accepted event at a page, {what}, p50"),
        times.percentile(50),
        "ms",
    );
    rows.push(row.beside(floor.p50).note(note));
    let lost = (outcome.lost + outcome.unheard) as f64;
    let note = format!("{} missing in the log, {} not heard of at the page", outcome.lost, outcome.unheard);
    rows.push(Row::at_most(&format!("entries lost, {what}"), lost, "entries", 0.0).note(note));

    drop(page);
    let taken = revoked(&hub, &grant).await?;
    let name = format!("one person revoked on {locks} locks in reach, proven empty on all");
    rows.push(Row::at_most(&name, millis(taken), "ms", 2000.0).beside(floor.p50));
    hub.stop().await
}

/// Types the code at one lock once a second.
async fn typing(
    hub: &Hub,
    door: &str,
    lock: &str,
    first: tokio::time::Instant,
    seconds: usize,
) -> anyhow::Result<Vec<Press>> {
    let mut tick = tokio::time::interval_at(first, Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut presses = Vec::with_capacity(seconds);
    for _ in 0..seconds {
        tick.tick().await;
        hub.digits(lock, CODE).await?;
        presses.push(Press { door: door.to_owned(), at: Instant::now() });
        hub.hand(lock, &enter()).await.context("the last key")?;
    }
    Ok(presses)
}

/// Ends a grant and waits until every lock of it has been read and found empty.
async fn revoked(hub: &Hub, grant: &str) -> anyhow::Result<Duration> {
    let path = format!("/grants/{grant}");
    let start = Instant::now();
    hub.delete(&path).await?;
    hub.until(&path, Duration::from_millis(20), REVOKED, |grant| all_stand(grant, "ended")).await?;
    Ok(start.elapsed())
}
