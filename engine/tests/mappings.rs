//! Event source mappings and asynchronous invocations: what a function's answer does to its messages and records.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

mod simulation;

use pipe_engine::core::{Input, Invocation, Outcome, Service};
use serde_json::{Value, json};
use simulation::{Simulation, delivery};

const DLQ: &str = "inbox-dlq-local";
const UNDELIVERED: &str = "undelivered-local";

fn success(body: &str) -> Outcome {
    Outcome::Success(body.as_bytes().to_vec())
}

fn failure() -> Outcome {
    Outcome::Failure(br#"{"errorType":"Fault","errorMessage":"a bug"}"#.to_vec())
}

fn send(simulation: &mut Simulation, queue: &str, body: &str) {
    let mut request = json!({ "QueueUrl": queue, "MessageBody": body });
    if queue.ends_with(".fifo") {
        request["MessageGroupId"] = json!(body.split('-').next().unwrap());
    }
    let (status, answer) = simulation.aws(Service::Sqs, "SendMessage", request);
    assert_eq!(status, 200, "{answer}");
}

/// Visible and hidden messages of a queue.
fn depth(simulation: &mut Simulation, queue: &str) -> (u64, u64) {
    let request = json!({ "QueueUrl": queue, "AttributeNames": ["All"] });
    let (_, answer) = simulation.aws(Service::Sqs, "GetQueueAttributes", request);
    let one = |key: &str| answer["Attributes"][key].as_str().unwrap().parse().unwrap();
    (
        one("ApproximateNumberOfMessages"),
        one("ApproximateNumberOfMessagesNotVisible"),
    )
}

fn bodies_in(simulation: &mut Simulation, queue: &str) -> Vec<String> {
    let request = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0 });
    let (_, answer) = simulation.aws(Service::Sqs, "ReceiveMessage", request);
    let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
    messages
        .iter()
        .map(|it| it["Body"].as_str().unwrap().to_owned())
        .collect()
}

fn records(invocation: &Invocation) -> Vec<Value> {
    let event: Value = serde_json::from_slice(&invocation.payload).unwrap();
    event["Records"].as_array().unwrap().clone()
}

fn bodies(invocation: &Invocation) -> Vec<String> {
    let records = records(invocation);
    records
        .iter()
        .map(|it| it["body"].as_str().unwrap().to_owned())
        .collect()
}

fn started(time_scale: f64) -> Simulation {
    let mut simulation = Simulation::new(&delivery(), time_scale);
    simulation.step(None);
    simulation
}

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

fn put_fact(simulation: &mut Simulation, id: &str) {
    let item = json!({ "paymentId": { "S": id }, "_event": { "S": "PaymentReceived" } });
    let (status, answer) = simulation.aws(
        Service::DynamoDb,
        "PutItem",
        json!({ "TableName": "events-local", "Item": item }),
    );
    assert_eq!(status, 200, "{answer}");
}

fn stream_ids(invocation: &Invocation) -> Vec<String> {
    let records = records(invocation);
    records
        .iter()
        .map(|it| {
            it["dynamodb"]["Keys"]["paymentId"]["S"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

/// Runs for a while, letting all waits pass.
fn run_long(simulation: &mut Simulation, function: &mut dyn FnMut(&Invocation) -> Outcome) {
    for _ in 0..200 {
        simulation.run(&mut |_, invocation, _| function(invocation));
        match simulation.core.next_timer_ms() {
            Some(at_ms) => simulation.now_ms = simulation.now_ms.max(at_ms),
            None => return,
        }
    }
}

/// A batch of 100 with the first one held by the function, so that the others gather behind it.
fn gathered() -> (Simulation, Invocation) {
    let mut it = started(1.0);
    put_fact(&mut it, "first");
    for number in 0..100 {
        put_fact(&mut it, &format!("p{number:02}"));
    }
    assert_eq!(
        it.invocations.len(),
        1,
        "one batch of a stream is at work at a time"
    );
    let first = it.invocations.remove(0);
    assert_eq!(stream_ids(&first), ["first"]);
    (it, first)
}

#[test]
fn the_checkpoint_of_a_stream_is_the_lowest_record_that_failed() {
    let (mut it, first) = gathered();
    it.give(Input::Invoked {
        invocation: first.id,
        outcome: success("null"),
    });
    let mut seen: Vec<Vec<String>> = Vec::new();
    run_long(&mut it, &mut |invocation| {
        seen.push(stream_ids(invocation));
        if seen.len() > 1 {
            return success("null");
        }
        // Two are reported, and the order of the report does not matter.
        let records = records(invocation);
        let failed = [70, 40].map(
            |at: usize| json!({ "itemIdentifier": records[at]["dynamodb"]["SequenceNumber"] }),
        );
        success(&json!({ "batchItemFailures": failed }).to_string())
    });
    let after: Vec<String> = seen[1..].iter().flatten().cloned().collect();
    let expected: Vec<String> = (40..100).map(|number| format!("p{number:02}")).collect();
    assert_eq!(seen[0].len(), 100);
    assert_eq!(
        after, expected,
        "what is before the checkpoint never runs again, what is after it does"
    );
    assert_eq!(bodies_in(&mut it, UNDELIVERED), Vec::<String>::new());
}

#[test]
fn one_poison_record_in_a_hundred_ends_alone_and_in_few_calls() {
    let (mut it, first) = gathered();
    it.give(Input::Invoked {
        invocation: first.id,
        outcome: success("null"),
    });
    let (mut calls, mut handled) = (0, Vec::new());
    run_long(&mut it, &mut |invocation| {
        calls += 1;
        let ids = stream_ids(invocation);
        if ids.iter().any(|id| id == "p37") {
            return failure();
        }
        handled.extend(ids);
        success("null")
    });
    let expected: Vec<String> = (0..100)
        .filter(|number| *number != 37)
        .map(|number| format!("p{number:02}"))
        .collect();
    assert_eq!(handled, expected, "in order, each once");
    // Seven halvings of 100, a call for each half beside them, and four attempts for the record itself.
    assert!(calls <= 20, "{calls}");
    let undelivered = bodies_in(&mut it, UNDELIVERED);
    let [record] = undelivered.as_slice() else {
        panic!("{undelivered:?}")
    };
    let record: Value = serde_json::from_str(record).unwrap();
    assert_eq!(
        (
            &record["requestContext"]["condition"],
            &record["requestContext"]["approximateInvokeCount"]
        ),
        (&json!("RetryAttemptsExhausted"), &json!(4))
    );
    assert_eq!(record["responseContext"]["functionError"], "Unhandled");
    let info = &record["DDBStreamBatchInfo"];
    assert_eq!(
        (&info["batchSize"], &info["startSequenceNumber"]),
        (&json!(1), &info["endSequenceNumber"])
    );
    assert!(
        info["streamArn"]
            .as_str()
            .unwrap()
            .contains(":table/events-local/stream/")
    );
}

#[test]
fn records_that_are_too_old_are_not_tried_again() {
    let (mut it, first) = gathered();
    it.now_ms += 3_600_001;
    it.give(Input::Invoked {
        invocation: first.id,
        outcome: failure(),
    });
    run_long(&mut it, &mut |invocation| {
        panic!("too old: {:?}", stream_ids(invocation))
    });
    let conditions: Vec<Value> = bodies_in(&mut it, UNDELIVERED)
        .iter()
        .map(|it| serde_json::from_str::<Value>(it).unwrap()["requestContext"]["condition"].clone())
        .collect();
    assert_eq!(
        conditions,
        ["RecordAgeExceeded", "RecordAgeExceeded"],
        "the one that failed, and those behind it: 101 in batches of 100"
    );
}

#[test]
fn a_stream_goes_on_where_it_was_after_a_restart() {
    let (mut it, _) = gathered();
    it.restart();
    let mut handled = Vec::new();
    run_long(&mut it, &mut |invocation| {
        handled.extend(stream_ids(invocation));
        success("null")
    });
    assert_eq!((handled.len(), handled[0].as_str()), (101, "first"));
    it.restart();
    run_long(&mut it, &mut |invocation| {
        panic!("handled already: {:?}", stream_ids(invocation))
    });
}

#[test]
fn what_the_filter_of_a_stream_does_not_let_through_is_passed_over() {
    let mut it = started(1.0);
    let item = json!({ "paymentId": { "S": "claim#x" }, "_claim": { "S": "PaymentReceived" } });
    it.aws(
        Service::DynamoDb,
        "PutItem",
        json!({ "TableName": "events-local", "Item": item }),
    );
    assert!(it.invocations.is_empty());
    put_fact(&mut it, "p");
    assert_eq!(stream_ids(&it.invocations[0]), ["p"]);
}

fn invoke_event(simulation: &mut Simulation, payload: &Value) -> u16 {
    let request = pipe_engine::core::ApiRequest {
        service: Service::Lambda,
        operation: "Invoke".into(),
        body: json!({ "FunctionName": "notifier-local", "InvocationType": "Event" }),
        payload: payload.to_string().into_bytes(),
    };
    simulation.give(Input::Call {
        call: 77,
        caller: pipe_engine::core::Caller::Outside,
        request,
    });
    simulation.step(None);
    simulation.answers.remove(&77).unwrap().status
}

#[test]
fn an_event_is_tried_three_times_and_then_recorded_at_the_destination() {
    let mut it = started(1.0);
    assert_eq!(invoke_event(&mut it, &json!({ "n": 1 })), 202);
    let (mut times, mut ids) = (Vec::new(), Vec::new());
    for _ in 0..6 {
        let now_ms = it.now_ms;
        it.run(&mut |_, invocation, _| {
            times.push(now_ms - simulation::START_MS);
            ids.push(invocation.request_id.clone());
            failure()
        });
        match it.core.next_timer_ms() {
            Some(at_ms) => it.now_ms = at_ms,
            None => break,
        }
    }
    assert_eq!(times, [0, 60_000, 180_000]);
    ids.dedup();
    assert_eq!(ids.len(), 1, "all attempts have one request id");
    let [record] = &bodies_in(&mut it, UNDELIVERED)[..] else {
        panic!("one record")
    };
    let record: Value = serde_json::from_str(record).unwrap();
    assert_eq!(record["requestPayload"], json!({ "n": 1 }));
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
    assert_eq!(record["responsePayload"]["errorType"], "Fault");
}

#[test]
fn an_event_survives_a_restart_and_is_done_once_when_it_is_done() {
    let mut it = started(1.0);
    invoke_event(&mut it, &json!({ "n": 1 }));
    it.restart();
    it.step(None);
    assert_eq!(it.invocations.len(), 1);
    it.run(&mut |_, _, _| success("null"));
    it.restart();
    it.run(&mut |_, _, _| panic!("done already"));
    assert_eq!(bodies_in(&mut it, UNDELIVERED), Vec::<String>::new());
}

#[test]
fn a_throttled_event_waits_until_it_is_too_old() {
    let mut it = started(1.0);
    for number in 0..3 {
        invoke_event(&mut it, &json!({ "n": number }));
    }
    assert_eq!(
        it.invocations.len(),
        2,
        "the function's reserved concurrency"
    );
    let mut attempts = 0;
    for _ in 0..200 {
        it.run(&mut |_, _, _| {
            attempts += 1;
            Outcome::Throttled
        });
        match it.core.next_timer_ms() {
            Some(at_ms) => it.now_ms = at_ms,
            None => break,
        }
    }
    assert!(attempts > 10, "throttling costs no attempt: {attempts}");
    assert!(it.now_ms - simulation::START_MS > 3_600_000);
    let conditions: Vec<Value> = bodies_in(&mut it, UNDELIVERED)
        .iter()
        .map(|it| serde_json::from_str::<Value>(it).unwrap()["requestContext"]["condition"].clone())
        .collect();
    assert_eq!(
        conditions,
        ["EventAgeExceeded", "EventAgeExceeded", "EventAgeExceeded"]
    );
}
