//! Keys of facts and claims: what makes two deliveries one fact, and two facts of one instant two items.

use sha2::{Digest, Sha256};

use crate::value::{Map, Wire};

/// A part of a key with `%` and `#` escaped, so that no value can pretend to be two parts.
pub fn escape(part: &str) -> String {
    part.replace('%', "%25").replace('#', "%23")
}

/// The part as it was before [`escape`].
pub fn unescape(part: &str) -> String {
    part.replace("%23", "#").replace("%25", "%")
}

/// The text of a scalar in an identity; nothing for what cannot be one.
fn text(wire: Option<&Wire>) -> String {
    match wire {
        Some(Wire::Text(text)) => escape(text),
        Some(Wire::Number(digits)) => digits.clone(),
        Some(Wire::Bool(it)) => it.to_string(),
        None | Some(Wire::Null | Wire::Binary(_) | Wire::List(_) | Wire::Record(_)) => {
            String::new()
        }
    }
}

/// Every fact with this text is the same fact: the event and its `once` fields, `PaymentReceived#pay_1#pending`.
pub fn of_fact(event: &str, once: &[&str], fields: &Map) -> String {
    let parts = once.iter().map(|name| text(fields.get(*name)));
    std::iter::once(event.to_owned())
        .chain(parts)
        .collect::<Vec<_>>()
        .join("#")
}

/// What follows the instant in a sort key: `#PaymentReceived#pending`. The partition field is left out, since it is the other half of the key.
pub fn sort_suffix(event: &str, once: &[&str], partition: &str, fields: &Map) -> String {
    let rest: Vec<&str> = once
        .iter()
        .copied()
        .filter(|name| *name != partition)
        .collect();
    format!("#{}", of_fact(event, &rest, fields))
}

/// The sort attribute of a fact: text gets the suffix, a number gets a fraction of 18 digits that stands for it.
pub fn sort_key(value: &Wire, suffix: &str) -> Option<Wire> {
    match value {
        Wire::Text(text) => Some(Wire::Text(format!("{}{suffix}", escape(text)))),
        Wire::Number(digits) if !digits.contains('.') => {
            Some(Wire::Number(format!("{digits}.{}", fraction(suffix))))
        }
        _ => None,
    }
}

/// The field's value in a sort attribute.
pub fn sort_value(key: &Wire) -> Wire {
    match key {
        Wire::Text(text) => Wire::Text(unescape(text.split('#').next().unwrap_or_default())),
        Wire::Number(digits) => {
            Wire::Number(digits.split('.').next().unwrap_or_default().to_owned())
        }
        other => other.clone(),
    }
}

/// 18 digits out of the SHA-256 of a text: its first eight bytes, big-endian, modulo 10^18.
fn fraction(text: &str) -> String {
    let first = Sha256::digest(text)
        .iter()
        .take(8)
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    format!("{:018}", first % 1_000_000_000_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(pairs: &[(&str, &str)]) -> Map {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Wire::Text((*value).to_owned())))
            .collect()
    }

    #[test]
    fn two_facts_of_one_instant_have_two_keys() {
        let at = Wire::Text("2026-11-20T19:23:00.123Z".into());
        let received = fields(&[("paymentId", "pay#1"), ("status", "pending")]);
        let once = ["paymentId", "status"];
        assert_eq!(
            of_fact("PaymentReceived", &once, &received),
            "PaymentReceived#pay%231#pending"
        );
        let suffix = sort_suffix("PaymentReceived", &once, "paymentId", &received);
        let key = sort_key(&at, &suffix).unwrap();
        assert_eq!(
            key,
            Wire::Text("2026-11-20T19:23:00.123Z#PaymentReceived#pending".into())
        );
        assert_eq!(sort_value(&key), at);
    }

    #[test]
    fn a_numeric_sort_key_keeps_the_order_and_the_value() {
        let key = |ms: i64, suffix| sort_key(&Wire::Number(ms.to_string()), suffix).unwrap();
        assert_ne!(key(5, "#A"), key(5, "#B"));
        assert_eq!(
            sort_value(&key(1_764_000_000_123, "#A#x")),
            Wire::Number("1764000000123".into())
        );
        let Wire::Number(digits) = key(5, "#A") else {
            panic!("a number")
        };
        assert_eq!(digits.len(), "5.".len() + 18);
    }

    proptest! {
        #[test]
        fn different_values_never_share_an_identity(a in "[#%25x]{0,6}", b in "[#%25x]{0,6}", c in "[#%25x]{0,6}", d in "[#%25x]{0,6}") {
            let of = |one: &str, two: &str| of_fact("E", &["a", "b"], &fields(&[("a", one), ("b", two)]));
            prop_assert_eq!(of(&a, &b) == of(&c, &d), (&a, &b) == (&c, &d));
            prop_assert_eq!(unescape(&escape(&a)), a);
        }
    }
}
