//! What a certificate says that a rule is about, read from its DER by hand: who it names, what it is for, how long its key is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The first certificate of a PEM.
pub(crate) struct Leaf(Vec<u8>);

/// `2.5.29.17`, `2.5.29.19`, `2.5.29.37`, `1.2.840.113549.1.1.1` and `1.3.6.1.5.5.7.3.1`, as they stand in DER.
const ALTERNATIVE_NAMES: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x13];
const EXTENDED_USAGE: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x25];
const RSA_KEY: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
];
const SERVER: &[u8] = &[0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];

impl Leaf {
    pub(crate) fn of(pem: &str) -> Option<Self> {
        let (_, behind) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
        let (text, _) = behind.split_once("-----END")?;
        let text: String = text.split_whitespace().collect();
        STANDARD.decode(text).ok().map(Self)
    }

    /// Whether it may not be a server's: made for something else, or for an authority.
    pub(crate) fn is_no_servers(&self) -> bool {
        let purposes = self.extension(EXTENDED_USAGE);
        let other_purpose = purposes.is_some_and(|it| position(it, SERVER).is_none());
        let constraints = self.extension(BASIC_CONSTRAINTS).and_then(value);
        let is_authority = constraints.is_some_and(|it| it.starts_with(&[0x01, 0x01, 0xff]));
        other_purpose || is_authority
    }

    /// Whether one of its alternative names is this one, or covers it with a `*` for the first label.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        let (_, parent) = name.split_once('.').unwrap_or_default();
        let names = self.extension(ALTERNATIVE_NAMES).and_then(value);
        let mut rest = names.unwrap_or_default();
        while let Some((tag, it, behind)) = element(rest) {
            let it = String::from_utf8_lossy(it).to_lowercase();
            if tag == 0x82 && (it == name || it == format!("*.{parent}")) {
                return true;
            }
            rest = behind;
        }
        false
    }

    /// Bits of its RSA key; 0 where it has none.
    pub(crate) fn rsa_bits(&self) -> usize {
        let modulus = || {
            let behind = self.0.get(position(&self.0, RSA_KEY)? + RSA_KEY.len()..)?;
            let (_, _, behind) = element(behind)?;
            let (_, bits, _) = element(behind)?;
            let (_, modulus, _) = element(value(bits.get(1..)?)?)?;
            Some(modulus.iter().skip_while(|it| **it == 0).count() * 8)
        };
        modulus().unwrap_or_default()
    }

    /// What stands in the octet string of an extension.
    fn extension(&self, id: &[u8]) -> Option<&[u8]> {
        let behind = self.0.get(position(&self.0, id)? + id.len()..)?;
        match element(behind)? {
            // Critical or not is said before it.
            (0x01, _, behind) => element(behind).map(|it| it.1),
            (_, content, _) => Some(content),
        }
    }
}

fn position(within: &[u8], bytes: &[u8]) -> Option<usize> {
    within.windows(bytes.len()).position(|it| it == bytes)
}

/// What the first element holds.
fn value(der: &[u8]) -> Option<&[u8]> {
    element(der).map(|it| it.1)
}

/// Tag and content of the first element, and what stands behind it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = der.split_first_chunk()?;
    let (len, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (length, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
        let len = length.iter().fold(0, |sum, it| sum << 8 | usize::from(*it));
        (len, rest)
    };
    let (content, behind) = rest.split_at_checked(len)?;
    Some((tag, content, behind))
}
