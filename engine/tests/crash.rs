//! The engine is killed at random moments under load, also while it recovers, and loses nothing that it acknowledged.
//! `PIPEC_KILL_ROUNDS` sets how often; 20 unless it is set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use support::process::Process;
use support::{Folder, MACHINE, TABLE, artifacts_with_room, payment, try_http};

fn executions(engine: &Process) -> Vec<Value> {
    engine.pages(
        "AWSStepFunctions.ListExecutions",
        json!({ "stateMachineArn": MACHINE, "maxResults": 1000 }),
        "executions",
        ("nextToken", "nextToken"),
    )
}

fn items(engine: &Process) -> Vec<Value> {
    engine.pages(
        "DynamoDB_20120810.Scan",
        json!({ "TableName": TABLE }),
        "Items",
        ("LastEvaluatedKey", "ExclusiveStartKey"),
    )
}

/// Sends webhooks until told to stop; gives the ids that were answered with 200.
fn load(
    address: SocketAddr,
    serial: &Arc<AtomicU64>,
    acknowledged: &Arc<Mutex<BTreeSet<String>>>,
    stop: &Arc<AtomicBool>,
) -> Vec<std::thread::JoinHandle<()>> {
    let clients = (0..6).map(|_| {
        let (serial, acknowledged, stop) = (serial.clone(), acknowledged.clone(), stop.clone());
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let number = serial.fetch_add(1, Ordering::Relaxed);
                let kind = if number % 7 == 0 { "slow" } else { "pay" };
                let id = format!("{kind}-{number}");
                match try_http(address, "POST", "/webhooks", &[], &payment(&id)) {
                    Some(answer) if answer.status == 200 => {
                        acknowledged.lock().expect("no panic").insert(id);
                    }
                    Some(_) => std::thread::sleep(Duration::from_millis(2)),
                    None => return,
                }
            }
        })
    });
    clients.collect()
}

fn random_ms(most: u64) -> u64 {
    let nanos = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |it| u64::from(it.subsec_nanos()));
    (nanos / 1000) % most
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_runs_twice_when_the_engine_is_killed() {
    let rounds: u64 = std::env::var("PIPEC_KILL_ROUNDS")
        .ok()
        .and_then(|it| it.parse().ok())
        .unwrap_or(20);
    let folder = Folder::new("crash");
    let artifacts = artifacts_with_room(&folder.0, 100_000, 80);
    let state = folder.0.join("state");
    let (serial, acknowledged) = (
        Arc::new(AtomicU64::new(0)),
        Arc::new(Mutex::new(BTreeSet::new())),
    );
    let mut told = Vec::new();
    for round in 0..rounds {
        if round % 4 == 3 {
            // Killed while it recovers, perhaps twice.
            for _ in 0..1 + round % 2 {
                let mut child = Process::spawn(&artifacts, &state);
                std::thread::sleep(Duration::from_millis(random_ms(60)));
                child.kill().expect("it runs");
                child.wait().expect("it ends");
            }
        }
        let engine = Process::start(&artifacts, &state);
        let stop = Arc::new(AtomicBool::new(false));
        let clients = load(engine.address, &serial, &acknowledged, &stop);
        // On a busy machine the first answer takes a while; the kill comes after it.
        let before = acknowledged.lock().expect("no panic").len();
        let deadline = Instant::now() + Duration::from_secs(20);
        while acknowledged.lock().expect("no panic").len() == before && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(random_ms(380)));
        told.push(engine.told.clone());
        engine.kill();
        stop.store(true, Ordering::Relaxed);
        clients
            .into_iter()
            .for_each(|client| client.join().expect("no panic"));
    }
    let engine = Process::start(&artifacts, &state);
    told.push(engine.told.clone());
    let acknowledged = acknowledged.lock().expect("no panic").clone();
    check(&engine, &acknowledged, &told);
    eprintln!(
        "{rounds} kills, {} webhooks acknowledged",
        acknowledged.len()
    );
    assert!(
        acknowledged.len() as u64 > rounds,
        "there was load: {}",
        acknowledged.len()
    );
    engine.kill();
}

/// What one engine told.
type Told = Arc<Mutex<Vec<String>>>;

/// What the engines told about a payment, and which handlers ended meanwhile: one paragraph for each engine.
fn story_of(id: &str, told: &[Told]) -> String {
    let of_payment = format!("\"subject\":\"{id}\"");
    let about = |line: &&String| line.contains(&of_payment) || line.contains("environment_ended");
    let story = told.iter().map(|told| {
        let told = told.lock().expect("no panic");
        told.iter().filter(about).cloned().collect::<Vec<_>>()
    });
    let lives = story.filter(|lines| lines.iter().any(|line| line.contains(&of_payment)));
    lives
        .map(|lines| lines.join("\n"))
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn check(engine: &Process, acknowledged: &BTreeSet<String>, told: &[Told]) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while executions(engine)
        .iter()
        .any(|it| it["status"] == "RUNNING")
    {
        assert!(Instant::now() < deadline, "executions still run");
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut facts: BTreeMap<(String, String), u32> = BTreeMap::new();
    for item in items(engine) {
        if let Some(event) = item["_event"]["S"].as_str() {
            let id = item["paymentId"]["S"]
                .as_str()
                .expect("every item has a key");
            *facts.entry((id.to_owned(), event.to_owned())).or_default() += 1;
        }
    }
    let count = |id: &str, event: &str| {
        facts
            .get(&(id.to_owned(), event.to_owned()))
            .copied()
            .unwrap_or(0)
    };
    for id in acknowledged {
        assert_eq!(
            (
                count(id, "PaymentReceived"),
                count(id, "PaymentSettled"),
                count(id, "PaymentFailed")
            ),
            (1, 1, 0),
            "{id}:\n{}",
            story_of(id, told)
        );
    }
    for ((id, event), times) in &facts {
        assert_eq!(*times, 1, "{id} has {event} more than once");
        assert_eq!(
            count(id, "PaymentSettled"),
            1,
            "{id} was recorded, so it is settled too"
        );
    }
    // One execution for each recorded payment, since start and record are one commit.
    let recorded = facts
        .keys()
        .filter(|(_, event)| event == "PaymentReceived")
        .count();
    let ended: Vec<Value> = executions(engine);
    assert_eq!(ended.len(), recorded);
    assert!(ended.iter().all(|it| it["status"] == "SUCCEEDED"));
}
