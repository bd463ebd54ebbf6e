//! Redrive: tasks that move what is in a dead-letter queue to where it came from, or to another queue.
//!
//! Source: "Learn how to configure a dead-letter queue redrive in Amazon SQS", and the pages of the operations.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::api::{ApiError, ApiResult};
use super::super::input::Output;
use super::super::{Core, RestoreError};
use super::request::{invalid, missing, number_from};
use super::{NewMessage, put};

/// How many messages of a second a caller may ask for.
const PER_SECOND_MAX: u64 = 500;
/// So many of the newest tasks of a queue are told.
const TASKS_MAX: u64 = 10;

/// A task and how far it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct MoveTask {
    handle: String,
    source: String,
    /// Without one each message goes to the queue that it came from.
    destination: Option<String>,
    /// As fast as can be without one.
    per_second: Option<u64>,
    status: Status,
    failure: Option<String>,
    moved: u64,
    to_move: u64,
    started_ms: u64,
    /// When the next messages are moved.
    next_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Running,
    Completed,
    Cancelled,
    Failed,
}

fn task_key(number: u64) -> Vec<u8> {
    format!("move-task/{number:020}").into_bytes()
}

fn not_there(message: impl Into<String>) -> ApiError {
    ApiError {
        status: 404,
        ..ApiError::new("com.amazonaws.sqs#ResourceNotFoundException", message)
    }
}

fn unsupported(message: &str) -> ApiError {
    ApiError::new("com.amazonaws.sqs#UnsupportedOperation", message)
}

impl super::Queues {
    pub(in crate::core) fn restore_move(
        &mut self,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), RestoreError> {
        let text = String::from_utf8_lossy(key);
        let number = text.split_once('/').and_then(|(_, it)| it.parse().ok());
        match (number, serde_json::from_slice(value)) {
            (Some(number), Ok(task)) => {
                self.moves.insert(number, task);
                Ok(())
            }
            _ => Err(RestoreError(format!("a stored task is damaged: {text}"))),
        }
    }

    /// When a task goes on.
    pub(in crate::core) fn next_move_ms(&self) -> Option<u64> {
        let running = self.moves.values();
        running
            .filter(|it| it.status == Status::Running)
            .map(|it| it.next_ms)
            .min()
    }

    /// The queues whose dead-letter queue this is.
    pub(in crate::core) fn sources_of(&self, arn: &str) -> impl Iterator<Item = &super::Queue> {
        self.by_name.values().filter(move |queue| {
            let redrive = queue.spec.redrive.as_ref();
            redrive.is_some_and(|it| it.dead_letter_arn == arn)
        })
    }

    fn queue_of_arn(&self, body: &Value, parameter: &str) -> Result<String, ApiError> {
        let arn = body.get(parameter).and_then(Value::as_str);
        let arn = arn.ok_or_else(|| missing(parameter))?;
        self.name_of(arn).ok_or_else(|| {
            not_there(format!(
                "The resource that you specified for the {parameter} parameter doesn't exist."
            ))
        })
    }
}

impl Core {
    pub(super) fn start_move(&mut self, body: &Value, now_ms: u64, out: &mut Output) -> ApiResult {
        let source = self.queues.queue_of_arn(body, "SourceArn")?;
        let destination = match body.get("DestinationArn") {
            None | Some(Value::Null) => None,
            Some(_) => Some(self.queues.queue_of_arn(body, "DestinationArn")?),
        };
        let per_second = number_from(body, "MaxNumberOfMessagesPerSecond", 1, PER_SECOND_MAX)?;
        let Some(queue) = self.queues.get(&source) else {
            return Err(super::operations::no_queue());
        };
        if self.queues.sources_of(&queue.spec.arn).next().is_none() {
            return Err(invalid(
                "Source queue must be configured as a Dead Letter Queue.",
            ));
        }
        if let Some(target) = destination.as_ref().and_then(|it| self.queues.get(it)) {
            if target.spec.arn == queue.spec.arn {
                return Err(invalid(
                    "Source queue arn and destination queue arn cannot be the same.",
                ));
            }
            if target.spec.fifo.is_some() != queue.spec.fifo.is_some() {
                return Err(invalid(
                    "Source and destination queues must be of the same type.",
                ));
            }
        }
        let mut tasks = self.queues.moves.values();
        if tasks.any(|it| it.source == source && it.status == Status::Running) {
            return Err(unsupported(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
            ));
        }
        let to_move = queue.depth(now_ms).visible;
        let handle = self.ids.uuid();
        let task = MoveTask {
            handle: handle.clone(),
            source,
            destination,
            per_second,
            status: Status::Running,
            failure: None,
            moved: 0,
            to_move,
            started_ms: now_ms,
            next_ms: now_ms,
        };
        let last = self.queues.moves.last_key_value();
        let number = last.map_or(1, |(number, _)| number + 1);
        self.save_move(number, task, out);
        Ok(json!({ "TaskHandle": handle }))
    }

    fn save_move(&mut self, number: u64, task: MoveTask, out: &mut Output) {
        put(&task_key(number), &task, out);
        self.queues.moves.insert(number, task);
    }

    pub(super) fn list_moves(&self, body: &Value) -> ApiResult {
        let source = self.queues.queue_of_arn(body, "SourceArn")?;
        let most = number_from(body, "MaxResults", 1, TASKS_MAX)?.unwrap_or(1);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let arn = |name: &str| self.queues.get(name).map(|it| it.spec.arn.clone());
        let newest = self.queues.moves.values().rev();
        let tasks = newest.filter(|it| it.source == source).take(most);
        let shown = tasks.map(|task| {
            let mut shown = json!({
                "Status": task.status,
                "SourceArn": arn(&task.source),
                "ApproximateNumberOfMessagesMoved": task.moved,
                "ApproximateNumberOfMessagesToMove": task.to_move,
                "StartedTimestamp": task.started_ms,
            });
            // Only what runs can be cancelled by its handle.
            let handle = (task.status == Status::Running).then(|| json!(task.handle));
            let optional = [
                ("TaskHandle", handle),
                (
                    "DestinationArn",
                    task.destination.as_deref().and_then(arn).map(Value::from),
                ),
                (
                    "MaxNumberOfMessagesPerSecond",
                    task.per_second.map(Value::from),
                ),
                ("FailureReason", task.failure.clone().map(Value::from)),
            ];
            for (name, value) in optional {
                if let (Some(value), Some(map)) = (value, shown.as_object_mut()) {
                    map.insert(name.to_owned(), value);
                }
            }
            shown
        });
        Ok(json!({ "Results": shown.collect::<Vec<_>>() }))
    }

    pub(super) fn cancel_move(&mut self, body: &Value, out: &mut Output) -> ApiResult {
        let handle = body.get("TaskHandle").and_then(Value::as_str);
        let handle = handle.ok_or_else(|| missing("TaskHandle"))?;
        let mut tasks = self.queues.moves.iter();
        let found = tasks.find(|(_, it)| it.handle == handle);
        let Some((number, task)) = found.map(|(number, task)| (*number, task.clone())) else {
            return Err(not_there("Task does not exist."));
        };
        if task.status != Status::Running {
            return Err(unsupported("Only active tasks can be cancelled."));
        }
        let moved = task.moved;
        let status = Status::Cancelled;
        self.save_move(number, MoveTask { status, ..task }, out);
        Ok(json!({ "ApproximateNumberOfMessagesMoved": moved }))
    }

    /// Moves what is due of every task that runs.
    pub(in crate::core) fn run_moves(&mut self, now_ms: u64, out: &mut Output) {
        let is_due = |it: &MoveTask| it.status == Status::Running && it.next_ms <= now_ms;
        let due: Vec<(u64, MoveTask)> = self
            .queues
            .moves
            .iter()
            .filter(|(_, it)| is_due(it))
            .map(|(number, it)| (*number, it.clone()))
            .collect();
        for (number, mut task) in due {
            self.expire_messages(&task.source, now_ms, out);
            self.move_some(&mut task, now_ms, out);
            task.next_ms = now_ms.saturating_add(1000);
            self.save_move(number, task, out);
        }
    }

    /// Moves as many messages as one second has, the oldest first; those that somebody has received stay.
    fn move_some(&mut self, task: &mut MoveTask, now_ms: u64, out: &mut Output) {
        let mut left = task.per_second;
        loop {
            // One by one, since in a FIFO queue each may let the next of its group be seen.
            let queue = self.queues.get(&task.source);
            let next = queue.and_then(|it| it.receivable(now_ms).next());
            let Some((number, message)) = next.map(|(number, it)| (number, it.clone())) else {
                task.status = Status::Completed;
                return;
            };
            if left == Some(0) {
                return;
            }
            let origin = message.dead_letter_source.as_deref();
            let origin = || origin.and_then(|arn| self.queues.name_of(arn));
            let Some(target) = task.destination.clone().or_else(origin) else {
                task.status = Status::Failed;
                task.failure = Some("CouldNotDetermineMessageSource".to_owned());
                return;
            };
            let new = NewMessage {
                body: message.body,
                attributes: message.attributes,
                trace: message.trace,
                sender: message.sender,
                group: message.group,
                deduplication: message.deduplication,
                delay_s: None,
                subject: message.subject,
            };
            if let Err(error) = self.send_message(&target, new, now_ms, out) {
                task.status = Status::Failed;
                task.failure = Some(error.message);
                return;
            }
            self.queues.delete(&task.source, &[number], out);
            task.moved += 1;
            left = left.map(|it| it - 1);
        }
    }
}
