//! The operations of CloudWatch: metrics in and out, alarms and dashboards of the template.

mod alarms;
mod data;

use serde_json::{Value, json};

use super::Core;
use super::api::{ApiError, ApiResult};
use super::input::Output;
use super::metrics::{Datum, Series, numeric, unit};
use super::time;

/// Entries of one `PutMetricData`.
const DATA_MAX: usize = 1000;
/// Dimensions of one metric.
const DIMENSIONS_MAX: usize = 30;

fn text<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    body.get(key).and_then(Value::as_str)
}

fn list<'a>(body: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    body.get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidParameterValue", message)
}

fn missing(name: &str) -> ApiError {
    ApiError::new(
        "MissingParameter",
        format!("The parameter {name} is required."),
    )
}

impl Core {
    pub(super) fn cloudwatch(
        &mut self,
        operation: &str,
        body: &Value,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        match operation {
            "PutMetricData" => self.put_metric_data(body, now_ms, out),
            "GetMetricData" => {
                self.measure_queues(now_ms, now_ms);
                self.get_metric_data(body)
            }
            "GetMetricStatistics" => {
                self.measure_queues(now_ms, now_ms);
                self.get_metric_statistics(body)
            }
            "ListMetrics" => Ok(self.list_metrics(body)),
            "DescribeAlarms" => self.describe_alarms(body),
            "SetAlarmState" => self.set_alarm_state(body, now_ms, out),
            "ListDashboards" => {
                let prefix = text(body, "DashboardNamePrefix").unwrap_or_default();
                let all = self.deployment.dashboards.iter();
                let entries = all.filter(|it| it.name.starts_with(prefix)).map(|it| {
                    json!({
                        "DashboardName": it.name, "DashboardArn": self.dashboard_arn(&it.name),
                        "LastModified": time::epoch_seconds(now_ms), "Size": it.body.len(),
                    })
                });
                Ok(json!({ "DashboardEntries": entries.collect::<Vec<_>>() }))
            }
            "GetDashboard" => {
                let name = text(body, "DashboardName").ok_or_else(|| missing("DashboardName"))?;
                let mut all = self.deployment.dashboards.iter();
                let found = all.find(|it| it.name == name).ok_or_else(|| ApiError {
                    status: 404,
                    ..ApiError::new(
                        "ResourceNotFound",
                        format!("Dashboard {name} does not exist"),
                    )
                })?;
                Ok(json!({
                    "DashboardName": name, "DashboardArn": self.dashboard_arn(name), "DashboardBody": found.body,
                }))
            }
            other => Err(ApiError::unknown(other)),
        }
    }

    /// Dashboards know no region.
    fn dashboard_arn(&self, name: &str) -> String {
        format!(
            "arn:aws:cloudwatch::{}:dashboard/{name}",
            self.deployment.account
        )
    }

    /// What is acknowledged here is stored at once.
    fn put_metric_data(&mut self, body: &Value, now_ms: u64, out: &mut Output) -> ApiResult {
        let namespace = text(body, "Namespace").ok_or_else(|| missing("Namespace"))?;
        if namespace.starts_with("AWS/") {
            return Err(invalid(
                "The value AWS/ for parameter Namespace is invalid.",
            ));
        }
        let entries: Vec<&Value> = list(body, "MetricData").collect();
        if entries.is_empty() || entries.len() > DATA_MAX {
            return Err(invalid(format!(
                "The collection MetricData must have a size between 1 and {DATA_MAX}."
            )));
        }
        let mut read = Vec::new();
        for entry in entries {
            let series = series(namespace, entry)?;
            let at_ms = entry.get("Timestamp").and_then(time::instant_ms);
            read.push((series, datum(entry)?, at_ms.unwrap_or(now_ms)));
        }
        for (series, datum, at_ms) in read {
            self.metrics.merge(series, datum, at_ms);
        }
        self.metrics.save(now_ms, out);
        Ok(json!({}))
    }

    fn list_metrics(&self, body: &Value) -> Value {
        let (namespace, name) = (text(body, "Namespace"), text(body, "MetricName"));
        let wanted: Vec<(Option<&str>, Option<&str>)> = list(body, "Dimensions")
            .map(|it| (text(it, "Name"), text(it, "Value")))
            .collect();
        let has = |series: &&Series| {
            namespace.is_none_or(|it| it == series.namespace)
                && name.is_none_or(|it| it == series.name)
                && wanted.iter().all(|(key, value)| {
                    let mut own = series.dimensions.iter();
                    own.any(|(own_key, own)| {
                        *key == Some(own_key) && value.is_none_or(|value| value == own)
                    })
                })
        };
        let shown = self.metrics.series().filter(has).map(|it| {
            json!({
                "Namespace": it.namespace, "MetricName": it.name, "Dimensions": shown_dimensions(it),
            })
        });
        json!({ "Metrics": shown.collect::<Vec<_>>() })
    }
}

fn shown_dimensions(series: &Series) -> Value {
    let dimensions = series.dimensions.iter();
    dimensions
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect()
}

/// The series that a metric's name and dimensions say.
fn series(namespace: &str, named: &Value) -> Result<Series, ApiError> {
    let name = text(named, "MetricName").ok_or_else(|| missing("MetricName"))?;
    let mut dimensions = Vec::new();
    for dimension in list(named, "Dimensions") {
        let part =
            |key: &str| text(dimension, key).ok_or_else(|| missing(&format!("Dimensions.{key}")));
        dimensions.push((part("Name")?, part("Value")?));
    }
    if dimensions.len() > DIMENSIONS_MAX {
        return Err(invalid(format!(
            "A metric has at most {DIMENSIONS_MAX} dimensions."
        )));
    }
    Ok(Series::new(namespace, name, &dimensions))
}

/// One value, several with counts, or a summary.
fn datum(entry: &Value) -> Result<Datum, ApiError> {
    let number = |value: &Value| {
        let number = numeric(value).filter(|it| it.is_finite());
        number.ok_or_else(|| invalid(format!("The value {value} is no number.")))
    };
    if let Some(set) = entry.get("StatisticValues") {
        let part = |key: &str| set.get(key).map_or(Err(missing(key)), number);
        return Ok(Datum::summary(
            part("SampleCount")?,
            part("Sum")?,
            part("Minimum")?,
            part("Maximum")?,
        ));
    }
    let mut datum = Datum::default();
    if let Some(value) = entry.get("Value") {
        datum.add(number(value)?, 1.0);
        return Ok(datum);
    }
    let mut counts = list(entry, "Counts");
    for value in list(entry, "Values") {
        let count = counts.next().map_or(Ok(1.0), number)?;
        datum.add(number(value)?, count);
    }
    if datum.count > 0.0 {
        Ok(datum)
    } else {
        Err(missing("Value"))
    }
}
