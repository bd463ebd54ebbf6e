//! Writes [`Json`] as text without white space, and measures that text without writing it.

use std::fmt::{self, Write};

use super::Json;

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => f.write_str("null"),
            Json::Bool(value) => f.write_str(if *value { "true" } else { "false" }),
            Json::Number(number) => write!(f, "{number}"),
            Json::String(text) => write_string(text, f),
            Json::Array(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_char(',')?;
                    }
                    item.fmt(f)?;
                }
                f.write_char(']')
            }
            Json::Object(object) => {
                f.write_char('{')?;
                for (index, (key, value)) in object.iter().enumerate() {
                    if index > 0 {
                        f.write_char(',')?;
                    }
                    write_string(key, f)?;
                    f.write_char(':')?;
                    value.fmt(f)?;
                }
                f.write_char('}')
            }
        }
    }
}

/// The escape of a byte that may not stand in a string as it is.
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

fn write_string(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    let mut written = 0;
    for (index, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        f.write_str(text.get(written..index).unwrap_or(""))?;
        match escape(byte) {
            Some(escaped) => f.write_str(escaped)?,
            None => write!(f, "\\u{byte:04x}")?,
        }
        written = index + 1;
    }
    f.write_str(text.get(written..).unwrap_or(""))?;
    f.write_char('"')
}

fn string_bytes(text: &str) -> usize {
    let extra: usize = text
        .bytes()
        .filter(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\')
        .map(|byte| escape(byte).map_or(6, str::len) - 1)
        .sum();
    text.len() + 2 + extra
}

/// A sink that only counts.
struct Counter(usize);

impl Write for Counter {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

impl Json {
    /// Length in bytes of the value as JSON text in UTF-8 without white space, which is what the payload limit counts.
    pub fn text_bytes(&self) -> usize {
        match self {
            Json::Null => 4,
            Json::Bool(value) => 5 - usize::from(*value),
            Json::Number(number) => {
                let mut counter = Counter(0);
                // Counting cannot fail.
                let _ = write!(counter, "{number}");
                counter.0
            }
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
                object
                    .iter()
                    .map(|(key, value)| string_bytes(key) + value.text_bytes() + 2)
                    .sum::<usize>()
                    .max(1)
                    + 1
            }
        }
    }
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
