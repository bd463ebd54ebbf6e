//! States Language, typed: the states that are emitted. AWS: "Amazon States Language specification".

pub mod choice;
pub mod payload;

use serde::Serialize;
use serde_json::Number;

use self::choice::Rule;
use self::payload::Payload;
use super::ordered::Ordered;

/// A state machine definition.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StateMachine {
    /// What it is for.
    pub comment: String,
    /// `JSONPath`
    pub query_language: &'static str,
    /// The first state.
    pub start_at: String,
    /// Seconds that an execution may take.
    pub timeout_seconds: u64,
    /// States in the order of reading.
    pub states: Ordered<State>,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "Type")]
pub enum State {
    /// Shapes data.
    Pass(Pass),
    /// Does something.
    Task(Box<Task>),
    /// Branches.
    Choice(Choice),
    /// Lets time pass.
    Wait(Wait),
    /// Does several things at once.
    Parallel(Parallel),
    /// Does one thing for each item of a list.
    Map(Box<Map>),
    /// Ends well.
    Succeed(Succeed),
    /// Ends badly.
    Fail(Fail),
}

/// Where a state goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// To the state of that name.
    State(String),
    /// The execution ends here.
    End,
}

impl Serialize for Next {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::State(name) => map.serialize_entry("Next", name)?,
            Self::End => map.serialize_entry("End", &true)?,
        }
        map.end()
    }
}

/// Where a result is put.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ResultPath {
    /// At that path.
    At(String),
    /// Nowhere: `null`.
    Discard(()),
}

/// Shapes data.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Pass {
    /// Why it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What it makes.
    pub parameters: Payload,
    /// Where that goes; the whole state data when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_path: Option<ResultPath>,
    /// What is next.
    #[serde(flatten)]
    pub next: Next,
}

/// Calls a service.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Task {
    /// Why it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The integration.
    pub resource: &'static str,
    /// The request.
    pub parameters: Payload,
    /// What is kept of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_selector: Option<Payload>,
    /// Where it goes.
    pub result_path: ResultPath,
    /// Seconds until `States.Timeout`.
    pub timeout_seconds: u32,
    /// Which errors are tried again.
    pub retry: Vec<Retrier>,
    /// Which errors lead elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub catch: Vec<Catcher>,
    /// What is next.
    #[serde(flatten)]
    pub next: Next,
}

/// Which errors are tried again, and when.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Retrier {
    /// Error names.
    pub error_equals: Vec<String>,
    /// Seconds before the first retry.
    pub interval_seconds: u32,
    /// Retries after the first attempt.
    pub max_attempts: u32,
    /// Factor from one wait to the next.
    pub backoff_rate: Number,
    /// Longest wait in seconds.
    pub max_delay_seconds: u32,
    /// `FULL` or `NONE`.
    pub jitter_strategy: &'static str,
}

/// Which errors lead elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Catcher {
    /// Error names.
    pub error_equals: Vec<String>,
    /// Where `Error` and `Cause` go.
    pub result_path: ResultPath,
    /// Where it leads.
    pub next: String,
}

/// Branches.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Choice {
    /// What is asked.
    pub comment: String,
    /// Tested in order.
    pub choices: Vec<Branch>,
    /// When none holds.
    pub default: String,
}

/// One answer of a Choice.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Branch {
    /// What must hold.
    #[serde(flatten)]
    pub rule: Rule,
    /// Where it leads.
    pub next: String,
}

/// Lets time pass.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Wait {
    /// How long.
    #[serde(flatten)]
    pub time: Time,
    /// What is next.
    #[serde(flatten)]
    pub next: Next,
}

/// How long a Wait state waits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Time {
    /// That many seconds.
    Seconds(u64),
    /// Until the timestamp at that path.
    TimestampPath(String),
}

/// States of their own inside a state: a branch, or what is done with each item.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Group {
    /// How the items of a Map are run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor_config: Option<ProcessorConfig>,
    /// The first state.
    pub start_at: String,
    /// States in the order of reading.
    pub states: Ordered<State>,
}

/// How the items of a Map are run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProcessorConfig {
    /// `INLINE`: in this execution, up to 40 at once.
    pub mode: &'static str,
}

/// Does several things at once.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Parallel {
    /// What is done.
    pub branches: Vec<Group>,
    /// What is kept of the branches' data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_selector: Option<Payload>,
    /// Where it goes.
    pub result_path: ResultPath,
    /// Which errors lead elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub catch: Vec<Catcher>,
    /// What is next.
    #[serde(flatten)]
    pub next: Next,
}

/// Does one thing for each item of a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Map {
    /// The list.
    pub items_path: String,
    /// The data that each turn begins with.
    pub item_selector: Payload,
    /// How many turns at once.
    pub max_concurrency: u32,
    /// What is done in a turn.
    pub item_processor: Group,
    /// Where the results go.
    pub result_path: ResultPath,
    /// Which errors lead elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub catch: Vec<Catcher>,
    /// What is next.
    #[serde(flatten)]
    pub next: Next,
}

/// Ends well.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Succeed {
    /// Why that is well.
    pub comment: String,
}

/// Ends badly.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Fail {
    /// The declared error's name.
    pub error: String,
    /// Its fields as JSON text, where they are constants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Its fields as JSON text, where they are data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause_path: Option<String>,
}
