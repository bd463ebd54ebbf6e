//! The time of signing: its grammar, and the window around our clock in which it is accepted.

use super::refusal::Refusal;

/// Longest timestamp that is read, in digits.
const DIGITS_MAX: usize = 15;

/// Reads Unix seconds. Digits only: what `1.0`, `+1` or ` 1` would mean differs between languages, and the text itself is what is signed.
/// No zero leads, so that the text and the number, which the providers' libraries sign, are the same bytes.
pub(crate) fn parse_s(text: &str) -> Result<i64, Refusal> {
    if !(1..=DIGITS_MAX).contains(&text.len()) || text.len() > 1 && text.starts_with('0') {
        return Err(Refusal::TimestampMalformed);
    }
    text.bytes().try_fold(0, |seconds, it| match it {
        b'0'..=b'9' => Ok(seconds * 10 + i64::from(it - b'0')),
        _ => Err(Refusal::TimestampMalformed),
    })
}

/// Refuses what was signed more than `tolerance_s` before or after our clock; exactly the tolerance is still inside.
pub(crate) fn check_window(signed_at_s: i64, now_s: i64, tolerance_s: u64) -> Result<(), Refusal> {
    let difference_s = now_s.saturating_sub(signed_at_s);
    if difference_s.unsigned_abs() <= tolerance_s {
        Ok(())
    } else if difference_s > 0 {
        Err(Refusal::TimestampTooOld { difference_s })
    } else {
        Err(Refusal::TimestampInFuture { difference_s })
    }
}

#[cfg(test)]
mod tests {
    use super::{check_window, parse_s};
    use crate::sign::Refusal;

    /// SIG-12
    #[test]
    fn a_timestamp_is_one_to_fifteen_digits() {
        for (text, seconds) in [
            ("0", 0),
            ("1718000000", 1_718_000_000),
            ("999999999999999", 999_999_999_999_999),
        ] {
            assert_eq!(parse_s(text), Ok(seconds), "{text}");
        }
        for text in [
            "",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1.0",
            "1e3",
            "１",
            "01",
            "00",
            "01718000000",
            "0x1",
            "1_000",
            "9999999999999999",
            "99999999999999999999999",
        ] {
            assert_eq!(parse_s(text), Err(Refusal::TimestampMalformed), "{text}");
        }
    }

    /// SIG-11
    #[test]
    fn the_window_includes_its_bounds_in_both_directions() {
        for now in [-300, 0, 300] {
            assert_eq!(check_window(0, now, 300), Ok(()));
        }
        assert_eq!(
            check_window(0, 301, 300),
            Err(Refusal::TimestampTooOld { difference_s: 301 })
        );
        assert_eq!(
            check_window(0, -301, 300),
            Err(Refusal::TimestampInFuture { difference_s: -301 })
        );
        assert_eq!(
            check_window(i64::MIN, i64::MAX, 300),
            Err(Refusal::TimestampTooOld {
                difference_s: i64::MAX
            })
        );
    }
}
