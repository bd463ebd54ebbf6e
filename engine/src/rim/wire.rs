//! Tells the AWS protocols on one port apart, by `X-Amz-Target` and path, and decodes operations for the core.

mod cbor;
mod lambda;
mod query;

use hyper::HeaderMap;
use serde_json::{Value, json};

use super::s3;

use crate::core::{Answer, ApiRequest, Service};
pub(super) use query::Query;

/// What a request is.
#[derive(Debug)]
pub(super) enum Decoded {
    Operation(ApiRequest, Encoding),
    /// An AWS operation that cannot be done, answered in its protocol's shape.
    Refused(Answer),
    /// Not for an AWS service: a request for a route.
    Route,
}

/// How the answer to an operation is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As the core gives it.
    Json,
    Query(Query),
    Cbor,
}

impl Encoding {
    /// The core's answer in the protocol of its request.
    pub(super) fn encode(&self, answer: Answer) -> Answer {
        match self {
            Self::Json => answer,
            Self::Query(query) => query.encode(answer),
            Self::Cbor => cbor::answer(answer),
        }
    }
}

/// The fields of answers that are instants: seconds in JSON, something of their own in every other protocol.
fn is_instant(key: &str) -> bool {
    matches!(
        key,
        "Timestamp" | "Timestamps" | "StartTime" | "EndTime" | "LastModified"
    ) || key.ends_with("Timestamp")
}

/// `2026-11-20T19:33:00.123Z` of seconds since 1970.
fn rfc3339(seconds: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an instant in milliseconds, of this era"
    )]
    let instant = jiff::Timestamp::from_millisecond((seconds * 1000.0).round() as i64);
    let instant = instant.unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    instant.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The parts of a request that tell what it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    /// Without the question mark.
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) target: Option<&'a str>,
    pub(super) content_type: &'a str,
    pub(super) invocation_type: Option<&'a str>,
    pub(super) authorization: Option<&'a str>,
}

const TARGETS: [(&str, Service); 7] = [
    ("DynamoDB_20120810", Service::DynamoDb),
    ("AmazonSSM", Service::Ssm),
    ("AWSStepFunctions", Service::StepFunctions),
    ("AmazonSQS", Service::Sqs),
    ("AWSEvents", Service::Events),
    ("Logs_20140328", Service::Logs),
    (GRANITE, Service::CloudWatch),
];

/// What CloudWatch is called where its protocol names it.
const GRANITE: &str = "GraniteServiceVersion20100801";

/// The access key id in a Signature Version 4 header.
pub(super) fn access_key(authorization: &str) -> Option<&str> {
    authorization.split_once("Credential=")?.1.split('/').next()
}

pub(super) fn decode(head: Head<'_>, body: &[u8]) -> Decoded {
    if let Some(target) = head.target {
        return operation(target, head.content_type, body);
    }
    if lambda::is_for(head) {
        return lambda::decode(head, body);
    }
    // These protocols are signed; nobody signs a webhook with AWS credentials.
    match signed_service(head) {
        Some("s3") => {
            let parts = s3::Parts {
                method: head.method,
                path: head.path,
                query: head.query,
                headers: head.headers,
            };
            return s3::decode(parts, body).map_or_else(Decoded::Refused, |it| {
                Decoded::Operation(it, Encoding::Json)
            });
        }
        Some("apigateway") => return api_gateway(head, body),
        _ => {}
    }
    if head
        .authorization
        .is_some_and(|it| it.starts_with("AWS4-HMAC-SHA256"))
    {
        if let Some((GRANITE, operation)) = cbor::path(head.path) {
            return granite(operation, body);
        }
        if let Some((service, operation, body, query)) = query::decode(body) {
            return Decoded::Operation(request(service, operation, body), Encoding::Query(query));
        }
        return Decoded::Refused(unknown_service(head, body));
    }
    Decoded::Route
}

fn operation(target: &str, content_type: &str, body: &[u8]) -> Decoded {
    let (prefix, operation) = target.split_once('.').unwrap_or((target, ""));
    let Some((_, service)) = TARGETS.iter().find(|(known, _)| *known == prefix) else {
        let message = format!("the local run offers no service with the target `{target}`");
        return Decoded::Refused(json_error(
            content_type,
            "UnknownOperationException",
            &message,
        ));
    };
    let parsed = if body.is_empty() {
        Ok(json!({}))
    } else {
        serde_json::from_slice::<Value>(body)
    };
    match parsed {
        Ok(body) => Decoded::Operation(
            request(*service, operation.to_owned(), body),
            Encoding::Json,
        ),
        Err(error) => Decoded::Refused(json_error(
            content_type,
            "SerializationException",
            &format!("the body is no JSON: {error}"),
        )),
    }
}

fn request(service: Service, operation: String, body: Value) -> ApiRequest {
    ApiRequest {
        service,
        operation,
        body,
        payload: Vec::new(),
    }
}

/// CloudWatch over Smithy RPC v2 CBOR.
fn granite(operation: &str, body: &[u8]) -> Decoded {
    let parsed = if body.is_empty() {
        Some(json!({}))
    } else {
        cbor::decode(body)
    };
    match parsed {
        Some(body) => Decoded::Operation(
            request(Service::CloudWatch, operation.to_owned(), body),
            Encoding::Cbor,
        ),
        None => {
            let message = "the body is no CBOR that the local run can read";
            let fault = json!({ "__type": "SerializationException", "message": message });
            Decoded::Refused(cbor::answer(Answer::json(400, &fault)))
        }
    }
}

/// The service that Signature Version 4 names: Credential=KEY/DATE/REGION/SERVICE/aws4_request.
fn signed_service(head: Head<'_>) -> Option<&str> {
    let scope = head.authorization?.split_once("Credential=")?.1;
    scope.split('/').nth(3)
}

/// API Gateway's own REST protocol: `GET /apikeys/abc?includeValue=true`.
fn api_gateway(head: Head<'_>, body: &[u8]) -> Decoded {
    let parts: Vec<&str> = head.path.trim_matches('/').split('/').collect();
    let (operation, id) = match (head.method, parts.as_slice()) {
        ("GET", ["apikeys"]) => ("GetApiKeys", ""),
        ("GET", ["apikeys", id]) => ("GetApiKey", *id),
        ("GET", ["usageplans"]) => ("GetUsagePlans", ""),
        ("GET", ["usageplans", id]) => ("GetUsagePlan", *id),
        ("GET", ["usageplans", id, "keys"]) => ("GetUsagePlanKeys", *id),
        ("GET", ["usageplans", id, "usage"]) => ("GetUsage", *id),
        _ => return Decoded::Refused(unknown_service(head, body)),
    };
    let mut arguments = serde_json::Map::new();
    for (name, value) in crate::core::parse_query(head.query) {
        arguments.insert(name, json!(value));
    }
    arguments.insert("id".to_owned(), json!(id));
    let arguments = Value::Object(arguments);
    Decoded::Operation(
        request(Service::ApiGateway, operation.to_owned(), arguments),
        Encoding::Json,
    )
}

fn json_error(content_type: &str, kind: &str, message: &str) -> Answer {
    let mut answer = Answer::json(
        400,
        &json!({ "__type": kind, "message": message, "Message": message }),
    );
    let content_type = if content_type.starts_with("application/x-amz-json")
        || content_type == "application/json"
    {
        content_type
    } else {
        "application/x-amz-json-1.0"
    };
    answer
        .headers
        .push(("Content-Type".to_owned(), content_type.to_owned()));
    answer
        .headers
        .push(("x-amzn-ErrorType".to_owned(), kind.to_owned()));
    answer
}

/// An answer that clients of the query protocol and of the REST services can read.
fn unknown_service(head: Head<'_>, body: &[u8]) -> Answer {
    let form = String::from_utf8_lossy(body);
    let action = form
        .split('&')
        .find_map(|pair| pair.strip_prefix("Action="))
        .unwrap_or_default();
    let service = signed_service(head).unwrap_or("unknown");
    let message = format!(
        "the local run does not offer {service} {action}{}",
        if action.is_empty() {
            format!("{} {}", head.method, head.path)
        } else {
            String::new()
        }
    );
    // The REST services speak JSON, without a form.
    if matches!(service, "lambda" | "apigateway") {
        return json_error("application/json", "UnknownOperationException", &message);
    }
    let safe: String = message.chars().filter(|c| !"<>&".contains(*c)).collect();
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>{safe}</Message></Error><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
    );
    Answer {
        status: 400,
        headers: vec![("Content-Type".to_owned(), "text/xml".to_owned())],
        body: body.into_bytes(),
    }
}
