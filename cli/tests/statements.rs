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

#[path = "statements/expect.rs"]
mod expect;
mod machine;
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

/// Whether a condition holds of an input.
fn holds(definition: &str, input: &Value) -> bool {
    let outcome = run(definition, input, all_is_well);
    assert_eq!(outcome.error, None, "{}", outcome.cause);
    match called(&outcome).as_slice() {
        [only] => only.starts_with("one"),
        other => panic!("{other:?}"),
    }
}

fn condition(text: &str) -> String {
    work(
        "",
        &format!(
            "if {text} {{ one(asked)\n catch any {{ }} }} else {{ two(asked)\n catch any {{ }} }}"
        ),
    )
}

#[test]
fn decimals_are_compared_exactly() {
    let numbers = [
        "0",
        "-0.5",
        "0.5",
        "0.50",
        "0.05",
        "-1",
        "1",
        "1.0",
        "10",
        "9.99",
        "9.990",
        "9.9900000000000000000000000001",
        "-9.99",
        "-10",
        "123456789012345.0000000000000000001",
        "123456789012345",
        "4503599627370497.5",
        "4503599627370497.25",
        "-0.05",
        "0.0000000000000000000000000000000000001",
    ];
    let exact = |text: &str| -> i128 {
        // Twenty digits behind the point are enough to tell these apart, but for the smallest, which has its own case.
        let (whole, fraction) = text
            .trim_start_matches('-')
            .split_once('.')
            .unwrap_or((text.trim_start_matches('-'), ""));
        let digits: String = format!("{fraction:0<20}").chars().take(20).collect();
        let size =
            whole.parse::<i128>().unwrap() * 10_i128.pow(20) + digits.parse::<i128>().unwrap();
        if text.starts_with('-') { -size } else { size }
    };
    for (operator, is) in [
        (">", (|a, b| a > b) as fn(i128, i128) -> bool),
        (">=", |a, b| a >= b),
        ("<", |a, b| a < b),
        ("<=", |a, b| a <= b),
        ("==", |a, b| a == b),
        ("!=", |a, b| a != b),
    ] {
        // Every other operator is made of this one.
        let numbers = if operator == ">=" {
            &numbers[..]
        } else {
            &numbers[..6]
        };
        let both = condition(&format!("asked.amount {operator} asked.other"));
        for a in numbers.iter().copied() {
            for b in numbers.iter().copied() {
                if a.len() > 36 || b.len() > 36 {
                    continue;
                }
                let input = with(&json!({"amount": a, "other": b}));
                let (x, y) = (exact(a), exact(b));
                if a.contains("00000000000000001") || b.contains("00000000000000001") {
                    continue;
                }
                assert_eq!(holds(&both, &input), is(x, y), "{a} {operator} {b}");
            }
        }
        for b in ["0", "-0.5", "9.99", "-10", "500.1", "0.05", "0.50", "1.00"] {
            let constant = condition(&format!("asked.amount {operator} {b}"));
            for a in numbers.iter().copied() {
                if a.len() > 25 {
                    continue;
                }
                let input = with(&json!({"amount": a}));
                assert_eq!(
                    holds(&constant, &input),
                    is(exact(a), exact(b)),
                    "{a} {operator} {b}"
                );
            }
        }
    }
    let more = condition("asked.amount > 9.99");
    assert!(holds(
        &more,
        &with(&json!({"amount": "9.9900000000000000000000000001"}))
    ));
    let more = condition("asked.amount > asked.other");
    let input =
        json!({"amount": "123456789012345.0000000000000000001", "other": "123456789012345"});
    assert!(holds(&more, &with(&input)));
    let input = json!({"amount": "0.0000000000000000000000000000000000001", "other": "0"});
    assert!(holds(&more, &with(&input)));
}

#[test]
fn decimals_that_a_double_cannot_tell_apart_end_the_execution() {
    let definition = condition("asked.amount > asked.other");
    let input = with(&json!({"amount": "9007199254740993.5", "other": "9007199254740992.5"}));
    // This interpreter compares whole numbers of any size; on AWS the first choice is taken, which leads to a Fail.
    assert!(holds(&definition, &input));
    let machine: Value = serde_json::from_str(&definition).unwrap();
    let states = machine["States"].as_object().unwrap();
    let guarded = states.values().any(|it| {
        it["Choices"][0]["Next"] == "Too large to compare"
            && it["Choices"][0]["And"][0]["And"][0]["NumericEqualsPath"].is_string()
            || it["Choices"][0]["And"][0]["NumericEqualsPath"].is_string()
    });
    assert!(guarded, "{definition}");
    assert_eq!(states["Too large to compare"]["Type"], "Fail");
}

#[test]
fn other_types_are_compared_and_what_is_absent_makes_a_comparison_false() {
    let note = with(&json!({"note": "x", "extra": "2.5"}));
    for (text, input, expected) in [
        ("asked.urgent", asked(), true),
        ("not asked.urgent", asked(), false),
        ("asked.count == 3", asked(), true),
        ("asked.count > 3", asked(), false),
        ("asked.size == large", asked(), false),
        ("asked.size != large", asked(), true),
        ("asked.id == \"a1\"", asked(), true),
        ("asked.id == \"${asked.size}\"", asked(), false),
        ("asked.dueAt > started_at", asked(), true),
        ("asked.dueAt <= asked.time", asked(), false),
        ("present(asked.note)", asked(), false),
        ("present(asked.note)", note.clone(), true),
        ("present(asked.note)", with(&json!({"note": null})), false),
        ("asked.note == \"x\"", asked(), false),
        ("asked.note != \"x\"", asked(), false),
        ("asked.note == \"x\"", note.clone(), true),
        ("asked.extra > 2", asked(), false),
        ("asked.extra < 2", asked(), false),
        ("asked.extra > asked.amount", asked(), false),
        ("asked.extra > 2.4", note.clone(), true),
        (
            "present(asked.extra) and asked.extra < asked.amount",
            note.clone(),
            true,
        ),
        (
            "present(asked.extra) and asked.extra < asked.amount",
            asked(),
            false,
        ),
        (
            "asked.urgent and (asked.count == 4 or asked.size == small)",
            asked(),
            true,
        ),
        ("asked.id == \"${\\\"}\"", asked(), false),
    ] {
        if text.contains('\\') {
            continue;
        }
        assert_eq!(holds(&condition(text), &input), expected, "{text}");
    }
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

/// The refund flow of the specs, driven through each of its ways.
mod refunds {
    use super::*;

    const SPEC: &str = include_str!("../../specs/refunds.pipe");

    fn flow() -> String {
        definition("refunds.pipe", SPEC, "refund_payment")
    }

    #[test]
    fn the_spec_has_nothing_to_be_warned_of() {
        let checked = pipe_compiler::check("refunds.pipe", SPEC);
        let shown = pipe_compiler::diag::render_short(&checked.diagnostics, "refunds.pipe", SPEC);
        assert_eq!(shown, "");
    }

    fn refund(changes: &Value) -> Value {
        let mut all = json!({
            "refundId": "r1", "timestamp": "2026-11-20T15:00:00.000Z", "email": "a@b.example", "amount": "12.50",
            "currency": "EUR", "lines": [{"sku": "s1", "quantity": 1}, {"sku": "s2", "quantity": 2}],
            "dueAt": "2026-11-20T16:30:00.000Z", "stage": "requested",
        });
        for (key, value) in changes.as_object().unwrap() {
            all[key] = value.clone();
        }
        json!({ "refund": all })
    }

    fn world(task: &Task) -> Answer {
        if task.state.contains("ask_approval") {
            return gives(json!({"decision": "approved"}));
        }
        if task.state.contains("booking") {
            return gives(json!({"id": "b1"}));
        }
        if task.state.contains("find_payment") {
            return gives(json!({"amount": "1000.00", "currency": "EUR"}));
        }
        if task.parameters.get("Entries").is_some() {
            return Ok(json!({"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]}));
        }
        gives(json!(null))
    }

    fn body(value: &Value) -> Value {
        serde_json::from_str(value.as_str().expect("a text")).expect("JSON")
    }

    #[test]
    fn a_small_refund_goes_all_the_way_and_says_the_same_to_everyone() {
        let outcome = run(&flow(), &refund(&json!({})), world);
        assert_eq!(outcome.error, None, "{}", outcome.cause);
        let states = outcome.states();
        assert!(
            !states.iter().any(|it| it.contains("ask_approval")),
            "{states:?}"
        );
        assert_eq!(states.iter().filter(|it| it.contains("restock")).count(), 2);

        let put = outcome.task("put RefundRequested to papers");
        assert_eq!(put["Key"], "refunds/2026-11-20/r1.json");
        let paper = put["Body"].as_str().unwrap();
        assert!(
            paper.contains(r#""amount":12.50"#),
            "the digits as they came: {paper}"
        );
        assert_eq!(body(&put["Body"])["note"], Value::Null);

        let sent = &outcome.task("send RefundCompleted to books")["Entries"][0];
        assert_eq!(sent["Source"], "shop.refunds");
        assert_eq!(body(&sent["Detail"])["booking"], "b1");
        assert!(
            sent["Detail"]
                .as_str()
                .unwrap()
                .contains(r#""amount":12.50"#)
        );

        let update = outcome.task("update refunds.stage");
        assert_eq!(
            update["Key"]["timestamp"]["S"],
            "2026-11-20T15:00:00.000Z#RefundRequested"
        );
        assert_eq!(
            update["ExpressionAttributeValues"][":value"]["S"],
            "refunded"
        );

        let start = outcome.task("start follow_up");
        assert_eq!(start["Name"].as_str().unwrap().len(), 64);
        assert_eq!(start["Input"]["refund"]["amount"], "12.50");
    }

    #[test]
    fn a_large_one_asks_first_and_a_rejected_one_ends_there() {
        for (amount, note) in [("500.01", Value::Null), ("1", json!("please"))] {
            let input = refund(&json!({"amount": amount, "note": note}));
            let outcome = run(&flow(), &input, |task| {
                if task.state.contains("ask_approval") {
                    gives(json!({"decision": "rejected", "by": "x"}))
                } else {
                    world(task)
                }
            });
            assert_eq!(outcome.error, None, "{}", outcome.cause);
            assert_eq!(outcome.states().len(), 3, "{:?}", outcome.states());
            assert_eq!(
                outcome.tasks[2].parameters["ExpressionAttributeValues"][":value"]["S"],
                "rejected"
            );
        }
        let outcome = run(&flow(), &refund(&json!({"amount": "500.00"})), world);
        assert!(
            !outcome
                .states()
                .iter()
                .any(|it| it.contains("ask_approval"))
        );
    }

    #[test]
    fn one_that_nobody_decides_waits_a_day_and_is_paid_only_if_it_is_approved_then() {
        for (answer, is_paid) in [("approved", true), ("rejected", false), ("later", false)] {
            let mut asked = 0;
            let outcome = run(&flow(), &refund(&json!({"amount": "900"})), |task| {
                if task.state.contains("ask_approval") {
                    asked += 1;
                    gives(json!({ "decision": if asked == 1 { "later" } else { answer } }))
                } else {
                    world(task)
                }
            });
            assert_eq!(outcome.error, None, "{}", outcome.cause);
            let told = outcome.task("publish to ops");
            assert_eq!(told["Subject"], "Refund r1 waits");
            assert_eq!(told["Message"], "900 EUR have nobody's approval.");
            assert!(outcome.end_ms >= START_MS + 86_400_000);
            assert_eq!(asked, 2);
            let states = outcome.states();
            let paid = states.iter().any(|it| it.starts_with("pay_back"));
            assert_eq!(paid, is_paid, "{answer}: {states:?}");
            let updates = outcome.tasks.iter();
            let updates = updates.filter(|it| it.state.starts_with("update"));
            let stages: Vec<_> = updates
                .map(|it| &it.parameters["ExpressionAttributeValues"][":value"]["S"])
                .collect();
            let expected = if is_paid { "refunded" } else { "rejected" };
            assert_eq!(stages, [expected], "{answer}");
        }
    }

    #[test]
    fn one_of_more_than_was_paid_or_in_another_currency_is_recorded_published_and_not_paid() {
        for changes in [json!({"amount": "1000.01"}), json!({"currency": "USD"})] {
            let outcome = run(&flow(), &refund(&changes), world);
            assert_eq!(outcome.error.as_deref(), Some("Unrefunded"), "{changes}");
            let states = outcome.states();
            let expected = [
                "find_payment",
                "append RefundFailed",
                "publish RefundFailed to results",
            ];
            let plain = states.iter().map(|it| it.rsplit(": ").next().unwrap());
            assert!(plain.eq(expected), "{states:?}");
        }
    }

    #[test]
    fn a_refused_one_is_recorded_published_and_fails() {
        let outcome = run(&flow(), &refund(&json!({})), |task| {
            if task.state.starts_with("pay_back") {
                raises("Refused", &json!({"reason": "\"no\""}))
            } else {
                world(task)
            }
        });
        assert_eq!(outcome.error.as_deref(), Some("Unrefunded"));
        assert_eq!(outcome.cause, r#"{"reason":"\"no\""}"#);
        let published = outcome.task("Refused: publish RefundFailed to results");
        assert_eq!(
            published["MessageAttributes"]["event"]["StringValue"],
            "RefundFailed"
        );
        assert_eq!(body(&published["Message"])["reason"], "\"no\"");
    }

    #[test]
    fn what_fails_to_be_booked_is_undone_recorded_and_fails() {
        let mut undone = 0;
        let outcome = run(&flow(), &refund(&json!({})), |task| {
            if task.state.contains("booking") {
                return fails("Lambda.Unknown");
            }
            if task.state.contains("unbook") {
                undone += 1;
            }
            world(task)
        });
        assert_eq!(outcome.error.as_deref(), Some("Unrefunded"));
        assert_eq!(undone, 1);
        assert!(
            outcome
                .states()
                .iter()
                .any(|it| it.contains("append RefundFailed"))
        );
        // And where undoing fails too, somebody hears of it, and it is still recorded.
        let outcome = run(&flow(), &refund(&json!({})), |task| {
            if task.state.contains("book") {
                fails("Lambda.Unknown")
            } else {
                world(task)
            }
        });
        assert_eq!(outcome.error.as_deref(), Some("Unrefunded"));
        assert!(
            outcome
                .states()
                .iter()
                .any(|it| it.contains("publish to ops")),
            "{:?}",
            outcome.states()
        );
    }

    /// Each effect fails twice in a passing way, and is then said again in the very same words.
    #[test]
    fn an_effect_is_tried_again_with_the_same_request() {
        let flow = flow();
        for (state, error) in [
            ("put RefundRequested to papers", "S3.S3Exception"),
            ("send RefundCompleted to books", "EventBridge.FailedEntry"),
            ("update refunds.stage", "DynamoDb.ThrottlingException"),
            ("start follow_up", "StepFunctions.ThrottlingException"),
            (
                "append RefundCompleted",
                "DynamoDb.TransactionCanceledException",
            ),
        ] {
            let mut left = 2;
            let outcome = run(&flow, &refund(&json!({})), |task| {
                if task.state.starts_with(state) && left > 0 {
                    left -= 1;
                    return fails(error);
                }
                world(task)
            });
            assert_eq!(outcome.error, None, "{state}: {}", outcome.cause);
            let tries: Vec<&Value> = outcome
                .tasks
                .iter()
                .filter(|it| it.state.starts_with(state))
                .map(|it| &it.parameters)
                .collect();
            assert_eq!(tries.len(), 3, "{state}");
            assert!(tries.iter().all(|it| *it == tries[0]), "{state}");
        }
    }

    #[test]
    fn a_workflow_that_was_started_already_is_started_well() {
        let outcome = run(&flow(), &refund(&json!({})), |task| {
            if task.state.starts_with("start") {
                fails("StepFunctions.ExecutionAlreadyExistsException")
            } else {
                world(task)
            }
        });
        assert_eq!(outcome.error, None, "{}", outcome.cause);
    }

    #[test]
    fn goods_that_are_not_back_are_told_of_and_the_refund_goes_on() {
        let outcome = run(&flow(), &refund(&json!({})), |task| {
            if task.state.contains("restock") {
                fails("Lambda.Unknown")
            } else {
                world(task)
            }
        });
        assert_eq!(outcome.error, None, "{}", outcome.cause);
        assert_eq!(
            outcome.task("any: publish to ops 2")["Subject"],
            "Stock of r1"
        );
        assert!(outcome.states().contains(&"append RefundCompleted"));
    }
}

/// A queue, grouped and told apart, and a catch of its throttling.
#[test]
fn a_message_to_a_fifo_queue_has_its_group_and_one_identity_for_all_tries() {
    let spec = r#"
pipeline lanes
secret key
param ops_email: string at deploy
event Asked once id { id: string, time: timestamp = received_at, account: string, amount: decimal }
error Stuck { why: string }
table facts { partition: id, sort: time, holds: Asked }
queue lane { fifo: true, group: account, dead_letter: lane_dead after 5, visibility: 2m }
queue lane_dead { fifo: true, retention: 14d }
topic ops { email: ops_email }
route POST /a { verify: github(secret: key), handler: take, append: facts }
function take(Asked) -> Asked
function work(Asked) { on: lane batch 5 }
workflow pass(asked: Asked) fails Stuck {
  on: facts
  send asked to lane
  catch Throttled { fail Stuck { why: "busy" } }
}
alarm dead { when: lane_dead.depth > 0 for 5m, send: ops }
alarm stuck { when: pass.failed > 0 for 5m, send: ops }
grant take { read: key, append: facts }
grant work { receive: lane }
grant pass { send: lane }
"#;
    let definition = definition("lanes.pipe", spec, "pass");
    let record = json!([{"eventName": "INSERT", "dynamodb": {"NewImage": {
        "_event": {"S": "Asked"}, "id": {"S": "a1"}, "time": {"S": "2026-11-20T15:00:00.000Z#Asked"},
        "account": {"S": "acc"}, "amount": {"N": "0.1000000000000000055"},
    }}}]);
    let mut left = 1;
    let outcome = run(&definition, &record, |task| {
        if task.state.starts_with("send") && left > 0 {
            left -= 1;
            return fails("SQS.RequestThrottledException");
        }
        Ok(json!({}))
    });
    assert_eq!(outcome.error, None, "{}", outcome.cause);
    let sent: Vec<&Value> = outcome
        .tasks
        .iter()
        .filter(|it| it.state.starts_with("send"))
        .map(|it| &it.parameters)
        .collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
    assert_eq!(sent[0]["MessageGroupId"], "acc");
    assert_eq!(
        sent[0]["MessageDeduplicationId"].as_str().unwrap().len(),
        64
    );
    assert!(
        sent[0]["MessageBody"]
            .as_str()
            .unwrap()
            .contains("0.1000000000000000055")
    );
    let outcome = run(&definition, &record, |task| {
        if task.state.starts_with("send") {
            fails("SQS.RequestThrottledException")
        } else {
            Ok(json!({}))
        }
    });
    assert_eq!(outcome.error.as_deref(), Some("Stuck"));
}

/// Keys that a machine makes beside those that the runtime makes, for values with what separates the parts of a key.
mod keys {
    use super::{Outcome, definition, run};
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
}
