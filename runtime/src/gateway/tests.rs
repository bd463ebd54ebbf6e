//! Each gate with its status, and the exact bytes of what goes through.

use super::*;
use serde_json::{Value, json};

const ROUTE: Route = Route {
    method: "POST",
    path: "/webhooks",
    via: Via::Api,
    verify: Verify::Off,
    answer: Answer::Handler,
    body_bytes_max: 12,
};
const BY_PROVIDER: Route = Route {
    path: "/in/{provider}",
    verify: Verify::PerProvider(&[("stripe", Verify::Off)]),
    ..ROUTE
};
const HEALTH: Route = Route {
    method: "GET",
    path: "/health",
    via: Via::FunctionUrl,
    answer: Answer::Reply(200),
    ..ROUTE
};
const ROUTES: &[&Route] = &[&ROUTE, &BY_PROVIDER, &HEALTH];

fn admit_event(event: &Value) -> Result<(&'static Route, Admitted), (u16, &'static str)> {
    admit(ROUTES, Incoming::read(&event.to_string()).unwrap()).map_err(|it| (it.status, it.reason))
}

fn by_url(method: &str, path: &str) -> Value {
    json!({ "version": "2.0", "rawPath": path, "headers": { "accept": "*/*" },
        "requestContext": { "http": { "method": method, "path": path } }, "isBase64Encoded": false })
}

#[test]
fn a_provider_comes_from_the_path_and_only_a_declared_one_goes_on() {
    let sent = |path: &str| {
        let event = json!({ "httpMethod": "POST", "path": path, "body": "{}" });
        admit_event(&event).map(|(_, it)| it.provider)
    };
    assert_eq!(sent("/in/stripe"), Ok(Some("stripe")));
    assert_eq!(sent("/in/Stripe"), Err((404, "unknown_provider")));
    assert_eq!(sent("/in/"), Err((404, "wrong_path")));
    assert_eq!(sent("/in/stripe/x"), Err((404, "wrong_path")));
    let event = json!({ "httpMethod": "POST", "path": "/base/in/stripe", "resource": "/in/{provider}",
        "pathParameters": { "provider": "stripe" }, "body": "{}" });
    assert_eq!(admit_event(&event).unwrap().1.provider, Some("stripe"));
}

#[test]
fn a_form_is_for_the_scheme_that_signs_forms() {
    const BRAINTREE: Route = Route {
        verify: Verify::Scheme {
            name: "braintree",
            arguments: &[],
            parameters: &[],
            secret: None,
        },
        ..ROUTE
    };
    let sent = |route: &'static Route| {
        let event = json!({ "httpMethod": "POST", "path": "/webhooks", "body": "bt_payload=x",
            "headers": { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" } });
        let admitted = admit(&[route], Incoming::read(&event.to_string()).unwrap());
        admitted.map(drop).map_err(|it| it.status)
    };
    assert_eq!((sent(&BRAINTREE), sent(&ROUTE)), (Ok(()), Err(415)));
}

#[test]
fn each_side_has_its_own_routes() {
    assert_eq!(
        admit_event(&by_url("GET", "/health")).unwrap().0.path,
        "/health"
    );
    assert_eq!(
        admit_event(&by_url("POST", "/health")).unwrap_err(),
        (405, "wrong_method")
    );
    assert_eq!(
        admit_event(&by_url("POST", "/webhooks")).unwrap_err(),
        (404, "wrong_path")
    );
    let event = json!({ "httpMethod": "GET", "path": "/health", "resource": "/health" });
    assert_eq!(admit_event(&event).unwrap_err(), (404, "wrong_path"));
    assert!(Incoming::read(r#"{"Records":[]}"#).is_none());
}

fn admit_json(changes: Value) -> Result<Admitted, (u16, &'static str)> {
    let mut event = json!({ "httpMethod": "POST", "resource": "/webhooks", "path": "/webhooks", "body": "{}",
        "headers": { "content-type": "application/json" }, "isBase64Encoded": false, "requestContext": { "stage": "v1" } });
    for (name, value) in changes.as_object().unwrap() {
        event[name] = value.clone();
    }
    admit_event(&event).map(|(_, it)| it)
}

/// ING-01, ING-03, ING-04, ING-06, ING-14
#[test]
fn each_gate_has_its_status() {
    let content_type = |it: &str| json!({ "headers": { "Content-Type": it } });
    for (changes, turned) in [
        (
            json!({ "path": "/other", "resource": "/other" }),
            (404, "wrong_path"),
        ),
        (json!({ "httpMethod": "GET" }), (405, "wrong_method")),
        (
            json!({ "headers": { "a": "x".repeat(HEADER_BYTES_MAX + 1) } }),
            (431, "headers_too_large"),
        ),
        (
            json!({ "multiValueHeaders": { "a": vec!["x"; HEADERS_MAX + 1] } }),
            (431, "headers_too_large"),
        ),
        (
            json!({ "headers": { "Content-Encoding": "gzip" } }),
            (415, "content_encoding"),
        ),
        (content_type("text/plain"), (415, "content_type")),
        (
            content_type("application/json; charset=latin-1"),
            (415, "content_type"),
        ),
        (content_type(""), (415, "content_type")),
        (
            json!({ "body": "é".repeat(6) + "!" }),
            (413, "body_too_large"),
        ),
        (
            json!({ "body": "A".repeat(1_000_000), "isBase64Encoded": true }),
            (413, "body_too_large"),
        ),
        (
            json!({ "body": "QUJDREVGR0hJSktMTQ==", "isBase64Encoded": true }),
            (413, "body_too_large"),
        ),
        (
            json!({ "body": "QUJ", "isBase64Encoded": true }),
            (400, "bad_base64"),
        ),
        (
            json!({ "body": "QUJD\n", "isBase64Encoded": true }),
            (400, "bad_base64"),
        ),
        (
            json!({ "body": "QUI_", "isBase64Encoded": true }),
            (400, "bad_base64"),
        ),
    ] {
        assert_eq!(
            admit_json(changes.clone()).unwrap_err(),
            turned,
            "{changes}"
        );
    }
}

/// ING-01, ING-02
#[test]
fn the_bytes_come_out_as_they_went_in() {
    for (changes, bytes) in [
        (json!({}), b"{}".as_slice()),
        (json!({ "body": null }), b""),
        (
            json!({ "body": STANDARD.encode(b"\0\x80\xff"), "isBase64Encoded": true }),
            b"\0\x80\xff",
        ),
        (
            json!({ "body": STANDARD.encode([7; 12]), "isBase64Encoded": true }),
            &[7; 12],
        ),
        (
            json!({ "body": "\u{e9}\u{0}", "headers": null, "multiValueHeaders": null }),
            b"\xc3\xa9\0",
        ),
    ] {
        assert_eq!(
            admit_json(changes.clone()).unwrap().body,
            bytes,
            "{changes}"
        );
    }
}

/// SIG-14, ING-14
#[test]
fn every_received_header_line_is_kept() {
    let both = json!({ "headers": { "sig": "b" }, "multiValueHeaders": { "sig": ["a", "b"], "content-type": ["application/vnd.x+json; charset=UTF-8"] } });
    let headers = admit_json(both).unwrap().headers;
    assert_eq!(headers.iter().filter(|(name, _)| name == "sig").count(), 2);
}
