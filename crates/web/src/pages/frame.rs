//! Who visits, and the frame around every page: title, navigation, form token, live topics.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use hub::Actor;
use hub::ports::Scope;
use jiff::Timestamp;

use crate::assets;
use crate::auth::{Caller, csrf_token};
use crate::problem::Problem;
use crate::state::App;

/// Which entry of the navigation is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Here {
    Doors,
    People,
    Log,
    Settings,
    /// Before signing in, and on pages outside the navigation.
    None,
}

/// The visitor of a page.
pub(crate) struct Visit {
    pub app: App,
    pub caller: Caller,
    done: Option<&'static str>,
}

impl<S: Send + Sync> FromRequestParts<S> for Visit
where
    App: axum::extract::FromRef<S>,
{
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let app = <App as axum::extract::FromRef<S>>::from_ref(state);
        let caller = parts.extensions.get::<Caller>().cloned().unwrap_or(Caller::Nobody);
        let done = parts
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .find_map(|pair| pair.strip_prefix("done="))
            .and_then(done_words);
        Ok(Self { app, caller, done })
    }
}

impl Visit {
    pub(crate) fn new(app: &App, caller: &Caller) -> Self {
        Self { app: app.clone(), caller: caller.clone(), done: None }
    }

    /// Who is signed in. The guard let nobody else in; a page open to all must not ask.
    pub(crate) fn actor(&self) -> Result<&Actor, Problem> {
        self.caller.actor().ok_or_else(Problem::sign_in_first)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.app.hub.view(|view| view.now)
    }

    fn may(&self, scope: Scope) -> bool {
        self.caller.actor().is_some_and(|actor| actor.may(scope))
    }

    pub(crate) fn frame(&self, title: impl Into<String>, here: Here) -> Frame {
        let csrf = match &self.caller {
            Caller::Browser { token, .. } => csrf_token(token),
            _ => String::new(),
        };
        let who = self.caller.actor();
        Frame {
            title: title.into(),
            here,
            csrf,
            who: who.map(|actor| actor.name.clone()).unwrap_or_default(),
            manage: self.may(Scope::Manage),
            operate: self.may(Scope::Operate),
            reveal: self.may(Scope::Reveal),
            admin: self.may(Scope::Admin),
            done: self.done,
            wrong: None,
            topics: "",
            told: self.app.hub.told(),
            body: String::new(),
            bodies: self.app.bodies.is_some(),
            style: assets::Links.of("style.css"),
            script: assets::Links.of("app.js"),
            htmx: assets::Links.of("htmx.js"),
            icon: assets::Links.of("icon.svg"),
            scripted: assets::LIVE,
        }
    }
}

/// Around every page.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub title: String,
    pub here: Here,
    pub csrf: String,
    pub who: String,
    pub manage: bool,
    pub operate: bool,
    pub reveal: bool,
    pub admin: bool,
    /// What was just done, in words.
    pub done: Option<&'static str>,
    /// What is wrong with the form below, in words.
    pub wrong: Option<String>,
    /// Topics of the live stream at which the parts with `data-live` are asked for again.
    pub topics: &'static str,
    /// How much the stream had told when this page was made.
    pub told: u64,
    /// A virtual lock whose state the stream also carries.
    pub body: String,
    /// Whether this house can make virtual locks.
    pub bodies: bool,
    pub style: String,
    pub script: String,
    pub htmx: String,
    pub icon: String,
    /// Whether this build has htmx, and so moves without reload.
    pub scripted: bool,
}

impl Frame {
    /// Follows these topics of the live stream, separated by spaces: `door lock log people links alerts accounts`.
    pub(crate) fn live(mut self, topics: &'static str) -> Self {
        self.topics = topics;
        self
    }

    /// Shows the page with what is wrong with its form.
    pub(crate) fn wrong(mut self, problem: Option<&Problem>) -> Self {
        self.wrong = problem.map(|problem| problem.message.clone());
        self
    }
}

/// Renders a page.
pub(crate) fn page(template: &impl Template) -> Result<Response, Problem> {
    page_with(StatusCode::OK, template)
}

/// Renders a page with a status, for forms that were refused.
pub(crate) fn page_with(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    let html = template.render().map_err(|error| Problem::internal("Writing the page", &error))?;
    Ok((status, Html(html)).into_response())
}

/// After a form: go and look at this page, which says what was done. `done` is a key of [`done_words`].
pub(crate) fn see(path: &str, done: &'static str) -> Response {
    let place = if done.is_empty() {
        path.to_owned()
    } else {
        let (path, fragment) = path.split_once('#').map_or((path, None), |(p, f)| (p, Some(f)));
        let join = if path.contains('?') { '&' } else { '?' };
        let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
        format!("{path}{join}done={done}{fragment}")
    };
    match HeaderValue::from_str(&place) {
        Ok(place) => (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response(),
        Err(_) => StatusCode::SEE_OTHER.into_response(),
    }
}

/// The address carries a key only, so that nobody can make this site say something by a link.
fn done_words(key: &str) -> Option<&'static str> {
    Some(match key {
        "added" => "Added.",
        "changed" => "Changed.",
        "removed" => "Removed.",
        "removing" => "Its codes are being taken off the lock; then it is forgotten.",
        "given" => "Access given. Below is where it stands on each lock.",
        "revoked" => "Ended. The code is being taken off every lock it was on.",
        "code" => "The code is changed. Locks get the new one before the old one goes.",
        "erased" => "Erased from the log; every proof stays whole.",
        "locking" => "Asked the lock to lock.",
        "unlocking" => "Asked the lock to unlock.",
        "retry" => "Will try again now.",
        "adopted" => "Adopted: the code now belongs to that person.",
        "stranger_gone" => "The code is being taken off the lock.",
        "saved" => "Saved.",
        "password" => "The password is changed.",
        "confirmed" => "Thank you. You can go on for ten minutes.",
        "mode" => "The lock has the new mode.",
        "relock" => "Done: the lock has taken this time.",
        "lifted" => "The lock has forgotten the wrong codes: every code works again.",
        "clock" => "The lock takes its clock as right: codes with hours work again.",
        "rehearsing" => "The rehearsal runs. Below is what to try; what happens is noted by itself.",
        "rehearsed" => "The rehearsal is over; its report is kept below.",
        "enrolled" => "The lock has learnt it.",
        "other" => "The second controller has done it; the lock's page shows what Doorward makes of it.",
        "tested" => "Noted that the backup was tested now.",
        "not_working" => "Noted that the backup does not work: mend it, then try again.",
        "task" => "Done; it stands in the log.",
        "feed_ended" => "The address has ended: calendars that knew it get nothing any more.",
        "kept" => "Kept.",
        "reviewed" => "The review is done. It comes again after the months below.",
        "checked" => "Noted. The causes below are in their new order.",
        "mended" => "The search is over.",
        _ => return None,
    })
}
