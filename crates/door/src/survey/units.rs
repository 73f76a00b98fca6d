//! Lengths as people write them: millimetres unless a unit says otherwise.
//! Knows `mm`, `cm`, `in`, `"`, fractions (`3/4in`, `2 3/4in`); nothing else.

const MM_PER_INCH: f64 = 25.4;

/// Reads a length and gives it in millimetres. A bare number is in millimetres.
///
/// # Errors
/// A sentence saying what could not be read.
pub fn length_mm(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let (number, factor) = split_unit(&lower);
    if number.contains(|c: char| c.is_alphabetic() || c == '"') && mixed(number) {
        return Err(format!("`{text}` mixes two units: give it in millimetres or in inches, not in both"));
    }
    let value = number_of(number).ok_or_else(|| {
        format!("`{text}` is no length: write millimetres (`76`, `76mm`), or inches with their unit (`3in`, `3/4in`)")
    })?;
    let millimetres = value * factor;
    if !millimetres.is_finite() {
        return Err(format!("`{text}` is no length"));
    }
    if millimetres < 0.0 {
        return Err(format!("`{text}` is negative: a length is 0 or more"));
    }
    Ok(millimetres)
}

/// Whether a unit stands inside what is left when the last unit is taken off.
fn mixed(number: &str) -> bool {
    let words = number.split(|c: char| !(c.is_alphabetic() || c == '"')).filter(|word| !word.is_empty());
    let mut words = words.peekable();
    words.peek().is_some() && words.all(|word| !split_unit(word).0.eq(word))
}

fn split_unit(lower: &str) -> (&str, f64) {
    let units = [
        ("millimetres", 1.0),
        ("mm", 1.0),
        ("cm", 10.0),
        ("inches", MM_PER_INCH),
        ("inch", MM_PER_INCH),
        ("in", MM_PER_INCH),
        ("\"", MM_PER_INCH),
    ];
    for (unit, factor) in units {
        if let Some(number) = lower.strip_suffix(unit) {
            return (number.trim(), factor);
        }
    }
    (lower, 1.0)
}

/// A decimal, a fraction or a whole number with a fraction behind it.
fn number_of(text: &str) -> Option<f64> {
    if let Some((whole, fraction)) = text.split_once([' ', '-']).filter(|(whole, _)| !whole.is_empty()) {
        return Some(plain(whole)? + fraction_of(fraction.trim())?);
    }
    fraction_of(text)
}

fn fraction_of(text: &str) -> Option<f64> {
    match text.split_once('/') {
        Some((top, bottom)) => {
            let bottom = plain(bottom)?;
            (bottom > 0.0).then_some(plain(top)? / bottom)
        }
        None => plain(text),
    }
}

/// Digits with at most one point: no `nan`, no `inf`, no exponent.
fn plain(text: &str) -> Option<f64> {
    let text = text.trim();
    let ordinary = text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-');
    if ordinary { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d1_lengths_are_read_in_both_units() {
        assert_eq!(length_mm("76"), Ok(76.0));
        assert_eq!(length_mm(" 76 mm "), Ok(76.0));
        assert!((length_mm("3in").unwrap() - 76.2).abs() < 1e-9);
        assert!((length_mm("3/4in").unwrap() - 19.05).abs() < 1e-9);
        assert!((length_mm("2 3/4\"").unwrap() - 69.85).abs() < 1e-9);
        assert!((length_mm("2-3/8 in").unwrap() - 60.325).abs() < 1e-9);
        assert_eq!(length_mm("2cm"), Ok(20.0));
    }

    #[test]
    fn a4_mixed_units_are_refused_in_plain_words() {
        for text in ["2in 5mm", "1 1/2in 3 mm", "4cm 2mm", "2\" 5mm"] {
            assert!(length_mm(text).unwrap_err().contains("mixes two units"), "{text}");
        }
        assert!(length_mm("two inches and a bit mm").unwrap_err().contains("is no length"));
    }

    #[test]
    fn d1_nonsense_is_no_length() {
        for text in ["", "in", "nan", "inf", "1e3", "-4", "3/0in", "three inches", "1.2.3"] {
            assert!(length_mm(text).is_err(), "{text}");
        }
    }
}
