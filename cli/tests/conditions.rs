//! Conditions over the fields of one event as every place decides them: the pattern of a rule and of a subscription by the engine's
//! matcher, and the sinks of a program by its generated code. All have to say what the condition means.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use pipe_compiler::diag::render_short;
use pipe_engine::pattern::Pattern;
use serde_json::{Value, json};

const HEAD: &str = "pipeline shop

secret hook_key
param address: string at deploy
event Paid once id { id: string, note: string?, vip: bool?, fee: decimal?, count: int? }
topic ops { email: address }
alarm failing { when: take.errors > 0 for 5m, send: ops }
topic news { holds: Paid }
bus shop_bus { source: \"shop\", holds: Paid }
function take(Paid) -> Paid
grant take { read: hook_key, send: shop_bus, news }
";

/// What a condition means, of the fields as they are on the wire.
type Meaning = fn(&Value) -> bool;

fn is_there(event: &Value, field: &str) -> bool {
    event.get(field).is_some()
}

fn fee_above(event: &Value, least: f64) -> bool {
    event["fee"].as_f64().is_some_and(|it| it > least)
}

/// A condition, what the program is told of it, and what it means.
const CONDITIONS: &[(&str, &str, Meaning)] = &[
    ("present(note)", "Where::Present(\"note\")", |it| {
        is_there(it, "note")
    }),
    (
        "not present(note)",
        "Where::Not(&Where::Present(\"note\"))",
        |it| !is_there(it, "note"),
    ),
    ("vip", "Where::Bool(\"vip\", Relation::Equal, true)", |it| {
        it["vip"] == true
    }),
    (
        "not vip",
        "Where::Not(&Where::Bool(\"vip\", Relation::Equal, true))",
        |it| it["vip"] != true,
    ),
    (
        "not (vip == true)",
        "Where::Not(&Where::Bool(\"vip\", Relation::Equal, true))",
        |it| it["vip"] != true,
    ),
    (
        "present(vip) and not vip",
        "Where::All(&[Where::Present(\"vip\"),Where::Not(",
        |it| it["vip"] == false,
    ),
    (
        "present(fee) and not fee > 5",
        "Where::Present(\"fee\")",
        |it| is_there(it, "fee") && !fee_above(it, 5.0),
    ),
    (
        "vip or present(note) and (present(fee) or count == 3)",
        "Where::Any(&[Where::Bool(\"vip\"",
        |it| {
            let other = is_there(it, "fee") || it["count"] == 3;
            it["vip"] == true || is_there(it, "note") && other
        },
    ),
    (
        "not (present(count) or vip or fee > 5)",
        "Where::Present(\"count\")",
        |it| !(is_there(it, "count") || it["vip"] == true || fee_above(it, 5.0)),
    ),
];

/// Every combination of a value, or none, of each field.
fn events() -> Vec<Value> {
    let mut events = vec![json!({"id": "a"})];
    for (field, values) in [
        ("note", json!(["", "x"])),
        ("vip", json!([true, false])),
        ("fee", json!([5, 5.5])),
        ("count", json!([3, 4])),
    ] {
        let without = events.clone();
        for value in values.as_array().unwrap() {
            events.extend(without.iter().map(|it| {
                let mut event = it.clone();
                event[field] = value.clone();
                event
            }));
        }
    }
    assert_eq!(events.len(), 81);
    events
}

fn artifact(artifacts: &[pipe_compiler::Artifact], path: &str) -> String {
    let found = artifacts.iter().find(|it| it.path == path).unwrap();
    String::from_utf8(found.contents.clone()).unwrap()
}

#[test]
fn every_place_takes_the_events_for_which_the_condition_holds() {
    for (condition, told, meaning) in CONDITIONS {
        let spec = format!(
            "{HEAD}
route POST /paid {{ verify: github(secret: hook_key), handler: take, send: shop_bus where {condition}, news }}
rule chosen on shop_bus where {condition} send ops
function hear(Paid) {{ on: news where {condition} }}
"
        );
        let checked = pipe_compiler::check("shop.pipe", &spec);
        let said = render_short(&checked.diagnostics, "shop.pipe", &spec);
        assert!(said.is_empty(), "{said}");
        let artifacts = pipe_compiler::compile(&checked.pipeline.unwrap());
        let template: Value = serde_json::from_str(&artifact(&artifacts, "template.json")).unwrap();
        let of = |resource: &str, property: &str| {
            let properties = &template["Resources"][resource]["Properties"];
            assert!(properties[property].is_object(), "{properties:#}");
            properties[property].clone()
        };
        let rule = of("ChosenRule", "EventPattern")["detail"].clone();
        let policy = of("HearFunctionSubscription", "FilterPolicy");
        for written in [rule, policy] {
            let pattern = Pattern::from_value(&written).unwrap();
            for event in events() {
                assert_eq!(
                    pattern.matches(&event),
                    meaning(&event),
                    "{condition}: {written} of {event}"
                );
            }
        }
        let program = artifact(&artifacts, "handlers/src/lib.rs");
        let program: String = program.split_whitespace().collect();
        let told: String = told.split_whitespace().collect();
        assert!(program.contains(&told), "{condition}: {program}");
    }
}
