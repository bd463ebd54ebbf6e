//! A JSON number: an integer where it is one, else the digits as they were written; compared exactly.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// A number of JSON, never rounded on its way through.
#[derive(Clone, Debug)]
pub struct Number(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Integer(i64),
    /// Text of the JSON grammar for numbers, which no `i64` writes the same way.
    Written(Arc<str>),
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Number(Repr::Integer(value))
    }
}

impl Number {
    /// Takes text that the JSON grammar for numbers has accepted.
    pub(super) fn from_text(text: &str) -> Number {
        match text.parse::<i64>() {
            // "-0" is the integer zero, and so is what Step Functions reads.
            Ok(value) => Number(Repr::Integer(value)),
            Err(_) => Number(Repr::Written(Arc::from(text))),
        }
    }

    /// The nearest JSON number of a float; nothing for infinities and not-a-number.
    pub fn from_f64(value: f64) -> Option<Number> {
        serde_json::Number::from_f64(value).map(|number| Number::from_text(&number.to_string()))
    }

    pub fn as_f64(&self) -> f64 {
        match &self.0 {
            #[expect(clippy::cast_precision_loss, reason = "the caller asked for a float")]
            Repr::Integer(value) => *value as f64,
            Repr::Written(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    pub(super) fn write(&self, into: &mut String) {
        match &self.0 {
            Repr::Integer(value) => into.push_str(&value.to_string()),
            Repr::Written(text) => into.push_str(text),
        }
    }

    /// Length of the number as it is written.
    pub(super) fn text_bytes(&self) -> usize {
        match &self.0 {
            Repr::Integer(0) => 1,
            Repr::Integer(value) => {
                let digits = value.unsigned_abs().ilog10() as usize + 1;
                digits + usize::from(*value < 0)
            }
            Repr::Written(text) => text.len(),
        }
    }

    /// The value as an integer, also where it is written `3.0` or `3e2`; nothing where it has a fraction or is too big.
    pub fn as_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Integer(value) => Some(*value),
            Repr::Written(text) => {
                let decimal = Decimal::of(text);
                let zeros = usize::try_from(
                    decimal
                        .exponent
                        .checked_sub(i64::try_from(decimal.digits.len()).ok()?)?,
                );
                let zeros = if decimal.digits.is_empty() {
                    0
                } else {
                    zeros.ok()?
                };
                if zeros > 19 {
                    return None;
                }
                let sign = if decimal.negative { "-" } else { "" };
                format!(
                    "{sign}{}{}",
                    decimal.digits,
                    "0".repeat(zeros.max(usize::from(decimal.digits.is_empty())))
                )
                .parse()
                .ok()
            }
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Exact, by decimal digits: a float would call 0.1 + 0.2 and 0.3 different and two near amounts the same.
impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        if let (Repr::Integer(left), Repr::Integer(right)) = (&self.0, &other.0) {
            return left.cmp(right);
        }
        // Floats that lie further apart than their rounding can be are in the order of the numbers.
        let (left, right) = (self.as_f64(), other.as_f64());
        if (left - right).abs() > 4.0 * f64::EPSILON * left.abs().max(right.abs())
            && (left - right).is_finite()
        {
            return left.total_cmp(&right);
        }
        Decimal::of(&self.to_string()).cmp(&Decimal::of(&other.to_string()))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Integer(value) => write!(f, "{value}"),
            Repr::Written(text) => f.write_str(text),
        }
    }
}

/// A number taken apart: `0.digits × 10^exponent`, the digits without zeros at either end.
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn of(text: &str) -> Decimal {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, power) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        // A power that does not fit an i64 is as good as infinite: bounded, so that sums cannot overflow.
        let limit = i64::MAX / 4;
        let power = power
            .parse()
            .unwrap_or(if power.starts_with('-') {
                -limit
            } else {
                limit
            })
            .clamp(-limit, limit);
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0');
        let leading = i64::try_from(all.len() - significant.len()).unwrap_or(limit);
        let digits = significant.trim_end_matches('0').to_owned();
        let exponent = power + i64::try_from(whole.len()).unwrap_or(limit) - leading;
        if digits.is_empty() {
            return Decimal {
                negative: false,
                digits,
                exponent: 0,
            };
        }
        Decimal {
            negative,
            digits,
            exponent,
        }
    }

    fn cmp(&self, other: &Decimal) -> Ordering {
        let sign = |decimal: &Decimal| match (decimal.digits.is_empty(), decimal.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let magnitude = || {
            self.exponent
                .cmp(&other.exponent)
                .then_with(|| self.digits.cmp(&other.digits))
        };
        match sign(self).cmp(&sign(other)) {
            Ordering::Equal if sign(self) > 0 => magnitude(),
            Ordering::Equal if sign(self) < 0 => magnitude().reverse(),
            different => different,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::from_text(text)
    }

    #[test]
    fn comparison_is_exact() {
        let ascending = [
            "-1e400",
            "-10",
            "-9.99",
            "-0.1",
            "0",
            "1e-999",
            "0.1",
            "0.10000000000000000001",
            "1",
            "2",
            "10",
            "1e400",
        ];
        for (index, left) in ascending.iter().enumerate() {
            for (other, right) in ascending.iter().enumerate() {
                assert_eq!(
                    number(left).cmp(&number(right)),
                    index.cmp(&other),
                    "{left} and {right}"
                );
            }
        }
        for (left, right) in [
            ("3", "3.0"),
            ("100", "1e2"),
            ("0.5", "5E-1"),
            ("0", "-0.0"),
            ("0", "0e99999999999999999999"),
        ] {
            assert_eq!(number(left), number(right), "{left} and {right}");
        }
    }

    #[test]
    fn integers_are_recognised_however_they_are_written() {
        for (text, expected) in [
            ("3", Some(3)),
            ("3.0", Some(3)),
            ("-2.50e1", Some(-25)),
            ("0.0", Some(0)),
            ("0e99999999999999999999", Some(0)),
            ("3.5", None),
            ("1e30", None),
            ("1e-1", None),
        ] {
            assert_eq!(number(text).as_i64(), expected, "{text}");
        }
    }
}
