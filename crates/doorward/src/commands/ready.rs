//! `doorward ready`: who comes in the next days and whether the locks are ready, and what a change would do.

use serde_json::Value;

use crate::client::Client;
use crate::output::{print, table, text};

/// Say who comes in the next days and whether the locks are ready for them.
#[derive(clap::Args)]
pub struct Ready {
    /// Days ahead, 1 to 90.
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u8).range(1..=90))]
    days: u8,
}

/// Lists arrivals. Ends with 0 also where one is at risk: that is a finding, not a failure.
pub async fn ready(client: &Client, ready: Ready, as_json: bool) -> anyhow::Result<()> {
    let found = client.get("/arrivals", &[("days", ready.days.to_string())]).await?;
    print(as_json, &found, |found| {
        let rows = found.as_array().map(Vec::as_slice).unwrap_or_default();
        if rows.is_empty() {
            println!("Nobody new comes in {} days, and nobody waits.", ready.days);
            return;
        }
        let line = |row: &Value| {
            let place = format!("{}, {}", text(row, "door_name"), text(row, "lock_name"));
            vec![text(row, "at"), text(row, "person_name"), place, text(row, "words")]
        };
        table(&["From", "Who", "Lock", "Ready"], &rows.iter().map(line).collect::<Vec<_>>());
        let risks = rows.iter().filter(|row| row["ready"] == "at_risk").count();
        if risks > 0 {
            println!("\nAt risk: {risks}.");
        }
    });
    Ok(())
}

/// Says what a change would do to each lock.
pub(super) fn say_foreseen(rows: &Value) {
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    if rows.is_empty() {
        println!("No lock is concerned.");
        return;
    }
    let line = |row: &Value| vec![text(row, "place"), text(row, "person"), text(row, "words")];
    table(&["Lock", "Who", "Would happen"], &rows.iter().map(line).collect::<Vec<_>>());
}
