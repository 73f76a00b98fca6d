//! What can be asked of a lock besides codes and bolt: its mode, to lift a spent budget, to confirm its clock, and
//! rehearsals of a dead battery and of a power cut with their reports.

use access::{Lock, LockId};
use axum::extract::Path;
use axum::response::Response;
use hub::ports::{Hand, Mode, Order};
use hub::{Check, Outcome, Rehearsal, RehearsalKind, View};

use crate::pages::{Sent, Visit, see};
use crate::problem::Problem;
use crate::words::{self, Moment, Tone, Zone};

/// Reports shown on a page; the document keeps a few more.
const REPORTS: usize = 4;
/// Minutes of a rehearsal of a dead battery unless the form says otherwise.
const MINUTES: u8 = 5;

/// A mode as a choice.
pub(crate) struct ModeChoice {
    pub code: &'static str,
    pub name: &'static str,
    pub meaning: &'static str,
    pub on: bool,
}

/// One rehearsal in words.
pub(crate) struct Report {
    pub title: &'static str,
    pub by: String,
    pub began: Moment,
    pub good: bool,
    pub checks: Vec<(Tone, String)>,
}

/// Everything of this page's part.
pub(crate) struct Doing {
    pub id: String,
    /// Where the forms come back to.
    pub back: String,
    /// Whether it can be reached and tells of modes.
    pub modes: Vec<ModeChoice>,
    pub budget: Option<(u32, Option<u32>, bool)>,
    pub budget_words: Option<(Tone, String)>,
    pub clock_waits: bool,
    pub now: Moment,
    pub running: Option<Report>,
    pub running_power_cut: bool,
    pub reports: Vec<Report>,
    pub battery: bool,
    pub virtual_lock: bool,
    /// Whether its link can set a time after which it locks itself; a lock that has none refuses and says so.
    pub relocks: bool,
}

/// What a page shows of it.
pub(crate) fn doing(view: &View<'_>, lock: &Lock, zone: &Zone, back: String) -> Doing {
    let live = view.live(lock.id);
    let modes = live.mode.map(|now| Mode::ALL.map(|mode| choice(mode, now)).into_iter().collect());
    let rehearsals = view.rehearsals(lock.id);
    let words_of = |rehearsal: &Rehearsal| report(rehearsal, zone, view.now);
    Doing {
        id: lock.id.to_string(),
        back,
        modes: modes.unwrap_or_default(),
        budget: live.budget.map(|budget| (budget.used, budget.limit, budget.spent)),
        budget_words: words::budget(live.budget),
        clock_waits: live.clock_unconfirmed,
        now: zone.moment(view.now, view.now),
        running_power_cut: rehearsals.running.as_ref().is_some_and(|r| r.kind == RehearsalKind::PowerCut),
        running: rehearsals.running.as_ref().map(words_of),
        reports: rehearsals.kept.iter().take(REPORTS).map(words_of).collect(),
        battery: live.mode.is_some(),
        virtual_lock: lock.address.link == "virtual",
        relocks: !lock.address.is_told() && lock.address.link != hub::settings::ZIGBEE2MQTT,
    }
}

fn choice(mode: Mode, now: Mode) -> ModeChoice {
    ModeChoice { code: mode.code(), name: mode.name(), meaning: mode.meaning(), on: mode == now }
}

fn report(rehearsal: &Rehearsal, zone: &Zone, now: jiff::Timestamp) -> Report {
    let line = |check: Check| {
        let tone = match check.outcome {
            Outcome::Passed => Tone::Good,
            Outcome::NotTried => Tone::Quiet,
            Outcome::Failed => Tone::Bad,
        };
        (tone, check.text)
    };
    Report {
        title: title(rehearsal.kind),
        by: rehearsal.by.clone(),
        began: zone.moment(rehearsal.began, now),
        good: rehearsal.is_good(),
        checks: rehearsal.checks().into_iter().map(line).collect(),
    }
}

fn title(kind: RehearsalKind) -> &'static str {
    match kind {
        RehearsalKind::DeadBattery => "Dead battery",
        RehearsalKind::PowerCut => "Power cut",
    }
}

/// When each kind was last rehearsed: `Dead battery: 3 Nov 14:02, nothing went wrong`.
pub(crate) fn last_rehearsed(view: &View<'_>, lock: LockId, zone: &Zone) -> Vec<String> {
    let rehearsals = view.rehearsals(lock);
    let line = |kind| {
        let last: &Rehearsal = rehearsals.last(kind)?;
        let end = if last.is_good() { "nothing went wrong" } else { "something went wrong" };
        let at = zone.moment(last.began, view.now).words();
        Some(format!("{} rehearsed {at}: {end}", title(kind)))
    };
    [RehearsalKind::DeadBattery, RehearsalKind::PowerCut].into_iter().filter_map(line).collect()
}

/// Back to the page that the form stands on: the lock's own or its body's.
fn back(form: &crate::pages::Fields, id: LockId) -> String {
    if form.raw("back") == "virtual" { format!("/virtual/{id}") } else { format!("/locks/{id}") }
}

/// `POST /locks/{id}/mode`
pub(crate) async fn mode(
    visit: Visit,
    Path(id): Path<LockId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let mode = Mode::from_code(form.raw("mode")).ok_or_else(|| Problem::bad_input("Choose a mode."))?;
    visit.app.hub.order(visit.actor()?, id, Order::Mode { mode }).await?;
    Ok(see(&back(&form, id), "mode"))
}

/// `POST /locks/{id}/relock`
pub(crate) async fn relock(
    visit: Visit,
    Path(id): Path<LockId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let seconds = form.parsed::<u32>("seconds", "Seconds")?;
    visit.app.hub.order(visit.actor()?, id, Order::AutoRelock { seconds }).await?;
    Ok(see(&back(&form, id), "relock"))
}

/// `POST /locks/{id}/lift-budget`
pub(crate) async fn lift_budget(
    visit: Visit,
    Path(id): Path<LockId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    visit.app.hub.order(visit.actor()?, id, Order::LiftBudget).await?;
    Ok(see(&back(&form, id), "lifted"))
}

/// `POST /locks/{id}/confirm-clock`
pub(crate) async fn confirm_clock(
    visit: Visit,
    Path(id): Path<LockId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    visit.app.hub.order(visit.actor()?, id, Order::ConfirmClock).await?;
    Ok(see(&back(&form, id), "clock"))
}

/// `POST /locks/{id}/rehearse`: begins one, or ends the one that runs. At a virtual lock the power is cut and
/// restored for whoever has no cells to take out.
pub(crate) async fn rehearse(
    visit: Visit,
    Path(id): Path<LockId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let actor = visit.actor()?;
    let body = {
        let address = visit.app.hub.view(|view| view.house.locks.get(&id).map(|lock| lock.address.clone()));
        let address = address.filter(|address| address.link == "virtual");
        address.zip(visit.app.bodies.clone())
    };
    let done = match form.raw("do") {
        "dead_battery" => {
            let minutes = form.maybe::<u8>("minutes", "Minutes")?.unwrap_or(MINUTES);
            visit.app.hub.begin_rehearsal(actor, id, RehearsalKind::DeadBattery, minutes).await?;
            "rehearsing"
        }
        "power_cut" => {
            visit.app.hub.begin_rehearsal(actor, id, RehearsalKind::PowerCut, 0).await?;
            if let Some((address, bodies)) = &body {
                bodies.hand(address, Hand::Power { on: false }).await?;
            }
            "rehearsing"
        }
        "power_back" => {
            if let Some((address, bodies)) = &body {
                bodies.hand(address, Hand::Power { on: true }).await?;
            }
            ""
        }
        "end" => {
            visit.app.hub.end_rehearsal(actor, id).await?;
            "rehearsed"
        }
        _ => return Err(Problem::bad_input("Choose what to rehearse.")),
    };
    Ok(see(&format!("{}#rehearsals", back(&form, id)), done))
}
