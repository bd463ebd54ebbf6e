//! How Step Functions words service integrations: which there are, their results and their errors.

use serde_json::{Map, Value, json};

use crate::asl::{Json, Pattern, Resource, ResourceKind};

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
            ("dynamodb", "getItem" | "putItem" | "updateItem" | "deleteItem") => true,
            ("aws-sdk:dynamodb", action) => dynamodb_operation(action).is_some(),
            ("aws-sdk:ssm", "getParameter" | "getParameters" | "putParameter") => true,
            ("aws-sdk:sqs" | "sqs", "sendMessage") => true,
            _ => false,
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

/// `transactWriteItems` as the API writes it.
pub(super) fn dynamodb_operation(action: &str) -> Option<&'static str> {
    let known = [
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
    ];
    known
        .into_iter()
        .find(|operation| operation.eq_ignore_ascii_case(action))
}

/// Error and cause as the two kinds of integration word them.
pub(super) fn dynamodb_error(
    optimised: bool,
    name: &str,
    message: &str,
    request_id: &str,
) -> (String, String) {
    if optimised {
        let cause = format!(
            "{message} (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: {name}; Request ID: {request_id}; Proxy: null)"
        );
        // The optimised integration calls what has no class of its own by the service's general one.
        let name = if matches!(
            name,
            "ValidationException" | "SerializationException" | "AccessDeniedException"
        ) {
            "AmazonDynamoDBException"
        } else {
            name
        };
        return (format!("DynamoDB.{name}"), cause);
    }
    sdk_error("DynamoDb", name, message, request_id)
}

pub(super) fn sdk_error(
    service: &str,
    kind: &str,
    message: &str,
    request_id: &str,
) -> (String, String) {
    let name = kind.rsplit('#').next().unwrap_or(kind);
    let name = match name {
        // Not modelled by the service, so the SDK has only its general exception.
        "ValidationException" | "SerializationException" | "AccessDeniedException" => {
            format!("{service}Exception")
        }
        name if name.ends_with("Exception") => name.to_owned(),
        name => format!("{name}Exception"),
    };
    (
        format!("{service}.{name}"),
        format!("{message} (Service: {service}, Status Code: 400, Request ID: {request_id})"),
    )
}

pub(super) fn pascal_case(action: &str) -> String {
    let mut chars = action.chars();
    chars
        .next()
        .map(|first| first.to_ascii_uppercase())
        .into_iter()
        .chain(chars)
        .collect()
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

pub(super) fn add_metadata(body: &mut Map<String, Value>, request_id: &str) {
    let length = Value::Object(body.clone()).to_string().len().to_string();
    body.insert("SdkHttpMetadata".to_owned(), json!({
        "AllHttpHeaders": { "Server": ["Server"], "Connection": ["keep-alive"], "x-amzn-RequestId": [request_id], "Content-Length": [length], "Content-Type": ["application/x-amz-json-1.0"] },
        "HttpHeaders": { "Connection": "keep-alive", "Content-Length": length, "Content-Type": "application/x-amz-json-1.0", "Server": "Server", "x-amzn-RequestId": request_id },
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
