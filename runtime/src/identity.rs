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

/// The text of a scalar; nothing for what cannot be in an identity.
fn text(wire: Option<&Wire>) -> String {
    match wire {
        Some(Wire::Text(text)) => text.clone(),
        Some(Wire::Number(digits)) => digits.clone(),
        Some(Wire::Bool(it)) => it.to_string(),
        None | Some(Wire::Null | Wire::Binary(_) | Wire::List(_) | Wire::Record(_)) => {
            String::new()
        }
    }
}

/// Every fact with this text is the same fact: the event and its `once` fields, `PaymentReceived#pay_1#pending`. The last value stands as
/// it is, since nothing comes behind it that it could pretend to be: a machine of Step Functions, which cannot escape, makes the same text.
pub fn of_fact(event: &str, once: &[&str], fields: &Map) -> String {
    let mut identity = event.to_owned();
    let mut names = once.iter().peekable();
    while let Some(name) = names.next() {
        let value = text(fields.get(*name));
        identity.push('#');
        identity.push_str(&match names.peek() {
            Some(_) => escape(&value),
            None => value,
        });
    }
    identity
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

    #[test]
    fn the_last_value_stands_as_it_is() {
        let of = |once: &[&str]| {
            let values = fields(&[("a", "INV#12"), ("b", "50%"), ("c", "a%23b")]);
            of_fact("E", once, &values)
        };
        assert_eq!(of(&["a"]), "E#INV#12");
        assert_eq!(of(&["a", "b"]), "E#INV%2312#50%");
        assert_eq!(of(&["b", "c"]), "E#50%25#a%23b");
    }

    /// Texts that look like parts of keys, the events `E` and `F`, and how many of the fields tell facts apart.
    fn identity() -> impl Strategy<Value = (&'static str, Vec<String>)> {
        let event = prop_oneof![Just("E"), Just("F")];
        (event, proptest::collection::vec("[#%253Ex]{0,6}", 3))
    }

    proptest! {
        #[test]
        fn different_values_never_share_a_key(one in identity(), other in identity(), count in 1_usize..=3, partition in 0_usize..3) {
            let once = ["a", "b", "c"].get(..count).unwrap();
            let of = |(_, values): &(&str, Vec<String>)| -> Map {
                let named = ["a", "b", "c"].into_iter().zip(values);
                named.map(|(name, value)| (name.to_owned(), Wire::text(value))).collect()
            };
            let is_same = one.0 == other.0 && one.1.get(..count) == other.1.get(..count);
            prop_assert_eq!(of_fact(one.0, once, &of(&one)) == of_fact(other.0, once, &of(&other)), is_same);
            // Beside the partition the sort key tells all that the identity tells, and is read back as the instant.
            let name = ["a", "b", "c"].get(partition).copied().unwrap();
            let at = Wire::text("2026-11-20T19:23:00.123Z");
            let key = |it: &(&'static str, Vec<String>)| {
                let suffix = sort_suffix(it.0, once, name, &of(it));
                (it.1.get(partition).cloned(), sort_key(&at, &suffix).unwrap())
            };
            prop_assert!(key(&one) != key(&other) || is_same);
            prop_assert_eq!(sort_value(&key(&one).1), at.clone());
        }

        #[test]
        fn what_is_escaped_is_read_back(text in "[#%25x]{0,6}") {
            prop_assert_eq!(unescape(&escape(&text)), text);
        }
    }
}
