//! The PIN: a string of digits whose leading zeros live. Zeroised on drop; deliberately without `Debug`,
//! `Display` and `Serialize`, so that it cannot slip into a log, an error text or a page.

use zeroize::Zeroizing;

/// Fewest digits any lock known to us takes (Z-Wave User Code: 4).
pub const PIN_DIGITS_MIN: usize = 4;
/// Most digits any lock known to us takes (Z-Wave User Code: 10).
pub const PIN_DIGITS_MAX: usize = 10;

/// A door code of 4 to 10 decimal digits. Cloning copies the secret; both copies are wiped on drop.
#[derive(Clone)]
pub struct Pin(Zeroizing<String>);

/// Why a text is not a PIN. Never repeats the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Something other than the digits 0 to 9.
    #[error("a code holds digits only: 0 to 9")]
    NotDigits,
    /// Fewer than 4 or more than 10 digits.
    #[error("a code has {PIN_DIGITS_MIN} to {PIN_DIGITS_MAX} digits, this one has {digits}")]
    Length {
        /// How many digits were given.
        digits: usize,
    },
}

impl Pin {
    /// Reads a PIN. Surrounding white space is not forgiven: what is typed at a keypad has none.
    ///
    /// # Errors
    /// [`PinError`] when the text is not 4 to 10 ASCII digits.
    pub fn parse(text: &str) -> Result<Self, PinError> {
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PinError::NotDigits);
        }
        if !(PIN_DIGITS_MIN..=PIN_DIGITS_MAX).contains(&text.len()) {
            return Err(PinError::Length { digits: text.len() });
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The digits. The name is meant to stand out where it is called: only for sealing, for sending to a
    /// lock, and for the explicit, logged request to show it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// How many digits (not a secret: the page shows it).
    pub fn digits(&self) -> u8 {
        u8::try_from(self.0.len()).unwrap_or(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::{Pin, PinError};

    #[test]
    fn leading_zeros_live() {
        assert_eq!(Pin::parse("004711").map(|p| p.expose().to_owned()), Ok("004711".to_owned()));
    }

    #[test]
    fn rejects_what_no_keypad_can_type() {
        assert_eq!(Pin::parse("12a4").err(), Some(PinError::NotDigits));
        assert_eq!(Pin::parse(" 1234").err(), Some(PinError::NotDigits));
        assert_eq!(Pin::parse("123").err(), Some(PinError::Length { digits: 3 }));
        assert_eq!(Pin::parse("12345678901").err(), Some(PinError::Length { digits: 11 }));
        // digits of other scripts are not digits of a keypad
        assert_eq!(Pin::parse("١٢٣٤").err(), Some(PinError::NotDigits));
    }
}
