//! Writes [`Json`] as text without white space, and measures that text without writing it.

use std::fmt;

use super::{Json, Number};

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl Json {
    /// The value as JSON text in UTF-8 without white space.
    pub fn to_text(&self) -> String {
        let mut text = String::with_capacity(self.text_bytes());
        self.write(&mut text);
        text
    }

    fn write(&self, into: &mut String) {
        match self {
            Json::Null => into.push_str("null"),
            Json::Bool(value) => into.push_str(if *value { "true" } else { "false" }),
            Json::Number(number) => number.write(into),
            Json::String(text) => write_string(text, into),
            Json::Array(items) => {
                into.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        into.push(',');
                    }
                    item.write(into);
                }
                into.push(']');
            }
            Json::Object(object) => {
                into.push('{');
                for (index, (key, value)) in object.iter().enumerate() {
                    if index > 0 {
                        into.push(',');
                    }
                    write_string(key, into);
                    into.push(':');
                    value.write(into);
                }
                into.push('}');
            }
        }
    }

    /// Length in bytes of [`Json::to_text`], which is what the payload limit counts, without writing it.
    pub fn text_bytes(&self) -> usize {
        match self {
            Json::Null => 4,
            Json::Bool(value) => 5 - usize::from(*value),
            Json::Number(number) => Number::text_bytes(number),
            Json::String(text) => string_bytes(text),
            Json::Array(items) => {
                items
                    .iter()
                    .map(|item| item.text_bytes() + 1)
                    .sum::<usize>()
                    .max(1)
                    + 1
            }
            Json::Object(object) => {
                let members = object
                    .iter()
                    .map(|(key, value)| string_bytes(key) + value.text_bytes() + 2);
                members.sum::<usize>().max(1) + 1
            }
        }
    }
}

/// Whether a byte may not stand in a string as it is.
fn is_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Looks at every byte, without stopping early, since that compiles to a few wide instructions.
fn has_escapes(text: &str) -> bool {
    text.bytes()
        .fold(false, |found, byte| found | is_escaped(byte))
}

/// The short escape of a byte; nothing where it has only the `\u` form.
fn escape(byte: u8) -> Option<&'static str> {
    match byte {
        b'"' => Some("\\\""),
        b'\\' => Some("\\\\"),
        b'\n' => Some("\\n"),
        b'\r' => Some("\\r"),
        b'\t' => Some("\\t"),
        0x8 => Some("\\b"),
        0xc => Some("\\f"),
        _ => None,
    }
}

fn write_string(text: &str, into: &mut String) {
    into.push('"');
    if has_escapes(text) {
        for character in text.chars() {
            match u8::try_from(character)
                .ok()
                .filter(|byte| is_escaped(*byte))
            {
                None => into.push(character),
                Some(byte) => match escape(byte) {
                    Some(escaped) => into.push_str(escaped),
                    None => into.push_str(&format!("\\u{byte:04x}")),
                },
            }
        }
    } else {
        into.push_str(text);
    }
    into.push('"');
}

fn string_bytes(text: &str) -> usize {
    let plain = text.len() + 2;
    if !has_escapes(text) {
        return plain;
    }
    let escaped = text.bytes().filter(|byte| is_escaped(*byte));
    plain
        + escaped
            .map(|byte| escape(byte).map_or(6, str::len) - 1)
            .sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_measured_length_is_the_length_of_the_text() {
        for text in [
            "null",
            "true",
            "false",
            "-12.50",
            "0",
            "-7",
            "9223372036854775807",
            "-9223372036854775808",
            "[]",
            "{}",
            "[1,[],{}]",
            r#"{"a":{"b":"\u0001\n\"\\ü😀"},"c":[1,2]}"#,
        ] {
            let value: Json = text.parse().expect("it is JSON");
            assert_eq!(value.to_string(), text);
            assert_eq!(value.text_bytes(), text.len(), "{text}");
        }
    }
}
