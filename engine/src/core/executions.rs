//! Executions of state machines: starting them once, stepping them, keeping them and their histories.
//!
//! An execution is stored whole after each step, with the definition that it was started with under its hash, so that
//! a new definition does not reach what already runs. History events are stored one by one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Digest as _;

use super::input::Output;
use super::tables::signed;
use super::{Core, RestoreError, integration, journal, tasks};
use crate::artifacts::Deployment;
use crate::asl::{self, Command, Json, TimerId};
use crate::change::Change;
use crate::observe::StepKind;

/// A machine of the deployment.
#[derive(Debug)]
pub(super) struct MachineEntry {
    pub(super) name: String,
    pub(super) role_arn: String,
    pub(super) definition: String,
    pub(super) hash: String,
}

/// One execution and what the interpreter does not know about it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) machine_arn: String,
    pub(super) execution: asl::Execution,
    pub(super) stop_ms: Option<u64>,
    /// The state that was entered last.
    pub(super) state: String,
    /// The partition value of the fact that started it.
    pub(super) subject: Option<String>,
    /// Timers with the times that they were given here, which `--time-scale` may have brought forward.
    pub(super) timers: BTreeMap<u64, u64>,
}

/// All machines and executions.
#[derive(Debug, Default)]
pub(super) struct Executions {
    /// By ARN.
    pub(super) machines: BTreeMap<String, MachineEntry>,
    /// By hash.
    definitions: BTreeMap<String, Arc<asl::Machine>>,
    stored_definitions: BTreeSet<String>,
    /// By number, in the order they were started.
    pub(super) records: BTreeMap<u64, Record>,
    /// The latest execution with this ARN.
    pub(super) by_arn: BTreeMap<String, u64>,
    /// What each execution was given.
    journals: BTreeMap<u64, Vec<journal::Entry>>,
    touched: BTreeSet<u64>,
    /// Started by a task of another execution, and not begun.
    to_begin: BTreeSet<u64>,
}

impl Executions {
    pub(super) fn new(deployment: &Deployment) -> Result<Self, RestoreError> {
        let mut executions = Self::default();
        for machine in &deployment.machines {
            let refused = |message: String| {
                RestoreError(format!("state machine {}: {message}", machine.name))
            };
            let definition = machine.definition.to_string();
            let parsed =
                asl::Machine::parse(&definition).map_err(|error| refused(error.to_string()))?;
            for (state, resource) in parsed.resources() {
                integration::check_offered(resource)
                    .map_err(|message| refused(format!("state {state}: {message}")))?;
            }
            let hash = hash(&definition);
            executions
                .definitions
                .insert(hash.clone(), Arc::new(parsed));
            let entry = MachineEntry {
                name: machine.name.clone(),
                role_arn: machine.role_arn.clone(),
                definition,
                hash,
            };
            executions.machines.insert(machine.arn.clone(), entry);
        }
        Ok(executions)
    }

    pub(super) fn restore(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let text = std::str::from_utf8(key).unwrap_or_default();
        let damaged = || RestoreError(format!("a stored execution is damaged: {text}"));
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            ["machine", hash] => {
                let definition = std::str::from_utf8(value).map_err(|_| damaged())?;
                let machine = asl::Machine::parse(definition)
                    .map_err(|error| RestoreError(format!("a stored definition: {error}")))?;
                self.definitions
                    .insert((*hash).to_owned(), Arc::new(machine));
                self.stored_definitions.insert((*hash).to_owned());
            }
            ["execution", number] => {
                let number: u64 = number.parse().map_err(|_| damaged())?;
                let record: Record = serde_json::from_slice(value).map_err(|_| damaged())?;
                self.by_arn
                    .insert(record.execution.facts.id.clone(), number);
                self.records.insert(number, record);
            }
            ["journal", number, _] => {
                let number: u64 = number.parse().map_err(|_| damaged())?;
                let entry = serde_json::from_slice(value).map_err(|_| damaged())?;
                self.journals.entry(number).or_default().push(entry);
            }
            _ => return Err(damaged()),
        }
        Ok(())
    }

    /// Stores the definitions of the deployment, each once.
    pub(super) fn pin_definitions(&mut self, out: &mut Output) {
        for machine in self.machines.values() {
            if self.stored_definitions.insert(machine.hash.clone()) {
                out.changes.push(Change::put(
                    format!("machine/{}", machine.hash).into_bytes(),
                    machine.definition.clone().into_bytes(),
                ));
            }
        }
    }

    /// Stores every execution that this step has changed, once.
    pub(super) fn save_touched(&mut self, out: &mut Output) {
        for number in std::mem::take(&mut self.touched) {
            if let Some(record) = self.records.get(&number) {
                // Its maps have texts and numbers as keys, so it always has a JSON form.
                let value = serde_json::to_vec(record).unwrap_or_default();
                out.changes.push(Change::put(
                    format!("execution/{number:020}").into_bytes(),
                    value,
                ));
            }
        }
    }

    /// Has an execution begin in a moment of its own. It is kept until then, also when the process ends.
    pub(super) fn begin_soon(&mut self, number: u64) {
        self.touched.insert(number);
        self.to_begin.insert(number);
    }

    /// When one is to begin that has not.
    pub(super) fn next_begin_ms(&self) -> Option<u64> {
        let record = self.records.get(self.to_begin.first()?)?;
        u64::try_from(record.execution.facts.start_ms).ok()
    }

    pub(super) fn by_arn(&self, arn: &str) -> Option<(u64, &Record)> {
        let number = *self.by_arn.get(arn)?;
        self.records.get(&number).map(|record| (number, record))
    }

    fn machine_of(&self, number: u64) -> Option<Arc<asl::Machine>> {
        let record = self.records.get(&number)?;
        self.definitions.get(&record.execution.definition).cloned()
    }

    /// Keeps what an execution was given.
    fn note(&mut self, number: u64, entry: journal::Entry, out: &mut Output) {
        self.touched.insert(number);
        let journal = self.journals.entry(number).or_default();
        // Its maps have texts and numbers as keys, so it always has a JSON form.
        let value = serde_json::to_vec(&entry).unwrap_or_default();
        out.changes.push(Change::put(
            format!("journal/{number:020}/{:08}", journal.len()).into_bytes(),
            value,
        ));
        journal.push(entry);
    }

    /// The history of an execution, told again from what it was given.
    pub(super) fn history(&self, number: u64) -> Vec<asl::HistoryEvent> {
        let (Some(record), Some(machine)) = (self.records.get(&number), self.machine_of(number))
        else {
            return Vec::new();
        };
        let facts = record.execution.facts.clone();
        let fresh = asl::Execution::new(
            record.execution.definition.clone(),
            facts.clone(),
            seed(&facts.id),
        );
        let entries = self
            .journals
            .get(&number)
            .map(Vec::as_slice)
            .unwrap_or_default();
        journal::history(&machine, fresh, entries)
    }

    /// Machine name, execution name and subject, for the observer.
    pub(super) fn names(&self, number: u64) -> (String, String, Option<String>) {
        self.records
            .get(&number)
            .map_or_else(Default::default, |record| {
                let facts = &record.execution.facts;
                (
                    facts.machine_name.clone(),
                    facts.name.clone(),
                    record.subject.clone(),
                )
            })
    }
}

/// The seed of an execution's jitter and random numbers, from its ARN.
pub(super) fn seed(arn: &str) -> u64 {
    let digest = sha2::Sha256::digest(arn.as_bytes());
    digest
        .iter()
        .take(8)
        .fold(0_u64, |seed, byte| (seed << 8) | u64::from(*byte))
}

fn hash(definition: &str) -> String {
    hex::encode(sha2::Sha256::digest(definition.as_bytes()))
}

impl Core {
    /// Gives an execution one input, and then what its own tasks answer at once, until it waits or ends.
    pub(super) fn advance(
        &mut self,
        number: u64,
        input: asl::Input,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(machine) = self.executions.machine_of(number) else {
            return;
        };
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let Some(record) = self.executions.records.get_mut(&number) else {
                return;
            };
            if record.stop_ms.is_some() {
                return;
            }
            let entry = journal::Entry::new(&input, signed(now_ms));
            let is_refused = tasks::was_refused(&input);
            let commands = asl::step(&machine, &mut record.execution, input, signed(now_ms));
            // Without an effect, such as the result of a task that is not waited for any more, nothing is kept.
            if commands.is_empty() {
                continue;
            }
            self.executions.note(number, entry, out);
            self.carry_out(number, commands, is_refused, &mut inputs, now_ms, out);
        }
    }

    fn carry_out(
        &mut self,
        number: u64,
        commands: Vec<Command>,
        is_refused: bool,
        inputs: &mut VecDeque<asl::Input>,
        now_ms: u64,
        out: &mut Output,
    ) {
        for command in commands {
            match command {
                Command::StartTask(start) => {
                    inputs.extend(self.start_task(number, &start, now_ms, out));
                }
                Command::CancelTask { task } => self.cancel_task(number, task),
                Command::SetTimer { timer, at_ms, kind } => {
                    let at_ms = u64::try_from(at_ms).unwrap_or(0);
                    let at_ms = self.due_ms(kind, is_refused, at_ms, now_ms);
                    self.set_timer(number, timer, at_ms);
                }
                Command::CancelTimer { timer } => self.drop_timer(number, timer),
                Command::Event(event) => self.note_event(number, &event, now_ms, out),
                Command::Succeeded { output } => {
                    self.finish(number, "SUCCEEDED", None, None, Some(&output), now_ms, out)
                }
                Command::Failed { error, cause } => {
                    self.finish(number, "FAILED", error, cause, None, now_ms, out)
                }
                Command::TimedOut => self.finish(
                    number,
                    "TIMED_OUT",
                    Some("States.Timeout".into()),
                    None,
                    None,
                    now_ms,
                    out,
                ),
                Command::Aborted { error, cause } => {
                    self.finish(number, "ABORTED", error, cause, None, now_ms, out)
                }
            }
        }
    }

    fn set_timer(&mut self, number: u64, timer: TimerId, at_ms: u64) {
        self.timers.set((number, timer), at_ms);
        if let Some(record) = self.executions.records.get_mut(&number) {
            record.timers.insert(timer.0, at_ms);
        }
    }

    fn drop_timer(&mut self, number: u64, timer: TimerId) {
        self.timers.cancel((number, timer));
        if let Some(record) = self.executions.records.get_mut(&number) {
            record.timers.remove(&timer.0);
        }
    }

    fn note_event(
        &mut self,
        number: u64,
        event: &asl::HistoryEvent,
        now_ms: u64,
        out: &mut Output,
    ) {
        let kind = event.type_name();
        if let (Some(state), Some(kind)) = (event.state(), kind.strip_suffix("StateEntered")) {
            if let Some(record) = self.executions.records.get_mut(&number) {
                record.state = state.to_owned();
            }
            let (machine, execution, subject) = self.executions.names(number);
            let step = StepKind::StateEntered {
                machine,
                execution,
                state: state.to_owned(),
                kind: kind.to_owned(),
            };
            self.observe(subject, step, now_ms, out);
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "an ending has a status and two optional texts"
    )]
    fn finish(
        &mut self,
        number: u64,
        status: &str,
        error: Option<Arc<str>>,
        cause: Option<Arc<str>>,
        output: Option<&Json>,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(record) = self.executions.records.get_mut(&number) else {
            return;
        };
        record.stop_ms = Some(now_ms);
        let machine_arn = record.machine_arn.clone();
        let state = record.state.clone();
        let duration_ms =
            now_ms.saturating_sub(u64::try_from(record.execution.facts.start_ms).unwrap_or(0));
        let (machine, execution, subject) = self.executions.names(number);
        let step = match output {
            Some(output) => StepKind::ExecutionSucceeded {
                machine,
                execution,
                state,
                duration_ms,
                output: serde_json::from_str(&output.to_string()).unwrap_or(Value::Null),
            },
            None => StepKind::ExecutionFailed {
                machine,
                execution,
                status: status.to_owned(),
                error: error.as_deref().unwrap_or_default().to_owned(),
                cause: cause.as_deref().unwrap_or_default().to_owned(),
                duration_ms,
            },
        };
        self.observe(subject, step, now_ms, out);
        let metric = match status {
            "SUCCEEDED" => "ExecutionsSucceeded",
            "TIMED_OUT" => "ExecutionsTimedOut",
            "ABORTED" => "ExecutionsAborted",
            _ => "ExecutionsFailed",
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "an execution lasts a year at most"
        )]
        let duration_ms = duration_ms as f64;
        for (metric, value) in [(metric, 1.0), ("ExecutionTime", duration_ms)] {
            self.measure_machine(&machine_arn, metric, value, now_ms);
        }
    }

    pub(super) fn measure_machine(&mut self, arn: &str, metric: &str, value: f64, now_ms: u64) {
        let dimensions = [("StateMachineArn", arn)];
        self.metrics
            .add("AWS/States", metric, &dimensions, value, now_ms);
    }

    pub(super) fn fire_timers(&mut self, now_ms: u64, out: &mut Output) {
        while let Some((number, timer)) = self.timers.take_due(now_ms) {
            self.drop_timer(number, timer);
            self.advance(number, asl::Input::TimerFired { timer }, now_ms, out);
        }
    }

    /// Executions that tasks have started begin here and not within those tasks: a machine that starts itself would never
    /// come to an end of its step.
    pub(super) fn begin_executions(&mut self, now_ms: u64, out: &mut Output) {
        for number in std::mem::take(&mut self.executions.to_begin) {
            self.advance(number, asl::Input::Start, now_ms, out);
        }
    }

    /// After a restart: timers are set again for their old times, and tasks whose result was lost are started again.
    pub(super) fn resume_executions(&mut self, now_ms: u64, out: &mut Output) {
        let pending = self.executions.records.iter();
        let pending = pending.filter(|(_, it)| *it.execution.status() == asl::Status::Pending);
        self.executions.to_begin = pending.map(|(number, _)| *number).collect();
        let running: Vec<u64> = self
            .executions
            .records
            .iter()
            .filter(|(_, record)| record.execution.is_running())
            .map(|(number, _)| *number)
            .collect();
        for number in running {
            let Some(machine) = self.executions.machine_of(number) else {
                continue;
            };
            let Some(record) = self.executions.records.get(&number) else {
                continue;
            };
            for (timer, at_ms) in record.timers.clone() {
                self.timers.set((number, TimerId(timer)), at_ms);
            }
            for command in record.execution.outstanding(&machine) {
                if let Command::StartTask(start) = command
                    && let Some(answered) = self.start_task(number, &start, now_ms, out)
                {
                    self.advance(number, answered, now_ms, out);
                }
            }
        }
    }
}
