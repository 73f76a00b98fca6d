//! Makes a virtual lock, waits until its link has found it, and mounts it on a door.

use std::time::Duration;

use access::{Command, DoorId, LockAddress, LockId};
use futures::StreamExt;
use hub::Actor;

use super::bodies_of;
use crate::problem::Problem;
use crate::state::App;

/// A virtual lock is a process: starting one takes so long at most.
const FOUND_WITHIN: Duration = Duration::from_secs(10);
const DOORS_MAX: u32 = 1000;

/// Without a name the lock is named for its door; without a door one is entered.
pub(crate) async fn make(
    app: &App,
    actor: &Actor,
    name: Option<String>,
    door: Option<DoorId>,
) -> Result<LockId, Problem> {
    let bodies = bodies_of(app)?;
    let (door_name, exists) = match door {
        Some(id) => {
            let name = app.hub.view(|view| view.house.doors.get(&id).map(|door| door.name.clone()));
            (name.ok_or_else(|| Problem::not_found("door"))?, true)
        }
        None => (free_name(app), false),
    };
    let name: String = name.unwrap_or_else(|| format!("{door_name} lock")).chars().take(40).collect();
    // subscribed before the lock is made, so that its being found is not missed
    let changes = app.hub.subscribe();
    let address = bodies.create(&name).await?;
    tokio::time::timeout(FOUND_WITHIN, found(app, changes, &address)).await.map_err(|_| {
        let text =
            "The virtual lock started but its radio does not answer. Look under Found locks in a moment.";
        Problem::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, "not_running", text)
    })?;
    let door = match door.filter(|_| exists) {
        Some(door) => door,
        None => {
            let id = DoorId::new(app.fresh_id());
            let time_zone = app.config.time_zone.clone();
            let note = String::new();
            app.hub.act(actor, Command::AddDoor { id, name: door_name, time_zone, note }).await?;
            id
        }
    };
    Ok(app.hub.add_found(actor, address, door, name, false).await?)
}

async fn found(app: &App, changes: impl futures::Stream<Item = hub::Live>, address: &LockAddress) {
    let there = || app.hub.view(|view| view.found().iter().any(|found| found.address == *address));
    let mut changes = std::pin::pin!(changes);
    while !there() {
        if changes.next().await.is_none() {
            // too slow a reader is dropped: look at short intervals instead
            let mut beat = tokio::time::interval(Duration::from_millis(50));
            while !there() {
                beat.tick().await;
            }
        }
    }
}

/// `Front door`, `Front door 2`...
fn free_name(app: &App) -> String {
    app.hub.view(|view| {
        let taken = |name: &str| view.house.doors.values().any(|door| door.name.eq_ignore_ascii_case(name));
        let numbered = (2..DOORS_MAX).map(|n| format!("Front door {n}"));
        std::iter::once("Front door".to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
    })
}
