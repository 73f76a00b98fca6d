//! Reading forms and query strings: every field has a name, a limit and words for what is wrong with it.
//! Values are wiped when the form goes, since some hold passwords and codes.

use std::str::FromStr;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use jiff::civil::{DateTime, Time};
use zeroize::Zeroizing;

use crate::problem::Problem;

/// More fields than any form here has.
const FIELDS_MAX: usize = 600;

/// The fields of a form or query string, in order; a name may come several times (check boxes).
pub(crate) struct Fields(Vec<(String, Zeroizing<String>)>);

/// A form that was sent (`POST`).
pub(crate) struct Sent(pub Fields);

/// The query string of an address (`GET`).
pub(crate) struct Asked(pub Fields);

impl Fields {
    /// No field at all.
    pub(crate) fn empty() -> Self {
        Self(Vec::new())
    }

    fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(bytes)
            .map_err(|_| Problem::bad_input("The form could not be read. Reload the page and try again."))?;
        if fields.len() > FIELDS_MAX {
            return Err(Problem::bad_input(format!("A form holds at most {FIELDS_MAX} fields.")));
        }
        Ok(Self(fields.into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect()))
    }

    /// The field as it is, empty when missing.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every value of a field that may come several times.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// Trimmed text, not longer than `max` characters; may be empty. `label` is the word on the page.
    pub(crate) fn text(&self, name: &str, label: &str, max: usize) -> Result<String, Problem> {
        let text = self.raw(name).trim();
        if text.chars().count() > max {
            return Err(Problem::bad_input(format!("{label}: at most {max} characters.")));
        }
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\r' && c != '\t') {
            return Err(Problem::bad_input(format!("{label}: holds a character that cannot be shown.")));
        }
        Ok(text.to_owned())
    }

    /// As [`text`](Self::text), but not empty.
    pub(crate) fn needed(&self, name: &str, label: &str, max: usize) -> Result<String, Problem> {
        let text = self.text(name, label, max)?;
        if text.is_empty() {
            Err(Problem::bad_input(format!("{label}: please fill it in.")))
        } else {
            Ok(text)
        }
    }

    /// An id, a number: anything that parses.
    pub(crate) fn parsed<T: FromStr>(&self, name: &str, label: &str) -> Result<T, Problem> {
        self.raw(name)
            .trim()
            .parse()
            .map_err(|_| Problem::bad_input(format!("{label}: please choose one from the page.")))
    }

    /// As [`parsed`](Self::parsed); `None` when empty or missing.
    pub(crate) fn maybe<T: FromStr>(&self, name: &str, label: &str) -> Result<Option<T>, Problem> {
        if self.raw(name).trim().is_empty() { Ok(None) } else { self.parsed(name, label).map(Some) }
    }

    /// A date and time from `<input type="datetime-local">`.
    pub(crate) fn date_time(&self, name: &str, label: &str) -> Result<Option<DateTime>, Problem> {
        let text = self.raw(name).trim();
        if text.is_empty() {
            return Ok(None);
        }
        let refused = || Problem::bad_input(format!("{label}: write date and time as 2026-06-30T18:00."));
        text.parse().map(Some).map_err(|_| refused())
    }

    /// A time of day from `<input type="time">`; `24:00` is the end of the day.
    pub(crate) fn time(&self, name: &str, label: &str) -> Result<Time, Problem> {
        clock_time(self.raw(name)).ok_or_else(|| {
            Problem::bad_input(format!("{label}: write the time as hours and minutes, for example 08:00."))
        })
    }
}

/// `08:00`, `8:00`, `24:00` (midnight at the end of the day).
pub(crate) fn clock_time(text: &str) -> Option<Time> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let minutes = minutes.split(':').next()?;
    let (hours, minutes) = (hours.parse::<i8>().ok()?, minutes.parse::<i8>().ok()?);
    if (hours, minutes) == (24, 0) {
        return Some(Time::midnight());
    }
    Time::new(hours, minutes, 0, 0).ok()
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Problem;
    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = axum::body::to_bytes(request.into_body(), crate::auth::BODY_MAX)
            .await
            .map_err(|_| Problem::bad_input("That is more than a form may hold."))?;
        Fields::parse(&bytes).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Fields::parse(parts.uri.query().unwrap_or_default().as_bytes()).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fields, clock_time};
    use jiff::civil::time;

    #[test]
    fn fields_are_bounded_and_named() {
        let fields = Fields::parse(b"name=+Ana+&day=mon&day=tue&long=aaaaaa").expect("a form");
        assert_eq!(fields.needed("name", "Name", 80).ok().as_deref(), Some("Ana"));
        assert_eq!(fields.all("day").collect::<Vec<_>>(), ["mon", "tue"]);
        let refused = fields.text("long", "Note", 5).expect_err("too long").message;
        assert_eq!(refused, "Note: at most 5 characters.");
        assert!(fields.needed("missing", "Name", 80).is_err());
        assert!(Fields::parse(b"name=%00").expect("a form").text("name", "Name", 80).is_err());
    }

    #[test]
    fn e4_times_of_day() {
        assert_eq!(clock_time("08:30"), Some(time(8, 30, 0, 0)));
        assert_eq!(clock_time("24:00"), Some(time(0, 0, 0, 0)));
        assert_eq!(clock_time("25:00"), None);
        assert_eq!(clock_time("eight"), None);
    }
}
