//! The words that DynamoDB reserves: an attribute of that name needs a placeholder.
//!
//! The list is the one in the developer guide, "Reserved words in DynamoDB".

use std::sync::OnceLock;

/// Whether `name` is reserved, in any case.
pub(super) fn is_reserved(name: &str) -> bool {
    static WORDS: OnceLock<Vec<&'static str>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        include_str!("reserved_words.txt")
            .split_whitespace()
            .collect()
    });
    words
        .binary_search(&name.to_ascii_uppercase().as_str())
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_found_in_any_case() {
        for name in [
            "name",
            "STATUS",
            "Timestamp",
            "abort",
            "zone",
            "year",
            "value",
            "ttl",
        ] {
            assert!(is_reserved(name), "{name}");
        }
        for name in [
            "paymentId",
            "amount",
            "provider",
            "eventType",
            "receivedAt",
            "pk",
        ] {
            assert!(!is_reserved(name), "{name}");
        }
    }
}
