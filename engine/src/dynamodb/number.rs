//! DynamoDB's number: 38 significant decimal digits, exponents from -130 to 125, exact.

use std::cmp::Ordering;
use std::fmt;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::{BigInt, Sign};

/// Most significant digits of a number.
const DIGITS_MAX: usize = 38;
/// Largest and smallest exponent of the leading digit.
const EXPONENT_MAX: i64 = 125;
const EXPONENT_MIN: i64 = -130;

const OVERFLOW: &str =
    "Number overflow. Attempting to store a number with magnitude larger than supported range";
const UNDERFLOW: &str =
    "Number underflow. Attempting to store a number with magnitude smaller than supported range";
const TOO_PRECISE: &str = "Attempting to store more than 38 significant digits in a Number";

/// A number in its one normal form, so that equal numbers are equal field by field.
///
/// Its value is `digits * 10^exponent`; `digits` has no trailing zero, and zero is never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Number {
    negative: bool,
    digits: u128,
    exponent: i16,
}

impl Number {
    /// Reads what stands in an `N`; the error is DynamoDB's message.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let invalid = || match text {
            "" => "The parameter cannot be converted to a numeric value".to_owned(),
            _ => format!("The parameter cannot be converted to a numeric value: {text}"),
        };
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent).ok_or_else(invalid)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return Err(invalid());
        }
        let fraction_digits = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
        let all = format!("{whole}{fraction}");
        Self::normalise(negative, &all, exponent.saturating_sub(fraction_digits))
            .map_err(str::to_owned)
    }

    /// Brings `digits * 10^exponent` into the normal form, or says which limit it breaks.
    fn normalise(negative: bool, digits: &str, exponent: i64) -> Result<Self, &'static str> {
        let leading = digits.trim_start_matches('0');
        let significant = leading.trim_end_matches('0');
        if significant.is_empty() {
            return Ok(Self {
                negative: false,
                digits: 0,
                exponent: 0,
            });
        }
        let cut = i64::try_from(leading.len() - significant.len()).unwrap_or(i64::MAX);
        let length = i64::try_from(significant.len()).unwrap_or(i64::MAX);
        let exponent = exponent.saturating_add(cut);
        let magnitude = exponent.saturating_add(length - 1);
        if magnitude > EXPONENT_MAX {
            return Err(OVERFLOW);
        }
        if magnitude < EXPONENT_MIN {
            return Err(UNDERFLOW);
        }
        if significant.len() > DIGITS_MAX {
            return Err(TOO_PRECISE);
        }
        let digits = significant.parse().map_err(|_| TOO_PRECISE)?;
        let exponent = i16::try_from(exponent).map_err(|_| OVERFLOW)?;
        Ok(Self {
            negative,
            digits,
            exponent,
        })
    }

    /// The sum; a result that needs more than 38 digits is refused, as DynamoDB refuses it.
    pub(crate) fn plus(&self, other: &Self) -> Result<Self, String> {
        Self::from_big(&(self.to_big() + other.to_big()))
    }

    /// The difference, with the limits of [`Self::plus`].
    pub(crate) fn minus(&self, other: &Self) -> Result<Self, String> {
        Self::from_big(&(self.to_big() - other.to_big()))
    }

    fn to_big(self) -> BigDecimal {
        let sign = if self.negative {
            Sign::Minus
        } else {
            Sign::Plus
        };
        let digits = BigInt::from_biguint(sign, self.digits.into());
        BigDecimal::new(digits, -i64::from(self.exponent))
    }

    fn from_big(big: &BigDecimal) -> Result<Self, String> {
        let (digits, scale) = big.as_bigint_and_exponent();
        let negative = digits.sign() == Sign::Minus;
        // DynamoDB calls a sum with too many digits an overflow too.
        Self::normalise(negative, &digits.magnitude().to_string(), -scale).map_err(|fault| {
            if fault == TOO_PRECISE {
                OVERFLOW
            } else {
                fault
            }
            .to_owned()
        })
    }

    /// The number of a count, which always fits.
    pub(crate) fn from_count(count: usize) -> Self {
        let zero = Self {
            negative: false,
            digits: 0,
            exponent: 0,
        };
        Self::normalise(false, &count.to_string(), 0).unwrap_or(zero)
    }

    fn length(&self) -> usize {
        self.digits
            .checked_ilog10()
            .map_or(1, |log| log as usize + 1)
    }

    /// Bytes that the number counts in an item's size: a byte per two digits, one for the exponent,
    /// one for a minus sign.
    pub(crate) fn size(&self) -> usize {
        if self.digits == 0 {
            return 1;
        }
        self.length().div_ceil(2) + 1 + usize::from(self.negative)
    }

    /// Appends bytes that sort as the numbers do, and of which none is a prefix of another.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        if self.digits == 0 {
            out.push(1);
            return;
        }
        let flip = if self.negative { 0xff } else { 0 };
        out.push(if self.negative { 0 } else { 2 });
        let digits = self.digits.to_string();
        let magnitude = i64::from(self.exponent) + digits.len() as i64 - 1 - EXPONENT_MIN;
        out.push(u8::try_from(magnitude).unwrap_or(u8::MAX) ^ flip);
        out.extend(digits.bytes().map(|digit| digit ^ flip));
        out.push(flip);
    }
}

/// Reads the exponent; one too long for a number saturates, since the limits refuse it anyway.
fn parse_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: i64 = digits.parse().unwrap_or(i64::MAX / 2);
    Some(if negative { -value } else { value })
}

impl Number {
    /// The exponent of the leading digit, and the digits brought to a common length.
    fn magnitude(&self) -> (i64, u128) {
        let length = self.length();
        let missing = u32::try_from(DIGITS_MAX.saturating_sub(length)).unwrap_or(0);
        let exponent = i64::from(self.exponent) + i64::try_from(length).unwrap_or(0);
        (exponent, self.digits.saturating_mul(10_u128.pow(missing)))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits, number.negative) {
            (0, _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        };
        sign(self).cmp(&sign(other)).then_with(|| {
            let order = self.magnitude().cmp(&other.magnitude());
            if self.negative {
                order.reverse()
            } else {
                order
            }
        })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Writes the number in full, without an exponent, as DynamoDB returns it.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        let digits = self.digits.to_string();
        if let Ok(zeros) = usize::try_from(self.exponent) {
            return write!(f, "{digits}{}", "0".repeat(zeros));
        }
        let places = usize::from(self.exponent.unsigned_abs());
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        write!(f, "{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_full_and_normalised() {
        let cases = [
            ("1", "1"),
            ("+3", "3"),
            ("-0", "0"),
            ("0e1000", "0"),
            ("0001.2300", "1.23"),
            (".123", "0.123"),
            ("5.", "5"),
            ("-17.4E3", "-17400"),
            ("1e-3", "0.001"),
            ("12e-1", "1.2"),
            ("100", "100"),
            (
                "31415926535897932384626433832795028841e2",
                "3141592653589793238462643383279502884100",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(
                Number::parse(text).map(|n| n.to_string()),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_number_or_out_of_range_is_refused() {
        for text in [
            "", "NaN", "Infinity", "-", ".", " 1", "1 ", "1e", "1e+", "0x1", "1_0", "--1", "1.2.3",
        ] {
            let message = Number::parse(text).expect_err(text);
            assert!(message.contains("numeric value"), "{text}: {message}");
        }
        let ranges = [
            ("1e126", "overflow"),
            ("-11e125", "overflow"),
            ("1.0e100000000", "overflow"),
            ("1e99999999999999999999999", "overflow"),
            ("0.9e-130", "underflow"),
            ("1e-99999999999999999999999", "underflow"),
            ("3.14159265358979323846264338327950288419", "significant"),
        ];
        for (text, part) in ranges {
            let message = Number::parse(text).expect_err(text);
            assert!(message.contains(part), "{text}: {message}");
        }
        for text in ["9.99999999e125", "1e-130", "-1e125"] {
            assert!(Number::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn sums_are_exact_or_refused() {
        let number = |text: &str| Number::parse(text).expect(text);
        let sum = number("1")
            .plus(&number("10000000000000000000000"))
            .expect("sum");
        assert_eq!(sum.to_string(), "10000000000000000000001");
        assert_eq!(
            number("0.1").plus(&number("0.2")).expect("sum"),
            number("0.3")
        );
        assert_eq!(
            number("0.3").minus(&number("0.3")).expect("difference"),
            number("0")
        );
        for (left, right) in [("9e125", "9e125"), ("1e50", "1"), ("1e125", "1e-130")] {
            let message = number(left).plus(&number(right)).expect_err(left);
            assert!(message.contains("overflow"), "{message}");
        }
    }

    #[test]
    fn the_encoding_sorts_as_the_numbers_do() {
        let ascending = [
            "-9e125", "-123", "-12.5", "-12", "-1.5", "-1", "-0.001", "-1e-130", "0", "1e-130",
            "0.001", "0.0011", "0.9", "1", "1.01", "1.1", "9", "10", "12", "12.5", "123", "1e125",
        ];
        for pair in ascending.windows(2) {
            let (left, right) = (
                Number::parse(pair[0]).expect("n"),
                Number::parse(pair[1]).expect("n"),
            );
            assert!(left < right, "{} < {}", pair[0], pair[1]);
            let (mut left_bytes, mut right_bytes) = (Vec::new(), Vec::new());
            left.encode(&mut left_bytes);
            right.encode(&mut right_bytes);
            assert!(left_bytes < right_bytes, "{} < {}", pair[0], pair[1]);
        }
    }
}
