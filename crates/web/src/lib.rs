//! The house as seen in a browser and over HTTP: pages, the JSON API with its OpenAPI document, the live
//! stream, sign-in. Everything here asks the [`hub`]; nothing here decides who may enter.
//!
//! # The straight line of a request
//!
//! [`routes`] (one line per route: path, what the caller needs, handler) -> [`auth::guard`] (who asks, may
//! they, was it this site that asked) -> a handler in `pages/` or `api/` -> the hub -> a template or JSON.
//! A failure anywhere is a [`problem::Problem`]; the guard turns it into a page or into JSON.
//!
//! # How to add a page
//!
//! 1. Make a folder under `pages/` named for the noun: `mod.rs` with the handlers and their view models,
//!    and the templates beside it. Begin a template with `{% extends "pages/base.html" %}` and give its
//!    struct a field `frame: Frame`, made by [`pages::Visit::frame`].
//! 2. Add one line per route in `routes.rs`. The second argument says what the caller needs; there is no
//!    way to add a route without saying it.
//! 3. Add the same rows to `tests/authorisation.txt`: the test fails for a route without one, and asks every
//!    route as every role.
//! 4. A page that should follow changes without reload names its topics in the frame
//!    ([`pages::Frame::live`]) and gives the parts that change an `id` and the attribute `data-live`.
//! 5. What the page can do, the API can do: add it under `api/` and run `cargo xtask openapi`.
//!
//! # Absences that hold
//!
//! No inline script or style. No third-party request. No code of a person in a URL, in a page that did not
//! ask for it, in an error text or in a metric. No route without a row in the table of authorisation.

mod api;
mod assets;
mod auth;
mod config;
mod drawing;
mod foresee;
mod lab;
mod list;
mod live;
mod metrics;
mod pages;
mod problem;
mod routes;
mod serve;
mod state;
#[cfg(test)]
mod tests;
mod tls;
mod words;

pub use config::{ListenError, Tls, WebConfig, local_time_zone};
pub use serve::{Bound, ServeError, bind, serve};
pub use tls::{AutoCertificate, TlsError, auto_certificate};

/// The OpenAPI 3.1 document of every route under `/api/v1`, as pretty JSON with a newline at the end.
/// The same text is checked in as `openapi/doorward.json`.
pub fn openapi() -> String {
    let mut text = routes::all().document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
