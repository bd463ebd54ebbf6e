//! Single states against what the TestState API of AWS answers: status, output, error, next state.

use std::sync::Arc;

use crate::asl_support::{Manner, START_MS, cases, matches, run, text};
use pipe_engine::asl::{Facts, Json, Machine, Status};

/// A machine in which the state `S` gets an input and whose successors are Succeed states.
fn machine_around(state: &Json, input: Json) -> Json {
    let front = [
        ("Type", Json::from("Pass")),
        ("Result", input),
        ("Next", Json::from("S")),
    ];
    let mut states: Vec<(Arc<str>, Json)> = vec![
        ("Front".into(), Json::record(front)),
        ("S".into(), state.clone()),
    ];
    let lists = ["Choices", "Catch"]
        .iter()
        .filter_map(|key| state.get(key)?.as_array());
    let entries = lists.flat_map(|list| list.iter()).chain([state]);
    for entry in entries {
        for name in ["Next", "Default"]
            .iter()
            .filter_map(|key| entry.get(key)?.as_str())
        {
            states.push((name.into(), Json::record([("Type", Json::from("Succeed"))])));
        }
    }
    Json::record([
        ("StartAt", Json::from("Front")),
        ("States", Json::object(states)),
    ])
}

/// The state that a case is about: the definition itself, or one in the machine that it is.
fn state(case: &Json) -> Option<Json> {
    fn find(groups: &Json, name: &str) -> Option<Json> {
        let states = groups.get("States")?;
        let inner = || {
            let states = states.as_object()?.iter();
            states
                .filter_map(|(_, state)| state.get("ItemProcessor"))
                .find_map(|group| find(group, name))
        };
        states.get(name).cloned().or_else(inner)
    }
    let definition = case.get("definition")?;
    match text(case, "state_name") {
        "" => Some(definition.clone()),
        name => find(definition, name),
    }
}

/// The context object of the case, as far as it can be given; nothing where it lacks what every execution has.
fn facts(case: &Json) -> Option<Facts> {
    let context = case.get("context").cloned().unwrap_or_else(|| {
        let execution = [("Input", Json::empty_object())];
        Json::record([
            ("Execution", Json::record(execution)),
            ("StateMachine", Json::empty_object()),
        ])
    });
    let execution = context
        .get("Execution")
        .filter(|execution| execution.get("Input").is_some())?;
    let machine = context.get("StateMachine")?;
    Some(Facts {
        id: text(execution, "Id").to_owned(),
        name: text(execution, "Name").to_owned(),
        role_arn: text(execution, "RoleArn").to_owned(),
        start_ms: START_MS,
        input: execution.get("Input").cloned()?,
        machine_id: text(machine, "Id").to_owned(),
        machine_name: text(machine, "Name").to_owned(),
        redrive_count: None,
    })
}

/// What is wrong; `Ok(false)` where the case needs what an execution does not have.
fn judge(case: &Json) -> Result<bool, String> {
    let (Some(state), Some(facts)) = (state(case), facts(case)) else {
        return Ok(false);
    };
    let mock = case
        .get("mock")
        .and_then(|mock| mock.get("result"))
        .cloned();
    let kind = text(&state, "Type");
    // A mocked result in place of branches or iterations, and a call of a real function, are TestState's own.
    if (matches!(kind, "Map" | "Parallel") && mock.is_some()) || (kind == "Task" && mock.is_none())
    {
        return Ok(false);
    }
    let expected = case.get("expected").cloned().unwrap_or_default();
    let input = case
        .get("input")
        .cloned()
        .unwrap_or_else(Json::empty_object);
    let machine =
        Machine::from_json(&machine_around(&state, input)).map_err(|error| error.to_string())?;
    let result = Json::record([("return", mock.unwrap_or_default())]);
    let mocks = Json::record([("S", Json::array(vec![result]))]);
    let outcome = run(&machine, facts, Some(&mocks), Manner::default());
    let mut entered = outcome
        .events
        .iter()
        .filter(|event| event.type_name().ends_with("StateEntered"));
    let next = entered.nth(2).and_then(|event| event.state());
    match (&outcome.status, text(&expected, "status")) {
        (Status::Succeeded { output }, "SUCCEEDED") => {
            let wanted = expected.get("output").cloned().unwrap_or_default();
            if !timeless(&wanted, output) {
                return Err(format!("output {output}, expected {wanted}"));
            }
        }
        (Status::Failed { error, .. }, "FAILED")
            if error.as_deref().unwrap_or("") == text(&expected, "error") => {}
        (status, wanted) => return Err(format!("{status:?}, expected {wanted}")),
    }
    match next.unwrap_or("") == text(&expected, "nextState") {
        true => Ok(true),
        false => Err(format!(
            "went to {next:?}, expected {:?}",
            expected.get("nextState")
        )),
    }
}

/// Equal but for the context object, which has the state's name and times of this run.
fn timeless(expected: &Json, value: &Json) -> bool {
    match (expected, value) {
        (Json::Object(expected), Json::Object(value)) => expected.iter().all(|(key, item)| {
            matches!(&**key, "ContextObjectValue")
                || value.get(key).is_some_and(|other| timeless(item, other))
        }),
        _ => matches(expected, value),
    }
}

#[test]
fn states_answer_as_test_state_does() {
    let Some(cases) = cases("test_state.jsonl") else {
        return;
    };
    let mut counts = (0, 0);
    let mut wrong = Vec::new();
    for case in cases
        .iter()
        .filter(|case| text(case, "query_language") == "JSONPath")
    {
        match judge(case) {
            Ok(true) => counts.0 += 1,
            Ok(false) => counts.1 += 1,
            Err(why) => wrong.push(format!("{}: {why}", text(case, "id"))),
        }
    }
    println!(
        "{} as TestState answers, {} need what only TestState has",
        counts.0, counts.1
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
