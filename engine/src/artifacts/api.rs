//! `AWS::ApiGateway::RestApi` with its resources, methods and stage: which path calls which function, and how often.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ArtifactError, Reading, fraction, of_kind};

/// A REST API and its one stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Api {
    pub id: String,
    pub name: String,
    pub stage: String,
    pub routes: Vec<Route>,
    /// `*/*` and the like: bodies of these types reach the function as base64.
    pub binary_media_types: Vec<String>,
    /// Answers of API Gateway itself that the template changes: response type to status code.
    pub gateway_statuses: BTreeMap<String, u16>,
}

/// One method of one path.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// `POST`, or `ANY`.
    pub method: String,
    /// `/webhooks/{provider}`, as `resource` of the proxy event has it.
    pub path: String,
    pub resource_id: String,
    pub function_arn: String,
    /// Whether a caller must show a key of a plan that has the stage.
    pub needs_key: bool,
    pub throttle: Option<Throttle>,
    /// How long API Gateway waits for the function before it hangs up.
    pub timeout_ms: u64,
}

/// A token bucket: how fast it fills, and how much it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Throttle {
    pub rate_per_s: f64,
    pub burst: f64,
}

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<Api, ArtifactError> {
    let known = [
        "Name",
        "BinaryMediaTypes",
        "Description",
        "EndpointConfiguration",
        "Tags",
        "DisableExecuteApiEndpoint",
        "MinimumCompressionSize",
        "ApiKeySourceType",
        "FailOnWarnings",
    ];
    cx.note_unknown(&known, notices);
    for property in ["Body", "BodyS3Location", "Policy"] {
        if cx.properties.get(property).is_some() {
            return Err(cx.fault(property, "the local run does not offer it"));
        }
    }
    let id = cx.template.physical_id(cx.id)?;
    let stage = read_stage(cx, &id)?;
    let paths = read_paths(cx, &id)?;
    let strings = |value: Option<&Value>| -> Vec<String> {
        value
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    Ok(Api {
        name: cx.template.name(cx.id)?,
        routes: read_methods(cx, &id, &paths, &stage)?,
        stage: stage.name,
        binary_media_types: strings(cx.properties.get("BinaryMediaTypes")),
        gateway_statuses: read_gateway_responses(cx, &id)?,
        id,
    })
}

struct Stage {
    name: String,
    settings: Vec<Value>,
}

fn belongs(properties: &Value, api: &str) -> bool {
    properties.get("RestApiId").and_then(Value::as_str) == Some(api)
}

fn read_stage(cx: &Reading<'_>, api: &str) -> Result<Stage, ArtifactError> {
    let mut found = None;
    for (id, resource) in of_kind(cx.template, "AWS::ApiGateway::Stage") {
        let properties = cx.template.resolve(&resource.properties)?;
        if !belongs(&properties, api) {
            continue;
        }
        if found.is_some() {
            return Err(ArtifactError::at(
                format!("Resources.{id}"),
                "a second stage of one API; the local run serves one",
            ));
        }
        let settings = properties
            .get("MethodSettings")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        found = Some(Stage {
            name: cx.template.name(id)?,
            settings,
        });
    }
    found.ok_or_else(|| cx.fault("Name", "no AWS::ApiGateway::Stage publishes this API"))
}

/// The full path of each `AWS::ApiGateway::Resource`, by its physical id.
fn read_paths(cx: &Reading<'_>, api: &str) -> Result<BTreeMap<String, String>, ArtifactError> {
    let root = cx
        .template
        .resolve(&serde_json::json!({"Fn::GetAtt": [cx.id, "RootResourceId"]}))?;
    let mut paths = BTreeMap::from([(super::template::text(&root), String::new())]);
    let mut waiting: Vec<(String, String, String)> = Vec::new();
    for (id, resource) in of_kind(cx.template, "AWS::ApiGateway::Resource") {
        let properties = cx.template.resolve(&resource.properties)?;
        if belongs(&properties, api) {
            let text = |key: &str| {
                properties
                    .get(key)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            waiting.push((
                cx.template.physical_id(id)?,
                text("ParentId"),
                text("PathPart"),
            ));
        }
    }
    // A parent may come after its child in the template, so the tree is settled in rounds.
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|(id, parent, part)| {
            match paths.get(parent).map(|path| format!("{path}/{part}")) {
                Some(path) => {
                    paths.insert(id.clone(), path);
                    false
                }
                None => true,
            }
        });
        if waiting.len() == before {
            return Err(cx.fault("Name", format!("resources without a parent: {waiting:?}")));
        }
    }
    Ok(paths)
}

fn read_methods(
    cx: &Reading<'_>,
    api: &str,
    paths: &BTreeMap<String, String>,
    stage: &Stage,
) -> Result<Vec<Route>, ArtifactError> {
    let mut routes = Vec::new();
    for (id, resource) in of_kind(cx.template, "AWS::ApiGateway::Method") {
        let properties = cx.template.resolve(&resource.properties)?;
        if !belongs(&properties, api) {
            continue;
        }
        let fault = |what: &str, message: String| {
            ArtifactError::at(format!("Resources.{id}.Properties.{what}"), message)
        };
        let text = |pointer: &str| {
            properties
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        if !matches!(text("/AuthorizationType"), "NONE" | "") {
            return Err(fault(
                "AuthorizationType",
                "the local run offers no authorizers".to_owned(),
            ));
        }
        if text("/Integration/Type") != "AWS_PROXY" {
            return Err(fault(
                "Integration.Type",
                format!(
                    "`{}`: only AWS_PROXY runs locally",
                    text("/Integration/Type")
                ),
            ));
        }
        // arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations
        let uri = text("/Integration/Uri");
        let function = uri
            .split_once("/functions/")
            .and_then(|(_, rest)| rest.strip_suffix("/invocations"));
        let Some(function) = function else {
            return Err(fault(
                "Integration.Uri",
                format!("`{uri}` calls no Lambda function"),
            ));
        };
        let resource_id = text("/ResourceId").to_owned();
        let Some(path) = paths.get(&resource_id) else {
            return Err(fault("ResourceId", format!("no resource `{resource_id}`")));
        };
        let path = if path.is_empty() {
            "/".to_owned()
        } else {
            path.clone()
        };
        let method = text("/HttpMethod").to_owned();
        routes.push(Route {
            throttle: throttle(&stage.settings, &path, &method),
            timeout_ms: properties
                .pointer("/Integration/TimeoutInMillis")
                .and_then(super::number)
                .unwrap_or(29_000),
            function_arn: function.to_owned(),
            needs_key: properties.get("ApiKeyRequired") == Some(&Value::Bool(true)),
            method,
            path,
            resource_id,
        });
    }
    Ok(routes)
}

/// The most specific of the stage's method settings: `ResourcePath` with `/` written `~1` or plain, `HttpMethod`; `/*` and `*` stand for all.
fn throttle(settings: &[Value], path: &str, method: &str) -> Option<Throttle> {
    let mut best: Option<(u8, Throttle)> = None;
    for setting in settings {
        let text = |key: &str| setting.get(key).and_then(Value::as_str).unwrap_or_default();
        let at = text("ResourcePath").replace("~1", "/");
        let exact_path = at == path || at.strip_prefix('/') == Some(path);
        let exact_method = text("HttpMethod") == method;
        if !(exact_path || at == "/*") || !(exact_method || text("HttpMethod") == "*") {
            continue;
        }
        let limits = read_throttle(setting, "ThrottlingRateLimit", "ThrottlingBurstLimit");
        let Some(throttle) = limits else { continue };
        let weight = u8::from(exact_path) * 2 + u8::from(exact_method);
        if best.is_none_or(|(known, _)| weight >= known) {
            best = Some((weight, throttle));
        }
    }
    best.map(|(_, throttle)| throttle)
}

/// A rate and a burst by their names; nothing unless both are there.
pub(super) fn read_throttle(limits: &Value, rate: &str, burst: &str) -> Option<Throttle> {
    Some(Throttle {
        rate_per_s: limits.get(rate).and_then(fraction)?,
        burst: limits.get(burst).and_then(fraction)?,
    })
}

fn read_gateway_responses(
    cx: &Reading<'_>,
    api: &str,
) -> Result<BTreeMap<String, u16>, ArtifactError> {
    let mut statuses = BTreeMap::new();
    for (_, resource) in of_kind(cx.template, "AWS::ApiGateway::GatewayResponse") {
        let properties = cx.template.resolve(&resource.properties)?;
        if !belongs(&properties, api) {
            continue;
        }
        let kind = properties
            .get("ResponseType")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let status = properties
            .get("StatusCode")
            .map(super::template::text)
            .and_then(|text| text.parse().ok());
        if let Some(status) = status {
            statuses.insert(kind.to_owned(), status);
        }
    }
    Ok(statuses)
}
