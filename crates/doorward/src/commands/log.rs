//! `doorward log` and `doorward log verify`.

use anyhow::bail;
use serde_json::json;

use super::find;
use crate::client::Client;
use crate::output::{print, table, text};

/// Show the log, newest first, or verify it whole.
#[derive(clap::Args)]
pub struct Log {
    #[command(subcommand)]
    action: Option<LogAction>,
    /// Only of this door.
    #[arg(long)]
    door: Option<String>,
    /// Only of this person.
    #[arg(long)]
    person: Option<String>,
    /// Only of these kinds, with commas: entry, refused, access, sync, alert, ...
    #[arg(long)]
    kind: Option<String>,
    /// Happened at or after, for example 2026-11-22T00:00:00Z.
    #[arg(long)]
    since: Option<String>,
    /// Happened before.
    #[arg(long)]
    before: Option<String>,
    /// Index below: the next page.
    #[arg(long)]
    below: Option<u64>,
    /// At most so many, 1 to 500.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// How the lock decided: what it recognised, hours, mode, lock-out, result.
    #[arg(long)]
    why: bool,
}

#[derive(clap::Subcommand)]
enum LogAction {
    /// Check every entry against the tree and the signed checkpoint; exit code 1 if it does not hold.
    ///
    /// Example: doorward log verify --json
    Verify,
}

/// Runs it.
pub async fn log(client: &Client, log: Log, as_json: bool) -> anyhow::Result<()> {
    if log.action.is_some() {
        return verify(client, as_json).await;
    }
    let mut query = vec![("limit", log.limit.to_string())];
    if let Some(door) = &log.door {
        query.push(("door", find::id(client, "/doors", "door", door).await?));
    }
    if let Some(person) = &log.person {
        query.push(("person", find::id(client, "/people", "person", person).await?));
    }
    let plain = [("kind", log.kind), ("since", log.since), ("before", log.before)];
    query.extend(plain.into_iter().filter_map(|(key, value)| Some((key, value?))));
    query.extend(log.below.map(|below| ("below", below.to_string())));
    let rows = client.get("/log", &query).await?;
    print(as_json, &rows, |rows| {
        let line = |row: &serde_json::Value| {
            let mut cells =
                vec![text(row, "index"), text(row, "happened"), text(row, "kind"), text(row, "summary")];
            cells.extend(log.why.then(|| text(row, "why")));
            cells
        };
        let decided = |row: &&serde_json::Value| !log.why || row["why"].is_string();
        let lines: Vec<_> = rows.as_array().into_iter().flatten().filter(decided).map(line).collect();
        let headings = ["No.", "When (UTC)", "Kind", "What", "How the lock decided"];
        table(&headings[..if log.why { 5 } else { 4 }], &lines);
    });
    Ok(())
}

async fn verify(client: &Client, as_json: bool) -> anyhow::Result<()> {
    let verdict = client.post("/log/verify", &json!({})).await?;
    let whole = verdict["whole"] == true;
    print(as_json, &verdict, |verdict| {
        if whole {
            println!(
                "The log is whole: {} entries checked, root {}.",
                text(verdict, "checked"),
                text(verdict, "root")
            );
        }
    });
    if !whole {
        bail!("the log does not hold at entry {}: {}", text(&verdict, "broken_at"), text(&verdict, "what"));
    }
    Ok(())
}
