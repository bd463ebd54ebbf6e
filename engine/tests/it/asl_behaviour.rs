//! What the interpreter promises to whoever drives it: timers, retries, cancellation, restart.

use crate::asl_support::START_MS;
use crate::asl_support::hand::{Run, cancelled, task_machine, tasks, timers};
use pipe_engine::asl::{Command, Execution, Input, Status, TaskId, TimerId, TimerKind};

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
fn the_result_of_a_task_is_selected_with_its_token_in_sight() {
    let definition = r#"{"StartAt":"T","States":{"T":{"Type":"Task","Resource":"arn:aws:states:::sqs:sendMessage.waitForTaskToken","Parameters":{"token.$":"$$.Task.Token"},
        "ResultSelector":{"token.$":"$$.Task.Token","name.$":"$$.State.Name"},"End":true}}}"#;
    let mut run = Run::new(definition, "{}");
    let started = tasks(&run.start());
    let start = started.first().expect("a task was started");
    let token = start.token.clone().expect("somebody else ends it");
    run.succeed(start.task, "{}");
    let expected = format!(r#"{{"token":"{token}","name":"T"}}"#);
    assert_eq!(run.output(), expected);
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
fn a_timer_says_what_it_is_for_also_after_a_restart() {
    let kinds = |commands: &[Command]| {
        let set = commands.iter().filter_map(|command| match command {
            Command::SetTimer { kind, .. } => Some(*kind),
            _ => None,
        });
        set.collect::<Vec<_>>()
    };
    let held = |run: &Run, expected: &[TimerKind]| {
        assert_eq!(kinds(&run.execution.outstanding(&run.machine)), expected);
    };
    let more = format!(r#"{RETRY},"TimeoutSeconds":60"#);
    let mut task = Run::new(&task_machine(&more), "{}");
    let started = task.start();
    assert_eq!(kinds(&started), [TimerKind::Limit]);
    held(&task, &[TimerKind::Limit]);
    let first = tasks(&started).pop().expect("a task was started");
    assert_eq!(kinds(&task.fail(first.task, "Down")), [TimerKind::Retry]);
    held(&task, &[TimerKind::Retry]);
    let wait = r#"{"StartAt":"W","TimeoutSeconds":60,"States":{"W":{"Type":"Wait","Seconds":5,"End":true}}}"#;
    let mut wait = Run::new(wait, "{}");
    assert_eq!(kinds(&wait.start()), [TimerKind::Limit, TimerKind::Wait]);
    held(&wait, &[TimerKind::Limit, TimerKind::Wait]);
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
