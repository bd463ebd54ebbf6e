//! `AWS::Lambda::Function`: which handler, with what environment and limits.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{ArtifactError, Asynchronous, FunctionUrl, Reading};

/// A function and the limits of its environments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub arn: String,
    pub role_arn: String,
    /// `_HANDLER`: the function's declared name.
    pub handler: String,
    /// The template's variables and nothing else.
    pub environment: BTreeMap<String, String>,
    pub timeout_s: u64,
    pub memory_mb: u64,
    /// How many environments may run at once; without it the account's limit holds.
    pub reserved_concurrency: Option<u64>,
    /// Value of `AWS_LAMBDA_LOG_GROUP_NAME`.
    pub log_group: String,
    /// The key that encrypts its environment, as the template refers to it.
    pub key: Option<String>,
    /// Whether it sends traces to X-Ray.
    pub traced: bool,
    /// Whether it is attached to subnets.
    pub in_network: bool,
    /// What Lambda tells of it as the template says it.
    pub shown: Map<String, Value>,
    /// What an asynchronous invocation may cost; set by `AWS::Lambda::EventInvokeConfig`.
    pub asynchronous: Asynchronous,
    /// Its own address; set by `AWS::Lambda::Url`.
    pub url: Option<FunctionUrl>,
}

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<Function, ArtifactError> {
    let known = [
        "FunctionName",
        "Handler",
        "Environment",
        "Timeout",
        "MemorySize",
        "ReservedConcurrentExecutions",
        "LoggingConfig",
        "Runtime",
        "Architectures",
        "Code",
        "Role",
        "Description",
        "KmsKeyArn",
        "TracingConfig",
        // Which network it is in changes nothing on one machine.
        "VpcConfig",
        "Tags",
        "PackageType",
        "EphemeralStorage",
        "RuntimeManagementConfig",
    ];
    cx.note_unknown(&known, notices);
    if let Some(runtime) = cx.properties.get("Runtime").and_then(Value::as_str)
        && !runtime.starts_with("provided")
    {
        return Err(cx.fault("Runtime", format!("`{runtime}`: only handlers that speak the Runtime API themselves (`provided.*`) run locally")));
    }
    let name = cx.template.name(cx.id)?;
    let mut environment = BTreeMap::new();
    for (key, value) in cx
        .properties
        .pointer("/Environment/Variables")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        environment.insert(key.clone(), super::template::text(value));
    }
    let log_group = cx
        .properties
        .pointer("/LoggingConfig/LogGroup")
        .and_then(Value::as_str);
    Ok(Function {
        arn: cx.template.arn("lambda", &format!("function:{name}")),
        role_arn: cx.string("Role")?,
        handler: cx.string("Handler")?,
        environment,
        timeout_s: cx.optional_number("Timeout")?.unwrap_or(3),
        memory_mb: cx.optional_number("MemorySize")?.unwrap_or(128),
        reserved_concurrency: cx.optional_number("ReservedConcurrentExecutions")?,
        log_group: log_group.map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned),
        key: cx.optional_string("KmsKeyArn"),
        traced: cx.properties.pointer("/TracingConfig/Mode") == Some(&Value::from("Active")),
        in_network: cx.properties.get("VpcConfig").is_some(),
        shown: shown(cx),
        asynchronous: Asynchronous::default(),
        url: None,
        name,
    })
}

/// The properties that the API has under the same names and in the same form, with Lambda's own values for those left out.
fn shown(cx: &Reading<'_>) -> Map<String, Value> {
    let mut shown = Map::from_iter([
        ("Architectures".to_owned(), json!(["x86_64"])),
        ("EphemeralStorage".to_owned(), json!({ "Size": 512 })),
        ("PackageType".to_owned(), json!("Zip")),
    ]);
    let told = [
        "Architectures",
        "Description",
        "EphemeralStorage",
        "LoggingConfig",
        "PackageType",
        "Runtime",
        "VpcConfig",
    ];
    shown.extend(cx.chosen(&told));
    shown
}
