//! People x doors: one table, a word and a mark in each cell.

use std::collections::BTreeMap;

use access::PersonId;
use askama::Template;
use axum::response::Response;

use super::{Frame, Here, Visit, page, who_can_open};
use crate::problem::Problem;
use crate::words::Tone;

/// More columns than this do not fit any screen; the rest is reached by its door's page.
const DOORS_MAX: usize = 60;

struct Cell {
    grant: String,
    tone: Tone,
    word: &'static str,
}

struct Row {
    id: String,
    name: String,
    cells: Vec<Option<Cell>>,
}

#[derive(Template)]
#[template(path = "pages/grid/grid.html")]
struct Grid {
    frame: Frame,
    doors: Vec<(String, String)>,
    rows: Vec<Row>,
    left_out: usize,
}

/// `GET /grid`
pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    let frame = visit.frame("People × doors", Here::People).live("people lock door lagged");
    let template = visit.app.hub.view(|view| {
        let mut doors: Vec<_> = view.house.doors.values().collect();
        doors.sort_by_key(|door| door.name.to_lowercase());
        let left_out = doors.len().saturating_sub(DOORS_MAX);
        doors.truncate(DOORS_MAX);
        let columns: Vec<BTreeMap<PersonId, Cell>> = doors
            .iter()
            .map(|door| {
                let rows = who_can_open(view, door);
                let cell = |row: &super::WhoRow| {
                    let (tone, word) = row
                        .worst()
                        .map_or((Tone::Quiet, "no lock yet"), |s| (s.said.tone, short(s.said.code)));
                    (row.person_id, Cell { grant: row.grant.clone(), tone, word })
                };
                rows.iter().map(cell).collect()
            })
            .collect();
        let mut columns = columns;
        let mut people: Vec<_> = view.house.people.values().collect();
        people.sort_by_key(|person| person.name.to_lowercase());
        let rows = people
            .iter()
            .map(|person| Row {
                id: person.id.to_string(),
                name: person.name.clone(),
                cells: columns.iter_mut().map(|column| column.remove(&person.id)).collect(),
            })
            .collect();
        let doors = doors.iter().map(|door| (door.id.to_string(), door.name.clone())).collect();
        Grid { frame, doors, rows, left_out }
    });
    page(&template)
}

/// One word for a cell; the grant's page has the rest.
fn short(code: &str) -> &'static str {
    match code {
        "in_force" => "in force",
        "accepted_unreadable" => "accepted",
        "sending" => "sending",
        "waiting" => "waiting",
        "refused" => "refused",
        "suspended" => "given up",
        "scheduled" => "starts later",
        "off_hours" => "off now",
        "ending" => "ending",
        "told" => "told",
        _ => "ended",
    }
}
