//! `doorward networks`: connecting Z-Wave JS, taking locks into its network and letting them go, step by step.

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::client::Client;
use crate::output::{print, table, text};

/// How often the next step is looked for.
const LOOK: Duration = Duration::from_millis(500);
/// How often a new gateway is looked at before that is left to the owner.
const ANSWERS: usize = 30;

/// Radio networks.
#[derive(clap::Args)]
pub struct Networks {
    #[command(subcommand)]
    action: Option<NetworkAction>,
}

/// Where a Z-Wave JS server is.
#[derive(clap::Args)]
struct Server {
    /// Host name or address.
    #[arg(default_value = "127.0.0.1")]
    host: String,
    /// Port.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Path of the WebSocket.
    #[arg(long, default_value = "/")]
    path: String,
    /// Speak TLS, to a proxy in front of it.
    #[arg(long)]
    tls: bool,
    /// Certificate authority to trust, PEM.
    #[arg(long)]
    authority: Option<std::path::PathBuf>,
    /// User at the proxy; the password is read from standard input.
    #[arg(long)]
    user: Option<String>,
    /// The server lets everybody on its network in, and that is meant.
    #[arg(long)]
    allow_open: bool,
}

#[derive(clap::Subcommand)]
enum NetworkAction {
    /// Connect a Z-Wave JS server.
    Connect(Server),
    /// Disconnect Z-Wave JS; its locks stay, out of reach.
    Disconnect,
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
        Some(NetworkAction::Connect(server)) => connect(client, server, as_json).await,
        Some(NetworkAction::Disconnect) => {
            client.delete("/settings/zwave").await?;
            print(as_json, &json!({}), |_| println!("Disconnected; its locks stay, out of reach."));
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

async fn connect(client: &Client, server: Server, as_json: bool) -> anyhow::Result<()> {
    let mut body = json!({
        "host": server.host, "port": server.port, "path": server.path, "tls": server.tls, "user": server.user,
        "allow_open": server.allow_open,
    });
    if let Some(file) = &server.authority {
        let pem = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        body["ca_pem"] = pem.into();
    }
    if server.user.is_some() {
        body["password"] = secret_line("Password at the proxy: ")?.into();
    }
    client.put("/settings/zwave", &body).await?;
    for _ in 0..ANSWERS {
        let links = client.get("/links", &[]).await?;
        let link = links.as_array().into_iter().flatten().find(|link| link["name"] == "zwave_js").cloned();
        if let Some(link) = link.filter(|link| link["up"] == true || !link["why"].is_null()) {
            let words = if link["up"] == true { "It answers.".to_owned() } else { text(&link, "why") };
            print(as_json, &link, |_| println!("{words}"));
            return Ok(());
        }
        pause().await;
    }
    bail!("it is set; nothing is known of it yet: see `doorward networks` and Settings")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a command waits for a person at a lock, by the machine's own time"
)]
async fn pause() {
    tokio::time::sleep(LOOK).await;
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
        pause().await;
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
