//! The live stream: what changed, as server-sent events, one stream per page. It carries topics and ids,
//! never content: the page asks again for the part that changed, and so passes the guard again.

use std::convert::Infallible;
use std::time::Duration;

use access::LockId;
use axum::extract::{Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::stream::{BoxStream, Stream, StreamExt, select};
use hub::Live;
use hub::ports::BodyState;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;

use crate::problem::Problem;
use crate::state::App;

/// A stream ends after this long; the browser opens it again and is asked again who it is.
const STREAM_FOR: Duration = Duration::from_secs(600);
/// Silence is broken so often, so that a dead connection is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What the stream carries besides changes of the house.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(crate) struct Wish {
    /// Also what is to be seen of this virtual lock, as event `body`.
    #[param(value_type = Option<uuid::Uuid>)]
    body: Option<LockId>,
}

/// Changes as they happen (`text/event-stream`). Event `change`: `{"what": "door", "id": "..."}`, with
/// `what` one of `door`, `lock`, `people`, `log` (`index` instead of `id`), `links`, `alerts`, `accounts`,
/// or `lagged`: reload, something was missed. Event `body`: state of the virtual lock asked for.
#[utoipa::path(get, path = "/api/v1/live", tag = "live", params(Wish),
    responses((status = 200, body = String, content_type = "text/event-stream", description = "events")))]
pub(crate) async fn stream(
    State(app): State<App>,
    Query(wish): Query<Wish>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let permit = app.streams.clone().try_acquire_owned().map_err(|_| {
        let text = "Too many live pages are open at once. This page works, but reload it to see changes.";
        Problem::new(axum::http::StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", text)
    })?;
    let open = Open::new(&app, permit);
    let changes = app.hub.subscribe().map(|live| change(&live)).boxed();
    // read after the stream listens: what comes in between is told twice rather than never
    let told = json!({ "told": app.hub.told() }).to_string();
    let events = match bodies(&app, wish.body)? {
        Some(bodies) => select(changes, bodies).boxed(),
        None => changes,
    };
    let mut closing = app.closing.clone();
    let mut age = tokio::time::interval(STREAM_FOR);
    age.reset();
    let end = Box::pin(async move {
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => {}
            _ = age.tick() => {}
        }
        drop(open);
    });
    // the first event tells the page that it is connected, and by the figure whether it missed something before
    let hello = futures::stream::once(async { Event::default().event("hello").data(told) });
    let events = hello.chain(events.take_until(end)).map(Ok);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// Counts a stream for as long as it lives.
struct Open {
    app: App,
    _permit: OwnedSemaphorePermit,
}

impl Open {
    fn new(app: &App, permit: OwnedSemaphorePermit) -> Self {
        app.counters.streams.inc();
        Self { app: app.clone(), _permit: permit }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.app.counters.streams.dec();
    }
}

fn change(live: &Live) -> Event {
    let data = match live {
        Live::Door(id) => json!({"what": "door", "id": id}),
        Live::Lock(id) => json!({"what": "lock", "id": id}),
        Live::People => json!({"what": "people"}),
        Live::Log(index) => json!({"what": "log", "index": index}),
        Live::Links => json!({"what": "links"}),
        Live::Alerts => json!({"what": "alerts"}),
        Live::Accounts => json!({"what": "accounts"}),
        Live::Lagged => json!({"what": "lagged"}),
    };
    Event::default().event("change").data(data.to_string())
}

fn bodies(app: &App, lock: Option<LockId>) -> Result<Option<BoxStream<'static, Event>>, Problem> {
    let (Some(lock), Some(bodies)) = (lock, &app.bodies) else { return Ok(None) };
    let address = app
        .hub
        .view(|view| view.house.locks.get(&lock).map(|lock| lock.address.clone()))
        .ok_or_else(|| Problem::not_found("virtual lock"))?;
    let states = bodies.watch().filter_map(move |(at, state): (_, BodyState)| {
        let event = (at == address).then(|| {
            let data = serde_json::to_string(&state).unwrap_or_default();
            Event::default().event("body").data(data)
        });
        async move { event }
    });
    Ok(Some(states.boxed()))
}
