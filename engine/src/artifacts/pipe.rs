//! `AWS::Pipes::Pipe`: from a table's stream, through a filter, to a state machine.

use serde_json::Value;

use super::{ArtifactError, Reading, number};
use crate::pattern::Pattern;

/// A pipe and its limits.
#[derive(Debug, Clone)]
pub struct Pipe {
    pub name: String,
    pub arn: String,
    pub role_arn: String,
    pub source: PipeSource,
    /// A record passes when any of them matches; without filters all pass.
    pub filters: Vec<Pattern>,
    pub target: PipeTarget,
}

/// What a pipe does with what it lets through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PipeTarget {
    /// Starts the state machine with this ARN.
    Machine(String),
    /// Writes one line for each record to this log group.
    LogGroup(String),
}

/// How a pipe reads a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipeSource {
    pub stream_arn: String,
    pub batch_size: u64,
    pub batching_window_s: u64,
    pub position: StartingPosition,
    /// `None`: as often as the record lives.
    pub max_retries: Option<u64>,
    /// `None`: no limit but the stream's own day.
    pub max_record_age_s: Option<u64>,
    pub dead_letter_arn: Option<String>,
}

/// Where a new pipe begins to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartingPosition {
    /// With the oldest record that the stream still has.
    TrimHorizon,
    /// With what comes after the pipe was made.
    Latest,
}

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<Pipe, ArtifactError> {
    let known = [
        "Name",
        "Source",
        "SourceParameters",
        "Target",
        "TargetParameters",
        "RoleArn",
        "DesiredState",
        "Description",
        "LogConfiguration",
        "KmsKeyIdentifier",
        "Tags",
    ];
    cx.note_unknown(&known, notices);
    if let Some(enrichment) = cx.properties.get("Enrichment") {
        return Err(cx.fault(
            "Enrichment",
            format!("`{enrichment}`: enrichment of pipes does not run locally"),
        ));
    }
    if cx.properties.get("DesiredState").and_then(Value::as_str) == Some("STOPPED") {
        return Err(cx.fault(
            "DesiredState",
            "a stopped pipe would start nothing; the local run does not offer it",
        ));
    }
    let stream_arn = cx.string("Source")?;
    if !stream_arn.contains(":dynamodb:") {
        return Err(cx.fault(
            "Source",
            format!("`{stream_arn}`: only DynamoDB streams feed a pipe locally"),
        ));
    }
    let name = cx.template.name(cx.id)?;
    Ok(Pipe {
        arn: cx.template.arn("pipes", &format!("pipe/{name}")),
        role_arn: cx.string("RoleArn")?,
        source: read_source(cx, stream_arn)?,
        filters: filters(cx, "/SourceParameters/FilterCriteria/Filters")?,
        target: read_target(cx)?,
        name,
    })
}

fn read_target(cx: &Reading<'_>) -> Result<PipeTarget, ArtifactError> {
    if cx
        .properties
        .pointer("/TargetParameters/InputTemplate")
        .is_some()
    {
        return Err(cx.fault(
            "TargetParameters.InputTemplate",
            "input templates of pipes are not applied locally: the target takes the raw records",
        ));
    }
    let target = cx.string("Target")?;
    match target.split(':').nth(2) {
        Some("states") => {
            let kind = cx
                .properties
                .pointer("/TargetParameters/StepFunctionStateMachineParameters/InvocationType")
                .and_then(Value::as_str);
            match kind {
                Some("FIRE_AND_FORGET") => Ok(PipeTarget::Machine(target)),
                other => Err(cx.fault(
                    "TargetParameters.StepFunctionStateMachineParameters.InvocationType",
                    format!("{other:?}: a Standard machine is started with FIRE_AND_FORGET"),
                )),
            }
        }
        Some("logs") => {
            let name = target
                .split(":log-group:")
                .nth(1)
                .map(|rest| rest.trim_end_matches(":*"));
            Ok(PipeTarget::LogGroup(name.unwrap_or(&target).to_owned()))
        }
        _ => Err(cx.fault(
            "Target",
            format!("`{target}`: a pipe's target is a state machine or a log group locally"),
        )),
    }
}

fn read_source(cx: &Reading<'_>, stream_arn: String) -> Result<PipeSource, ArtifactError> {
    let nothing = Value::Null;
    let stream = cx
        .properties
        .pointer("/SourceParameters/DynamoDBStreamParameters")
        .unwrap_or(&nothing);
    let whole = |key: &str| {
        stream
            .get(key)
            .map(|value| {
                limit(value).ok_or_else(|| cx.fault(key, format!("`{value}` is no whole number")))
            })
            .transpose()
    };
    let position = match stream.get("StartingPosition").and_then(Value::as_str) {
        Some("TRIM_HORIZON") => StartingPosition::TrimHorizon,
        Some("LATEST") => StartingPosition::Latest,
        other => {
            return Err(cx.fault(
                "SourceParameters.DynamoDBStreamParameters.StartingPosition",
                format!("{other:?} is no starting position of a stream"),
            ));
        }
    };
    for key in stream
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
    {
        let known = [
            "StartingPosition",
            "BatchSize",
            "MaximumBatchingWindowInSeconds",
            "MaximumRetryAttempts",
            "MaximumRecordAgeInSeconds",
            "DeadLetterConfig",
            "OnPartialBatchItemFailure",
            "ParallelizationFactor",
        ];
        if !known.contains(&key) {
            return Err(cx.fault(
                &format!("SourceParameters.DynamoDBStreamParameters.{key}"),
                "the local run does not know this property",
            ));
        }
    }
    Ok(PipeSource {
        stream_arn,
        batch_size: whole("BatchSize")?.flatten().unwrap_or(100),
        batching_window_s: whole("MaximumBatchingWindowInSeconds")?
            .flatten()
            .unwrap_or(0),
        position,
        max_retries: whole("MaximumRetryAttempts")?.flatten(),
        max_record_age_s: whole("MaximumRecordAgeInSeconds")?.flatten(),
        dead_letter_arn: stream
            .pointer("/DeadLetterConfig/Arn")
            .and_then(Value::as_str)
            .map(str::to_owned),
    })
}

/// A limit where -1 says "none": `Some(None)`.
pub(super) fn limit(value: &Value) -> Option<Option<u64>> {
    if super::template::text(value) == "-1" {
        Some(None)
    } else {
        number(value).map(Some)
    }
}

/// The filter criteria at `pointer`, of a pipe or an event source mapping.
pub(super) fn filters(cx: &Reading<'_>, pointer: &str) -> Result<Vec<Pattern>, ArtifactError> {
    let mut filters = Vec::new();
    for filter in cx
        .properties
        .pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let text = filter
            .get("Pattern")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let pattern = Pattern::parse(text)
            .map_err(|error| cx.fault("FilterCriteria", format!("`{text}`: {error}")))?;
        filters.push(pattern);
    }
    Ok(filters)
}
