//! Reads JSON text into [`Json`], keeping the digits of numbers and the order of keys.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::{Json, Number};

/// Levels of nesting that are read. State data is held to fewer; what a step stores may be wrapped a little deeper.
const NESTING_LEVELS_MAX: usize = 512;

/// Members of an object that are read without growing its list.
const MEMBERS_USUAL: usize = 8;

/// Where and why a text is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    message: &'static str,
    /// Byte at which reading stopped.
    offset: usize,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.message, self.offset)
    }
}

impl std::error::Error for SyntaxError {}

impl FromStr for Json {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Json, SyntaxError> {
        let mut reader = Reader { text, offset: 0 };
        let value = reader.value(0)?;
        reader.skip_space();
        match reader.peek() {
            None => Ok(value),
            Some(_) => Err(reader.error("unexpected text after the value")),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, message: &'static str) -> SyntaxError {
        SyntaxError {
            message,
            offset: self.offset,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.offset).copied()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.offset..).unwrap_or("")
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.offset += usize::from(found);
        found
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.offset += 1;
        }
    }

    fn value(&mut self, level: usize) -> Result<Json, SyntaxError> {
        if level > NESTING_LEVELS_MAX {
            return Err(self.error("nested too deeply"));
        }
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(level),
            Some(b'[') => self.array(level),
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Json, SyntaxError> {
        for (word, value) in [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
        ] {
            if self.rest().starts_with(word) {
                self.offset += word.len();
                return Ok(value);
            }
        }
        Err(self.error("expected a value"))
    }

    fn object(&mut self, level: usize) -> Result<Json, SyntaxError> {
        self.offset += 1;
        let mut entries = Vec::with_capacity(MEMBERS_USUAL);
        self.skip_space();
        if self.take(b'}') {
            return Ok(Json::object(entries));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.error("expected a key"));
            }
            let key = self.string()?;
            self.skip_space();
            if !self.take(b':') {
                return Err(self.error("expected `:`"));
            }
            entries.push((key, self.value(level + 1)?));
            self.skip_space();
            if self.take(b'}') {
                return Ok(Json::object(entries));
            }
            if !self.take(b',') {
                return Err(self.error("expected `,` or `}`"));
            }
        }
    }

    fn array(&mut self, level: usize) -> Result<Json, SyntaxError> {
        self.offset += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.take(b']') {
            return Ok(Json::array(items));
        }
        loop {
            items.push(self.value(level + 1)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Json::array(items));
            }
            if !self.take(b',') {
                return Err(self.error("expected `,` or `]`"));
            }
        }
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        let start = self.offset;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.offset += 1;
        }
        if self.offset == start {
            Err(self.error("expected a digit"))
        } else {
            Ok(())
        }
    }

    fn number(&mut self) -> Result<Json, SyntaxError> {
        let start = self.offset;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(Json::Number(Number::from_text(
            self.text.get(start..self.offset).unwrap_or("0"),
        )))
    }

    fn string(&mut self) -> Result<Arc<str>, SyntaxError> {
        self.offset += 1;
        let start = self.offset;
        while !matches!(self.peek(), Some(b'"' | b'\\' | 0..=0x1f) | None) {
            self.offset += 1;
        }
        let plain = self.text.get(start..self.offset).unwrap_or("");
        if self.take(b'"') {
            return Ok(Arc::from(plain));
        }
        let mut text = String::from(plain);
        loop {
            let start = self.offset;
            while !matches!(self.peek(), Some(b'"' | b'\\' | 0..=0x1f) | None) {
                self.offset += 1;
            }
            text.push_str(self.text.get(start..self.offset).unwrap_or(""));
            match self.peek() {
                Some(b'"') => {
                    self.offset += 1;
                    return Ok(Arc::from(text));
                }
                Some(b'\\') => {
                    self.offset += 1;
                    text.push(self.escape()?);
                }
                Some(_) => return Err(self.error("control character in a string")),
                None => return Err(self.error("string without an end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let kind = self
            .peek()
            .ok_or_else(|| self.error("string without an end"))?;
        self.offset += 1;
        match kind {
            b'"' => Ok('"'),
            b'\\' => Ok('\\'),
            b'/' => Ok('/'),
            b'b' => Ok('\u{8}'),
            b'f' => Ok('\u{c}'),
            b'n' => Ok('\n'),
            b'r' => Ok('\r'),
            b't' => Ok('\t'),
            b'u' => {
                let unit = self.code_unit()?;
                let code = match unit {
                    0xd800..=0xdbff if self.rest().starts_with("\\u") => {
                        self.offset += 2;
                        let low = self.code_unit()?;
                        if !(0xdc00..=0xdfff).contains(&low) {
                            return Err(self.error("half of a surrogate pair"));
                        }
                        0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                    }
                    other => other,
                };
                char::from_u32(code).ok_or_else(|| self.error("half of a surrogate pair"))
            }
            _ => Err(self.error("unknown escape")),
        }
    }

    fn code_unit(&mut self) -> Result<u32, SyntaxError> {
        let digits = self
            .text
            .get(self.offset..self.offset + 4)
            .filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|text| u32::from_str_radix(text, 16).ok());
        self.offset += 4;
        unit.ok_or(SyntaxError {
            message: "expected four hexadecimal digits",
            offset: self.offset - 4,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_json_refuses_is_refused() {
        for text in [
            "",
            " ",
            "nul",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "+1",
            "\"",
            "\"\\x\"",
            "\"\u{1}\"",
            "\"\\ud800\"",
            "[1,]",
            "[1",
            "{\"a\"}",
            "{\"a\":1,}",
            "{a:1}",
            "1 2",
            "\"\\u12g4\"",
            "\"\\u12",
            "NaN",
            "\u{feff}1",
        ] {
            assert!(text.parse::<Json>().is_err(), "{text:?}");
            assert!(
                serde_json::from_str::<serde_json::Value>(text).is_err(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn escapes_and_surrogate_pairs_are_read() {
        let text = r#""a\"\\\/\b\f\n\r\té😀ü""#;
        let expected: String = serde_json::from_str(text).expect("it is JSON");
        assert_eq!(text.parse::<Json>(), Ok(Json::from(expected.as_str())));
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_stack_overflow() {
        let deep = "[".repeat(100_000);
        assert!(deep.parse::<Json>().is_err());
        let fine = format!("{}{}", "[".repeat(400), "]".repeat(400));
        assert!(fine.parse::<Json>().is_ok());
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics_and_agrees_with_serde_json(text in "[\\[\\]{}\",:0-9eE+.a-z\\\\ -]{0,24}") {
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            match (text.parse::<Json>(), theirs) {
                (Ok(ours), Ok(theirs)) => proptest::prop_assert_eq!(ours, Json::from(&theirs)),
                (Err(_), Err(_)) => {}
                // A number beyond a float's range is a number for us.
                (Ok(_), Err(error)) => proptest::prop_assert!(error.to_string().contains("out of range")),
                (Err(error), Ok(_)) => proptest::prop_assert!(false, "{}: {}", text, error),
            }
        }
    }
}
