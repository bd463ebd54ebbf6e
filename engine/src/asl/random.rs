//! Random numbers without a source of randomness: a pure function of the execution's seed and a counter.

/// The finishing step of SplitMix64 (Steele, Lea, Flood 2014): every bit of the result depends on every bit of `value`.
pub(super) fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The number at place `counter` in the sequence of `seed`.
pub(super) fn at(seed: u64, counter: u64) -> u64 {
    mix(mix(seed) ^ counter.wrapping_mul(0xd134_2543_de82_ef95))
}

/// A version 4 UUID made of 128 random bits.
pub(super) fn uuid(high: u64, low: u64) -> String {
    let bits = (u128::from(high) << 64) | u128::from(low);
    let versioned = (bits & !(0xf << 76)) | (0x4 << 76);
    let variant = (versioned & !(0x3 << 62)) | (0x2 << 62);
    let hex = format!("{variant:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or("").to_owned();
    [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        for seed in 0..100 {
            let text = uuid(at(seed, 0), at(seed, 1));
            let shape: Vec<usize> = text.split('-').map(str::len).collect();
            assert_eq!(shape, [8, 4, 4, 4, 12]);
            assert_eq!(text.as_bytes().get(14), Some(&b'4'));
            assert!(
                matches!(text.as_bytes().get(19), Some(b'8' | b'9' | b'a' | b'b')),
                "{text}"
            );
        }
    }

    #[test]
    fn the_sequence_is_a_function_of_seed_and_counter() {
        assert_eq!(at(7, 3), at(7, 3));
        assert_ne!(at(7, 3), at(7, 4));
        assert_ne!(at(7, 3), at(8, 3));
    }
}
