//! Events of an execution's history, with the types and details of `GetExecutionHistory`.

use std::sync::Arc;

use super::json::{Json, Number};
use super::machine::{Pattern, Resource, ResourceKind};

/// One event. Its details are kept as they are and written only when somebody asks.
#[derive(Clone, Debug)]
pub struct HistoryEvent {
    /// 1 for the first event of an execution, then without a gap.
    pub id: u64,
    /// The event that led to this one; 0 for the first. It is not always the one before, since branches run side by side.
    pub previous_id: u64,
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    pub(super) detail: Detail,
}

#[derive(Clone, Debug)]
pub(super) enum Detail {
    ExecutionStarted {
        input: Json,
        role_arn: Arc<str>,
    },
    ExecutionSucceeded {
        output: Json,
    },
    /// `outcome` is Failed, TimedOut or Aborted.
    ExecutionEnded {
        outcome: &'static str,
        problem: Problem,
    },
    StateEntered {
        kind: &'static str,
        name: Arc<str>,
        input: Json,
    },
    StateExited {
        kind: &'static str,
        name: Arc<str>,
        output: Json,
        assigned: Vec<(Arc<str>, Json)>,
    },
    StateAborted {
        kind: &'static str,
    },
    TaskScheduled(Box<Scheduled>),
    Task {
        resource: Resource,
        step: TaskStep,
    },
    ParallelStarted,
    MapStarted {
        length: usize,
    },
    /// A Parallel or Map state has all its results.
    GroupSucceeded {
        kind: &'static str,
    },
    GroupFailed {
        kind: &'static str,
        problem: Problem,
    },
    /// The run of a distributed Map; `arn` names it where it starts.
    MapRun {
        step: &'static str,
        arn: Option<Arc<str>>,
        problem: Problem,
    },
    /// `step` is Started, Succeeded, Failed or Aborted.
    Iteration {
        step: &'static str,
        name: Arc<str>,
        index: usize,
    },
}

/// Error and cause, as far as they are given.
#[derive(Clone, Debug, Default)]
pub(super) struct Problem {
    pub(super) error: Option<Arc<str>>,
    pub(super) cause: Option<Arc<str>>,
}

#[derive(Clone, Debug)]
pub(super) struct Scheduled {
    pub(super) resource: Resource,
    pub(super) region: Arc<str>,
    pub(super) parameters: Json,
    pub(super) timeout_s: Option<i64>,
    pub(super) heartbeat_s: Option<i64>,
}

#[derive(Clone, Debug)]
pub(super) enum TaskStep {
    Started,
    Submitted(Json),
    Succeeded(Json),
    Failed(Problem),
    TimedOut(Problem),
}

type Members = Vec<(Arc<str>, Json)>;

impl HistoryEvent {
    /// The event's type: `TaskStateEntered`, `LambdaFunctionFailed`, `ExecutionSucceeded`.
    pub fn type_name(&self) -> String {
        match &self.detail {
            Detail::ExecutionStarted { .. } => "ExecutionStarted".to_owned(),
            Detail::ExecutionSucceeded { .. } => "ExecutionSucceeded".to_owned(),
            Detail::ExecutionEnded { outcome, .. } => format!("Execution{outcome}"),
            Detail::StateEntered { kind, .. } => format!("{kind}StateEntered"),
            Detail::StateExited { kind, .. } => format!("{kind}StateExited"),
            Detail::StateAborted { kind } => format!("{kind}StateAborted"),
            Detail::TaskScheduled(scheduled) => format!("{}Scheduled", family(&scheduled.resource)),
            Detail::Task { resource, step } => format!("{}{}", family(resource), step.name()),
            Detail::ParallelStarted => "ParallelStateStarted".to_owned(),
            Detail::MapStarted { .. } => "MapStateStarted".to_owned(),
            Detail::GroupSucceeded { kind } => format!("{kind}StateSucceeded"),
            Detail::GroupFailed { kind, .. } => format!("{kind}StateFailed"),
            Detail::MapRun { step, .. } => format!("MapRun{step}"),
            Detail::Iteration { step, .. } => format!("MapIteration{step}"),
        }
    }

    /// The name of the state, for events that have one.
    pub fn state(&self) -> Option<&str> {
        match &self.detail {
            Detail::StateEntered { name, .. }
            | Detail::StateExited { name, .. }
            | Detail::Iteration { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The event as the AWS API answers it, times in seconds since 1970.
    pub fn to_json(&self) -> Json {
        let type_name = self.type_name();
        let mut event = vec![
            ("timestamp".into(), seconds(self.timestamp_ms)),
            ("type".into(), Json::from(type_name.as_str())),
            ("id".into(), integer(self.id)),
            ("previousEventId".into(), integer(self.previous_id)),
        ];
        if let Some((key, details)) = self.details(&type_name) {
            event.push((Arc::from(key), Json::object(details)));
        }
        Json::object(event)
    }

    fn details(&self, type_name: &str) -> Option<(String, Members)> {
        // The details of most types stand under the type's own name in camel case.
        let own = || {
            let mut characters = type_name.chars();
            let first = characters.next().map(|first| first.to_ascii_lowercase());
            first
                .into_iter()
                .chain(characters)
                .chain("EventDetails".chars())
                .collect::<String>()
        };
        let mut members = Members::new();
        match &self.detail {
            Detail::ExecutionStarted { input, role_arn } => {
                payload(&mut members, "input", input);
                members.push(("roleArn".into(), Json::String(role_arn.clone())));
            }
            Detail::ExecutionSucceeded { output } => payload(&mut members, "output", output),
            Detail::ExecutionEnded { problem, .. } | Detail::GroupFailed { problem, .. } => {
                problem.write(&mut members)
            }
            Detail::StateEntered { name, input, .. } => {
                members.push(("name".into(), Json::String(name.clone())));
                payload(&mut members, "input", input);
                return Some(("stateEnteredEventDetails".to_owned(), members));
            }
            Detail::StateExited {
                name,
                output,
                assigned,
                ..
            } => {
                members.push(("name".into(), Json::String(name.clone())));
                payload(&mut members, "output", output);
                if !assigned.is_empty() {
                    let texts = assigned
                        .iter()
                        .map(|(key, value)| (key.clone(), text(value)));
                    members.push(("assignedVariables".into(), Json::object(texts.collect())));
                    members.push(("assignedVariablesDetails".into(), not_truncated()));
                }
                return Some(("stateExitedEventDetails".to_owned(), members));
            }
            Detail::TaskScheduled(scheduled) => scheduled.write(&mut members),
            Detail::Task { resource, step } => step.write(resource, &mut members),
            Detail::MapStarted { length } => {
                members.push(("length".into(), integer(*length as u64)))
            }
            Detail::MapRun { arn, problem, .. } => {
                members.extend(
                    arn.clone()
                        .map(|arn| (Arc::from("mapRunArn"), Json::String(arn))),
                );
                problem.write(&mut members);
            }
            Detail::Iteration { name, index, .. } => {
                members.push(("name".into(), Json::String(name.clone())));
                members.push(("index".into(), integer(*index as u64)));
            }
            Detail::StateAborted { .. }
            | Detail::ParallelStarted
            | Detail::GroupSucceeded { .. } => return None,
        }
        if members.is_empty() && matches!(&self.detail, Detail::Task { .. } | Detail::MapRun { .. })
        {
            return None;
        }
        Some((own(), members))
    }
}

impl TaskStep {
    fn name(&self) -> &'static str {
        match self {
            TaskStep::Started => "Started",
            TaskStep::Submitted(_) => "Submitted",
            TaskStep::Succeeded(_) => "Succeeded",
            TaskStep::Failed(_) => "Failed",
            TaskStep::TimedOut(_) => "TimedOut",
        }
    }

    fn write(&self, resource: &Resource, members: &mut Members) {
        resource_members(resource, members);
        match self {
            TaskStep::Started => {}
            TaskStep::Submitted(output) | TaskStep::Succeeded(output) => {
                payload(members, "output", output)
            }
            TaskStep::Failed(problem) | TaskStep::TimedOut(problem) => problem.write(members),
        }
    }
}

impl Problem {
    fn write(&self, members: &mut Members) {
        for (key, value) in [("error", &self.error), ("cause", &self.cause)] {
            members.extend(
                value
                    .clone()
                    .map(|value| (Arc::from(key), Json::String(value))),
            );
        }
    }
}

impl Scheduled {
    fn write(&self, members: &mut Members) {
        resource_members(&self.resource, members);
        if family(&self.resource) == "Task" {
            members.push(("region".into(), Json::String(self.region.clone())));
            members.push(("parameters".into(), text(&self.parameters)));
        } else {
            members.push(("resource".into(), Json::String(self.resource.arn.clone())));
            payload(members, "input", &self.parameters);
        }
        for (key, value) in [
            ("timeoutInSeconds", self.timeout_s),
            ("heartbeatInSeconds", self.heartbeat_s),
        ] {
            members.extend(value.map(|seconds| (Arc::from(key), Json::from(seconds))));
        }
    }
}

/// The word that the events of a kind of resource begin with.
fn family(resource: &Resource) -> &'static str {
    match resource.kind {
        ResourceKind::LambdaFunction => "LambdaFunction",
        ResourceKind::Activity => "Activity",
        ResourceKind::Service { .. } | ResourceKind::Other => "Task",
    }
}

/// `resourceType` and `resource`, which events of service integrations have.
fn resource_members(resource: &Resource, members: &mut Members) {
    let (kind, action) = match &resource.kind {
        ResourceKind::Service {
            service,
            action,
            pattern,
        } => {
            let suffix = match pattern {
                Pattern::RequestResponse => "",
                Pattern::Callback => ".waitForTaskToken",
                Pattern::Sync if resource.arn.ends_with(":2") => ".sync:2",
                Pattern::Sync => ".sync",
            };
            (service.clone(), format!("{action}{suffix}"))
        }
        ResourceKind::Other => (resource.arn.clone(), resource.arn.to_string()),
        ResourceKind::LambdaFunction | ResourceKind::Activity => return,
    };
    members.push(("resourceType".into(), Json::String(kind)));
    members.push(("resource".into(), Json::from(action.as_str())));
}

fn text(value: &Json) -> Json {
    Json::string(value.to_text())
}

fn not_truncated() -> Json {
    Json::record([("truncated", Json::Bool(false))])
}

fn payload(members: &mut Members, key: &str, value: &Json) {
    members.push((Arc::from(key), text(value)));
    members.push((Arc::from(format!("{key}Details")), not_truncated()));
}

fn integer(value: u64) -> Json {
    Json::from(i64::try_from(value).unwrap_or(i64::MAX))
}

/// Milliseconds as a decimal number of seconds.
fn seconds(ms: i64) -> Json {
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of this millennium are exact in a float"
    )]
    Number::from_f64(ms as f64 / 1000.0).map_or(Json::Null, Json::Number)
}
