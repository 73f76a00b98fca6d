//! Reading requests: the caller, JSON with words for what is wrong, and secrets that never come back in an
//! error.

use std::fmt;

use access::Pin;
use axum::extract::{FromRef, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use hub::Actor;
use serde::de::{DeserializeOwned, Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::auth::{BODY_MAX, Caller, From};
use crate::problem::Problem;
use crate::state::App;

/// The program or browser that asks, with the hub at hand.
pub(crate) struct By {
    pub app: App,
    pub actor: Actor,
    /// Where from, for throttling.
    pub from: String,
}

impl<S: Send + Sync> FromRequestParts<S> for By
where
    App: FromRef<S>,
{
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Caller>().and_then(Caller::actor);
        let actor = caller.cloned().ok_or_else(Problem::sign_in_first)?;
        let from = parts.extensions.get::<From>().map_or_else(String::new, |from| from.0.clone());
        Ok(Self { app: App::from_ref(state), actor, from })
    }
}

/// A JSON body. Unknown fields are refused, so that a typing error does not pass as a wish.
pub(crate) struct Input<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = axum::body::to_bytes(request.into_body(), BODY_MAX)
            .await
            .map_err(|_| Problem::bad_input(format!("The body is larger than {} kB.", BODY_MAX / 1024)))?;
        let bytes = Zeroizing::new(bytes.to_vec());
        let empty: &[u8] = b"{}";
        let text = if bytes.is_empty() { empty } else { &bytes };
        serde_json::from_slice(text)
            .map(Self)
            .map_err(|error| Problem::bad_input(format!("The JSON body does not fit: {error}.")))
    }
}

/// A secret text (password, passphrase); wiped, never shown, never in an error.
#[derive(Clone, ToSchema)]
#[schema(value_type = String, format = Password)]
pub(crate) struct Text(Zeroizing<String>);

impl Text {
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

/// A secret on its way out to the one who asked for it: a code that was revealed, a token just made.
#[derive(ToSchema)]
#[schema(value_type = String, format = Password)]
pub(crate) struct Disclosed(Zeroizing<String>);

impl Disclosed {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }
}

impl Serialize for Disclosed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A code of 4 to 10 digits as a JSON string, so that leading zeros live.
#[derive(Clone, ToSchema)]
#[schema(value_type = String, format = Password, pattern = "^[0-9]{4,10}$")]
pub(crate) struct PinText(pub Pin);

/// Takes strings only; what else came is not repeated.
struct Quiet(&'static str);

impl Visitor<'_> for Quiet {
    type Value = Zeroizing<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Zeroizing::new(text.to_owned()))
    }
    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Zeroizing::new(text))
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Err(E::custom(self.0))
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Err(E::custom(self.0))
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Err(E::custom(self.0))
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Err(E::custom(self.0))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Quiet("a secret is a JSON string")).map(Self)
    }
}

impl<'de> Deserialize<'de> for PinText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_any(Quiet("a code is a JSON string of 4 to 10 digits"))?;
        Pin::parse(&text).map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{PinText, Text};

    #[test]
    fn s5_a_refused_secret_is_not_repeated() {
        for json in ["471199", "\"47x199\"", "-471199", "471199.5", "[471199]"] {
            let error = serde_json::from_str::<PinText>(json).err().map(|e| e.to_string()).expect("refused");
            assert!(!error.contains("47"), "{error}");
        }
        let error = serde_json::from_str::<Text>("471199").err().map(|e| e.to_string()).expect("refused");
        assert!(!error.contains("47"), "{error}");
        let pin = serde_json::from_str::<PinText>("\"004711\"").ok().map(|pin| pin.0.expose().to_owned());
        assert_eq!(pin.as_deref(), Some("004711"));
    }
}
