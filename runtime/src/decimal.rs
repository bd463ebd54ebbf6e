//! Exact decimals, for money: read from JSON and DynamoDB without a floating-point number on the way.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// An exact decimal number of up to 28 digits. What does not fit is an error, never a rounded number.
///
/// It is read from a JSON number or a JSON string, since providers send amounts as either, and written as a string, because the numbers of Amazon
/// States Language are doubles; in DynamoDB it is an N. Arithmetic is checked: there is no operator that could overflow in silence.
///
/// ```
/// use pipe_runtime::Decimal;
/// let price: Decimal = "99.99".parse()?;
/// assert_eq!(price.checked_add("0.01".parse()?), Some("100".parse()?));
/// # Ok::<(), pipe_runtime::value::Invalid>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(rust_decimal::Decimal);

/// Longest text that is read as a number; [`crate::DECIMAL_DIGITS_MAX`] digits need far less.
const TEXT_BYTES_MAX: usize = 64;

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(rust_decimal::Decimal::ZERO);

    /// The sum, or `None` when it has too many digits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` when it has too many digits.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The exact product, or `None` when it has too many digits.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let exact_scale = self.normalized().0.scale() + other.normalized().0.scale();
        if exact_scale > rust_decimal::Decimal::MAX_SCALE {
            return None;
        }
        self.0.checked_mul(other.0).map(Self)
    }

    /// Digits behind the point, trailing zeros not counted: 1 for `99.90`.
    pub fn decimal_places(self) -> u32 {
        self.0.normalize().scale()
    }

    /// True below zero; zero itself is not negative, however it was written.
    pub fn is_negative(self) -> bool {
        self.0.is_sign_negative() && !self.0.is_zero()
    }

    /// True for zero.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The same number without trailing zeros behind the point, as DynamoDB keeps it.
    #[must_use]
    pub fn normalized(self) -> Self {
        Self(self.0.normalize())
    }
}

/// `mantissa * 10^exponent`, exactly.
fn scaled(mantissa: rust_decimal::Decimal, exponent: i32) -> Option<rust_decimal::Decimal> {
    let mut number = mantissa.normalize();
    if number.is_zero() {
        return Some(rust_decimal::Decimal::ZERO);
    }
    let scale = i64::from(number.scale()) - i64::from(exponent);
    if (0..=i64::from(rust_decimal::Decimal::MAX_SCALE)).contains(&scale) {
        number.set_scale(u32::try_from(scale).ok()?).ok()?;
        return Some(number);
    }
    if !(-28..0).contains(&scale) {
        return None;
    }
    number.set_scale(0).ok()?;
    (scale..0).try_fold(number, |it, _| it.checked_mul(rust_decimal::Decimal::TEN))
}

fn parse(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
        None => (text, 0),
    };
    let digits = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let well_formed = digits.bytes().all(|it| it.is_ascii_digit() || it == b'.')
        && digits.starts_with(|it: char| it.is_ascii_digit())
        && !digits.ends_with('.');
    if !well_formed || text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let number = rust_decimal::Decimal::from_str_exact(mantissa).ok()?;
    let number = if exponent == 0 {
        number
    } else {
        scaled(number, exponent)?
    };
    Some(Decimal(if number.is_zero() {
        number.abs()
    } else {
        number
    }))
}

impl FromStr for Decimal {
    type Err = crate::value::Invalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or(crate::value::Invalid::new(
            "is not a decimal number of up to 28 digits",
        ))
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let text = raw.get();
        let text = text
            .strip_prefix('"')
            .and_then(|it| it.strip_suffix('"'))
            .unwrap_or(text);
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_survive_exactly_and_what_does_not_fit_is_refused() {
        for (text, canonical) in [
            ("99.99", "99.99"),
            ("9007199254740993", "9007199254740993"),
            ("0.1", "0.1"),
            ("10.00", "10.00"),
            ("-0", "0"),
            ("-0.00", "0.00"),
            ("1e3", "1000"),
            ("1.5E+2", "150"),
            ("12e-4", "0.0012"),
            ("0e99", "0"),
            (
                "1234567890123456789012345678",
                "1234567890123456789012345678",
            ),
        ] {
            assert_eq!(
                text.parse::<Decimal>().map(|it| it.to_string()).as_deref(),
                Ok(canonical),
                "{text}"
            );
        }
        let long = "1".repeat(40);
        for text in [
            "", "-", "+1", ".5", "5.", "1_0", "0x1", "1e400", "1e-400", "NaN", "Infinity", " 1",
            "1 ", "1e", "1e1.5", &long,
        ] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }

    #[test]
    fn json_numbers_and_strings_are_read_and_a_string_is_written() {
        for json in ["99.90", "\"99.90\""] {
            let read: Decimal = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), "\"99.90\"");
        }
        assert!(serde_json::from_str::<Decimal>("[1]").is_err());
        assert!(serde_json::from_str::<Decimal>("true").is_err());
    }

    #[test]
    fn a_product_that_would_be_rounded_is_refused() {
        let tiny: Decimal = "0.00000000000001".parse().unwrap();
        assert!(tiny.checked_mul(tiny).is_some());
        let tinier: Decimal = "0.000000000000001".parse().unwrap();
        assert_eq!(tinier.checked_mul(tinier), None);
    }
}
