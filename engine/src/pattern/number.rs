//! Numbers as patterns compare them: with six digits after the point, up to a bound.

/// Millionths of the largest number, either sign. The matcher of AWS holds a number as one whole number of millionths and was widened from
/// 5e9 to this in 2024 (aws/event-ruler, pull request 171); the user guide still names the former.
const MICROS_MAX: i64 = 500_000_000_000_000_000;

/// The largest number, for messages.
pub(super) const MAX: &str = "500,000,000,000";

/// Digits after the point.
const DECIMALS: i64 = 6;

/// The millionths of the JSON number with these digits; none where it is too large or too fine to be compared.
pub(super) fn micros(digits: &str) -> Option<i64> {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (digits, 0),
    };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_end_matches('0');
    let dropped = i64::try_from(all.len() - significant.len()).ok()?;
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let places = i64::try_from(fraction.len()).ok()?;
    // The number is `significant` with so many zeros behind it, in millionths.
    let zeros = exponent
        .checked_sub(places)?
        .checked_add(dropped)?
        .checked_add(DECIMALS)?;
    let value: i64 = significant.parse().ok()?;
    let unit = 10_i64.checked_pow(u32::try_from(zeros).ok()?)?;
    let value = value.checked_mul(unit)?;
    (value <= MICROS_MAX).then_some(sign * value)
}
