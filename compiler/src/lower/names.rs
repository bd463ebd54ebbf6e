//! Declared names to logical ids, physical names and ARNs. A name depends on its own declaration and on nothing else.

use sha2::{Digest, Sha256};

use crate::emit::cfn::value::{Sub, Text, Value};
use crate::emit::piece::text_of;
use crate::model::{Piece, Template};

/// The template parameter that ends every physical name.
pub(crate) const SUFFIX: &str = "EnvironmentSuffix";

/// `payment_events` to `PaymentEvents`. Two names that would meet get a piece of their hash, whatever else is declared.
pub fn pascal(name: &str) -> String {
    id(name, "")
}

/// The name in Pascal case, then what it is the name of: `PaymentEventsTable`.
pub(crate) fn id(name: &str, ending: &str) -> String {
    let mut id = String::with_capacity(name.len() + ending.len());
    push_pascal(&mut id, name);
    id.push_str(ending);
    id
}

/// What is done, then the name in Pascal case: `ReadPaymentEvents`.
pub(crate) fn sid(verb: &str, name: &str) -> String {
    let mut sid = String::with_capacity(verb.len() + name.len());
    sid.push_str(verb);
    push_pascal(&mut sid, name);
    sid
}

fn push_pascal(pascal: &mut String, name: &str) {
    let before = pascal.len();
    if push_snake(pascal, name).is_some() {
        return;
    }
    pascal.truncate(before);
    let mut begins_word = true;
    for character in name.chars() {
        if character.is_ascii_alphanumeric() {
            pascal.push(if begins_word {
                character.to_ascii_uppercase()
            } else {
                character
            });
        }
        begins_word = !character.is_ascii_alphanumeric();
    }
    pascal.push_str(&hash(name.as_bytes(), 6));
}

/// Writes lower-case words of letters and digits that begin with a letter, one `_` between them: exactly what can be undone.
fn push_snake(pascal: &mut String, name: &str) -> Option<()> {
    let mut begins_word = true;
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' if begins_word => pascal.push(char::from(byte.to_ascii_uppercase())),
            b'a'..=b'z' => pascal.push(char::from(byte)),
            b'0'..=b'9' if !begins_word => pascal.push(char::from(byte)),
            b'_' if !begins_word => {}
            _ => return None,
        }
        begins_word = byte == b'_';
    }
    (!begins_word).then_some(())
}

/// `/webhooks/stripe` to `WebhooksStripe`.
pub(crate) fn path_pascal(path: &str) -> String {
    let words = path.trim_matches('/').replace('/', "_");
    let mut pascal = pascal(&words);
    // `/a_b` and `/a/b` would meet.
    if path.contains('_') && push_snake(&mut String::new(), &words).is_some() {
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
    before.kebab(name).text("-").parameter(SUFFIX)
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
        .kebab(pipeline)
        .text("/")
        .parameter(SUFFIX)
        .text("/")
        .kebab(secret)
}

/// An environment variable's name: `PIPE_TABLE_PAYMENT_EVENTS`.
pub(crate) fn variable(kind: &str, name: &str) -> String {
    let mut variable = text_of(("PIPE_", kind, "_", name));
    variable.make_ascii_uppercase();
    variable
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
