//! `AWS::Lambda::EventSourceMapping`: which queue or stream feeds which function, in what batches, and what follows a failure.

use serde_json::{Map, Value};

use super::{ArtifactError, Function, Queue, Reading};
use crate::pattern::Pattern;

/// A mapping and its limits.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// What `Ref` gives: the mapping's identifier.
    pub id: String,
    /// The function's ARN, without a qualifier.
    pub function_arn: String,
    pub source: MappingSource,
    pub batch_size: u64,
    /// How long an incomplete batch waits for more.
    pub window_s: u64,
    /// The function says which messages of a batch failed.
    pub reports_item_failures: bool,
    /// One that is switched off is there and reads nothing.
    pub enabled: bool,
    /// What Lambda tells of it as the template says it.
    pub shown: Map<String, Value>,
    /// A message passes when any of them matches; without filters all pass.
    pub filters: Vec<Pattern>,
}

/// What a mapping reads.
#[derive(Debug, Clone)]
pub enum MappingSource {
    Queue {
        arn: String,
        /// How many batches are at work at once.
        maximum_concurrency: Option<u64>,
    },
    Stream(MappedStream),
}

impl MappingSource {
    pub(crate) fn arn(&self) -> &str {
        match self {
            Self::Queue { arn, .. } => arn,
            Self::Stream(stream) => &stream.arn,
        }
    }
}

/// A table's stream and what happens to a batch of it that fails.
#[derive(Debug, Clone)]
pub struct MappedStream {
    pub arn: String,
    /// Halve a batch that failed, so that what is wrong ends alone.
    pub bisects: bool,
    /// `None`: as often as the record lives.
    pub max_retries: Option<u64>,
    /// `None`: no limit but the stream's own day.
    pub max_record_age_s: Option<u64>,
    pub on_failure_arn: Option<String>,
}

const KNOWN: [&str; 19] = [
    "EventSourceArn",
    "FunctionName",
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "FunctionResponseTypes",
    "FilterCriteria",
    "ScalingConfig",
    "StartingPosition",
    "BisectBatchOnFunctionError",
    "MaximumRetryAttempts",
    "MaximumRecordAgeInSeconds",
    "DestinationConfig",
    "Enabled",
    "ParallelizationFactor",
    "KmsKeyArn",
    "MetricsConfig",
    "LoggingConfig",
    "ProvisionedPollerConfig",
    "Tags",
];

pub(super) fn read(cx: &Reading<'_>) -> Result<Mapping, ArtifactError> {
    // A property that changes what a function gets must not be passed over.
    for property in cx.properties.as_object().into_iter().flatten() {
        if !KNOWN.contains(&property.0.as_str()) {
            return Err(cx.fault(property.0, "the local run does not know this property"));
        }
    }
    let arn = cx.string("EventSourceArn")?;
    let (source, default_size) = match arn.split(':').nth(2) {
        Some("sqs") => (read_queue(cx, arn)?, 10),
        Some("dynamodb") => (read_stream(cx, arn)?, 100),
        _ => {
            return Err(cx.fault(
                "EventSourceArn",
                format!("`{arn}`: queues and DynamoDB streams feed functions locally"),
            ));
        }
    };
    let window_s = cx
        .optional_number("MaximumBatchingWindowInSeconds")?
        .unwrap_or(0);
    let batch_size = cx.optional_number("BatchSize")?.unwrap_or(default_size);
    check_batch(cx, &source, batch_size, window_s)?;
    let told = [
        "DestinationConfig",
        "FilterCriteria",
        "FunctionResponseTypes",
        "ParallelizationFactor",
        "ScalingConfig",
        "StartingPosition",
    ];
    Ok(Mapping {
        id: cx.template.physical_id(cx.id)?,
        function_arn: function_arn(cx)?,
        source,
        batch_size,
        window_s,
        reports_item_failures: read_response_types(cx)?,
        enabled: is_enabled(cx),
        shown: cx.chosen(&told).collect(),
        filters: super::pipe::filters(cx, "/FilterCriteria/Filters")?,
    })
}

fn is_enabled(cx: &Reading<'_>) -> bool {
    let value = cx.properties.get("Enabled");
    value.is_none_or(|it| *it != false && *it != "false")
}

/// The function's ARN, where the property is a name or an ARN.
fn function_arn(cx: &Reading<'_>) -> Result<String, ArtifactError> {
    let given = cx.string("FunctionName")?;
    Ok(if given.starts_with("arn:") {
        given
    } else {
        cx.template.arn("lambda", &format!("function:{given}"))
    })
}

fn read_response_types(cx: &Reading<'_>) -> Result<bool, ArtifactError> {
    let mut reports = false;
    let types = cx.properties.get("FunctionResponseTypes");
    for kind in types.and_then(Value::as_array).into_iter().flatten() {
        if kind.as_str() != Some("ReportBatchItemFailures") {
            return Err(cx.fault(
                "FunctionResponseTypes",
                format!("`{kind}`: there is only `ReportBatchItemFailures`"),
            ));
        }
        reports = true;
    }
    Ok(reports)
}

fn read_queue(cx: &Reading<'_>, arn: String) -> Result<MappingSource, ArtifactError> {
    let maximum = cx.properties.pointer("/ScalingConfig/MaximumConcurrency");
    let maximum_concurrency = match maximum {
        None => None,
        Some(value) => match super::number(value) {
            Some(number @ 2..=1000) => Some(number),
            _ => {
                return Err(cx.fault(
                    "ScalingConfig.MaximumConcurrency",
                    format!("`{value}`: it is a number from 2 to 1000"),
                ));
            }
        },
    };
    Ok(MappingSource::Queue {
        arn,
        maximum_concurrency,
    })
}

fn read_stream(cx: &Reading<'_>, arn: String) -> Result<MappingSource, ArtifactError> {
    // A new stream has no records yet, so both positions begin with the first one.
    match cx
        .properties
        .get("StartingPosition")
        .and_then(Value::as_str)
    {
        Some("TRIM_HORIZON" | "LATEST") => {}
        other => {
            return Err(cx.fault(
                "StartingPosition",
                format!("{other:?} is no starting position of a stream"),
            ));
        }
    }
    let limit = |property: &str| match cx.properties.get(property) {
        None => Ok(None),
        Some(value) => super::pipe::limit(value)
            .ok_or_else(|| cx.fault(property, format!("`{value}` is no whole number"))),
    };
    let destination = cx
        .properties
        .pointer("/DestinationConfig/OnFailure/Destination");
    Ok(MappingSource::Stream(MappedStream {
        arn,
        bisects: cx.properties.get("BisectBatchOnFunctionError") == Some(&Value::Bool(true)),
        max_retries: limit("MaximumRetryAttempts")?,
        max_record_age_s: limit("MaximumRecordAgeInSeconds")?,
        on_failure_arn: destination.and_then(Value::as_str).map(str::to_owned),
    }))
}

/// The limits that AWS refuses a mapping by.
fn check_batch(
    cx: &Reading<'_>,
    source: &MappingSource,
    size: u64,
    window_s: u64,
) -> Result<(), ArtifactError> {
    let is_fifo = matches!(source, MappingSource::Queue { arn, .. } if arn.ends_with(".fifo"));
    let most = if is_fifo { 10 } else { 10_000 };
    if !(1..=most).contains(&size) {
        return Err(cx.fault(
            "BatchSize",
            format!("`{size}`: it is a number from 1 to {most}"),
        ));
    }
    if is_fifo && window_s > 0 {
        return Err(cx.fault(
            "MaximumBatchingWindowInSeconds",
            "a FIFO queue has no batching window",
        ));
    }
    let is_queue = matches!(source, MappingSource::Queue { .. });
    if is_queue && size > 10 && window_s == 0 {
        return Err(cx.fault(
            "MaximumBatchingWindowInSeconds",
            "more than 10 messages in a batch need a window of at least 1 second",
        ));
    }
    if window_s > 300 {
        return Err(cx.fault(
            "MaximumBatchingWindowInSeconds",
            format!("`{window_s}`: it is at most 300"),
        ));
    }
    Ok(())
}

/// Refuses a mapping of a function or queue that is not there, or whose messages would come back while the function
/// still works on them, as AWS does.
pub(super) fn check(
    mappings: &[Mapping],
    functions: &[Function],
    queues: &[Queue],
) -> Result<(), ArtifactError> {
    for mapping in mappings {
        let fault = |message: String| Err(ArtifactError::at(&mapping.id, message));
        let function = functions.iter().find(|it| it.arn == mapping.function_arn);
        let Some(function) = function else {
            return fault(format!(
                "`{}` is no function of this template",
                mapping.function_arn
            ));
        };
        let MappingSource::Queue { arn, .. } = &mapping.source else {
            continue;
        };
        match queues.iter().find(|it| it.arn == *arn) {
            None => return fault(format!("`{arn}` is no queue of this template")),
            Some(queue) if queue.visibility_timeout_s < function.timeout_s => {
                return fault(format!(
                    "Queue visibility timeout: {} seconds is less than Function timeout: {} seconds",
                    queue.visibility_timeout_s, function.timeout_s
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
