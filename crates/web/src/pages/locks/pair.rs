//! Taking a lock into a radio network and letting one go, step by step; the page follows by itself.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use hub::ports::{Include, PairingState};
use zeroize::Zeroizing;

use crate::pages::doors::home_zone;
use crate::pages::{Asked, Frame, Here, Sent, Visit, page, page_with, see};
use crate::problem::Problem;
use crate::words::{self, Moment};

struct Network {
    link: String,
    name: String,
    up: bool,
    state: PairingState,
    /// When it stops by itself.
    until: Option<Moment>,
}

#[derive(Template)]
#[template(path = "pages/locks/pair.html")]
struct Pair {
    frame: Frame,
    networks: Vec<Network>,
}

/// `GET /locks/pair`
pub(crate) async fn pair(visit: Visit, Asked(_): Asked) -> Result<Response, Problem> {
    page(&pair_page(&visit, None))
}

fn pair_page(visit: &Visit, problem: Option<&Problem>) -> Pair {
    let frame = visit.frame("Take a lock in", Here::Doors).live("links lagged").wrong(problem);
    let networks = visit.app.hub.networks();
    let fallback = &visit.app.config.time_zone;
    visit.app.hub.view(|view| {
        let zone = home_zone(view, fallback);
        let links = view.links();
        let network = |(link, state): (String, PairingState)| Network {
            name: words::link_name(&link).to_owned(),
            up: links.iter().any(|it| it.name == link && it.up),
            until: match &state {
                PairingState::Waiting { until }
                | PairingState::PinWanted { until, .. }
                | PairingState::Leaving { until } => Some(zone.moment(*until, view.now)),
                _ => None,
            },
            link,
            state,
        };
        Pair { frame, networks: networks.into_iter().map(network).collect() }
    })
}

/// `POST /locks/pair/{network}/include`
pub(crate) async fn include(
    visit: Visit,
    Path(network): Path<String>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let qr =
        Some(form.raw("qr").trim()).filter(|text| !text.is_empty()).map(|t| Zeroizing::new(t.to_owned()));
    let how = Include { qr, old_security: form.has("old_security") };
    let done = visit.app.hub.include(visit.actor()?, &network, how).await;
    answer(&visit, done.map_err(Problem::from))
}

/// `POST /locks/pair/{network}/pin`
pub(crate) async fn enter_pin(
    visit: Visit,
    Path(network): Path<String>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let pin = Zeroizing::new(form.raw("pin").to_owned());
    let done = visit.app.hub.enter_device_pin(visit.actor()?, &network, pin).await;
    answer(&visit, done.map_err(Problem::from))
}

/// `POST /locks/pair/{network}/exclude`
pub(crate) async fn exclude(visit: Visit, Path(network): Path<String>) -> Result<Response, Problem> {
    let done = visit.app.hub.exclude(visit.actor()?, &network).await;
    answer(&visit, done.map_err(Problem::from))
}

/// `POST /locks/pair/{network}/stop`
pub(crate) async fn stop_pairing(visit: Visit, Path(network): Path<String>) -> Result<Response, Problem> {
    let done = visit.app.hub.stop_pairing(visit.actor()?, &network).await;
    answer(&visit, done.map_err(Problem::from))
}

fn answer(visit: &Visit, done: Result<(), Problem>) -> Result<Response, Problem> {
    match done {
        Ok(()) => Ok(see("/locks/pair", "")),
        Err(problem) => page_with(problem.status, &pair_page(visit, Some(&problem))),
    }
}
