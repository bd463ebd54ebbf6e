//! How Step Functions words service integrations: which there are, their results and their errors.

use serde_json::{Map, Value, json};

use super::input::Service;
use crate::asl::{Json, Pattern, Resource, ResourceKind};

/// A service whose state is here, as tasks call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Integration {
    pub(super) service: Service,
    /// As the API writes it: `PutItem`.
    pub(super) operation: &'static str,
    /// Has a page of its own in the documentation: takes JSON where the service wants text, and its output tells of the
    /// HTTP answer too. The others are as the SDK for Java has them.
    pub(super) optimised: bool,
}

/// What tasks may call: the service and its operations, by the first part of the resource.
fn services(name: &str) -> Option<(Service, &'static [&'static str])> {
    Some(match name {
        "dynamodb" => (
            Service::DynamoDb,
            &["GetItem", "PutItem", "UpdateItem", "DeleteItem"],
        ),
        "aws-sdk:dynamodb" => (
            Service::DynamoDb,
            &[
                "GetItem",
                "PutItem",
                "UpdateItem",
                "DeleteItem",
                "Query",
                "Scan",
                "TransactWriteItems",
                "TransactGetItems",
                "BatchGetItem",
                "BatchWriteItem",
                "ListTables",
                "DescribeTable",
            ],
        ),
        "aws-sdk:ssm" => (
            Service::Ssm,
            &["GetParameter", "GetParameters", "PutParameter"],
        ),
        "sqs" | "aws-sdk:sqs" => (Service::Sqs, &["SendMessage"]),
        "sns" | "aws-sdk:sns" => (Service::Sns, &["Publish"]),
        "events" | "aws-sdk:eventbridge" => (Service::Events, &["PutEvents"]),
        "states" | "aws-sdk:sfn" => (Service::StepFunctions, &["StartExecution"]),
        "aws-sdk:s3" => (Service::S3, &["PutObject"]),
        _ => return None,
    })
}

/// The integration that a resource names.
pub(super) fn find(service: &str, action: &str) -> Option<Integration> {
    let (kind, operations) = services(service)?;
    let mut chars = action.chars();
    let first = chars.next().filter(char::is_ascii_lowercase)?;
    let named: String = std::iter::once(first.to_ascii_uppercase())
        .chain(chars)
        .collect();
    let operation = operations.iter().find(|it| **it == named)?;
    Some(Integration {
        service: kind,
        operation,
        optimised: !service.starts_with("aws-sdk:"),
    })
}

/// Refuses at start what no task could do later.
pub(super) fn check_offered(resource: &Resource) -> Result<(), String> {
    let offered = match &resource.kind {
        ResourceKind::LambdaFunction => true,
        ResourceKind::Service {
            service,
            action,
            pattern: Pattern::RequestResponse,
        } => match (&**service, &**action) {
            ("lambda" | "aws-sdk:lambda", "invoke") => true,
            (service, action) => find(service, action).is_some(),
        },
        ResourceKind::Service { .. } | ResourceKind::Activity | ResourceKind::Other => false,
    };
    if offered {
        Ok(())
    } else {
        Err(format!(
            "NotSupported: the local run does not offer the task `{}`",
            resource.arn
        ))
    }
}

/// What the service calls a denial.
fn denial(service: Service) -> (u16, &'static str) {
    match service {
        Service::Sns => (403, "AuthorizationError"),
        Service::S3 => (403, "AccessDenied"),
        _ => (400, "AccessDeniedException"),
    }
}

impl Integration {
    /// What its errors begin with, the exception for what the service has no name for, and what a cause calls the service.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match (self.service, self.optimised) {
            (Service::DynamoDb, true) => {
                ("DynamoDB", "AmazonDynamoDBException", "AmazonDynamoDBv2")
            }
            (Service::DynamoDb, false) => ("DynamoDb", "DynamoDbException", "DynamoDb"),
            (Service::Sqs, true) => ("SQS", "AmazonSQSException", "AmazonSQS"),
            (Service::Sqs, false) => ("Sqs", "SqsException", "Sqs"),
            (Service::Sns, true) => ("SNS", "AmazonSNSException", "AmazonSNS"),
            (Service::Sns, false) => ("Sns", "SnsException", "Sns"),
            (Service::Events, true) => (
                "EventBridge",
                "AmazonEventBridgeException",
                "AmazonEventBridge",
            ),
            (Service::Events, false) => ("EventBridge", "EventBridgeException", "EventBridge"),
            (Service::StepFunctions, true) => (
                "StepFunctions",
                "AWSStepFunctionsException",
                "AWSStepFunctions",
            ),
            (Service::StepFunctions, false) => ("Sfn", "SfnException", "Sfn"),
            (Service::Ssm, _) => ("Ssm", "SsmException", "Ssm"),
            (Service::S3, _) => ("S3", "S3Exception", "S3"),
            (
                Service::Lambda
                | Service::CloudWatch
                | Service::Logs
                | Service::ApiGateway
                | Service::Sts,
                _,
            ) => ("Lambda", "AWSLambdaException", "AWSLambda"),
        }
    }

    /// Whether the SDKs have an exception of its own for it.
    fn models(self, name: &str) -> bool {
        match (self.service, name) {
            (
                _,
                "ValidationException"
                | "SerializationException"
                | "AccessDeniedException"
                | "UnknownOperationException",
            ) => false,
            (Service::Sqs, "InvalidParameterValue" | "MissingParameter") => false,
            (Service::S3, name) => name == "NoSuchBucket",
            _ => true,
        }
    }

    /// Error and cause of a failed call. `kind` may have its namespace.
    pub(super) fn error(
        self,
        status: u16,
        kind: &str,
        message: &str,
        request_id: &str,
    ) -> (String, String) {
        let (prefix, general, client) = self.names();
        let code = kind.rsplit('#').next().unwrap_or(kind);
        let name = match code {
            code if !self.models(code) => general.to_owned(),
            code if code.ends_with("Exception") => code.to_owned(),
            code => format!("{code}Exception"),
        };
        let cause = if self.optimised {
            format!(
                "{message} (Service: {client}; Status Code: {status}; Error Code: {code}; Request ID: {request_id}; Proxy: null)"
            )
        } else {
            format!(
                "{message} (Service: {client}, Status Code: {status}, Request ID: {request_id})"
            )
        };
        (format!("{prefix}.{name}"), cause)
    }

    /// Error and cause of a call that the role may not make.
    pub(super) fn denied(self, message: &str, request_id: &str) -> (String, String) {
        let (status, kind) = denial(self.service);
        self.error(status, kind, message, request_id)
    }

    /// The service's request. Where it wants text, JSON is written as text, with the digits that its numbers have.
    pub(super) fn request(self, parameters: &Json) -> Value {
        let mut body = value_of(parameters);
        let Some(map) = body.as_object_mut() else {
            return body;
        };
        match self.operation {
            "Publish" => write_text(map, parameters, "Message"),
            "SendMessage" => write_text(map, parameters, "MessageBody"),
            "PutObject" => write_text(map, parameters, "Body"),
            "PutEvents" => {
                let given = parameters.get("Entries").and_then(Json::as_array);
                let entries = map.get_mut("Entries").and_then(Value::as_array_mut);
                let pairs = entries
                    .into_iter()
                    .flatten()
                    .zip(given.into_iter().flat_map(|it| it.iter()));
                for (entry, given) in pairs {
                    if let Some(entry) = entry.as_object_mut() {
                        write_text(entry, given, "Detail");
                    }
                }
            }
            "StartExecution" => {
                write_text(map, parameters, "Input");
                // Its API writes its fields in camel case, tasks do not.
                for (name, own) in [
                    ("StateMachineArn", "stateMachineArn"),
                    ("Name", "name"),
                    ("Input", "input"),
                ] {
                    if let Some(value) = map.remove(name) {
                        map.insert(own.to_owned(), value);
                    }
                }
            }
            _ => {}
        }
        body
    }

    /// The task's output of a service's answer.
    pub(super) fn output(self, answer: Value, request_id: &str) -> Json {
        let content_type = match self.service {
            Service::Sns => "text/xml",
            Service::Events => "application/x-amz-json-1.1",
            _ => "application/x-amz-json-1.0",
        };
        match answer {
            Value::Object(mut body) if self.optimised => {
                add_metadata(&mut body, content_type, request_id);
                json_of(&Value::Object(body))
            }
            other => json_of(&other),
        }
    }
}

/// Puts a field's text into the request; what is text already stays as it is.
fn write_text(map: &mut Map<String, Value>, given: &Json, key: &str) {
    if let Some(given) = given.get(key).filter(|it| it.as_str().is_none()) {
        map.insert(key.to_owned(), Value::String(given.to_string()));
    }
}

/// What `lambda:invoke` answers around the function's payload.
pub(super) fn envelope(payload: Json, request_id: &str) -> Json {
    let length = payload.to_string().len().to_string();
    let metadata = json_of(&json!({
        "AllHttpHeaders": {
            "X-Amz-Executed-Version": ["$LATEST"], "x-amzn-Remapped-Content-Length": ["0"], "Connection": ["keep-alive"], "x-amzn-RequestId": [request_id],
            "Content-Length": [length], "Content-Type": ["application/json"],
        },
        "HttpHeaders": {
            "Connection": "keep-alive", "Content-Length": length, "Content-Type": "application/json", "X-Amz-Executed-Version": "$LATEST",
            "x-amzn-Remapped-Content-Length": "0", "x-amzn-RequestId": request_id,
        },
        "HttpStatusCode": 200,
    }));
    Json::object(vec![
        ("ExecutedVersion".into(), Json::from("$LATEST")),
        ("Payload".into(), payload),
        ("SdkHttpMetadata".into(), metadata),
        (
            "SdkResponseMetadata".into(),
            json_of(&json!({ "RequestId": request_id })),
        ),
        ("StatusCode".into(), Json::from(200_i64)),
    ])
}

fn add_metadata(body: &mut Map<String, Value>, content_type: &str, request_id: &str) {
    let length = Value::Object(body.clone()).to_string().len().to_string();
    body.insert("SdkHttpMetadata".to_owned(), json!({
        "AllHttpHeaders": { "Server": ["Server"], "Connection": ["keep-alive"], "x-amzn-RequestId": [request_id], "Content-Length": [length], "Content-Type": [content_type] },
        "HttpHeaders": { "Connection": "keep-alive", "Content-Length": length, "Content-Type": content_type, "Server": "Server", "x-amzn-RequestId": request_id },
        "HttpStatusCode": 200,
    }));
    body.insert(
        "SdkResponseMetadata".to_owned(),
        json!({ "RequestId": request_id }),
    );
}

pub(super) fn json_of(value: &Value) -> Json {
    Json::from(value)
}

pub(super) fn value_of(json: &Json) -> Value {
    serde_json::from_str(&json.to_string()).unwrap_or(Value::Null)
}
