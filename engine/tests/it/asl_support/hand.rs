//! Drives an execution by hand, one input at a time, and keeps its history.

use pipe_engine::asl::{
    Command, Execution, Input, Json, Machine, Status, TaskId, TaskStart, TimerId, step,
};

use super::{START_MS, facts};

/// An execution with its machine, driven by hand.
pub(crate) struct Run {
    pub(crate) machine: Machine,
    pub(crate) execution: Execution,
    pub(crate) now_ms: i64,
    pub(crate) events: Vec<Json>,
}

pub(crate) fn json(text: &str) -> Json {
    text.parse().expect("the text is JSON")
}

impl Run {
    pub(crate) fn with_seed(definition: &str, input: &str, seed: u64) -> Run {
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

    pub(crate) fn new(definition: &str, input: &str) -> Run {
        Run::with_seed(definition, input, 1)
    }

    /// One step; gives the commands that are not events.
    pub(crate) fn step(&mut self, input: Input) -> Vec<Command> {
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

    pub(crate) fn start(&mut self) -> Vec<Command> {
        self.step(Input::Start)
    }

    pub(crate) fn succeed(&mut self, task: TaskId, output: &str) -> Vec<Command> {
        self.step(Input::TaskSucceeded {
            task,
            output: json(output),
        })
    }

    pub(crate) fn fail(&mut self, task: TaskId, error: &str) -> Vec<Command> {
        let cause = Some("why".to_owned());
        self.step(Input::TaskFailed {
            task,
            error: Some(error.to_owned()),
            cause,
        })
    }

    pub(crate) fn fire(&mut self, (timer, at_ms): (TimerId, i64)) -> Vec<Command> {
        self.now_ms = self.now_ms.max(at_ms);
        self.step(Input::TimerFired { timer })
    }

    pub(crate) fn output(&self) -> String {
        match self.execution.status() {
            Status::Succeeded { output } => output.to_string(),
            other => format!("{other:?}"),
        }
    }

    pub(crate) fn failure(&self) -> (String, String) {
        match self.execution.status() {
            Status::Failed { error, cause } => (
                error.clone().unwrap_or_default(),
                cause.clone().unwrap_or_default(),
            ),
            other => (format!("{other:?}"), String::new()),
        }
    }

    pub(crate) fn event_types(&self) -> Vec<String> {
        let types = self
            .events
            .iter()
            .filter_map(|event| event.get("type").and_then(Json::as_str));
        types.map(str::to_owned).collect()
    }
}

pub(crate) fn tasks(commands: &[Command]) -> Vec<TaskStart> {
    let started = commands.iter().filter_map(|command| match command {
        Command::StartTask(start) => Some(TaskStart::clone(start)),
        _ => None,
    });
    started.collect()
}

pub(crate) fn timers(commands: &[Command]) -> Vec<(TimerId, i64)> {
    let set = commands.iter().filter_map(|command| match command {
        Command::SetTimer { timer, at_ms, .. } => Some((*timer, *at_ms)),
        _ => None,
    });
    set.collect()
}

pub(crate) fn cancelled(commands: &[Command]) -> (Vec<TaskId>, Vec<TimerId>) {
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
pub(crate) fn task_machine(more: &str) -> String {
    format!(
        r#"{{"StartAt":"T","States":{{
            "T":{{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Next":"Done"{more}}},
            "Done":{{"Type":"Pass","End":true}}}}}}"#
    )
}
