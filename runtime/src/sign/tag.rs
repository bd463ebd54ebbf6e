//! Keyed hashes: the state of a key computed once, tags that can only be compared in constant time, strict hexadecimal and base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::digest::Output;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha512;
use subtle::ConstantTimeEq;

use super::keyed_sha256::KeyedSha256;
use super::scheme::Hash;
use super::signatures::Signatures;

/// Bytes of the longest signature: SHA-512, Ed25519.
pub(crate) const SIGNATURE_BYTES_MAX: usize = 64;

/// The signature that is right. A signature has one spelling, so what a request says is compared as text and never decoded. There is no
/// `PartialEq`, so that nobody compares in a time that tells how much was right, and no way to compare a part.
pub(crate) struct Tag<const BYTES: usize>([u8; BYTES]);

impl<const BYTES: usize> Tag<BYTES> {
    /// Whether one of these is its spelling, in a time that tells nothing of the tag.
    #[inline]
    pub(crate) fn is_among(&self, signatures: &Signatures<'_, '_>, encoding: Encoding) -> bool {
        match encoding {
            Encoding::Hex => {
                let text = to_hex(&self.0);
                signatures.any(|it| is_same(text.as_flattened(), it.as_bytes()))
            }
            Encoding::Base64 => {
                let text = to_base64(&self.0);
                let (text, _) = text.as_flattened().split_at(BYTES.div_ceil(3) * 4);
                signatures.any(|it| is_same(text, it.as_bytes()))
            }
        }
    }
}

/// Compares in a time that depends on the lengths only, eight characters at a time. Nothing is not the same as nothing.
#[inline]
fn is_same(ours: &[u8], theirs: &[u8]) -> bool {
    if ours.is_empty() || ours.len() != theirs.len() {
        return false;
    }
    let ((ours, our_rest), (theirs, their_rest)) = (ours.as_chunks(), theirs.as_chunks());
    let word = |it: &[u8; 8]| u64::from_ne_bytes(*it);
    let difference = ours
        .iter()
        .zip(theirs)
        .fold(0, |sum, (a, b)| sum | (word(a) ^ word(b)));
    let rest = our_rest
        .iter()
        .zip(their_rest)
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    (difference | u64::from(rest)).ct_eq(&0).into()
}

/// Kept out of line: inlined behind a hash, it is made to take the hash's words apart byte by byte, which takes four times as long.
#[inline(never)]
fn to_hex<const BYTES: usize>(signature: &[u8; BYTES]) -> [[u8; 2]; BYTES] {
    let mut text = [[0; 2]; BYTES];
    for (to, it) in text.iter_mut().zip(signature) {
        *to = [to_hex_digit(it >> 4), to_hex_digit(it & 15)];
    }
    text
}

/// Wrapping, although nothing wraps: a checked addition keeps the compiler from spelling many characters at once.
#[inline]
fn to_hex_digit(nibble: u8) -> u8 {
    nibble.wrapping_add(if nibble < 10 { b'0' } else { b'a' - 10 })
}

/// Groups of four characters that any signature fits into: 22 hold 64 bytes.
const GROUPS: usize = SIGNATURE_BYTES_MAX.div_ceil(3);

/// Spells without a table: which of its lines are in the cache would tell something of the tag. Out of line as [`to_hex`].
#[inline(never)]
fn to_base64<const BYTES: usize>(signature: &[u8; BYTES]) -> [[u8; 4]; GROUPS] {
    let (groups, rest) = signature.as_chunks();
    let mut text = [[0; 4]; GROUPS];
    for (to, group) in text.iter_mut().zip(groups) {
        *to = to_sextets(*group);
    }
    let mut last = [0; 3];
    last.iter_mut().zip(rest).for_each(|(to, it)| *to = *it);
    if let Some(to) = text.get_mut(groups.len()) {
        *to = to_sextets(last);
    }
    // All at once, so that the compiler takes sixteen in a step.
    for it in text.as_flattened_mut() {
        *it = to_base64_character(*it);
    }
    // Characters that stand for nothing but the zeros behind the end are padding.
    if let Some(to) = text.get_mut(groups.len()) {
        to.iter_mut().skip(rest.len() + 1).for_each(|it| *it = b'=');
    }
    text
}

#[inline]
fn to_sextets([a, b, c]: [u8; 3]) -> [u8; 4] {
    [
        a >> 2,
        (a << 4 | b >> 4) & 63,
        (b << 2 | c >> 6) & 63,
        c & 63,
    ]
}

/// What is added to a sextet changes behind `Z`, `z`, `9` and `+`.
#[inline]
fn to_base64_character(sextet: u8) -> u8 {
    let from = |first: u8, step: u8| if sextet >= first { step } else { 0 };
    sextet
        .wrapping_add(b'A')
        .wrapping_add(from(26, b'a' - b'Z' - 1))
        .wrapping_sub(from(52, b'z' - b'0' + 1))
        .wrapping_sub(from(62, b'9' - b'+' + 1))
        .wrapping_add(from(63, b'/' - b'+' - 1))
}

/// A signature as text, for signing.
pub(crate) fn spell(signature: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Hex => signature.iter().map(|it| format!("{it:02x}")).collect(),
        Encoding::Base64 => STANDARD.encode(signature),
    }
}

impl<const BYTES: usize> std::fmt::Debug for Tag<BYTES> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tag([redacted])")
    }
}

/// Two pieces of what is signed, one after the other; either may be empty. Signed texts are made of a value and what stands behind it.
pub(crate) type Pair<'p> = [&'p [u8]; 2];

/// The keyed state, ready to be cloned for each request: the key is hashed once, not once per request. The clones are not wiped, since
/// that costs as much as hashing 50 bytes and the state they were cloned from stays anyway; the secret itself cannot be read from it.
#[derive(Clone)]
pub(crate) enum Key {
    Sha1(Hmac<Sha1>),
    Sha256(KeyedSha256),
    Sha512(Hmac<Sha512>),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key([redacted])")
    }
}

impl Key {
    /// `None` only for key lengths that HMAC does not take, of which there are none; an empty key is for the caller to refuse.
    pub(crate) fn new(hash: Hash, key: &[u8]) -> Option<Self> {
        Some(match hash {
            Hash::Sha1 => Self::Sha1(Hmac::new_from_slice(key).ok()?),
            Hash::Sha256 => Self::Sha256(KeyedSha256::new(key)),
            Hash::Sha512 => Self::Sha512(Hmac::new_from_slice(key).ok()?),
        })
    }

    /// Whether one of these signatures is that of the parts, one after the other.
    #[inline]
    pub(crate) fn made_one_of<'p>(
        &self,
        signatures: &Signatures<'_, '_>,
        parts: impl Iterator<Item = Pair<'p>>,
        encoding: Encoding,
    ) -> bool {
        match self {
            Self::Sha1(key) => Tag::<20>(finish(key, parts)).is_among(signatures, encoding),
            Self::Sha256(key) => Tag(key.tag(parts)).is_among(signatures, encoding),
            Self::Sha512(key) => Tag::<64>(finish(key, parts)).is_among(signatures, encoding),
        }
    }

    /// The signature of these parts, for signing.
    pub(crate) fn sign<'p>(
        &self,
        parts: impl Iterator<Item = Pair<'p>>,
        encoding: Encoding,
    ) -> String {
        match self {
            Self::Sha1(key) => spell(&finish::<_, [u8; 20]>(key, parts), encoding),
            Self::Sha256(key) => spell(&key.tag(parts), encoding),
            Self::Sha512(key) => spell(&finish::<_, [u8; 64]>(key, parts), encoding),
        }
    }
}

fn finish<'p, M: Mac + Clone, T: From<Output<M>>>(
    keyed: &M,
    parts: impl Iterator<Item = Pair<'p>>,
) -> T {
    let mut state = keyed.clone();
    for [first, second] in parts {
        state.update(first);
        state.update(second);
    }
    state.finalize().into_bytes().into()
}

/// How a signature is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Lower case only: the providers' own libraries compare the text.
    Hex,
    /// The standard alphabet with its padding and without stray bits.
    Base64,
}

impl Hash {
    pub(crate) fn tag_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// Reads a signature that fills `bytes` exactly, in its one spelling: for public keys, and to tell a wrong spelling from a wrong key.
pub(crate) fn decode_signature(text: &str, encoding: Encoding, bytes: &mut [u8]) -> Option<()> {
    match encoding {
        Encoding::Hex if text.bytes().any(|it| it.is_ascii_uppercase()) => None,
        Encoding::Hex => decode_hex(text, bytes),
        Encoding::Base64 if text.len() != bytes.len().div_ceil(3) * 4 => None,
        Encoding::Base64 => {
            let mut buffer = [0; SIGNATURE_BYTES_MAX + 2];
            let len = STANDARD.decode_slice(text, &mut buffer).ok()?;
            bytes.copy_from_slice(buffer.get(..len).filter(|it| it.len() == bytes.len())?);
            Some(())
        }
    }
}

/// Reads hexadecimal of either case that fills `bytes` exactly.
pub(crate) fn decode_hex(text: &str, bytes: &mut [u8]) -> Option<()> {
    let (pairs, rest) = text.as_bytes().as_chunks();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for ([high, low], byte) in pairs.iter().zip(bytes) {
        *byte = hex_digit(*high)? << 4 | hex_digit(*low)?;
    }
    Some(())
}

fn hex_digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        b'A'..=b'F' => Some(character - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Tag, decode_hex, decode_signature, spell};
    use crate::sign::signatures::Signatures;

    /// Two candidates for the same name as soon as `Tag` has `PartialEq`: this file then no longer compiles.
    trait Ambiguous<Which> {
        fn once() {}
    }
    impl<T> Ambiguous<()> for T {}
    impl<T: PartialEq> Ambiguous<u8> for T {}

    /// SIG-03
    #[test]
    fn tags_cannot_be_compared_with_an_operator() {
        <Tag<32> as Ambiguous<_>>::once();
    }

    fn is<const BYTES: usize>(tag: [u8; BYTES], text: &str, encoding: Encoding) -> bool {
        Tag(tag).is_among(&Signatures::one(text), encoding)
    }

    /// SIG-04
    #[test]
    fn a_tag_is_its_whole_length() {
        let whole = [0x7a; 32];
        let text = "7a".repeat(32);
        for len in 0..64 {
            assert!(!is(whole, text.get(..len).unwrap(), Encoding::Hex), "{len}");
        }
        assert!(!is(whole, &format!("{text}7a"), Encoding::Hex));
        assert!(is(whole, &text, Encoding::Hex));
        for encoding in [Encoding::Hex, Encoding::Base64] {
            assert!(!is([], "", encoding), "nothing equals nothing");
        }
        assert_eq!(format!("{:?}", Tag(whole)), "Tag([redacted])");
    }

    fn every_character_counts<const BYTES: usize>(encoding: Encoding) {
        let tag: [u8; BYTES] = std::array::from_fn(|it| (it as u8).wrapping_mul(37));
        let text = spell(&tag, encoding);
        assert!(is(tag, &text, encoding), "{text}");
        for at in 0..text.len() {
            let mut changed = text.clone();
            let other = if text.as_bytes().get(at) == Some(&b'5') {
                "6"
            } else {
                "5"
            };
            changed.replace_range(at..=at, other);
            assert!(!is(tag, &changed, encoding), "{changed}");
        }
    }

    #[test]
    fn every_character_of_a_tag_counts() {
        for encoding in [Encoding::Hex, Encoding::Base64] {
            every_character_counts::<20>(encoding);
            every_character_counts::<32>(encoding);
            every_character_counts::<64>(encoding);
        }
    }

    /// Every byte at every place of a group, and every length, is spelled as the crate spells it that signing uses.
    #[test]
    fn tags_are_spelled_as_everyone_spells_them() {
        for byte in 0..=255 {
            for encoding in [Encoding::Hex, Encoding::Base64] {
                assert!(
                    is([byte; 32], &spell(&[byte; 32], encoding), encoding),
                    "{byte}"
                );
                let mixed = [byte, !byte, byte.rotate_left(3), byte.wrapping_mul(7)];
                assert!(is(mixed, &spell(&mixed, encoding), encoding), "{mixed:?}");
                let [a, b, c, _] = mixed;
                assert!(
                    is([a, b, c], &spell(&[a, b, c], encoding), encoding),
                    "{mixed:?}"
                );
                assert!(is([a, b], &spell(&[a, b], encoding), encoding), "{mixed:?}");
            }
        }
    }

    /// SIG-16
    #[test]
    fn a_signature_has_one_spelling() {
        let hex = "1059c81da97799968e2d15ba8a7079de4fe1a8d08e8c26814b0d1a7b2d0297ce";
        let base64 = "EFnIHal3mZaOLRW6inB53k/hqNCOjCaBSw0aey0Cl84=";
        let read = |text: &str, encoding| {
            let mut bytes = [0; 32];
            decode_signature(text, encoding, &mut bytes).map(|()| bytes)
        };
        let bytes = read(hex, Encoding::Hex).unwrap();
        assert_eq!(read(base64, Encoding::Base64), Some(bytes));
        assert_eq!(spell(&bytes, Encoding::Hex), hex);
        assert_eq!(spell(&bytes, Encoding::Base64), base64);
        let upper = hex.to_uppercase();
        let spaced = format!(" {hex}");
        for wrong in [
            "",
            "00",
            upper.as_str(),
            spaced.as_str(),
            base64,
            hex.trim_end_matches('e'),
            &hex.replace('1', "１"),
            &hex.replace('1', "+"),
        ] {
            assert!(read(wrong, Encoding::Hex).is_none(), "{wrong}");
        }
        for wrong in [
            "",
            hex,
            "EFnIHal3mZaOLRW6inB53k/hqNCOjCaBSw0aey0Cl84",
            "EFnIHal3mZaOLRW6inB53k/hqNCOjCaBSw0aey0Cl85=",
            "EFnIHal3mZaOLRW6inB53k_hqNCOjCaBSw0aey0Cl84=",
            "EFnIHal3mZaOLRW6inB53k/hqNCOjCaBSw0aey0Cl8==",
            "EFnIHal3mZaOLRW6inB53k/hqNCOjCaBSw0aey0Cl8 =",
            "EFnIHal3mZaOLRW6inB53k/hqNCOjCaBSw0aey0C\nl8=",
        ] {
            assert!(read(wrong, Encoding::Base64).is_none(), "{wrong}");
        }
        assert!(
            decode_hex("0", &mut [0; 1]).is_none() && decode_hex("aF", &mut [0; 1]).is_some(),
            "keys may be in either case"
        );
    }
}
