//! Smithy RPC v2 CBOR, which new SDKs speak with CloudWatch: `/service/NAME/operation/NAME`, CBOR in and out.
//!
//! Sources: Smithy, "Smithy RPC v2 CBOR protocol"; RFC 8949. Instants are tag 1 with seconds, in and out.

use serde_json::{Map, Number, Value};

use crate::core::Answer;

/// Depth of nested values that is read.
const DEPTH_MAX: usize = 64;
/// Tag of an instant as seconds since 1970.
const EPOCH: u64 = 1;

/// The service and operation that a path names.
pub(super) fn path(path: &str) -> Option<(&str, &str)> {
    let rest = path.split_once("/service/").map(|(_, rest)| rest)?;
    rest.split_once("/operation/")
}

/// Reads one value; what is after it, or what JSON cannot hold, makes it fail.
pub(super) fn decode(bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(DEPTH_MAX)?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a [u8],
}

/// The first byte of an item: its major type and the rest of it.
const INDEFINITE: u8 = 31;
const BREAK: u8 = 0xff;

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// The number behind the first byte.
    fn argument(&mut self, short: u8) -> Option<u64> {
        let bytes = match short {
            0..=23 => return Some(u64::from(short)),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return None,
        };
        let taken = self.take(bytes)?;
        Some(
            taken
                .iter()
                .fold(0, |sum, byte| (sum << 8) | u64::from(*byte)),
        )
    }

    fn at_break(&mut self) -> bool {
        let found = self.rest.first() == Some(&BREAK);
        if found {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        let below = depth.checked_sub(1)?;
        let first = self.byte()?;
        let (major, short) = (first >> 5, first & 31);
        match major {
            0 => self.argument(short).map(Value::from),
            1 => {
                let magnitude = i64::try_from(self.argument(short)?).ok()?;
                Some(Value::from(-1 - magnitude))
            }
            2 | 3 => {
                let bytes = self.bytes(major, short)?;
                Some(Value::String(match major {
                    3 => String::from_utf8(bytes).ok()?,
                    _ => {
                        use base64::Engine as _;
                        base64::engine::general_purpose::STANDARD.encode(bytes)
                    }
                }))
            }
            4 => self.list(short, below),
            5 => self.map(short, below),
            // The tag of an instant says what the operation knows anyway.
            6 => {
                self.argument(short)?;
                self.value(below)
            }
            _ => self.simple(short),
        }
    }

    fn bytes(&mut self, major: u8, short: u8) -> Option<Vec<u8>> {
        if short != INDEFINITE {
            let length = usize::try_from(self.argument(short)?).ok()?;
            return self.take(length).map(<[u8]>::to_vec);
        }
        let mut all = Vec::new();
        while !self.at_break() {
            let first = self.byte()?;
            if first >> 5 != major || first & 31 == INDEFINITE {
                return None;
            }
            let length = usize::try_from(self.argument(first & 31)?).ok()?;
            all.extend(self.take(length)?);
        }
        Some(all)
    }

    fn list(&mut self, short: u8, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        if short == INDEFINITE {
            while !self.at_break() {
                items.push(self.value(depth)?);
            }
        } else {
            for _ in 0..self.argument(short)? {
                items.push(self.value(depth)?);
            }
        }
        Some(Value::Array(items))
    }

    fn map(&mut self, short: u8, depth: usize) -> Option<Value> {
        let mut map = Map::new();
        let count = if short == INDEFINITE {
            None
        } else {
            Some(self.argument(short)?)
        };
        let mut read = 0;
        loop {
            match count {
                Some(count) if read == count => break,
                None if self.at_break() => break,
                _ => {}
            }
            let Value::String(key) = self.value(depth)? else {
                return None;
            };
            map.insert(key, self.value(depth)?);
            read += 1;
        }
        Some(Value::Object(map))
    }

    fn simple(&mut self, short: u8) -> Option<Value> {
        match short {
            20 => Some(Value::Bool(false)),
            21 => Some(Value::Bool(true)),
            22 | 23 => Some(Value::Null),
            25 => {
                let bits = u16::try_from(self.argument(25)?).ok()?;
                float(half(bits))
            }
            26 => {
                let bits = u32::try_from(self.argument(26)?).ok()?;
                float(f64::from(f32::from_bits(bits)))
            }
            27 => float(f64::from_bits(self.argument(27)?)),
            _ => None,
        }
    }
}

fn float(value: f64) -> Option<Value> {
    Number::from_f64(value).map(Value::Number)
}

/// RFC 8949, appendix D.
fn half(bits: u16) -> f64 {
    let (exponent, mantissa) = ((bits >> 10) & 0x1f, f64::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => mantissa * 2_f64.powi(-24),
        31 => return f64::NAN,
        _ => (mantissa + 1024.0) * 2_f64.powi(i32::from(exponent) - 25),
    };
    if bits & 0x8000 == 0 {
        magnitude
    } else {
        -magnitude
    }
}

/// Writes a value.
pub(super) fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write("", value, &mut out);
    out
}

fn head(major: u8, argument: u64, out: &mut Vec<u8>) {
    let bytes = argument.to_be_bytes();
    let (short, from) = match argument {
        0..=23 => (bytes[7], 8),
        24..=0xff => (24, 7),
        0x100..=0xffff => (25, 6),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 0),
    };
    out.push((major << 5) | short);
    out.extend(bytes.iter().skip(from));
}

fn length(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}

fn write(key: &str, value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(false) => out.push(0xf4),
        Value::Bool(true) => out.push(0xf5),
        Value::Number(number) => {
            if super::is_instant(key) {
                head(6, EPOCH, out);
            }
            match (number.as_u64(), number.as_i64()) {
                (Some(positive), _) => head(0, positive, out),
                (None, Some(negative)) => head(1, negative.unsigned_abs() - 1, out),
                (None, None) => {
                    out.push(0xfb);
                    out.extend(number.as_f64().unwrap_or(0.0).to_be_bytes());
                }
            }
        }
        Value::String(text) => {
            head(3, length(text.len()), out);
            out.extend(text.as_bytes());
        }
        Value::Array(items) => {
            head(4, length(items.len()), out);
            items.iter().for_each(|item| write(key, item, out));
        }
        Value::Object(map) => {
            let fields: Vec<_> = map.iter().filter(|(_, value)| !value.is_null()).collect();
            head(5, length(fields.len()), out);
            for (name, value) in fields {
                head(3, length(name.len()), out);
                out.extend(name.as_bytes());
                write(name, value, out);
            }
        }
    }
}

/// The core's answer as CBOR.
pub(super) fn answer(mut answer: Answer) -> Answer {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
    answer.body = encode(&body);
    answer
        .headers
        .retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    for (name, value) in [
        ("Content-Type", "application/cbor"),
        ("smithy-protocol", "rpc-v2-cbor"),
    ] {
        answer.headers.push((name.to_owned(), value.to_owned()));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_come_back_as_they_were() {
        let value = json!({
            "a": [0, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_296_u64, -1, -500, 1.5, -0.25],
            "b": { "t": true, "f": false }, "text": "héllo",
        });
        assert_eq!(decode(&encode(&value)), Some(value));
    }

    #[test]
    fn the_examples_of_the_rfc_are_read() {
        let cases: [(&[u8], Value); 7] = [
            (&[0x18, 0x64], json!(100)),
            (&[0x39, 0x03, 0xe7], json!(-1000)),
            (&[0xf9, 0x3e, 0x00], json!(1.5)),
            (&[0xfa, 0x47, 0xc3, 0x50, 0x00], json!(100_000.0)),
            (&[0xc1, 0x1a, 0x51, 0x4b, 0x67, 0xb0], json!(1_363_896_240)),
            (
                &[
                    0x7f, 0x65, 0x73, 0x74, 0x72, 0x65, 0x61, 0x64, 0x6d, 0x69, 0x6e, 0x67, 0xff,
                ],
                json!("streaming"),
            ),
            (
                &[
                    0xbf, 0x61, 0x61, 0x01, 0x61, 0x62, 0x9f, 0x02, 0x03, 0xff, 0xff,
                ],
                json!({ "a": 1, "b": [2, 3] }),
            ),
        ];
        for (bytes, expected) in cases {
            assert_eq!(decode(bytes), Some(expected), "{bytes:x?}");
        }
    }

    #[test]
    fn what_is_broken_is_refused_and_never_read_past() {
        let deep = [vec![0x81; 1000], vec![0x00]].concat();
        for bytes in [
            &b""[..],
            &[0x61],
            &[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x9b, 0, 0, 0, 0xff, 0, 0, 0, 0],
            &[0x00, 0x00],
            &[0xa1, 0x00, 0x00],
            &deep,
        ] {
            assert_eq!(decode(bytes), None, "{bytes:x?}");
        }
    }
}
