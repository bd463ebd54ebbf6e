//! The edges: limits on payload, events and nesting, waits, what a history says, and what a refused definition is told.

use crate::asl_support::START_MS;
use crate::asl_support::hand::{Run, task_machine, tasks, timers};
use pipe_engine::asl::{Execution, HISTORY_EVENTS_MAX, Json, Machine, PAYLOAD_BYTES_MAX};

#[test]
fn an_output_of_256_kib_passes_and_one_byte_more_does_not() {
    let definition = task_machine("");
    for (extra, passes) in [(0, true), (1, false)] {
        let mut run = Run::new(&definition, "{}");
        let started = tasks(&run.start());
        let output = format!("\"{}\"", "x".repeat(PAYLOAD_BYTES_MAX - 2 + extra));
        run.succeed(started.first().expect("a task was started").task, &output);
        assert_eq!(run.output().len() == PAYLOAD_BYTES_MAX, passes, "{extra}");
        assert_eq!(
            run.failure().0 == "States.DataLimitExceeded",
            !passes,
            "{extra}"
        );
    }
}

#[test]
fn a_loop_without_end_ends_at_the_limit_of_events() {
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Choice","Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"End"}],"Default":"A"},"End":{"Type":"Succeed"}}}"#;
    let mut run = Run::new(definition, "{}");
    run.start();
    assert_eq!(run.execution.event_count(), HISTORY_EVENTS_MAX);
    assert_eq!(run.events.len() as u64, HISTORY_EVENTS_MAX);
    assert_eq!(
        run.event_types().last().map(String::as_str),
        Some("ExecutionFailed")
    );
    let cause = "The execution reached the maximum number of history events (25000).";
    assert_eq!(
        run.failure(),
        ("States.Runtime".to_owned(), cause.to_owned())
    );
}

#[test]
fn data_that_nests_ever_deeper_ends_at_a_limit_and_can_be_stored() {
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"x.$":"$"},"Next":"B"},
        "B":{"Type":"Choice","Choices":[{"Variable":"$.stop","IsPresent":true,"Next":"End"}],"Default":"A"},"End":{"Type":"Succeed"}}}"#;
    let mut run = Run::new(definition, "{}");
    run.start();
    assert_eq!(run.failure().0, "States.DataLimitExceeded");
    let stored = serde_json::to_string(&run.execution).expect("it can be stored");
    assert!(serde_json::from_str::<Execution>(&stored).is_ok());
}

#[test]
fn states_runtime_is_neither_retried_nor_caught() {
    let more = r#","Parameters":{"a.$":"$.missing"},"Retry":[{"ErrorEquals":["States.ALL"]}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Done"}]"#;
    let mut run = Run::new(&task_machine(more), r#"{"b":1}"#);
    run.start();
    let cause = "An error occurred while executing the state 'T' (entered at the event id #2). The JSONPath '$.missing' specified for the field 'a.$' could not be found in the input '{\"b\":1}'";
    assert_eq!(
        run.failure(),
        ("States.Runtime".to_owned(), cause.to_owned())
    );
}

#[test]
fn a_wait_ends_at_its_time_and_one_that_is_past_at_once() {
    let definition = |field: &str| {
        format!(r#"{{"StartAt":"W","States":{{"W":{{"Type":"Wait",{field},"End":true}}}}}}"#)
    };
    for (field, input, delay_ms) in [
        (r#""Seconds":7"#, "{}", Some(7_000)),
        (r#""SecondsPath":"$.s""#, r#"{"s":3}"#, Some(3_000)),
        (r#""Timestamp":"2026-11-20T16:00:01.5Z""#, "{}", Some(1_500)),
        (
            r#""TimestampPath":"$.t""#,
            r#"{"t":"2026-11-20T17:00:02+01:00"}"#,
            Some(2_000),
        ),
        (r#""Seconds":0"#, "{}", None),
        (r#""Timestamp":"2020-01-01T00:00:00Z""#, "{}", None),
    ] {
        let mut run = Run::new(&definition(field), input);
        let set = timers(&run.start());
        assert_eq!(
            set.first().map(|(_, at_ms)| at_ms - START_MS),
            delay_ms,
            "{field}"
        );
        if let Some(timer) = set.first() {
            run.fire(*timer);
        }
        assert_eq!(run.output(), input, "{field}");
    }
    let mut run = Run::new(&definition(r#""SecondsPath":"$.s""#), r#"{"s":"3"}"#);
    run.start();
    assert_eq!(run.failure().0, "States.Runtime");
}

#[test]
fn an_amount_keeps_every_digit_from_input_to_output() {
    let definition = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Parameters":{"amount.$":"$.amount","text.$":"States.JsonToString($)"},"End":true}}}"#;
    let mut run = Run::new(definition, r#"{"amount":12345678901234567890.10}"#);
    run.start();
    let expected =
        r#"{"amount":12345678901234567890.10,"text":"{\"amount\":12345678901234567890.10}"}"#;
    assert_eq!(run.output(), expected);
}

#[test]
fn a_called_function_leaves_the_history_that_aws_leaves() {
    let more = r#","Parameters":{"FunctionName":"f","Payload.$":"$"},"TimeoutSeconds":30,"ResultPath":"$.r""#;
    let mut run = Run::new(&task_machine(more), r#"{"a":1}"#);
    let started = tasks(&run.start());
    run.succeed(
        started.first().expect("a task was started").task,
        r#"{"Payload":2}"#,
    );
    assert_eq!(
        run.event_types(),
        [
            "ExecutionStarted",
            "TaskStateEntered",
            "TaskScheduled",
            "TaskStarted",
            "TaskSucceeded",
            "TaskStateExited",
            "PassStateEntered",
            "PassStateExited",
            "ExecutionSucceeded"
        ]
    );
    let scheduled = run.events.get(2).map(Json::to_string);
    let expected = r#"{"timestamp":1795190400,"type":"TaskScheduled","id":3,"previousEventId":2,"taskScheduledEventDetails":{"resourceType":"lambda","resource":"invoke","region":"us-east-1","parameters":"{\"FunctionName\":\"f\",\"Payload\":{\"a\":1}}","timeoutInSeconds":30}}"#;
    assert_eq!(
        scheduled
            .map(|text| text.replace("1795190400.0", "1795190400"))
            .as_deref(),
        Some(expected)
    );
    let exited = run
        .events
        .get(5)
        .and_then(|event| event.get("stateExitedEventDetails"))
        .map(Json::to_string);
    let expected = r#"{"name":"T","output":"{\"a\":1,\"r\":{\"Payload\":2}}","outputDetails":{"truncated":false}}"#;
    assert_eq!(exited.as_deref(), Some(expected));
}

#[test]
fn an_amount_at_a_path_is_within_the_bounds_of_a_literal() {
    let task = |field: &str| task_machine(&format!(r#","{field}":"$.n""#));
    let map = |field: &str| {
        format!(
            r#"{{"StartAt":"M","States":{{"M":{{"Type":"Map","End":true,"ItemsPath":"$.items","{field}":"$.n","ItemProcessor":{{"StartAt":"I","States":{{"I":{{"Type":"Succeed"}}}}}}}}}}}}"#
        )
    };
    let wait = r#"{"StartAt":"W","States":{"W":{"Type":"Wait","End":true,"SecondsPath":"$.n"}}}"#;
    for (definition, least) in [
        (task("TimeoutSecondsPath"), 1),
        (task("HeartbeatSecondsPath"), 1),
        (map("MaxConcurrencyPath"), 0),
        (map("ToleratedFailureCountPath"), 0),
        (wait.to_owned(), 0),
    ] {
        for (number, taken) in [(least, true), (least - 1, false)] {
            let input = format!(r#"{{"n":{number},"items":[]}}"#);
            let mut run = Run::new(&definition, &input);
            run.start();
            let failed = run.failure().0 == "States.Runtime";
            assert_eq!(failed, !taken, "{number} {definition}");
        }
    }
    let mut run = Run::new(wait, r#"{"n":100000000}"#);
    run.start();
    assert_eq!(run.failure().0, "States.Runtime");
}

#[test]
fn what_is_wrong_with_a_definition_is_said_with_state_and_field() {
    let state = |fields: &str| format!(r#"{{"StartAt":"A","States":{{"A":{{{fields}}}}}}}"#);
    for (definition, at, message) in [
        (
            state(r#""Type":"Pass","Frobnicate":1,"End":true"#),
            "/States/A/Frobnicate",
            "`Frobnicate` is not a field of a Pass state",
        ),
        (
            state(r#""Type":"Pass","Output":"x","End":true"#),
            "/States/A/Output",
            "NotSupported: JSONata",
        ),
        (
            state(r#""Type":"Pass","QueryLanguage":"JSONata","End":true"#),
            "/States/A/QueryLanguage",
            "NotSupported: JSONata",
        ),
        (
            state(r#""Type":"Map","ItemReader":{},"End":true"#),
            "/States/A/ItemReader",
            "NotSupported: ",
        ),
        (
            state(r#""Type":"Pass","Next":"B""#),
            "/States/A/Next",
            "there is no state `B` here",
        ),
        (
            state(r#""Type":"Pass""#),
            "/States/A",
            "must have either `Next` or `End: true`",
        ),
        (
            state(r#""Type":"Task","End":true"#),
            "/States/A",
            "`Resource` is missing",
        ),
        (
            state(r#""Type":"Pass","Parameters":{"a.$":"x"},"End":true"#),
            "/States/A/Parameters/a.$",
            "the value of `a.$` must be",
        ),
        (
            state(r#""Type":"Choice","Choices":[{"Variable":"$.a","NumericEqual":1,"Next":"A"}]"#),
            "/States/A/Choices/0/NumericEqual",
            "is not an operator",
        ),
        (
            state(
                r#""Type":"Task","Resource":"r","Retry":[{"ErrorEquals":["E"],"MaxAttempts":-1}],"End":true"#,
            ),
            "/States/A/Retry/0/MaxAttempts",
            "must be an integer",
        ),
        (
            state(r#""Type":"Odd""#),
            "/States/A/Type",
            "`Odd` is not a type of state",
        ),
        ("{".to_owned(), "/", "is not JSON"),
    ] {
        let error = Machine::parse(&definition).expect_err("the definition is wrong");
        assert_eq!(error.at, at, "{error}");
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn any_nesting_of_a_definition_ends_in_an_answer() {
    let mut deep = r#"{"StartAt":"S","States":{"S":{"Type":"Succeed"}}}"#.to_owned();
    for level in 0..60 {
        deep = format!(
            r#"{{"StartAt":"P{level}","States":{{"P{level}":{{"Type":"Parallel","End":true,"Branches":[{deep}]}}}}}}"#
        );
    }
    let error = Machine::parse(&deep).expect_err("it is too deep");
    assert_eq!(error.message, "states are nested too deeply");
    assert!(Machine::parse(&"[".repeat(100_000)).is_err());
    assert!(Machine::parse("\u{0}").is_err());
}
