//! What a topic is told of an alarm: subject and JSON as CloudWatch writes them.

use serde_json::{Value, json};

use super::State;
use crate::artifacts::{Alarm, Deployment, MetricStat, Query, QueryOf, Watched};
use crate::core::time;

/// A change of an alarm's state.
#[derive(Debug)]
pub(super) struct Changed<'a> {
    pub(super) alarm: &'a Alarm,
    pub(super) old: State,
    pub(super) new: State,
    pub(super) reason: &'a str,
    pub(super) at_ms: u64,
}

/// `Threshold Crossed: 1 out of the last 1 datapoints [3.0 (20/11/26 19:33:00)] was greater than the threshold (0.0) …`
pub(super) fn reason(alarm: &Alarm, state: State, points: &[(u64, Option<f64>)]) -> String {
    let periods = alarm.evaluation_periods;
    let there: Vec<(u64, f64)> = points
        .iter()
        .rev()
        .filter_map(|(at, value)| Some((*at, (*value)?)))
        .take(usize::try_from(periods).unwrap_or(usize::MAX))
        .collect();
    if there.is_empty() {
        let treated = match state {
            State::InsufficientData => {
                return "Insufficient Data: no datapoints were received".to_owned();
            }
            State::Ok => "NonBreaching",
            State::Alarm => "Breaching",
        };
        return format!(
            "Threshold Crossed: no datapoints were received for {periods} period(s) and {periods} missing datapoints were treated as [{treated}]."
        );
    }
    let breaching = |(_, value): &&(u64, f64)| alarm.comparison.breaches(*value, alarm.threshold);
    let shown = |(at, value): &(u64, f64)| format!("{value:?} ({})", time::alarm_date(*at));
    let (word, sign) = match state {
        State::Alarm => (alarm.datapoints_to_alarm, "was"),
        _ => (periods - alarm.datapoints_to_alarm + 1, "was not"),
    };
    let named: Vec<String> = match state {
        State::Alarm => there.iter().filter(breaching).map(shown).collect(),
        _ => there
            .iter()
            .filter(|it| !breaching(it))
            .map(shown)
            .collect(),
    };
    let comparison = match alarm.comparison.word() {
        "GreaterThanThreshold" => "greater than",
        "GreaterThanOrEqualToThreshold" => "greater than or equal to",
        "LessThanThreshold" => "less than",
        _ => "less than or equal to",
    };
    let change = match state {
        State::Alarm => "OK -> ALARM",
        _ => "ALARM -> OK",
    };
    let wanted = match state {
        State::Alarm => alarm.datapoints_to_alarm,
        _ => word,
    };
    format!(
        "Threshold Crossed: {} out of the last {periods} datapoints [{}] {sign} {comparison} the threshold ({:?}) (minimum {wanted} datapoint{} for {change} transition).",
        named.len(),
        named.join(", "),
        alarm.threshold,
        if wanted == 1 { "" } else { "s" },
    )
}

impl Changed<'_> {
    /// `ALARM: "dead-letters-dev" in US East (N. Virginia)`, with the region's id for its name.
    pub(super) fn subject(&self, region: &str) -> String {
        let subject = format!("{}: \"{}\" in {region}", self.new.word(), self.alarm.name);
        subject.chars().filter(char::is_ascii).take(100).collect()
    }

    pub(super) fn body(&self, deployment: &Deployment) -> Value {
        let alarm = self.alarm;
        json!({
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.description,
            "AWSAccountId": deployment.account,
            "AlarmConfigurationUpdatedTimestamp": time::rfc3339_offset(self.at_ms),
            "NewStateValue": self.new.word(),
            "NewStateReason": self.reason,
            "StateChangeTime": time::rfc3339_offset(self.at_ms),
            "Region": deployment.region,
            "AlarmArn": alarm.arn,
            "OldStateValue": self.old.word(),
            "OKActions": alarm.ok_actions,
            "AlarmActions": alarm.alarm_actions,
            "InsufficientDataActions": alarm.insufficient_actions,
            "Trigger": trigger(alarm),
        })
    }
}

fn trigger(alarm: &Alarm) -> Value {
    let mut trigger = json!({
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "ComparisonOperator": alarm.comparison.word(),
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.missing.word(),
        "EvaluateLowSampleCountPercentile": "",
    });
    let Some(map) = trigger.as_object_mut() else {
        return trigger;
    };
    match &alarm.watched {
        Watched::Metric(metric) => {
            let percentile = metric.statistic.starts_with('p');
            let (kind, statistic) = if percentile {
                ("ExtendedStatistic", metric.statistic.clone())
            } else {
                ("Statistic", metric.statistic.to_uppercase())
            };
            let key = if percentile {
                "ExtendedStatistic"
            } else {
                "Statistic"
            };
            map.insert("MetricName".to_owned(), json!(metric.name));
            map.insert("Namespace".to_owned(), json!(metric.namespace));
            map.insert("StatisticType".to_owned(), json!(kind));
            map.insert(key.to_owned(), json!(statistic));
            map.insert("Unit".to_owned(), Value::Null);
            map.insert("Dimensions".to_owned(), dimensions(metric));
            map.insert("Period".to_owned(), json!(metric.period_s));
        }
        Watched::Queries(queries) => {
            let shown: Vec<Value> = queries.iter().map(shown_query).collect();
            map.insert("Metrics".to_owned(), Value::Array(shown));
        }
    }
    trigger
}

fn dimensions(metric: &MetricStat) -> Value {
    let dimensions = metric.dimensions.iter();
    // In this message, and nowhere else, the keys are in lower case.
    dimensions
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

fn shown_query(query: &Query) -> Value {
    let mut shown = json!({ "Id": query.id, "ReturnData": query.returns });
    let Some(map) = shown.as_object_mut() else {
        return shown;
    };
    if let Some(label) = &query.label {
        map.insert("Label".to_owned(), json!(label));
    }
    match &query.of {
        QueryOf::Expression(text) => {
            map.insert("Expression".to_owned(), json!(text));
        }
        QueryOf::Metric(metric) => {
            let named = json!({
                "MetricName": metric.name, "Namespace": metric.namespace, "Dimensions": dimensions(metric),
            });
            let stat =
                json!({ "Metric": named, "Period": metric.period_s, "Stat": metric.statistic });
            map.insert("MetricStat".to_owned(), stat);
        }
    }
    shown
}
