//! Function URLs: a function's own address, without an API before it. Requests and answers have the payload format 2.0.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::input::{Action, Answer, CallId, Outcome, Output, RouteRequest};
use super::route::OpenRequest;
use super::{Core, Purpose, proxy, time};
use crate::artifacts::Function;
use crate::iam::Request;

/// A path that begins so goes to the function named next: `/_url/webhook-receiver-local/health`.
const PATH_PREFIX: &str = "/_url/";
/// What follows the function's name in a host: `webhook-receiver-local.lambda-url.localhost`.
const HOST_SUFFIX: &str = ".lambda-url.localhost";

/// The function that a request is addressed to, and the path below its address; nothing when it is no function URL.
pub(crate) fn addressed(host: &str, path: &str) -> Option<(String, String)> {
    let host = host.split(':').next().unwrap_or_default();
    if let Some(function) = host.strip_suffix(HOST_SUFFIX) {
        return Some((function.to_owned(), path.to_owned()));
    }
    let rest = path.strip_prefix(PATH_PREFIX)?;
    let (function, below) = rest.split_once('/').unwrap_or((rest, ""));
    Some((function.to_owned(), format!("/{below}")))
}

fn header<'a>(request: &'a RouteRequest, name: &str) -> Option<&'a str> {
    let headers = request.headers.iter();
    headers
        .filter(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
        .next()
}

impl Core {
    /// Gives a request to the function that it is addressed to. False when it is none of a function URL.
    pub(super) fn on_function_url(
        &mut self,
        call: CallId,
        request: &RouteRequest,
        request_id: &str,
        now_ms: u64,
        out: &mut Output,
    ) -> bool {
        let host = header(request, "host").unwrap_or_default();
        let Some((name, path)) = addressed(host, &request.path) else {
            return false;
        };
        let function = self.function(&name).filter(|it| it.url.is_some()).cloned();
        let function = match function {
            Some(function) if self.may_call_url(&function) => function,
            _ => {
                // AWS tells a caller nothing about addresses that are not there.
                let answer = Answer::json(403, &json!({ "Message": "Forbidden" }));
                self.answer_route(call, request_id, request, answer, now_ms, out);
                return true;
            }
        };
        let trace = self.ids.trace(header(request, "x-amzn-trace-id"), now_ms);
        let payload = self.url_event(&function, request, &path, (request_id, &trace), now_ms);
        let open = OpenRequest {
            call,
            request_id: request_id.to_owned(),
            method: request.method.clone(),
            path: request.path.clone(),
            received_ms: now_ms,
            api: None,
            subject: None,
            recorded: false,
            refused: false,
            by_url: true,
        };
        let payload = payload.to_string().into_bytes();
        let invocation =
            self.invocation(Purpose::Route(open), &function.name, trace, payload, now_ms);
        out.at_once.push(Action::Invoke(invocation));
        true
    }

    /// Since October 2025 a caller needs both: to call the URL, and to invoke the function by it.
    fn may_call_url(&self, function: &Function) -> bool {
        let allowed = |action: &str, key: &str, value: &str| {
            let request = Request::new(action, &function.arn)
                .by("AWS", "anonymous")
                .with(key, value);
            self.decide_for_anyone(request)
        };
        allowed(
            "lambda:InvokeFunctionUrl",
            "lambda:FunctionUrlAuthType",
            "NONE",
        ) && allowed(
            "lambda:InvokeFunction",
            "lambda:InvokedViaFunctionUrl",
            "true",
        )
    }

    fn url_event(
        &self,
        function: &Function,
        request: &RouteRequest,
        path: &str,
        (request_id, trace): (&str, &str),
        now_ms: u64,
    ) -> Value {
        let id = function.url.as_ref().map(|url| url.id.as_str());
        let id = id.unwrap_or_default();
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in &request.headers {
            let name = name.to_ascii_lowercase();
            if name != "cookie" {
                let joined = headers.get(&name).map(|known| format!("{known},{value}"));
                headers.insert(name, joined.unwrap_or_else(|| value.clone()));
            }
        }
        headers.insert("x-amzn-trace-id".to_owned(), trace.to_owned());
        headers.insert("x-forwarded-for".to_owned(), request.source_ip.clone());
        headers.insert("x-forwarded-port".to_owned(), "443".to_owned());
        headers.insert("x-forwarded-proto".to_owned(), "https".to_owned());
        let mut event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": request.query, "headers": headers,
            "requestContext": {
                "accountId": self.deployment.account, "apiId": id, "domainName": format!("{id}.lambda-url.{}.on.aws", self.deployment.region),
                "domainPrefix": id, "requestId": request_id, "routeKey": "$default", "stage": "$default",
                "http": {
                    "method": request.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": request.source_ip,
                    "userAgent": header(request, "user-agent"),
                },
                "time": time::common_log(now_ms), "timeEpoch": now_ms,
            },
            "isBase64Encoded": false,
        });
        let Some(map) = event.as_object_mut() else {
            return event;
        };
        let cookies = request.headers.iter();
        let cookies: Vec<&str> = cookies
            .filter(|(name, _)| name.eq_ignore_ascii_case("cookie"))
            .flat_map(|(_, value)| value.split("; "))
            .collect();
        if !cookies.is_empty() {
            map.insert("cookies".to_owned(), json!(cookies));
        }
        let mut query: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in proxy::parse_query(&request.query) {
            let joined = query.get(&name).map(|known| format!("{known},{value}"));
            query.insert(name, joined.unwrap_or(value));
        }
        if !query.is_empty() {
            map.insert("queryStringParameters".to_owned(), json!(query));
        }
        if !request.body.is_empty() {
            let kind = header(request, "content-type").unwrap_or_default();
            let text = std::str::from_utf8(&request.body).ok();
            match text.filter(|_| is_text(kind)) {
                Some(text) => {
                    map.insert("body".to_owned(), json!(text));
                }
                None => {
                    map.insert("body".to_owned(), json!(STANDARD.encode(&request.body)));
                    map.insert("isBase64Encoded".to_owned(), json!(true));
                }
            }
        }
        event
    }
}

/// Content types whose bodies a function URL passes on as text.
fn is_text(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind.starts_with("text/")
        || kind == "application/json"
        || kind == "application/xml"
        || kind == "application/javascript"
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
}

/// What the function's result is to the caller. A result without `statusCode` is the body of a 200.
pub(super) fn answer(outcome: &Outcome) -> Answer {
    let failed = |status: u16, text: &str| Answer::json(status, &json!({ "Message": text }));
    let payload = match outcome {
        Outcome::Success(payload) => payload,
        Outcome::Failure(_) => return failed(502, "Internal Server Error"),
        Outcome::Throttled => return failed(429, "Rate Exceeded."),
        Outcome::Unavailable(_) => return failed(500, "Internal Server Error"),
    };
    let json_header = ("Content-Type".to_owned(), "application/json".to_owned());
    let Ok(value) = serde_json::from_slice::<Value>(payload) else {
        return failed(502, "Internal Server Error");
    };
    let Some(status) = value.get("statusCode") else {
        return Answer {
            status: 200,
            headers: vec![json_header],
            body: payload.clone(),
        };
    };
    let status = status.as_u64().and_then(|it| u16::try_from(it).ok());
    let Some(status) = status.filter(|it| (100..=599).contains(it)) else {
        return failed(502, "Internal Server Error");
    };
    let mut headers = Vec::new();
    let given = value.get("headers").and_then(Value::as_object);
    for (name, value) in given.into_iter().flatten() {
        let text = value.as_str().map(str::to_owned);
        headers.push((name.clone(), text.unwrap_or_else(|| value.to_string())));
    }
    let cookies = value.get("cookies").and_then(Value::as_array);
    for cookie in cookies.into_iter().flatten().filter_map(Value::as_str) {
        headers.push(("Set-Cookie".to_owned(), cookie.to_owned()));
    }
    let is_typed = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type");
    if !headers.iter().any(is_typed) {
        headers.push(json_header);
    }
    let text = value
        .get("body")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let encoded = value.get("isBase64Encoded") == Some(&Value::Bool(true));
    let body = if encoded {
        STANDARD.decode(text).ok()
    } else {
        Some(text.as_bytes().to_vec())
    };
    match body {
        Some(body) => Answer {
            status,
            headers,
            body,
        },
        None => failed(502, "Internal Server Error"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_addressed_by_host_or_path() {
        let found = |host, path| addressed(host, path);
        let pair = |function: &str, path: &str| Some((function.to_owned(), path.to_owned()));
        assert_eq!(
            found("f-local.lambda-url.localhost:4700", "/health"),
            pair("f-local", "/health")
        );
        assert_eq!(
            found("127.0.0.1:4700", "/_url/f-local/a/b"),
            pair("f-local", "/a/b")
        );
        assert_eq!(
            found("127.0.0.1:4700", "/_url/f-local"),
            pair("f-local", "/")
        );
        assert_eq!(found("127.0.0.1:4700", "/webhooks"), None);
    }
}
