//! The typed readings of condition values: numbers, dates, addresses.

use bigdecimal::BigDecimal;
use std::net::IpAddr;
use std::str::FromStr as _;

/// A decimal number, as exact as it is written.
pub(super) fn number(text: &str) -> Option<BigDecimal> {
    BigDecimal::from_str(text.trim()).ok()
}

/// Epoch numbers from here on are milliseconds: as seconds this is the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// `true` or `false`, in any case.
pub(super) fn truth(text: &str) -> Option<bool> {
    [true, false]
        .into_iter()
        .find(|it| text.eq_ignore_ascii_case(if *it { "true" } else { "false" }))
}

/// An instant in milliseconds since 1970: ISO 8601 with time, a date or a month alone (its first midnight), or an epoch number; without a
/// zone it is UTC.
pub(super) fn instant_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return if number.abs() < MILLISECONDS_FROM {
            number.checked_mul(1000)
        } else {
            Some(number)
        };
    }
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(timestamp.as_millisecond());
    }
    let civil = text.parse::<jiff::civil::DateTime>();
    let civil = civil.or_else(|_| format!("{text}-01").parse()).ok()?;
    let zoned = civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

/// Whether IAM takes the text for a date: an epoch number, or ISO 8601, of which only the numbers' bounds are looked at.
pub(super) fn is_date(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    if !text.contains(['t', '-']) {
        return is_within(&text, 0, i64::MAX);
    }
    let (date, time) = text.split_once('t').unwrap_or((&text, ""));
    let (sign, date) = match date.strip_prefix('-') {
        Some(date) => ("-", date),
        None => ("", date),
    };
    let mut parts = date.split('-');
    let year = parts.next().map(|year| format!("{sign}{year}"));
    year.is_some_and(|year| is_within(&year, -292_275_054, 292_278_993))
        && parts.next().is_none_or(|month| is_within(month, 1, 12))
        && parts.next().is_none_or(|day| is_within(day, 1, 31))
        && parts.next().is_none()
        && (time.is_empty() || is_time(time))
}

/// `2:00`, `20:01:02.5z`, `20:01:02+01:00`: a zone stands behind minutes or seconds.
fn is_time(time: &str) -> bool {
    let (clock, zone) = match (time.strip_suffix('z'), time.split_once(['+', '-'])) {
        (Some(clock), _) => (clock, Some("00")),
        (None, Some((clock, zone))) => (clock, Some(zone)),
        (None, None) => (time, None),
    };
    let is_offset = |zone: &str| {
        let mut parts = zone.split(':');
        zone.split(':').all(|part| part.len() == 2)
            && parts.next().is_some_and(|hours| is_within(hours, 0, 23))
            && parts.next().is_none_or(|minutes| is_within(minutes, 0, 59))
            && parts.next().is_none()
    };
    let is_second = |second: &str| {
        let (whole, fraction) = second.split_once('.').unwrap_or((second, "0"));
        is_within(whole, 0, 59) && is_within(fraction, 0, 999_999_999)
    };
    let mut parts = clock.split(':');
    parts.next().is_some_and(|hour| is_within(hour, 0, 23))
        && parts.next().is_none_or(|minute| is_within(minute, 0, 59))
        && parts.next().is_none_or(is_second)
        && parts.next().is_none()
        && zone.is_none_or(|zone| clock.contains(':') && is_offset(zone))
}

fn is_within(text: &str, least: i64, most: i64) -> bool {
    let number = text.parse::<i64>();
    number.is_ok_and(|number| (least..=most).contains(&number))
}

/// True when `address` lies in `range`, which is an address or `address/prefix`.
pub(super) fn in_range(range: &str, address: &str) -> Option<bool> {
    let (network, prefix) = match range.split_once('/') {
        Some((network, prefix)) => (
            network.parse::<IpAddr>().ok()?,
            Some(prefix.parse::<u32>().ok()?),
        ),
        None => (range.parse::<IpAddr>().ok()?, None),
    };
    let address = address.parse::<IpAddr>().ok()?;
    let (network, address, width) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => (
            u128::from(network.to_bits()),
            u128::from(address.to_bits()),
            32_u32,
        ),
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits(), address.to_bits(), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return Some(false),
    };
    let free = width.checked_sub(prefix.unwrap_or(width))?;
    Some(network.checked_shr(free).unwrap_or(0) == address.checked_shr(free).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_all_their_forms() {
        assert_eq!(instant_ms("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(instant_ms("1970-01-02"), Some(86_400_000));
        assert_eq!(instant_ms("1970-01-01T00:01Z"), Some(60_000));
        assert_eq!(instant_ms("1970-01-01T01:00:00+01:00"), Some(0));
        assert_eq!(instant_ms("1970-01-01T00:00:01"), Some(1000));
        assert_eq!(instant_ms("1970-02"), Some(31 * 86_400_000));
        assert_eq!(instant_ms("2"), Some(2000));
        assert_eq!(instant_ms("1467315743431"), Some(1_467_315_743_431));
        assert_eq!(instant_ms("soon"), None);
    }

    #[test]
    fn dates_are_taken_by_their_bounds() {
        let taken = [
            "2019-07-01T13:20:15Z",
            "2019-07-01T13:20Z",
            "2016-12-13t2:00:00.5+23",
            "2016-12-13T02:00:00-05:00",
            "2016-12",
            "01T",
            "0",
            "-5",
        ];
        for date in taken {
            assert!(is_date(date), "{date}");
        }
        let refused = [
            "",
            "soon",
            "2016-13",
            "2016-12-32",
            "2016-12-13-1",
            "2016-12-13T24:00",
            "2016-12-13T2:60",
            "2016-12-13T2:00:00+1",
            "2016-12-13T2:00:00+01:0",
            "2016-12-13T2Z",
            "2016-12-13T2:00:00.1999999999",
            "9223372036854775808",
            "-",
        ];
        for date in refused {
            assert!(!is_date(date), "{date}");
        }
    }

    #[test]
    fn ranges_hold_their_addresses_and_no_others() {
        assert_eq!(in_range("10.0.0.0/8", "10.9.8.7"), Some(true));
        assert_eq!(in_range("10.0.0.0/8", "11.0.0.1"), Some(false));
        assert_eq!(in_range("0.0.0.0/0", "11.0.0.1"), Some(true));
        assert_eq!(in_range("2001:db8::/32", "2001:db8::1"), Some(true));
        assert_eq!(in_range("::/0", "2001:db8::1"), Some(true));
        assert_eq!(in_range("10.0.0.1", "10.0.0.1"), Some(true));
        assert_eq!(in_range("nowhere", "10.0.0.1"), None);
        assert_eq!(in_range("10.0.0.1/33", "10.0.0.1"), None);
    }
}
