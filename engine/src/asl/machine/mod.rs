//! A state machine's definition, checked and compiled: paths and templates are read once, names are resolved.

mod check;
mod fields;
mod group;
mod resource;
mod state;
mod work;

use std::sync::Arc;

use super::choice::Rule;
use super::error::DefinitionError;
use super::json::Json;
use super::path::{Path, ReferencePath};
use super::template::{Expression, Template};

pub use resource::{Pattern, Resource, ResourceKind};

/// A definition that can be executed.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The state machine itself first, then every branch and item processor. Both groups and the states within one are
    /// in the order of their names, so that a stored position means the same whatever the order of the text was.
    pub(super) groups: Vec<Group>,
    pub(super) timeout_s: Option<i64>,
}

/// The states of one `States` field.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) states: Vec<State>,
}

#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) name: Arc<str>,
    pub(super) input_path: Selection,
    pub(super) output_path: Selection,
    pub(super) assign: Option<Template>,
    /// The index of the next state in the group; nothing where the state ends its group or chooses by itself.
    pub(super) next: Option<usize>,
    pub(super) kind: Kind,
}

/// `InputPath` or `OutputPath`.
#[derive(Clone, Debug)]
pub(super) enum Selection {
    /// `$`, also where the field is missing.
    Everything,
    /// `null`: an empty object.
    Nothing,
    Path(Path),
}

/// `ResultPath`.
#[derive(Clone, Debug)]
pub(super) enum ResultPlace {
    /// `null`: the result is dropped.
    Discarded,
    /// `$`, also where the field is missing.
    Everything,
    At(ReferencePath),
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Pass {
        parameters: Option<Template>,
        result: Option<Json>,
        place: ResultPlace,
    },
    Task(Task),
    Choice {
        choices: Vec<Choice>,
        default: Option<usize>,
    },
    Wait(Delay),
    Succeed,
    Fail {
        error: Option<Text>,
        cause: Option<Text>,
    },
    Parallel {
        branches: Vec<usize>,
        work: Work,
    },
    Map(Map),
}

/// What Task, Parallel and Map have in common: input made by a template, a result, retries and catches.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) parameters: Option<Template>,
    pub(super) selector: Option<Template>,
    pub(super) place: ResultPlace,
    pub(super) retry: Vec<Retrier>,
    pub(super) catch: Vec<Catcher>,
}

#[derive(Clone, Debug)]
pub(super) struct Task {
    /// Place of the state in the definition.
    pub(super) at: Arc<str>,
    pub(super) resource: Resource,
    pub(super) timeout: Option<Amount>,
    pub(super) heartbeat: Option<Amount>,
    pub(super) credentials: Option<Template>,
    pub(super) work: Work,
}

/// A number in the definition or at a path.
#[derive(Clone, Debug)]
pub(super) enum Amount {
    Literal(i64),
    Path {
        field: &'static str,
        path: Path,
        /// What a literal must be within as well.
        range: (i64, i64),
    },
}

#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) rule: Rule,
    pub(super) next: usize,
    pub(super) assign: Option<Template>,
}

#[derive(Clone, Debug)]
pub(super) enum Delay {
    Seconds(Amount),
    /// Milliseconds since 1970.
    Until(i64),
    UntilPath(Path),
}

/// `Error` or `ErrorPath`, `Cause` or `CausePath`.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Literal(Arc<str>),
    Evaluated {
        field: &'static str,
        expression: Expression,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Map {
    /// Place of the state in the definition.
    pub(super) at: Arc<str>,
    pub(super) processor: usize,
    /// Runs each item as an execution of its own on AWS, so variables of the state machine are out of its sight.
    pub(super) distributed: bool,
    /// Names the runs of a distributed Map.
    pub(super) label: Option<Arc<str>>,
    pub(super) items: Option<Path>,
    pub(super) selector: Option<Template>,
    pub(super) concurrency: Option<Amount>,
    pub(super) tolerated_count: Option<Amount>,
    pub(super) tolerated_percentage: Option<Percentage>,
    pub(super) work: Work,
}

#[derive(Clone, Debug)]
pub(super) enum Percentage {
    Literal(f64),
    Path(Path),
}

#[derive(Clone, Debug)]
pub(super) struct Retrier {
    pub(super) errors: Vec<Arc<str>>,
    pub(super) interval_s: i64,
    pub(super) attempts_max: i64,
    pub(super) backoff_rate: f64,
    pub(super) delay_max_s: Option<i64>,
    pub(super) full_jitter: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Catcher {
    pub(super) errors: Vec<Arc<str>>,
    pub(super) place: ResultPlace,
    pub(super) next: usize,
    pub(super) assign: Option<Template>,
}

impl Machine {
    /// Reads, checks and compiles a definition in JSON text.
    pub fn parse(text: &str) -> Result<Machine, DefinitionError> {
        let json = text
            .parse()
            .map_err(|error| DefinitionError::new("", format!("is not JSON: {error}")))?;
        Machine::from_json(&json)
    }

    /// Checks and compiles a definition.
    pub fn from_json(definition: &Json) -> Result<Machine, DefinitionError> {
        group::machine(definition)
    }

    /// Checks and compiles a definition that `serde_json` has read, as part of a template for example.
    pub fn from_value(definition: &serde_json::Value) -> Result<Machine, DefinitionError> {
        Machine::from_json(&Json::from(definition))
    }

    /// Every Task state's name and resource, so that whoever starts tasks can refuse what it does not offer before
    /// anything runs. A name may occur twice where branches have states of the same name.
    pub fn resources(&self) -> impl Iterator<Item = (&str, &Resource)> {
        self.states().filter_map(|state| match &state.kind {
            Kind::Task(task) => Some((&*state.name, &task.resource)),
            _ => None,
        })
    }

    /// Refuses what an Express state machine cannot do: activities, `.sync`, `.waitForTaskToken` and distributed Maps.
    pub fn check_express(&self) -> Result<(), DefinitionError> {
        for state in self.states() {
            let (at, what) = match &state.kind {
                Kind::Task(task) => match task.resource.of_standard_only() {
                    Some(what) => (format!("{}/Resource", task.at), what),
                    None => continue,
                },
                Kind::Map(map) if map.distributed => {
                    (map.at.to_string(), "a distributed Map state")
                }
                _ => continue,
            };
            return Err(DefinitionError::new(
                &at,
                format!("an Express state machine does not support {what}"),
            ));
        }
        Ok(())
    }

    fn states(&self) -> impl Iterator<Item = &State> {
        self.groups.iter().flat_map(|group| &group.states)
    }
}

impl Kind {
    /// The state's `Type`.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Kind::Pass { .. } => "Pass",
            Kind::Task(_) => "Task",
            Kind::Choice { .. } => "Choice",
            Kind::Wait(_) => "Wait",
            Kind::Succeed => "Succeed",
            Kind::Fail { .. } => "Fail",
            Kind::Parallel { .. } => "Parallel",
            Kind::Map(_) => "Map",
        }
    }

    pub(super) fn work(&self) -> Option<&Work> {
        match self {
            Kind::Task(task) => Some(&task.work),
            Kind::Parallel { work, .. } => Some(work),
            Kind::Map(map) => Some(&map.work),
            _ => None,
        }
    }
}
