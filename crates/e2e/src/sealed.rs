//! Small helpers: results that must hold, codes that are nobody's.

/// Takes the value or fails the test with the reason.
///
/// # Panics
/// When there is an error.
pub fn must<T, E: std::fmt::Display>(result: Result<T, E>, what: &str) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error}"),
    }
}

/// A code of so many digits that no person chose: random, so that a search for it in files and output finds
/// only real leaks.
pub fn random_code(digits: usize) -> String {
    let mut code = String::new();
    while code.len() < digits {
        let bytes = uuid_bytes();
        code.extend(bytes.iter().filter(|byte| **byte < 250).map(|byte| char::from(b'0' + byte % 10)));
    }
    code.truncate(digits);
    // what the hub refuses as weak: one digit, a palindrome, even steps, one part said twice
    let digit = code.as_bytes();
    let mut steps = digit.windows(2).map(|pair| (10 + pair[1] - pair[0]) % 10);
    let first = steps.next();
    let even = steps.all(|step| Some(step) == first);
    let weak =
        even || digit.iter().eq(digit.iter().rev()) || digit.windows(4).any(|part| part[..2] == part[2..]);
    if weak || code.starts_with("19") || code.starts_with("20") { random_code(digits) } else { code }
}

fn uuid_bytes() -> [u8; 16] {
    use std::io::Read as _;
    let mut bytes = [0; 16];
    let mut file = must(std::fs::File::open("/dev/urandom"), "random bytes");
    must(file.read_exact(&mut bytes), "random bytes");
    bytes
}
