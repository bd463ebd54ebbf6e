//! Keyed hashes: the state of a key computed once, tags that can only be compared in constant time, strict hexadecimal and base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::scheme::Hash;

/// Bytes of the longest signature: SHA-512, Ed25519.
pub(crate) const SIGNATURE_BYTES_MAX: usize = 64;

/// The signature that is right, as it must be written. A signature has one spelling, so what a request says is compared as text and never
/// decoded. There is no `PartialEq`, so that nobody compares in a time that tells how much was right, and no way to compare a part.
#[derive(Clone)]
pub(crate) struct Tag {
    text: [u8; SIGNATURE_BYTES_MAX * 2],
    len: usize,
}

impl Tag {
    /// Spells a signature of at most [`SIGNATURE_BYTES_MAX`] bytes.
    pub(crate) fn spell(signature: &[u8], encoding: Encoding) -> Self {
        let mut text = [0; SIGNATURE_BYTES_MAX * 2];
        let len = match encoding {
            Encoding::Hex => {
                text.as_chunks_mut()
                    .0
                    .iter_mut()
                    .zip(signature)
                    .for_each(|(to, it)| *to = [to_hex(it >> 4), to_hex(it & 15)]);
                signature.len() * 2
            }
            // A length of 0 equals nothing; the buffer is longer than any signature in base64.
            Encoding::Base64 => STANDARD.encode_slice(signature, &mut text).unwrap_or(0),
        };
        Self { text, len }
    }

    /// Compares with what a request says in constant time, eight characters at a time.
    pub(crate) fn is(&self, text: &str) -> bool {
        let ours = self.as_bytes();
        if ours.is_empty() || ours.len() != text.len() {
            return false;
        }
        let ((ours, our_rest), (theirs, their_rest)) =
            (ours.as_chunks(), text.as_bytes().as_chunks());
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

    /// The text, for signing.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }
}

/// Wrapping, although nothing wraps: a checked addition keeps the compiler from spelling many characters at once.
fn to_hex(nibble: u8) -> u8 {
    nibble.wrapping_add(if nibble < 10 { b'0' } else { b'a' - 10 })
}

impl std::fmt::Debug for Tag {
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
    Sha256(Hmac<Sha256>),
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
            Hash::Sha256 => Self::Sha256(Hmac::new_from_slice(key).ok()?),
            Hash::Sha512 => Self::Sha512(Hmac::new_from_slice(key).ok()?),
        })
    }

    /// The signature of these parts, one after the other.
    pub(crate) fn tag<'p>(&self, parts: impl Iterator<Item = Pair<'p>>, encoding: Encoding) -> Tag {
        match self {
            Self::Sha1(state) => finish(state, parts, encoding),
            Self::Sha256(state) => finish(state, parts, encoding),
            Self::Sha512(state) => finish(state, parts, encoding),
        }
    }
}

fn finish<'p, M: Mac + Clone>(
    keyed: &M,
    parts: impl Iterator<Item = Pair<'p>>,
    encoding: Encoding,
) -> Tag {
    let mut state = keyed.clone();
    for [first, second] in parts {
        state.update(first);
        if !second.is_empty() {
            state.update(second);
        }
    }
    Tag::spell(&state.finalize().into_bytes(), encoding)
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
    use super::{Encoding, Tag, decode_hex, decode_signature};

    /// Two candidates for the same name as soon as `Tag` has `PartialEq`: this file then no longer compiles.
    trait Ambiguous<Which> {
        fn once() {}
    }
    impl<T> Ambiguous<()> for T {}
    impl<T: PartialEq> Ambiguous<u8> for T {}

    /// SIG-03
    #[test]
    fn tags_cannot_be_compared_with_an_operator() {
        <Tag as Ambiguous<_>>::once();
    }

    /// SIG-04
    #[test]
    fn a_tag_is_its_whole_length() {
        let whole = Tag::spell(&[0x7a; 32], Encoding::Hex);
        let text = "7a".repeat(32);
        for len in 0..64 {
            assert!(!whole.is(text.get(..len).unwrap()), "{len}");
        }
        assert!(!whole.is(&format!("{text}7a")));
        assert!(whole.is(&text));
        assert!(
            !Tag::spell(&[], Encoding::Hex).is(""),
            "nothing equals nothing"
        );
        assert_eq!(format!("{whole:?}"), "Tag([redacted])");
    }

    #[test]
    fn every_character_of_a_tag_counts() {
        let bytes: Vec<u8> = (0..64_u8).map(|it| it.wrapping_mul(37)).collect();
        for (signature, encoding) in [
            (20, Encoding::Hex),
            (32, Encoding::Hex),
            (64, Encoding::Hex),
            (32, Encoding::Base64),
            (64, Encoding::Base64),
        ] {
            let tag = Tag::spell(bytes.get(..signature).unwrap(), encoding);
            assert!(tag.is(tag.as_str()));
            for at in 0..tag.as_str().len() {
                let mut changed = tag.as_str().to_owned();
                changed.replace_range(
                    at..=at,
                    if changed.as_bytes().get(at) == Some(&b'5') {
                        "6"
                    } else {
                        "5"
                    },
                );
                assert!(!tag.is(&changed), "{encoding:?} {at}");
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
        assert_eq!(Tag::spell(&bytes, Encoding::Hex).as_str(), hex);
        assert_eq!(Tag::spell(&bytes, Encoding::Base64).as_str(), base64);
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
