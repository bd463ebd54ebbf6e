//! Decodes Lambda's REST protocol: the operation and its function are in the path, each under the date of its own version.

use serde_json::{Map, Value, json};

use super::{Decoded, Encoding, Head, json_error, request};
use crate::core::{ApiRequest, Service};

/// Where invocations go, also of callers that sign nothing.
const FUNCTIONS: &str = "/2015-03-31/functions";

/// Whether a request is for Lambda.
pub(super) fn is_for(head: Head<'_>) -> bool {
    head.path.starts_with(FUNCTIONS) || super::signed_service(head) == Some("lambda")
}

pub(super) fn decode(head: Head<'_>, body: &[u8]) -> Decoded {
    let parts: Vec<String> = head
        .path
        .trim_matches('/')
        .split('/')
        .map(|part| crate::core::decode_percent(&part.replace('+', "%2B")))
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let Some((operation, key, named)) = operation(head.method, &parts) else {
        let message = format!("the local run does not offer {} {}", head.method, head.path);
        return Decoded::Refused(json_error(
            "application/json",
            "UnknownOperationException",
            &message,
        ));
    };
    let mut arguments = Map::new();
    for (name, value) in crate::core::parse_query(head.query) {
        arguments.insert(name, json!(value));
    }
    if !key.is_empty() {
        arguments.insert(key.to_owned(), json!(named));
    }
    if operation == "Invoke" {
        arguments.insert("InvocationType".to_owned(), json!(head.invocation_type));
    }
    // A function's own address is below the one that is asked.
    if let Some(host) = head.headers.get("host").and_then(|it| it.to_str().ok()) {
        arguments.insert("host".to_owned(), json!(host));
    }
    let request = ApiRequest {
        payload: body.to_vec(),
        ..request(
            Service::Lambda,
            operation.to_owned(),
            Value::Object(arguments),
        )
    };
    Decoded::Operation(request, Encoding::Json)
}

/// The operation, and the argument that stands in the path.
fn operation<'a>(method: &str, parts: &[&'a str]) -> Option<(&'static str, &'static str, &'a str)> {
    let function = |operation, name: &&'a str| Some((operation, "FunctionName", *name));
    match (method, parts) {
        ("POST", ["2015-03-31", "functions", name, "invocations"]) => function("Invoke", name),
        ("GET", ["2015-03-31", "functions"]) => Some(("ListFunctions", "", "")),
        ("GET", ["2015-03-31", "functions", name]) => function("GetFunction", name),
        ("GET", ["2015-03-31", "functions", name, "configuration"]) => {
            function("GetFunctionConfiguration", name)
        }
        ("GET", ["2019-09-30", "functions", name, "concurrency"]) => {
            function("GetFunctionConcurrency", name)
        }
        ("GET", ["2021-10-31", "functions", name, "url"]) => function("GetFunctionUrlConfig", name),
        ("GET", ["2021-10-31", "functions", name, "urls"]) => {
            function("ListFunctionUrlConfigs", name)
        }
        ("GET", ["2015-03-31", "event-source-mappings"]) => {
            Some(("ListEventSourceMappings", "", ""))
        }
        ("GET", ["2015-03-31", "event-source-mappings", id]) => {
            Some(("GetEventSourceMapping", "UUID", id))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_an_operation() {
        let named = |method: &str, path: &'static str| {
            let parts: Vec<&str> = path.split('/').collect();
            operation(method, &parts).map(|(operation, _, named)| (operation, named))
        };
        assert_eq!(
            named("POST", "2015-03-31/functions/f/invocations"),
            Some(("Invoke", "f"))
        );
        assert_eq!(
            named("GET", "2015-03-31/functions/f"),
            Some(("GetFunction", "f"))
        );
        assert_eq!(
            named("GET", "2015-03-31/event-source-mappings/u"),
            Some(("GetEventSourceMapping", "u"))
        );
        assert_eq!(named("DELETE", "2015-03-31/functions/f"), None);
        assert_eq!(named("GET", "2019-09-30/functions/f/url"), None);
    }
}
