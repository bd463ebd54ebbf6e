//! `GetMetricData` and `GetMetricStatistics`: the kept metrics by period.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    ApiError, ApiResult, Core, Datum, Series, invalid, list, missing, numeric, series, text, time,
    unit,
};
use crate::core::metrics::datum::is_statistic;
use crate::core::metrics::math::Expression;

/// Periods of one answer.
const POINTS_MAX: u64 = 100_800;

/// From when to when, and by what steps.
#[derive(Debug, Clone, Copy)]
struct Span {
    from_ms: u64,
    to_ms: u64,
    period_ms: u64,
}

impl Span {
    fn read(body: &Value, period_s: Option<&Value>, shortest_ms: u64) -> Result<Self, ApiError> {
        let instant = |key: &str| {
            let value = body.get(key).ok_or_else(|| missing(key))?;
            time::instant_ms(value).ok_or_else(|| {
                invalid(format!("The value {value} for parameter {key} is invalid."))
            })
        };
        let (from_ms, to_ms) = (instant("StartTime")?, instant("EndTime")?);
        let period_s = period_s.and_then(numeric).unwrap_or(60.0);
        let is_whole = period_s > 0.0 && period_s % 60.0 == 0.0;
        if !is_whole && ![1.0, 5.0, 10.0, 20.0, 30.0].contains(&period_s) {
            return Err(invalid(format!(
                "The value {period_s} for parameter Period is invalid: 1, 5, 10, 20, 30 or a multiple of 60 belongs there."
            )));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a period in milliseconds, checked to be positive"
        )]
        let period_ms = (period_s.max(1.0) * 1000.0) as u64;
        // Nothing shorter is kept, and a period begins where one is kept.
        let period_ms = period_ms.next_multiple_of(shortest_ms);
        let span = Self {
            from_ms: from_ms - from_ms % period_ms,
            to_ms,
            period_ms,
        };
        if from_ms >= to_ms {
            return Err(invalid(
                "The parameter StartTime must be less than the parameter EndTime.",
            ));
        }
        if (to_ms - span.from_ms) / period_ms > POINTS_MAX {
            return Err(invalid("the span has too many periods"));
        }
        Ok(span)
    }

    /// The starts of its periods.
    fn starts(self) -> impl Iterator<Item = u64> {
        let step = usize::try_from(self.period_ms).unwrap_or(usize::MAX);
        (self.from_ms..self.to_ms).step_by(step)
    }
}

impl Core {
    fn in_period(&self, series: &Series, start: u64, span: Span) -> Option<Datum> {
        let end = start.saturating_add(span.period_ms);
        self.metrics.between(series, start, end)
    }

    pub(super) fn get_metric_statistics(&self, body: &Value) -> ApiResult {
        let namespace = text(body, "Namespace").ok_or_else(|| missing("Namespace"))?;
        let series = series(namespace, body)?;
        let span = Span::read(body, body.get("Period"), self.metrics.resolution_ms())?;
        let statistics: Vec<&str> = list(body, "Statistics").filter_map(Value::as_str).collect();
        let extended: Vec<&str> = list(body, "ExtendedStatistics")
            .filter_map(Value::as_str)
            .collect();
        let all = statistics.iter().chain(&extended);
        if statistics.is_empty() && extended.is_empty() {
            return Err(missing("Statistics"));
        }
        if let Some(unknown) = all.into_iter().find(|it| !is_statistic(it)) {
            return Err(invalid(format!(
                "the local run does not compute the statistic {unknown}"
            )));
        }
        let mut points = Vec::new();
        for start in span.starts() {
            let Some(datum) = self.in_period(&series, start, span) else {
                continue;
            };
            let mut point = Map::new();
            point.insert("Timestamp".to_owned(), time::epoch_seconds(start));
            point.insert("Unit".to_owned(), json!(unit(&series)));
            for name in &statistics {
                point.insert((*name).to_owned(), json!(datum.statistic(name)));
            }
            if !extended.is_empty() {
                let values = extended.iter();
                let values: Map<String, Value> = values
                    .map(|it| ((*it).to_owned(), json!(datum.statistic(it))))
                    .collect();
                point.insert("ExtendedStatistics".to_owned(), Value::Object(values));
            }
            points.push(Value::Object(point));
        }
        Ok(json!({ "Label": series.name, "Datapoints": points }))
    }

    pub(super) fn get_metric_data(&self, body: &Value) -> ApiResult {
        let queries: Vec<&Value> = list(body, "MetricDataQueries").collect();
        if queries.is_empty() {
            return Err(missing("MetricDataQueries"));
        }
        let returns = |it: &&&Value| {
            it.get("ReturnData")
                .is_none_or(|it| *it != false && *it != "false")
        };
        check_ids(&queries)?;
        let ascending = text(body, "ScanBy") == Some("TimestampAscending");
        let mut results = Vec::new();
        for query in queries.iter().filter(returns) {
            let span = Span::read(
                body,
                period_of(query, &queries),
                self.metrics.resolution_ms(),
            )?;
            let (label, value) = self.query(query, &queries, span)?;
            let mut points: Vec<(u64, f64)> = span
                .starts()
                .filter_map(|start| Some((start, value(start)?)))
                .collect();
            if !ascending {
                points.reverse();
            }
            let stamps: Vec<Value> = points
                .iter()
                .map(|(at, _)| time::epoch_seconds(*at))
                .collect();
            let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
            results.push(json!({
                "Id": text(query, "Id").unwrap_or_default(),
                "Label": text(query, "Label").map_or(label, str::to_owned),
                "Timestamps": stamps, "Values": values, "StatusCode": "Complete",
            }));
        }
        Ok(json!({ "MetricDataResults": results, "Messages": [] }))
    }

    /// A query's label and how to get its value in the period that starts at an instant.
    #[expect(
        clippy::type_complexity,
        reason = "a label and a function, used in one place"
    )]
    fn query<'a>(
        &'a self,
        query: &'a Value,
        all: &[&'a Value],
        span: Span,
    ) -> Result<(String, Box<dyn Fn(u64) -> Option<f64> + 'a>), ApiError> {
        if let Some(written) = text(query, "Expression") {
            let expression = Expression::parse(written).ok_or_else(|| {
                invalid(format!(
                    "the local run does not evaluate the expression `{written}`"
                ))
            })?;
            // Without itself, so that expressions that use each other in a circle come to an end.
            let own = text(query, "Id");
            let others: Vec<&Value> = all
                .iter()
                .copied()
                .filter(|it| text(it, "Id") != own)
                .collect();
            let mut parts = Vec::new();
            for id in expression.ids() {
                let part = others.iter().find(|it| text(it, "Id") == Some(id));
                let part = part.ok_or_else(|| {
                    refused(format!(
                        "Error in expression '{}': `{id}` is no other query of this request",
                        own.unwrap_or_default()
                    ))
                })?;
                parts.push((id.to_owned(), self.query(part, &others, span)?.1));
            }
            let value = move |start: u64| {
                expression.value(&|id| {
                    let part = parts.iter().find(|(own, _)| *own == id)?;
                    part.1(start)
                })
            };
            return Ok((written.to_owned(), Box::new(value)));
        }
        let stat = query
            .get("MetricStat")
            .ok_or_else(|| missing("MetricStat"))?;
        let metric = stat
            .get("Metric")
            .ok_or_else(|| missing("MetricStat.Metric"))?;
        let namespace = text(metric, "Namespace").ok_or_else(|| missing("Namespace"))?;
        let series = series(namespace, metric)?;
        let statistic = text(stat, "Stat").unwrap_or_default();
        if !is_statistic(statistic) {
            return Err(invalid(format!(
                "the local run does not compute the statistic `{statistic}`"
            )));
        }
        let label = series.name.clone();
        let value = move |start: u64| self.in_period(&series, start, span)?.statistic(statistic);
        Ok((label, Box::new(value)))
    }
}

fn refused(message: String) -> ApiError {
    ApiError::new("ValidationError", message)
}

/// Ids begin with a small letter and are there once.
fn check_ids(queries: &[&Value]) -> Result<(), ApiError> {
    let mut seen = BTreeSet::new();
    for query in queries {
        let id = text(query, "Id").unwrap_or_default();
        let allowed = |it: char| it.is_ascii_alphanumeric() || it == '_';
        if !id.starts_with(|it: char| it.is_ascii_lowercase()) || !id.chars().all(allowed) {
            return Err(refused(format!(
                "The value {id} for parameter MetricDataQueries.member.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
            )));
        }
        if !seen.insert(id) {
            return Err(refused(format!(
                "The id {id} is there more than once in MetricDataQueries."
            )));
        }
    }
    Ok(())
}

/// The period of a query: its own, or of an expression that of the first metric.
fn period_of<'a>(query: &'a Value, all: &[&'a Value]) -> Option<&'a Value> {
    query
        .get("Period")
        .or_else(|| query.pointer("/MetricStat/Period"))
        .or_else(|| all.iter().find_map(|it| it.pointer("/MetricStat/Period")))
}
