//! Metrics in log lines, in CloudWatch's embedded metric format.
//!
//! Source: CloudWatch User Guide, "Specification: Embedded metric format". A line that is none, or a malformed one, has no metrics.

use serde_json::Value;

use crate::core::metrics::{Datum, Series};

/// The metrics of a line, each with when it was measured.
pub(super) fn metrics(line: &str, now_ms: u64) -> Vec<(Series, Datum, u64)> {
    // Most lines are none, and need not be parsed to see it.
    if !line.contains("\"_aws\"") {
        return Vec::new();
    }
    let Ok(line) = serde_json::from_str::<Value>(line) else {
        return Vec::new();
    };
    let at_ms = line.pointer("/_aws/Timestamp").and_then(Value::as_u64);
    let directives = line.pointer("/_aws/CloudWatchMetrics");
    let mut found = Vec::new();
    for directive in directives.and_then(Value::as_array).into_iter().flatten() {
        let list = |key: &str| directive.get(key).and_then(Value::as_array);
        let namespace = directive.get("Namespace").and_then(Value::as_str);
        let names = list("Metrics").into_iter().flatten();
        for name in names.filter_map(|it| it.get("Name")?.as_str()) {
            let Some(datum) = line.get(name).and_then(datum) else {
                continue;
            };
            for set in list("Dimensions").into_iter().flatten() {
                let keys = set.as_array().into_iter().flatten();
                let pairs = keys.map(|key| {
                    let key = key.as_str()?;
                    Some((key, line.get(key)?.as_str()?))
                });
                // A set with a dimension that the line does not have says nothing.
                if let (Some(namespace), Some(pairs)) =
                    (namespace, pairs.collect::<Option<Vec<_>>>())
                {
                    let series = Series::new(namespace, name, &pairs);
                    found.push((series, datum.clone(), at_ms.unwrap_or(now_ms)));
                }
            }
        }
    }
    found
}

/// A number, or a list of them.
fn datum(value: &Value) -> Option<Datum> {
    let mut datum = Datum::default();
    match value {
        Value::Array(values) => {
            for value in values {
                datum.add(value.as_f64()?, 1.0);
            }
        }
        one => datum.add(one.as_f64()?, 1.0),
    }
    (datum.count > 0.0).then_some(datum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_gives_its_metrics_for_each_set_of_dimensions() {
        let line = r#"{"_aws":{"Timestamp":5,"CloudWatchMetrics":[{"Namespace":"pay","Dimensions":[["function"],["function","event"],["none"],[]],
            "Metrics":[{"Name":"Age","Unit":"Milliseconds"},{"Name":"gone"}]}]},"function":"f","event":"e","Age":[1,3]}"#;
        let found = metrics(line, 9);
        let shown: Vec<(usize, f64, u64)> = found
            .iter()
            .map(|(series, datum, at)| (series.dimensions.len(), datum.sum, *at))
            .collect();
        assert_eq!(shown, [(1, 4.0, 5), (2, 4.0, 5), (0, 4.0, 5)]);
        for none in [
            "",
            "{\"_aws\"",
            r#"{"_aws":{"CloudWatchMetrics":1}}"#,
            r#"{"a":1}"#,
        ] {
            assert!(metrics(none, 9).is_empty(), "{none}");
        }
    }
}
