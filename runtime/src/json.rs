//! Strict JSON: exact numbers, no duplicate keys, no deep nesting, so that no two readers can understand one body differently.

use std::collections::btree_map::Entry;
use std::fmt::{self, Write as _};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use crate::value::{Map, Wire};

/// Deepest nesting of arrays and objects that is read.
pub const DEPTH_MAX: usize = 64;

/// Why a body was not read as JSON. It never holds a piece of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotJson {
    /// Not UTF-8, which RFC 8259 requires.
    NotUtf8,
    /// No JSON text, at this line and column.
    Syntax {
        /// One-based line.
        line: usize,
        /// One-based column, in bytes.
        column: usize,
    },
    /// A string with half of a surrogate pair.
    LoneSurrogate,
    /// Nested deeper than [`DEPTH_MAX`].
    TooDeep,
    /// An object names a field twice.
    DuplicateKey,
}

impl fmt::Display for NotJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("the body is not UTF-8"),
            Self::Syntax { line, column } => {
                write!(f, "the body is no JSON at line {line}, column {column}")
            }
            Self::LoneSurrogate => f.write_str("a string of the body holds half a surrogate pair"),
            Self::TooDeep => write!(f, "the body is nested deeper than {DEPTH_MAX}"),
            Self::DuplicateKey => f.write_str("an object of the body names a field twice"),
        }
    }
}

impl std::error::Error for NotJson {}

/// Reads a whole body.
pub fn parse(body: &[u8]) -> Result<Wire, NotJson> {
    let text = std::str::from_utf8(body).map_err(|_| NotJson::NotUtf8)?;
    // serde_json has checked the grammar when it gives the text back; the walk below can then be simple.
    let valid: &RawValue = serde_json::from_str(text).map_err(|error| NotJson::Syntax {
        line: error.line(),
        column: error.column(),
    })?;
    Walk { rest: valid.get() }.value(0)
}

/// Writes an object. Numbers keep the digits that they have; bytes, which JSON has not, are written in Base64.
pub fn write(map: &Map) -> String {
    let mut text = String::new();
    write_object(map, &mut text);
    text
}

fn write_object(map: &Map, to: &mut String) {
    to.push('{');
    for (index, (name, value)) in map.iter().enumerate() {
        if index > 0 {
            to.push(',');
        }
        write_text(name, to);
        to.push(':');
        write_value(value, to);
    }
    to.push('}');
}

fn write_value(value: &Wire, to: &mut String) {
    match value {
        Wire::Null => to.push_str("null"),
        Wire::Bool(it) => to.push_str(if *it { "true" } else { "false" }),
        Wire::Number(digits) => to.push_str(digits),
        Wire::Text(text) => write_text(text, to),
        Wire::Binary(bytes) => write_text(&STANDARD.encode(bytes), to),
        Wire::List(items) => {
            to.push('[');
            for (index, it) in items.iter().enumerate() {
                if index > 0 {
                    to.push(',');
                }
                write_value(it, to);
            }
            to.push(']');
        }
        Wire::Record(map) => write_object(map, to),
    }
}

/// Writes a string with its quotes. What needs no escape is copied in one piece.
pub(crate) fn write_text(text: &str, to: &mut String) {
    to.reserve(text.len() + 2);
    to.push('"');
    let mut rest = text;
    loop {
        let (plain, escaped) = rest
            .split_at_checked(plain_bytes(rest.as_bytes()))
            .unwrap_or((rest, ""));
        to.push_str(plain);
        match escaped.as_bytes().first() {
            Some(b'"') => to.push_str("\\\""),
            Some(b'\\') => to.push_str("\\\\"),
            Some(b'\n') => to.push_str("\\n"),
            // Writing to a text cannot fail.
            Some(control) => drop(write!(to, "\\u{control:04x}")),
            None => break,
        }
        rest = escaped.get(1..).unwrap_or_default();
    }
    to.push('"');
}

/// How many bytes stand before the first one that needs an escape. Sixteen are looked at together, which a processor does in one step.
fn plain_bytes(text: &[u8]) -> usize {
    let is_escaped = |it: &u8| *it < b' ' || *it == b'"' || *it == b'\\';
    let (chunks, rest) = text.as_chunks::<16>();
    let is_plain = |chunk: &&[u8; 16]| !chunk.iter().fold(false, |any, it| any | is_escaped(it));
    let plain = 16 * chunks.iter().take_while(is_plain).count();
    let behind = text.get(plain..).unwrap_or(rest);
    let more = behind.iter().position(is_escaped);
    plain + more.unwrap_or(behind.len())
}

/// Walks a text that is known to be JSON.
struct Walk<'a> {
    rest: &'a str,
}

impl<'a> Walk<'a> {
    fn value(&mut self, depth: usize) -> Result<Wire, NotJson> {
        if depth > DEPTH_MAX {
            return Err(NotJson::TooDeep);
        }
        self.skip_blanks();
        match self.rest.as_bytes().first() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Wire::Text),
            Some(b't' | b'f' | b'n') => Ok(match self.take(|it| it.is_ascii_alphabetic()) {
                "true" => Wire::Bool(true),
                "false" => Wire::Bool(false),
                _ => Wire::Null,
            }),
            _ => Ok(Wire::Number(
                self.take(|it| matches!(it, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
                    .to_owned(),
            )),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Wire, NotJson> {
        let mut map = Map::new();
        while self.more(b'}') {
            let key = self.string()?;
            self.skip_blanks();
            self.advance(1);
            let value = self.value(depth + 1)?;
            match map.entry(key) {
                Entry::Vacant(entry) => entry.insert(value),
                Entry::Occupied(_) => return Err(NotJson::DuplicateKey),
            };
        }
        Ok(Wire::Record(map))
    }

    fn array(&mut self, depth: usize) -> Result<Wire, NotJson> {
        let mut items = Vec::new();
        while self.more(b']') {
            items.push(self.value(depth + 1)?);
        }
        Ok(Wire::List(items))
    }

    /// Steps over an opening bracket, a comma or the closing bracket; false behind the latter.
    fn more(&mut self, close: u8) -> bool {
        self.skip_blanks();
        let at_close = |walk: &Self| walk.rest.as_bytes().first().is_none_or(|it| *it == close);
        let closed = at_close(self);
        self.advance(1);
        if closed {
            return false;
        }
        self.skip_blanks();
        // Only behind the opening bracket can the closing one come next: behind a comma the grammar wants a value.
        let empty = at_close(self);
        if empty {
            self.advance(1);
        }
        !empty
    }

    fn string(&mut self) -> Result<String, NotJson> {
        // Almost every string holds no escape, and is then what stands between its quotes.
        let inside = self.rest.get(1..).unwrap_or_default();
        let end = inside.bytes().position(|it| matches!(it, b'"' | b'\\'));
        let plain = end.and_then(|it| inside.split_at_checked(it));
        if let Some((text, rest)) = plain
            && let Some(behind) = rest.strip_prefix('"')
        {
            self.rest = behind;
            return Ok(text.to_owned());
        }
        let mut escaped = false;
        let end = self.rest.bytes().skip(1).position(|it| {
            let closes = it == b'"' && !escaped;
            escaped = it == b'\\' && !escaped;
            closes
        });
        let (quoted, rest) = self
            .rest
            .split_at_checked(end.unwrap_or(0) + 2)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        serde_json::from_str(quoted).map_err(|_| NotJson::LoneSurrogate)
    }

    fn take(&mut self, of: impl Fn(&u8) -> bool) -> &'a str {
        let length = self.rest.bytes().take_while(of).count();
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn skip_blanks(&mut self) {
        self.take(|it| matches!(it, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    /// ING-05
    #[test]
    fn numbers_keep_their_digits() {
        for number in [
            "9007199254740993",
            "1e400",
            "-0",
            "0.1000",
            "123456789012345678901234567890.5",
        ] {
            assert_eq!(
                parse(number.as_bytes()),
                Ok(Wire::Number(number.to_owned()))
            );
        }
    }

    /// ING-05
    #[test]
    fn what_readers_could_understand_differently_is_refused() {
        assert_eq!(parse(br#"{"a":1,"\u0061":2}"#), Err(NotJson::DuplicateKey));
        assert_eq!(parse(br#"{"x":{"a":1,"a":1}}"#), Err(NotJson::DuplicateKey));
        assert_eq!(parse(br#"["\ud800"]"#), Err(NotJson::LoneSurrogate));
        assert_eq!(parse(b"\"\xff\""), Err(NotJson::NotUtf8));
        assert!(parse(nested(DEPTH_MAX).as_bytes()).is_ok());
        assert_eq!(
            parse(nested(DEPTH_MAX + 2).as_bytes()),
            Err(NotJson::TooDeep)
        );
        assert_eq!(parse(nested(100_000).as_bytes()), Err(NotJson::TooDeep));
        for body in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "nul",
            "01",
            "1.",
            "'a'",
            "{} {}",
            "\u{feff}{}",
            "NaN",
            "\"\n\"",
            "// a\n1",
        ] {
            assert!(
                matches!(parse(body.as_bytes()), Err(NotJson::Syntax { .. })),
                "{body}"
            );
        }
    }

    fn wire_of(value: &serde_json::Value) -> Wire {
        match value {
            serde_json::Value::Null => Wire::Null,
            serde_json::Value::Bool(it) => Wire::Bool(*it),
            serde_json::Value::Number(it) => Wire::Number(it.to_string()),
            serde_json::Value::String(it) => Wire::Text(it.clone()),
            serde_json::Value::Array(it) => Wire::List(it.iter().map(wire_of).collect()),
            serde_json::Value::Object(it) => {
                Wire::Record(it.iter().map(|(k, v)| (k.clone(), wire_of(v))).collect())
            }
        }
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::Array),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|it| serde_json::Value::Object(it.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn every_character_is_written_as_serde_json_reads_it() {
        for character in '\0'..=char::MAX {
            let text = format!("a{character}{character}b");
            let mut written = String::new();
            write_text(&text, &mut written);
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
    }

    proptest! {
        #[test]
        fn the_walk_sees_what_serde_json_sees(value in any_json()) {
            prop_assert_eq!(parse(value.to_string().as_bytes()), Ok(wire_of(&value)));
            prop_assert_eq!(parse(format!(" {value:#}\n").as_bytes()), Ok(wire_of(&value)));
        }

        #[test]
        fn what_is_written_is_read_back(value in any_json()) {
            let map = Map::from([("it".to_owned(), wire_of(&value))]);
            prop_assert_eq!(parse(write(&map).as_bytes()), Ok(Wire::Record(map)));
        }

        #[test]
        fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }
    }
}
