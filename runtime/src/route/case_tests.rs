//! The recorded requests of the shared conformance data (`PIPEC_CONFORMANCE`), put through a whole route at API Gateway and one at a
//! function's URL: both decide as the verifier alone decides, which `tests/sign_conformance.rs` holds to the records.

use serde_json::{Value, json};

use super::process::Process;
use super::sequence_tests::configuration::{Configuration, configuration};
use super::sequence_tests::{
    Delivered, answer, certificates, event_of, recorded, route_of, secret_of,
};
use super::*;
use crate::secret::Secret;
use crate::sign::{Request as Signed, Verifier, scheme};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Whether the verifier accepts, with the certificates that the process holds.
fn is_accepted(process: &Process, configured: &Configuration, case: &Value) -> bool {
    let headers: Vec<(String, String)> = serde_json::from_value(case["headers"].clone()).unwrap();
    let body = case["body_base64"].as_str().unwrap();
    let body = STANDARD.decode(body).unwrap();
    let request = Signed {
        headers: &headers,
        body: &body,
    };
    let now_s = case["now"].as_i64().unwrap();
    let arguments = configured.arguments[0].iter();
    let arguments: Vec<(&str, &str)> = arguments.map(|(name, it)| (&**name, &**it)).collect();
    let secrets = configured.secrets.iter();
    let secrets: Vec<Secret> = secrets.map(|it| Secret::new(it.as_str())).collect();
    let verifier = Verifier::new(scheme(configured.scheme).unwrap(), &arguments, &secrets);
    let certificates = &process.services.verifiers.certificates;
    let trusting = verifier.and_then(|it| certificates.trusted_by(it));
    let source = certificates.cached(now_s * 1000);
    trusting.is_ok_and(|it| it.verify_with(&request, now_s, &*source).is_ok())
}

/// The same request as a function's URL gives it: names in lower case. It writes the lines of one header into one, so that a header that
/// came twice is another request: `None`.
fn at_url(event: &Value) -> Option<Value> {
    let mut headers = json!({});
    for (name, lines) in event["multiValueHeaders"].as_object().unwrap() {
        let header = &mut headers[name.to_lowercase()];
        let [line] = lines.as_array().unwrap().as_slice() else {
            return None;
        };
        if !header.is_null() {
            return None;
        }
        *header = line.clone();
    }
    Some(json!({
        "version": "2.0", "rawPath": event["path"], "headers": headers, "body": event["body"], "isBase64Encoded": true,
        "requestContext": { "http": { "method": event["httpMethod"] } },
    }))
}

/// What is wrong with what the routes answer.
fn fault(case: &Value) -> Option<String> {
    let configured = configuration(case)
        .ok()
        .filter(|it| it.secrets.len() <= 2)?;
    let secret = secret_of(
        &configured,
        &json!({ "steps": [case], "credentials": case["credentials"] }),
    );
    let mut process = Process::new(secret.map(|it| &*it.leak()));
    let now_s = case["now"].as_i64().unwrap();
    certificates(&mut process, &case["credentials"], now_s * 1000);
    let accepted = is_accepted(&process, &configured, case);
    let route = route_of(&configured);
    let by_url: &'static Route = Box::leak(Box::new(Route {
        via: Via::FunctionUrl,
        ..*route
    }));
    let event = event_of(route, configured.scheme, case);
    let url_event = at_url(&event).map(|it| (by_url, it));
    for (route, event) in std::iter::once((route, event)).chain(url_event) {
        let handler = async |_: Request, context: Context| {
            Ok(vec![Delivered {
                id: format!("{:?}", route.via),
                at: context.call.received_at,
                about: String::new(),
            }])
        };
        let (status, outcome) = answer(&process, route, (&event, now_s), handler);
        let is_right = match (status, outcome.as_str()) {
            (200, "recorded") => accepted,
            // 503 where a key cannot be one, or a certificate cannot be had.
            (401 | 503, _) => !accepted,
            _ => false,
        };
        if !is_right {
            let said = if accepted { "accepted" } else { "refused" };
            return Some(format!(
                "{}: {said}, but {:?} answers {status} {outcome}",
                case["id"], route.via
            ));
        }
    }
    None
}

#[test]
fn every_recorded_request_is_decided_by_either_route_as_by_its_verifier() {
    let Some(cases) = recorded("cases.jsonl") else {
        return;
    };
    let faults: Vec<String> = cases.iter().filter_map(fault).collect();
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        cases.len(),
        faults.join("\n")
    );
}
