//! Buckets as types, the keys of their objects, and the service that keeps them.

use std::time::Instant;

use crate::Timestamp;
use crate::event_log::{Local, Unavailable};
use crate::value::{Map, Wire};

/// Longest key of an object, in bytes. AWS: "Naming Amazon S3 objects".
const KEY_BYTES_MAX: usize = 1024;

/// A bucket of the spec.
pub trait Bucket: Copy + 'static {
    /// Declared name.
    const NAME: &'static str;
}

/// A part of a key, as the spec writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as written.
    Text(&'static str),
    /// `${paymentId}`: a field's text.
    Field(&'static str),
    /// `${timestamp.date}`: the day of an instant, in UTC.
    Date(&'static str),
}

/// Why a value has no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unwritable {
    /// A field of the key is absent, empty, or of a type without a text.
    Field(&'static str),
    /// Longer than S3 takes.
    TooLong,
}

impl std::fmt::Display for Unwritable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Field(name) => write!(f, "`{name}` cannot be a part of an object's key"),
            Self::TooLong => write!(f, "the object's key is longer than {KEY_BYTES_MAX} bytes"),
        }
    }
}

impl std::error::Error for Unwritable {}

/// The key that a value is written under.
pub fn key(pieces: &[Piece], fields: &Map) -> Result<String, Unwritable> {
    let mut key = String::new();
    for piece in pieces {
        match *piece {
            Piece::Text(text) => key += text,
            Piece::Field(name) => {
                let text = fields.get(name).and_then(text).filter(|it| !it.is_empty());
                key += &escaped(&text.ok_or(Unwritable::Field(name))?);
            }
            Piece::Date(name) => {
                let instant = fields.get(name).and_then(instant);
                let instant = instant.ok_or(Unwritable::Field(name))?.to_string();
                key += instant.get(..10).ok_or(Unwritable::Field(name))?;
            }
        }
    }
    if key.len() > KEY_BYTES_MAX {
        return Err(Unwritable::TooLong);
    }
    Ok(key)
}

fn text(wire: &Wire) -> Option<String> {
    match wire {
        Wire::Text(text) | Wire::Number(text) => Some(text.clone()),
        Wire::Bool(it) => Some(it.to_string()),
        Wire::Null | Wire::Binary(_) | Wire::List(_) | Wire::Record(_) => None,
    }
}

fn instant(wire: &Wire) -> Option<Timestamp> {
    match wire {
        Wire::Text(text) => text.parse().ok(),
        Wire::Number(digits) => Timestamp::from_millis(digits.parse().ok()?).ok(),
        _ => None,
    }
}

/// A value as a part of a key: what S3 lists as safe stays, everything else is percent-escaped, so that no value is a folder of its own
/// and none leads out of one. AWS: "Naming Amazon S3 objects", safe characters.
fn escaped(value: &str) -> String {
    let only_dots = value.bytes().all(|it| it == b'.');
    let escape = |it: u8| match it {
        b'.' if only_dots => "%2E".to_owned(),
        it if it.is_ascii_alphanumeric() || b"!-_.*'()".contains(&it) => char::from(it).to_string(),
        it => format!("%{it:02X}"),
    };
    value.bytes().map(escape).collect()
}

/// What keeps objects.
pub(crate) trait Objects {
    /// Puts an object, in place of one that is there.
    fn put<'a>(
        &'a self,
        bucket: &'static str,
        key: &'a str,
        content_type: &'a str,
        bytes: Vec<u8>,
        deadline: Instant,
    ) -> Local<'a, Result<(), Unavailable>>;

    /// The object's bytes, if there is one.
    fn get<'a>(
        &'a self,
        bucket: &'static str,
        key: &'a str,
        deadline: Instant,
    ) -> Local<'a, Result<Option<Vec<u8>>, Unavailable>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [Piece; 5] = [
        Piece::Text("webhooks/"),
        Piece::Date("timestamp"),
        Piece::Text("/"),
        Piece::Field("paymentId"),
        Piece::Text(".json"),
    ];

    fn key_of(id: &str, at: Wire) -> Result<String, Unwritable> {
        key(
            &KEY,
            &crate::value::map([("paymentId", Some(Wire::text(id))), ("timestamp", Some(at))]),
        )
    }

    #[test]
    fn a_day_is_the_day_in_utc_of_either_form_of_an_instant() {
        let wanted = Ok("webhooks/2026-11-20/pay_1.json".to_owned());
        assert_eq!(
            key_of("pay_1", Wire::text("2026-11-20T19:23:00.123Z")),
            wanted
        );
        assert_eq!(key_of("pay_1", Wire::number("1795202580123")), wanted);
    }

    #[test]
    fn no_value_leads_out_of_its_folder() {
        let at = || Wire::text("2026-11-20T19:23:00.123Z");
        for (id, written) in [
            ("../x", "..%2Fx"),
            ("..", "%2E%2E"),
            ("a b%", "a%20b%25"),
            ("é", "%C3%A9"),
            ("a.b-c_1", "a.b-c_1"),
        ] {
            assert_eq!(
                key_of(id, at()),
                Ok(format!("webhooks/2026-11-20/{written}.json")),
                "{id}"
            );
        }
        assert_eq!(key_of("", at()), Err(Unwritable::Field("paymentId")));
        assert_eq!(
            key_of("x", Wire::text("today")),
            Err(Unwritable::Field("timestamp"))
        );
        assert_eq!(key_of(&"x".repeat(1024), at()), Err(Unwritable::TooLong));
    }
}
