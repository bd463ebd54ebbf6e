//! Batches, without Lambda and without AWS: what comes again, what the log says, what a handler is told.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::*;
use crate::Decimal;
use crate::condition::{Relation, Where};
use crate::entry::tests::{Paid, Payments};
use crate::lambda::Reply;
use crate::memory::Memory;
use crate::route::{Answer, Route, Verify, Via};
use crate::telemetry::Telemetry;

const SINKS: [Sink; 1] = [sink::append::<Payments, Paid>()];

struct Process {
    memory: Memory,
    lines: Rc<RefCell<Vec<u8>>>,
    given: Duration,
}

impl Process {
    fn new() -> Self {
        Self {
            memory: Memory::default(),
            lines: Rc::default(),
            given: Duration::from_secs(5),
        }
    }

    fn invoke<F: Future<Output = Reply>>(
        &self,
        event: &Json,
        serve: impl FnOnce(Invocation) -> F,
    ) -> Result<Json, String> {
        self.lines.borrow_mut().clear();
        let telemetry = Telemetry::to(self.lines.clone());
        let services = self.memory.services();
        let invocation = Invocation::of(&event.to_string(), services, telemetry, self.given);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let reply = runtime.block_on(serve(invocation));
        reply
            .map(|it| serde_json::from_str(it.get()).unwrap())
            .map_err(|it| it.error_message)
    }

    /// Ids that are to come again.
    fn batch<H>(&self, fifo: bool, records: &[Json], handler: H) -> Vec<String>
    where
        H: AsyncFn(Paid, Context) -> Result<Paid, Fault>,
    {
        self.batch_on(fifo, records, handler, &SINKS)
    }

    /// The same, with these sinks behind the handler.
    fn batch_on<H>(&self, fifo: bool, records: &[Json], handler: H, sinks: &[Sink]) -> Vec<String>
    where
        H: AsyncFn(Paid, Context) -> Result<Paid, Fault>,
    {
        let from = Queue {
            name: "inbox",
            per_provider: false,
            fifo,
            receives_max: Some(5),
            known_by: known_by::<Paid>(),
        };
        let event = json!({ "Records": records });
        let answer = self.invoke(&event, async |it| it.queue(&from, handler, sinks).await);
        let answer = answer.unwrap();
        let failures = answer["batchItemFailures"].as_array().unwrap();
        failures
            .iter()
            .map(|it| it["itemIdentifier"].as_str().unwrap().to_owned())
            .collect()
    }

    fn lines(&self) -> Vec<Json> {
        let lines = self.lines.borrow();
        let text = std::str::from_utf8(&lines).unwrap();
        let all = text
            .lines()
            .map(|it| serde_json::from_str::<Json>(it).unwrap());
        all.filter(|it| it["message"].is_string()).collect()
    }

    fn outcomes(&self) -> Vec<String> {
        let outcome = |it: &Json| it["outcome"].as_str().unwrap().to_owned();
        self.lines().iter().map(outcome).collect()
    }
}

fn record(id: &str, body: &str, group: &str) -> Json {
    json!({ "messageId": id, "receiptHandle": "h", "body": body, "eventSource": "aws:sqs",
        "attributes": { "MessageGroupId": group, "SentTimestamp": "1763666580000",
            "AWSTraceHeader": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1" } })
}

fn body(id: &str) -> String {
    format!(r#"{{"id":"{id}","amount":9007199254740993.01}}"#)
}

async fn pass(input: Paid, _: Context) -> Result<Paid, Fault> {
    Ok(input)
}

async fn refuse_b(input: Paid, _: Context) -> Result<Paid, Fault> {
    if input.id.starts_with('b') {
        Err(Fault::new("no"))
    } else {
        Ok(input)
    }
}

#[test]
fn one_bad_message_fails_alone_and_the_others_are_recorded_once() {
    let process = Process::new();
    let batch = [
        record("1", &body("a"), ""),
        record("2", "no JSON 4111111111111111", ""),
        record("3", &body("b"), ""),
        record("4", &body("c"), ""),
    ];
    assert_eq!(process.batch(false, &batch, refuse_b), ["2", "3"]);
    assert_eq!(
        process.outcomes(),
        ["recorded", "invalid", "failed", "recorded"]
    );
    let lines = process.lines();
    let poison = lines[1].to_string();
    assert!(
        poison.contains("sha256") && !poison.contains("4111111111111111"),
        "{poison}"
    );
    assert_eq!(lines[0]["trace_id"], "1-5bef4de7-ad49b0e87f6ef6c87fc2e700");
    assert_eq!(lines[0]["event_id"], "Paid#a#pending");
    assert!(process.batch(false, &batch[..1], pass).is_empty());
    assert_eq!(process.outcomes(), ["duplicate"]);
}

#[test]
fn a_message_whose_output_is_not_as_expected_fails_alone() {
    const SMALL: Where = Where::Number("amount", Relation::Less, "100");
    let process = Process::new();
    let sinks = [sink::expect(SMALL), SINKS[0]];
    let batch = [
        record("1", r#"{"id":"a","amount":99.99}"#, ""),
        record("2", &body("b"), ""),
    ];
    assert_eq!(process.batch_on(false, &batch, pass, &sinks), ["2"]);
    assert_eq!(process.outcomes(), ["recorded", "unexpected"]);
    assert_eq!(process.lines()[1]["reason"], "amount < 100");
    assert_eq!(process.lines()[1]["event_id"], "Paid#b#pending");
    assert!(process.batch(false, &batch, pass).is_empty());
    assert_eq!(process.outcomes(), ["duplicate", "recorded"]);
}

#[test]
fn in_a_fifo_queue_a_failure_holds_up_its_own_group_and_no_other() {
    let process = Process::new();
    let batch = [
        record("1", &body("a"), "g"),
        record("2", &body("b"), "g"),
        record("3", &body("c"), "other"),
        record("4", &body("d"), "g"),
        record("5", &body("e"), "other"),
    ];
    assert_eq!(process.batch(true, &batch, refuse_b), ["2", "4"]);
    assert_eq!(process.lines()[3]["reason"], "behind_a_failure");
    assert_eq!(process.batch(false, &batch, refuse_b), ["2"]);
}

/// A message of a FIFO queue that was received so many times.
fn received(id: &str, body: &str, times: u32) -> Json {
    let mut record = record(id, body, "g");
    record["attributes"]["ApproximateReceiveCount"] = json!(times.to_string());
    record
}

#[test]
fn what_is_behind_a_message_that_was_received_for_the_last_time_is_done_and_not_lost_with_it() {
    let process = Process::new();
    let batch = |times: u32| {
        [
            received("1", &body("b"), times),
            received("2", "unreadable", times),
            received("3", &body("c"), times),
            received("4", &body("b2"), 1),
            received("5", &body("d"), times),
        ]
    };
    assert_eq!(
        process.batch(true, &batch(4), refuse_b),
        ["1", "2", "3", "4", "5"]
    );
    // The fourth message will come again, so that what is behind it waits.
    assert_eq!(
        process.batch(true, &batch(5), refuse_b),
        ["1", "2", "4", "5"]
    );
    assert_eq!(process.outcomes()[2], "recorded");
    assert_eq!(process.lines()[4]["reason"], "behind_a_failure");
    // A count that nobody can read is not the last one.
    let mut odd = batch(5);
    odd[0]["attributes"]["ApproximateReceiveCount"] = json!("many");
    assert_eq!(process.batch(true, &odd, refuse_b).len(), 5);
}

#[test]
fn what_cannot_be_begun_in_time_comes_again_unbegun() {
    let mut process = Process::new();
    process.given = Duration::from_millis(200);
    let begun = Cell::new(0);
    let slow = async |input: Paid, _: Context| {
        begun.set(begun.get() + 1);
        tokio::time::sleep(Duration::from_millis(170)).await;
        Ok(input)
    };
    let batch = [record("1", &body("a"), ""), record("2", &body("b"), "")];
    assert_eq!(process.batch(false, &batch, slow), ["2"]);
    assert_eq!(begun.get(), 1);
    let hangs = async |_: Paid, _: Context| std::future::pending().await;
    assert_eq!(process.batch(false, &batch, hangs), ["1", "2"]);
    assert_eq!(process.lines()[0]["reason"], "deadline");
}

#[test]
fn a_message_is_known_by_its_event_and_else_by_its_own_id() {
    let process = Process::new();
    let keys = RefCell::new(Vec::new());
    let listen = async |input: Paid, context: Context| {
        keys.borrow_mut().push(context.call.idempotency_key.clone());
        assert_eq!(
            input.amount,
            "9007199254740993.01".parse::<Decimal>().unwrap()
        );
        assert_eq!(context.call.provider_name(), Some("stripe"));
        Ok::<_, Fault>(input)
    };
    let event = json!({ "Records": [record("1", &body("a"), "")] });
    for known_by in [known_by::<Paid>(), None] {
        let from = Queue {
            name: "lane",
            per_provider: true,
            fifo: false,
            receives_max: None,
            known_by,
        };
        let answer = process.invoke(&event, async |it| {
            it.named("process_stripe")
                .of_family("process")
                .queue(&from, listen, &[])
                .await
        });
        assert_eq!(answer, Ok(json!({ "batchItemFailures": [] })));
    }
    assert_eq!(*keys.borrow(), ["Paid#a#pending", "lane_stripe/1"]);
}

#[test]
fn a_batch_that_cannot_be_answered_by_ids_fails_as_a_whole() {
    let process = Process::new();
    for event in [
        json!({ "Records": [record("", &body("a"), "")] }),
        json!({ "Records": [{ "body": "{}" }] }),
        json!({}),
    ] {
        let from = Queue {
            name: "inbox",
            per_provider: false,
            fifo: false,
            receives_max: None,
            known_by: None,
        };
        let answer = process.invoke(&event, async |it| it.queue(&from, pass, &SINKS).await);
        assert!(answer.is_err(), "{event}");
    }
}

fn image(id: &str, event: &str, amount: &str) -> Json {
    json!({ "id": { "S": id }, "at": { "S": format!("2026-11-20T19:23:00.123Z#{event}#pending") },
        "status": { "S": "pending" }, "amount": { "N": amount }, "_event": { "S": event },
        "_trace": { "S": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700" }, "_body": { "B": "AAA=" } })
}

#[test]
fn a_stream_ends_at_the_first_failure_and_skips_what_is_not_for_it() {
    let process = Process::new();
    let change = |name: &str, number: &str, image: Json| json!({ "eventName": name, "dynamodb": { "SequenceNumber": number, "NewImage": image } });
    let event = json!({ "Records": [
        change("INSERT", "1", image("a", "Paid", "20")),
        change("INSERT", "2", json!({ "id": { "S": "claim#Paid#a" }, "_claim": { "S": "Paid" } })),
        change("MODIFY", "3", image("b", "Paid", "20")),
        change("INSERT", "4", image("b", "Other", "20")),
        change("INSERT", "5", image("b", "Paid", "10")),
        change("INSERT", "6", image("b", "Paid", "20")),
        change("INSERT", "7", image("c", "Paid", "20")),
        { "eventName": "REMOVE", "dynamodb": { "SequenceNumber": "8" } },
    ] });
    let from = stream::<Payments, Paid>(Where::Number("amount", Relation::Greater, "10.0"));
    let seen = RefCell::new(Vec::new());
    let listen = async |input: Paid, context: Context| {
        seen.borrow_mut()
            .push((input.id.clone(), context.call.idempotency_key.clone()));
        assert_eq!(input.at.to_string(), "2026-11-20T19:23:00.123Z");
        refuse_b(input, context).await.map(drop)
    };
    let answer = process.invoke(&event, async |it| it.stream(&from, listen, &[]).await);
    assert_eq!(
        answer,
        Ok(json!({ "batchItemFailures": [{ "itemIdentifier": "6" }] }))
    );
    assert_eq!(
        *seen.borrow(),
        [
            ("a".into(), "Paid#a#pending".into()),
            ("b".into(), "Paid#b#pending".into())
        ]
    );
    assert_eq!(process.outcomes(), ["succeeded", "failed"]);
}

#[test]
fn an_asynchronous_call_fails_as_a_whole_so_that_it_is_tried_again() {
    let process = Process::new();
    let notification = |body: &str| {
        json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "MessageId": "m", "Message": body,
            "Timestamp": "2026-11-20T19:23:00.123Z" } }] })
    };
    let from = Topic {
        name: "news",
        filter: Where::Text("id", Relation::NotEqual, "skipped"),
        known_by: known_by::<Paid>(),
    };
    let sent = |body: &str| {
        process.invoke(&notification(body), async |it| {
            it.topic(&from, refuse_b, &SINKS).await
        })
    };
    assert_eq!(sent(&body("a")), Ok(json!(null)));
    assert_eq!(process.outcomes(), ["recorded"]);
    assert_eq!(sent(&body("b")), Err(r#"{"reason":"no"}"#.to_owned()));
    assert_eq!(process.outcomes(), ["failed"], "one line, not two");
    assert!(sent("x").is_err());
    assert_eq!(sent(&body("skipped")), Ok(json!(null)));
    assert_eq!(
        process.outcomes(),
        ["succeeded"],
        "not recorded: its `where` does not hold"
    );
}

#[test]
fn a_rule_says_which_case_it_was_and_only_the_spec_s_rules_may_call() {
    let process = Process::new();
    let from = Rules {
        names: &["size_large", "failures"],
        known_by: known_by::<Paid>(),
    };
    let detail: Json =
        serde_json::from_str(&body("a").replace("9007199254740993.01", "12")).unwrap();
    let seen = RefCell::new(Vec::new());
    let listen = async |_: Paid, context: Context| {
        let case = context.call.case_name().unwrap_or_default().to_owned();
        seen.borrow_mut()
            .push((case, context.call.idempotency_key.clone()));
        Ok::<_, Fault>(())
    };
    let sent = |rule: &str, case: &str| {
        let event = json!({ "detail": detail, "id": "e", "rule": rule, "case": case });
        process.invoke(&event, async |it| it.rules(&from, listen, &[]).await)
    };
    for (rule, case) in [("size", "large"), ("failures", "")] {
        assert_eq!(sent(rule, case), Ok(json!(null)), "{rule} {case}");
    }
    assert!(sent("another", "").is_err());
    let keys: Vec<_> = seen.borrow().iter().map(|(_, key)| key.clone()).collect();
    assert_eq!(
        keys,
        ["size_large/Paid#a#pending", "failures/Paid#a#pending"]
    );
}

#[test]
fn a_consumer_with_a_url_only_replies_there() {
    const HEALTH: Route = Route {
        method: "GET",
        path: "/health",
        via: Via::FunctionUrl,
        verify: Verify::Off,
        answer: Answer::Reply(200),
        body_bytes_max: 0,
    };
    let process = Process::new();
    let from = Queue {
        name: "inbox",
        per_provider: false,
        fifo: false,
        receives_max: None,
        known_by: None,
    };
    let ask = |path: &str| {
        let event = json!({ "version": "2.0", "rawPath": path, "headers": {},
            "requestContext": { "http": { "method": "GET" } } });
        let serve = async |it: Invocation| it.replying(&[&HEALTH]).queue(&from, pass, &SINKS).await;
        process.invoke(&event, serve).unwrap()["statusCode"].clone()
    };
    assert_eq!((ask("/health"), ask("/")), (json!(200), json!(404)));
}
