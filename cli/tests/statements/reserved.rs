//! An `append` whose partition only shows when the machine runs: where claims lie, it records nothing, and everywhere else what it was told to.

use crate::machine::{definition, run};
use serde_json::{Value, json};

/// Values that begin as a claim's partition does, nearly do, or make one with what the spec writes around them.
const VALUES: [&str; 17] = [
    "claim#", "claim#a", "claim#*", "claim", "claims#", "Claim#", " claim#", "clai", "aim#",
    "aim#1", "aim", "im#x", "#", "", "*", "c", "ü",
];

/// A workflow that records a note under this partition, in a table with that sort key.
fn keep(partition: &str, sort: &str, beside: &str) -> String {
    let spec = include_str!("../../../compiler/tests/it/emit_workflow/notes.txt")
        .replace("PARTITION", partition)
        .replace("SORT", sort)
        .replace("BESIDE", beside);
    definition("shop.pipe", &spec, "keep")
}

/// The record of an order, as the table's stream brings it.
fn order(id: &str, note: &str, kind: &str) -> Value {
    json!([{ "eventName": "INSERT", "dynamodb": { "NewImage": {
        "_event": { "S": "Ordered" }, "id": { "S": id }, "at": { "S": "2026-11-20T15:00:00.000Z#Ordered" },
        "kind": { "S": kind }, "note": { "S": note }, "count": { "N": "7" },
    } } }])
}

/// The partition that was recorded under; `None` where nothing was, which fails the execution.
fn recorded(machine: &str, order: &Value) -> Option<String> {
    let outcome = run(machine, order, |_| Ok(json!({})));
    let appended = outcome.tasks.iter().find(|it| it.state == "append Noted");
    match (&outcome.error, appended) {
        (None, Some(task)) => {
            let items = &task.parameters["TransactItems"];
            Some(
                items[0]["Put"]["Item"]["ref"]["S"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            )
        }
        (Some(error), None) => {
            assert_eq!(error, "Fault");
            assert!(outcome.cause.contains("claim#"), "{}", outcome.cause);
            None
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_recorded_where_claims_lie() {
    // What the spec writes, and what it becomes of a note and a kind.
    type Made = fn(&str, &str) -> String;
    let forms: [(&str, Made); 5] = [
        ("order.note", |note, _| note.to_owned()),
        ("\"${order.note}-${order.count}\"", |note, _| {
            format!("{note}-7")
        }),
        ("\"cl${order.note}\"", |note, _| format!("cl{note}")),
        ("\"${order.kind}#${order.note}\"", |note, kind| {
            format!("{kind}#{note}")
        }),
        ("\"${order.note}aim#${order.count}\"", |note, _| {
            format!("{note}aim#7")
        }),
    ];
    let mut refused = 0;
    for (partition, made) in forms {
        let machine = keep(partition, "", "");
        for (note, kind) in VALUES.iter().flat_map(|it| [(*it, "note"), (*it, "claim")]) {
            let wanted = made(note, kind);
            let expected = (!wanted.starts_with("claim#")).then_some(wanted);
            refused += usize::from(expected.is_none());
            let seen = recorded(&machine, &order("a", note, kind));
            assert_eq!(seen, expected, "{partition} of {note:?} and {kind}");
        }
    }
    assert!(refused >= 30, "{refused}");
}

/// Of two values side by side the second is not looked at: what could become a claim's partition is refused, and nothing that does is recorded.
#[test]
fn two_values_side_by_side_never_make_a_claims_partition() {
    let first_and_second: [(&str, bool); 2] = [
        ("\"${order.note}${order.kind}\"", false),
        ("\"${order.kind}${order.note}\"", true),
    ];
    let (mut kept, mut refused) = (0, 0);
    for (partition, kind_first) in first_and_second {
        let machine = keep(partition, "", "");
        let pairs = VALUES.iter().flat_map(|it| [(*it, "note"), (*it, "claim")]);
        for (note, kind) in pairs {
            let (first, second) = if kind_first {
                (kind, note)
            } else {
                (note, kind)
            };
            let made = format!("{first}{second}");
            match recorded(&machine, &order("a", note, kind)) {
                Some(seen) => {
                    assert_eq!(seen, made);
                    assert!(!made.starts_with("claim#"), "{made}");
                    kept += 1;
                }
                None => {
                    let may_begin = "claim#".starts_with(first) || first.starts_with("claim#");
                    assert!(may_begin, "{first:?}");
                    refused += usize::from(made.starts_with("claim#"));
                }
            }
        }
    }
    assert!(kept >= 20 && refused >= 6, "{kept} {refused}");
}

/// With a sort key, a fact of an event that begins a workflow could lie where the claim on its start does; of any other it cannot.
#[test]
fn a_sort_key_keeps_them_apart_unless_the_event_begins_a_workflow() {
    let reader = "workflow read(note: Noted) {\n  on: notes\n  watch: off because \"a test\"\n  look(note)\n}\ngrant read { call: look }";
    for (beside, expected) in [("", Some("claim#read#a")), (reader, None)] {
        let machine = keep("order.note", "sort: at, ", beside);
        let seen = recorded(&machine, &order("a", "claim#read#a", "note"));
        assert_eq!(seen.as_deref(), expected);
    }
}
