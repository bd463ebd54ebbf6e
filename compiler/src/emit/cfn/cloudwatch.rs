//! AWS::CloudWatch::Alarm

use serde::Serialize;

use super::value::{Any, Resource, Text, Value};

/// AWS::CloudWatch::Alarm
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Alarm {
    /// Physical name.
    pub alarm_name: Value<Text>,
    /// What it means and what to do.
    pub alarm_description: String,
    /// `AWS/SQS`
    pub namespace: &'static str,
    /// The metric.
    pub metric_name: &'static str,
    /// Which resource's.
    pub dimensions: Vec<Dimension>,
    /// `Sum`, `Maximum`
    pub statistic: &'static str,
    /// Seconds.
    pub period: u32,
    /// Periods looked at.
    pub evaluation_periods: u32,
    /// Compared with.
    pub threshold: u32,
    /// How.
    pub comparison_operator: &'static str,
    /// No data is no alarm: these metrics exist only when something happened.
    pub treat_missing_data: &'static str,
}

impl Resource for Alarm {
    const TYPE: &'static str = "AWS::CloudWatch::Alarm";
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
