//! The engine is killed while messages are sent, received, handled and deleted: what was acknowledged as sent is never
//! lost, what was acknowledged as deleted never comes back. `PIPEC_KILL_ROUNDS` sets how often; 12 unless it is set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

mod support;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::process::Process;
use support::{Folder, try_http};

/// What clients were told, over all rounds.
#[derive(Debug, Default)]
struct Told {
    serial: AtomicU64,
    /// Bodies whose sending to the queue of the function was acknowledged.
    sent: Mutex<BTreeSet<String>>,
    /// The same of the queue that the test itself reads.
    kept: Mutex<BTreeSet<String>>,
    /// Bodies that were received there.
    received: Mutex<BTreeSet<String>>,
    /// Bodies whose deletion was asked for, and those whose deletion was acknowledged.
    deleting: Mutex<BTreeSet<String>>,
    deleted: Mutex<BTreeSet<String>>,
}

impl Told {
    /// How much was acknowledged so far.
    fn count(&self) -> usize {
        let size = |set: &Mutex<BTreeSet<String>>| set.lock().expect("no panic").len();
        size(&self.sent) + size(&self.kept) + size(&self.deleted)
    }
}

fn sqs(address: SocketAddr, operation: &str, body: &Value) -> Option<Value> {
    let target = format!("AmazonSQS.{operation}");
    let headers = [
        ("X-Amz-Target", target.as_str()),
        ("Content-Type", "application/x-amz-json-1.0"),
    ];
    let answer = try_http(address, "POST", "/", &headers, body.to_string().as_bytes())?;
    (answer.status == 200).then(|| answer.json())
}

fn add(set: &Mutex<BTreeSet<String>>, body: &str) {
    set.lock().expect("no panic").insert(body.to_owned());
}

fn clients(address: SocketAddr, told: &Arc<Told>, stop: &Arc<AtomicBool>) -> Vec<JoinHandle<()>> {
    let run =
        |work: fn(SocketAddr, &Told) -> Option<()>| {
            let (told, stop) = (told.clone(), stop.clone());
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) && work(address, &told).is_some() {}
            })
        };
    vec![
        run(send_to_function),
        run(send_to_function),
        run(send_plain),
        run(send_plain),
        run(receive_plain),
        run(receive_plain),
    ]
}

fn send_to_function(address: SocketAddr, told: &Told) -> Option<()> {
    let body = format!("m-{}", told.serial.fetch_add(1, Ordering::Relaxed));
    sqs(
        address,
        "SendMessage",
        &json!({ "QueueUrl": "inbox-local", "MessageBody": body }),
    )?;
    add(&told.sent, &body);
    Some(())
}

fn send_plain(address: SocketAddr, told: &Told) -> Option<()> {
    let body = format!("k-{}", told.serial.fetch_add(1, Ordering::Relaxed));
    sqs(
        address,
        "SendMessage",
        &json!({ "QueueUrl": "plain-local", "MessageBody": body }),
    )?;
    add(&told.kept, &body);
    Some(())
}

fn receive_plain(address: SocketAddr, told: &Told) -> Option<()> {
    let request =
        json!({ "QueueUrl": "plain-local", "MaxNumberOfMessages": 3, "VisibilityTimeout": 43_200 });
    let received = sqs(address, "ReceiveMessage", &request)?;
    for message in received["Messages"].as_array().into_iter().flatten() {
        let body = message["Body"].as_str()?;
        let gone = told.deleted.lock().expect("no panic").contains(body);
        assert!(!gone, "{body} was deleted and came back");
        add(&told.received, body);
        add(&told.deleting, body);
        sqs(
            address,
            "DeleteMessage",
            &json!({ "QueueUrl": "plain-local", "ReceiptHandle": message["ReceiptHandle"] }),
        )?;
        add(&told.deleted, body);
    }
    Some(())
}

fn depth(engine: &Process, queue: &str) -> (u64, u64) {
    let answer = engine.aws(
        "AmazonSQS.GetQueueAttributes",
        &json!({ "QueueUrl": queue, "AttributeNames": ["All"] }),
    );
    let one = |key: &str| {
        answer["Attributes"][key]
            .as_str()
            .expect("a count")
            .parse()
            .expect("a number")
    };
    (
        one("ApproximateNumberOfMessages"),
        one("ApproximateNumberOfMessagesNotVisible"),
    )
}

#[test]
fn no_message_is_lost_and_no_deleted_one_comes_back_when_the_engine_is_killed() {
    let rounds: u64 = std::env::var("PIPEC_KILL_ROUNDS")
        .ok()
        .and_then(|it| it.parse().ok())
        .unwrap_or(12);
    let folder = Folder::new("crash-queues");
    let artifacts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/delivery");
    let state = folder.0.join("state");
    let told = Arc::new(Told::default());
    for round in 0..rounds {
        let engine = Process::start(&artifacts, &state);
        let stop = Arc::new(AtomicBool::new(false));
        let clients = clients(engine.address, &told, &stop);
        // On a busy machine the first answers take a while; the kill comes amid them.
        let before = told.count();
        let deadline = Instant::now() + Duration::from_secs(20);
        while told.count() < before + 20 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis((round * 97) % 200));
        engine.kill();
        stop.store(true, Ordering::Relaxed);
        clients
            .into_iter()
            .for_each(|client| client.join().expect("no message came back"));
    }
    let engine = Process::start(&artifacts, &state);
    let deadline = Instant::now() + Duration::from_secs(120);
    while depth(&engine, "inbox-local") != (0, 0) {
        assert!(
            Instant::now() < deadline,
            "left: {:?}",
            depth(&engine, "inbox-local")
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    let items = engine.pages(
        "DynamoDB_20120810.Scan",
        json!({ "TableName": "events-local" }),
        "Items",
        ("LastEvaluatedKey", "ExclusiveStartKey"),
    );
    let handled: BTreeSet<String> = items
        .iter()
        .map(|item| item["paymentId"]["S"].as_str().expect("a key").to_owned())
        .collect();
    let sent = told.sent.lock().expect("no panic").clone();
    let lost: Vec<&String> = sent.difference(&handled).collect();
    assert!(
        lost.is_empty(),
        "{} of {}: {lost:?}",
        lost.len(),
        sent.len()
    );
    assert_eq!(
        depth(&engine, "inbox-dlq-local"),
        (0, 0),
        "an attempt that a kill cut off is no failure of the function"
    );
    check_plain(&engine, &told);
    engine.kill();
}

/// Everything that was sent to the plain queue is there or was deleted; what is still hidden counts as there.
fn check_plain(engine: &Process, told: &Told) {
    let (kept, deleted, deleting) = (
        told.kept.lock().expect("no panic").clone(),
        told.deleted.lock().expect("no panic").clone(),
        told.deleting.lock().expect("no panic").clone(),
    );
    let mut seen = BTreeSet::new();
    loop {
        let request = json!({ "QueueUrl": "plain-local", "MaxNumberOfMessages": 10, "VisibilityTimeout": 43_200 });
        let received = engine.aws("AmazonSQS.ReceiveMessage", &request);
        let Some(messages) = received["Messages"].as_array() else {
            break;
        };
        seen.extend(
            messages
                .iter()
                .map(|it| it["Body"].as_str().expect("a body").to_owned()),
        );
    }
    let back: Vec<&String> = seen.intersection(&deleted).collect();
    assert!(back.is_empty(), "deleted and back: {back:?}");
    // Received in a round and neither deleted nor visible: hidden still, one by one counted by the queue.
    let received = told.received.lock().expect("no panic").clone();
    let unaccounted: Vec<&String> = kept
        .iter()
        .filter(|body| {
            !seen.contains(*body) && !deleting.contains(*body) && !received.contains(*body)
        })
        .collect();
    let hidden = depth(engine, "plain-local").1;
    assert!(
        unaccounted.len() as u64 <= hidden,
        "{unaccounted:?} are nowhere, {hidden} are hidden"
    );
    eprintln!(
        "{} sent to the function, {} kept, {} deleted",
        told.sent.lock().expect("no panic").len(),
        kept.len(),
        deleted.len()
    );
    assert!(deleted.len() > 10, "there was load: {}", deleted.len());
}
