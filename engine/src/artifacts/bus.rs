//! `AWS::Events::EventBus` and `AWS::Events::Rule`: buses, and what happens to their events.

use serde_json::Value;

use super::{ArtifactError, Reading, number};
use crate::pattern::Pattern;

/// An event bus. `default` is there without a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bus {
    pub name: String,
    pub arn: String,
    /// The key that encrypts its events, as the template refers to it.
    pub kms_key: Option<String>,
    /// The queue for events that cannot be encrypted.
    pub dead_letter_arn: Option<String>,
}

/// A rule on a bus.
#[derive(Debug, Clone)]
pub struct Rule {
    pub name: String,
    pub arn: String,
    /// The bus by its name.
    pub bus: String,
    pub description: Option<String>,
    pub pattern: Pattern,
    /// The pattern as it was written.
    pub text: String,
    pub enabled: bool,
    pub targets: Vec<RuleTarget>,
}

/// Where a rule sends what it matches.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleTarget {
    pub id: String,
    pub arn: String,
    pub kind: TargetKind,
    /// The role that EventBridge takes for it; without one the target's own policy decides.
    pub role_arn: Option<String>,
    pub input: TargetInput,
    pub dead_letter_arn: Option<String>,
    /// `MaximumRetryAttempts`, 185 when not written.
    pub max_retries: u64,
    /// `MaximumEventAgeInSeconds`, a day when not written.
    pub max_age_s: u64,
}

/// The kinds of targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetKind {
    /// With the message group, for FIFO queues.
    Queue {
        group: Option<String>,
    },
    Topic,
    Function,
    Machine,
    Bus,
    /// The group's name.
    LogGroup(String),
}

/// What a target gets.
#[derive(Debug, Clone, PartialEq)]
pub enum TargetInput {
    /// The whole event.
    Event,
    /// This text, whatever the event.
    Constant(String),
    /// The part of the event under this path.
    Path(String),
    /// A text made from values of the event: names with paths, and the template.
    Transformed {
        paths: Vec<(String, String)>,
        template: String,
    },
}

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<Bus, ArtifactError> {
    let known = [
        "Name",
        "Description",
        "KmsKeyIdentifier",
        "DeadLetterConfig",
        "LogConfig",
        "Tags",
    ];
    cx.note_unknown(&known, notices);
    let name = cx.template.name(cx.id)?;
    Ok(Bus {
        arn: cx.template.arn("events", &format!("event-bus/{name}")),
        kms_key: cx.optional_string("KmsKeyIdentifier"),
        dead_letter_arn: cx
            .properties
            .pointer("/DeadLetterConfig/Arn")
            .and_then(Value::as_str)
            .map(str::to_owned),
        name,
    })
}

/// The name of a bus that is given by name or ARN.
pub(crate) fn bus_name(given: &str) -> &str {
    match given.rsplit('/').next() {
        None | Some("") => "default",
        Some(name) => name,
    }
}

pub(super) fn read_rule(
    cx: &Reading<'_>,
    notices: &mut Vec<String>,
) -> Result<Rule, ArtifactError> {
    let known = [
        "Name",
        "Description",
        "EventBusName",
        "EventPattern",
        "State",
        "Targets",
        "Tags",
    ];
    cx.note_unknown(&known, notices);
    if cx.properties.get("ScheduleExpression").is_some() {
        return Err(cx.fault("ScheduleExpression", "schedules do not run locally"));
    }
    let Some(written) = cx.json("EventPattern")? else {
        return Err(cx.fault("EventPattern", "is missing"));
    };
    let pattern = Pattern::from_value(&written)
        .map_err(|error| cx.fault("EventPattern", format!("`{written}`: {error}")))?;
    let enabled = match cx.optional_string("State").as_deref() {
        None | Some("ENABLED") => true,
        Some("DISABLED") => false,
        Some(other) => return Err(cx.fault("State", format!("`{other}` does not run locally"))),
    };
    let targets = cx.properties.get("Targets").and_then(Value::as_array);
    let targets: Vec<RuleTarget> = targets
        .into_iter()
        .flatten()
        .map(|target| read_target(cx, target))
        .collect::<Result<_, _>>()?;
    if targets.len() > TARGETS_MAX {
        return Err(cx.fault("Targets", "a rule has at most 5 targets"));
    }
    let bus = cx.optional_string("EventBusName").unwrap_or_default();
    Ok(Rule {
        name: cx.template.name(cx.id)?,
        arn: cx.template.attribute(cx.id, "Arn")?,
        bus: bus_name(&bus).to_owned(),
        description: cx.optional_string("Description"),
        pattern,
        text: written.to_string(),
        enabled,
        targets,
    })
}

/// EventBridge's quota of targets for a rule.
const TARGETS_MAX: usize = 5;

fn read_target(cx: &Reading<'_>, target: &Value) -> Result<RuleTarget, ArtifactError> {
    let text = |pointer: &str| {
        let value = target.pointer(pointer).and_then(Value::as_str);
        value.map(str::to_owned)
    };
    let id = text("/Id").unwrap_or_default();
    let place = format!("Targets.{id}");
    for key in target.as_object().into_iter().flatten().map(|(key, _)| key) {
        let known = [
            "Id",
            "Arn",
            "RoleArn",
            "Input",
            "InputPath",
            "InputTransformer",
            "SqsParameters",
            "DeadLetterConfig",
            "RetryPolicy",
        ];
        if !known.contains(&key.as_str()) {
            let message = "the local run does not know this property of a target";
            return Err(cx.fault(&format!("{place}.{key}"), message));
        }
    }
    let arn = text("/Arn").unwrap_or_default();
    let kind = match arn.split(':').nth(2) {
        Some("sqs") => TargetKind::Queue {
            group: text("/SqsParameters/MessageGroupId"),
        },
        Some("sns") => TargetKind::Topic,
        Some("lambda") => TargetKind::Function,
        Some("states") => TargetKind::Machine,
        Some("events") if arn.contains(":event-bus/") => TargetKind::Bus,
        Some("logs") => {
            let name = arn.split(":log-group:").nth(1).unwrap_or_default();
            TargetKind::LogGroup(name.trim_end_matches(":*").to_owned())
        }
        _ => {
            let message = format!("`{arn}`: no such target runs locally");
            return Err(cx.fault(&format!("{place}.Arn"), message));
        }
    };
    let role_arn = text("/RoleArn");
    if role_arn.is_none() && matches!(kind, TargetKind::Machine | TargetKind::Bus) {
        let message = format!("`{arn}` is reached with a role only");
        return Err(cx.fault(&format!("{place}.RoleArn"), message));
    }
    let limit = |pointer: &str, default: u64, max: u64| match target.pointer(pointer) {
        None => Ok(default),
        Some(value) => number(value).filter(|it| *it <= max).ok_or_else(|| {
            let message = format!("`{value}` is no number up to {max}");
            cx.fault(&format!("{place}{}", pointer.replace('/', ".")), message)
        }),
    };
    Ok(RuleTarget {
        input: read_input(cx, target, &place)?,
        dead_letter_arn: text("/DeadLetterConfig/Arn"),
        max_retries: limit("/RetryPolicy/MaximumRetryAttempts", 185, 185)?,
        max_age_s: limit("/RetryPolicy/MaximumEventAgeInSeconds", 86_400, 86_400)?,
        id,
        arn,
        kind,
        role_arn,
    })
}

fn read_input(cx: &Reading<'_>, target: &Value, place: &str) -> Result<TargetInput, ArtifactError> {
    let given = ["Input", "InputPath", "InputTransformer"];
    let given: Vec<&str> = given
        .into_iter()
        .filter(|key| target.get(key).is_some())
        .collect();
    let text = |key: &str| target.get(key).and_then(Value::as_str).unwrap_or_default();
    match given.as_slice() {
        [] => Ok(TargetInput::Event),
        ["Input"] => Ok(TargetInput::Constant(text("Input").to_owned())),
        ["InputPath"] => Ok(TargetInput::Path(text("InputPath").to_owned())),
        ["InputTransformer"] => {
            let transformer = target.get("InputTransformer").unwrap_or(&Value::Null);
            let paths = transformer.get("InputPathsMap").and_then(Value::as_object);
            let paths = paths.into_iter().flatten();
            let paths: Vec<(String, String)> = paths
                .map(|(name, path)| (name.clone(), super::template::text(path)))
                .collect();
            let template = transformer.get("InputTemplate").and_then(Value::as_str);
            let template = template.unwrap_or_default().to_owned();
            crate::core::check_input_template(&paths, &template)
                .map_err(|message| cx.fault(&format!("{place}.InputTransformer"), message))?;
            Ok(TargetInput::Transformed { paths, template })
        }
        several => Err(cx.fault(place, format!("a target takes one of {several:?}"))),
    }
}
