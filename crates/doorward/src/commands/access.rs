//! `doorward grant`, `revoke` and `grants`.

use anyhow::bail;
use serde_json::{Map, Value, json};

use super::find;
use super::ready::say_foreseen;
use crate::client::Client;
use crate::machine::ask_secret;
use crate::output::{print, table, text};

/// Give somebody access to a door or a group.
#[derive(clap::Args)]
pub struct Grant {
    /// Name of the person.
    person: String,
    /// Name of the door.
    #[arg(long, required_unless_present = "group", conflicts_with = "group")]
    door: Option<String>,
    /// Name of the door group.
    #[arg(long)]
    group: Option<String>,
    /// Name of the schedule; always without it.
    #[arg(long)]
    schedule: Option<String>,
    /// First moment, in the door's own time: 2026-06-01T08:00.
    #[arg(long)]
    from: Option<String>,
    /// End, in the door's own time: 2026-06-30T18:00.
    #[arg(long)]
    until: Option<String>,
    /// Opens once, then ends.
    #[arg(long)]
    once: bool,
    /// Why; the review asks whether it still holds.
    #[arg(long, default_value = "")]
    reason: String,
    /// Digits of a new, generated code (4 to 10). Without it and --pin the person's newest code is used, or a
    /// new one of six digits is made.
    #[arg(long)]
    digits: Option<u8>,
    /// Ask for the code at the terminal, or read it as one line from standard input. Never on the command line.
    #[arg(long, conflicts_with = "digits")]
    pin: bool,
    /// What a new code is for. duress: opens and raises a silent alarm. emergency: nine digits or more, opens also
    /// in vacation mode and at a low battery; emergency-once: the same, once.
    #[arg(long, value_parser = ["ordinary", "duress", "emergency", "emergency-once"])]
    purpose: Option<String>,
    /// Only say what should be known before, and give nothing.
    #[arg(long)]
    preview: bool,
    /// Say what would change on which lock, and give nothing.
    #[arg(long)]
    dry_run: bool,
}

/// End somebody's access.
#[derive(clap::Args)]
pub struct Revoke {
    /// Name of the person.
    person: String,
    /// Only the access to this door.
    #[arg(long)]
    door: Option<String>,
    /// Only the access to this group.
    #[arg(long)]
    group: Option<String>,
    /// Say what would change on which lock, and end nothing.
    #[arg(long)]
    dry_run: bool,
}

/// List who has access to what.
#[derive(clap::Args)]
pub struct Grants {
    /// Only of this person.
    #[arg(long)]
    person: Option<String>,
    /// Also access that has ended.
    #[arg(long)]
    ended: bool,
}

/// Gives access.
pub async fn grant(client: &Client, grant: Grant, as_json: bool) -> anyhow::Result<()> {
    let people = client.get("/people", &[]).await?;
    let person = find::pick(&people, "person", &grant.person)?;
    let mut body = Map::new();
    body.insert("person".into(), person["id"].clone());
    if let Some(door) = &grant.door {
        body.insert("door".into(), find::id(client, "/doors", "door", door).await?.into());
    }
    if let Some(group) = &grant.group {
        body.insert("group".into(), find::id(client, "/groups", "group", group).await?.into());
    }
    if let Some(schedule) = &grant.schedule {
        body.insert("schedule".into(), find::id(client, "/schedules", "schedule", schedule).await?.into());
    }
    let (key, code) = which_code(&grant, person)?;
    body.insert(key.into(), code);
    let plain = [("from", grant.from), ("until", grant.until)];
    body.extend(plain.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.into()))));
    body.insert("once".into(), grant.once.into());
    body.insert("reason".into(), grant.reason.into());
    let body = Value::Object(body);
    if grant.dry_run {
        if !as_json {
            say_notices(&client.post("/grants/preview", &body).await?);
        }
        let foreseen = client.post("/grants/foresee", &body).await?;
        print(as_json, &foreseen, say_foreseen);
        return Ok(());
    }
    if grant.preview {
        let notices = client.post("/grants/preview", &body).await?;
        print(as_json, &notices, say_notices);
        return Ok(());
    }
    if !as_json {
        // what a person should know comes before it is given
        say_notices(&client.post("/grants/preview", &body).await?);
    }
    let made = client.post("/grants", &body).await?;
    print(as_json, &made, |made| {
        println!(
            "{} has access. `doorward grants --person {}` says where it stands.",
            grant.person, grant.person
        );
        let id = text(made, "id");
        if !id.is_empty() {
            println!("Grant {id}.");
        }
    });
    Ok(())
}

/// The code of a grant as the API takes it: an existing one, or how a new one is made.
fn which_code(grant: &Grant, person: &Value) -> anyhow::Result<(&'static str, Value)> {
    let newest = person["codes"].as_array().into_iter().flatten().max_by_key(|code| text(code, "changed"));
    let purpose = grant.purpose.as_deref().unwrap_or("ordinary").replace('-', "_");
    Ok(match (grant.digits, newest) {
        // a dry run asks for no code: what it is makes no difference to the locks
        _ if grant.pin && grant.dry_run => ("new_code", json!({ "purpose": purpose })),
        _ if grant.pin => {
            let pin = ask_secret("Code")?;
            ("new_code", json!({ "pin": pin.as_str(), "purpose": purpose }))
        }
        (Some(digits), _) => ("new_code", json!({ "digits": digits, "purpose": purpose })),
        _ if grant.purpose.is_some() => ("new_code", json!({ "purpose": purpose })),
        (None, Some(code)) => ("code", code["id"].clone()),
        (None, None) => ("new_code", json!({})),
    })
}

fn say_notices(notices: &Value) {
    for notice in notices.as_array().into_iter().flatten() {
        println!("Note: {}", text(notice, "text"));
    }
}

/// Ends access.
pub async fn revoke(client: &Client, revoke: Revoke, as_json: bool) -> anyhow::Result<()> {
    let person = find::id(client, "/people", "person", &revoke.person).await?;
    let mut grants = client.get("/grants", &[("person", person)]).await?;
    if let Some(door) = &revoke.door {
        let door = find::id(client, "/doors", "door", door).await?;
        keep(&mut grants, "door", &door);
    }
    if let Some(group) = &revoke.group {
        let group = find::id(client, "/groups", "group", group).await?;
        keep(&mut grants, "group", &group);
    }
    let ids: Vec<String> = grants.as_array().into_iter().flatten().map(|grant| text(grant, "id")).collect();
    if ids.is_empty() {
        bail!("{} has no such access", revoke.person);
    }
    if revoke.dry_run {
        let mut rows = Vec::new();
        for id in &ids {
            let foreseen = client.get(&format!("/grants/{id}/ending"), &[]).await?;
            rows.extend(foreseen.as_array().cloned().unwrap_or_default());
        }
        print(as_json, &Value::Array(rows), say_foreseen);
        return Ok(());
    }
    for id in &ids {
        client.delete(&format!("/grants/{id}")).await?;
    }
    print(as_json, &json!({ "revoked": ids }), |_| {
        println!(
            "{} grants of {} ended. Locks out of reach follow when they are back.",
            ids.len(),
            revoke.person
        );
    });
    Ok(())
}

fn keep(grants: &mut Value, key: &str, id: &str) {
    if let Some(rows) = grants.as_array_mut() {
        rows.retain(|grant| text(grant, key) == id);
    }
}

/// Lists grants.
pub async fn grants(client: &Client, grants: Grants, as_json: bool) -> anyhow::Result<()> {
    let mut query = vec![("ended", grants.ended.to_string())];
    if let Some(person) = &grants.person {
        query.push(("person", find::id(client, "/people", "person", person).await?));
    }
    let rows = client.get("/grants", &query).await?;
    print(as_json, &rows, |rows| {
        let mut lines = Vec::new();
        for grant in rows.as_array().into_iter().flatten() {
            let locks = grant["locks"].as_array().map(Vec::as_slice).unwrap_or_default();
            let head = [text(grant, "person_name"), text(grant, "when")];
            if locks.is_empty() {
                lines.push([head.to_vec(), vec!["no lock".into(), String::new()]].concat());
            }
            for lock in locks {
                lines.push([head.to_vec(), vec![text(lock, "lock_name"), text(lock, "words")]].concat());
            }
        }
        table(&["Who", "When", "Lock", "Standing"], &lines);
    });
    Ok(())
}
