//! What an event says, whatever bytes it came in: by its hash a delivery that is sent again is known, though the provider counts its
//! attempts in the body.

use sha2::{Digest, Sha256};

use crate::entry::Provenance;
use crate::receipt::{hex, uuid_of};
use crate::sign::decode_hex;
use crate::value::{Map, Wire};

/// The claim's attribute that holds it.
pub(crate) const ATTRIBUTE: &str = "_content_sha256";

/// SHA-256, in hexadecimal, of an event's fields. What the delivery gave them by itself, its own time and ids made of its bytes, counts as
/// that and not as its value, which is another at each delivery.
pub(crate) fn sha256(fields: &Map, provenance: &Provenance) -> String {
    let arrived = provenance.received_at;
    let mut content = Content {
        hash: Sha256::new(),
        arrived: [arrived.to_string(), arrived.as_millis().to_string()],
        body_sha256: &provenance.body_sha256,
    };
    content.add_all(fields);
    hex(&content.hash.finalize())
}

struct Content<'a> {
    hash: Sha256,
    /// When the delivery arrived, as a `timestamp` and as `epoch_millis`.
    arrived: [String; 2],
    body_sha256: &'a str,
}

impl Content<'_> {
    /// Every part begins with its kind and its length, so that no two contents are hashed alike.
    fn part(&mut self, kind: u8, bytes: &[u8]) {
        self.hash.update([kind]);
        self.hash.update((bytes.len() as u64).to_be_bytes());
        self.hash.update(bytes);
    }

    fn add_all(&mut self, fields: &Map) {
        self.part(b'{', &[]);
        for (name, value) in fields {
            self.part(b'k', name.as_bytes());
            self.add(name, value);
        }
        self.part(b'}', &[]);
    }

    fn add(&mut self, name: &str, value: &Wire) {
        match value {
            Wire::Null => self.part(b'0', &[]),
            Wire::Bool(it) => self.part(b'b', &[u8::from(*it)]),
            Wire::Number(it) | Wire::Text(it) if self.arrived.contains(it) => self.part(b'@', &[]),
            Wire::Text(it) if self.is_of_the_bytes(name, it) => self.part(b'#', &[]),
            Wire::Number(it) => self.part(b'n', it.as_bytes()),
            Wire::Text(it) => self.part(b't', it.as_bytes()),
            Wire::Binary(it) => self.part(b'x', it),
            Wire::List(items) => {
                self.part(b'[', &[]);
                for it in items {
                    self.add(name, it);
                }
                self.part(b']', &[]);
            }
            Wire::Record(fields) => self.add_all(fields),
        }
    }

    /// Whether it is what `= uuid` gives to the field: a UUID of version 8.
    fn is_of_the_bytes(&self, name: &str, text: &str) -> bool {
        let mut body_sha256 = [0; 32];
        text.len() == 36
            && text.as_bytes().get(14) == Some(&b'8')
            && decode_hex(self.body_sha256, &mut body_sha256).is_some()
            && text == uuid_of(&body_sha256, name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Receipt, Timestamp};
    use proptest::prelude::*;

    /// What a delivery of this body at this instant comes with.
    fn provenance(body: &str, at_ms: i64) -> (Receipt, Provenance) {
        let received_at = Timestamp::from_millis(at_ms).unwrap();
        let receipt = Receipt::new(body.as_bytes(), received_at);
        let provenance = Provenance {
            received_at,
            ..crate::entry::tests::provenance(&receipt.body_sha256())
        };
        (receipt, provenance)
    }

    #[test]
    fn what_a_delivery_gives_by_itself_does_not_count_and_all_else_does() {
        let of = |body: &str, at_ms: i64, amount: &str, seen: &str| {
            let (receipt, provenance) = provenance(body, at_ms);
            let own = Map::from([
                (
                    "at".to_owned(),
                    Wire::text(&receipt.received_at().to_string()),
                ),
                ("at_ms".to_owned(), Wire::number(&at_ms.to_string())),
                ("uuid".to_owned(), Wire::text(&receipt.uuid("uuid"))),
            ]);
            let fields = Map::from([
                ("amount".to_owned(), Wire::number(amount)),
                ("own".to_owned(), Wire::List(vec![Wire::Record(own)])),
                ("seen".to_owned(), Wire::text(seen)),
            ]);
            sha256(&fields, &provenance)
        };
        let first = of("{}", 1_795_300_000_000, "1", "x");
        assert_eq!(first, of("{ }", 1_795_300_000_001, "1", "x"));
        assert_ne!(first, of("{}", 1_795_300_000_000, "1.1", "x"));
        assert_ne!(first, of("{}", 1_795_300_000_000, "1", "y"));
    }

    proptest! {
        #[test]
        fn different_fields_have_different_contents(
            one in proptest::collection::btree_map("[ab]{0,2}", "[ab1]{0,3}", 0..4),
            other in proptest::collection::btree_map("[ab]{0,2}", "[ab1]{0,3}", 0..4),
        ) {
            let (_, provenance) = provenance("{}", 0);
            let of = |texts: &std::collections::BTreeMap<String, String>| {
                let fields = texts.iter().map(|(name, it)| (name.clone(), Wire::text(it)));
                sha256(&fields.collect(), &provenance)
            };
            prop_assert_eq!(of(&one) == of(&other), one == other);
        }
    }
}
