//! What is known of a webhook beside its body: when it arrived, and the hash that tells one body from another.

use sha2::{Digest, Sha256};

use crate::Timestamp;

/// Arrival and identity of one body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    received_at: Timestamp,
    body_sha256: [u8; 32],
}

impl Receipt {
    /// Of these exact bytes, received at this instant.
    pub fn new(body: &[u8], received_at: Timestamp) -> Self {
        Self {
            received_at,
            body_sha256: Sha256::digest(body).into(),
        }
    }

    /// When the webhook arrived.
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// SHA-256 of the body in hexadecimal.
    pub fn body_sha256(&self) -> String {
        hex(&self.body_sha256)
    }

    /// A UUID (RFC 9562, version 8) of this body and field, so that a second delivery gets the same one.
    pub fn uuid(&self, field: &str) -> String {
        uuid_of(&self.body_sha256, field)
    }
}

/// [`Receipt::uuid`] of a body that is known by its SHA-256.
pub(crate) fn uuid_of(body_sha256: &[u8; 32], field: &str) -> String {
    let digest = Sha256::new()
        .chain_update(body_sha256)
        .chain_update(field)
        .finalize();
    let mut id = [0_u8; 16];
    id.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut id;
    *version = *version & 0x0f | 0x80;
    *variant = *variant & 0x3f | 0x80;
    let digits = hex(&id);
    let group = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [
        group(0, 8),
        group(8, 12),
        group(12, 16),
        group(16, 20),
        group(20, 32),
    ]
    .join("-")
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |it: u8| if it < 10 { b'0' + it } else { b'a' + it - 10 };
    let mut text = Vec::with_capacity(2 * bytes.len());
    for it in bytes {
        text.extend([digit(it >> 4), digit(it & 15)]);
    }
    // Digits are text whatever the bytes are.
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_body_gets_the_same_id_and_another_field_or_body_another() {
        let at = |ms| Timestamp::from_millis(ms).unwrap();
        let id = Receipt::new(b"{}", at(0)).uuid("id");
        assert_eq!(id, Receipt::new(b"{}", at(1)).uuid("id"));
        assert_ne!(id, Receipt::new(b"{}", at(0)).uuid("other"));
        assert_ne!(id, Receipt::new(b"{ }", at(0)).uuid("id"));
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'8');
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        assert_eq!(
            Receipt::new(b"", at(0)).body_sha256(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
