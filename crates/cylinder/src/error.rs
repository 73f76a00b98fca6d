//! What can be wrong with a description or a request, always with the name of the field and the way out.

use alloc::{
    format,
    string::{String, ToString},
};
/// Why a cylinder, an attacker or a run was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A field holds a value that cannot be.
    #[error("{field}: {value} cannot be used: {why}")]
    Field {
        /// Name of the field as written in the description.
        field: &'static str,
        /// The value, as text.
        value: String,
        /// What would be right.
        why: String,
    },
    /// The description is well formed, but there is no model for it: it is not rated, never guessed.
    #[error("not rated: {0}")]
    NotRated(String),
    /// A figures file (TOML) does not hold what the model needs.
    #[error("figures, {file}: {why}")]
    Figures {
        /// Which file.
        file: &'static str,
        /// What is missing or wrong.
        why: String,
    },
}

/// Short way to build [`Error::Field`].
pub(crate) fn field(field: &'static str, value: impl core::fmt::Display, why: impl Into<String>) -> Error {
    Error::Field { field, value: value.to_string(), why: why.into() }
}

/// Refuses NaN, infinities and values outside `low..=high`.
///
/// # Errors
/// [`Error::Field`] naming the field and the range.
pub(crate) fn in_range(name: &'static str, value: f64, low: f64, high: f64) -> Result<f64, Error> {
    if value.is_finite() && value >= low && value <= high {
        Ok(value)
    } else {
        Err(field(name, value, format!("it must be a number from {low} to {high}")))
    }
}
