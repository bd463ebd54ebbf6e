//! What came into one series within one minute: count, sum, extremes, and how often which value, for percentiles.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Values are told apart to three significant digits, which keeps a percentile within half a percent.
const SIGNIFICANT_DIGITS: i32 = 3;

/// A set of values.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(in crate::core) struct Datum {
    pub(in crate::core) count: f64,
    pub(in crate::core) sum: f64,
    pub(in crate::core) min: f64,
    pub(in crate::core) max: f64,
    /// How often each value came, under the bits of the value in an order-preserving form.
    values: BTreeMap<i64, f64>,
}

/// Bits of a float in an order that is the floats' own.
fn ordered(value: f64) -> i64 {
    let bits = value.to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

fn unordered(bits: i64) -> f64 {
    let bits = if bits < 0 { bits ^ i64::MAX } else { bits };
    f64::from_bits(bits.cast_unsigned())
}

fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the exponent of a double lies between -324 and 308"
    )]
    let digits = SIGNIFICANT_DIGITS - 1 - value.abs().log10().floor() as i32;
    let scale = 10_f64.powi(digits);
    let shortened = (value * scale).round() / scale;
    if shortened.is_finite() {
        shortened
    } else {
        value
    }
}

impl Datum {
    /// Adds a value that came `count` times.
    pub(in crate::core) fn add(&mut self, value: f64, count: f64) {
        let first = self.count == 0.0;
        self.min = if first { value } else { self.min.min(value) };
        self.max = if first { value } else { self.max.max(value) };
        self.count += count;
        self.sum += value * count;
        *self.values.entry(ordered(rounded(value))).or_default() += count;
    }

    /// A set of which only the summary is known.
    pub(in crate::core) fn summary(count: f64, sum: f64, min: f64, max: f64) -> Self {
        Self {
            count,
            sum,
            min,
            max,
            values: BTreeMap::new(),
        }
    }

    pub(in crate::core) fn merge(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
        if self.count == 0.0 {
            *self = other.clone();
            return;
        }
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.count += other.count;
        self.sum += other.sum;
        for (value, count) in &other.values {
            *self.values.entry(*value).or_default() += count;
        }
    }

    /// `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p99`; nothing for another statistic.
    pub(in crate::core) fn statistic(&self, name: &str) -> Option<f64> {
        match name {
            "Sum" => Some(self.sum),
            "Average" => Some(self.sum / self.count),
            "Minimum" => Some(self.min),
            "Maximum" => Some(self.max),
            "SampleCount" => Some(self.count),
            _ => self.percentile(percent(name)?),
        }
    }

    fn percentile(&self, percent: f64) -> Option<f64> {
        let known: f64 = self.values.values().sum();
        let wanted = known * percent / 100.0;
        let mut passed = 0.0;
        for (value, count) in &self.values {
            passed += count;
            if passed >= wanted {
                return Some(unordered(*value).clamp(self.min, self.max));
            }
        }
        None
    }
}

/// `p99.9` as 99.9.
fn percent(name: &str) -> Option<f64> {
    let percent: f64 = name.strip_prefix('p')?.parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent)
}

/// Whether a text names a statistic.
pub(crate) fn is_statistic(name: &str) -> bool {
    ["Sum", "Average", "Minimum", "Maximum", "SampleCount"].contains(&name)
        || percent(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_those_of_the_values() {
        let mut datum = Datum::default();
        (1..=100).for_each(|value| datum.add(f64::from(value), 1.0));
        let mut other = Datum::default();
        other.add(-5.0, 2.0);
        datum.merge(&other);
        let of = |name: &str| datum.statistic(name);
        assert_eq!(of("SampleCount"), Some(102.0));
        assert_eq!(of("Sum"), Some(5040.0));
        assert_eq!((of("Minimum"), of("Maximum")), (Some(-5.0), Some(100.0)));
        assert_eq!(
            (of("p50"), of("p99"), of("p100")),
            (Some(49.0), Some(99.0), Some(100.0))
        );
        assert_eq!((of("p101"), of("Median")), (None, None));
    }

    #[test]
    fn a_datum_reads_back_from_its_stored_form() {
        let mut datum = Datum::default();
        datum.add(12.25, 3.0);
        datum.add(-0.5, 1.0);
        let stored = serde_json::to_vec(&datum).unwrap();
        assert_eq!(serde_json::from_slice::<Datum>(&stored).unwrap(), datum);
    }
}
