//! What goes into the core and what comes out of it.

use serde_json::Value;

use crate::change::Change;
use crate::observe::Step;

/// Names one request on the wire until it is answered.
pub type CallId = u64;
/// Names one call of a function until its result is there.
pub type InvocationId = u64;

/// Everything that can happen to the core.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// The engine has started on this state: what was in flight goes on. `salt` is random, and used by a state that
    /// has none yet.
    Started { salt: String },
    /// An operation of an AWS service.
    Call {
        call: CallId,
        caller: Caller,
        request: ApiRequest,
    },
    /// A request for a route of the pipeline's API.
    Route { call: CallId, request: RouteRequest },
    /// A function has answered, or could not.
    Invoked {
        invocation: InvocationId,
        outcome: Outcome,
    },
    /// A value was made for an API key that has none yet.
    ApiKey { id: String, value: String },
    /// A function has written a line.
    Logged { function: String, line: String },
    /// Time has passed.
    Tick,
}

/// Who calls an AWS operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A person's AWS CLI, or anything else without credentials of ours.
    Outside,
    /// A function's environment, and what it is working on.
    Function {
        name: String,
        invocation: Option<InvocationId>,
    },
    /// A task of an execution, by the execution's number; only the core itself calls so.
    Execution { number: u64 },
}

/// One operation, decoded from whatever protocol it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiRequest {
    pub service: Service,
    /// `PutItem`.
    pub operation: String,
    pub body: Value,
    /// The body as it came, for operations that pass bytes on.
    pub payload: Vec<u8>,
}

/// The services with an API here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    DynamoDb,
    StepFunctions,
    Ssm,
    Sqs,
    S3,
    Lambda,
    Sns,
    Events,
    CloudWatch,
    Logs,
    ApiGateway,
    Sts,
}

/// An HTTP request as API Gateway sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RouteRequest {
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// In the order they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub source_ip: String,
}

/// How a call of a function ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The payload that it answered.
    Success(Vec<u8>),
    /// The JSON error object, `{"errorType": …, "errorMessage": …}`.
    Failure(Vec<u8>),
    /// All environments that it may have are busy.
    Throttled,
    /// No environment could be made, through no fault of the function: this machine is short of something. What AWS
    /// answers when Lambda itself fails.
    Unavailable(String),
}

impl Outcome {
    /// Whether the function was never called, so that nothing is known of what it would have done.
    pub(crate) fn not_run(&self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable(_))
    }
}

/// What one step gives back. The changes are made durable first; then the actions are done in order.
#[derive(Debug, Default, PartialEq)]
pub struct Output {
    pub changes: Vec<Change>,
    pub actions: Vec<Action>,
    /// Calls of functions that report nothing of the state, so they need not wait for the commit.
    pub at_once: Vec<Action>,
}

/// What the rim does for the core.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    Answer { call: CallId, answer: Answer },
    Invoke(Invocation),
    Observe(Step),
}

/// One call of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    pub id: InvocationId,
    /// The function's physical name.
    pub function: String,
    /// `Lambda-Runtime-Aws-Request-Id`.
    pub request_id: String,
    /// `Lambda-Runtime-Trace-Id`.
    pub trace: String,
    pub payload: Vec<u8>,
    /// Why the function cannot start: its role lacks what Lambda itself needs.
    pub fault: Option<String>,
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// An answer with a JSON body and no headers of its own.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_string().into_bytes(),
        }
    }
}
