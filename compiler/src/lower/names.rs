//! Declared names to logical ids, physical names and ARNs. A name depends on its own declaration and on nothing else.

use sha2::{Digest, Sha256};

use crate::emit::cfn::value::{Sub, Text, Value};
use crate::model::{Piece, Template};

/// The template parameter that ends every physical name.
pub(crate) const SUFFIX: &str = "EnvironmentSuffix";

/// `payment_events` to `PaymentEvents`. Two names that would meet get a piece of their hash, whatever else is declared.
pub fn pascal(name: &str) -> String {
    let mut pascal = String::with_capacity(name.len());
    let mut begins_word = true;
    for byte in name.bytes() {
        let is_of_word = byte.is_ascii_alphanumeric();
        if is_of_word && begins_word {
            pascal.push(char::from(byte.to_ascii_uppercase()));
        } else if is_of_word {
            pascal.push(char::from(byte));
        }
        begins_word = !is_of_word;
    }
    if !is_snake(name) {
        pascal.push_str(&hash(name.as_bytes(), 6));
    }
    pascal
}

/// Lower-case words of letters and digits that begin with a letter, one `_` between them: exactly what `pascal` can undo.
fn is_snake(name: &str) -> bool {
    let mut before = b'_';
    for byte in name.bytes() {
        let is_right = match byte {
            b'a'..=b'z' => true,
            b'0'..=b'9' | b'_' => before != b'_',
            _ => false,
        };
        if !is_right {
            return false;
        }
        before = byte;
    }
    before != b'_'
}

/// `/webhooks/stripe` to `WebhooksStripe`.
pub(crate) fn path_pascal(path: &str) -> String {
    let words = path.trim_matches('/').replace('/', "_");
    let mut pascal = pascal(&words);
    // `/a_b` and `/a/b` would meet.
    if path.contains('_') && is_snake(&words) {
        pascal.push_str(&hash(path.as_bytes(), 6));
    }
    pascal
}

/// The first `digits` hex digits of the SHA-256.
pub(crate) fn hash(bytes: &[u8], digits: usize) -> String {
    let mut text = String::with_capacity(digits + 1);
    for byte in Sha256::digest(bytes) {
        if text.len() >= digits {
            break;
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text.truncate(digits);
    text
}

/// `payment_events` to `payment-events`.
pub(crate) fn kebab(name: &str) -> String {
    name.replace('_', "-")
}

/// The physical name: `payment-events-<EnvironmentSuffix>`.
pub(crate) fn physical(name: &str) -> Value<Text> {
    named(Sub::default(), name).done()
}

/// Some text, then the physical name: `/aws/lambda/validate-<EnvironmentSuffix>`.
pub(crate) fn named(before: Sub, name: &str) -> Sub {
    before.text(&kebab(name)).text("-").parameter(SUFFIX)
}

/// A name as the spec writes it: `payment-events-${suffix}`. Values of an event cannot stand in one; the checker says so.
pub(crate) fn written(template: &Template) -> Sub {
    template
        .iter()
        .fold(Sub::default(), |name, piece| match piece {
            Piece::Text(text) => name.text(text),
            Piece::Suffix => name.parameter(SUFFIX),
            Piece::Field(_) | Piece::Date(_) => name,
        })
}

/// Name of a secret in SSM: `/payments/<EnvironmentSuffix>/webhook-key`.
pub(crate) fn ssm(pipeline: &str, secret: &str) -> Sub {
    Sub::default()
        .text("/")
        .text(&kebab(pipeline))
        .text("/")
        .parameter(SUFFIX)
        .text("/")
        .text(&kebab(secret))
}

/// An environment variable's name: `PIPE_TABLE_PAYMENT_EVENTS`.
pub(crate) fn variable(kind: &str, name: &str) -> String {
    format!("PIPE_{kind}_{}", name.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_names_never_share_a_logical_id() {
        let names = [
            "a_b", "aB", "a__b", "AB", "a_b_", "ab", "a1", "a_1", "a-b", "A_b",
        ];
        let mut ids: Vec<String> = names.iter().map(|it| pascal(it)).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), names.len(), "{ids:?}");
    }

    #[test]
    fn different_paths_never_share_a_logical_id() {
        let paths = ["/a/b", "/a_b", "/a-b", "/ab", "/{a}/b", "/A/b", "/a/B"];
        let mut ids: Vec<String> = paths.iter().map(|it| path_pascal(it)).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), paths.len(), "{ids:?}");
    }
}
