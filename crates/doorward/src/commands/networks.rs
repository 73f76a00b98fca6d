//! `doorward networks`: taking locks into a radio network and letting them go, step by step.

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::client::Client;
use crate::output::{print, table, text};

/// How often the next step is looked for.
const LOOK: Duration = Duration::from_millis(500);

/// Radio networks.
#[derive(clap::Args)]
pub struct Networks {
    #[command(subcommand)]
    action: Option<NetworkAction>,
}

#[derive(clap::Subcommand)]
enum NetworkAction {
    /// Take a lock in: waits for it, asks for the PIN on its label, and says with which security it joined.
    Include {
        /// Name of the network, for example zwave_js; the only one without it.
        network: Option<String>,
        /// Read the text of the lock's QR code from standard input; then no PIN is asked for.
        #[arg(long)]
        qr: bool,
        /// The lock only knows the old security (S0), and you insist.
        #[arg(long)]
        old_security: bool,
    },
    /// Hand over the PIN of the lock that wants in; it is read from standard input.
    Pin {
        /// Name of the network; the only one without it.
        network: Option<String>,
    },
    /// Let a lock go: waits for it.
    Exclude {
        /// Name of the network; the only one without it.
        network: Option<String>,
    },
    /// Stop waiting.
    Stop {
        /// Name of the network; the only one without it.
        network: Option<String>,
    },
}

/// Runs one.
pub async fn networks(client: &Client, networks: Networks, as_json: bool) -> anyhow::Result<()> {
    match networks.action {
        None => {
            let list = client.get("/networks", &[]).await?;
            print(as_json, &list, |list| {
                let line = |row: &Value| vec![text(row, "name"), words(&row["state"])];
                let rows = list.as_array().into_iter().flatten().map(line).collect::<Vec<_>>();
                table(&["Network", "Where it stands"], &rows);
            });
            Ok(())
        }
        Some(NetworkAction::Include { network, qr, old_security }) => {
            let name = name(client, network).await?;
            let mut body = json!({ "old_security": old_security });
            if qr {
                body["qr"] = secret_line("Text of the QR code: ")?.into();
            }
            client.post(&format!("/networks/{name}/include"), &body).await?;
            follow(client, &name, as_json).await
        }
        Some(NetworkAction::Pin { network }) => {
            let name = name(client, network).await?;
            hand_over(client, &name).await?;
            follow(client, &name, as_json).await
        }
        Some(NetworkAction::Exclude { network }) => {
            let name = name(client, network).await?;
            client.post(&format!("/networks/{name}/exclude"), &json!({})).await?;
            follow(client, &name, as_json).await
        }
        Some(NetworkAction::Stop { network }) => {
            let name = name(client, network).await?;
            client.post(&format!("/networks/{name}/stop"), &json!({})).await?;
            print(as_json, &json!({}), |_| println!("Stopped."));
            Ok(())
        }
    }
}

async fn name(client: &Client, wanted: Option<String>) -> anyhow::Result<String> {
    let list = client.get("/networks", &[]).await?;
    let names: Vec<String> = list.as_array().into_iter().flatten().map(|row| text(row, "name")).collect();
    match (wanted, names.as_slice()) {
        (Some(wanted), names) if names.contains(&wanted) => Ok(wanted),
        (Some(wanted), names) => bail!("no network is called {wanted}; there are: {}", names.join(", ")),
        (None, [only]) => Ok(only.clone()),
        (None, []) => bail!("no radio network is connected that takes locks in: see Settings, Z-Wave JS"),
        (None, names) => bail!("there are several networks: {}", names.join(", ")),
    }
}

async fn hand_over(client: &Client, name: &str) -> anyhow::Result<()> {
    let pin = secret_line("PIN (five digits from the label): ")?;
    client.post(&format!("/networks/{name}/pin"), &json!({ "pin": pin })).await?;
    Ok(())
}

/// Reads a secret: from the terminal without showing it, otherwise a line of standard input.
fn secret_line(prompt: &str) -> anyhow::Result<String> {
    use std::io::IsTerminal;
    let line = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(prompt).context("nothing could be read")?
    } else {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).context("nothing could be read")?;
        line
    };
    Ok(line.trim().to_owned())
}

/// Says each step until it is over.
async fn follow(client: &Client, name: &str, as_json: bool) -> anyhow::Result<()> {
    let mut said = String::new();
    loop {
        let list = client.get("/networks", &[]).await?;
        let row = list.as_array().into_iter().flatten().find(|row| text(row, "name") == name);
        let Some(state) = row.map(|row| row["state"].clone()) else { bail!("the network {name} is gone") };
        let now = words(&state);
        if now != said {
            eprintln!("{now}");
            said = now;
        }
        match state["step"].as_str().unwrap_or_default() {
            "pin_wanted" => hand_over(client, name).await?,
            "waiting" | "joining" | "leaving" => {}
            "joined" if state["key"].is_null() => {}
            "failed" => bail!("{}", text(&state, "why")),
            _ => {
                print(as_json, &state, |state| {
                    if let Some(key) = state["key"].as_str() {
                        println!("Add it with: doorward locks add {key} --door NAME");
                    }
                });
                return Ok(());
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn words(state: &Value) -> String {
    match state["step"].as_str().unwrap_or_default() {
        "idle" => "Nothing is going on.".to_owned(),
        "waiting" => "Waiting for the lock: start joining at the lock now.".to_owned(),
        "pin_wanted" => format!("A device wants in; its key is ?????-{}", text(state, "rest")),
        "joining" => "Joining: keys are exchanged, then it is asked what it can do.".to_owned(),
        "joined" => {
            let weak = if state["weak"] == true { ": not fit for a lock" } else { "" };
            format!("{} joined with security {}{weak}.", text(state, "name"), text(state, "security"))
        }
        "leaving" => "Waiting for a lock to leave: start leaving (exclusion) at the lock now.".to_owned(),
        "left" => format!("{} left.", text(state, "name")),
        _ => text(state, "why"),
    }
}
