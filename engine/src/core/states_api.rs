//! The Step Functions API: machines, executions and their histories.

use serde_json::{Map, Value, json};

use super::api::{ApiError, ApiResult};
use super::executions::{MachineEntry, Record};
use super::input::{Caller, Output};
use super::starting::Start;
use super::time::epoch_seconds;
use super::{Core, time};
use crate::asl::{self, Status};
use crate::observe::StepKind;

/// How many items a page has unless the request says otherwise, and at most.
const PAGE: usize = 100;
const PAGE_MAX: usize = 1000;

fn required<'a>(body: &'a Value, key: &str) -> Result<&'a str, ApiError> {
    body.get(key)
        .and_then(Value::as_str)
        .ok_or_else(|| ApiError::new("ValidationException", format!("`{key}` is required")))
}

/// A part of a list: from where the token says, at most as many as asked for.
fn page<T>(
    items: impl Iterator<Item = T>,
    body: &Value,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let from: usize = match body.get("nextToken").and_then(Value::as_str) {
        Some(token) => token
            .parse()
            .map_err(|_| ApiError::new("InvalidToken", format!("Invalid Token: '{token}'")))?,
        None => 0,
    };
    let size = body
        .get("maxResults")
        .and_then(Value::as_u64)
        .and_then(|size| usize::try_from(size).ok())
        .filter(|size| *size > 0)
        .map_or(PAGE, |size| size.min(PAGE_MAX));
    let mut rest = items.skip(from);
    let found: Vec<T> = rest.by_ref().take(size).collect();
    let token = rest.next().map(|_| (from + size).to_string());
    Ok((found, token))
}

fn paged(key: &str, items: Vec<Value>, token: Option<String>) -> Value {
    let mut body = Map::new();
    body.insert(key.to_owned(), Value::Array(items));
    if let Some(token) = token {
        body.insert("nextToken".to_owned(), Value::String(token));
    }
    Value::Object(body)
}

fn status_name(record: &Record) -> &'static str {
    match record.execution.status() {
        Status::Pending | Status::Running => "RUNNING",
        Status::Succeeded { .. } => "SUCCEEDED",
        Status::Failed { .. } => "FAILED",
        Status::TimedOut => "TIMED_OUT",
        Status::Aborted { .. } => "ABORTED",
    }
}

fn start_ms(record: &Record) -> u64 {
    u64::try_from(record.execution.facts.start_ms).unwrap_or(0)
}

/// What a list and a description of an execution have in common.
fn summary(record: &Record) -> Map<String, Value> {
    let facts = &record.execution.facts;
    let mut body = Map::new();
    body.insert("executionArn".to_owned(), json!(facts.id));
    body.insert("stateMachineArn".to_owned(), json!(record.machine_arn));
    body.insert("name".to_owned(), json!(facts.name));
    body.insert("status".to_owned(), json!(status_name(record)));
    body.insert("startDate".to_owned(), epoch_seconds(start_ms(record)));
    if let Some(stop_ms) = record.stop_ms {
        body.insert("stopDate".to_owned(), epoch_seconds(stop_ms));
    }
    body.insert("redriveCount".to_owned(), json!(0));
    body
}

/// The answer to `StartExecution` as tasks see it: names begin with capitals, and times are milliseconds.
pub(super) fn task_output(answer: &Value) -> Value {
    let start_s = answer.get("startDate").and_then(Value::as_f64);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an instant in milliseconds is far below 2^53"
    )]
    let start_ms = start_s.map(|seconds| (seconds * 1000.0).round() as i64);
    json!({ "ExecutionArn": answer.get("executionArn"), "StartDate": start_ms })
}

impl Core {
    pub(super) fn states(
        &mut self,
        operation: &str,
        body: &Value,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        match operation {
            "ListStateMachines" => {
                let all = self.executions.machines.iter().map(|(arn, machine)| json!({ "stateMachineArn": arn, "name": machine.name, "type": "STANDARD", "creationDate": 0.0 }));
                let (items, token) = page(all, body)?;
                Ok(paged("stateMachines", items, token))
            }
            "DescribeStateMachine" => {
                let arn = required(body, "stateMachineArn")?;
                let machine = self.machine(arn)?;
                Ok(json!({
                    "stateMachineArn": arn, "name": machine.name, "status": "ACTIVE", "definition": machine.definition, "roleArn": machine.role_arn,
                    "type": "STANDARD", "creationDate": 0.0, "loggingConfiguration": { "level": "OFF", "includeExecutionData": false }, "tracingConfiguration": { "enabled": false },
                }))
            }
            "StartExecution" => self.start_by_api(body, now_ms, out),
            "StopExecution" => {
                let (number, _) = self.execution(body)?;
                let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
                self.advance(
                    number,
                    asl::Input::Abort {
                        error: text("error"),
                        cause: text("cause"),
                    },
                    now_ms,
                    out,
                );
                Ok(json!({ "stopDate": epoch_seconds(now_ms) }))
            }
            "ListExecutions" => self.list_executions(body),
            "DescribeExecution" => self.describe_execution(body),
            "GetExecutionHistory" => self.execution_history(body),
            other => Err(ApiError::unknown(other)),
        }
    }

    fn machine(&self, arn: &str) -> Result<&MachineEntry, ApiError> {
        self.executions.machines.get(arn).ok_or_else(|| {
            ApiError::new(
                "StateMachineDoesNotExist",
                format!("State Machine Does Not Exist: '{arn}'"),
            )
        })
    }

    fn execution(&self, body: &Value) -> Result<(u64, &Record), ApiError> {
        let arn = required(body, "executionArn")?;
        self.executions.by_arn(arn).ok_or_else(|| {
            ApiError::new(
                "ExecutionDoesNotExist",
                format!("Execution Does Not Exist: '{arn}'"),
            )
        })
    }

    fn start_by_api(&mut self, body: &Value, now_ms: u64, out: &mut Output) -> ApiResult {
        let (start, announce) = self.read_start(body, None)?;
        let number = self.start_execution(start, Some(announce), now_ms, out)?;
        self.started(number)
    }

    /// A task starts another execution, which is about what the task's own is about.
    pub(super) fn start_by_task(
        &mut self,
        body: &Value,
        caller: &Caller,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        let (start, announce) = self.read_start(body, self.subject_of_call(caller))?;
        let (number, new) = self.admit_execution(start, Some(announce), now_ms, out)?;
        if new {
            self.executions.begin_soon(number);
        }
        self.started(number)
    }

    fn read_start<'a>(
        &mut self,
        body: &'a Value,
        subject: Option<String>,
    ) -> Result<(Start<'a>, StepKind), ApiError> {
        let machine_arn = required(body, "stateMachineArn")?;
        let name = body
            .get("name")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .unwrap_or_else(|| self.ids.uuid());
        let machine = self.executions.machines.get(machine_arn);
        let announce = StepKind::ExecutionStarted {
            machine: machine.map(|it| it.name.clone()).unwrap_or_default(),
            execution: name.clone(),
        };
        let input = body.get("input").and_then(Value::as_str).unwrap_or("{}");
        let start = Start {
            machine_arn,
            name: Some(name),
            input,
            subject: subject.or_else(|| self.subject_in_input(input)),
        };
        Ok((start, announce))
    }

    /// The partition value of the event among the values that an execution begins with.
    fn subject_in_input(&self, input: &str) -> Option<String> {
        let scope: Map<String, Value> = serde_json::from_str(input).ok()?;
        self.subject_in(input).or_else(|| {
            scope
                .values()
                .find_map(|value| self.subject_in(&value.to_string()))
        })
    }

    fn started(&self, number: u64) -> ApiResult {
        let Some(record) = self.executions.records.get(&number) else {
            return Err(ApiError::new(
                "ExecutionDoesNotExist",
                "Execution Does Not Exist",
            ));
        };
        Ok(
            json!({ "executionArn": record.execution.facts.id, "startDate": epoch_seconds(start_ms(record)) }),
        )
    }

    fn list_executions(&self, body: &Value) -> ApiResult {
        let arn = required(body, "stateMachineArn")?;
        self.machine(arn)?;
        let wanted = body.get("statusFilter").and_then(Value::as_str);
        // The latest execution comes first.
        let found = self.executions.records.values().rev().filter(|it| {
            it.machine_arn == arn && wanted.is_none_or(|status| status_name(it) == status)
        });
        let (items, token) = page(found, body)?;
        Ok(paged(
            "executions",
            items
                .into_iter()
                .map(|record| Value::Object(summary(record)))
                .collect(),
            token,
        ))
    }

    fn describe_execution(&self, body: &Value) -> ApiResult {
        let (_, record) = self.execution(body)?;
        let mut described = summary(record);
        described.insert(
            "input".to_owned(),
            json!(record.execution.facts.input.to_string()),
        );
        described.insert("inputDetails".to_owned(), json!({ "included": true }));
        let failure =
            |described: &mut Map<String, Value>, error: Option<&str>, cause: Option<&str>| {
                described.extend(error.map(|error| ("error".to_owned(), json!(error))));
                described.extend(cause.map(|cause| ("cause".to_owned(), json!(cause))));
            };
        match record.execution.status() {
            Status::Succeeded { output } => {
                described.insert("output".to_owned(), json!(output.to_string()));
                described.insert("outputDetails".to_owned(), json!({ "included": true }));
            }
            Status::Failed { error, cause } | Status::Aborted { error, cause } => {
                failure(&mut described, error.as_deref(), cause.as_deref())
            }
            Status::TimedOut => failure(&mut described, Some("States.Timeout"), None),
            Status::Pending | Status::Running => {}
        }
        described.insert("redriveStatus".to_owned(), json!("NOT_REDRIVABLE"));
        described.insert(
            "redriveStatusReason".to_owned(),
            json!(format!(
                "the local run does not redrive executions ({})",
                time::rfc3339(start_ms(record))
            )),
        );
        Ok(Value::Object(described))
    }

    fn execution_history(&self, body: &Value) -> ApiResult {
        let (number, _) = self.execution(body)?;
        let events = self.executions.history(number);
        let parse = |event: &asl::HistoryEvent| {
            serde_json::from_str::<Value>(&event.to_json().to_string()).unwrap_or(Value::Null)
        };
        let (items, token) = match body.get("reverseOrder") {
            Some(Value::Bool(true)) => page(events.iter().rev().map(parse), body)?,
            _ => page(events.iter().map(parse), body)?,
        };
        Ok(paged("events", items, token))
    }
}
