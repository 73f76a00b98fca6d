//! `doorward import`, and people or the whole house written for other programs.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::output::{print, table, text};

/// Largest list taken.
const LIST_MAX: u64 = 60_000;
/// The columns of a list, as the import takes them; codes are never written.
const COLUMNS: &str = "person,kind,place,schedule,from,until,once,reason";

/// Bring in people and their access from a list.
#[derive(clap::Args)]
pub struct Import {
    /// Comma-separated text; the first line names the columns: person, kind, place, schedule, from, until, once,
    /// reason, code. Only person is needed.
    file: std::path::PathBuf,
    /// Say what it would do, and change nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Brings a list in. Ends with 1 when a line cannot be taken; then nothing was changed.
pub async fn import(client: &Client, import: Import, as_json: bool) -> anyhow::Result<()> {
    let file = &import.file;
    let size = std::fs::metadata(file).with_context(|| format!("{}", file.display()))?.len();
    anyhow::ensure!(
        size <= LIST_MAX,
        "{} has {size} bytes, at most {LIST_MAX} are taken at once",
        file.display()
    );
    let csv = zeroize::Zeroizing::new(
        std::fs::read_to_string(file).with_context(|| format!("{} is no UTF-8 text", file.display()))?,
    );
    let told = client.post("/import", &json!({ "csv": csv.as_str(), "dry_run": import.dry_run })).await?;
    print(as_json, &told, |told| {
        let lines = told["lines"].as_array().map(Vec::as_slice).unwrap_or_default();
        table(&["Line", "Who", "Lock", "Would happen"], &lines.iter().flat_map(rows).collect::<Vec<_>>());
        if told["done"] == true {
            println!("\nBrought in. `doorward ready` says where it stands.");
        }
    });
    let lines = told["lines"].as_array().map(Vec::as_slice).unwrap_or_default();
    let problems = lines.iter().filter(|line| !line["problem"].is_null()).count();
    anyhow::ensure!(problems == 0, "{problems} lines cannot be taken: nothing was changed");
    Ok(())
}

fn rows(line: &Value) -> Vec<Vec<String>> {
    let head = [line["line"].to_string(), text(line, "person")];
    let with = |place: String, words: String| [head.to_vec(), vec![place, words]].concat();
    if !line["problem"].is_null() {
        return vec![with(String::new(), format!("cannot be taken: {}", text(line, "problem")))];
    }
    let locks = line["locks"].as_array().map(Vec::as_slice).unwrap_or_default();
    if locks.is_empty() {
        let words = match (line["gives"] == true, line["new_person"] == true) {
            (true, _) => "access is given; there is no lock yet",
            (_, true) => "the person is entered",
            _ => "there already",
        };
        return vec![with(String::new(), words.to_owned())];
    }
    locks.iter().map(|lock| with(text(lock, "place"), text(lock, "words"))).collect()
}

/// Writes everything that the API tells of the house, as JSON: no code, no key.
pub(super) async fn house(client: &Client, out: &Path) -> anyhow::Result<usize> {
    let mut whole = Map::new();
    let ended = [("ended", "true".to_owned())];
    for (name, path) in [
        ("doors", "/doors"),
        ("locks", "/locks"),
        ("people", "/people"),
        ("groups", "/groups"),
        ("schedules", "/schedules"),
        ("grants", "/grants"),
        ("flags", "/flags"),
    ] {
        let query: &[(&str, String)] = if name == "grants" { &ended } else { &[] };
        whole.insert(name.to_owned(), client.get(path, query).await?);
    }
    write_new(out, &serde_json::to_vec_pretty(&Value::Object(whole))?)
}

/// Writes people and their access as a list that `doorward import` takes. Codes are left out.
pub(super) async fn people(client: &Client, out: &Path) -> anyhow::Result<usize> {
    let (people, doors) = (client.get("/people", &[]).await?, client.get("/doors", &[]).await?);
    let (groups, schedules) = (client.get("/groups", &[]).await?, client.get("/schedules", &[]).await?);
    let grants = client.get("/grants", &[]).await?;
    let list = |rows: &Value| rows.as_array().cloned().unwrap_or_default();
    let name = |rows: &Value, id: &Value| {
        let found = list(rows).into_iter().find(|row| row["id"] == *id);
        found.map(|row| text(&row, "name")).unwrap_or_default()
    };
    let mut lines = String::from(COLUMNS);
    lines.push('\n');
    for person in list(&people) {
        let theirs: Vec<Value> =
            list(&grants).into_iter().filter(|one| one["person"] == person["id"]).collect();
        let who = [text(&person, "name"), text(&person, "kind")];
        if theirs.is_empty() {
            line(&mut lines, &[&who[..], &[const { String::new() }; 6][..]].concat());
        }
        for grant in theirs {
            let place = if grant["door"].is_null() {
                name(&groups, &grant["group"])
            } else {
                name(&doors, &grant["door"])
            };
            let once = if grant["once"] == true { "yes" } else { "" };
            let rest = [
                place,
                name(&schedules, &grant["schedule"]),
                text(&grant, "from"),
                text(&grant, "until"),
                once.to_owned(),
                text(&grant, "reason"),
            ];
            line(&mut lines, &[&who[..], &rest[..]].concat());
        }
    }
    write_new(out, lines.as_bytes())
}

fn line(to: &mut String, fields: &[String]) {
    let quoted = fields.iter().map(|field| {
        let plain = !field.contains([',', '"', '\n', '\r']) && field.trim() == field;
        if plain { field.clone() } else { format!("\"{}\"", field.replace('"', "\"\"")) }
    });
    to.push_str(&quoted.collect::<Vec<_>>().join(","));
    to.push('\n');
}

fn write_new(out: &Path, bytes: &[u8]) -> anyhow::Result<usize> {
    let file = OpenOptions::new().write(true).create_new(true).open(out);
    file.and_then(|mut file| file.write_all(bytes)).with_context(|| format!("{}", out.display()))?;
    Ok(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_name_with_a_comma_stays_one_field() {
        let mut out = String::new();
        line(&mut out, &["Ana, \"the\" cleaner".into(), String::new(), "x".into()]);
        assert_eq!(out, "\"Ana, \"\"the\"\" cleaner\",,x\n");
    }
}
