//! One grant: where it stands on each lock, changing its hours and end, ending it.

use access::{Command, Grant, GrantId, LockId};
use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::{Frame, Here, Sent, Stand, Visit, give, page, page_with, see, when};
use crate::problem::Problem;
use crate::words::{self, Moment, Zone};

#[derive(Template)]
#[template(path = "pages/grants/grant.html")]
struct GrantPage {
    frame: Frame,
    id: String,
    person: String,
    person_id: String,
    place: String,
    when: String,
    reason: String,
    created: Moment,
    revoked: Option<Moment>,
    once: bool,
    credential: String,
    stands: Vec<Stand>,
    /// `2 of 3 locks have the code`.
    summary: String,
    schedules: Vec<(String, String, bool)>,
    from: String,
    until: String,
    /// What ending it would change on which lock: place and words.
    ending: Vec<(String, String)>,
}

/// `GET /grants/{id}`
pub(crate) async fn show(visit: Visit, Path(id): Path<GrantId>) -> Result<Response, Problem> {
    page(&grant_page(&visit, id, None)?)
}

fn grant_page(visit: &Visit, id: GrantId, problem: Option<&Problem>) -> Result<GrantPage, Problem> {
    let frame = visit.frame("Access", Here::People).live("people lock door lagged").wrong(problem);
    let fallback = &visit.app.config.time_zone;
    // an access that has ended ends nothing any more
    let ending = crate::foresee::foresee(&visit.app, Command::Revoke { id }).unwrap_or_default();
    let ending = ending.into_iter().map(|one| (one.place, one.words)).collect();
    visit.app.hub.view(|view| {
        let house = view.house;
        let grant: &Grant = house.grants.get(&id).ok_or_else(|| Problem::not_found("grant"))?;
        let zone = super::doors::home_zone(view, fallback);
        let mut stands = Vec::new();
        for door in house.doors_of(grant.target).iter().filter_map(|id| house.doors.get(id)) {
            let zone = Zone::named(&door.time_zone);
            stands.extend(house.locks_of(door.id).map(|lock| Stand {
                lock: format!("{}, {}", door.name, lock.name),
                lock_id: lock.id.to_string(),
                said: words::standing(&view.standing(grant, lock), view.live(lock.id), &zone, view.now),
            }));
        }
        let have =
            stands.iter().filter(|s| matches!(s.said.code, "in_force" | "accepted_unreadable")).count();
        let summary = match stands.len() {
            0 => "No lock is entered there yet; the code goes on as soon as one is.".to_owned(),
            1 if have == 1 => "The lock has the code.".to_owned(),
            1 => "The lock does not have the code yet.".to_owned(),
            all => format!("{have} of {all} locks have the code."),
        };
        let schedules = house.schedules.values().map(|s| {
            (s.id.to_string(), format!("{}: {}", s.name, words::schedule(s)), grant.schedule == Some(s.id))
        });
        Ok(GrantPage {
            id: id.to_string(),
            person: house.people.get(&grant.person).map_or("Somebody removed", |p| &p.name).to_owned(),
            person_id: grant.person.to_string(),
            place: give::place(house, grant.target).unwrap_or_else(|_| "a door removed since".to_owned()),
            when: when(house, grant),
            reason: grant.reason.clone(),
            created: zone.moment(grant.created, view.now),
            revoked: grant.revoked.map(|at| zone.moment(at, view.now)),
            once: grant.once,
            credential: grant.credential.to_string(),
            stands,
            summary,
            schedules: schedules.collect(),
            from: grant.from.map(|at| at.strftime("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default(),
            until: grant.until.map(|at| at.strftime("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default(),
            ending,
            frame,
        })
    })
}

/// `POST /grants/{id}`
pub(crate) async fn change(
    visit: Visit,
    Path(id): Path<GrantId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let command = (|| {
        Ok(Command::ChangeGrant {
            id,
            schedule: form.maybe("schedule", "Hours")?,
            from: form.date_time("from", "From")?,
            until: form.date_time("until", "Until")?,
            reason: form.text("reason", "Reason", 200)?,
        })
    })();
    let done = match command {
        Ok(command) => visit.app.hub.act(visit.actor()?, command).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see(&format!("/grants/{id}"), "changed")),
        Err(problem) => page_with(problem.status, &grant_page(&visit, id, Some(&problem))?),
    }
}

/// `POST /grants/{id}/revoke`
pub(crate) async fn revoke(visit: Visit, Path(id): Path<GrantId>) -> Result<Response, Problem> {
    visit.app.hub.act(visit.actor()?, Command::Revoke { id }).await?;
    Ok(see(&format!("/grants/{id}"), "revoked"))
}

/// `POST /grants/{id}/retry`: suspended or refused work on one of its locks is due again.
pub(crate) async fn retry(
    visit: Visit,
    Path(id): Path<GrantId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let lock: LockId = form.parsed("lock", "Lock")?;
    visit.app.hub.retry(visit.actor()?, lock).await?;
    Ok(see(&format!("/grants/{id}"), "retry"))
}
