//! What a person is told about a captured delivery that was refused, one test a cause: each is shown by putting that one thing right.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helper functions too"
)]

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{
    Candidate, Case, Cause, Delivery, Explanation, Headers, Request, explain, scheme, sign,
};

const KEY: &str = "whsec_9c1185a5c5e9fc54612808977ee8f548";
const BODY: &str = r#"{"id": "evt_1", "amount": 10.00}"#;
const NOW_S: i64 = 1_795_300_000;

fn key(name: &str, key: &str) -> Candidate {
    Candidate {
        name: name.to_owned(),
        key: Secret::new(key),
    }
}

fn signed(
    name: &str,
    arguments: &[(&str, &str)],
    secret: &str,
    body: &str,
) -> Vec<(String, String)> {
    let delivery = Delivery {
        body: body.as_bytes(),
        id: "msg_1",
        now_s: NOW_S,
    };
    sign(
        scheme(name).unwrap(),
        arguments,
        Secret::new(secret),
        &delivery,
    )
    .unwrap()
    .headers
}

fn explained(
    name: &str,
    arguments: &[(&str, &str)],
    headers: &dyn Headers,
    body: &str,
    received_at_s: i64,
) -> Explanation {
    let (keys, other_keys) = (
        [key("stripe_key/current", KEY)],
        [key("stripe_key/previous", "whsec_old_0123456789abcdef")],
    );
    explain(&Case {
        scheme: scheme(name).unwrap(),
        arguments,
        keys: &keys,
        other_keys: &other_keys,
        certificates: None,
        request: Request {
            headers,
            body: body.as_bytes(),
        },
        received_at_s,
    })
    .unwrap()
}

fn causes(explanation: &Explanation) -> Vec<String> {
    assert!(explanation.decided.is_err());
    let all = explanation.causes.iter().map(ToString::to_string);
    all.map(|it| it.split(':').next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_good_delivery_has_no_cause() {
    let headers = signed("stripe", &[], KEY, BODY);
    let it = explained("stripe", &[], &headers, BODY, NOW_S);
    assert_eq!((it.decided, it.causes), (Ok(0), Vec::new()));
}

#[test]
fn a_wrong_secret_is_named_where_it_is_known() {
    let headers = signed("stripe", &[], "whsec_old_0123456789abcdef", BODY);
    let it = explained("stripe", &[], &headers, BODY, NOW_S);
    assert_eq!(
        it.causes,
        [Cause::OtherKey("stripe_key/previous".to_owned())]
    );
    let headers = signed("stripe", &[], "whsec_nobody_0123456789abc", BODY);
    let it = explained("stripe", &[], &headers, BODY, NOW_S);
    assert_eq!(causes(&it), ["wrong secret or changed content"]);
}

#[test]
fn a_body_that_was_parsed_and_written_anew_is_found() {
    let headers = signed("stripe", &[], KEY, BODY);
    for received in [
        r#"{"id":"evt_1","amount":10.00}"#,
        "{\n  \"id\": \"evt_1\",\n  \"amount\": 10.00\n}",
        "{\"id\": \"evt_1\", \"amount\": 10.00}\n",
    ] {
        let it = explained("stripe", &[], &headers, received, NOW_S);
        assert_eq!(causes(&it), ["re-serialised body"], "{received}");
    }
    let changed = explained(
        "stripe",
        &[],
        &headers,
        r#"{"id": "evt_1", "amount": 99.00}"#,
        NOW_S,
    );
    assert_eq!(causes(&changed), ["wrong secret or changed content"]);
}

#[test]
fn a_stale_clock_is_told_from_a_wrong_signature() {
    let headers = signed("stripe", &[], KEY, BODY);
    let it = explained("stripe", &[], &headers, BODY, NOW_S + 3_600);
    assert_eq!(it.causes, [Cause::Clock(3_600)]);
    assert!(it.causes[0].to_string().contains("3600 s before"));
    let both = explained(
        "stripe",
        &[],
        &headers,
        r#"{"id":"evt_1","amount":10.00}"#,
        NOW_S - 3_600,
    );
    assert_eq!(causes(&both), ["stale clock", "re-serialised body"]);
}

#[test]
fn a_wrong_scheme_is_found_by_the_same_key_or_by_its_headers() {
    let headers = signed("github", &[], KEY, BODY);
    let it = explained("stripe", &[], &headers, BODY, NOW_S);
    assert_eq!(it.causes, [Cause::OtherScheme("github")]);
    let headers = signed("github", &[], "another key of somebody", BODY);
    let it = explained("stripe", &[], &headers, BODY, NOW_S);
    assert_eq!(it.causes, [Cause::HeadersOf("github")]);
}

#[test]
fn a_wrong_url_is_found() {
    let called = [("url", "https://shop.example/webhooks/")];
    let mut headers = signed("square", &called, KEY, BODY);
    for (configured, signed) in [
        (
            "https://shop.example/webhooks",
            "https://shop.example/webhooks/",
        ),
        (
            "http://shop.example/webhooks/",
            "https://shop.example/webhooks/",
        ),
    ] {
        let it = explained("square", &[("url", configured)], &headers, BODY, NOW_S);
        assert_eq!(
            it.causes,
            [Cause::OtherArgument("url", signed.to_owned())],
            "{configured}"
        );
    }
    headers.push(("Host".to_owned(), "shop.example".to_owned()));
    let it = explained(
        "square",
        &[("url", "https://abc.execute-api.amazonaws.com/webhooks/")],
        &headers,
        BODY,
        NOW_S,
    );
    assert_eq!(causes(&it), ["wrong URL"]);
}

#[test]
fn a_wrong_argument_is_found() {
    let arguments = [("header", "X-Signature"), ("encoding", "hex")];
    let headers = signed("hmac_sha256", &arguments, KEY, BODY);
    let it = explained(
        "hmac_sha256",
        &[("header", "X-Signature"), ("encoding", "base64")],
        &headers,
        BODY,
        NOW_S,
    );
    assert_eq!(
        it.causes,
        [Cause::OtherArgument("encoding", "hex".to_owned())]
    );
}

#[test]
fn a_header_that_came_twice_is_named() {
    let mut headers = signed("stripe", &[], KEY, BODY);
    headers.extend(headers.clone());
    let it = explained("stripe", &[], &headers, BODY, NOW_S);
    assert_eq!(
        it.causes,
        [Cause::RepeatedHeader("stripe-signature".to_owned())]
    );
}

#[test]
fn nothing_that_is_said_shows_a_key_or_a_signature() {
    let headers = signed("stripe", &[], "whsec_old_0123456789abcdef", BODY);
    let signature = headers[0].1.rsplit('=').next().unwrap().to_owned();
    let it = explained("stripe", &[], &headers, "{}", NOW_S + 9_999);
    let said = format!("{it:?} {:?}", causes(&it));
    assert!(
        !said.contains(KEY) && !said.contains("whsec_old") && !said.contains(&signature),
        "{said}"
    );
}
