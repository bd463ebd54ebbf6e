//! Mappings of queues: what a function's answer does to its messages.

use pipe_engine::core::{Input, Outcome, Service};
use serde_json::{Value, json};

use super::functions::*;
use crate::simulation::{Simulation, delivery};

/// The DEL-02 table: answer of the function, and which of two messages are left in the queue.
#[test]
fn an_answer_decides_which_messages_come_back() {
    let cases: [(&str, &dyn Fn(&[Value]) -> Outcome, u64); 14] = [
        ("no answer", &|_| success(""), 0),
        ("null", &|_| success("null"), 0),
        ("an empty object", &|_| success("{}"), 0),
        (
            "a null list",
            &|_| success(r#"{"batchItemFailures":null}"#),
            0,
        ),
        (
            "an empty list",
            &|_| success(r#"{"batchItemFailures":[]}"#),
            0,
        ),
        (
            "one of two",
            &|records| {
                success(&json!({ "batchItemFailures": [{ "itemIdentifier": records[1]["messageId"] }] }).to_string())
            },
            1,
        ),
        ("no JSON", &|_| success("{"), 2),
        ("another JSON type", &|_| success("\"ok\""), 2),
        (
            "an empty identifier",
            &|_| success(r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#),
            2,
        ),
        (
            "a null identifier",
            &|_| success(r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#),
            2,
        ),
        (
            "a wrong key",
            &|records| {
                success(
                    &json!({ "batchItemFailures": [{ "itemId": records[0]["messageId"] }] })
                        .to_string(),
                )
            },
            2,
        ),
        (
            "an unknown identifier",
            &|_| success(r#"{"batchItemFailures":[{"itemIdentifier":"nobody"}]}"#),
            2,
        ),
        (
            "a list that is none",
            &|_| success(r#"{"batchItemFailures":"x"}"#),
            2,
        ),
        ("an error", &|_| failure(), 2),
    ];
    for (name, answer, left) in cases {
        let mut it = started(1.0);
        // Both in one batch: the mapping may have two batches at work, and each holds one message already.
        for body in ["hold-1", "hold-2", "a", "b"] {
            send(&mut it, "inbox-local", body);
        }
        assert_eq!(it.invocations.len(), 2, "{name}");
        let held = std::mem::take(&mut it.invocations);
        it.give(Input::Invoked {
            invocation: held[0].id,
            outcome: success("null"),
        });
        it.step(None);
        assert_eq!(bodies(&it.invocations[0]), ["a", "b"], "{name}");
        let invocation = it.invocations.remove(0);
        let outcome = answer(&records(&invocation));
        it.give(Input::Invoked {
            invocation: invocation.id,
            outcome,
        });
        it.step(None);
        it.give(Input::Invoked {
            invocation: held[1].id,
            outcome: success("null"),
        });
        it.step(None);
        let (visible, hidden) = depth(&mut it, "inbox-local");
        assert_eq!((visible, hidden), (0, left), "{name}");
        // What failed comes back when its visibility timeout is over, and not before.
        assert_eq!(
            it.core.next_timer_ms(),
            (left > 0).then_some(it.now_ms + 60_000),
            "{name}"
        );
    }
}

#[test]
fn a_message_looks_to_its_function_as_lambda_shows_it() {
    let mut it = started(1.0);
    let trace = json!({ "AWSTraceHeader": { "DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793" } });
    let request = json!({ "QueueUrl": "inbox-local", "MessageBody": "{}", "MessageSystemAttributes": trace, "MessageAttributes": { "event": { "DataType": "String", "StringValue": "E" } } });
    it.aws(Service::Sqs, "SendMessage", request);
    let record = records(&it.invocations[0]).remove(0);
    assert_eq!(record["eventSource"], "aws:sqs");
    assert_eq!(
        record["eventSourceARN"],
        "arn:aws:sqs:us-east-1:123456789012:inbox-local"
    );
    assert_eq!(record["md5OfBody"], "99914b932bd37a50b983c5e7c90ae93b");
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(
        record["attributes"]["AWSTraceHeader"],
        "Root=1-5759e988-bd862e3fe1be46a994272793"
    );
    assert_eq!(
        record["messageAttributes"]["event"],
        json!({ "dataType": "String", "stringValue": "E", "stringListValues": [], "binaryListValues": [] })
    );
    // The receipt handle is one that the API takes.
    let request = json!({ "QueueUrl": "inbox-local", "ReceiptHandle": record["receiptHandle"] });
    assert_eq!(it.aws(Service::Sqs, "DeleteMessage", request).0, 200);
    assert_eq!(depth(&mut it, "inbox-local"), (0, 0));
}

#[test]
fn a_poison_message_ends_in_the_dead_letter_queue_and_the_others_are_handled() {
    let mut it = started(0.01);
    let mut handled = Vec::new();
    let mut calls = 0;
    for body in ["good-1", "poison", "good-2"] {
        send(&mut it, "inbox-local", body);
    }
    for _ in 0..10 {
        it.run(&mut |_, invocation, _| {
            calls += 1;
            let failed: Vec<Value> = records(invocation)
                .iter()
                .filter(|it| it["body"] == "poison")
                .map(|it| json!({ "itemIdentifier": it["messageId"] }))
                .collect();
            handled.extend(bodies(invocation).into_iter().filter(|it| it != "poison"));
            success(&json!({ "batchItemFailures": failed }).to_string())
        });
        it.now_ms += 600;
    }
    handled.sort();
    assert_eq!(handled, ["good-1", "good-2"]);
    assert_eq!(bodies_in(&mut it, DLQ), ["poison"]);
    assert!(calls <= 5, "three attempts for the poison: {calls}");
}

#[test]
fn no_more_batches_are_at_work_than_the_mapping_allows() {
    let mut it = started(1.0);
    for number in 0..50 {
        send(&mut it, "inbox-local", &number.to_string());
    }
    assert_eq!(it.invocations.len(), 2, "MaximumConcurrency");
    let mut handled = 0;
    it.run(&mut |_, invocation, _| {
        handled += records(invocation).len();
        assert!(records(invocation).len() <= 10);
        success("null")
    });
    assert_eq!((handled, depth(&mut it, "inbox-local")), (50, (0, 0)));
}

#[test]
fn a_throttled_batch_is_tried_again_while_its_messages_are_hidden() {
    let mut it = started(1.0);
    send(&mut it, "inbox-local", "a");
    let mut throttled = 0;
    for _ in 0..6 {
        it.run(&mut |_, _, _| {
            throttled += 1;
            if throttled < 4 {
                Outcome::Throttled
            } else {
                success("null")
            }
        });
        it.now_ms += 10_000;
    }
    assert_eq!(throttled, 4);
    assert_eq!(depth(&mut it, "inbox-local"), (0, 0));
}

#[test]
fn a_fifo_group_is_handled_in_order_although_its_function_fails() {
    let mut it = started(0.001);
    for body in ["a-1", "b-1", "a-2", "b-2", "a-3"] {
        send(&mut it, "lane-local.fifo", body);
    }
    let (mut order, mut failures) = (Vec::new(), 0);
    for _ in 0..20 {
        it.run(&mut |_, invocation, _| {
            // Stops each group at its first failure, as the generated consumer does.
            let mut failed: Vec<Value> = Vec::new();
            let mut stopped = Vec::new();
            for record in records(invocation) {
                let body = record["body"].as_str().unwrap().to_owned();
                let group = record["attributes"]["MessageGroupId"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                let fails = body == "a-2" && failures < 1;
                if fails || stopped.contains(&group) {
                    failures += u32::from(fails);
                    stopped.push(group);
                    failed.push(json!({ "itemIdentifier": record["messageId"] }));
                } else {
                    order.push(body);
                }
            }
            success(&json!({ "batchItemFailures": failed }).to_string())
        });
        it.now_ms += 60;
    }
    let of = |group: &str| {
        order
            .iter()
            .filter(|it| it.starts_with(group))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (of("a"), of("b")),
        (
            vec!["a-1".to_owned(), "a-2".into(), "a-3".into()],
            vec!["b-1".to_owned(), "b-2".into()]
        )
    );
    assert_eq!(depth(&mut it, "lane-local.fifo"), (0, 0));
}

#[test]
fn a_restart_gives_messages_in_flight_to_the_function_again_and_forgets_none() {
    let mut it = started(1.0);
    for body in ["a", "b"] {
        send(&mut it, "inbox-local", body);
    }
    for _ in 0..10 {
        it.restart();
        it.step(None);
        let seen: Vec<String> = it.invocations.iter().flat_map(bodies).collect();
        assert_eq!(seen, ["a", "b"]);
        let record = records(&it.invocations[0]).remove(0);
        assert_eq!(
            record["attributes"]["ApproximateReceiveCount"], "1",
            "an attempt that the engine cut off is none"
        );
    }
    it.run(&mut |_, _, _| success("null"));
    it.restart();
    it.run(&mut |_, invocation, _| panic!("handled already: {:?}", bodies(invocation)));
    assert_eq!(depth(&mut it, "inbox-local"), (0, 0));
}

#[test]
fn a_role_that_may_not_receive_gets_nothing_and_it_is_said() {
    let mut template = delivery();
    template["Resources"]["WorkerRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        [0]["Action"] = json!(["sqs:ReceiveMessage", "sqs:GetQueueAttributes"]);
    let mut it = Simulation::new(&template, 1.0);
    it.step(None);
    send(&mut it, "inbox-local", "a");
    assert!(it.invocations.is_empty());
    assert!(it.trace[0].contains("sqs:DeleteMessage"), "{}", it.trace[0]);
    assert_eq!(depth(&mut it, "inbox-local"), (1, 0));
}

#[test]
fn a_filter_lets_only_some_messages_through_and_the_others_are_deleted() {
    let mut template = delivery();
    let pattern = json!({ "body": { "amount": [{ "numeric": [">", 100] }] } }).to_string();
    template["Resources"]["WorkerMapping"]["Properties"]["FilterCriteria"] =
        json!({ "Filters": [{ "Pattern": pattern }] });
    let mut it = Simulation::new(&template, 1.0);
    it.step(None);
    let mut seen = Vec::new();
    for body in [r#"{"amount":1}"#, r#"{"amount":500}"#, "no JSON"] {
        send(&mut it, "inbox-local", body);
    }
    it.run(&mut |_, invocation, _| {
        seen.extend(bodies(invocation));
        success("null")
    });
    assert_eq!(seen, [r#"{"amount":500}"#]);
    assert_eq!(depth(&mut it, "inbox-local"), (0, 0));
}

#[test]
fn a_window_gathers_messages_until_the_batch_is_full_or_it_is_over() {
    let mut template = delivery();
    template["Resources"]["WorkerMapping"]["Properties"]["MaximumBatchingWindowInSeconds"] =
        json!(5);
    let mut it = Simulation::new(&template, 1.0);
    it.step(None);
    send(&mut it, "inbox-local", "a");
    it.now_ms += 2_000;
    send(&mut it, "inbox-local", "b");
    assert!(it.invocations.is_empty());
    assert_eq!(it.core.next_timer_ms(), Some(it.now_ms + 3_000));
    it.now_ms += 3_000;
    it.give(Input::Tick);
    it.step(None);
    assert_eq!(bodies(&it.invocations.remove(0)), ["a", "b"]);
    for number in 0..10 {
        send(&mut it, "inbox-local", &number.to_string());
    }
    assert_eq!(
        records(&it.invocations[0]).len(),
        10,
        "a full batch does not wait"
    );
}

#[test]
fn mappings_that_aws_refuses_are_refused() {
    let cases = [
        (
            "WorkerMapping",
            "BatchSize",
            json!(11),
            "window of at least 1 second",
        ),
        ("WorkerMapping", "BatchSize", json!(0), "from 1 to 10000"),
        (
            "WorkerMapping",
            "ScalingConfig",
            json!({ "MaximumConcurrency": 1 }),
            "from 2 to 1000",
        ),
        (
            "WorkerMapping",
            "FunctionResponseTypes",
            json!(["X"]),
            "ReportBatchItemFailures",
        ),
        (
            "WorkerMapping",
            "TumblingWindowInSeconds",
            json!(1),
            "does not know this property",
        ),
        ("LaneWorkerMapping", "BatchSize", json!(11), "from 1 to 10"),
        (
            "LaneWorkerMapping",
            "MaximumBatchingWindowInSeconds",
            json!(1),
            "no batching window",
        ),
        (
            "WorkerFunction",
            "Timeout",
            json!(61),
            "Queue visibility timeout: 60 seconds is less than Function timeout: 61 seconds",
        ),
        (
            "InboxQueue",
            "RedrivePolicy",
            json!({ "deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:lane-dlq-local.fifo", "maxReceiveCount": 3 }),
            "of another kind",
        ),
        (
            "InboxQueue",
            "QueueName",
            json!("inbox.fifo"),
            "ends in `.fifo`",
        ),
    ];
    for (resource, property, value, expected) in cases {
        let mut template = delivery();
        template["Resources"][resource]["Properties"][property] = value;
        let refused = pipe_engine::artifacts::read(
            &template,
            "delivery",
            &pipe_engine::artifacts::Place::default(),
        );
        let message = refused.expect_err(expected).to_string();
        assert!(message.contains(expected), "{message}");
    }
}
