//! Starting an execution once: what a name means, as `StartExecution` documents it.

use std::collections::BTreeMap;

use super::Core;
use super::api::ApiError;
use super::executions::{Record, seed};
use super::input::Output;
use super::tables::signed;
use crate::asl::{self, Json};
use crate::observe::StepKind;

/// A name may be used again so long after its execution has ended: 90 days.
const NAME_REUSE_MS: u64 = 90 * 24 * 60 * 60 * 1000;

/// What an execution is started with.
#[derive(Debug)]
pub(super) struct Start<'a> {
    pub(super) machine_arn: &'a str,
    pub(super) name: Option<String>,
    pub(super) input: &'a str,
    pub(super) subject: Option<String>,
}

impl Core {
    /// Starts an execution, or finds the running one that this is a repetition of; gives its number.
    /// `announce` is told to the observer before anything of the execution is.
    pub(super) fn start_execution(
        &mut self,
        start: Start<'_>,
        announce: Option<StepKind>,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<u64, ApiError> {
        let (number, new) = self.admit_execution(start, announce, now_ms, out)?;
        if new {
            self.advance(number, asl::Input::Start, now_ms, out);
        }
        Ok(number)
    }

    /// The same without its beginning; says whether it is a new one.
    pub(super) fn admit_execution(
        &mut self,
        start: Start<'_>,
        announce: Option<StepKind>,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<(u64, bool), ApiError> {
        let Some(machine) = self.executions.machines.get(start.machine_arn) else {
            return Err(ApiError::new(
                "StateMachineDoesNotExist",
                format!("State Machine Does Not Exist: '{}'", start.machine_arn),
            ));
        };
        let (machine_name, role_arn, definition) = (
            machine.name.clone(),
            machine.role_arn.clone(),
            machine.hash.clone(),
        );
        if let Err(denied) = self.authorize_machine_key(start.machine_arn) {
            return Err(ApiError::new("KmsAccessDeniedException", denied.message));
        }
        let input = parse_input(start.input)?;
        let name = start.name.unwrap_or_else(|| self.ids.uuid());
        check_name(&name)?;
        let arn = format!(
            "{}:{name}",
            start
                .machine_arn
                .replacen(":stateMachine:", ":execution:", 1)
        );
        if let Some((number, record)) = self.executions.by_arn(&arn) {
            if record.stop_ms.is_none() && record.execution.facts.input == input {
                return Ok((number, false));
            }
            if record
                .stop_ms
                .is_none_or(|stop_ms| now_ms < stop_ms.saturating_add(NAME_REUSE_MS))
            {
                return Err(ApiError::new(
                    "ExecutionAlreadyExists",
                    format!("Execution Already Exists: '{arn}'"),
                ));
            }
        }
        let facts = asl::Facts {
            id: arn,
            name,
            role_arn,
            start_ms: signed(now_ms),
            input,
            machine_id: start.machine_arn.to_owned(),
            machine_name,
            redrive_count: Some(0),
        };
        let number = self.add_execution(definition, facts, start.subject.clone());
        if let Some(step) = announce {
            self.observe(start.subject, step, now_ms, out);
        }
        self.measure_machine(start.machine_arn, "ExecutionsStarted", 1.0, now_ms);
        Ok((number, true))
    }

    fn add_execution(
        &mut self,
        definition: String,
        facts: asl::Facts,
        subject: Option<String>,
    ) -> u64 {
        let number = self
            .executions
            .records
            .last_key_value()
            .map_or(1, |(last, _)| last + 1);
        let seed = seed(&facts.id);
        self.executions.by_arn.insert(facts.id.clone(), number);
        let record = Record {
            machine_arn: facts.machine_id.clone(),
            execution: asl::Execution::new(definition, facts, seed),
            stop_ms: None,
            state: String::new(),
            subject,
            timers: BTreeMap::new(),
        };
        self.executions.records.insert(number, record);
        number
    }
}

/// An execution's input, which must be JSON of a bounded size.
fn parse_input(text: &str) -> Result<Json, ApiError> {
    let refused = |message| ApiError::new("InvalidExecutionInput", message);
    if text.len() > asl::PAYLOAD_BYTES_MAX {
        return Err(refused(format!(
            "the input is longer than {} bytes",
            asl::PAYLOAD_BYTES_MAX
        )));
    }
    text.parse()
        .map_err(|error| refused(format!("Invalid State Machine Execution Input: '{error}'")))
}

/// What an execution may be called, as `StartExecution` documents it.
fn check_name(name: &str) -> Result<(), ApiError> {
    let forbidden =
        |c: char| c.is_whitespace() || c.is_control() || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c);
    if name.is_empty() || name.chars().count() > 80 || name.chars().any(forbidden) {
        return Err(ApiError::new(
            "InvalidName",
            format!("Invalid Name: '{name}'"),
        ));
    }
    Ok(())
}
