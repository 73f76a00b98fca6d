//! Asking something else of a lock: its mode, to forget wrong codes, to confirm its clock, rehearsals.

use serde_json::{Value, json};

use super::find;
use crate::client::Client;
use crate::output::{print, text};

/// Sends an order to a lock.
pub async fn order(
    client: &Client,
    lock: &str,
    order: &Value,
    done: &str,
    as_json: bool,
) -> anyhow::Result<()> {
    let id = find::id(client, "/locks", "lock", lock).await?;
    let answer = client.post(&format!("/locks/{id}/order"), order).await?;
    print(as_json, &answer, |_| println!("{done}"));
    Ok(())
}

/// Puts a lock into a mode and says what that means.
pub async fn mode(client: &Client, lock: &str, mode: &str, as_json: bool) -> anyhow::Result<()> {
    let word = mode.replace('-', "_");
    let meaning = hub::ports::Mode::from_code(&word).map_or("", hub::ports::Mode::meaning);
    let done = format!("{lock} is in {} mode now. {meaning}", mode.replace('-', " "));
    order(client, lock, &json!({ "order": "mode", "mode": word }), &done, as_json).await
}

/// Shows a lock.
pub async fn show(client: &Client, lock: &str, as_json: bool) -> anyhow::Result<()> {
    let id = find::id(client, "/locks", "lock", lock).await?;
    let shown = client.get(&format!("/locks/{id}"), &[]).await?;
    print(as_json, &shown, |lock| {
        let live = &lock["live"];
        println!("{} ({})", text(lock, "name"), text(lock, "link"));
        if let Some(percent) = live["battery_percent"][0].as_u64() {
            println!("Battery: {percent} %{}", outlook(&lock["outlook"]));
        }
        if let Some(mode) = live["mode"].as_str() {
            println!("Mode: {}", mode.replace('_', " "));
        }
        match (live["clock_known"].as_bool(), live["clock_unconfirmed"].as_bool()) {
            (_, Some(true)) => {
                println!("Clock: jumped, codes with hours wait: `doorward locks confirm-clock`")
            }
            (Some(true), _) => println!("Clock: set"),
            (Some(false), _) => println!("Clock: not set, codes with hours are refused"),
            (None, _) => {}
        }
        if let Some(used) = live["budget"]["used"].as_u64() {
            let of = live["budget"]["limit"].as_u64().map(|limit| format!(" of {limit}")).unwrap_or_default();
            let spent = live["budget"]["spent"] == true;
            let more = if spent { ": spent, ordinary codes do not open for now" } else { "" };
            println!("Wrong codes counted: {used}{of}{more}");
        }
        match lock["told"]["backup_tested"].as_str() {
            Some(at) => println!("Spare key or emergency code last tried: {at}"),
            None => println!("Spare key or emergency code: never tried, as far as is known"),
        }
        lock["rehearsing"].as_object().into_iter().for_each(|_| report(&lock["rehearsing"]));
        lock["rehearsals"].as_array().into_iter().flatten().for_each(report);
    });
    Ok(())
}

/// `, until about 2027-03-12 (between 2027-02-20 and 2027-04-08; an estimate)`.
fn outlook(found: &Value) -> String {
    let day = |key: &str| found[key].as_str().and_then(|at| at.get(..10)).map(str::to_owned);
    match (day("day"), day("early"), day("late")) {
        (Some(day), Some(early), Some(late)) => {
            format!(", until about {day} (between {early} and {late}; an estimate)")
        }
        _ => String::new(),
    }
}

fn report(rehearsal: &Value) {
    let what = text(rehearsal, "kind").replace('_', " ");
    let end = match (rehearsal["ended"].is_string(), rehearsal["good"] == true) {
        (false, _) => "runs",
        (true, true) => "nothing went wrong",
        (true, false) => "something went wrong",
    };
    println!("Rehearsal of a {what}, {}: {end}", text(rehearsal, "began"));
    for check in rehearsal["checks"].as_array().into_iter().flatten() {
        let mark = match check["outcome"].as_str() {
            Some("passed") => "+",
            Some("failed") => "!",
            _ => " ",
        };
        println!("  {mark} {}", text(check, "text"));
    }
}

/// Begins a rehearsal, or without `what` ends the one that runs and shows its report.
pub async fn rehearse(
    client: &Client,
    lock: &str,
    what: Option<&str>,
    minutes: u8,
    as_json: bool,
) -> anyhow::Result<()> {
    let id = find::id(client, "/locks", "lock", lock).await?;
    let path = format!("/locks/{id}/rehearsal");
    let Some(what) = what else {
        client.delete(&path).await?;
        let shown = client.get(&format!("/locks/{id}"), &[]).await?;
        print(as_json, &shown["rehearsals"][0], report);
        return Ok(());
    };
    let kind = what.replace('-', "_");
    client.post(&path, &json!({ "kind": kind, "minutes": minutes })).await?;
    print(as_json, &json!({ "rehearsing": kind, "lock": id }), |_| {
        println!(
            "The rehearsal runs. {}",
            match what {
                "dead-battery" => "Try a code, the key, and the emergency code; it ends by itself.",
                _ => "Take the cells out, try the key, put them back, try a code.",
            }
        );
        println!("`doorward locks rehearse \"{lock}\" --end` ends it and shows the report.");
    });
    Ok(())
}
