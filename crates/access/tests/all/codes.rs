//! A19: codes that are guessed first are refused, and made codes are spread evenly.

use access::{Pin, Weakness, generate, weakness};

fn weak(text: &str) -> Option<Weakness> {
    weakness(&Pin::parse(text).unwrap())
}

#[test]
fn codes_that_are_tried_first_are_weak() {
    use Weakness::{Common, Date, Figure, Mirror, OneDigit, Repeat, Run};
    let cases = [
        ("0000", OneDigit),
        ("7777777777", OneDigit),
        ("1234", Run),
        ("7890", Run),
        ("987654", Run),
        ("2468", Run),
        ("1212", Repeat),
        ("123123", Repeat),
        ("12341234", Repeat),
        ("1221", Mirror),
        ("123321", Mirror),
        ("1984", Date),
        ("2412", Date),
        ("1224", Date),
        ("240567", Date),
        ("670524", Date),
        ("24051967", Date),
        ("19670524", Date),
        ("2580", Figure),
        ("147258", Figure),
        ("112233", Date),
        ("102030", Date),
        ("159753", Common),
        ("6969", Repeat),
    ];
    for (text, why) in cases {
        assert_eq!(weak(text), Some(why), "{text}");
    }
    for text in ["4739", "004716", "86027", "739164", "9047362", "40739164", "5839047162"] {
        assert_eq!(weak(text), None, "{text}");
    }
    let words = weak("1234").unwrap().to_string();
    assert!(
        words.contains("follow each other") && words.contains("Choose another") && !words.contains("1234")
    );
}

/// A small generator of bytes for tests: not for codes.
fn bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 56) as u8
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn made_codes_are_never_weak_and_have_their_length() {
    for digits in 4..=10 {
        for seed in 0..500 {
            let pin = generate(digits, &bytes(seed, 64)).unwrap();
            assert_eq!(pin.digits(), digits);
            assert_eq!(weakness(&pin), None);
        }
    }
    assert!(generate(3, &bytes(1, 64)).is_none() && generate(11, &bytes(1, 64)).is_none());
    assert!(generate(6, &[]).is_none(), "without randomness no code");
    assert!(generate(6, &[255; 64]).is_none(), "bytes that would favour a digit are passed over");
    assert!(generate(6, &[0; 64]).is_none(), "no weak code for want of others");
}

/// Pearson's statistic of counts against equal shares.
fn chi_square(counts: &[u32]) -> f64 {
    let mean = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    counts.iter().map(|count| (f64::from(*count) - mean).powi(2) / mean).sum()
}

#[test]
fn made_codes_are_spread_evenly() {
    const EACH: u64 = 12;
    let strong: Vec<usize> = (0..10_000).filter(|n| weak(&format!("{n:04}")).is_none()).collect();
    assert!((8_000..9_500).contains(&strong.len()), "{}", strong.len());
    let mut counts = vec![0u32; 10_000];
    for seed in 0..EACH * strong.len() as u64 {
        let pin = generate(4, &bytes(seed + 1_000, 32)).unwrap();
        counts[pin.expose().parse::<usize>().unwrap()] += 1;
    }
    // every code that is not weak is equally likely: Pearson's statistic with so many degrees of freedom is
    // close to normal, and 99.99 % of even samples lie within 4 standard deviations
    let counts: Vec<u32> = strong.iter().map(|code| counts[*code]).collect();
    assert_eq!(u64::from(counts.iter().sum::<u32>()), EACH * strong.len() as u64, "only strong ones");
    let degrees = (strong.len() - 1) as f64;
    let statistic = chi_square(&counts);
    assert!((statistic - degrees).abs() < 4.0 * (2.0 * degrees).sqrt(), "{statistic} with {degrees}");
    // and each digit of a six-digit code that no rule of dates touches
    let mut places = [[0u32; 10]; 6];
    for seed in 0..20_000 {
        let pin = generate(6, &bytes(seed + 900_000, 64)).unwrap();
        let digits: Vec<usize> = pin.expose().bytes().map(|b| usize::from(b - b'0')).collect();
        if digits[0] > 3 && digits[2] > 3 {
            places.iter_mut().zip(&digits).for_each(|(place, digit)| place[*digit] += 1);
        }
    }
    for place in [1, 3, 4, 5] {
        // 99.99 % point with 9 degrees of freedom
        assert!(chi_square(&places[place]) < 33.7, "place {place}: {:?}", places[place]);
    }
}
