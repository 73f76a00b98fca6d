//! The one middleware: host, caller, permission, origin, form token, time limit; and on the way back the
//! words of a problem in the form that the caller reads.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::cookie::session_token;
use super::{Caller, Needs, csrf, headers, upload};
use crate::config::Tls;
use crate::pages;
use crate::problem::Problem;
use crate::state::App;

/// Largest request body: forms and JSON are small. Only a photo may be larger, see `upload`.
pub(crate) const BODY_MAX: usize = 64 * 1024;
/// An answer takes at most so long; live streams begin at once and then go on.
const ANSWER_WITHIN: Duration = Duration::from_secs(90);

/// Where the request came from, for throttling: the address, or what the trusted proxy says.
#[derive(Debug, Clone)]
pub(crate) struct From(pub String);

/// See the module. An unexpected failure inside a handler is caught by the server, not here.
pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let secure = app.config.secure();
    let path = request.uri().path().to_owned();
    let api = path.starts_with("/api/") || path == "/metrics" || path == "/healthz";
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().map(|m| m.as_str().to_owned());
    let caller = who(&app, request.headers(), api).await;
    request.extensions_mut().insert(caller.clone());

    let answer = match admit(&app, &mut request, &caller, &method, matched.as_deref()).await {
        Err(problem) => problem.into_response(),
        Ok(()) => tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await.unwrap_or_else(|_| {
            let text = "That took too long and was given up. Look at the page again to see what was done.";
            Problem::new(StatusCode::GATEWAY_TIMEOUT, "too_long", text).into_response()
        }),
    };
    app.counters.count(&method, answer.status());
    let mut answer = tell(&app, answer, &caller, &path, &method, api).await;
    headers::protect(answer.headers_mut(), secure);
    answer
}

/// Everything that can refuse a request before a handler sees it.
async fn admit(
    app: &App,
    request: &mut Request,
    caller: &Caller,
    method: &Method,
    matched: Option<&str>,
) -> Result<(), Problem> {
    if !csrf::known_host(request.headers(), &app.config) {
        let text = "This name does not belong to this machine. Open the pages by its address or home name.";
        return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "unknown_host", text));
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let forwarded = request.headers().contains_key("x-forwarded-for");
    let from = from(app, request.headers(), peer);
    request.extensions_mut().insert(from);
    let Some(path) = matched else {
        return Err(Problem::not_found("page"));
    };
    // deny by default: a route that is not in the table is refused
    let needs = app.table.needs(method, path).ok_or_else(|| {
        let text = "This address does not take that kind of request.";
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", text)
    })?;
    let on_this_machine = !forwarded && !matches!(app.config.tls, Tls::Proxy { .. });
    caller.check(needs, on_this_machine && peer.is_some_and(|ip| ip.is_loopback()))?;
    // a stream is opened by a GET, and a browser lets any site try: its own page must have asked
    let stream = request
        .headers()
        .get(header::UPGRADE)
        .is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"));
    if stream
        && !(request.headers().contains_key(header::ORIGIN)
            && csrf::same_site(request.headers(), &app.config))
    {
        let text = "Another site tried to open this stream; nothing was done. Open the page here.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "other_site", text));
    }
    if method.is_safe() || matches!(caller, Caller::Program { .. }) {
        return Ok(());
    }
    if !csrf::same_site(request.headers(), &app.config) {
        let text = "Another site sent this request; nothing was done. Open the page here and try again.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "other_site", text));
    }
    match (caller, needs) {
        (_, Needs::Open) => Ok(()),
        (Caller::Browser { token, .. }, _)
            if upload::takes(path) && upload::is_multipart(request.headers()) =>
        {
            let upload = upload::read(request).await?;
            if !csrf::matches(token, upload.field("csrf")) {
                return Err(old_form());
            }
            request.extensions_mut().insert(upload);
            Ok(())
        }
        (Caller::Browser { token, .. }, _) => form_token(request, token).await,
        _ => Err(Problem::sign_in_first()),
    }
}

async fn who(app: &App, headers: &HeaderMap, bearer_allowed: bool) -> Caller {
    if bearer_allowed
        && let Some(token) = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.strip_prefix("Bearer "))
    {
        // a wrong token is nobody, even beside a good cookie
        return match app.hub.bearer(token.trim()).await {
            Some(actor) => Caller::Program { actor },
            None => Caller::Nobody,
        };
    }
    let Some(token) = session_token(headers, app.config.secure()) else { return Caller::Nobody };
    match app.hub.session(&token).await {
        Some((actor, _)) => Caller::Browser { actor, token: Arc::new(token) },
        None => Caller::Nobody,
    }
}

fn from(app: &App, headers: &HeaderMap, peer: Option<IpAddr>) -> From {
    let by_proxy = matches!(app.config.tls, Tls::Proxy { .. })
        .then(|| headers.get_all("x-forwarded-for").iter().next_back())
        .flatten()
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.rsplit(',').next())
        .and_then(|last| last.trim().parse::<IpAddr>().ok());
    From(by_proxy.or(peer).map_or_else(|| "unknown".to_owned(), |ip| ip.to_string()))
}

fn old_form() -> Problem {
    let text =
        "The form is from an earlier sign-in; nothing was done. Go back, reload the page and try again.";
    Problem::new(StatusCode::FORBIDDEN, "form_token", text)
}

/// Forms carry the token in the field `csrf`, scripts in the header `X-Doorward-Form`.
async fn form_token(request: &mut Request, session: &str) -> Result<(), Problem> {
    let refused = old_form;
    if let Some(given) = request.headers().get("x-doorward-form") {
        let given = given.to_str().map_err(|_| refused())?;
        return if csrf::matches(session, given) { Ok(()) } else { Err(refused()) };
    }
    let form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if !form {
        return Err(refused());
    }
    let body = std::mem::replace(request.body_mut(), Body::empty());
    let bytes: Bytes = to_bytes(body, BODY_MAX).await.map_err(|_| {
        let text = format!("That is more than a form may hold ({} kB).", BODY_MAX / 1024);
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", text)
    })?;
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(&bytes).map_err(|_| refused())?;
    let given = fields.iter().find(|(name, _)| name == "csrf").ok_or_else(refused)?;
    if !csrf::matches(session, &given.1) {
        return Err(refused());
    }
    *request.body_mut() = Body::from(bytes);
    Ok(())
}

/// Gives a failed answer its words: JSON for programs, a page or a redirect for browsers.
async fn tell(
    app: &App,
    answer: Response,
    caller: &Caller,
    path: &str,
    method: &Method,
    api: bool,
) -> Response {
    if !answer.status().is_client_error() && !answer.status().is_server_error() {
        return answer;
    }
    let problem = match answer.extensions().get::<Problem>() {
        Some(problem) => problem.clone(),
        // a page that shows its own problem beside the form
        None if is_html(&answer) => return answer,
        None => rejected(answer).await,
    };
    let mut answer = if api {
        crate::api::problem_json(&problem)
    } else {
        pages::problem::show(app, caller, &problem, path, method)
    };
    answer.extensions_mut().insert(problem);
    answer
}

fn is_html(answer: &Response) -> bool {
    answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// The framework's own refusals (a bad id in a path, a body that does not parse) as a problem.
async fn rejected(answer: Response) -> Problem {
    let status = answer.status();
    let code = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        _ => "bad_request",
    };
    let text = to_bytes(answer.into_body(), 4096).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    if text.starts_with("Invalid URL") {
        // the framework's words for an id that is none; a person mistyped or cut an address
        return Problem::not_found("page");
    }
    let words = if text.is_empty() { "The request could not be read." } else { text.as_ref() };
    Problem::new(status, code, words)
}
