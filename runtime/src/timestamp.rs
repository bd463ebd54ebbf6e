//! Instants: RFC 3339 text to the millisecond, and whole milliseconds since 1970.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::value::Invalid;

/// An instant to the millisecond. It is read from any RFC 3339 text (what is finer than a millisecond is cut) and written in one form,
/// UTC with three decimals, so that the order of texts is the order of time: `2026-11-20T19:23:00.123Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

/// An instant that is whole milliseconds since 1970 on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EpochMillis(i64);

/// First instant with a four-digit year, and the last that is one in every time zone, in milliseconds since 1970.
const WRITABLE_MS: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_207_199_999;

impl Timestamp {
    /// Midnight of 1 January 1970, UTC.
    pub const UNIX_EPOCH: Self = Self(jiff::Timestamp::UNIX_EPOCH);

    /// The instant that is this many milliseconds after 1970.
    pub fn from_millis(now_ms: i64) -> Result<Self, Invalid> {
        if !WRITABLE_MS.contains(&now_ms) {
            return Err(Invalid::new("is not in the years 0000 to 9999"));
        }
        jiff::Timestamp::from_millisecond(now_ms)
            .map(Self)
            .map_err(|_| Invalid::new("is no instant"))
    }

    /// Milliseconds since 1970.
    pub fn as_millis(self) -> i64 {
        self.0.as_millisecond()
    }
}

impl EpochMillis {
    /// The instant that is this many milliseconds after 1970.
    pub fn from_millis(now_ms: i64) -> Self {
        Self(now_ms)
    }

    /// Milliseconds since 1970.
    pub fn as_millis(self) -> i64 {
        self.0
    }
}

/// True for `date "T" time offset` of RFC 3339, and nothing of what Temporal or ISO 8601 add.
fn is_rfc3339(text: &str) -> bool {
    let bytes = text.as_bytes();
    let fits = |pattern: &[u8], part: &[u8]| {
        pattern.len() == part.len()
            && pattern.iter().zip(part).all(|(want, it)| match want {
                b'0' => it.is_ascii_digit(),
                b'T' => matches!(it, b'T' | b't'),
                b'+' => matches!(it, b'+' | b'-'),
                other => it == other,
            })
    };
    let Some((whole, rest)) = bytes.split_at_checked(19) else {
        return false;
    };
    let rest = match rest.strip_prefix(b".") {
        Some(fraction) => {
            let digits = fraction.iter().take_while(|it| it.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return false;
            }
            fraction.get(digits..).unwrap_or_default()
        }
        None => rest,
    };
    fits(b"0000-00-00T00:00:00", whole) && (rest == b"Z" || rest == b"z" || fits(b"+00:00", rest))
}

impl FromStr for Timestamp {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let not_one = Invalid::new("is not an RFC 3339 date and time");
        if !is_rfc3339(text) {
            return Err(not_one);
        }
        let instant: jiff::Timestamp = text.parse().map_err(|_| not_one)?;
        Self::from_millis(
            instant
                .as_nanosecond()
                .div_euclid(1_000_000)
                .try_into()
                .unwrap_or(i64::MAX),
        )
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_instant_is_written_in_one() {
        for (text, canonical) in [
            ("2026-11-20T19:23:00.123Z", "2026-11-20T19:23:00.123Z"),
            ("2026-11-20t19:23:00z", "2026-11-20T19:23:00.000Z"),
            ("2026-11-20T20:23:00.1+01:00", "2026-11-20T19:23:00.100Z"),
            ("2026-11-20T19:23:00.123999999Z", "2026-11-20T19:23:00.123Z"),
            ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(
                text.parse::<Timestamp>()
                    .map(|it| it.to_string())
                    .as_deref(),
                Ok(canonical),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_rfc_3339_is_refused() {
        for text in [
            "",
            "2026-11-20",
            "2026-11-20 19:23:00Z",
            "2026-11-20T19:23Z",
            "2026-11-20T19:23:00",
            "2026-11-20T19:23:00,1Z",
            "2026-11-20T19:23:00.Z",
            "2026-11-20T19:23:00.1234567890Z",
            "2026-11-20T19:23:00Z[UTC]",
            "2026-13-20T19:23:00Z",
            "2026-02-30T19:23:00Z",
            "2026-11-20T25:23:00Z",
            "2026-11-20T19:23:00+1:00",
            "+002026-11-20T19:23:00Z",
            "1718000000",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_order_of_texts_is_the_order_of_time() {
        let texts: Vec<String> = [
            -62_167_219_200_000,
            -1,
            0,
            1,
            999,
            1_000,
            1_764_000_000_123,
            253_402_207_199_999,
        ]
        .map(|it| Timestamp::from_millis(it).unwrap().to_string())
        .into();
        assert!(texts.is_sorted());
        assert!(Timestamp::from_millis(i64::MAX).is_err());
    }
}
