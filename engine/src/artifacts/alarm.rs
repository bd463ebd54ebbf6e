//! `AWS::CloudWatch::Alarm`: what it watches, when it goes off, and whom it tells.

use serde_json::Value;

use super::{ArtifactError, Reading, fraction, number};

/// An alarm.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    pub name: String,
    pub arn: String,
    pub description: Option<String>,
    /// ARNs of topics, by the state that they are told of.
    pub alarm_actions: Vec<String>,
    pub ok_actions: Vec<String>,
    pub insufficient_actions: Vec<String>,
    pub actions_enabled: bool,
    pub watched: Watched,
    pub evaluation_periods: u64,
    /// `DatapointsToAlarm`; as many as there are periods when not written.
    pub datapoints_to_alarm: u64,
    pub threshold: f64,
    pub comparison: Comparison,
    pub missing: Missing,
}

/// What an alarm looks at.
#[derive(Debug, Clone, PartialEq)]
pub enum Watched {
    Metric(MetricStat),
    /// The queries as written, for showing them and for evaluating the one that returns data.
    Queries(Vec<Query>),
}

/// A metric and one statistic of it.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricStat {
    pub namespace: String,
    pub name: String,
    /// Sorted by name.
    pub dimensions: Vec<(String, String)>,
    pub statistic: String,
    pub period_s: u64,
}

/// One of several queries.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub id: String,
    pub label: Option<String>,
    pub of: QueryOf,
    pub returns: bool,
}

/// A query's metric or expression.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryOf {
    Metric(MetricStat),
    Expression(String),
}

/// How a value is compared with the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Comparison {
    const ALL: [(&'static str, Self); 4] = [
        ("GreaterThanThreshold", Self::Greater),
        ("GreaterThanOrEqualToThreshold", Self::GreaterOrEqual),
        ("LessThanThreshold", Self::Less),
        ("LessThanOrEqualToThreshold", Self::LessOrEqual),
    ];

    /// The word of the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        let mut all = Self::ALL.into_iter();
        all.find(|(_, it)| *it == self)
            .map_or("GreaterThanThreshold", |(word, _)| word)
    }

    /// Whether a value is beyond the threshold.
    #[must_use]
    pub fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Greater => value > threshold,
            Self::GreaterOrEqual => value >= threshold,
            Self::Less => value < threshold,
            Self::LessOrEqual => value <= threshold,
        }
    }
}

/// What a period without data counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Missing,
    Ignore,
    Breaching,
    NotBreaching,
}

impl Missing {
    const ALL: [(&'static str, Self); 4] = [
        ("missing", Self::Missing),
        ("ignore", Self::Ignore),
        ("breaching", Self::Breaching),
        ("notBreaching", Self::NotBreaching),
    ];

    /// The word of the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        let mut all = Self::ALL.into_iter();
        all.find(|(_, it)| *it == self)
            .map_or("missing", |(word, _)| word)
    }
}

fn one_of<T: Copy>(all: &[(&str, T)], word: &str) -> Option<T> {
    all.iter().find(|(it, _)| *it == word).map(|(_, it)| *it)
}

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<Alarm, ArtifactError> {
    let known = [
        "AlarmName",
        "AlarmDescription",
        "AlarmActions",
        "OKActions",
        "InsufficientDataActions",
        "ActionsEnabled",
        "Namespace",
        "MetricName",
        "Dimensions",
        "Statistic",
        "ExtendedStatistic",
        "Period",
        "Metrics",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "Threshold",
        "ComparisonOperator",
        "TreatMissingData",
        "Tags",
    ];
    cx.note_unknown(&known, notices);
    let evaluation_periods = cx.optional_number("EvaluationPeriods")?.unwrap_or(1).max(1);
    let comparison = cx.string("ComparisonOperator")?;
    let missing = cx.optional_string("TreatMissingData");
    let missing = missing.as_deref().unwrap_or("missing");
    let threshold = cx.properties.get("Threshold").and_then(fraction);
    let watched = match cx.properties.get("Metrics").and_then(Value::as_array) {
        Some(queries) => Watched::Queries(read_queries(cx, queries)?),
        None => Watched::Metric(read_metric(cx)?),
    };
    let datapoints = cx.optional_number("DatapointsToAlarm")?;
    Ok(Alarm {
        name: cx.template.name(cx.id)?,
        arn: cx.template.attribute(cx.id, "Arn")?,
        description: cx.optional_string("AlarmDescription"),
        alarm_actions: actions(cx, "AlarmActions")?,
        ok_actions: actions(cx, "OKActions")?,
        insufficient_actions: actions(cx, "InsufficientDataActions")?,
        actions_enabled: cx.properties.get("ActionsEnabled").is_none() || cx.flag("ActionsEnabled"),
        watched,
        evaluation_periods,
        datapoints_to_alarm: datapoints
            .unwrap_or(evaluation_periods)
            .clamp(1, evaluation_periods),
        threshold: threshold.ok_or_else(|| cx.fault("Threshold", "is no number"))?,
        comparison: one_of(&Comparison::ALL, &comparison).ok_or_else(|| {
            let message = format!("`{comparison}` is not compared locally");
            cx.fault("ComparisonOperator", message)
        })?,
        missing: one_of(&Missing::ALL, missing).ok_or_else(|| {
            cx.fault(
                "TreatMissingData",
                format!("`{missing}` is no way to treat it"),
            )
        })?,
    })
}

fn actions(cx: &Reading<'_>, property: &str) -> Result<Vec<String>, ArtifactError> {
    let list = cx.properties.get(property).and_then(Value::as_array);
    let mut arns = Vec::new();
    for arn in list.into_iter().flatten().filter_map(Value::as_str) {
        if arn.split(':').nth(2) != Some("sns") {
            let message = format!("`{arn}`: locally an alarm tells topics only");
            return Err(cx.fault(property, message));
        }
        arns.push(arn.to_owned());
    }
    Ok(arns)
}

fn dimensions(value: Option<&Value>) -> Vec<(String, String)> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    let mut dimensions: Vec<(String, String)> = list
        .filter_map(|it| {
            let text = |key: &str| it.get(key).and_then(Value::as_str).map(str::to_owned);
            Some((text("Name")?, text("Value")?))
        })
        .collect();
    dimensions.sort();
    dimensions
}

fn read_metric(cx: &Reading<'_>) -> Result<MetricStat, ArtifactError> {
    let statistic = cx
        .optional_string("Statistic")
        .or_else(|| cx.optional_string("ExtendedStatistic"));
    Ok(MetricStat {
        namespace: cx.string("Namespace")?,
        name: cx.string("MetricName")?,
        dimensions: dimensions(cx.properties.get("Dimensions")),
        statistic: checked_statistic(cx, &statistic.unwrap_or_default())?,
        period_s: cx.optional_number("Period")?.unwrap_or(60).max(1),
    })
}

fn checked_statistic(cx: &Reading<'_>, statistic: &str) -> Result<String, ArtifactError> {
    if crate::core::is_statistic(statistic) {
        return Ok(statistic.to_owned());
    }
    Err(cx.fault(
        "Statistic",
        format!("`{statistic}` is not computed locally"),
    ))
}

fn read_queries(cx: &Reading<'_>, queries: &[Value]) -> Result<Vec<Query>, ArtifactError> {
    let mut out: Vec<Query> = Vec::new();
    for query in queries {
        let text = |pointer: &str| {
            let value = query.pointer(pointer).and_then(Value::as_str);
            value.map(str::to_owned)
        };
        let of = match text("/Expression") {
            Some(expression) => QueryOf::Expression(expression),
            None => QueryOf::Metric(MetricStat {
                namespace: text("/MetricStat/Metric/Namespace").unwrap_or_default(),
                name: text("/MetricStat/Metric/MetricName").unwrap_or_default(),
                dimensions: dimensions(query.pointer("/MetricStat/Metric/Dimensions")),
                statistic: checked_statistic(cx, &text("/MetricStat/Stat").unwrap_or_default())?,
                period_s: query
                    .pointer("/MetricStat/Period")
                    .and_then(number)
                    .unwrap_or(60)
                    .max(1),
            }),
        };
        let returns = query.get("ReturnData");
        out.push(Query {
            id: text("/Id").unwrap_or_default(),
            label: text("/Label"),
            of,
            returns: returns.is_none_or(|it| *it == true || *it == "true"),
        });
    }
    if out.iter().filter(|it| it.returns).count() != 1 {
        return Err(cx.fault("Metrics", "exactly one query returns data"));
    }
    let ids: Vec<&str> = out.iter().map(|it| it.id.as_str()).collect();
    for query in &out {
        if let QueryOf::Expression(expression) = &query.of {
            crate::core::check_expression(expression, &ids)
                .map_err(|message| cx.fault("Metrics", message))?;
        }
    }
    Ok(out)
}
