//! Keys that a machine makes beside those that the runtime makes, for values with what separates the parts of a key.

use crate::machine::{Outcome, definition, run};
use pipe_runtime::identity;
use pipe_runtime::value::{Map, Wire};
use serde_json::{Value, json};
use std::sync::LazyLock;

const SPEC: &str = r#"
pipeline bills

secret key
event Billed once id, ref { id: string, ref: string, at: timestamp = received_at, lines: [string], stage: open | shut = open }
event Told once kind, ref { id: string, kind: mail | call, ref: string, at: timestamp }
table bills { partition: id, sort: at, holds: Billed, Told }
table copies { partition: ref, sort: at, holds: Billed }
route POST /bills { verify: github(secret: key), handler: take, append: bills, append: copies }
function take(Billed) -> Billed
function begin(Billed) { on: lane }
queue lane_dead { }
queue lane { visibility: 2m, dead_letter: lane_dead after 5 }
route POST /lane { verify: github(secret: key), handler: pass, send: lane }
function pass(Billed) -> Billed
workflow settle(bill: Billed) {
  on: bills
  update bills.stage = shut for bill
  update copies.stage = shut for bill
  for line in bill.lines { update bills.stage = open for bill }
  append Told { id: bill.id, kind: mail, ref: bill.ref, at: started_at } to bills
}
workflow reopen(bill: Billed) {
  update bills.stage = open for bill
}
param mail: string at deploy
topic ops { email: mail }
alarm unsettled { when: settle.failed > 0 for 5m, send: ops }
alarm shut { when: reopen.failed > 0 for 5m, send: ops }
alarm dead { when: lane_dead.depth > 0 for 5m, send: ops }
grant take { read: key, append: bills, copies }
grant pass { read: key, send: lane }
grant begin { receive: lane, start: reopen }
grant settle { append: bills, update: bills.stage, copies.stage }
grant reopen { update: bills.stage }
"#;

static SETTLE: LazyLock<String> = LazyLock::new(|| definition("bills.pipe", SPEC, "settle"));
static REOPEN: LazyLock<String> = LazyLock::new(|| definition("bills.pipe", SPEC, "reopen"));

const AT: &str = "2026-11-20T15:00:00.123Z";
const VALUES: [&str; 5] = ["plain", "INV#12", "50%", "a%23b", "#"];

fn map(pairs: &[(&str, &str)]) -> Map {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), Wire::text(value)))
        .collect()
}

/// The sort attribute of an event as the runtime records it.
fn sort(event: &str, once: &[&str], partition: &str, at: &str, fields: &Map) -> String {
    let suffix = identity::sort_suffix(event, once, partition, fields);
    match identity::sort_key(&Wire::text(at), &suffix) {
        Some(Wire::Text(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn settled(id: &str, reference: &str) -> Outcome {
    let fields = map(&[("id", id), ("ref", reference)]);
    let at = sort("Billed", &["id", "ref"], "id", AT, &fields);
    let record = json!([{"eventName": "INSERT", "dynamodb": {"NewImage": {
        "_event": {"S": "Billed"}, "id": {"S": id}, "ref": {"S": reference}, "at": {"S": at},
        "lines": {"L": [{"S": "tea"}]}, "stage": {"S": "open"},
    }}}]);
    let outcome = run(&SETTLE, &record, |_| Ok(json!({})));
    assert_eq!(outcome.error, None, "{}", outcome.cause);
    outcome
}

#[test]
fn a_workflow_finds_and_claims_what_the_runtime_records() {
    for id in VALUES {
        for reference in VALUES {
            let outcome = settled(id, reference);
            let fields = map(&[("id", id), ("ref", reference), ("kind", "mail")]);
            let recorded = sort("Billed", &["id", "ref"], "id", AT, &fields);
            let updates: Vec<&Value> = outcome
                .tasks
                .iter()
                .map(|it| &it.parameters["Key"])
                .collect();
            let bills = json!({ "id": { "S": id }, "at": { "S": recorded } });
            // In the other table the reference is the partition, so the id is what the sort key tells.
            let copied = sort("Billed", &["id", "ref"], "ref", AT, &fields);
            let copies = json!({ "ref": { "S": reference }, "at": { "S": copied } });
            assert_eq!(updates[1..4], [&bills, &copies, &bills]);

            let items = &outcome.task("append Told")["TransactItems"];
            let (fact, claim) = (&items[0]["Put"]["Item"], &items[1]["Put"]["Item"]);
            let once = ["kind", "ref"];
            let claimed = format!("claim#{}", identity::of_fact("Told", &once, &fields));
            assert_eq!(claim["id"]["S"], claimed);
            let started_at = "2026-11-20T16:00:00.000Z";
            let recorded = sort("Told", &once, "id", started_at, &fields);
            assert_eq!(fact["at"]["S"], recorded);
            assert_eq!(claim["_sort"]["S"], recorded);
        }
    }
}

#[test]
fn a_started_workflow_finds_it_too() {
    for reference in VALUES {
        let input = json!({ "bill": { "id": "a#1", "ref": reference, "at": AT, "lines": [], "stage": "shut" } });
        let outcome = run(&REOPEN, &input, |_| Ok(json!({})));
        assert_eq!(outcome.error, None, "{}", outcome.cause);
        let fields = map(&[("id", "a#1"), ("ref", reference)]);
        let recorded = sort("Billed", &["id", "ref"], "id", AT, &fields);
        let key = &outcome.task("update bills.stage")["Key"];
        assert_eq!(
            *key,
            json!({ "id": { "S": "a#1" }, "at": { "S": recorded } })
        );
    }
}

/// In one text these two keys could not be told apart.
#[test]
fn two_events_never_share_the_claim_that_begins_a_workflow() {
    let claim = |id: &str, reference: &str| {
        let outcome = settled(id, reference);
        let item = &outcome.task("Claim bill")["Item"];
        (item["id"].clone(), item["at"].clone())
    };
    let one = claim("a", &format!("b#{AT}#Billed#c"));
    let other = claim(&format!("a#{AT}#Billed#b"), "c");
    assert_ne!(one, other);
    assert_eq!(one.0["S"], "claim#settle#a");
}
