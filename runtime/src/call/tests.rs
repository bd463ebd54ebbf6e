//! A called function's answers, without Lambda.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::context::Services;
use crate::entry::tests::Paid;
use crate::lambda::{Invocation, Reply};
use crate::telemetry::Telemetry;

fn call<H>(event: &Value, handler: H) -> (Reply, Value)
where
    H: AsyncFnOnce(Paid, Context) -> Result<String, Failure>,
{
    let output = Rc::new(RefCell::new(Vec::new()));
    let telemetry = Telemetry::to(output.clone());
    let invocation = Invocation::of(
        &event.to_string(),
        Services::default(),
        telemetry,
        Duration::from_secs(5),
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let reply = runtime.block_on(invocation.call(handler));
    let written = output.borrow();
    let line = std::str::from_utf8(&written)
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .to_owned();
    (reply, serde_json::from_str(&line).unwrap())
}

fn event() -> Value {
    json!({
        "input": { "id": "pay_1", "at": "2026-11-20T19:23:00.123Z", "amount": "99.90", "status": "pending" },
        "idempotency_key": "run-1/Process",
        "trace": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
    })
}

#[test]
fn the_output_goes_back_and_the_line_carries_the_trace_of_the_webhook() {
    let (reply, line) = call(&event(), async |input, context| {
        assert_eq!(input.amount.to_string(), "99.90");
        assert_eq!(context.call().idempotency_key(), "run-1/Process");
        Ok(input.id)
    });
    assert_eq!(reply.unwrap().get(), "\"pay_1\"");
    assert_eq!(line["trace_id"], "1-5bef4de7-ad49b0e87f6ef6c87fc2e700");
    assert_eq!(
        (&line["outcome"], &line["message"], &line["cold"]),
        (&json!("succeeded"), &json!("run-1/Process"), &json!(true))
    );
}

#[test]
fn a_declared_error_is_its_name_and_its_fields_as_json() {
    let (reply, line) = call(&event(), async |_, _| {
        Err(Failure::declared(
            "Declined",
            &json!({ "reason": "card 4111111111111111 expired" }),
        ))
    });
    let diagnostic = reply.unwrap_err();
    assert_eq!(diagnostic.error_type, "Declined");
    assert_eq!(
        diagnostic.error_message,
        r#"{"reason":"card 4111111111111111 expired"}"#
    );
    assert_eq!(
        line["reason"],
        r#"Declined {"reason":"card 411111******1111 expired"}"#
    );
    assert_eq!(line["outcome"], "rejected");
}

#[test]
fn everything_unforeseen_is_a_fault() {
    let fault = |event: &Value, reason: &str| {
        let (reply, line) = call(event, async |_, _| panic!("with the body in it"));
        let diagnostic = reply.unwrap_err();
        assert_eq!(diagnostic.error_type, "Fault");
        assert_eq!(line["reason"], reason);
        assert_eq!(
            serde_json::from_str::<Value>(&diagnostic.error_message).unwrap(),
            json!({ "reason": reason })
        );
    };
    fault(&event(), "the handler panicked; the line before says where");
    fault(
        &json!({}),
        "the event is no call of a workflow: no input, no idempotency_key",
    );
    let mut other = event();
    other["input"]["amount"] = json!(true);
    fault(&other, "`amount` is not a number");
    other["input"] = Value::Null;
    fault(&other, "the value is not an object");
}
