//! The refund flow of the specs, driven through each of its ways.

use crate::machine::{Answer, START_MS, Task, definition, fails, gives, raises, run};
use serde_json::{Value, json};

const SPEC: &str = include_str!("../../../specs/refunds.pipe");

fn flow() -> String {
    definition("refunds.pipe", SPEC, "refund_payment")
}

#[test]
fn the_spec_has_nothing_to_be_warned_of() {
    let checked = pipe_compiler::check("refunds.pipe", SPEC);
    let shown = pipe_compiler::diag::render_short(&checked.diagnostics, "refunds.pipe", SPEC);
    assert_eq!(shown, "");
}

fn refund(changes: &Value) -> Value {
    let mut all = json!({
        "refundId": "r1", "timestamp": "2026-11-20T15:00:00.000Z", "email": "a@b.example", "amount": "12.50",
        "currency": "EUR", "lines": [{"sku": "s1", "quantity": 1}, {"sku": "s2", "quantity": 2}],
        "dueAt": "2026-11-20T16:30:00.000Z", "stage": "requested",
    });
    for (key, value) in changes.as_object().unwrap() {
        all[key] = value.clone();
    }
    json!({ "refund": all })
}

fn world(task: &Task) -> Answer {
    if task.state.contains("ask_approval") {
        return gives(json!({"decision": "approved"}));
    }
    if task.state.contains("booking") {
        return gives(json!({"id": "b1"}));
    }
    if task.state.contains("find_payment") {
        return gives(json!({"amount": "1000.00", "currency": "EUR"}));
    }
    if task.parameters.get("Entries").is_some() {
        return Ok(json!({"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}));
    }
    gives(json!(null))
}

fn body(value: &Value) -> Value {
    serde_json::from_str(value.as_str().expect("a text")).expect("JSON")
}

#[test]
fn a_small_refund_goes_all_the_way_and_says_the_same_to_everyone() {
    let outcome = run(&flow(), &refund(&json!({})), world);
    assert_eq!(outcome.error, None, "{}", outcome.cause);
    let states = outcome.states();
    assert!(
        !states.iter().any(|it| it.contains("ask_approval")),
        "{states:?}"
    );
    assert_eq!(states.iter().filter(|it| it.contains("restock")).count(), 2);

    let put = outcome.task("put RefundRequested to papers");
    assert_eq!(put["Key"], "refunds/2026-11-20/r1.json");
    let paper = put["Body"].as_str().unwrap();
    assert!(
        paper.contains(r#""amount":12.50"#),
        "the digits as they came: {paper}"
    );
    assert_eq!(body(&put["Body"])["note"], Value::Null);

    let sent = &outcome.task("send RefundCompleted to books")["Entries"][0];
    assert_eq!(sent["Source"], "shop.refunds");
    assert_eq!(body(&sent["Detail"])["booking"], "b1");
    assert!(
        sent["Detail"]
            .as_str()
            .unwrap()
            .contains(r#""amount":12.50"#)
    );

    let update = outcome.task("update refunds.stage");
    assert_eq!(
        update["Key"]["timestamp"]["S"],
        "2026-11-20T15:00:00.000Z#RefundRequested"
    );
    assert_eq!(
        update["ExpressionAttributeValues"][":value"]["S"],
        "refunded"
    );

    let start = outcome.task("start follow_up");
    assert_eq!(start["Name"].as_str().unwrap().len(), 64);
    assert_eq!(start["Input"]["refund"]["amount"], "12.50");
}

#[test]
fn a_large_one_asks_first_and_a_rejected_one_ends_there() {
    for (amount, note) in [("500.01", Value::Null), ("1", json!("please"))] {
        let input = refund(&json!({"amount": amount, "note": note}));
        let outcome = run(&flow(), &input, |task| {
            if task.state.contains("ask_approval") {
                gives(json!({"decision": "rejected", "by": "x"}))
            } else {
                world(task)
            }
        });
        assert_eq!(outcome.error, None, "{}", outcome.cause);
        assert_eq!(outcome.states().len(), 3, "{:?}", outcome.states());
        assert_eq!(
            outcome.tasks[2].parameters["ExpressionAttributeValues"][":value"]["S"],
            "rejected"
        );
    }
    let outcome = run(&flow(), &refund(&json!({"amount": "500.00"})), world);
    assert!(
        !outcome
            .states()
            .iter()
            .any(|it| it.contains("ask_approval"))
    );
}

#[test]
fn one_that_nobody_decides_waits_a_day_and_is_paid_only_if_it_is_approved_then() {
    for (answer, is_paid) in [("approved", true), ("rejected", false), ("later", false)] {
        let mut asked = 0;
        let outcome = run(&flow(), &refund(&json!({"amount": "900"})), |task| {
            if task.state.contains("ask_approval") {
                asked += 1;
                gives(json!({ "decision": if asked == 1 { "later" } else { answer } }))
            } else {
                world(task)
            }
        });
        assert_eq!(outcome.error, None, "{}", outcome.cause);
        let told = outcome.task("publish to ops");
        assert_eq!(told["Subject"], "Refund r1 waits");
        assert_eq!(told["Message"], "900 EUR have nobody's approval.");
        assert!(outcome.end_ms >= START_MS + 86_400_000);
        assert_eq!(asked, 2);
        let states = outcome.states();
        let paid = states.iter().any(|it| it.starts_with("pay_back"));
        assert_eq!(paid, is_paid, "{answer}: {states:?}");
        let updates = outcome.tasks.iter();
        let updates = updates.filter(|it| it.state.starts_with("update"));
        let stages: Vec<_> = updates
            .map(|it| &it.parameters["ExpressionAttributeValues"][":value"]["S"])
            .collect();
        let expected = if is_paid { "refunded" } else { "rejected" };
        assert_eq!(stages, [expected], "{answer}");
    }
}

#[test]
fn one_of_more_than_was_paid_or_in_another_currency_is_recorded_published_and_not_paid() {
    for changes in [json!({"amount": "1000.01"}), json!({"currency": "USD"})] {
        let outcome = run(&flow(), &refund(&changes), world);
        assert_eq!(outcome.error.as_deref(), Some("Unrefunded"), "{changes}");
        let states = outcome.states();
        let expected = [
            "find_payment",
            "append RefundFailed",
            "publish RefundFailed to results",
        ];
        let plain = states.iter().map(|it| it.rsplit(": ").next().unwrap());
        assert!(plain.eq(expected), "{states:?}");
    }
}

#[test]
fn a_refused_one_is_recorded_published_and_fails() {
    let outcome = run(&flow(), &refund(&json!({})), |task| {
        if task.state.starts_with("pay_back") {
            raises("Refused", &json!({"reason": "\"no\""}))
        } else {
            world(task)
        }
    });
    assert_eq!(outcome.error.as_deref(), Some("Unrefunded"));
    assert_eq!(outcome.cause, r#"{"reason":"\"no\""}"#);
    let published = outcome.task("Refused: publish RefundFailed to results");
    assert_eq!(
        published["MessageAttributes"]["event"]["StringValue"],
        "RefundFailed"
    );
    assert_eq!(body(&published["Message"])["reason"], "\"no\"");
}

#[test]
fn what_fails_to_be_booked_is_undone_recorded_and_fails() {
    let mut undone = 0;
    let outcome = run(&flow(), &refund(&json!({})), |task| {
        if task.state.contains("booking") {
            return fails("Lambda.Unknown");
        }
        if task.state.contains("unbook") {
            undone += 1;
        }
        world(task)
    });
    assert_eq!(outcome.error.as_deref(), Some("Unrefunded"));
    assert_eq!(undone, 1);
    assert!(
        outcome
            .states()
            .iter()
            .any(|it| it.contains("append RefundFailed"))
    );
    // And where undoing fails too, somebody hears of it, and it is still recorded.
    let outcome = run(&flow(), &refund(&json!({})), |task| {
        if task.state.contains("book") {
            fails("Lambda.Unknown")
        } else {
            world(task)
        }
    });
    assert_eq!(outcome.error.as_deref(), Some("Unrefunded"));
    assert!(
        outcome
            .states()
            .iter()
            .any(|it| it.contains("publish to ops")),
        "{:?}",
        outcome.states()
    );
}

/// Each effect fails twice in a passing way, and is then said again in the very same words.
#[test]
fn an_effect_is_tried_again_with_the_same_request() {
    let flow = flow();
    for (state, error) in [
        ("put RefundRequested to papers", "S3.S3Exception"),
        ("send RefundCompleted to books", "EventBridge.FailedEntry"),
        ("update refunds.stage", "DynamoDb.ThrottlingException"),
        ("start follow_up", "StepFunctions.ThrottlingException"),
        (
            "append RefundCompleted",
            "DynamoDb.TransactionCanceledException",
        ),
    ] {
        let mut left = 2;
        let outcome = run(&flow, &refund(&json!({})), |task| {
            if task.state.starts_with(state) && left > 0 {
                left -= 1;
                return fails(error);
            }
            world(task)
        });
        assert_eq!(outcome.error, None, "{state}: {}", outcome.cause);
        let tries: Vec<&Value> = outcome
            .tasks
            .iter()
            .filter(|it| it.state.starts_with(state))
            .map(|it| &it.parameters)
            .collect();
        assert_eq!(tries.len(), 3, "{state}");
        assert!(tries.iter().all(|it| *it == tries[0]), "{state}");
    }
}

#[test]
fn a_workflow_that_was_started_already_is_started_well() {
    let outcome = run(&flow(), &refund(&json!({})), |task| {
        if task.state.starts_with("start") {
            fails("StepFunctions.ExecutionAlreadyExistsException")
        } else {
            world(task)
        }
    });
    assert_eq!(outcome.error, None, "{}", outcome.cause);
}

#[test]
fn goods_that_are_not_back_are_told_of_and_the_refund_goes_on() {
    let outcome = run(&flow(), &refund(&json!({})), |task| {
        if task.state.contains("restock") {
            fails("Lambda.Unknown")
        } else {
            world(task)
        }
    });
    assert_eq!(outcome.error, None, "{}", outcome.cause);
    assert_eq!(
        outcome.task("any: publish to ops 2")["Subject"],
        "Stock of r1"
    );
    assert!(outcome.states().contains(&"append RefundCompleted"));
}
