//! What a password must be, and the codes that people read from one screen and type on another.

use crate::error::HubError;
use crate::ports::Ids;

/// Shortest password (ISVS 2.1.5 asks for 12 characters).
pub const PASSWORD_MIN: usize = 12;
/// Longest password: Argon2 would take more, a form field should not.
pub const PASSWORD_MAX: usize = 256;
/// Letters of set-up and invitation codes: no 0/O, 1/I/L.
const CODE_LETTERS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const CODE_LENGTH: usize = 12;

/// Twelve letters in groups of four: 59 bits, enough with the limit on tries.
pub(super) fn readable_code(ids: &dyn Ids) -> String {
    let mut letters = String::with_capacity(CODE_LENGTH);
    while letters.len() < CODE_LENGTH {
        let mut byte = [0_u8];
        ids.fill(&mut byte);
        // 248 = 8 * 31: every letter equally likely
        if byte[0] < 248 {
            letters.push(char::from(CODE_LETTERS[usize::from(byte[0]) % CODE_LETTERS.len()]));
        }
    }
    format!("{}-{}-{}", &letters[..4], &letters[4..8], &letters[8..])
}

/// As it was meant: capital letters, dashes where they belong.
pub(super) fn tidy_code(typed: &str) -> String {
    let letters: String = typed.to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect();
    if letters.len() != CODE_LENGTH {
        return letters;
    }
    format!("{}-{}-{}", &letters[..4], &letters[4..8], &letters[8..])
}

/// Length first (NIST SP 800-63B: length beats composition), then what a guesser tries first.
pub(super) fn strong_enough(password: &str, name: &str) -> Result<(), HubError> {
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        return Err(HubError::Weak(format!(
            "a password has at least {PASSWORD_MIN} characters; a few words do well"
        )));
    }
    if password.len() > PASSWORD_MAX {
        return Err(HubError::Weak(format!("a password has at most {PASSWORD_MAX} characters")));
    }
    let lower = password.to_lowercase();
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < 5 {
        return Err(HubError::Weak(
            "that password repeats too few characters: use a few unrelated words".into(),
        ));
    }
    let run = lower.as_bytes().windows(2).filter(|pair| pair[1] == pair[0].wrapping_add(1)).count();
    if run + 2 >= lower.len() {
        return Err(HubError::Weak("that password is a plain sequence: use a few unrelated words".into()));
    }
    let name = name.to_lowercase();
    let without: String = ["password", "doorward", "passwort", "qwertyuiop", name.as_str()]
        .iter()
        .filter(|word| word.len() > 2)
        .fold(lower, |rest, word| rest.replace(word, ""));
    if without.chars().count() < 6 {
        return Err(HubError::Weak(
            "that password is built on a word everybody tries: use a few unrelated words".into(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{strong_enough, tidy_code};

    #[test]
    fn passwords_people_try_first_are_refused() {
        for weak in [
            "short",
            "aaaaaaaaaaaaaa",
            "abcdefghijklmnop",
            "passwordpassword",
            "Doorward1234",
            "ottoottootto1",
        ] {
            assert!(strong_enough(weak, "otto").is_err(), "{weak}");
        }
        assert!(strong_enough("three mossy bicycles", "otto").is_ok());
        assert!(strong_enough(&"x y z w v u ".repeat(40), "otto").is_err());
    }

    #[test]
    fn codes_forgive_case_and_dashes() {
        assert_eq!(tidy_code(" abcd efgh-jkmn "), "ABCD-EFGH-JKMN");
        assert_eq!(tidy_code("abc"), "ABC");
    }
}
