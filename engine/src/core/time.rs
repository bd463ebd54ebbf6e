//! Instants as AWS writes them. The instant is always an argument.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::artifacts::Period;

/// A day in UTC, which has no leap seconds here.
pub(super) const DAY_MS: u64 = 86_400_000;

fn timestamp(now_ms: u64) -> Timestamp {
    i64::try_from(now_ms)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `20/Nov/2026:19:33:00 +0000`, as access logs have it.
pub(super) fn common_log(now_ms: u64) -> String {
    timestamp(now_ms)
        .strftime("%d/%b/%Y:%H:%M:%S +0000")
        .to_string()
}

/// `2026-11-20T19:33:00.123Z`.
pub(super) fn rfc3339(now_ms: u64) -> String {
    timestamp(now_ms)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

/// `2026-11-20T19:33:00Z`, as EventBridge writes instants.
pub(super) fn rfc3339_seconds(now_ms: u64) -> String {
    timestamp(now_ms).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `2026-11-20T19:33:00.123+0000`, as alarms write instants.
pub(super) fn rfc3339_offset(now_ms: u64) -> String {
    timestamp(now_ms)
        .strftime("%Y-%m-%dT%H:%M:%S%.3f+0000")
        .to_string()
}

/// `20/11/26 19:33:00`, as the reason of an alarm writes instants.
pub(super) fn alarm_date(now_ms: u64) -> String {
    timestamp(now_ms).strftime("%d/%m/%y %H:%M:%S").to_string()
}

/// Milliseconds of an instant on the wire: seconds since 1970, or RFC 3339.
pub(super) fn instant_ms(value: &serde_json::Value) -> Option<u64> {
    let text = value.as_str();
    let seconds = value.as_f64().or_else(|| text?.parse().ok());
    if let Some(seconds) = seconds {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an instant that is not negative, of this era"
        )]
        let ms = (seconds * 1000.0).round() as u64;
        return (seconds >= 0.0).then_some(ms);
    }
    let parsed: Timestamp = text?.parse().ok()?;
    u64::try_from(parsed.as_millisecond()).ok()
}

/// Seconds since 1970 with three decimals, as the JSON protocols send instants.
pub(super) fn epoch_seconds(now_ms: u64) -> serde_json::Value {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds since 1970 fit the 53 bits of a double for 280,000 years"
    )]
    let seconds = now_ms as f64 / 1000.0;
    serde_json::json!(seconds)
}

/// `Sat, 21 Nov 2026 11:00:00 GMT`, as HTTP headers have it.
pub(super) fn http_date(now_ms: u64) -> String {
    timestamp(now_ms)
        .strftime("%a, %d %b %Y %H:%M:%S GMT")
        .to_string()
}

/// Milliseconds of such a date; nothing where it is none.
pub(super) fn http_date_ms(text: &str) -> Option<u64> {
    let date = jiff::civil::DateTime::strptime("%a, %d %b %Y %H:%M:%S GMT", text).ok()?;
    let at = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
    u64::try_from(at.as_millisecond()).ok()
}

/// The first instant of a day in UTC, `2026-11-20`; nothing where the text is none.
pub(super) fn date_ms(text: &str) -> Option<u64> {
    let date = jiff::civil::Date::strptime("%Y-%m-%d", text).ok()?;
    let at = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
    u64::try_from(at.as_millisecond()).ok()
}

/// When the period began that this instant is in, in UTC.
pub(super) fn period_start_ms(period: Period, now_ms: u64) -> u64 {
    let date = timestamp(now_ms).to_zoned(TimeZone::UTC).date();
    let first = match period {
        Period::Day => Some(date),
        Period::Week => {
            let since_sunday = date.weekday().to_sunday_zero_offset();
            date.checked_sub(jiff::Span::new().days(since_sunday)).ok()
        }
        Period::Month => Some(date.first_of_month()),
    };
    let start = first.and_then(|date| date.to_zoned(TimeZone::UTC).ok());
    let start_ms = start.map(|it| it.timestamp().as_millisecond());
    start_ms
        .and_then(|it| u64::try_from(it).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_begin_at_midnight_in_utc() {
        // 2026-11-21T11:05:46Z, a Saturday.
        let now_ms = 1_795_259_146_000;
        let start = |period| rfc3339(period_start_ms(period, now_ms));
        assert_eq!(start(Period::Day), "2026-11-21T00:00:00.000Z");
        assert_eq!(start(Period::Week), "2026-11-15T00:00:00.000Z");
        assert_eq!(start(Period::Month), "2026-11-01T00:00:00.000Z");
        assert_eq!(http_date(now_ms), "Sat, 21 Nov 2026 11:05:46 GMT");
        assert_eq!(http_date_ms("Sat, 21 Nov 2026 11:05:46 GMT"), Some(now_ms));
        assert_eq!(http_date_ms("yesterday"), None);
    }
}
