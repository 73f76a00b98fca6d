//! Random numbers that do not depend on order: the number for a quantity in a world is a function of the
//! seed,
//! the world and the quantity's name alone. So threads cannot change a result, and a what-if that adds or
//! removes
//! a quantity leaves all others as they were (common random numbers).
//!
//! The mixing is the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014,
//! doi:10.1145/2660193.2660195).
//! It is for sampling only and no secret may come from it.

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

#[inline]
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Number `index` of a stream: a world or a group of worlds that share something.
#[inline]
pub fn world_key(seed: u64, stream: u64, index: u64) -> u64 {
    mix(mix(seed.wrapping_add(GAMMA).wrapping_add(mix(stream.wrapping_mul(GAMMA))))
        .wrapping_add(index.wrapping_mul(GAMMA)))
}

/// A uniform number in (0, 1) for one quantity of one world.
#[inline]
pub fn uniform(world: u64, quantity: u64) -> f64 {
    ((bits(world, quantity) >> 11) as f64 + 0.5) * (1.0 / (1_u64 << 53) as f64)
}

/// The 64 random bits behind [`uniform`].
#[inline]
pub fn bits(world: u64, quantity: u64) -> u64 {
    mix(world.wrapping_add(quantity))
}

/// The number of a quantity, from its name (FNV-1a, mixed once more).
pub fn name_key(name: &str) -> u64 {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    }
    mix(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d2_uniform_numbers_are_uniform_and_not_alike() {
        let names = ["kick.energy", "frame.screw_length_mm", "a", "b"];
        let mut cells = [[0_u32; 16]; 4];
        let mut product = 0.0;
        for world in 0..16_000 {
            let key = world_key(7, 1, world);
            let numbers = names.map(|name| uniform(key, name_key(name)));
            for (cell, number) in cells.iter_mut().zip(numbers) {
                cell[(number * 16.0) as usize] += 1;
            }
            product += (numbers[0] - 0.5) * (numbers[1] - 0.5);
        }
        // chi-square with 15 degrees of freedom: 99.99 % point 44.3
        for cell in cells {
            let chi: f64 = cell.iter().map(|n| (f64::from(*n) - 1000.0).powi(2) / 1000.0).sum();
            assert!(chi < 44.3, "{chi}");
        }
        assert!((product / 16_000.0 * 12.0).abs() < 0.04);
    }
}
