//! Chance for the simulation (lost messages, wet keys), repeatable from a seed. Not for secrets: those come
//! from the operating system.

/// SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// From a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 to `most`, both included.
    pub fn up_to(&mut self, most: u64) -> u64 {
        let drawn = self.next();
        most.checked_add(1).map_or(drawn, |count| drawn % count)
    }

    /// True so many times of a thousand. Draws nothing at 0, so that a calm simulation is one without chance.
    pub fn hits(&mut self, of_a_thousand: u16) -> bool {
        of_a_thousand > 0 && self.next() % 1000 < u64::from(of_a_thousand)
    }
}
