//! `doorward lock DOOR` and `doorward unlock DOOR`.

use anyhow::bail;
use serde_json::json;

use super::find;
use crate::client::Client;
use crate::output::{print, text};

/// Throw or draw the bolt of a door.
#[derive(clap::Args)]
pub struct Bolt {
    /// Name of the door.
    door: String,
    /// Name of the lock, for a door with more than one.
    #[arg(long)]
    lock: Option<String>,
}

/// Asks the hub to do it. A lock out of reach is an error now; nothing is kept for later.
pub async fn operate(client: &Client, bolt: Bolt, operation: &str, as_json: bool) -> anyhow::Result<()> {
    let doors = client.get("/doors", &[]).await?;
    let door = find::pick(&doors, "door", &bolt.door)?;
    let mut locks = client.get("/locks", &[]).await?;
    if let Some(rows) = locks.as_array_mut() {
        rows.retain(|lock| lock["door"] == door["id"]);
    }
    let rows = locks.as_array().map(Vec::as_slice).unwrap_or_default();
    let lock = match (&bolt.lock, rows) {
        (Some(name), _) => find::pick(&locks, "lock", name)?,
        (None, [one]) => one,
        (None, []) => bail!("{} has no lock that Doorward knows", bolt.door),
        (None, _) => bail!("{} has more than one lock: say which with --lock", bolt.door),
    };
    let path = format!("/locks/{}/operate", text(lock, "id"));
    let answer = client.post(&path, &json!({ "operation": operation })).await?;
    print(as_json, &answer, |_| {
        println!(
            "{} was asked to {operation}. Whether the bolt moved says its sensor: `doorward doors`.",
            text(lock, "name")
        );
    });
    Ok(())
}
