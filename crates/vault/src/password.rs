//! Passwords of accounts: Argon2id in PHC string form. Knows no account; throttling is the hub's business.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use hub::ports::{PasswordHash, VaultError};

/// Memory in KiB, passes, lanes: the first choice of OWASP's Password Storage Cheat Sheet for Argon2id.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Salt for the work done in place of an unknown user. Nothing is ever compared with its result.
const NOBODY: &[u8; 16] = b"nobody has this.";

fn hasher() -> Result<Argon2<'static>, VaultError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| failed())?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn failed() -> VaultError {
    VaultError::Damaged("a password hash".into())
}

pub(crate) fn hash(password: &str) -> Result<PasswordHash, VaultError> {
    let hash: phc::PasswordHash = hasher()?.hash_password(password.as_bytes()).map_err(|_| failed())?;
    Ok(PasswordHash(hash.to_string()))
}

/// With `None` the same memory is filled and the answer is no.
pub(crate) fn check(hash: Option<&PasswordHash>, password: &str) -> bool {
    let Ok(argon) = hasher() else { return false };
    match hash.and_then(|h| phc::PasswordHash::new(&h.0).ok()) {
        Some(parsed) => argon.verify_password(password.as_bytes(), &parsed).is_ok(),
        None => {
            let mut out = [0; 32];
            // the work counts, not its result; an error here is as silent as a wrong password
            let _ = argon.hash_password_into(password.as_bytes(), NOBODY, &mut out);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{check, hash};
    use hub::ports::PasswordHash;

    #[test]
    fn right_wrong_unknown_and_damaged() {
        let stored = hash("correct horse").unwrap();
        assert!(stored.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.0);
        assert!(check(Some(&stored), "correct horse"));
        assert!(!check(Some(&stored), "correct horse "));
        assert!(!check(None, "correct horse"));
        assert!(!check(Some(&PasswordHash("x".into())), "correct horse"));
        assert_ne!(stored.0, hash("correct horse").unwrap().0, "a fresh salt each time");
    }

    /// An unknown user costs as much as a known one. Wide bounds: the machine may be busy; without the
    /// work the ratio would be in the thousands.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "the test measures real time")]
    fn an_unknown_user_takes_as_long() {
        let stored = hash("correct horse").unwrap();
        let time = |h: Option<&PasswordHash>| {
            let best = (0..5).map(|_| {
                let start = std::time::Instant::now();
                assert!(!check(h, "wrong"));
                start.elapsed()
            });
            best.min().unwrap().as_secs_f64()
        };
        let ratio = time(Some(&stored)) / time(None);
        assert!((0.3..3.0).contains(&ratio), "{ratio}");
    }
}
