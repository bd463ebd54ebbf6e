//! Compiles a spec and drives one of its machines through the interpreter with a made-up world and a made-up clock.

use std::collections::BTreeSet;

use pipe_engine::asl::{Command, Execution, Facts, Input, Json, Machine, Status, TaskStart, step};
use serde_json::Value;

/// 2026-11-20T16:00:00Z
pub const START_MS: i64 = 1_795_190_400_000;

/// What the world answers to a task: its result, or an error with its cause.
pub type Answer = Result<Value, (String, String)>;

/// A task that a machine started.
#[derive(Clone, Debug)]
pub struct Task {
    pub state: String,
    pub parameters: Value,
    pub retry: u64,
}

/// How an execution went.
#[derive(Debug)]
pub struct Outcome {
    pub tasks: Vec<Task>,
    /// The error's name where it failed.
    pub error: Option<String>,
    pub cause: String,
    pub end_ms: i64,
}

impl Outcome {
    /// Names of the states that did something, in order, without retries.
    pub fn states(&self) -> Vec<&str> {
        self.tasks
            .iter()
            .filter(|it| it.retry == 0)
            .map(|it| it.state.as_str())
            .collect()
    }

    pub fn task(&self, state: &str) -> &Value {
        let found = self.tasks.iter().find(|it| it.state == state);
        &found
            .unwrap_or_else(|| panic!("no `{state}` in {:?}", self.states()))
            .parameters
    }
}

/// The definition of a workflow of a spec, which must check without an error.
pub fn definition(file: &str, text: &str, workflow: &str) -> String {
    let checked = pipe_compiler::check(file, text);
    let shown = pipe_compiler::diag::render_short(&checked.diagnostics, file, text);
    let pipeline = checked.pipeline.unwrap_or_else(|| panic!("{shown}"));
    let wanted = format!("{workflow}.asl.json");
    let artifacts = pipe_compiler::compile(&pipeline);
    let found = artifacts.iter().find(|it| it.path.ends_with(&wanted));
    String::from_utf8(found.expect("there is a definition").contents.clone()).expect("it is text")
}

/// Runs it to its end; timers fire at once, in order.
pub fn run(definition: &str, input: &Value, mut world: impl FnMut(&Task) -> Answer) -> Outcome {
    let machine = Machine::parse(definition)
        .unwrap_or_else(|error| panic!("the definition is refused: {error:?}\n{definition}"));
    let facts = Facts {
        id: "arn:aws:states:us-east-1:111111111111:execution:m:first".to_owned(),
        name: "first".to_owned(),
        role_arn: "arn:aws:iam::111111111111:role/r".to_owned(),
        start_ms: START_MS,
        input: input.to_string().parse().expect("the input is JSON"),
        machine_id: "arn:aws:states:us-east-1:111111111111:stateMachine:m".to_owned(),
        machine_name: "m".to_owned(),
        redrive_count: Some(0),
    };
    let mut execution = Execution::new("hash", facts, 7);
    let mut outcome = Outcome {
        tasks: Vec::new(),
        error: None,
        cause: String::new(),
        end_ms: START_MS,
    };
    let mut inputs = std::collections::VecDeque::from([Input::Start]);
    let mut timers: BTreeSet<(i64, u64)> = BTreeSet::new();
    loop {
        let input = match inputs.pop_front() {
            Some(input) => input,
            None => match timers.pop_first() {
                Some((at_ms, id)) => {
                    outcome.end_ms = outcome.end_ms.max(at_ms);
                    Input::TimerFired {
                        timer: pipe_engine::asl::TimerId(id),
                    }
                }
                None => break,
            },
        };
        for command in step(&machine, &mut execution, input, outcome.end_ms) {
            match command {
                Command::StartTask(start) => {
                    let task = seen(&start);
                    outcome.tasks.push(task.clone());
                    inputs.push_back(match world(&task) {
                        Ok(value) => Input::TaskSucceeded {
                            task: start.task,
                            output: value.to_string().parse().expect("the answer is JSON"),
                        },
                        Err((error, cause)) => Input::TaskFailed {
                            task: start.task,
                            error: Some(error),
                            cause: Some(cause),
                        },
                    });
                }
                Command::SetTimer { timer, at_ms, .. } => {
                    timers.insert((at_ms, timer.0));
                }
                Command::CancelTimer { timer } => timers.retain(|(_, id)| *id != timer.0),
                _ => {}
            }
        }
    }
    match execution.status() {
        Status::Succeeded { .. } => {}
        Status::Failed { error, cause } => {
            outcome.error = Some(error.clone().unwrap_or_default());
            outcome.cause = cause.clone().unwrap_or_default();
        }
        other => outcome.error = Some(format!("{other:?}")),
    }
    outcome
}

fn seen(start: &TaskStart) -> Task {
    let text = Json::to_string(&start.parameters);
    Task {
        state: start.state.to_string(),
        parameters: serde_json::from_str(&text).expect("parameters are JSON"),
        retry: start.retry_count,
    }
}

/// What a function answers.
pub fn gives(value: Value) -> Answer {
    Ok(serde_json::json!({ "Payload": value, "StatusCode": 200 }))
}

/// How a function fails with a declared error.
pub fn raises(error: &str, fields: &Value) -> Answer {
    let cause = serde_json::json!({ "errorType": error, "errorMessage": fields.to_string() });
    Err((error.to_owned(), cause.to_string()))
}

/// An error of a service.
pub fn fails(error: &str) -> Answer {
    Err((error.to_owned(), "why".to_owned()))
}
