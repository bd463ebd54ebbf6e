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

/// An instant in milliseconds since 1970: ISO 8601 with time, a date alone (its midnight, UTC), or an epoch number.
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
    let date = text.parse::<jiff::civil::Date>().ok()?;
    Some(
        date.to_zoned(jiff::tz::TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_millisecond(),
    )
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
            32,
        ),
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits(), address.to_bits(), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return Some(false),
    };
    let free = width - prefix.unwrap_or(width).min(width);
    Some(network.checked_shr(free).unwrap_or(0) == address.checked_shr(free).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_all_their_forms() {
        assert_eq!(instant_ms("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(instant_ms("1970-01-02"), Some(86_400_000));
        assert_eq!(instant_ms("2"), Some(2000));
        assert_eq!(instant_ms("1467315743431"), Some(1_467_315_743_431));
        assert_eq!(instant_ms("soon"), None);
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
    }
}
