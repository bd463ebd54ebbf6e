//! Instants as AWS writes them. The instant is always an argument.

use jiff::Timestamp;

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
