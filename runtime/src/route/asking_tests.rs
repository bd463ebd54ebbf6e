//! A route whose provider signs nothing: what it answers is recorded, and nothing else ever is.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::process::{Process, ROUTE as SIGNED};
use super::*;
use crate::entry::keys;
use crate::entry::tests::{Paid, Payments};
use crate::fetch_back::Provider;
use crate::fetch_back::stand_in::{Answer, StandIn, http};
use crate::sink;
use crate::telemetry::Telemetry;
use crate::value::{Map, Wire};
use crate::verifiers::Verifiers;

const KEY: &str = "test_dHar4XY7LxsDOtmnkVtjNVWXLSlXsM";
const NEWER_KEY: &str = "test_Xs0iLgrpNHMcqVz1hPd8tEeJwAkQyR";
const ROUTE: Route = Route {
    verify: Verify::Scheme {
        name: "mollie_classic",
        arguments: &[],
        parameters: &[],
        secret: Some("key"),
    },
    ..SIGNED
};

fn payment(status: &str, more: &str) -> String {
    format!(r#"{{"resource":"payment","id":"tr_1","status":"{status}","amount":"75.00"{more}}}"#)
}

/// A process, and the provider that answers it so.
fn process(key: &'static str, answers: Vec<Answer>) -> (Process, StandIn) {
    let stand_in = StandIn::new(answers);
    let mut process = Process::new(Some(key));
    process.given = Duration::from_secs(60);
    let mut verifiers = Verifiers::default();
    verifiers.provider = Provider::at(stand_in.address, Duration::from_secs(50));
    process.services.verifiers = Rc::new(verifiers);
    (process, stand_in)
}

struct Answered {
    status: u64,
    outcome: Value,
    /// The bodies that the handler was called with.
    seen: Vec<String>,
    line: Value,
}

fn post(process: &Process, body: &str) -> Answered {
    process.output.borrow_mut().clear();
    let sent = json!({ "httpMethod": "POST", "path": "/webhooks", "body": body,
        "headers": { "content-type": "application/x-www-form-urlencoded" } });
    let telemetry = Telemetry::to(process.output.clone());
    let services = process.services.clone();
    let invocation = Invocation::of(&sent.to_string(), services, telemetry, process.given);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let kept = Rc::clone(&seen);
    let handler = async move |request: Request, _: Context| {
        kept.borrow_mut()
            .push(String::from_utf8_lossy(request.body()).into_owned());
        let wire = crate::json::parse(request.body()).map_err(|it| Fault::new(it.to_string()))?;
        let now = crate::Timestamp::from_millis(0).unwrap();
        let receipt = Receipt::new(request.body(), now);
        let read = <Paid as crate::value::Value>::read(Some(&wire), Some(&receipt));
        read.map_err(|it| Fault::new(it.to_string()))
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let sinks = [sink::append::<Payments, Paid>()];
    let reply = runtime.block_on(invocation.route(&ROUTE, handler, &sinks));
    let answer: Value = serde_json::from_str(reply.unwrap().get()).unwrap();
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    let lines = process.lines();
    let line = lines.into_iter().find(|it| it.get("outcome").is_some());
    let text = process.output.borrow().clone();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains(KEY) && !text.contains(NEWER_KEY), "{text}");
    Answered {
        status: answer["statusCode"].as_u64().unwrap(),
        outcome: body["outcome"].clone(),
        seen: seen.take(),
        line: line.unwrap(),
    }
}

fn recorded(process: &Process) -> Vec<Map> {
    let read = process
        .services
        .log
        .read("payments", keys::<Payments>(), "tr_1");
    let mut facts = crate::memory::at_once(read).unwrap();
    facts.retain(|it| it.contains_key("_event"));
    facts
}

#[test]
fn what_the_provider_answers_is_what_counts_and_both_are_kept() {
    let open = payment("open", "");
    let (process, stand_in) = process(KEY, vec![http(200, &open)]);
    // What else the form says is nothing that anybody has proved.
    let form = "id=tr_1&status=paid&amount=9999.00";
    let it = post(&process, form);
    assert_eq!((it.status, it.outcome), (200, json!("recorded")));
    assert_eq!(it.seen, [open.as_str()]);
    assert_eq!(it.line["key_id"], "key/current");
    assert_eq!(it.line["delivery_id"], "tr_1");
    let [fact] = recorded(&process).try_into().unwrap();
    assert_eq!(fact["status"], Wire::text("open"));
    assert_eq!(fact["_body"], Wire::text(&open));
    assert_eq!(fact["_notice"], Wire::text(form));
    assert_eq!(stand_in.asked().len(), 1);
}

#[test]
fn each_status_is_a_fact_and_a_later_look_at_one_is_a_duplicate() {
    let answers = [
        payment("open", ""),
        payment("paid", ""),
        payment("paid", ""),
        payment("paid", r#","amountRefunded":"5.00""#),
    ];
    let (process, _) = process(KEY, answers.iter().map(|it| http(200, it)).collect());
    let outcomes = answers.map(|_| post(&process, "id=tr_1").outcome);
    assert_eq!(
        outcomes,
        ["recorded", "recorded", "duplicate", "duplicate"].map(Value::from)
    );
    let statuses: Vec<Wire> = recorded(&process)
        .iter()
        .map(|it| it["status"].clone())
        .collect();
    assert_eq!(statuses, [Wire::text("open"), Wire::text("paid")]);
}

#[test]
fn nothing_is_recorded_or_acknowledged_that_the_provider_has_not_said() {
    let other = payment("paid", "").replace("tr_1", "tr_2");
    for (answer, status, reason) in [
        (http(404, "{}"), 401, "unknown_to_provider"),
        (http(410, "{}"), 401, "unknown_to_provider"),
        (
            http(401, "{}"),
            503,
            "key_refused: api.mollie.com answered 401",
        ),
        (
            http(500, ""),
            503,
            "provider_unavailable: api.mollie.com answered 500",
        ),
        (
            http(429, ""),
            503,
            "provider_unavailable: api.mollie.com answered 429",
        ),
        (
            http(302, ""),
            503,
            "provider_unavailable: api.mollie.com answered 302",
        ),
        (http(200, &other), 503, "answer_unusable"),
        (http(200, "<html>"), 503, "answer_unusable"),
        (http(200, "{}"), 503, "answer_unusable"),
    ] {
        let (process, _) = process(KEY, vec![answer]);
        let it = post(&process, "id=tr_1");
        assert_eq!((it.status, it.seen.len()), (status, 0), "{reason}");
        assert_eq!(it.line["reason"], reason);
        assert!(recorded(&process).is_empty(), "{reason}");
    }
}

#[test]
fn what_names_no_payment_is_refused_like_any_forgery_and_nobody_is_asked() {
    let (process, stand_in) = process(KEY, vec![http(200, &payment("paid", ""))]);
    for form in [
        "",
        "id=",
        "id=tr_../../profiles",
        "id=tr_1%2f",
        "id=tr_1&id=tr_1",
    ] {
        let it = post(&process, form);
        assert_eq!((it.status, it.outcome), (401, json!("refused")), "{form}");
        assert_eq!(it.line["reason"], "malformed_body", "{form}");
    }
    assert_eq!(stand_in.asked(), Vec::<String>::new());
}

/// SIG-10: two keys while they overlap, and a key that was changed a moment ago.
#[test]
fn the_key_that_the_provider_takes_is_used() {
    let both = r#"{"current":"test_Xs0iLgrpNHMcqVz1hPd8tEeJwAkQyR","previous":"test_dHar4XY7LxsDOtmnkVtjNVWXLSlXsM","previous_until":"2100-01-01T00:00:00Z"}"#;
    let paid = payment("paid", "");
    let (rotating, stand_in) = process(both, vec![http(401, ""), http(200, &paid)]);
    let it = post(&rotating, "id=tr_1");
    assert_eq!(
        (it.status, &it.line["key_id"]),
        (200, &json!("key/previous"))
    );
    let asked = stand_in.asked();
    assert!(asked[0].contains(NEWER_KEY) && asked[1].contains(KEY));

    // The key that the process knows was replaced since it read it.
    for refusal in [401, 404] {
        let (changed, stand_in) = process(KEY, vec![http(refusal, ""), http(200, &paid)]);
        let minute_ago_ms = now_ms() - 60_000;
        let known = changed.services.secrets.get("key", minute_ago_ms);
        assert!(crate::memory::at_once(known).is_ok());
        changed.store.value.replace(Some(NEWER_KEY));
        let it = post(&changed, "id=tr_1");
        assert_eq!(
            (it.status, &it.line["key_id"]),
            (200, &json!("key/current"))
        );
        let asked = stand_in.asked();
        assert!(asked[0].contains(KEY) && asked[1].contains(NEWER_KEY));
    }
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_millis()).unwrap()
}

/// SEC-05: a key that cannot be one is sent to nobody.
#[test]
fn a_placeholder_is_no_key() {
    let (process, stand_in) = process("changeme", vec![http(200, &payment("paid", ""))]);
    let it = post(&process, "id=tr_1");
    assert_eq!((it.status, it.seen.len()), (503, 0));
    assert_eq!(stand_in.asked(), Vec::<String>::new());
}
