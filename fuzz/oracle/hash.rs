//! SHA-1, SHA-256, SHA-512 and HMAC as FIPS 180-4 and RFC 2104 describe them, slow and without a line shared with what they judge.

/// The hash under an HMAC.
#[derive(Clone, Copy)]
pub enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// HMAC of RFC 2104.
pub fn hmac(hash: Hash, key: &[u8], message: &[u8]) -> Vec<u8> {
    let block = if matches!(hash, Hash::Sha512) {
        128
    } else {
        64
    };
    let mut key = if key.len() > block {
        digest(hash, key)
    } else {
        key.to_vec()
    };
    key.resize(block, 0);
    let keyed = |pad: u8| key.iter().map(move |byte| byte ^ pad).collect::<Vec<u8>>();
    let inner = digest(hash, &[&keyed(0x36), message].concat());
    digest(hash, &[keyed(0x5c), inner].concat())
}

pub fn digest(hash: Hash, message: &[u8]) -> Vec<u8> {
    match hash {
        Hash::Sha1 => sha1(message),
        Hash::Sha256 => sha256(message),
        Hash::Sha512 => sha512(message),
    }
}

/// The message, a one bit, zeros, and its length in bits at the end of a block.
fn padded(message: &[u8], block: usize) -> Vec<u8> {
    let mut padded = message.to_vec();
    padded.push(0x80);
    while !(padded.len() + block / 8).is_multiple_of(block) {
        padded.push(0);
    }
    let bits = message.len() as u128 * 8;
    padded.extend(&bits.to_be_bytes()[16 - block / 8..]);
    padded
}

fn sha1(message: &[u8]) -> Vec<u8> {
    let mut state = [
        0x6745_2301_u32,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ];
    for block in padded(message, 64).chunks(64) {
        let mut words: Vec<u32> = block
            .chunks(4)
            .map(|it| u32::from_be_bytes([it[0], it[1], it[2], it[3]]))
            .collect();
        for at in 16..80 {
            words.push(
                (words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1),
            );
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (at, word) in words.iter().enumerate() {
            let (f, k) = match at {
                0..20 => ((b & c) | (!b & d), 0x5a82_7999),
                20..40 => (b ^ c ^ d, 0x6ed9_eba1),
                40..60 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6_u32),
            };
            let next = a
                .rotate_left(5)
                .wrapping_add(f)
                .wrapping_add(e)
                .wrapping_add(k)
                .wrapping_add(*word);
            (a, b, c, d, e) = (next, a, b.rotate_left(30), c, d);
        }
        for (sum, it) in state.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(it);
        }
    }
    state.iter().flat_map(|it| it.to_be_bytes()).collect()
}

/// The first bits of the fractional parts of the roots of the first primes: `root` 2 for the initial state, 3 for the round constants.
fn fractions(count: usize, root: u32, bits: u32) -> Vec<u64> {
    let mut primes = Vec::new();
    let mut candidate = 2_u64;
    while primes.len() < count {
        if primes.iter().all(|prime| !candidate.is_multiple_of(*prime)) {
            primes.push(candidate);
        }
        candidate += 1;
    }
    primes
        .iter()
        .map(|prime| fraction(*prime, root, bits))
        .collect()
}

/// The greatest x whose power is at most prime * 2^(root * bits), without its whole part; compared in long arithmetic.
fn fraction(prime: u64, root: u32, bits: u32) -> u64 {
    let target = shifted(prime, root * bits);
    let mut x = 0_u128;
    for bit in (0..bits + 5).rev() {
        let larger = x | 1 << bit;
        let mut power = vec![1_u32];
        for _ in 0..root {
            power = times(&power, larger);
        }
        if at_most(&power, &target) {
            x = larger;
        }
    }
    (x & ((1 << bits) - 1)) as u64
}

/// Numbers as digits of 32 bits, the least first.
fn shifted(number: u64, bits: u32) -> Vec<u32> {
    let mut digits = vec![0; (bits / 32) as usize];
    digits.extend([number as u32, (number >> 32) as u32]);
    digits
}

fn times(digits: &[u32], factor: u128) -> Vec<u32> {
    let factor: Vec<u64> = (0..4)
        .map(|at| u64::from((factor >> (32 * at)) as u32))
        .collect();
    let mut product = vec![0_u32; digits.len() + 4];
    for (i, digit) in digits.iter().enumerate() {
        let mut carry = 0;
        for (j, other) in factor.iter().enumerate() {
            let sum = u64::from(product[i + j]) + u64::from(*digit) * other + carry;
            (product[i + j], carry) = (sum as u32, sum >> 32);
        }
        if let Some(next) = product.get_mut(i + 4) {
            *next = carry as u32;
        }
    }
    product
}

fn at_most(a: &[u32], b: &[u32]) -> bool {
    let digit = |digits: &[u32], at: usize| digits.get(at).copied().unwrap_or(0);
    for at in (0..a.len().max(b.len())).rev() {
        if digit(a, at) != digit(b, at) {
            return digit(a, at) < digit(b, at);
        }
    }
    true
}

fn sha256(message: &[u8]) -> Vec<u8> {
    use std::sync::OnceLock;
    static CONSTANTS: OnceLock<(Vec<u64>, Vec<u64>)> = OnceLock::new();
    let (initial, rounds) = CONSTANTS.get_or_init(|| (fractions(8, 2, 32), fractions(64, 3, 32)));
    let mut state: Vec<u32> = initial.iter().map(|it| *it as u32).collect();
    for block in padded(message, 64).chunks(64) {
        let mut w: Vec<u32> = block
            .chunks(4)
            .map(|it| u32::from_be_bytes([it[0], it[1], it[2], it[3]]))
            .collect();
        for at in 16..64 {
            let (x, y) = (w[at - 15], w[at - 2]);
            let s0 = x.rotate_right(7) ^ x.rotate_right(18) ^ x >> 3;
            let s1 = y.rotate_right(17) ^ y.rotate_right(19) ^ y >> 10;
            w.push(
                w[at - 16]
                    .wrapping_add(s0)
                    .wrapping_add(w[at - 7])
                    .wrapping_add(s1),
            );
        }
        let mut v = state.clone();
        for at in 0..64 {
            let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let choice = (v[4] & v[5]) ^ (!v[4] & v[6]);
            let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
            let t1 = v[7]
                .wrapping_add(s1)
                .wrapping_add(choice)
                .wrapping_add(rounds[at] as u32)
                .wrapping_add(w[at]);
            let t2 = s0.wrapping_add(majority);
            v = vec![
                t1.wrapping_add(t2),
                v[0],
                v[1],
                v[2],
                v[3].wrapping_add(t1),
                v[4],
                v[5],
                v[6],
            ];
        }
        for (sum, it) in state.iter_mut().zip(v) {
            *sum = sum.wrapping_add(it);
        }
    }
    state.iter().flat_map(|it| it.to_be_bytes()).collect()
}

fn sha512(message: &[u8]) -> Vec<u8> {
    use std::sync::OnceLock;
    static CONSTANTS: OnceLock<(Vec<u64>, Vec<u64>)> = OnceLock::new();
    let (initial, rounds) = CONSTANTS.get_or_init(|| (fractions(8, 2, 64), fractions(80, 3, 64)));
    let mut state = initial.clone();
    for block in padded(message, 128).chunks(128) {
        let mut w: Vec<u64> = block
            .chunks(8)
            .map(|it| it.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
            .collect();
        for at in 16..80 {
            let (x, y) = (w[at - 15], w[at - 2]);
            let s0 = x.rotate_right(1) ^ x.rotate_right(8) ^ x >> 7;
            let s1 = y.rotate_right(19) ^ y.rotate_right(61) ^ y >> 6;
            w.push(
                w[at - 16]
                    .wrapping_add(s0)
                    .wrapping_add(w[at - 7])
                    .wrapping_add(s1),
            );
        }
        let mut v = state.clone();
        for at in 0..80 {
            let s1 = v[4].rotate_right(14) ^ v[4].rotate_right(18) ^ v[4].rotate_right(41);
            let s0 = v[0].rotate_right(28) ^ v[0].rotate_right(34) ^ v[0].rotate_right(39);
            let choice = (v[4] & v[5]) ^ (!v[4] & v[6]);
            let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
            let t1 = v[7]
                .wrapping_add(s1)
                .wrapping_add(choice)
                .wrapping_add(rounds[at])
                .wrapping_add(w[at]);
            let t2 = s0.wrapping_add(majority);
            v = vec![
                t1.wrapping_add(t2),
                v[0],
                v[1],
                v[2],
                v[3].wrapping_add(t1),
                v[4],
                v[5],
                v[6],
            ];
        }
        for (sum, it) in state.iter_mut().zip(v) {
            *sum = sum.wrapping_add(it);
        }
    }
    state.iter().flat_map(|it| it.to_be_bytes()).collect()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 of RFC 4648 with padding.
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk
            .iter()
            .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let index = (bits >> (18 - 6 * at) & 63) as usize;
            text.push(if at <= chunk.len() {
                char::from(ALPHABET[index])
            } else {
                '='
            });
        }
    }
    text
}

/// The bytes that base64 spells.
pub fn unbase64(text: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for character in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|it| *it == character).unwrap_or(0);
        (bits, count) = (bits << 6 | value as u32, count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slow_hashes_are_those_of_the_standards() {
        // FIPS 180-2, appendices A.1, B.1, C.1; RFC 4231, test case 2; RFC 4648, section 10.
        assert_eq!(
            hex(&digest(Hash::Sha1, b"abc")),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
        assert_eq!(
            hex(&digest(Hash::Sha256, b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(
            hex(&digest(Hash::Sha512, b"abc"))
                .starts_with("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea2")
        );
        let message = b"what do ya want for nothing?";
        assert!(
            hex(&hmac(Hash::Sha256, b"Jefe", message))
                .starts_with("5bdcc146bf60754e6a042426089575c7")
        );
        assert!(
            hex(&hmac(Hash::Sha512, b"Jefe", message))
                .starts_with("164b7a7bfcf819e2e395fbe73b56e0a3")
        );
        assert_eq!(
            hex(&hmac(Hash::Sha1, b"Jefe", message)),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
            assert_eq!(unbase64(text), bytes.as_bytes());
        }
    }
}
