//! Tells the AWS protocols on one port apart, by `X-Amz-Target` and path, and decodes operations for the core.

use serde_json::{Value, json};

use crate::core::{Answer, ApiRequest, Service};

/// What a request is.
#[derive(Debug)]
pub(super) enum Decoded {
    Operation(ApiRequest),
    /// An AWS operation that cannot be done, answered in its protocol's shape.
    Refused(Answer),
    /// Not for an AWS service: a request for a route.
    Route,
}

/// The parts of a request that tell what it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) target: Option<&'a str>,
    pub(super) content_type: &'a str,
    pub(super) invocation_type: Option<&'a str>,
    pub(super) authorization: Option<&'a str>,
}

const TARGETS: [(&str, Service); 4] = [
    ("DynamoDB_20120810", Service::DynamoDb),
    ("AmazonSSM", Service::Ssm),
    ("AWSStepFunctions", Service::StepFunctions),
    ("AmazonSQS", Service::Sqs),
];

/// The access key id in a Signature Version 4 header.
pub(super) fn access_key(authorization: &str) -> Option<&str> {
    authorization.split_once("Credential=")?.1.split('/').next()
}

pub(super) fn decode(head: Head<'_>, body: &[u8]) -> Decoded {
    if let Some(target) = head.target {
        return operation(target, head.content_type, body);
    }
    if let Some(rest) = head.path.strip_prefix("/2015-03-31/functions") {
        return lambda(head, rest, body);
    }
    // The query protocol and the REST services are signed; nobody signs a webhook with AWS credentials.
    if head
        .authorization
        .is_some_and(|it| it.starts_with("AWS4-HMAC-SHA256"))
    {
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
        Ok(body) => Decoded::Operation(ApiRequest {
            service: *service,
            operation: operation.to_owned(),
            body,
            payload: Vec::new(),
        }),
        Err(error) => Decoded::Refused(json_error(
            content_type,
            "SerializationException",
            &format!("the body is no JSON: {error}"),
        )),
    }
}

fn lambda(head: Head<'_>, rest: &str, body: &[u8]) -> Decoded {
    match (head.method, rest.strip_suffix("/invocations")) {
        ("POST", Some(name)) => {
            let name = crate::core::decode_percent(name.trim_start_matches('/'));
            let body_of_call =
                json!({ "FunctionName": name, "InvocationType": head.invocation_type });
            Decoded::Operation(ApiRequest {
                service: Service::Lambda,
                operation: "Invoke".to_owned(),
                body: body_of_call,
                payload: body.to_vec(),
            })
        }
        _ => {
            let message = format!("the local run does not offer {} {}", head.method, head.path);
            Decoded::Refused(json_error(
                "application/json",
                "UnknownOperationException",
                &message,
            ))
        }
    }
}

fn json_error(content_type: &str, kind: &str, message: &str) -> Answer {
    let mut answer = Answer::json(
        400,
        &json!({ "__type": kind, "message": message, "Message": message }),
    );
    let content_type = if content_type.starts_with("application/x-amz-json") {
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
    // Signature Version 4 names the service: Credential=KEY/DATE/REGION/SERVICE/aws4_request.
    let scope = head
        .authorization
        .and_then(|it| it.split_once("Credential="))
        .map(|(_, rest)| rest)
        .unwrap_or_default();
    let service = scope.split('/').nth(3).unwrap_or("unknown");
    let message = format!(
        "the local run does not offer {service} {action}{}",
        if action.is_empty() {
            format!("{} {}", head.method, head.path)
        } else {
            String::new()
        }
    );
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
