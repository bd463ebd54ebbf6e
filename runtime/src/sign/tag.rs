//! Keyed hashes: the state of a key computed once, tags that can only be compared in constant time, strict hexadecimal and base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::scheme::Hash;

/// Bytes of the longest tag, that of SHA-512.
const TAG_BYTES_MAX: usize = 64;

/// A signature, computed or received. It has no `PartialEq`, so that nobody compares one in a time that tells how much of it was right,
/// and no way to be shortened: tags of different lengths are different.
#[derive(Clone)]
pub(crate) struct Tag {
    bytes: [u8; TAG_BYTES_MAX],
    len: usize,
}

impl Tag {
    pub(crate) fn new(source: &[u8]) -> Self {
        let mut bytes = [0; TAG_BYTES_MAX];
        bytes
            .iter_mut()
            .zip(source)
            .for_each(|(to, from)| *to = *from);
        Self {
            bytes,
            len: source.len().min(TAG_BYTES_MAX),
        }
    }

    /// Compares in constant time.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.len == other.len && bool::from(self.bytes.ct_eq(&other.bytes))
    }

    /// The bytes, for the verification of public-key signatures.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The tag as text, for signing.
    pub(crate) fn encode(&self, encoding: Encoding) -> String {
        let bytes = self.as_bytes();
        match encoding {
            Encoding::Hex => encode_hex(bytes),
            Encoding::Base64 => STANDARD.encode(bytes),
        }
    }
}

impl std::fmt::Debug for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tag([redacted])")
    }
}

/// The keyed state, ready to be cloned for each request: the key is hashed once, not once per request.
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

    /// The tag over these parts, one after the other.
    pub(crate) fn tag<'p>(&self, parts: impl Iterator<Item = &'p [u8]>) -> Tag {
        match self {
            Self::Sha1(state) => finish(state.clone(), parts),
            Self::Sha256(state) => finish(state.clone(), parts),
            Self::Sha512(state) => finish(state.clone(), parts),
        }
    }
}

fn finish<'p, M: Mac>(mut state: M, parts: impl Iterator<Item = &'p [u8]>) -> Tag {
    parts.for_each(|part| state.update(part));
    Tag::new(&state.finalize().into_bytes())
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

/// Reads a signature of exactly `len` bytes; everything that is not the one spelling of it is refused.
pub(crate) fn decode_tag(text: &str, encoding: Encoding, len: usize) -> Option<Tag> {
    let mut bytes = [0; TAG_BYTES_MAX + 2];
    match encoding {
        Encoding::Hex if text.bytes().any(|it| it.is_ascii_uppercase()) => return None,
        Encoding::Hex => decode_hex(text, bytes.get_mut(..len)?)?,
        Encoding::Base64 if text.len() != len.div_ceil(3) * 4 => return None,
        Encoding::Base64 if STANDARD.decode_slice(text, &mut bytes).ok()? != len => return None,
        Encoding::Base64 => (),
    }
    Some(Tag::new(bytes.get(..len)?))
}

/// Reads hexadecimal of either case that fills `bytes` exactly.
pub(crate) fn decode_hex(text: &str, bytes: &mut [u8]) -> Option<()> {
    if text.len() != bytes.len() * 2 {
        return None;
    }
    for (pair, byte) in text.as_bytes().chunks_exact(2).zip(bytes) {
        let [high, low] = pair else { return None };
        let digit = |it: u8| {
            char::from(it)
                .to_digit(16)
                .and_then(|it| u8::try_from(it).ok())
        };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(())
}

fn encode_hex(bytes: &[u8]) -> String {
    let digit = |it: u8| char::from_digit(u32::from(it), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|it| [digit(it >> 4), digit(it & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Tag, decode_hex, decode_tag};

    /// Two candidates for the same name as soon as `Tag` has `PartialEq`: this file then no longer compiles.
    trait Ambiguous<Which> {
        fn once() {}
    }
    impl<T> Ambiguous<()> for T {}
    impl<T: PartialEq> Ambiguous<u8> for T {}

    #[test]
    fn tags_cannot_be_compared_with_an_operator() {
        <Tag as Ambiguous<_>>::once();
    }

    #[test]
    fn a_tag_is_its_whole_length() {
        let whole = Tag::new(&[7; 32]);
        for len in 0..32 {
            assert!(
                !whole.is_same_as(&Tag::new([7; 32].get(..len).unwrap())),
                "{len}"
            );
        }
        assert!(
            !Tag::new(&[0; 32]).is_same_as(&Tag::new(&[0; 31])),
            "the length is no padding"
        );
        assert!(whole.is_same_as(&Tag::new(&[7; 32])));
        assert_eq!(format!("{whole:?}"), "Tag([redacted])");
    }

    #[test]
    fn a_signature_has_one_spelling() {
        let hex = "1059c81da97799968e2d15ba8a7079de4fe1a8d08e8c26814b0d1a7b2d0297ce";
        let base64 = "EFnIHal3mZaOLRW6inB53k/hqNCOjCaBSw0aey0Cl84=";
        let read = |text: &str, encoding| decode_tag(text, encoding, 32);
        let (from_hex, from_base64) = (
            read(hex, Encoding::Hex).unwrap(),
            read(base64, Encoding::Base64).unwrap(),
        );
        assert!(from_hex.is_same_as(&from_base64));
        assert_eq!(
            (
                from_hex.encode(Encoding::Hex).as_str(),
                from_hex.encode(Encoding::Base64).as_str()
            ),
            (hex, base64)
        );
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
