//! AWS::CloudWatch::Alarm and AWS::CloudWatch::Dashboard

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::size::{Limits, Size};
use super::value::{Any, Naming, Resource, Text, Value};
use crate::limits;

/// AWS::CloudWatch::Alarm, on one metric or on an expression over several.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Alarm {
    /// Physical name.
    pub alarm_name: Value<Text>,
    /// What it means and what to do.
    pub alarm_description: String,
    /// Whom it tells: ARNs of topics.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alarm_actions: Vec<Value<Any>>,
    /// What it looks at.
    #[serde(flatten)]
    pub of: Watched,
    /// Periods looked at, all of which must be beyond the threshold.
    pub evaluation_periods: u32,
    /// Compared with.
    pub threshold: Threshold,
    /// How.
    pub comparison_operator: &'static str,
    /// `notBreaching`, or `breaching` where no data means nothing happened and nothing is too little.
    pub treat_missing_data: &'static str,
}

impl Resource for Alarm {
    const TYPE: &'static str = "AWS::CloudWatch::Alarm";
    const NAME: Naming<Self> = Naming::Unique("alarm", |it| &it.alarm_name);
    const LIMITS: Limits<Self> = &[(&limits::ALARM_DESCRIPTION, |it| {
        Size::Characters(&it.alarm_description)
    })];
}

/// What an alarm looks at.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Watched {
    /// One metric.
    One(OneMetric),
    /// An expression.
    Math(MetricMath),
}

/// One metric of an alarm.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OneMetric {
    /// `AWS/SQS`
    pub namespace: &'static str,
    /// The metric.
    pub metric_name: &'static str,
    /// Which resource's.
    pub dimensions: Vec<Dimension>,
    /// `Sum`, `Maximum`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statistic: Option<&'static str>,
    /// `p99`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_statistic: Option<&'static str>,
    /// Seconds.
    pub period: u32,
}

/// Metrics and an expression over them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricMath {
    /// The expression first, then what is in it.
    pub metrics: Vec<MetricQuery>,
}

/// A metric or an expression, with the name that expressions use.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricQuery {
    /// Begins with a lower-case letter.
    pub id: String,
    /// What the console shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Over other queries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// A metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric_stat: Option<MetricStat>,
    /// True for the one that the alarm compares.
    pub return_data: bool,
}

/// A metric in an expression.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricStat {
    /// Which.
    pub metric: MetricName,
    /// Seconds.
    pub period: u32,
    /// `Sum`, `p99`
    pub stat: &'static str,
}

/// Which metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MetricName {
    /// `AWS/Lambda`
    pub namespace: &'static str,
    /// The metric.
    pub metric_name: &'static str,
    /// Which resource's.
    pub dimensions: Vec<Dimension>,
}

/// A dimension of a metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Dimension {
    /// `QueueName`
    pub name: &'static str,
    /// Which.
    pub value: Value<Any>,
}

/// A threshold, by its digits as the spec has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold(pub String);

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // CloudWatch keeps thresholds as doubles, so nothing is lost here that it would have kept.
        match (self.0.parse::<i64>(), self.0.parse::<f64>()) {
            (Ok(whole), _) => serializer.serialize_i64(whole),
            (_, Ok(number)) => serializer.serialize_f64(number),
            _ => Err(serde::ser::Error::custom("a threshold is a number")),
        }
    }
}

/// AWS::CloudWatch::Dashboard
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Dashboard {
    /// Physical name.
    pub dashboard_name: Value<Text>,
    /// A [`Body`] as JSON, in a `Fn::Sub`.
    pub dashboard_body: Value<Text>,
}

impl Resource for Dashboard {
    const TYPE: &'static str = "AWS::CloudWatch::Dashboard";
    const NAME: Naming<Self> = Naming::Unique("dashboard", |it| &it.dashboard_name);
    const LIMITS: Limits<Self> = &[];
}

/// What a dashboard shows. AWS: "Dashboard body structure and syntax". Every text in it is text of a `Fn::Sub`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Body {
    /// Its graphs.
    pub widgets: Vec<Widget>,
}

/// A graph and its place on the grid of 24 columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Widget {
    /// `metric`
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Column of its left edge.
    pub x: u32,
    /// Row of its upper edge.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// What it draws.
    pub properties: GraphProperties,
}

/// What a graph draws.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GraphProperties {
    /// Above it.
    pub title: String,
    /// `timeSeries`
    pub view: &'static str,
    /// Areas upon each other, or lines.
    pub stacked: bool,
    /// Where the metrics are.
    pub region: String,
    /// Seconds of one point.
    pub period: u32,
    /// Lines.
    pub metrics: Vec<Line>,
}

/// A line of a graph: namespace, metric, dimension names and values, then options; or an expression alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Namespace, metric, and each dimension's name and value; empty for an expression.
    pub metric: Vec<Cow<'static, str>>,
    /// How it is drawn.
    pub options: LineOptions,
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut list = serializer.serialize_seq(Some(self.metric.len() + 1))?;
        for text in &self.metric {
            list.serialize_element(text)?;
        }
        list.serialize_element(&self.options)?;
        list.end()
    }
}

/// How a line is drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LineOptions {
    /// Over the ids of other lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// The name that expressions use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// In the legend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// `Sum`, `p99`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stat: Option<&'static str>,
    /// False for what is only there to be calculated with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visible: Option<bool>,
}
