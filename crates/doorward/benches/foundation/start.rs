//! What the hub costs before anybody does anything: start to first page, memory at rest, size of the binary.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use reqwest::{Client, header};

use crate::hub::{self, Hub};
use crate::row::{Row, Times};

/// How long nothing happens before memory is read.
const QUIET: Duration = Duration::from_secs(5);
/// Issue targets: milliseconds, MiB, MB.
const START_MS: f64 = 200.0;
const MEMORY_MIB: f64 = 40.0;
const SIZE_MB: f64 = 25.0;

/// Binary size, memory with one virtual lock, then starts on the folder of that house.
pub async fn measure(binary: &Path, folder: &Path, starts: usize, rows: &mut Vec<Row>) -> anyhow::Result<()> {
    let bytes = std::fs::metadata(binary).with_context(|| binary.display().to_string())?.len();
    rows.push(Row::at_most("size of the release binary", bytes as f64 / 1e6, "MB", SIZE_MB));
    let data = folder.join("house");
    let house = Hub::with_owner(binary, &data).await?;
    house.virtual_lock("Front").await?;
    tokio::time::sleep(QUIET).await;
    let hub_memory = hub::resident(house.id())?;
    let note = format!("resident, {} s after the last request, one virtual lock", QUIET.as_secs());
    rows.push(Row::at_most("idle memory of the hub", hub_memory, "MiB", MEMORY_MIB).note(note));
    let locks = hub::children(house.id())?;
    ensure!(locks.len() == 1, "one virtual lock is {} processes", locks.len());
    let lock_memory = hub::resident(locks[0])?;
    let note = "a process of its own; not part of the hub's figure";
    rows.push(Row::told("idle memory of one virtual lock", lock_memory, "MiB").note(note));
    house.stop().await?;

    let mut times = Vec::with_capacity(starts);
    let http = hub::client()?;
    for _ in 0..starts {
        let start = Instant::now();
        let hub = Hub::start(binary, &data).await?;
        first_page(&http, hub.url()).await?;
        times.push(start.elapsed());
        hub.stop().await?;
    }
    let times = Times::new(times);
    let note =
        format!("process start until the first page is read whole; median of {starts}, one virtual lock");
    rows.push(Row::at_most("start to first page", times.percentile(50), "ms", START_MS).note(note));
    Ok(())
}

/// Asks for `/` and goes where it leads, as a browser does.
async fn first_page(http: &Client, url: &str) -> anyhow::Result<()> {
    let mut answer = http.get(format!("{url}/")).send().await?;
    if answer.status().is_redirection() {
        let to = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let to = to.context("a redirect to nowhere")?.to_owned();
        answer = http.get(format!("{url}{to}")).send().await?;
    }
    ensure!(answer.status().is_success(), "the first page answered {}", answer.status());
    let page = answer.text().await?;
    ensure!(page.contains("</html>"), "the first page is not whole");
    Ok(())
}
