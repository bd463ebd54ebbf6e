//! What a person who watches a local run may want to see, one [`Step`] at a time.

use serde::Serialize;
use serde_json::Value;

use crate::artifacts::Call;

/// One thing that happened, when, and to which payment (the partition value of the event log) where that is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// The partition value that the step is about: the payment's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(flatten)]
    pub kind: StepKind,
}

/// What happened. `request` is the id that API Gateway gives a request; `execution` is an execution's name.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum StepKind {
    /// A request for a route came in.
    Received {
        request: String,
        method: String,
        path: String,
        bytes: usize,
    },
    /// It was answered. `outcome` is what the handler logged or answered: `recorded`, `duplicate`, `refused`, …
    Answered {
        request: String,
        method: String,
        path: String,
        status: u16,
        outcome: Option<String>,
        duration_ms: u64,
    },
    /// A fact was appended to a table. `request` is there when a route's handler did it.
    Recorded {
        table: String,
        event: String,
        partition: String,
        sort: String,
        request: Option<String>,
        execution: Option<String>,
    },
    /// No filter of the pipe matched the fact.
    PipeSkipped { pipe: String, event: String },
    /// The pipe started an execution.
    PipeStarted {
        pipe: String,
        machine: String,
        execution: String,
        event: String,
    },
    /// The pipe's target refused; it is tried again, or goes to the dead-letter queue.
    PipeFailed {
        pipe: String,
        error: String,
        retry_in_ms: Option<u64>,
    },
    /// An execution was started through the API.
    ExecutionStarted { machine: String, execution: String },
    /// A state was entered; `kind` is its `Type`.
    StateEntered {
        machine: String,
        execution: String,
        state: String,
        kind: String,
    },
    /// A task's function or service was called; `attempt` counts from 1.
    AttemptStarted {
        machine: String,
        execution: String,
        state: String,
        attempt: u32,
        target: String,
    },
    /// An attempt failed. `retry_in_ms` is the wait before the next one; without it the error is caught or ends the execution.
    AttemptFailed {
        machine: String,
        execution: String,
        state: String,
        attempt: u32,
        error: String,
        cause: String,
        retry_in_ms: Option<u64>,
    },
    /// An attempt succeeded.
    AttemptSucceeded {
        machine: String,
        execution: String,
        state: String,
        attempt: u32,
        duration_ms: u64,
    },
    /// The execution ended well, in `state`.
    ExecutionSucceeded {
        machine: String,
        execution: String,
        state: String,
        duration_ms: u64,
        output: Value,
    },
    /// The execution failed, timed out or was stopped; `status` says which.
    ExecutionFailed {
        machine: String,
        execution: String,
        status: String,
        error: String,
        cause: String,
        duration_ms: u64,
    },
    /// A message was put into a queue.
    Queued { queue: String, message: String },
    /// A function has handled a message of a queue, or records of a stream; `source` is the queue or table.
    Delivered {
        source: String,
        function: String,
        message: String,
        duration_ms: u64,
    },
    /// A function has not handled what it was given. Without `retry_in_ms` it is not tried again.
    DeliveryFailed {
        source: String,
        function: String,
        error: String,
        retry_in_ms: Option<u64>,
    },
    /// An object was written to a bucket.
    ObjectWritten {
        bucket: String,
        key: String,
        version: String,
        bytes: u64,
    },
    /// What could not be handled was put into `queue`; `source` is the queue, pipe or function that gave it up.
    DeadLettered {
        queue: String,
        source: String,
        reason: String,
    },
    /// A message was published to a topic.
    Published {
        topic: String,
        subject: Option<String>,
        bytes: usize,
        /// What subscribers without a text of their own get.
        text: String,
        /// The message's attributes, as subscribers get them.
        attributes: Value,
    },
    /// A message for a person, which AWS would send by e-mail.
    Emailed {
        topic: String,
        address: String,
        subject: Option<String>,
        text: String,
    },
    /// An event was put on a bus.
    EventPut { bus: String, detail_type: String },
    /// A rule took the event.
    RuleMatched {
        bus: String,
        rule: String,
        detail_type: String,
    },
    /// No rule of the bus took the event.
    EventUnmatched { bus: String, detail_type: String },
    /// A rule wrote the event to a log group.
    Logged { group: String, message: String },
    /// A topic, rule or bus could not deliver; what it had goes to the dead-letter queue, where there is one.
    Undelivered {
        from: String,
        to: String,
        error: String,
        cause: String,
        dead_letter_queue: Option<String>,
    },
    /// An alarm changed its state: `ALARM`, `OK` or `INSUFFICIENT_DATA`.
    AlarmChanged {
        alarm: String,
        was: String,
        state: String,
        reason: String,
    },
    /// A function's environment answered for the first time, `cold_ms` after it was started.
    EnvironmentStarted { function: String, cold_ms: u64 },
    /// A function's environment ended: it exited, crashed or ran into its timeout.
    EnvironmentEnded { function: String, reason: String },
    /// A line that a function wrote as a JSON object.
    Log { function: String, line: Value },
    /// Any other line that a function wrote.
    Output { function: String, text: String },
    /// A policy allowed this call; each different call is told once, where calls are told at all.
    Allowed {
        #[serde(flatten)]
        call: Call,
    },
    /// Something about the run itself.
    Notice { message: String },
}
