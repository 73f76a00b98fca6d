//! `GET /healthz` and `GET /metrics` (Prometheus text form). Counts only: no name, no id, no code.

use std::sync::atomic::AtomicI64;

use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::IntoResponse;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use access::ErrandState;

use crate::problem::Problem;
use crate::state::App;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: &'static str,
    class: &'static str,
}

/// Counted while serving; everything else is looked up when asked.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    answers: Family<Answer, Counter>,
    pub streams: Gauge,
}

impl Counters {
    pub(crate) fn count(&self, method: &Method, status: StatusCode) {
        let method = match method.as_str() {
            "GET" | "HEAD" => "read",
            _ => "write",
        };
        let class = match status.as_u16() / 100 {
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        self.answers.get_or_create(&Answer { method, class }).inc();
    }
}

/// Ready to serve: the hub is open, otherwise nobody would be listening here.
#[utoipa::path(get, path = "/healthz", tag = "service", responses((status = 200, body = String, description = "`ok`")))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Figures for Prometheus. Needs a token with scope `read`, or a caller on the machine itself.
#[utoipa::path(get, path = "/metrics", tag = "service",
    responses((status = 200, body = String, description = "OpenMetrics text")))]
pub(crate) async fn metrics(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    let mut registry = Registry::with_prefix("doorward");
    registry.register("http_answers", "Answers by kind", app.counters.answers.clone());
    registry.register("live_streams", "Open live streams", app.counters.streams.clone());
    let mut gauge = |name: &str, help: &str, value: usize| {
        let gauge: Gauge<i64, AtomicI64> = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    };
    let flags = app.hub.red_flags(None);
    let doors: std::collections::BTreeSet<_> = flags.iter().map(|flag| flag.door).collect();
    gauge("red_flags", "Red flags that are up", flags.len());
    gauge("doors_with_red_flags", "Doors with a red flag", doors.len());
    gauge("lab_cylinders", "Cylinders under hand in the lab", app.lab.seated());
    app.hub.view(|view| {
        let house = view.house;
        let rows: Vec<_> = house.locks.values().flat_map(|lock| view.errands(lock)).collect();
        let errands = |state: ErrandState| rows.iter().filter(|errand| errand.state == state).count();
        let reachable = |wanted: bool| {
            house.locks.values().filter(|lock| view.live(lock.id).reachable == Some(wanted)).count()
        };
        gauge("people", "People entered", house.people.len());
        gauge("doors", "Doors entered", house.doors.len());
        gauge("locks", "Locks entered", house.locks.len());
        gauge("locks_in_reach", "Locks that answer", reachable(true));
        gauge("locks_out_of_reach", "Locks that do not answer", reachable(false));
        gauge("changes_due", "Changes waiting for a lock", errands(ErrandState::Due));
        gauge("changes_in_flight", "Changes sent, answer outstanding", errands(ErrandState::InFlight));
        gauge("changes_refused", "Changes that a lock refused", errands(ErrandState::Refused));
        gauge("changes_suspended", "Changes given up for now", errands(ErrandState::Suspended));
        gauge("codes_of_strangers", "Codes on locks that nobody here gave", view.strangers().len());
        let arrivals = view.arrivals(crate::api::arrivals::DAYS);
        let risks = arrivals.iter().filter(|one| one.ready.is_at_risk()).count();
        let there = arrivals.iter().filter(|one| one.ready.is_there()).count();
        gauge("arrivals", "Codes on locks that are to open in the next 14 days", arrivals.len());
        gauge("arrivals_ready", "Of these, on the lock", there);
        gauge("arrivals_at_risk", "Of these, not there in time as things stand", risks);
        let size = usize::try_from(view.journal().size).unwrap_or(usize::MAX);
        gauge("log_entries", "Entries in the log", size);
    });
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|error| Problem::internal("Writing the figures", &error))?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text))
}
