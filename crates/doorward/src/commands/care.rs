//! `doorward tasks`, `review`, `keys`, `calendar`, `privacy`, `doctor` and `ask`: living with the locks, from the shell.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use care::ask::About;
use clap::Subcommand;
use door::figures::Figures;
use door::survey::Survey;
use door::{Options, audit};
use serde_json::{Value, json};

use super::find;
use crate::client::Client;
use crate::output::{print, table, text};

/// List what is to be done, or tick something off.
#[derive(clap::Args)]
pub struct Tasks {
    /// Tick off this task.
    #[arg(long, value_name = "ID")]
    done: Option<String>,
    /// What was found.
    #[arg(long, requires = "done")]
    note: Option<String>,
    /// Only of this door.
    #[arg(long, conflicts_with = "done")]
    door: Option<String>,
}

/// The secret address of the care calendar.
#[derive(clap::Args)]
pub struct CalendarArgs {
    /// `open` makes a new address and ends the old one, `close` ends it.
    #[arg(value_parser = ["open", "close"])]
    wish: String,
}

/// Who still has access.
#[derive(clap::Args)]
pub struct Review {
    /// Keep this access.
    #[arg(long, value_name = "ID")]
    keep: Option<String>,
    /// End this access.
    #[arg(long, value_name = "ID", conflicts_with = "keep")]
    end: Option<String>,
    /// The review is done: what was not ended stays.
    #[arg(long, conflicts_with_all = ["keep", "end"])]
    done: bool,
    /// Months from one review to the next, 1 to 24.
    #[arg(long, value_name = "MONTHS", conflicts_with_all = ["keep", "end", "done"])]
    every: Option<u8>,
}

/// The register of keys.
#[derive(clap::Args)]
pub struct Keys {
    #[command(subcommand)]
    what: Option<KeysCommand>,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Enter a key that somebody has, or that lies somewhere.
    Add {
        /// What it is: `spare key`, `copy 3`.
        what: String,
        /// The door that it opens.
        #[arg(long)]
        door: String,
        /// Somebody in the list of people.
        #[arg(long, required_unless_present_any = ["holder", "place"])]
        person: Option<String>,
        /// Somebody else.
        #[arg(long, conflicts_with = "person")]
        holder: Option<String>,
        /// Where it lies; sealed.
        #[arg(long, conflicts_with_all = ["person", "holder"])]
        place: Option<String>,
        /// To be back by this day, for example 2026-12-31.
        #[arg(long)]
        back_by: Option<String>,
    },
    /// Mark a key as back.
    Back {
        /// Its id.
        id: String,
    },
    /// Mark a key as lost.
    Lost {
        /// Its id.
        id: String,
    },
    /// Show where a key lies; the log says who looked.
    Place {
        /// Its id.
        id: String,
    },
    /// Note that the spare key or emergency code of a lock was tried.
    Tried {
        /// The lock.
        lock: String,
        /// It does not work.
        #[arg(long)]
        failed: bool,
        /// A note.
        #[arg(long, default_value = "")]
        note: String,
    },
}

/// Where each log is kept, and how account and network stand.
#[derive(clap::Args)]
pub struct Privacy {
    /// Do you need to look from afar?
    #[arg(long, value_name = "yes|no", value_parser = ["yes", "no"])]
    from_afar: Option<String>,
    /// Are the locks on a network of their own?
    #[arg(long, value_name = "yes|no", value_parser = ["yes", "no"])]
    own_network: Option<String>,
    /// Are you at ease with what the maker does with your data?
    #[arg(long, value_name = "yes|no", value_parser = ["yes", "no"])]
    at_ease: Option<String>,
    /// Look before it is opened under this name or address.
    #[arg(long, value_name = "NAME", default_value = "")]
    reach: String,
}

/// What may be wrong at a door.
#[derive(clap::Args)]
pub struct Doctor {
    /// The door.
    door: String,
    /// What you see: offline, battery, jams, refuses, code, stranger, autolock, clock, app.
    symptom: Option<String>,
    /// One of several locks.
    #[arg(long)]
    lock: Option<String>,
    /// A number of the log: an entry that nobody recognises.
    #[arg(long)]
    entry: Option<u64>,
}

/// Ask about a door.
#[derive(clap::Args)]
pub struct Ask {
    /// The question, in your own words.
    question: String,
    /// A door of the hub, or a file with a survey (TOML) for a door that is not in the hub.
    #[arg(long, value_name = "NAME|FILE.toml")]
    door: Option<String>,
}

fn rows<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn lines(value: &Value, key: &str, before: &str) {
    for line in rows(value, key) {
        println!("{before}{}", line.as_str().unwrap_or_default());
    }
}

/// Lists tasks, or ticks one off.
pub async fn tasks(client: &Client, tasks: Tasks, as_json: bool) -> anyhow::Result<()> {
    if let Some(id) = &tasks.done {
        let note = tasks.note.unwrap_or_default();
        client.post(&format!("/tasks/{id}/done"), &json!({ "note": note })).await?;
        print(as_json, &json!({ "done": id }), |_| println!("Done; it stands in the log."));
        return Ok(());
    }
    let mut found = client.get("/tasks", &[]).await?;
    if let Some(door) = &tasks.door {
        let id = find::id(client, "/doors", "door", door).await?;
        if let Value::Array(rows) = &mut found {
            rows.retain(|row| row["door"] == id.as_str());
        }
    }
    print(as_json, &found, |found| {
        let rows = found.as_array().map(Vec::as_slice).unwrap_or_default();
        if rows.is_empty() {
            println!("Nothing to do.");
            return;
        }
        let line = |row: &Value| {
            let late = if row["overdue"] == true { " (overdue)" } else { "" };
            let due = format!("{}{late}", text(row, "due"));
            vec![due, text(row, "title"), format!("{} min", row["minutes"]), text(row, "id")]
        };
        table(&["by", "what", "takes", "id"], &rows.iter().map(line).collect::<Vec<_>>());
    });
    Ok(())
}

/// Opens or closes the calendar's address.
pub async fn calendar(client: &Client, args: CalendarArgs, as_json: bool) -> anyhow::Result<()> {
    let answer = client.post("/calendar", &json!({ "do": args.wish })).await?;
    print(as_json, &answer, |answer| match answer["address"].as_str() {
        Some(address) => println!("{address}\nWhoever knows it sees the tasks. It is shown once."),
        None => println!("The address has ended."),
    });
    Ok(())
}

/// Shows the review, or decides.
pub async fn review(client: &Client, review: Review, as_json: bool) -> anyhow::Result<()> {
    let wish = match (&review.keep, &review.end, review.done, review.every) {
        (Some(id), ..) => Some(json!({ "do": "keep", "id": id })),
        (_, Some(id), ..) => Some(json!({ "do": "end", "id": id })),
        (_, _, true, _) => Some(json!({ "do": "done" })),
        (.., Some(months)) => Some(json!({ "do": "every", "months": months })),
        _ => None,
    };
    if let Some(wish) = wish {
        client.post("/review", &wish).await?;
        print(as_json, &wish, |_| println!("Done; it stands in the log."));
        return Ok(());
    }
    let found = client.get("/review", &[]).await?;
    print(as_json, &found, |found| {
        let list = |row: &Value, key: &str| {
            rows(row, key).iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
        };
        let line = |row: &Value| {
            let used =
                row["last_use"].as_str().map_or("no use known", |at| &at[..at.len().min(10)]).to_owned();
            let kept = if row["kept"].is_null() { list(row, "questions") } else { "kept".to_owned() };
            vec![
                text(row, "person_name"),
                list(row, "door_names"),
                text(row, "what"),
                used,
                kept,
                text(row, "id"),
            ]
        };
        let lines: Vec<Vec<String>> = rows(found, "accesses").iter().map(line).collect();
        table(&["person", "doors", "reason", "last used", "question", "id"], &lines);
        println!(
            "\nAgain every {} months. Keep or end each with --keep ID or --end ID.",
            found["every_months"]
        );
    });
    Ok(())
}

/// The register of keys.
pub async fn keys(client: &Client, keys: Keys, as_json: bool) -> anyhow::Result<()> {
    let done = |value: Value| print(as_json, &value, |_| println!("Done; it stands in the log."));
    match keys.what {
        None => {
            let found = client.get("/keys", &[]).await?;
            print(as_json, &found, |found| {
                let line = |row: &Value| {
                    let who = match (row["person"].as_str(), row["named"].as_str()) {
                        (Some(id), _) => id.to_owned(),
                        (_, Some(name)) => name.to_owned(),
                        _ => "lies at its place".to_owned(),
                    };
                    let state = match (row["returned"].is_null(), row["lost"].is_null()) {
                        (false, _) => "back",
                        (_, false) => "LOST",
                        _ => "out",
                    };
                    vec![text(row, "what"), who, text(row, "since"), state.to_owned(), text(row, "id")]
                };
                let rows = found.as_array().map(Vec::as_slice).unwrap_or_default();
                table(&["key", "who", "since", "state", "id"], &rows.iter().map(line).collect::<Vec<_>>());
            });
        }
        Some(KeysCommand::Add { what, door, person, holder, place, back_by }) => {
            let door = find::id(client, "/doors", "door", &door).await?;
            let person = match person {
                Some(name) => Some(find::id(client, "/people", "person", &name).await?),
                None => None,
            };
            let mut key = json!({ "door": door, "what": what });
            let given = [("person", person), ("named", holder), ("place", place), ("back_by", back_by)];
            for (name, value) in given {
                if let Some(value) = value {
                    key[name] = value.into();
                }
            }
            done(client.post("/keys", &key).await?);
        }
        Some(KeysCommand::Back { id }) => {
            done(client.post(&format!("/keys/{id}"), &json!({ "became": "back" })).await?);
        }
        Some(KeysCommand::Lost { id }) => {
            done(client.post(&format!("/keys/{id}"), &json!({ "became": "lost" })).await?);
        }
        Some(KeysCommand::Place { id }) => {
            let place = client.post(&format!("/keys/{id}/place"), &json!({})).await?;
            print(as_json, &place, |place| println!("{}", text(place, "place")));
        }
        Some(KeysCommand::Tried { lock, failed, note }) => {
            let id = find::id(client, "/locks", "lock", &lock).await?;
            let body = json!({ "works": !failed, "note": note });
            done(client.post(&format!("/locks/{id}/backup"), &body).await?);
        }
    }
    Ok(())
}

/// Where logs are kept, the advice, hygiene; or the answers that lead to the advice.
pub async fn privacy(client: &Client, args: Privacy, as_json: bool) -> anyhow::Result<()> {
    let given = [("from_afar", args.from_afar), ("own_network", args.own_network), ("at_ease", args.at_ease)];
    if given.iter().any(|(_, answer)| answer.is_some()) {
        let mut answers = client.get("/privacy", &[]).await?["answers"].clone();
        for (name, answer) in given {
            if let Some(answer) = answer {
                answers[name] = (answer == "yes").into();
            }
        }
        client.post("/privacy", &answers).await?;
    }
    let found = client.get("/privacy", &[("wish", args.reach)]).await?;
    print(as_json, &found, |found| {
        let log = |row: &Value| {
            vec![
                text(row, "lock_name"),
                text(row, "place_words"),
                text(row, "how"),
                text(row, "kept"),
                text(row, "seen_by"),
            ]
        };
        let logs: Vec<Vec<String>> = rows(found, "logs").iter().map(log).collect();
        table(&["lock", "log kept", "how known", "how long", "who else sees it"], &logs);
        lines(found, "asked_again", "\nAsked again: ");
        match found["advice"].as_object() {
            Some(_) => {
                println!("\nAdvice: {}", text(&found["advice"], "title"));
                lines(&found["advice"], "reasons", "  because: ");
                lines(&found["advice"], "steps", "  - ");
            }
            None => println!("\nNo advice yet: answer with --from-afar, --own-network and --at-ease."),
        }
        println!();
        for point in rows(found, "hygiene") {
            let remedy = if point["state"] == "bad" {
                format!(" -> {}", text(point, "remedy"))
            } else {
                String::new()
            };
            println!(
                "{:5} {} {}{remedy}",
                text(point, "state"),
                text(point, "title"),
                text(point, "evidence")
            );
        }
        println!();
        for warning in rows(found, "warnings") {
            println!("{}{}", if warning["red"] == true { "STOP: " } else { "" }, text(warning, "text"));
        }
    });
    Ok(())
}

/// What may be wrong.
pub async fn doctor(client: &Client, args: Doctor, as_json: bool) -> anyhow::Result<()> {
    let door = find::id(client, "/doors", "door", &args.door).await?;
    let mut query: Vec<(&str, String)> = Vec::new();
    if let Some(lock) = &args.lock {
        query.push(("lock", find::id(client, "/locks", "lock", lock).await?));
    }
    query.extend(args.symptom.map(|symptom| ("symptom", symptom)));
    query.extend(args.entry.map(|entry| ("entry", entry.to_string())));
    let found = client.get(&format!("/doors/{door}/doctor"), &query).await?;
    print(as_json, &found, |found| {
        println!("{}, lock {}", text(found, "door"), text(found, "lock"));
        if let Some(resumed) = found["resumed"].as_str() {
            println!("{resumed}");
        }
        if !found["connection"].is_null() {
            println!("\n{}", text(&found["connection"], "said"));
            lines(&found["connection"], "evidence", "  - ");
        }
        if !found["entry"].is_null() {
            println!("\n{}\n{}", text(found, "entry_summary"), text(&found["entry"], "said"));
            for reason in rows(&found["entry"], "reasons") {
                println!(
                    "  {} {}: {}",
                    text(reason, "title"),
                    text(reason, "verdict"),
                    text(reason, "evidence")
                );
            }
            for (number, step) in rows(&found["entry"], "steps").iter().enumerate() {
                println!(
                    "  {}. {}. {}\n     {}",
                    number + 1,
                    text(step, "title"),
                    text(step, "how"),
                    text(step, "place")
                );
            }
        }
        if found["symptom"].is_null() {
            let shows: Vec<String> = rows(found, "shows").iter().map(|one| text(one, "id")).collect();
            println!(
                "\nSeen by the hub: {}",
                if shows.is_empty() { "nothing wrong".into() } else { shows.join(", ") }
            );
            let all: Vec<String> = rows(found, "symptoms").iter().map(|one| text(one, "id")).collect();
            println!("Symptoms: {}", all.join(", "));
            return;
        }
        println!("\n{}", text(&found["symptom"], "title"));
        for (number, cause) in rows(found, "causes").iter().enumerate() {
            println!("{}. {} ({})", number + 1, text(cause, "title"), text(cause, "standing"));
            lines(cause, "seen_for", "   for it: ");
            lines(cause, "seen_against", "   against it: ");
            println!("   check: {}\n   remedy: {}", text(cause, "check"), text(cause, "remedy"));
        }
        println!("When to stop: {}", text(found, "stop"));
    });
    Ok(())
}

/// Asks about a door of the hub.
pub async fn ask(client: &Client, ask: Ask, as_json: bool) -> anyhow::Result<()> {
    let door = match &ask.door {
        Some(door) => find::id(client, "/doors", "door", door).await?,
        None => {
            let doors = client.get("/doors", &[]).await?;
            match doors.as_array().map(Vec::as_slice) {
                Some([one]) => text(one, "id"),
                _ => bail!("say which door: --door NAME, or --door FILE.toml"),
            }
        }
    };
    let reply = client.get("/ask", &[("q", ask.question), ("door", door)]).await?;
    say(&reply, as_json);
    Ok(())
}

/// Asks about a door in a file, without a hub; `None` when a door of the hub is meant.
///
/// # Errors
/// A file that cannot be read, a survey that is not right, a question that is empty or too long.
pub fn ask_file(ask: &Ask, as_json: bool) -> anyhow::Result<Option<()>> {
    let Some(file) = ask.door.as_ref().map(PathBuf::from) else { return Ok(None) };
    if file.extension().is_none_or(|extension| extension != "toml") {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let survey = Survey::from_toml(&text).map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
    let figures = Figures::builtin()?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let report = audit(&survey, &figures, &Options { threads, ..Options::default() })?;
    let about = About { survey: &survey, report: &report, sight: None, audit: "doorward audit".into() };
    let reply = serde_json::to_value(care::ask::ask(&ask.question, &about)?)?;
    say(&reply, as_json);
    Ok(Some(()))
}

fn say(reply: &Value, as_json: bool) {
    print(as_json, reply, |reply| {
        println!("{}", text(reply, "answer"));
        for reason in rows(reply, "reasons") {
            println!("  - {} [{}]", text(reason, "text"), text(reason, "link"));
        }
        if reply["question"].is_null() {
            lines(reply, "others", "  ");
        }
    });
}
