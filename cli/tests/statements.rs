//! Statements of workflows, compiled and run by the interpreter of States Language: what each does, what each catch does,
//! what is sent again on a retry.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::too_many_lines,
    dead_code,
    unreachable_pub,
    reason = "a test that cannot go on fails"
)]

#[path = "statements/comparisons.rs"]
mod comparisons;
#[path = "statements/expect.rs"]
mod expect;
#[path = "statements/keys.rs"]
mod keys;
#[path = "statements/lanes.rs"]
mod lanes;
mod machine;
#[path = "statements/refunds.rs"]
mod refunds;
#[path = "statements/reserved.rs"]
mod reserved;

use machine::{Answer, Outcome, START_MS, Task, definition, fails, gives, raises, run};
use serde_json::{Value, json};

const HEAD: &str = r#"
pipeline shop

secret key
type Line { sku: string, price: decimal, note: string? }
type Answer { decision: yes | no | later, limit: decimal, count: int, at: timestamp, remark: string? }
event Asked once id {
  id:     string
  time:   timestamp = received_at
  amount: decimal
  other:  decimal
  count:  int
  urgent: bool
  dueAt:  timestamp
  note:   string?
  extra:  decimal?
  lines:  [Line]
  size:   small | large
}
event Told once id { id: string, time: timestamp, what: string }
error Broken { reason: string, code: int }
error Worse  { why: string }
table facts { partition: id, sort: time, holds: Asked, Told }
route POST /a { verify: github(secret: key), handler: take, append: facts }
function take(Asked) -> Asked
function ask(Asked) -> Answer fails Broken
function one(Asked) fails Broken
function two(Asked) fails Broken
function three(Asked) fails Broken
function undo_one(Asked)
function undo_two(Asked)
function each(Line) fails Broken
function tell(Told)
retry gently { errors: Broken, Throttled, Timeout, retries: 2, jitter: none }
grant take { read: key, append: facts }
grant work { append: facts, call: ask, one, two, three, undo_one, undo_two, each, tell }
"#;

/// Every function is called somewhere, so that nothing is warned of and nothing is granted in vain.
const CALL_ALL: &str = r#"
  if asked.id == "never" {
    ask(asked)
    catch Broken { }
    one(asked)
    catch Broken { }
    two(asked)
    catch Broken { }
    three(asked)
    catch Broken { }
    undo_one(asked)
    undo_two(asked)
    for it in asked.lines { each(it) }
    catch Broken { }
    tell(Told { id: asked.id, time: started_at, what: "x" })
    append Told { id: asked.id, time: started_at, what: "x" } to facts
  }
"#;

fn work(fails: &str, body: &str) -> String {
    // A word in column 0 would begin a declaration.
    let body = body.replace('\n', "\n  ");
    let text =
        format!("{HEAD}\nworkflow work(asked: Asked) {fails} {{\n{CALL_ALL}\n  {body}\n}}\n");
    definition("shop.pipe", &text, "work")
}

fn fields() -> Value {
    json!({
        "id": "a1", "time": "2026-11-20T15:00:00.000Z", "amount": "500.10", "other": "500.1", "count": 3, "urgent": true,
        "dueAt": "2026-11-21T16:00:00.000Z", "lines": [], "size": "small",
    })
}

/// The input that `start` gives: the scope.
fn asked() -> Value {
    json!({ "asked": fields() })
}

fn with(changes: &Value) -> Value {
    let mut all = fields();
    for (key, value) in changes.as_object().unwrap() {
        all[key] = value.clone();
    }
    json!({ "asked": all })
}

fn all_is_well(_: &Task) -> Answer {
    gives(json!({"decision": "yes", "limit": "7", "count": 3, "at": "2026-11-20T16:00:01.000Z"}))
}

/// What was called, by the name behind the binding.
fn called(outcome: &Outcome) -> Vec<&str> {
    outcome
        .states()
        .into_iter()
        .map(|it| it.rsplit(": ").next().unwrap())
        .collect()
}

#[test]
fn else_if_and_else_take_their_turn() {
    let definition = work(
        "",
        "if asked.count == 1 { one(asked)\n catch any { } } else if asked.count == 2 { two(asked)\n catch any { } } else { three(asked)\n catch any { } }\n tell(Told { id: asked.id, time: started_at, what: \"n ${asked.count}, ${asked.time.date}\" })",
    );
    for (count, expected) in [(1, "one"), (2, "two"), (3, "three")] {
        let outcome = run(&definition, &with(&json!({"count": count})), all_is_well);
        assert_eq!(outcome.error, None, "{}", outcome.cause);
        let states = called(&outcome);
        assert!(states[0].starts_with(expected), "{states:?}");
        let told = outcome.tasks.last().unwrap();
        assert_eq!(
            told.parameters["Payload"]["input"]["what"],
            format!("n {count}, 2026-11-20")
        );
    }
}

#[test]
fn match_takes_one_way_and_binds_nothing_outside() {
    let definition = work(
        "fails Broken",
        "answer = ask(asked)\n match answer.decision {\n yes { one(asked) }\n no, later { two(asked) }\n }\n three(asked)",
    );
    for (decision, expected) in [("yes", "one"), ("no", "two"), ("later", "two")] {
        let outcome = run(&definition, &asked(), |_| {
            gives(json!({"decision": decision}))
        });
        assert_eq!(outcome.error, None, "{}", outcome.cause);
        let states = called(&outcome);
        assert_eq!(states.len(), 3, "{states:?}");
        assert!(
            states[1].starts_with(expected) && states[2].starts_with("three"),
            "{states:?}"
        );
    }
    let outcome = run(&definition, &asked(), |_| {
        gives(json!({"decision": "perhaps"}))
    });
    assert_eq!(outcome.error.as_deref(), Some("Fault"));
}

#[test]
fn waits_last_as_long_as_they_say() {
    let outcome = run(&work("", "wait 90s"), &asked(), all_is_well);
    assert_eq!(outcome.end_ms, START_MS + 90_000);
    let due = with(&json!({"dueAt": "2026-11-20T16:30:00.000Z"}));
    let outcome = run(&work("", "wait until asked.dueAt"), &due, all_is_well);
    assert_eq!(outcome.end_ms, START_MS + 1_800_000);
}

#[test]
fn done_ends_well_and_nothing_after_it_runs() {
    let definition = work("fails Broken", "if asked.count == 3 { done }\n one(asked)");
    assert_eq!(run(&definition, &asked(), all_is_well).tasks.len(), 0);
    assert_eq!(
        run(&definition, &with(&json!({"count": 4})), all_is_well)
            .tasks
            .len(),
        1
    );
}

#[test]
fn branches_run_at_once_and_what_they_bind_is_there_after_them() {
    let definition = work(
        "fails Broken",
        "parallel {\n branch a { first = ask(asked) }\n branch b { one(asked) }\n }\n tell(Told { id: asked.id, time: started_at, what: \"${a.first.decision} ${a.first.limit}\" })\n if a.first.limit > asked.amount { two(asked) } else { three(asked) }",
    );
    let outcome = run(&definition, &asked(), all_is_well);
    assert_eq!(outcome.error, None, "{}", outcome.cause);
    let told = outcome
        .tasks
        .iter()
        .find(|it| it.state.starts_with("tell"))
        .unwrap();
    assert_eq!(told.parameters["Payload"]["input"]["what"], "yes 7");
    assert!(
        called(&outcome)[3].starts_with("three"),
        "{:?}",
        outcome.states()
    );
}

#[test]
fn a_failure_in_a_branch_is_caught_with_its_fields_whether_a_function_or_a_fail_raised_it() {
    let body = |inner: &str| {
        work(
            "",
            &format!(
                "parallel {{\n branch a {{ {inner} }}\n branch b {{ two(asked)\n catch any {{ }} }}\n }}\n catch Broken as broken {{ tell(Told {{ id: asked.id, time: started_at, what: \"${{broken.reason}} ${{broken.code}}\" }}) }}"
            ),
        )
    };
    let raising = |task: &Task| {
        if task.state.contains("one") {
            raises("Broken", &json!({"reason": "so", "code": 5}))
        } else {
            all_is_well(task)
        }
    };
    let expected = "so 5";
    for inner in [
        "one(asked)",
        "one(asked)\n catch Broken as it { fail Broken { reason: it.reason, code: it.code } }",
    ] {
        let outcome = run(&body(inner), &asked(), raising);
        assert_eq!(outcome.error, None, "{}", outcome.cause);
        let told = outcome.tasks.last().unwrap();
        assert_eq!(
            told.parameters["Payload"]["input"]["what"], expected,
            "{inner}"
        );
    }
    let outcome = run(
        &body("fail Broken { reason: \"so\", code: 5 }"),
        &asked(),
        raising,
    );
    let told = outcome.tasks.last().unwrap();
    assert_eq!(told.parameters["Payload"]["input"]["what"], expected);
}

#[test]
fn items_are_done_each_with_a_key_of_its_own() {
    let definition = work(
        "fails Broken",
        "for line in asked.lines at_once 2 {\n if present(line.note) { tell(Told { id: asked.id, time: started_at, what: line.note }) }\n each(line) retry gently\n }\n one(asked)",
    );
    let lines = json!([{"sku": "a", "price": "1.10"}, {"sku": "b", "price": "2", "note": "n"}, {"sku": "c", "price": "3"}]);
    let mut failed = false;
    let outcome = run(&definition, &with(&json!({"lines": lines})), |task| {
        if task.parameters["Payload"]["input"]["sku"] == "c" && !failed {
            failed = true;
            return raises("Broken", &json!({"reason": "x", "code": 1}));
        }
        all_is_well(task)
    });
    assert_eq!(outcome.error, None, "{}", outcome.cause);
    let keys: Vec<(&str, &str)> = outcome
        .tasks
        .iter()
        .filter(|it| it.state.contains("each"))
        .map(|it| {
            let payload = &it.parameters["Payload"];
            (
                payload["input"]["sku"].as_str().unwrap(),
                payload["idempotency_key"].as_str().unwrap(),
            )
        })
        .collect();
    let of = |sku: &str| {
        keys.iter()
            .filter(|it| it.0 == sku)
            .map(|it| it.1)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("c").len(), 2, "tried again: {keys:?}");
    assert_eq!(of("c")[0], of("c")[1], "with the same key");
    assert_ne!(of("a")[0], of("b")[0]);
    assert!(of("b")[0].ends_with("/1"), "{keys:?}");
    assert!(
        outcome
            .tasks
            .iter()
            .any(|it| it.parameters["Payload"]["input"]["what"] == "n")
    );
    let none = run(&definition, &asked(), all_is_well);
    assert_eq!(none.tasks.len(), 1, "an empty list has no turns");
}

/// Saga: whatever fails, exactly what was done before is undone, the last first.
#[test]
fn compensations_undo_what_was_done_in_reverse() {
    let definition = work(
        "fails Worse",
        "one(asked)\n catch any { fail Worse { why: \"1\" } }\n two(asked)\n catch any {\n undo_one(asked)\n fail Worse { why: \"2\" }\n }\n three(asked)\n catch any {\n undo_two(asked)\n undo_one(asked)\n fail Worse { why: \"3\" }\n }",
    );
    let steps = ["one", "two", "three"];
    let plain = |state: &str| -> String {
        let name = state.rsplit(": ").next().unwrap();
        name.trim_end_matches(|it: char| it.is_ascii_digit() || it == ' ')
            .to_owned()
    };
    for (index, broken) in steps.iter().enumerate() {
        let outcome = run(&definition, &asked(), |task| {
            if plain(&task.state) == *broken {
                fails("Lambda.Unknown")
            } else {
                all_is_well(task)
            }
        });
        assert_eq!(outcome.error.as_deref(), Some("Worse"));
        assert_eq!(outcome.cause, format!("{{\"why\":\"{}\"}}", index + 1));
        let done: Vec<String> = outcome.states().into_iter().map(plain).collect();
        let mut expected: Vec<String> = steps[..=index].iter().map(|it| (*it).to_owned()).collect();
        expected.extend(steps[..index].iter().rev().map(|it| format!("undo_{it}")));
        assert_eq!(done, expected);
    }
    let well = run(&definition, &asked(), all_is_well);
    assert_eq!(well.error, None);
    assert_eq!(well.tasks.len(), 3);
}
