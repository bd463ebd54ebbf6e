//! What the interpreter promises to whoever drives it: timers, retries, limits, cancellation, restart, history.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod asl_support;

use asl_support::{START_MS, facts};
use pipe_engine::asl::{
    Command, Execution, HISTORY_EVENTS_MAX, Input, Json, Machine, PAYLOAD_BYTES_MAX, Status,
    TaskId, TaskStart, TimerId, step,
};

/// An execution with its machine, driven by hand.
struct Run {
    machine: Machine,
    execution: Execution,
    now_ms: i64,
    events: Vec<Json>,
}

fn json(text: &str) -> Json {
    text.parse().expect("the text is JSON")
}

impl Run {
    fn with_seed(definition: &str, input: &str, seed: u64) -> Run {
        let machine = Machine::parse(definition).expect("the definition is valid");
        let mut facts = facts(&Json::Null);
        facts.input = json(input);
        let execution = Execution::new("hash", facts, seed);
        Run {
            machine,
            execution,
            now_ms: START_MS,
            events: Vec::new(),
        }
    }

    fn new(definition: &str, input: &str) -> Run {
        Run::with_seed(definition, input, 1)
    }

    /// One step; gives the commands that are not events.
    fn step(&mut self, input: Input) -> Vec<Command> {
        let commands = step(&self.machine, &mut self.execution, input, self.now_ms);
        let (events, others): (Vec<_>, Vec<_>) = commands
            .into_iter()
            .partition(|command| matches!(command, Command::Event(_)));
        for event in events {
            if let Command::Event(event) = event {
                self.events.push(event.to_json());
            }
        }
        others
    }

    fn start(&mut self) -> Vec<Command> {
        self.step(Input::Start)
    }

    fn succeed(&mut self, task: TaskId, output: &str) -> Vec<Command> {
        self.step(Input::TaskSucceeded {
            task,
            output: json(output),
        })
    }

    fn fail(&mut self, task: TaskId, error: &str) -> Vec<Command> {
        let cause = Some("why".to_owned());
        self.step(Input::TaskFailed {
            task,
            error: Some(error.to_owned()),
            cause,
        })
    }

    fn fire(&mut self, (timer, at_ms): (TimerId, i64)) -> Vec<Command> {
        self.now_ms = self.now_ms.max(at_ms);
        self.step(Input::TimerFired { timer })
    }

    fn output(&self) -> String {
        match self.execution.status() {
            Status::Succeeded { output } => output.to_string(),
            other => format!("{other:?}"),
        }
    }

    fn failure(&self) -> (String, String) {
        match self.execution.status() {
            Status::Failed { error, cause } => (
                error.clone().unwrap_or_default(),
                cause.clone().unwrap_or_default(),
            ),
            other => (format!("{other:?}"), String::new()),
        }
    }

    fn event_types(&self) -> Vec<String> {
        let types = self
            .events
            .iter()
            .filter_map(|event| event.get("type").and_then(Json::as_str));
        types.map(str::to_owned).collect()
    }
}

fn tasks(commands: &[Command]) -> Vec<TaskStart> {
    let started = commands.iter().filter_map(|command| match command {
        Command::StartTask(start) => Some(start.clone()),
        _ => None,
    });
    started.collect()
}

fn timers(commands: &[Command]) -> Vec<(TimerId, i64)> {
    let set = commands.iter().filter_map(|command| match command {
        Command::SetTimer { timer, at_ms } => Some((*timer, *at_ms)),
        _ => None,
    });
    set.collect()
}

fn cancelled(commands: &[Command]) -> (Vec<TaskId>, Vec<TimerId>) {
    let mut found = (Vec::new(), Vec::new());
    for command in commands {
        match command {
            Command::CancelTask { task } => found.0.push(*task),
            Command::CancelTimer { timer } => found.1.push(*timer),
            _ => {}
        }
    }
    found
}

/// A Task state `T` that calls a function, with more fields.
fn task_machine(more: &str) -> String {
    format!(
        r#"{{"StartAt":"T","States":{{
            "T":{{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Next":"Done"{more}}},
            "Done":{{"Type":"Pass","End":true}}}}}}"#
    )
}

const RETRY: &str = r#","Retry":[{"ErrorEquals":["Down"],"IntervalSeconds":2,"MaxAttempts":3,"BackoffRate":2.0,"MaxDelaySeconds":5}]"#;

#[test]
fn a_state_is_retried_after_growing_delays_and_then_fails() {
    let mut run = Run::new(&task_machine(RETRY), "{}");
    let mut started = tasks(&run.start());
    let mut delays = Vec::new();
    for attempt in 0..3 {
        assert_eq!(started.len(), 1);
        let start = started.pop().expect("a task was started");
        assert_eq!(start.retry_count, attempt);
        let set = timers(&run.fail(start.task, "Down"));
        delays.extend(set.iter().map(|(_, at_ms)| at_ms - run.now_ms));
        started = tasks(&run.fire(*set.first().expect("a timer was set")));
    }
    assert_eq!(delays, [2_000, 4_000, 5_000]);
    run.fail(started.pop().expect("a task was started").task, "Down");
    assert_eq!(run.failure(), ("Down".to_owned(), "why".to_owned()));
}

#[test]
fn an_error_that_no_retrier_names_is_not_retried() {
    let mut run = Run::new(&task_machine(RETRY), "{}");
    let started = tasks(&run.start());
    run.fail(
        started.first().expect("a task was started").task,
        "Declined",
    );
    assert_eq!(run.failure().0, "Declined");
}

#[test]
fn jitter_is_within_the_delay_and_a_function_of_the_seed() {
    let definition = task_machine(
        r#","Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":10,"MaxAttempts":1,"JitterStrategy":"FULL"}]"#,
    );
    let delay = |seed| {
        let mut run = Run::with_seed(&definition, "{}", seed);
        let started = tasks(&run.start());
        let set = timers(&run.fail(started.first().expect("a task was started").task, "Down"));
        set.first().expect("a timer was set").1 - START_MS
    };
    let delays: Vec<i64> = (0..50).map(delay).collect();
    assert_eq!(delays, (0..50).map(delay).collect::<Vec<_>>());
    assert!(
        delays.iter().all(|delay| (0..=10_000).contains(delay)),
        "{delays:?}"
    );
    assert!(
        delays.iter().max() > Some(&8_000) && delays.iter().min() < Some(&2_000),
        "{delays:?}"
    );
}

#[test]
fn a_task_that_is_too_slow_times_out_and_its_late_answer_changes_nothing() {
    let more = r#","TimeoutSeconds":5,"Catch":[{"ErrorEquals":["States.Timeout"],"ResultPath":"$.error","Next":"Done"}]"#;
    let mut run = Run::new(&task_machine(more), r#"{"a":1}"#);
    let commands = run.start();
    let task = tasks(&commands).first().expect("a task was started").task;
    let set = timers(&commands);
    assert_eq!(
        set.iter()
            .map(|(_, at_ms)| at_ms - START_MS)
            .collect::<Vec<_>>(),
        [5_000]
    );
    let commands = run.fire(*set.first().expect("a timer was set"));
    assert_eq!(cancelled(&commands), (vec![task], vec![]));
    assert_eq!(
        run.output(),
        r#"{"a":1,"error":{"Error":"States.Timeout","Cause":""}}"#
    );
    assert!(run.succeed(task, "{}").is_empty());
    assert!(run.event_types().contains(&"TaskTimedOut".to_owned()));
}

#[test]
fn an_answer_in_time_cancels_the_timers() {
    let mut run = Run::new(
        &task_machine(r#","TimeoutSeconds":60,"HeartbeatSeconds":5"#),
        "{}",
    );
    let commands = run.start();
    let task = tasks(&commands).first().expect("a task was started").task;
    let set: Vec<TimerId> = timers(&commands).iter().map(|(timer, _)| *timer).collect();
    assert_eq!(cancelled(&run.succeed(task, "7")), (vec![], set));
    assert_eq!(run.output(), "7");
}

#[test]
fn a_heartbeat_starts_the_silence_anew() {
    let more = r#","HeartbeatSeconds":5,"Catch":[{"ErrorEquals":["States.HeartbeatTimeout"],"Next":"Done"}]"#;
    let mut run = Run::new(&task_machine(more), "{}");
    let commands = run.start();
    let task = tasks(&commands).first().expect("a task was started").task;
    let first = *timers(&commands).first().expect("a timer was set");
    run.now_ms += 4_000;
    let commands = run.step(Input::TaskHeartbeat { task });
    assert_eq!(cancelled(&commands).1, [first.0]);
    let second = *timers(&commands).first().expect("a timer was set");
    assert_eq!(second.1, START_MS + 9_000);
    assert!(run.fire(first).is_empty());
    run.fire(second);
    assert_eq!(run.output(), r#"{"Error":"States.Timeout","Cause":""}"#);
}

const PARALLEL: &str = r#"{"StartAt":"P","States":{
    "P":{"Type":"Parallel","Next":"Done","Catch":[{"ErrorEquals":["Bad"],"Next":"Caught"}],"Branches":[
        {"StartAt":"A","States":{"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","TimeoutSeconds":9,"End":true}}},
        {"StartAt":"B","States":{"B":{"Type":"Wait","Seconds":30,"End":true}}},
        {"StartAt":"C","States":{"C":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true}}}]},
    "Done":{"Type":"Pass","End":true},"Caught":{"Type":"Pass","End":true}}}"#;

#[test]
fn a_failed_branch_ends_its_siblings_and_is_caught_by_the_state() {
    let mut run = Run::new(PARALLEL, "{}");
    let commands = run.start();
    let (started, set) = (tasks(&commands), timers(&commands));
    let [a, c] = started.as_slice() else {
        panic!("{started:?}")
    };
    let (tasks, timers) = cancelled(&run.fail(c.task, "Bad"));
    assert_eq!(tasks, [a.task]);
    assert_eq!(timers.len(), set.len());
    assert_eq!(run.output(), r#"{"Error":"Bad","Cause":"why"}"#);
    let types = run.event_types();
    for expected in [
        "WaitStateAborted",
        "TaskStateAborted",
        "ParallelStateFailed",
        "ParallelStateExited",
    ] {
        assert!(
            types.contains(&expected.to_owned()),
            "{expected} in {types:?}"
        );
    }
}

#[test]
fn the_outputs_of_branches_keep_their_places_whoever_ends_first() {
    let mut run = Run::new(PARALLEL, "{}");
    let commands = run.start();
    let (started, set) = (tasks(&commands), timers(&commands));
    let [a, c] = started.as_slice() else {
        panic!("{started:?}")
    };
    run.succeed(c.task, "3");
    let wait = set
        .iter()
        .find(|(_, at_ms)| *at_ms == START_MS + 30_000)
        .expect("the Wait state has a timer");
    run.fire(*wait);
    assert!(run.execution.is_running());
    run.succeed(a.task, "1");
    assert_eq!(run.output(), "[1,{},3]");
}

#[test]
fn a_map_runs_no_more_items_at_a_time_than_allowed() {
    let definition = r#"{"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":2,"End":true,"ItemProcessor":{
        "StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","End":true}}}}}}"#;
    let mut run = Run::new(definition, "[10,20,30,40,50]");
    let mut running = tasks(&run.start());
    let mut seen = Vec::new();
    while !running.is_empty() {
        assert!(running.len() <= 2);
        let next = running.remove(0);
        seen.push(next.parameters.to_string());
        running.extend(tasks(
            &run.succeed(next.task, &format!("{}1", next.parameters)),
        ));
    }
    assert_eq!(seen, ["10", "20", "30", "40", "50"]);
    assert_eq!(run.output(), "[101,201,301,401,501]");
}

#[test]
fn tolerated_failures_of_a_distributed_map_leave_a_gap() {
    let definition = |tolerated: u32| {
        format!(
            r#"{{"StartAt":"M","States":{{"M":{{"Type":"Map","MaxConcurrency":1,"ToleratedFailureCount":{tolerated},"End":true,
            "ItemProcessor":{{"ProcessorConfig":{{"Mode":"DISTRIBUTED","ExecutionType":"STANDARD"}},"StartAt":"C","States":{{
                "C":{{"Type":"Choice","Choices":[{{"Variable":"$","NumericGreaterThan":1,"Next":"F"}}],"Default":"S"}},
                "F":{{"Type":"Fail","Error":"Bad"}},"S":{{"Type":"Succeed"}}}}}}}}}}}}"#
        )
    };
    let mut run = Run::new(&definition(1), "[0,2,1]");
    run.start();
    assert_eq!(run.output(), "[0,1]");
    let mut run = Run::new(&definition(1), "[0,2,3]");
    run.start();
    assert_eq!(run.failure().0, "States.ExceedToleratedFailureThreshold");
    let types = run.event_types();
    assert!(
        types.contains(&"MapRunFailed".to_owned())
            && !types.contains(&"FailStateEntered".to_owned()),
        "{types:?}"
    );
}

#[test]
fn the_limit_of_the_state_machine_ends_everything() {
    let definition = r#"{"StartAt":"W","TimeoutSeconds":10,"States":{"W":{"Type":"Wait","Seconds":60,"End":true}}}"#;
    let mut run = Run::new(definition, "{}");
    let set = timers(&run.start());
    let deadline = set
        .iter()
        .find(|(_, at_ms)| *at_ms == START_MS + 10_000)
        .expect("the machine has a timer");
    let commands = run.fire(*deadline);
    assert_eq!(cancelled(&commands).1.len(), 1);
    assert_eq!(*run.execution.status(), Status::TimedOut);
    assert_eq!(
        run.event_types().last().map(String::as_str),
        Some("ExecutionTimedOut")
    );
    assert!(run.execution.outstanding(&run.machine).is_empty());
}

#[test]
fn an_abort_cancels_what_runs() {
    let mut run = Run::new(&task_machine(r#","TimeoutSeconds":60"#), "{}");
    let commands = run.start();
    let (error, cause) = (Some("Stop".to_owned()), None);
    let (tasks, timers) = cancelled(&run.step(Input::Abort {
        error: error.clone(),
        cause: cause.clone(),
    }));
    assert_eq!(
        (tasks.len(), timers.len()),
        (1, self::timers(&commands).len())
    );
    assert_eq!(*run.execution.status(), Status::Aborted { error, cause });
}

#[test]
fn after_a_restart_what_was_not_answered_is_asked_again() {
    let mut run = Run::new(PARALLEL, r#"{"amount":10.10}"#);
    let commands = run.start();
    let stored = serde_json::to_string(&run.execution).expect("it can be stored");
    let execution: Execution = serde_json::from_str(&stored).expect("it can be read");
    let again = execution.outstanding(&run.machine);
    let shape = |commands: &[Command]| {
        let mut starts: Vec<String> = tasks(commands)
            .iter()
            .map(|start| format!("{start:?}"))
            .collect();
        starts.sort_unstable();
        let mut timers = timers(commands);
        timers.sort_unstable();
        (starts, timers)
    };
    assert_eq!(shape(&again), shape(&commands));
    assert_eq!(execution, run.execution);
}

#[test]
fn a_second_start_or_an_unknown_task_does_nothing() {
    let mut run = Run::new(&task_machine(""), "{}");
    run.start();
    let before = run.execution.clone();
    assert!(run.start().is_empty());
    assert!(run.succeed(TaskId(99), "1").is_empty());
    assert!(
        run.step(Input::TimerFired { timer: TimerId(99) })
            .is_empty()
    );
    assert_eq!(run.execution, before);
}

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
    for _ in 0..60 {
        deep = format!(
            r#"{{"StartAt":"P","States":{{"P":{{"Type":"Parallel","End":true,"Branches":[{deep}]}}}}}}"#
        );
    }
    assert!(Machine::parse(&deep).is_err());
    assert!(Machine::parse(&"[".repeat(100_000)).is_err());
    assert!(Machine::parse("\u{0}").is_err());
}
