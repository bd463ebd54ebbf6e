//! Faults at random, each from a seed: a batch handled one to three times, in any order, its answer lost, the engine
//! restarted. A consumer that claims what it does ends in the same state, whatever happened.

use std::collections::BTreeMap;

use pipe_engine::core::{Input, Invocation, Outcome, Service};
use serde_json::{Value, json};

use super::functions::*;
use crate::simulation::{Simulation, delivery};

const MESSAGES: usize = 12;

/// How many seeds are tried: `PIPEC_SEEDS`, 30 unless it is set.
fn seeds() -> u64 {
    let given = std::env::var("PIPEC_SEEDS").ok();
    given.and_then(|it| it.parse().ok()).unwrap_or(30)
}

/// Numbers that follow from a seed: splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % most
    }
}

/// The effect of a message as the runtime has it: once, under a claim. True when this was the first time.
fn effect(it: &mut Simulation, body: &str) -> bool {
    let item = json!({ "paymentId": { "S": format!("claim#{body}") } });
    let request = json!({ "TableName": "events-local", "Item": item, "ConditionExpression": "attribute_not_exists(paymentId)" });
    it.aws(Service::DynamoDb, "PutItem", request).0 == 200
}

/// Handles a batch with what chance brings, and gives the outcome; nothing when the engine fell over meanwhile.
fn handle(
    it: &mut Simulation,
    random: &mut Random,
    invocation: &Invocation,
    effects: &mut Vec<String>,
) -> Option<Outcome> {
    let mut batch = records(invocation);
    let ordered = batch[0]["attributes"].get("MessageGroupId").is_some();
    if !ordered {
        for at in (1..batch.len()).rev() {
            batch.swap(at, usize::try_from(random.below(at as u64 + 1)).unwrap());
        }
    }
    let mut failed: Vec<Value> = Vec::new();
    let mut stopped: Vec<Value> = Vec::new();
    for record in &batch {
        let group = record["attributes"]["MessageGroupId"].clone();
        if ordered && stopped.contains(&group) {
            failed.push(json!({ "itemIdentifier": record["messageId"] }));
            continue;
        }
        let body = record["body"].as_str().unwrap();
        let fails_before = random.below(8) == 0;
        for _ in 0..u64::from(!fails_before) * (1 + random.below(3)) {
            if effect(it, body) {
                effects.push(body.to_owned());
            }
        }
        // A message may be reported although it was handled: its answer was lost on the way.
        if fails_before || random.below(8) == 0 {
            failed.push(json!({ "itemIdentifier": record["messageId"] }));
            stopped.push(group);
        }
    }
    match random.below(10) {
        0 => {
            it.restart();
            None
        }
        1 => Some(failure()),
        2 => Some(Outcome::Throttled),
        _ => Some(success(&json!({ "batchItemFailures": failed }).to_string())),
    }
}

/// Sends the messages and runs with faults until all is quiet; gives the effects in the order they happened first.
fn run(seed: u64, queue: &str) -> (Simulation, Vec<String>) {
    let mut template = delivery();
    for source in ["InboxQueue", "LaneQueue"] {
        template["Resources"][source]["Properties"]["RedrivePolicy"]["maxReceiveCount"] =
            json!(1000);
    }
    let mut it = Simulation::new(&template, 0.0);
    it.step(None);
    let mut random = Random(seed);
    let mut effects = Vec::new();
    for number in 0..MESSAGES {
        send(
            &mut it,
            queue,
            &format!("{}-{number:02}", ["a", "b", "c"][number % 3]),
        );
    }
    for _ in 0..5_000 {
        if it.step(None) {
            continue;
        }
        if !it.invocations.is_empty() {
            let at = usize::try_from(random.below(it.invocations.len() as u64)).unwrap();
            let invocation = it.invocations.remove(at);
            if let Some(outcome) = handle(&mut it, &mut random, &invocation, &mut effects) {
                it.give(Input::Invoked {
                    invocation: invocation.id,
                    outcome,
                });
            }
            continue;
        }
        match it.core.next_timer_ms() {
            Some(at_ms) => {
                it.now_ms = it.now_ms.max(at_ms);
                it.give(Input::Tick);
            }
            None => return (it, effects),
        }
    }
    panic!("seed {seed}: still not quiet");
}

#[test]
fn duplicates_reordering_and_restarts_leave_the_same_state() {
    for seed in 0..seeds() {
        let (mut it, mut effects) = run(seed, "inbox-local");
        effects.sort();
        let mut expected: Vec<String> = (0..MESSAGES)
            .map(|number| format!("{}-{number:02}", ["a", "b", "c"][number % 3]))
            .collect();
        expected.sort();
        assert_eq!(effects, expected, "seed {seed}");
        assert_eq!(depth(&mut it, "inbox-local"), (0, 0), "seed {seed}");
        assert_eq!(bodies_in(&mut it, DLQ), Vec::<String>::new(), "seed {seed}");
    }
}

#[test]
fn the_order_within_a_group_holds_whatever_fails() {
    for seed in 0..seeds() {
        let (mut it, effects) = run(seed, "lane-local.fifo");
        let mut groups: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
        for effect in &effects {
            groups
                .entry(effect.split('-').next().unwrap())
                .or_default()
                .push(effect);
        }
        assert_eq!(effects.len(), MESSAGES, "seed {seed}: {effects:?}");
        for (group, effects) in groups {
            assert!(
                effects.is_sorted(),
                "seed {seed}, group {group}: {effects:?}"
            );
        }
        assert_eq!(depth(&mut it, "lane-local.fifo"), (0, 0), "seed {seed}");
    }
}
