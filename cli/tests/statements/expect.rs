//! `expect`: what is below it is reached only where its condition holds, exactly, and never by something that is absent.

use super::{Outcome, all_is_well, called, gives, run, with, work};
use serde_json::{Value, json};

/// A workflow that hears a limit, expects this, and then acts by `two`.
fn expecting(condition: &str) -> String {
    work(
        "fails Broken, Worse",
        &format!(
            "answer = ask(asked)\nexpect {condition} else {{\n one(asked)\n fail Worse {{ why: \"not as expected\" }}\n}}\ntwo(asked)"
        ),
    )
}

/// Its outcome where the request and the answer have these fields.
fn outcome(machine: &str, asked: &Value, answer: &Value) -> Outcome {
    run(machine, &with(asked), |task| {
        if task.state.contains("ask") {
            gives(answer.clone())
        } else {
            all_is_well(task)
        }
    })
}

/// What was called, without the numbers that tell states of one name apart.
fn functions(outcome: &Outcome) -> Vec<&str> {
    let names = called(outcome).into_iter();
    names.filter_map(|it| it.split(' ').next()).collect()
}

/// What was called after the question, and the error that the execution ended with.
fn ways(outcome: &Outcome) -> (Vec<&str>, Option<&str>) {
    let calls = functions(outcome).into_iter().skip(1).collect();
    (calls, outcome.error.as_deref())
}

fn answer(limit: &str) -> Value {
    json!({"decision": "yes", "limit": limit, "count": 3, "at": "2026-11-20T16:00:01.000Z"})
}

const HELD: (&[&str], Option<&str>) = (&["two"], None);
const NOT_HELD: (&[&str], Option<&str>) = (&["one"], Some("Worse"));

#[test]
fn an_amount_is_held_to_the_last_digit() {
    let machine = expecting("asked.amount == answer.limit");
    for (amount, limit, expected) in [
        ("2000", "2000", HELD),
        ("2000", "2000.00", HELD),
        ("1", "2000", NOT_HELD),
        ("2000", "2000.01", NOT_HELD),
        ("2000.001", "2000", NOT_HELD),
        ("-2000", "2000", NOT_HELD),
        ("0.1000000000000000000000000001", "0.1", NOT_HELD),
        ("999999999999999.99", "999999999999999.98", NOT_HELD),
    ] {
        let it = outcome(&machine, &json!({ "amount": amount }), &answer(limit));
        let (calls, error) = ways(&it);
        assert_eq!((calls.as_slice(), error), expected, "{amount} {limit}");
    }
}

#[test]
fn every_part_of_it_must_hold() {
    let machine = expecting("asked.amount <= answer.limit and asked.size == small");
    for (amount, size, expected) in [
        ("7", "small", HELD),
        ("7.01", "small", NOT_HELD),
        ("7", "large", NOT_HELD),
    ] {
        let it = outcome(
            &machine,
            &json!({ "amount": amount, "size": size }),
            &answer("7"),
        );
        let (calls, error) = ways(&it);
        assert_eq!((calls.as_slice(), error), expected, "{amount} {size}");
    }
}

/// `!=` as well: an `if` with the opposite would let what is absent pass.
#[test]
fn what_is_absent_is_never_as_expected() {
    for condition in [
        "asked.extra == answer.limit",
        "asked.extra != answer.limit",
        "asked.note == answer.remark",
        "asked.note starts_with \"a\"",
        "present(asked.note)",
        "not asked.extra == answer.limit",
        "not (asked.extra > answer.limit or asked.note == \"x\")",
        "not (asked.note starts_with \"a\")",
    ] {
        let machine = expecting(condition);
        for absent in [json!({}), json!({ "extra": null, "note": null })] {
            let it = outcome(&machine, &absent, &answer("7"));
            let (calls, error) = ways(&it);
            assert_eq!((calls.as_slice(), error), NOT_HELD, "{condition} {absent}");
        }
    }
}

/// A function that gives back another shape than it declares cannot be what opens the way either.
#[test]
fn without_an_answer_nothing_goes_on() {
    let machine = expecting("asked.amount <= answer.limit");
    for answer in [
        json!(null),
        json!({}),
        json!({ "limit": null }),
        json!({ "limit": "much" }),
    ] {
        let it = outcome(&machine, &json!({}), &answer);
        assert!(it.error.is_some(), "{answer}");
        assert!(!functions(&it).contains(&"two"), "{answer}");
    }
}

/// What has been found to be there may be used below, inside of blocks too.
#[test]
fn what_is_expected_to_be_present_is_there_after_it() {
    let machine = work(
        "",
        "expect present(asked.note) else { done }\nif asked.urgent {\n tell(Told { id: asked.id, time: started_at, what: asked.note })\n}",
    );
    let told = |note: Value| {
        let it = run(&machine, &with(&json!({ "note": note })), all_is_well);
        assert_eq!(it.error, None, "{}", it.cause);
        let told = it.tasks.first();
        told.map(|it| it.parameters["Payload"]["input"]["what"].clone())
    };
    assert_eq!(told(json!("a gift")), Some(json!("a gift")));
    assert_eq!(told(json!(null)), None);
}

/// In a branch and in a turn, `done` ends that one and `fail` the statement.
#[test]
fn inside_of_a_turn_the_others_go_on() {
    let machine = work(
        "fails Broken",
        "for line in asked.lines {\n expect line.price > 1 else { done }\n each(line)\n}\ntwo(asked)",
    );
    let lines = json!([{"sku": "a", "price": "1"}, {"sku": "b", "price": "1.01"}]);
    let it = run(&machine, &with(&json!({ "lines": lines })), all_is_well);
    assert_eq!(it.error, None, "{}", it.cause);
    assert_eq!(functions(&it), ["each", "two"]);
    assert_eq!(it.tasks[0].parameters["Payload"]["input"]["sku"], "b");
}
