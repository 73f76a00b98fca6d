//! What goes wrong, in words with the way out. One type for pages and API: a handler returns it, the guard
//! renders it as a page or as `{"error": {"code", "message"}}`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hub::HubError;
use hub::ports::BodyError;

/// A refusal or failure on its way to the caller. Never holds a secret.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable word for programs.
    pub code: &'static str,
    /// One or two sentences for a person.
    pub message: String,
    /// Seconds to wait before the next attempt.
    pub retry_after: Option<u64>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    /// A field that cannot be taken as it is.
    pub(crate) fn bad_input(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_input", message)
    }

    /// The thing named is not there.
    pub(crate) fn not_found(what: &str) -> Self {
        let message = format!("There is no such {what} here. It may have been removed in the meantime.");
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// Nobody is signed in.
    pub(crate) fn sign_in_first() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "sign_in_first",
            "Sign in first; a program sends `Authorization: Bearer TOKEN` with a token made under Settings.",
        )
    }

    /// Signed in, but not for this.
    pub(crate) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "Your account or token may not do that. An owner can, or can give you another role.",
        )
    }

    /// The password is asked for again.
    pub(crate) fn confirm_first() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "fresh_password_needed",
            "This needs your password again: it was entered more than ten minutes ago.",
        )
    }

    /// Something broke here; the log of the program says what.
    pub(crate) fn internal(what: &str, error: &dyn std::fmt::Display) -> Self {
        tracing::error!(what, %error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            format!("{what} failed; nothing was changed. The program's own output says why."),
        )
    }
}

impl From<HubError> for Problem {
    fn from(error: HubError) -> Self {
        let message = sentence(&error.to_string());
        match error {
            HubError::Forbidden => Self::forbidden(),
            HubError::NeedsFreshPassword => Self::confirm_first(),
            HubError::NotFound(what) => Self::not_found(what),
            HubError::Throttled { retry_after_s } => Self {
                retry_after: Some(retry_after_s),
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "throttled", message)
            },
            HubError::BadPassword | HubError::BadCode => {
                Self::new(StatusCode::FORBIDDEN, "bad_password", message)
            }
            HubError::Weak(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "weak", message),
            HubError::Link(_) => Self::new(StatusCode::BAD_GATEWAY, "lock_did_not", message),
            HubError::Store(_) => Self::new(StatusCode::INSUFFICIENT_STORAGE, "storage", message),
            _ => Self::new(StatusCode::CONFLICT, "refused", message),
        }
    }
}

/// Error texts of the libraries are parts of sentences; a person reads whole ones.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) || text.is_empty() { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        let message = sentence(&error.to_string());
        match error {
            BodyError::Unknown(_) => Self::new(StatusCode::NOT_FOUND, "not_found", message),
            BodyError::NotRunning(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_running", message),
            BodyError::Refused(_) => Self::bad_input(message),
            BodyError::Failed(_) => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", message),
        }
    }
}

impl IntoResponse for Problem {
    /// Status and headers only; the guard adds the words in the form that the caller reads.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}
