//! What this is, what it holds to, and what it does not do.

use askama::Template;
use axum::response::Response;

use super::{Frame, Here, Visit, page};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "pages/about/about.html")]
struct About {
    frame: Frame,
    version: &'static str,
}

/// `GET /about`: open to all, so it says nothing of this house.
pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    let version = visit.app.config.version;
    page(&About { frame: visit.frame("About and limits", Here::None), version })
}
