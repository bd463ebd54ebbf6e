//! Drives an execution to its end with a virtual clock and recorded task results, for the tests of the interpreter.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

pub(crate) mod hand;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;

use pipe_engine::asl::{
    Command, Execution, Facts, HistoryEvent, Input, Json, Machine, Pattern, ResourceKind, Status,
    TaskStart, step,
};

/// 2026-11-20T16:00:00Z, shortly before the times that the recorded waits name.
pub(crate) const START_MS: i64 = 1_795_190_400_000;

/// What an execution did.
pub(crate) struct Outcome {
    pub(crate) status: Status,
    pub(crate) events: Vec<HistoryEvent>,
    /// Tasks that were started with other parameters than AWS sent.
    pub(crate) sent_differently: Vec<String>,
    /// The whole history as text, to compare two runs.
    pub(crate) trace: String,
    pub(crate) end_ms: i64,
}

/// How a case is run.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Store and read back the execution after every step.
    pub(crate) resume: bool,
    /// Give every input twice.
    pub(crate) twice: bool,
}

/// Recorded results of tasks: state name to a list of `{sent, return | throw, timed_out}`.
pub(crate) struct Mocks<'a> {
    recorded: Option<&'a Json>,
    used: BTreeMap<String, BTreeSet<usize>>,
}

impl<'a> Mocks<'a> {
    pub(crate) fn new(recorded: Option<&'a Json>) -> Mocks<'a> {
        Mocks {
            recorded,
            used: BTreeMap::new(),
        }
    }

    /// The result for a task: of the unused ones for its state the first with equal parameters, else the first.
    fn next(&mut self, start: &TaskStart) -> Option<&'a Json> {
        let list = self.recorded?.get(&start.state)?.as_array()?;
        let used = self.used.entry(start.state.to_string()).or_default();
        let unused = || {
            list.iter()
                .enumerate()
                .filter(|(index, _)| !used.contains(index))
        };
        let equal = unused().find(|(_, mock)| {
            mock.get("sent")
                .is_some_and(|sent| matches(sent, &start.parameters))
        });
        let (index, mock) = equal.or_else(|| unused().next())?;
        used.insert(index);
        Some(mock)
    }
}

/// Runs a case to its end; `facts` are what its execution is started with.
pub(crate) fn run(
    machine: &Machine,
    facts: Facts,
    mocks: Option<&Json>,
    manner: Manner,
) -> Outcome {
    let mut mocks = Mocks::new(mocks);
    let mut execution = Execution::new("definition-hash", facts, 42);
    let mut outcome = Outcome {
        status: Status::Pending,
        events: Vec::new(),
        sent_differently: Vec::new(),
        trace: String::new(),
        end_ms: START_MS,
    };
    let mut now_ms = START_MS;
    let mut timers: BTreeSet<(i64, u64)> = BTreeSet::new();
    let mut inputs = VecDeque::from([Input::Start]);
    loop {
        let input = match inputs.pop_front() {
            Some(input) => input,
            None => match timers.pop_first() {
                Some((at_ms, id)) => {
                    now_ms = now_ms.max(at_ms);
                    Input::TimerFired {
                        timer: pipe_engine::asl::TimerId(id),
                    }
                }
                None => break,
            },
        };
        let commands = step(machine, &mut execution, input.clone(), now_ms);
        if manner.twice {
            let again = step(machine, &mut execution, input, now_ms);
            assert!(
                again.is_empty(),
                "an input that came twice did something: {again:?}"
            );
        }
        if manner.resume {
            let stored = serde_json::to_string(&execution).expect("an execution can be stored");
            let read: Execution =
                serde_json::from_str(&stored).expect("a stored execution can be read");
            assert_eq!(read, execution);
            execution = read;
        }
        for command in commands {
            match command {
                Command::StartTask(start) => {
                    inputs.extend(answer(&start, &mut mocks, &mut outcome))
                }
                Command::SetTimer { timer, at_ms, .. } => {
                    timers.insert((at_ms, timer.0));
                }
                Command::CancelTimer { timer } => timers.retain(|(_, id)| *id != timer.0),
                Command::Event(event) => {
                    outcome.trace.push_str(&event.to_json().to_string());
                    outcome.trace.push('\n');
                    outcome.events.push(event);
                }
                Command::CancelTask { .. } => {}
                Command::Succeeded { .. }
                | Command::Failed { .. }
                | Command::TimedOut
                | Command::Aborted { .. } => {}
            }
        }
    }
    outcome.status = execution.status().clone();
    outcome.end_ms = now_ms;
    outcome
}

/// The input that a task's recorded result makes; nothing where it timed out, since then a timer decides.
fn answer(start: &TaskStart, mocks: &mut Mocks<'_>, outcome: &mut Outcome) -> Option<Input> {
    let task = start.task;
    let Some(mock) = mocks.next(start) else {
        let cause = format!(
            "no result is recorded for this attempt of `{}`",
            start.state
        );
        return Some(Input::TaskFailed {
            task,
            error: Some("NoMock".to_owned()),
            cause: Some(cause),
        });
    };
    if let Some(sent) = mock
        .get("sent")
        .filter(|sent| !matches(sent, &start.parameters))
    {
        outcome.sent_differently.push(format!(
            "{}: AWS sent {sent}, we {}",
            start.state, start.parameters
        ));
    }
    let text = |json: Option<&Json>| json.and_then(Json::as_str).map(str::to_owned);
    match mock.get("throw") {
        Some(_) if mock.get("timed_out") == Some(&Json::Bool(true)) => None,
        Some(thrown) => Some(Input::TaskFailed {
            task,
            error: text(thrown.get("error")),
            cause: text(thrown.get("cause")),
        }),
        None => {
            let raw = mock.get("return").cloned().unwrap_or_default();
            // Who calls back gives the result as JSON in a string.
            let calls_back = match &start.resource.kind {
                ResourceKind::Activity => true,
                ResourceKind::Service { pattern, .. } => *pattern != Pattern::RequestResponse,
                _ => false,
            };
            let output = match raw.as_str().filter(|_| calls_back).map(str::parse::<Json>) {
                Some(Ok(parsed)) => parsed,
                _ => raw,
            };
            Some(Input::TaskSucceeded { task, output })
        }
    }
}

/// Whether a value is what was recorded, where the recorder put tokens like `<uuid:1>` over what changes.
pub(crate) fn matches(recorded: &Json, value: &Json) -> bool {
    match (recorded, value) {
        (Json::Object(recorded), Json::Object(value)) => {
            // The count of redrives was added to the context object after some cases were recorded.
            let extra = value
                .iter()
                .filter(|(key, _)| recorded.get(key).is_none() && &***key != "RedriveCount");
            extra.count() == 0
                && recorded
                    .iter()
                    .all(|(key, item)| value.get(key).is_some_and(|other| matches(item, other)))
        }
        (Json::Array(recorded), Json::Array(value)) => {
            recorded.len() == value.len()
                && recorded
                    .iter()
                    .zip(value.iter())
                    .all(|(item, other)| matches(item, other))
        }
        (Json::String(text), _) if text.contains('<') && text.contains('>') => true,
        _ => recorded == value,
    }
}

/// A file of the conformance data; nothing, with a loud note, where it is not there.
fn data(file: &str) -> Option<String> {
    let given = std::env::var_os("PIPEC_CONFORMANCE")
        .map_or_else(|| PathBuf::from("../shared/conformance"), PathBuf::from);
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(given);
    let path = root.join("asl").join(file);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!(
            "SKIPPED: there is no conformance data at {} (set PIPEC_CONFORMANCE)",
            path.display()
        );
    }
    text
}

pub(crate) fn cases(file: &str) -> Option<Vec<Json>> {
    let text = data(file)?;
    Some(
        text.lines()
            .map(|line| line.parse().expect("a line of the data is JSON"))
            .collect(),
    )
}

pub(crate) fn text<'a>(case: &'a Json, key: &str) -> &'a str {
    case.get(key).and_then(Json::as_str).unwrap_or("")
}

/// The facts that the execution of a case is started with.
pub(crate) fn facts(case: &Json) -> Facts {
    let express = text(case, "workflow_type") == "EXPRESS";
    Facts {
        id: "arn:aws:states:us-east-1:111111111111:execution:machine:name".to_owned(),
        name: "name".to_owned(),
        role_arn: "arn:aws:iam::111111111111:role/snf-role".to_owned(),
        start_ms: START_MS,
        input: case
            .get("input")
            .cloned()
            .unwrap_or_else(Json::empty_object),
        machine_id: "arn:aws:states:us-east-1:111111111111:stateMachine:machine".to_owned(),
        machine_name: "machine".to_owned(),
        redrive_count: if express { None } else { Some(0) },
    }
}

/// Exceptions of a test, `id | reason` a line.
pub(crate) fn listed(lines: &'static str) -> BTreeMap<&'static str, &'static str> {
    let lines = lines
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            line.split_once(" | ")
                .expect("a line of the exceptions is `id | reason`")
        })
        .collect()
}
