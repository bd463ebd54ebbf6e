//! Alarms on things that should never happen. They have no action: the spec declares no channel to tell anyone through.

use crate::emit::cfn::cloudwatch::{Alarm, Dimension};
use crate::emit::cfn::template::Resource;
use crate::emit::cfn::value::Handle;

use super::{Stack, names};

/// What an alarm looks at.
pub(crate) struct Metric {
    pub(crate) namespace: &'static str,
    pub(crate) name: &'static str,
    pub(crate) statistic: &'static str,
    pub(crate) dimension: Dimension,
}

/// Adds an alarm that goes off when the metric rises above zero.
pub(crate) fn above_zero(
    stack: &mut Stack<'_>,
    id: &str,
    name: &str,
    meaning: String,
    metric: Metric,
    pipe: &str,
) {
    let handle = Handle::<Alarm>::new(id);
    let alarm = Alarm {
        alarm_name: names::physical(name),
        alarm_description: meaning,
        namespace: metric.namespace,
        metric_name: metric.name,
        dimensions: vec![metric.dimension],
        statistic: metric.statistic,
        period: 300,
        evaluation_periods: 1,
        threshold: 0,
        comparison_operator: "GreaterThanThreshold",
        treat_missing_data: "notBreaching",
    };
    stack
        .resources
        .add(&handle, Resource::new(alarm, pipe.to_owned()));
}
