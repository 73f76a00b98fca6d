//! The session cookie: HttpOnly, SameSite=Strict, Secure and `__Host-` under TLS.

use axum::http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use zeroize::Zeroizing;

/// `__Host-` binds the cookie to this host, path `/` and TLS; browsers refuse it on plain HTTP.
fn name(secure: bool) -> &'static str {
    if secure { "__Host-doorward" } else { "doorward" }
}

/// The value for `Set-Cookie` after a sign-in. `None` when the token does not fit a header.
pub(crate) fn session_cookie(
    token: &str,
    expires: Timestamp,
    now: Timestamp,
    secure: bool,
) -> Option<HeaderValue> {
    let age = expires.duration_since(now).as_secs().max(0);
    let flag = if secure { "; Secure" } else { "" };
    let name = name(secure);
    let text = format!("{name}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{flag}");
    let mut value = HeaderValue::from_str(&text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The value for `Set-Cookie` after signing out.
pub(crate) fn expired_cookie(secure: bool) -> HeaderValue {
    HeaderValue::from_static(if secure {
        "__Host-doorward=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure"
    } else {
        "doorward=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
    })
}

/// The session token that came with a request.
pub(super) fn session_token(headers: &HeaderMap, secure: bool) -> Option<Zeroizing<String>> {
    let wanted = name(secure);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && !value.is_empty() && value.len() <= 256)
        .map(|(_, value)| Zeroizing::new(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{name, session_cookie, session_token};
    use axum::http::{HeaderMap, HeaderValue, header};
    use jiff::{Timestamp, ToSpan};

    #[test]
    fn cookie_carries_every_guard() {
        let now = Timestamp::UNIX_EPOCH;
        let value = session_cookie("t0", now + 2.hours(), now, true).expect("a header");
        assert_eq!(
            value.to_str().expect("text"),
            "__Host-doorward=t0; Path=/; Max-Age=7200; HttpOnly; SameSite=Strict; Secure"
        );
        assert!(value.is_sensitive());
    }

    #[test]
    fn only_the_cookie_of_this_protection_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=b; doorward=plain; x=y"));
        assert_eq!(session_token(&headers, false).as_deref().map(String::as_str), Some("plain"));
        assert!(session_token(&headers, true).is_none(), "a cookie set without TLS is not taken under TLS");
        assert_ne!(name(true), name(false));
    }
}
