//! `AWS::StepFunctions::StateMachine`: the definition with its substitutions made.

use serde_json::Value;

use super::{ArtifactError, Reading, template::text};

/// A state machine and its States Language definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    pub name: String,
    pub arn: String,
    /// `STANDARD` or `EXPRESS`.
    pub kind: String,
    pub role_arn: String,
    pub definition: Value,
    /// The key that encrypts its executions, as the template refers to it.
    pub key: Option<String>,
    /// Whether it writes an execution log.
    pub logged: bool,
    /// Whether it sends traces to X-Ray.
    pub traced: bool,
}

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<Machine, ArtifactError> {
    let known = [
        "StateMachineName",
        "StateMachineType",
        "Definition",
        "DefinitionString",
        "DefinitionSubstitutions",
        "RoleArn",
        "LoggingConfiguration",
        "TracingConfiguration",
        "EncryptionConfiguration",
        "Tags",
    ];
    cx.note_unknown(&known, notices);
    let kind = cx
        .properties
        .get("StateMachineType")
        .and_then(Value::as_str)
        .unwrap_or("STANDARD");
    if kind != "STANDARD" {
        return Err(cx.fault(
            "StateMachineType",
            format!("`{kind}` machines do not run locally"),
        ));
    }
    Ok(Machine {
        name: cx.template.name(cx.id)?,
        arn: cx.template.physical_id(cx.id)?,
        kind: kind.to_owned(),
        role_arn: cx.string("RoleArn")?,
        key: cx
            .properties
            .pointer("/EncryptionConfiguration/KmsKeyId")
            .and_then(Value::as_str)
            .map(str::to_owned),
        logged: cx
            .properties
            .pointer("/LoggingConfiguration/Level")
            .and_then(Value::as_str)
            .is_some_and(|level| level != "OFF"),
        traced: cx
            .properties
            .pointer("/TracingConfiguration/Enabled")
            .is_some_and(|it| *it == true || *it == "true"),
        definition: definition(cx)?,
    })
}

/// The definition may be an object or its text; substitutions are made in the text, as CloudFormation makes them.
fn definition(cx: &Reading<'_>) -> Result<Value, ArtifactError> {
    let raw = match (
        cx.properties.get("Definition"),
        cx.properties.get("DefinitionString"),
    ) {
        (Some(definition), None) => definition.clone(),
        (None, Some(Value::String(text))) => serde_json::from_str(text)
            .map_err(|error| cx.fault("DefinitionString", format!("is no JSON: {error}")))?,
        _ => {
            return Err(cx.fault(
                "Definition",
                "exactly one of `Definition` and `DefinitionString` says what the machine does",
            ));
        }
    };
    let substitutions = cx
        .properties
        .get("DefinitionSubstitutions")
        .cloned()
        .unwrap_or(Value::Null);
    let definition = substitute(raw, &substitutions);
    if let Some(name) = leftover(&definition) {
        return Err(cx.fault(
            "DefinitionSubstitutions",
            format!("no value for `${{{name}}}`"),
        ));
    }
    Ok(definition)
}

fn substitute(definition: Value, substitutions: &Value) -> Value {
    match definition {
        Value::String(mut whole) => {
            for (name, value) in substitutions.as_object().into_iter().flatten() {
                let mark = format!("${{{name}}}");
                if whole == mark && !value.is_string() {
                    return value.clone();
                }
                whole = whole.replace(&mark, &text(value));
            }
            Value::String(whole)
        }
        Value::Array(items) => items
            .into_iter()
            .map(|item| substitute(item, substitutions))
            .collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (key, substitute(value, substitutions)))
            .collect(),
        scalar => scalar,
    }
}

/// The name of a substitution that nothing filled in.
fn leftover(definition: &Value) -> Option<String> {
    match definition {
        Value::String(text) => {
            let (_, after) = text.split_once("${")?;
            let (name, _) = after.split_once('}')?;
            name.chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_')
                .then(|| name.to_owned())
        }
        Value::Array(items) => items.iter().find_map(leftover),
        Value::Object(map) => map.values().find_map(leftover),
        _ => None,
    }
}
