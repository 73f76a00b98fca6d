//! `doorward doors`, `people`, `groups`, `schedules`, `locks`: lists, one thing shown, adding, removing.

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::{asking, find};
use crate::client::Client;
use crate::output::{print, table, text};

/// Doors.
#[derive(clap::Args)]
pub struct Doors {
    #[command(subcommand)]
    action: Option<DoorAction>,
}

#[derive(clap::Subcommand)]
enum DoorAction {
    /// Show a door with everybody who can get in.
    Show {
        /// Name of the door.
        door: String,
    },
    /// Add a door.
    Add {
        /// Name of the door.
        name: String,
        /// IANA time zone, for example Europe/Vienna; the hub's own without it.
        #[arg(long)]
        time_zone: Option<String>,
    },
    /// Remove a door without locks.
    Remove {
        /// Name of the door.
        door: String,
    },
}

/// People.
#[derive(clap::Args)]
pub struct People {
    #[command(subcommand)]
    action: Option<PersonAction>,
}

#[derive(clap::Subcommand)]
enum PersonAction {
    /// Show a person and where their access stands.
    Show {
        /// Name of the person.
        person: String,
    },
    /// Add a person.
    Add {
        /// Name of the person.
        name: String,
        /// resident, guest or service.
        #[arg(long, default_value = "guest", value_parser = ["resident", "guest", "service"])]
        kind: String,
    },
    /// End all access of a person and take them off the list.
    Remove {
        /// Name of the person.
        person: String,
    },
    /// Show the digits of a person's newest code; the log says who looked.
    Code {
        /// Name of the person.
        person: String,
    },
}

/// Door groups.
#[derive(clap::Args)]
pub struct Groups {
    #[command(subcommand)]
    action: Option<GroupAction>,
}

#[derive(clap::Subcommand)]
enum GroupAction {
    /// Make a group.
    Add {
        /// Name of the group.
        name: String,
        /// Name of a door in it; can be given several times.
        #[arg(long = "door")]
        doors: Vec<String>,
    },
    /// Remove a group that nobody's access names.
    Remove {
        /// Name of the group.
        group: String,
    },
}

/// Named schedules.
#[derive(clap::Args)]
pub struct Schedules {
    #[command(subcommand)]
    action: Option<ScheduleAction>,
}

#[derive(clap::Subcommand)]
enum ScheduleAction {
    /// Make a schedule.
    Add {
        /// Name of the schedule.
        name: String,
        /// Days and hours: "mon,tue 08:00-18:00"; can be given several times.
        #[arg(long = "window", required = true)]
        windows: Vec<String>,
    },
    /// Remove a schedule that nobody's access names.
    Remove {
        /// Name of the schedule.
        schedule: String,
    },
}

/// Locks.
#[derive(clap::Args)]
pub struct Locks {
    #[command(subcommand)]
    action: Option<LockAction>,
}

#[derive(clap::Subcommand)]
enum LockAction {
    /// Locks that a gateway sees and nobody has added.
    Found,
    /// Mount a found lock on a door.
    Add {
        /// Its key or name, as `locks found` lists it.
        found: String,
        /// Name of the door.
        #[arg(long)]
        door: String,
        /// Name of the lock; the gateway's without it.
        #[arg(long)]
        name: Option<String>,
        /// Take it although its radio is open, or as good as.
        #[arg(long)]
        insist: bool,
    },
    /// Enter a lock that Doorward cannot reach.
    Tell {
        /// Name of the lock.
        name: String,
        /// Name of the door.
        #[arg(long)]
        door: String,
        /// Maker.
        #[arg(long)]
        maker: Option<String>,
        /// Model.
        #[arg(long)]
        model: Option<String>,
    },
    /// Start a new virtual lock and mount it on a door.
    Virtual {
        /// Name of the lock.
        name: String,
        /// Name of the door; a new one is entered without it.
        #[arg(long)]
        door: Option<String>,
    },
    /// Codes on locks that nobody here gave.
    Strangers,
    /// Try again what waits or was given up on a lock.
    Retry {
        /// Name of the lock.
        lock: String,
    },
    /// Take a lock away: its codes are cleared first.
    Remove {
        /// Name of the lock.
        lock: String,
    },
    /// Show what a lock says of itself: battery with its forecast, mode, clock, wrong codes, last tests.
    Show {
        /// Name of the lock.
        lock: String,
    },
    /// Put a lock into a mode. normal: everything works. vacation: no code, card or finger opens, the key and
    /// Doorward do. privacy: nothing opens from outside but the key. no-remote: Doorward does not operate it.
    /// passage: once unlocked it stays so.
    ///
    /// Example: doorward locks mode "Front lock" vacation
    #[command(verbatim_doc_comment)]
    Mode {
        /// Name of the lock.
        lock: String,
        /// normal, vacation, privacy, no-remote or passage.
        #[arg(value_parser = ["normal", "vacation", "privacy", "no-remote", "passage"])]
        mode: String,
    },
    /// Let a lock lock itself so many seconds after an unlocking; 0: never.
    ///
    /// Example: doorward locks relock "Front lock" 60
    Relock {
        /// Name of the lock.
        lock: String,
        /// Seconds.
        seconds: u32,
    },
    /// Forget the wrong codes counted so far: it was one of us.
    LiftBudget {
        /// Name of the lock.
        lock: String,
    },
    /// Say that the clock of a lock is right although it jumped.
    ConfirmClock {
        /// Name of the lock.
        lock: String,
    },
    /// Rehearse a dead battery or a power cut; --end keeps the report.
    ///
    /// Example: doorward locks rehearse "Front lock" dead-battery --minutes 5
    Rehearse {
        /// Name of the lock.
        lock: String,
        /// dead-battery or power-cut.
        #[arg(value_parser = ["dead-battery", "power-cut"], required_unless_present = "end")]
        what: Option<String>,
        /// Minutes of a dead battery, 1 to 15.
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=15))]
        minutes: u8,
        /// End the one that runs and show its report.
        #[arg(long, conflicts_with = "what")]
        end: bool,
    },
    /// Teach a virtual lock the finger or card of somebody who has a code in this slot.
    ///
    /// Example: doorward locks enrol "Front lock" --slot 1 --finger 7
    Enrol {
        /// Name of the lock.
        lock: String,
        /// Slot of their code on the lock.
        #[arg(long)]
        slot: u16,
        /// Number of the finger's template.
        #[arg(long, conflicts_with = "card", required_unless_present = "card")]
        finger: Option<u16>,
        /// Number on the card.
        #[arg(long)]
        card: Option<u32>,
    },
}

fn rows<'a>(value: &'a Value, line: impl Fn(&'a Value) -> Vec<String>) -> Vec<Vec<String>> {
    value.as_array().into_iter().flatten().map(line).collect()
}

/// Doors.
pub async fn doors(client: &Client, doors: Doors, as_json: bool) -> anyhow::Result<()> {
    match doors.action {
        None => {
            let list = client.get("/doors", &[]).await?;
            print(as_json, &list, |list| {
                let line = |door| {
                    vec![
                        text(door, "name"),
                        text(door, "state"),
                        text(door, "detail"),
                        text(door, "time_zone"),
                    ]
                };
                table(&["Door", "State", "How known", "Time zone"], &rows(list, line));
            });
        }
        Some(DoorAction::Show { door }) => {
            let id = find::id(client, "/doors", "door", &door).await?;
            let shown = client.get(&format!("/doors/{id}"), &[]).await?;
            print(as_json, &shown, |door| {
                println!("{}: {} ({})", text(door, "name"), text(door, "state"), text(door, "detail"));
                if let Some(decision) = door["decision"].as_str() {
                    println!("Last decision: {decision}");
                }
                let mut lines = Vec::new();
                for who in door["who"].as_array().into_iter().flatten() {
                    for lock in who["locks"].as_array().into_iter().flatten() {
                        lines.push(vec![
                            text(who, "name"),
                            text(who, "when"),
                            text(lock, "lock_name"),
                            text(lock, "words"),
                        ]);
                    }
                }
                table(&["Who", "When", "Lock", "Standing"], &lines);
            });
        }
        Some(DoorAction::Add { name, time_zone }) => {
            let made = client.post("/doors", &json!({ "name": name, "time_zone": time_zone })).await?;
            print(as_json, &made, |_| println!("{name} was added."));
        }
        Some(DoorAction::Remove { door }) => remove(client, "/doors", "door", &door, as_json).await?,
    }
    Ok(())
}

async fn remove(client: &Client, path: &str, what: &str, meant: &str, as_json: bool) -> anyhow::Result<()> {
    let id = find::id(client, path, what, meant).await?;
    client.delete(&format!("{path}/{id}")).await?;
    print(as_json, &json!({ "removed": id }), |_| println!("{meant} was removed."));
    Ok(())
}

/// People.
pub async fn people(client: &Client, people: People, as_json: bool) -> anyhow::Result<()> {
    match people.action {
        None => {
            let list = client.get("/people", &[]).await?;
            let count = |person: &Value, key: &str| person[key].as_array().map_or(0, Vec::len).to_string();
            print(as_json, &list, |list| {
                let line = |p| {
                    vec![
                        text(p, "name"),
                        text(p, "kind"),
                        count(p, "codes"),
                        count(p, "grants"),
                        text(p, "note"),
                    ]
                };
                table(&["Person", "Kind", "Codes", "Grants", "Note"], &rows(list, line));
            });
        }
        Some(PersonAction::Show { person }) => {
            let id = find::id(client, "/people", "person", &person).await?;
            let shown = client.get(&format!("/people/{id}"), &[]).await?;
            let grants = client.get("/grants", &[("person", id)]).await?;
            let both = json!({ "person": shown, "grants": grants });
            print(as_json, &both, |both| {
                println!("{} ({})", text(&both["person"], "name"), text(&both["person"], "kind"));
                let mut lines = Vec::new();
                for grant in both["grants"].as_array().into_iter().flatten() {
                    for lock in grant["locks"].as_array().into_iter().flatten() {
                        lines.push(vec![text(lock, "lock_name"), text(grant, "when"), text(lock, "words")]);
                    }
                }
                table(&["Lock", "When", "Standing"], &lines);
            });
        }
        Some(PersonAction::Add { name, kind }) => {
            let made = client.post("/people", &json!({ "name": name, "kind": kind })).await?;
            print(as_json, &made, |_| println!("{name} was added."));
        }
        Some(PersonAction::Remove { person }) => {
            remove(client, "/people", "person", &person, as_json).await?
        }
        Some(PersonAction::Code { person }) => {
            let list = client.get("/people", &[]).await?;
            let row = find::pick(&list, "person", &person)?;
            let newest =
                row["codes"].as_array().into_iter().flatten().max_by_key(|code| text(code, "changed"));
            let code = newest.with_context(|| format!("{person} has no code"))?;
            let shown = client.post(&format!("/codes/{}/reveal", text(code, "id")), &json!({})).await?;
            print(as_json, &shown, |shown| println!("{}", text(shown, "pin")));
        }
    }
    Ok(())
}

/// Groups.
pub async fn groups(client: &Client, groups: Groups, as_json: bool) -> anyhow::Result<()> {
    match groups.action {
        None => {
            let list = client.get("/groups", &[]).await?;
            print(as_json, &list, |list| {
                let line =
                    |g: &Value| vec![text(g, "name"), g["doors"].as_array().map_or(0, Vec::len).to_string()];
                table(&["Group", "Doors"], &rows(list, line));
            });
        }
        Some(GroupAction::Add { name, doors }) => {
            let list = client.get("/doors", &[]).await?;
            let ids: Vec<String> = doors
                .iter()
                .map(|door| find::pick(&list, "door", door).map(|row| text(row, "id")))
                .collect::<Result<_, _>>()?;
            let made = client.post("/groups", &json!({ "name": name, "doors": ids })).await?;
            print(as_json, &made, |_| println!("{name} was made of {} doors.", ids.len()));
        }
        Some(GroupAction::Remove { group }) => remove(client, "/groups", "group", &group, as_json).await?,
    }
    Ok(())
}

/// Schedules.
pub async fn schedules(client: &Client, schedules: Schedules, as_json: bool) -> anyhow::Result<()> {
    match schedules.action {
        None => {
            let list = client.get("/schedules", &[]).await?;
            let week = |schedule: &Value| {
                let windows = schedule["windows"].as_array().into_iter().flatten();
                let one = |w: &Value| {
                    let days: Vec<String> = w["days"]
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(|d| d.as_str().map(str::to_owned))
                        .collect();
                    format!("{} {}-{}", days.join(","), text(w, "start"), text(w, "end"))
                };
                windows.map(one).collect::<Vec<_>>().join("; ")
            };
            print(as_json, &list, |list| {
                table(&["Schedule", "When"], &rows(list, |s| vec![text(s, "name"), week(s)]));
            });
        }
        Some(ScheduleAction::Add { name, windows }) => {
            let windows: Vec<Value> = windows.iter().map(|text| window(text)).collect::<Result<_, _>>()?;
            let made = client.post("/schedules", &json!({ "name": name, "windows": windows })).await?;
            print(as_json, &made, |_| println!("{name} was made."));
        }
        Some(ScheduleAction::Remove { schedule }) => {
            remove(client, "/schedules", "schedule", &schedule, as_json).await?
        }
    }
    Ok(())
}

/// `mon,tue 08:00-18:00`.
fn window(words: &str) -> anyhow::Result<Value> {
    let parts = words.split_once(' ').and_then(|(days, hours)| Some((days, hours.trim().split_once('-')?)));
    let Some((days, (start, end))) = parts else {
        bail!("“{words}” is not a window: write it like \"mon,tue 08:00-18:00\"");
    };
    let days: Vec<&str> = days.split(',').collect();
    Ok(json!({ "days": days, "start": start.trim(), "end": end.trim() }))
}

/// Locks.
pub async fn locks(client: &Client, locks: Locks, as_json: bool) -> anyhow::Result<()> {
    match locks.action {
        None => {
            let list = client.get("/locks", &[]).await?;
            print(as_json, &list, |list| {
                let reach = |lock: &Value| match lock["live"]["reachable"].as_bool() {
                    Some(true) => "in reach".to_owned(),
                    Some(false) => "out of reach".to_owned(),
                    None => "not heard".to_owned(),
                };
                let waiting = |lock: &Value| lock["errands"].as_array().map_or(0, Vec::len).to_string();
                let line = |lock| vec![text(lock, "name"), text(lock, "link"), reach(lock), waiting(lock)];
                table(&["Lock", "Link", "Reach", "Changes waiting"], &rows(list, line));
            });
        }
        Some(LockAction::Found) => {
            let list = client.get("/found-locks", &[]).await?;
            print(as_json, &list, |list| {
                let line = |lock| {
                    vec![text(lock, "name"), text(lock, "model"), text(lock, "link"), text(lock, "key")]
                };
                table(&["Name", "Model", "Link", "Key"], &rows(list, line));
            });
        }
        Some(LockAction::Add { found, door, name, insist }) => {
            add_found(client, &found, &door, name, insist, as_json).await?
        }
        Some(LockAction::Tell { name, door, maker, model }) => {
            let door = find::id(client, "/doors", "door", &door).await?;
            let body = json!({ "door": door, "name": name, "told": { "maker": maker, "model": model } });
            let made = client.post("/told-locks", &body).await?;
            print(as_json, &made, |_| println!("{name} was entered as told."));
        }
        Some(LockAction::Virtual { name, door }) => {
            let mut body = json!({ "name": name });
            if let Some(door) = &door {
                body["door"] = find::id(client, "/doors", "door", door).await?.into();
            }
            let made = client.post("/virtual-locks", &body).await?;
            print(as_json, &made, |_| println!("{name} was started and mounted: see `doorward doors`."));
        }
        Some(LockAction::Strangers) => strangers(client, as_json).await?,
        Some(LockAction::Retry { lock }) => {
            let id = find::id(client, "/locks", "lock", &lock).await?;
            client.post(&format!("/locks/{id}/retry"), &json!({})).await?;
            print(as_json, &json!({ "retried": id }), |_| println!("What waits on {lock} is tried again."));
        }
        Some(LockAction::Remove { lock }) => remove(client, "/locks", "lock", &lock, as_json).await?,
        Some(LockAction::Show { lock }) => asking::show(client, &lock, as_json).await?,
        Some(LockAction::Mode { lock, mode }) => asking::mode(client, &lock, &mode, as_json).await?,
        Some(LockAction::Relock { lock, seconds }) => {
            let order = json!({ "order": "auto_relock", "seconds": seconds });
            let done = format!("{lock} keeps {seconds} s.");
            asking::order(client, &lock, &order, &done, as_json).await?
        }
        Some(LockAction::LiftBudget { lock }) => {
            let done = format!("{lock} has forgotten the wrong codes.");
            asking::order(client, &lock, &json!({ "order": "lift_budget" }), &done, as_json).await?
        }
        Some(LockAction::ConfirmClock { lock }) => {
            let done = format!("{lock} takes its clock as right.");
            asking::order(client, &lock, &json!({ "order": "confirm_clock" }), &done, as_json).await?
        }
        Some(LockAction::Rehearse { lock, what, minutes, end: _ }) => {
            asking::rehearse(client, &lock, what.as_deref(), minutes, as_json).await?
        }
        Some(LockAction::Enrol { lock, slot, finger, card }) => {
            let order = match (finger, card) {
                (Some(template), _) => json!({ "order": "enrol_finger", "user": slot, "template": template }),
                (None, card) => json!({ "order": "enrol_card", "user": slot, "number": card }),
            };
            asking::order(client, &lock, &order, &format!("{lock} has learnt it."), as_json).await?
        }
    }
    Ok(())
}

async fn strangers(client: &Client, as_json: bool) -> anyhow::Result<()> {
    let (list, locks) = (client.get("/strangers", &[]).await?, client.get("/locks", &[]).await?);
    print(as_json, &list, |list| {
        let locks = locks.as_array().map(Vec::as_slice).unwrap_or_default();
        let name = |row: &Value| {
            let lock = locks.iter().find(|lock| lock["id"] == row["lock"]);
            lock.map_or_else(|| text(row, "lock"), |lock| text(lock, "name"))
        };
        table(
            &["Lock", "Slot", "Seen"],
            &rows(list, |row| vec![name(row), text(row, "slot"), text(row, "seen")]),
        );
    });
    Ok(())
}

async fn add_found(
    client: &Client,
    found: &str,
    door: &str,
    name: Option<String>,
    insist: bool,
    as_json: bool,
) -> anyhow::Result<()> {
    let list = client.get("/found-locks", &[]).await?;
    let by_key = list.as_array().into_iter().flatten().find(|row| text(row, "key") == found);
    let row = match by_key {
        Some(row) => row,
        None => find::pick(&list, "found lock", found)?,
    };
    let door = find::id(client, "/doors", "door", door).await?;
    let name = name.unwrap_or_else(|| text(row, "name"));
    let body =
        json!({ "link": row["link"], "key": row["key"], "door": door, "name": name, "insist": insist });
    let made = client.post("/found-locks", &body).await?;
    print(as_json, &made, |_| println!("{name} was added."));
    Ok(())
}
