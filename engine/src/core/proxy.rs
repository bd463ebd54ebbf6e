//! API Gateway's Lambda proxy integration: the event that a request becomes, and the answer that a function's result becomes.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::input::{Answer, RouteRequest};
use crate::artifacts::{Api, Route};

/// What a proxy event says beside the request itself.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub(super) account: &'a str,
    pub(super) api: &'a Api,
    pub(super) route: &'a Route,
    pub(super) path_parameters: &'a [(String, String)],
    /// The request's path below the stage.
    pub(super) path: &'a str,
    pub(super) request_id: &'a str,
    pub(super) trace: &'a str,
    pub(super) now_ms: u64,
}

/// The REST API proxy event, payload format 1.0.
pub(super) fn event(cx: &Context<'_>, request: &RouteRequest) -> Value {
    let mut headers: Vec<(String, String)> = request
        .headers
        .iter()
        .filter(|(name, _)| !name.eq_ignore_ascii_case("x-amzn-trace-id"))
        .cloned()
        .collect();
    headers.push(("X-Amzn-Trace-Id".to_owned(), cx.trace.to_owned()));
    headers.push(("X-Forwarded-For".to_owned(), request.source_ip.clone()));
    headers.push(("X-Forwarded-Port".to_owned(), "443".to_owned()));
    headers.push(("X-Forwarded-Proto".to_owned(), "https".to_owned()));
    let query = parse_query(&request.query);
    let parameters: Map<String, Value> = cx
        .path_parameters
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let (body, encoded) = body(cx.api, request);
    let parameters = match parameters.is_empty() {
        true => Value::Null,
        false => Value::Object(parameters),
    };
    // `json!` would copy what is in it.
    Value::from_iter([
        ("resource", cx.route.path.as_str().into()),
        ("path", cx.path.into()),
        ("httpMethod", request.method.as_str().into()),
        ("headers", last_values(&headers)),
        ("multiValueHeaders", all_values(&headers)),
        ("queryStringParameters", last_values(&query)),
        ("multiValueQueryStringParameters", all_values(&query)),
        ("pathParameters", parameters),
        ("stageVariables", Value::Null),
        ("requestContext", request_context(cx, request)),
        ("body", body),
        ("isBase64Encoded", encoded.into()),
    ])
}

fn request_context(cx: &Context<'_>, request: &RouteRequest) -> Value {
    let agent = request
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("user-agent"))
        .map(|(_, value)| value);
    json!({
        "accountId": cx.account,
        "apiId": cx.api.id,
        "domainName": "localhost",
        "domainPrefix": "localhost",
        "extendedRequestId": cx.request_id,
        "httpMethod": request.method,
        "identity": {
            "accessKey": null, "accountId": null, "caller": null, "cognitoAuthenticationProvider": null, "cognitoAuthenticationType": null,
            "cognitoIdentityId": null, "cognitoIdentityPoolId": null, "principalOrgId": null, "sourceIp": request.source_ip, "user": null,
            "userAgent": agent, "userArn": null,
        },
        "path": format!("/{}{}", cx.api.stage, cx.path),
        "protocol": "HTTP/1.1",
        "requestId": cx.request_id,
        "requestTime": super::time::common_log(cx.now_ms),
        "requestTimeEpoch": cx.now_ms,
        "resourceId": cx.route.resource_id,
        "resourcePath": cx.route.path,
        "stage": cx.api.stage,
    })
}

/// As base64 where the API's binary media types cover the content type, as text otherwise.
fn body(api: &Api, request: &RouteRequest) -> (Value, bool) {
    if request.body.is_empty() {
        return (Value::Null, false);
    }
    let kind = request
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .map_or("application/json", |(_, value)| value);
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let binary = api.binary_media_types.iter().any(|known| {
        let known = known.replace("~1", "/").to_ascii_lowercase();
        known == "*/*"
            || known == kind
            || known
                .strip_suffix("/*")
                .is_some_and(|family| kind.split('/').next() == Some(family))
    });
    if binary {
        (json!(STANDARD.encode(&request.body)), true)
    } else {
        (json!(String::from_utf8_lossy(&request.body)), false)
    }
}

fn last_values(pairs: &[(String, String)]) -> Value {
    let map: Map<String, Value> = pairs
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    if map.is_empty() {
        Value::Null
    } else {
        Value::Object(map)
    }
}

fn all_values(pairs: &[(String, String)]) -> Value {
    let mut map: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in pairs {
        map.entry(name).or_default().push(value);
    }
    if map.is_empty() {
        Value::Null
    } else {
        json!(map)
    }
}

pub(crate) fn parse_query(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// Percent-decoding of a query part; `+` is a space.
pub(crate) fn decode(text: &str) -> String {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let digits = tail
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        match (
            byte,
            digits.and_then(|pair| u8::from_str_radix(pair, 16).ok()),
        ) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                rest = tail.get(2..).unwrap_or_default();
                continue;
            }
            (b'+', _) => out.push(b' '),
            (other, _) => out.push(*other),
        }
        rest = tail;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What the function's result is to the caller; `None` when it is no proxy answer, which API Gateway calls malformed.
pub(super) fn answer(payload: &[u8]) -> Option<Answer> {
    let value: Value = serde_json::from_slice(payload).ok()?;
    let map = value.as_object()?;
    let known = [
        "statusCode",
        "headers",
        "multiValueHeaders",
        "body",
        "isBase64Encoded",
    ];
    if map.keys().any(|key| !known.contains(&key.as_str())) {
        return None;
    }
    let status = match map.get("statusCode")? {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    let status = u16::try_from(status)
        .ok()
        .filter(|status| (100..=599).contains(status))?;
    let mut headers = Vec::new();
    for (name, value) in entries(map.get("headers"))? {
        headers.push((name.clone(), scalar(value)?));
    }
    for (name, values) in entries(map.get("multiValueHeaders"))? {
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        for value in values.as_array()? {
            headers.push((name.clone(), scalar(value)?));
        }
    }
    let body = match map.get("body") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) if map.get("isBase64Encoded") == Some(&Value::Bool(true)) => {
            STANDARD.decode(text).ok()?
        }
        Some(Value::String(text)) => text.clone().into_bytes(),
        Some(_) => return None,
    };
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    Some(Answer {
        status,
        headers,
        body,
    })
}

/// The members of an object that may be missing or null; `None` when it is something else.
fn entries(value: Option<&Value>) -> Option<Vec<(&String, &Value)>> {
    match value {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(Value::Object(map)) => Some(map.iter().collect()),
        Some(_) => None,
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
