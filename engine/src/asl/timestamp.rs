//! Timestamps as the States Language writes them: RFC 3339 with `T` and `Z` or an offset, to the nanosecond.

use jiff::Timestamp;

/// Reads a timestamp; nothing where the text is not exactly that form (`2016-03-14T01:59:00Z`).
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let shape = |index: usize, wanted: &[u8]| {
        text.as_bytes()
            .get(index)
            .is_some_and(|byte| wanted.contains(byte))
    };
    let dated =
        shape(4, b"-") && shape(7, b"-") && shape(10, b"T") && shape(13, b":") && shape(16, b":");
    let (_, zone) = text.split_at_checked(19)?;
    let fraction = zone
        .strip_prefix('.')
        .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let zone = fraction.unwrap_or(zone);
    let offset =
        zone.len() == 6 && zone.starts_with(['+', '-']) && zone.as_bytes().get(3) == Some(&b':');
    if !dated || !(zone == "Z" || offset) {
        return None;
    }
    text.parse().ok()
}

/// Milliseconds since 1970 of a timestamp; what lies between two milliseconds counts as the later one.
pub(super) fn to_ms(timestamp: Timestamp) -> i64 {
    let ns = timestamp.as_nanosecond();
    i64::try_from(-(-ns).div_euclid(1_000_000)).unwrap_or(i64::MAX)
}

/// `2026-11-20T19:23:00.123Z`, always with three decimals, as the context object shows times.
pub(super) fn from_ms(ms: i64) -> String {
    let timestamp = Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    });
    format!("{timestamp:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_form_is_a_timestamp() {
        for text in [
            "2016-03-14T01:59:00Z",
            "2016-03-14T01:59:00.5Z",
            "2016-03-05T21:29:29.243167252Z",
            "2016-03-14T01:59:00+01:00",
            "2016-03-14T01:59:00.123-10:30",
        ] {
            assert!(parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "x",
            "2016-03-14",
            "2016-03-14T01:59:00",
            "2016-03-14 01:59:00Z",
            "2016-13-14T01:59:00Z",
            "2016-03-14T25:59:00Z",
            "05-12-2016T21:29:29Z",
            "2016-03-14T01:59Z",
            "2016-03-14t01:59:00z",
            "2016-03-14T01:59:00[UTC]",
            "2016-03-14T01:59:00Z[UTC]",
            "2016-03-14T01:59:0üZ",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn milliseconds_round_up_and_print_with_three_decimals() {
        let ms = |text: &str| parse(text).map(to_ms);
        assert_eq!(ms("1970-01-01T00:00:01Z"), Some(1_000));
        assert_eq!(ms("1970-01-01T00:00:01.0000001Z"), Some(1_001));
        assert_eq!(ms("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(from_ms(1_000), "1970-01-01T00:00:01.000Z");
        assert_eq!(from_ms(1_763_666_580_123), "2025-11-20T19:23:00.123Z");
    }
}
