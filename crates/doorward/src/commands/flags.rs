//! `doorward flags`: the red flags that are up, with their evidence.

use serde_json::Value;

use super::find;
use crate::client::Client;
use crate::output::{print, table, text};

/// List red flags.
#[derive(clap::Args)]
pub struct Flags {
    /// Only of this door.
    #[arg(long)]
    door: Option<String>,
}

/// Lists them. Ends with 0 also where flags are up: they are findings, not a failure.
pub async fn flags(client: &Client, flags: Flags, as_json: bool) -> anyhow::Result<()> {
    let mut found = client.get("/flags", &[]).await?;
    if let Some(door) = &flags.door {
        let id = find::id(client, "/doors", "door", door).await?;
        if let Value::Array(rows) = &mut found {
            rows.retain(|row| row["door"] == id.as_str());
        }
    }
    print(as_json, &found, |found| {
        let rows = found.as_array().map(Vec::as_slice).unwrap_or_default();
        if rows.is_empty() {
            println!("No red flag is up.");
            return;
        }
        let line = |row: &Value| {
            vec![text(row, "door_name"), text(row, "what"), text(row, "evidence"), text(row, "since")]
        };
        table(&["door", "red flag", "evidence", "since"], &rows.iter().map(line).collect::<Vec<_>>());
        let mut doors: Vec<String> = rows
            .iter()
            .filter(|row| row["maintenance_pass"] == true)
            .map(|row| text(row, "door_name"))
            .collect();
        doors.dedup();
        if !doors.is_empty() {
            println!("\nTwo or more, so a maintenance pass this month: {}.", doors.join(", "));
        }
    });
    Ok(())
}
