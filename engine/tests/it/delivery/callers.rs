//! Routes that ask for a key, paths with a parameter, and functions' own addresses.

use base64::Engine as _;
use pipe_engine::core::{Input, RouteRequest, Service};
use serde_json::{Value, json};

use super::functions::*;
use crate::simulation::{Simulation, delivery};

const KEY: &str = "0123456789abcdef0123456789abcdef01234567";

/// A run whose partners have a key; the strangers' has no plan.
fn with_keys() -> Simulation {
    let mut it = started(1.0);
    let keys = it.core.missing_api_keys();
    assert_eq!(keys.len(), 2);
    let (_, listed) = it.aws(
        Service::ApiGateway,
        "GetApiKeys",
        json!({ "name": "partners" }),
    );
    let partners = listed["item"][0]["id"].as_str().unwrap().to_owned();
    for id in keys {
        let value = if id == partners { KEY } else { "stranger" };
        it.give(Input::ApiKey {
            id,
            value: value.into(),
        });
        it.step(None);
    }
    it
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> RouteRequest {
    RouteRequest {
        method: method.into(),
        path: path.into(),
        query: String::new(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.to_vec(),
        source_ip: "127.0.0.1".into(),
    }
}

/// Asks and has the function answer `{"statusCode": 200}`; gives the status, the body, and the event that it saw.
fn ask(it: &mut Simulation, request: RouteRequest) -> (u16, String, Option<Value>) {
    it.give(Input::Route { call: 5, request });
    it.step(None);
    let mut event = None;
    if let Some(invocation) = it.invocations.pop() {
        event = Some(serde_json::from_slice(&invocation.payload).unwrap());
        it.give(Input::Invoked {
            invocation: invocation.id,
            outcome: success(r#"{"statusCode":200,"body":"done"}"#),
        });
        it.step(None);
    }
    let answer = it.answers.remove(&5).expect("an answer");
    (
        answer.status,
        String::from_utf8_lossy(&answer.body).into_owned(),
        event,
    )
}

fn post(it: &mut Simulation, key: Option<&str>) -> (u16, String) {
    let headers: Vec<(&str, &str)> = key.iter().map(|key| ("X-API-Key", *key)).collect();
    let (status, body, _) = ask(it, request("POST", "/webhooks/stripe", &headers, b"{}"));
    (status, body)
}

#[test]
fn a_route_that_asks_for_a_key_takes_only_those_of_its_plan() {
    let mut it = with_keys();
    let forbidden = (403, r#"{"message":"Forbidden"}"#.to_owned());
    assert_eq!(post(&mut it, None), forbidden);
    assert_eq!(post(&mut it, Some("nonsense")), forbidden);
    assert_eq!(
        post(&mut it, Some("stranger")),
        forbidden,
        "a key without a plan for the stage"
    );
    assert_eq!(post(&mut it, Some(KEY)), (200, "done".to_owned()));
    // A route that asks for none is open.
    assert_eq!(
        ask(&mut it, request("GET", "/webhooks/health", &[], b"")).0,
        200
    );
    // A key that is switched off is no key.
    let mut template = delivery();
    template["Resources"]["PartnersApiKey"]["Properties"]["Enabled"] = json!(false);
    template["Resources"]["PartnersApiKey"]["Properties"]["Value"] = json!(KEY);
    let mut off = Simulation::new(&template, 1.0);
    off.step(None);
    assert_eq!(post(&mut off, Some(KEY)), forbidden);
}

#[test]
fn a_key_may_call_so_fast_and_so_often_a_day() {
    let mut it = with_keys();
    // Midnight has to be far away: the test begins at a fixed instant.
    let day_ms = 24 * 60 * 60 * 1000;
    it.now_ms = it.now_ms / day_ms * day_ms + 1_000;
    assert_eq!(
        (post(&mut it, Some(KEY)).0, post(&mut it, Some(KEY)).0),
        (200, 200),
        "the burst"
    );
    assert_eq!(
        post(&mut it, Some(KEY)),
        (429, r#"{"message":"Too Many Requests"}"#.into())
    );
    for _ in 0..3 {
        it.now_ms += 1_000;
        assert_eq!(post(&mut it, Some(KEY)).0, 200);
    }
    it.now_ms += 10_000;
    let used_up = (429, r#"{"message":"Limit Exceeded"}"#.to_owned());
    assert_eq!(post(&mut it, Some(KEY)), used_up, "five a day");
    it.restart();
    it.step(None);
    assert_eq!(
        post(&mut it, Some(KEY)),
        used_up,
        "a restart is no new day, and the key is the same"
    );
    it.now_ms += day_ms;
    assert_eq!(post(&mut it, Some(KEY)).0, 200);
}

/// The days of `GetUsage` for each key, or the error.
fn usage(it: &mut Simulation, asked: Value) -> (u16, Value) {
    let (_, plans) = it.aws(Service::ApiGateway, "GetUsagePlans", json!({}));
    let mut body = json!({ "id": plans["item"][0]["id"] });
    let asked = asked.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(asked);
    let (status, usage) = it.aws(Service::ApiGateway, "GetUsage", body);
    match status {
        200 => (status, usage["values"].clone()),
        _ => (status, usage["__type"].clone()),
    }
}

#[test]
fn usage_is_told_of_each_day_of_a_range_and_each_key() {
    let mut it = with_keys();
    let day_ms = 24 * 60 * 60 * 1000;
    // 2026-11-18T00:00:01Z, a Wednesday.
    it.now_ms = it.now_ms / day_ms * day_ms + 1_000;
    for (day, requests) in [(0, 2), (1, 0), (2, 1)] {
        for _ in 0..requests {
            it.now_ms += 10_000;
            assert_eq!(post(&mut it, Some(KEY)).0, 200, "{day}");
        }
        it.now_ms += day_ms;
    }
    it.restart();
    it.step(None);
    let range = |start: &str, end: &str| json!({ "startDate": start, "endDate": end });
    let (_, keys) = it.aws(
        Service::ApiGateway,
        "GetApiKeys",
        json!({ "name": "partners" }),
    );
    let key = keys["item"][0]["id"].as_str().unwrap().to_owned();
    let mut told = |asked: Value| usage(&mut it, asked);
    assert_eq!(
        told(range("2026-11-17", "2026-11-20")),
        (200, json!({ &key: [[0, 5], [2, 3], [0, 5], [1, 4]] })),
        "the day before has nothing used"
    );
    assert_eq!(
        told(range("2026-11-18", "2026-11-18")),
        (200, json!({ &key: [[2, 3]] }))
    );
    assert_eq!(
        told(range("2026-11-20", "2026-12-24")),
        (200, json!({ &key: [[1, 4], [0, 5]] })),
        "today is the 21st"
    );
    let mut of_key = range("2026-11-18", "2026-11-18");
    of_key["keyId"] = json!(key);
    assert_eq!(told(of_key.clone()), (200, json!({ &key: [[2, 3]] })));
    of_key["keyId"] = json!("nobody");
    assert_eq!(told(of_key), (404, json!("NotFoundException")));
    for wrong in [
        json!({}),
        json!({ "startDate": "2026-11-18" }),
        range("2026-11-18", "2026-11-17"),
        range("2026-02-30", "2026-11-17"),
        range("yesterday", "2026-11-17"),
        range("2020-01-01", "2026-11-17"),
    ] {
        assert_eq!(
            told(wrong.clone()),
            (400, json!("BadRequestException")),
            "{wrong}"
        );
    }
}

#[test]
fn a_quota_of_a_month_is_used_by_all_its_days() {
    let mut template = delivery();
    template["Resources"]["PartnersApiKey"]["Properties"]["Value"] = json!(KEY);
    template["Resources"]["PartnersUsagePlan"]["Properties"]["Quota"]["Period"] = json!("MONTH");
    let mut it = Simulation::new(&template, 1.0);
    it.step(None);
    let day_ms = 24 * 60 * 60 * 1000;
    it.now_ms = it.now_ms / day_ms * day_ms + 1_000;
    for _ in 0..5 {
        assert_eq!(post(&mut it, Some(KEY)).0, 200);
        it.now_ms += day_ms;
    }
    assert_eq!(post(&mut it, Some(KEY)).0, 429);
    let asked = json!({ "startDate": "2026-11-18", "endDate": "2026-11-22" });
    let (_, told) = usage(&mut it, asked);
    assert_eq!(
        told.as_object().unwrap().values().next(),
        Some(&json!([[1, 4], [1, 3], [1, 2], [1, 1], [1, 0]]))
    );
}

#[test]
fn a_keys_value_is_told_only_when_it_is_asked_for() {
    let mut it = with_keys();
    let (_, bare) = it.aws(Service::ApiGateway, "GetApiKeys", json!({}));
    assert_eq!(bare["item"][0].get("value"), None);
    let stages = bare["item"][0]["stageKeys"].as_array().unwrap();
    assert!(stages[0].as_str().unwrap().contains('/'), "{stages:?}");
    let (_, told) = it.aws(
        Service::ApiGateway,
        "GetApiKeys",
        json!({ "includeValues": "true" }),
    );
    let values: Vec<&Value> = told["item"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["value"])
        .collect();
    assert!(values.contains(&&json!(KEY)));
    // A second value changes nothing: the key is made once.
    let id = told["item"][0]["id"].as_str().unwrap().to_owned();
    it.give(Input::ApiKey {
        id: id.clone(),
        value: "another".into(),
    });
    it.step(None);
    let (_, one) = it.aws(
        Service::ApiGateway,
        "GetApiKey",
        json!({ "id": id, "includeValue": "true" }),
    );
    assert_eq!(one["value"], told["item"][0]["value"]);
    assert_eq!(
        it.aws(Service::ApiGateway, "GetApiKey", json!({ "id": "nobody" }))
            .0,
        404
    );
}

#[test]
fn a_parameter_of_the_path_reaches_the_function_and_a_literal_part_comes_first() {
    let mut it = with_keys();
    let (_, _, event) = ask(
        &mut it,
        request(
            "POST",
            "/v1/webhooks/pay%20pal",
            &[("x-api-key", KEY)],
            b"{}",
        ),
    );
    let event = event.unwrap();
    assert_eq!(event["pathParameters"], json!({ "provider": "pay pal" }));
    assert_eq!(event["resource"], "/webhooks/{provider}");
    let (_, _, event) = ask(&mut it, request("GET", "/webhooks/health", &[], b""));
    assert_eq!(event.unwrap()["resource"], "/webhooks/health");
    for (method, path) in [
        ("POST", "/webhooks/health/x"),
        ("GET", "/webhooks/stripe"),
        ("POST", "/webhooks"),
    ] {
        assert_eq!(
            ask(&mut it, request(method, path, &[("x-api-key", KEY)], b"")).0,
            403,
            "{method} {path}"
        );
    }
}

#[test]
fn a_function_is_called_at_its_own_address_with_format_two() {
    let mut it = started(1.0);
    let mut given = request(
        "POST",
        "/_url/receiver-local/health",
        &[
            ("Content-Type", "text/plain; charset=utf-8"),
            ("X-A", "1"),
            ("x-a", "2"),
            ("Cookie", "a=1; b=2"),
        ],
        "grüß".as_bytes(),
    );
    given.query = "q=1&q=2&r=%20x".into();
    let (status, body, event) = ask(&mut it, given);
    assert_eq!((status, body.as_str()), (200, "done"));
    let event = event.unwrap();
    assert_eq!(
        (
            &event["version"],
            &event["rawPath"],
            &event["requestContext"]["http"]["path"]
        ),
        (&json!("2.0"), &json!("/health"), &json!("/health"))
    );
    assert_eq!(
        (&event["body"], &event["isBase64Encoded"]),
        (&json!("grüß"), &json!(false))
    );
    assert_eq!(event["headers"]["x-a"], "1,2");
    assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
    assert_eq!(
        event["queryStringParameters"],
        json!({ "q": "1,2", "r": " x" })
    );
    let (_, _, event) = ask(
        &mut it,
        request(
            "POST",
            "/any",
            &[("Host", "receiver-local.lambda-url.localhost:4700")],
            &[0xff],
        ),
    );
    let event = event.unwrap();
    let encoded = base64::engine::general_purpose::STANDARD.encode([0xff]);
    assert_eq!(
        (&event["rawPath"], &event["body"], &event["isBase64Encoded"]),
        (&json!("/any"), &json!(encoded), &json!(true))
    );
}

#[test]
fn an_address_that_is_not_there_or_not_open_is_forbidden() {
    let mut it = started(1.0);
    for function in ["worker-local", "nobody"] {
        assert_eq!(
            ask(
                &mut it,
                request("GET", &format!("/_url/{function}/"), &[], b"")
            )
            .0,
            403,
            "{function}"
        );
    }
    for permission in ["ReceiverUrlPermission", "ReceiverUrlInvokePermission"] {
        let mut template = delivery();
        template["Resources"]
            .as_object_mut()
            .unwrap()
            .remove(permission);
        let mut it = Simulation::new(&template, 1.0);
        it.step(None);
        assert_eq!(
            ask(&mut it, request("GET", "/_url/receiver-local/", &[], b"")).0,
            403,
            "without {permission}"
        );
    }
}
