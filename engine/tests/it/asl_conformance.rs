//! The interpreter against executions recorded from AWS: status, output, error and what was sent to each task.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use crate::asl_support::{Manner, cases, facts, listed, matches, run, text};
use pipe_engine::asl::{Json, Machine, Status};

/// Cases that do not come out as recorded, one `id | reason` a line.
const EXCEPTIONS: &str = include_str!("asl_support/exceptions.txt");

/// Whether a value is the expected one; a string of the expectation that holds a masked token fits anything.
fn fits(expected: &Json, value: &Json, masked: &[&str]) -> bool {
    match (expected, value) {
        (Json::Object(expected), Json::Object(value)) => {
            expected.len() == value.len()
                && expected.iter().all(|(key, item)| {
                    value
                        .get(key)
                        .is_some_and(|other| fits(item, other, masked))
                })
        }
        (Json::Array(expected), Json::Array(value)) => {
            expected.len() == value.len()
                && expected
                    .iter()
                    .zip(value.iter())
                    .all(|(item, other)| fits(item, other, masked))
        }
        (Json::String(text), _) if masked.iter().any(|token| text.contains(token)) => true,
        _ => expected == value,
    }
}

/// What is wrong with the outcome of a case; empty where it came out as recorded.
fn judge(case: &Json, manner: Manner) -> Result<Verdict, String> {
    let definition = case.get("definition").expect("a case has a definition");
    let machine = Machine::from_json(definition).map_err(|error| format!("refused: {error}"))?;
    let outcome = run(&machine, facts(case), case.get("task_mocks"), manner);
    let masked: Vec<&str> = match case.get("masked") {
        Some(Json::Array(tokens)) => tokens.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    };
    if let Some(difference) = outcome.sent_differently.first() {
        return Err(difference.clone());
    }
    let mut cause_fits = true;
    match (&outcome.status, text(case, "expected_status")) {
        (Status::Succeeded { output }, "SUCCEEDED") => {
            let expected = case.get("expected_output").cloned().unwrap_or_default();
            if !fits(&expected, output, &masked) {
                return Err(format!("output {output}, expected {expected}"));
            }
        }
        (Status::Failed { error, cause }, "FAILED") => {
            let expected = case.get("expected_error").and_then(Json::as_str);
            if error.as_deref() != expected {
                return Err(format!(
                    "error {error:?} ({cause:?}), expected {expected:?}"
                ));
            }
            if let Some(expected) = case.get("expected_cause").and_then(Json::as_str) {
                cause_fits = same_cause(expected, cause.as_deref().unwrap_or(""), &masked);
            }
        }
        (status, expected) => return Err(format!("{status:?}, expected {expected}")),
    }
    Ok(Verdict {
        cause_fits,
        order_fits: visited_in_order(case, &outcome.events),
        trace: outcome.trace,
    })
}

struct Verdict {
    cause_fits: bool,
    order_fits: bool,
    trace: String,
}

fn same_cause(expected: &str, cause: &str, masked: &[&str]) -> bool {
    let as_json = |text: &str| text.parse::<Json>().ok();
    match (as_json(expected), as_json(cause)) {
        (Some(expected), Some(cause)) => matches(&expected, &cause),
        _ => match masked.iter().find_map(|token| expected.split_once(token)) {
            Some((before, after)) => cause.starts_with(before) && cause.ends_with(after),
            None => expected == cause,
        },
    }
}

/// Whether the states were entered in the recorded order; of branches side by side the order does not count.
fn visited_in_order(case: &Json, events: &[pipe_engine::asl::HistoryEvent]) -> bool {
    let Some(Json::Array(expected)) = case.get("states_visited") else {
        return true;
    };
    let mut expected: Vec<&str> = expected.iter().filter_map(Json::as_str).collect();
    let entered = events
        .iter()
        .filter(|event| event.type_name().ends_with("StateEntered"));
    let mut visited: Vec<&str> = entered.filter_map(|event| event.state()).collect();
    if text(case, "states_order") == "concurrent" {
        expected.sort_unstable();
        visited.sort_unstable();
    }
    expected == visited
}

#[derive(Default)]
struct Count {
    passed: usize,
    all: usize,
    causes: usize,
    orders: usize,
}

#[test]
fn executions_come_out_as_recorded() {
    let Some(cases) = cases("cases.jsonl") else {
        return;
    };
    let exceptions = listed(EXCEPTIONS);
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut unexpected = Vec::new();
    for case in cases
        .iter()
        .filter(|case| text(case, "query_language") == "JSONPath")
    {
        let suite = format!("{} {}", text(case, "tier"), text(case, "suite"));
        let count = counts.entry(suite).or_default();
        count.all += 1;
        let id = text(case, "id");
        match (judge(case, Manner::default()), exceptions.get(id)) {
            (Ok(verdict), None) => {
                count.passed += 1;
                count.causes += usize::from(!verdict.cause_fits);
                count.orders += usize::from(!verdict.order_fits);
                if std::env::var_os("ASL_VERBOSE").is_some()
                    && !(verdict.cause_fits && verdict.order_fits)
                {
                    println!(
                        "{id}: cause {} order {}\n{}",
                        verdict.cause_fits, verdict.order_fits, verdict.trace
                    );
                }
            }
            (Ok(_), Some(_)) => {
                unexpected.push(format!("{id}: passes, so it is no exception any more"))
            }
            (Err(_), Some(_)) => {}
            (Err(why), None) => unexpected.push(format!("{id}: {why}")),
        }
    }
    for (suite, count) in &counts {
        let Count {
            passed,
            all,
            causes,
            orders,
        } = count;
        println!(
            "{suite}: {passed} of {all} as recorded; {causes} with another text as cause, {orders} with another order of states"
        );
    }
    assert!(
        unexpected.is_empty(),
        "{} cases:\n{}",
        unexpected.len(),
        unexpected.join("\n")
    );
}

#[test]
fn jsonata_is_refused_by_name_of_state_and_field() {
    let Some(cases) = cases("cases.jsonl") else {
        return;
    };
    let mut refused = 0;
    for case in cases
        .iter()
        .filter(|case| text(case, "query_language") != "JSONPath")
    {
        let definition = case.get("definition").expect("a case has a definition");
        let error = Machine::from_json(definition).expect_err("JSONata is not interpreted");
        assert!(
            error.message.starts_with("NotSupported: "),
            "{}: {error}",
            text(case, "id")
        );
        refused += 1;
    }
    println!("{refused} definitions with JSONata refused");
}

#[test]
fn an_execution_stored_after_every_step_ends_the_same() {
    let Some(cases) = cases("cases.jsonl") else {
        return;
    };
    for case in cases
        .iter()
        .filter(|case| text(case, "query_language") == "JSONPath")
    {
        let Ok(straight) = judge(case, Manner::default()) else {
            continue;
        };
        let stored = judge(
            case,
            Manner {
                resume: true,
                twice: true,
            },
        );
        let stored = stored.unwrap_or_else(|why| panic!("{}: {why}", text(case, "id")));
        assert_eq!(straight.trace, stored.trace, "{}", text(case, "id"));
    }
}
