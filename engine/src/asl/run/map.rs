//! Map states: what they say of their items, and the start of each iteration.

use std::sync::Arc;

use super::data::bare;
use super::{Current, Flow, Run};
use crate::asl::error::Failure;
use crate::asl::execution::{Children, Item, Parent, Wait};
use crate::asl::history::{Detail, Problem};
use crate::asl::json::Json;
use crate::asl::machine::{Kind, Map, Percentage, State};
use crate::asl::path::{Environment, Path};
use crate::asl::scope::Scope;
use crate::asl::{Execution, MAP_CONCURRENCY_MAX, Machine, random};

impl Run<'_> {
    pub(super) fn start_map(&mut self, mut current: Current<'_>, map: &Map, input: Json) -> Flow {
        let children = match self.prepare_map(&current, map, input) {
            Ok(children) => children,
            Err(failure) => return self.evaluation_failed(current, failure),
        };
        let length = children.results.len();
        self.note(&mut current.branch, Detail::MapStarted { length });
        if map.distributed {
            let arn = Some(self.map_run_arn(&current, map));
            let detail = Detail::MapRun {
                step: "Started",
                arn,
                problem: Problem::default(),
            };
            self.note(&mut current.branch, detail);
        }
        if length == 0 {
            return self.group_done(current, &map.work, children);
        }
        let together = children.concurrency.min(length);
        let id = current.id;
        self.rest(current, Wait::Children(children));
        for _ in 0..together {
            self.start_iteration(id);
        }
        Flow::Rest
    }

    /// Evaluates what a Map state says of its items.
    fn prepare_map(
        &mut self,
        current: &Current<'_>,
        map: &Map,
        input: Json,
    ) -> Result<Children, Failure> {
        let items = match &map.items {
            Some(path) => self.find(current, path, &input)?,
            None => input.clone(),
        };
        let Json::Array(list) = &items else {
            let path = shown(map.items.as_ref());
            return Err(Failure::runtime(format!(
                "Reference path \"{path}\" must point to array."
            )));
        };
        let length = list.len();
        let limit = match &map.concurrency {
            Some(amount) => self.count(current, amount, &input)?,
            None => 0,
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let most = if map.distributed {
            usize::MAX
        } else {
            MAP_CONCURRENCY_MAX
        };
        let failed_max = self.failed_max(current, map, &input, length)?;
        Ok(Children {
            results: vec![Json::Null; length],
            started: 0,
            ended: 0,
            failed: Vec::new(),
            failed_max,
            concurrency: if limit == 0 { most } else { limit.min(most) },
            items,
            input,
        })
    }

    /// How many items may fail: the smaller of count and percentage where both are given, else none.
    fn failed_max(
        &mut self,
        current: &Current<'_>,
        map: &Map,
        input: &Json,
        length: usize,
    ) -> Result<usize, Failure> {
        let count = match &map.tolerated_count {
            Some(amount) => {
                Some(usize::try_from(self.count(current, amount, input)?).unwrap_or(usize::MAX))
            }
            None => None,
        };
        let percentage = match &map.tolerated_percentage {
            None => None,
            Some(Percentage::Literal(percentage)) => Some(*percentage),
            Some(Percentage::Path(path)) => Some(self.percentage(current, path, input)?),
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "a count of items in 256 KiB is exact"
        )]
        let share = percentage.map(|percentage| (length as f64 * percentage / 100.0).floor());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the count of items"
        )]
        let share = share.map(|share| share as usize);
        Ok(count.into_iter().chain(share).min().unwrap_or(0))
    }

    fn percentage(
        &mut self,
        current: &Current<'_>,
        path: &Path,
        input: &Json,
    ) -> Result<f64, Failure> {
        let value = self.find(current, path, input)?;
        let number = match &value {
            Json::Number(number) => Some(number.as_f64()),
            Json::String(text) => text.parse().ok(),
            _ => None,
        };
        number.filter(|number| (0.0..=100.0).contains(number)).ok_or_else(|| {
            Failure::runtime(format!(
                "The ToleratedFailurePercentagePath field refers to value \"{}\" which is not a valid float: {}",
                bare(&value),
                path.text()
            ))
        })
    }

    /// `arn:aws:states:region:account:mapRun:machine/label:id`, in the region and account of the execution.
    fn map_run_arn(&mut self, current: &Current<'_>, map: &Map) -> Arc<str> {
        let id = self.evaluate(current, None, |scope| {
            random::uuid(scope.random(), scope.random())
        });
        let facts = &self.execution.facts;
        let mut parts = facts.id.split(':').skip(3);
        let (region, account) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let label = map.label.as_deref().unwrap_or(&current.state.name);
        Arc::from(format!(
            "arn:aws:states:{region}:{account}:mapRun:{}/{label}:{id}",
            facts.machine_name
        ))
    }

    /// Starts the next item of the Map state that a branch is in, if there is one.
    pub(super) fn start_iteration(&mut self, parent: u64) {
        let Some(branch) = self.execution.branches.get_mut(&parent) else {
            return;
        };
        let state = branch.current(self.machine);
        let Some(State {
            kind: Kind::Map(map),
            name,
            ..
        }) = state
        else {
            return;
        };
        let (last_event, quiet) = (branch.last_event, branch.quiet || map.distributed);
        let Wait::Children(children) = &mut branch.wait else {
            return;
        };
        let slot = children.started;
        let Some(value) = children.items.as_array().and_then(|items| items.get(slot)) else {
            return;
        };
        let item = Item {
            index: slot,
            value: value.clone(),
        };
        children.started += 1;
        let input = match &map.selector {
            None => Ok(item.value.clone()),
            Some(selector) => {
                let data = children.input.clone();
                let select = |scope: &Scope<'_>| selector.evaluate(&data, scope);
                select_item(self.execution, self.machine, parent, &item, select)
            }
        };
        let input = match input {
            Ok(input) => input,
            Err(failure) => return self.group_failed(parent, failure, true),
        };
        let id = self.execution.new_id();
        let place = Some(Parent {
            branch: parent,
            slot,
        });
        let mut child = self.new_branch(place, map.processor, input, last_event);
        child.quiet = quiet;
        child.isolated = map.distributed;
        if map.distributed {
            // The first event of an execution of its own would be its start.
            child.last_event = 1;
        } else {
            let detail = Detail::Iteration {
                step: "Started",
                name: name.clone(),
                index: slot,
            };
            self.note(&mut child, detail);
        }
        child.item = Some(item);
        self.park(id, child);
        self.ready.push_back(id);
    }
}

/// Evaluates the input of an iteration, for a Map state whose branch is among the execution's own.
fn select_item(
    execution: &mut Execution,
    machine: &Machine,
    parent: u64,
    item: &Item,
    evaluation: impl FnOnce(&Scope<'_>) -> Result<Json, Failure>,
) -> Result<Json, Failure> {
    let branch = execution.branches.get(&parent);
    let Some((branch, state)) = branch.and_then(|branch| Some((branch, branch.current(machine)?)))
    else {
        return Err(Failure::runtime("the Map state is not there any more"));
    };
    let scope = Scope::new(execution, branch, state).with_item(item);
    let value = evaluation(&scope);
    let draws = scope.draws();
    execution.draws = draws;
    value
}

/// The path as Step Functions shows it in this message: that of the context object with one `$`.
fn shown(path: Option<&Path>) -> &str {
    let text = path.map_or("$", Path::text);
    text.strip_prefix('$')
        .filter(|rest| rest.starts_with('$'))
        .unwrap_or(text)
}
