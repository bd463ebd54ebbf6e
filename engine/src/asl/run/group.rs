//! Parallel and Map states: starting branches and iterations, gathering their results, ending them together.

use std::collections::BTreeSet;

use super::{Current, Flow, Run};
use crate::asl::error::{Failure, names};
use crate::asl::execution::{Branch, Children, Item, Parent, Wait};
use crate::asl::history::{Detail, Problem};
use crate::asl::json::Json;
use crate::asl::machine::{Kind, Map, Percentage, State, Work};
use crate::asl::path::Path;
use crate::asl::scope::Scope;
use crate::asl::{Execution, MAP_CONCURRENCY_MAX, Machine};

impl Run<'_> {
    pub(super) fn start_parallel(
        &mut self,
        mut current: Current<'_>,
        branches: &[usize],
        work: &Work,
        input: Json,
    ) -> Flow {
        let input = match &work.parameters {
            Some(template) => self.fill(&current, template, &input),
            None => Ok(input),
        };
        let input = match input {
            Ok(input) => input,
            Err(failure) => return self.evaluation_failed(current, failure),
        };
        self.note(&mut current.branch, Detail::ParallelStarted);
        let started = current.branch.last_event;
        for (slot, group) in branches.iter().enumerate() {
            let id = self.execution.new_id();
            let parent = Some(Parent {
                branch: current.id,
                slot,
            });
            let branch = self.new_branch(parent, *group, input.clone(), started);
            self.park(id, branch);
            self.ready.push_back(id);
        }
        let children = Children {
            results: vec![Json::Null; branches.len()],
            started: branches.len(),
            ended: 0,
            failed: Vec::new(),
            failed_max: 0,
            concurrency: branches.len(),
            input,
            items: Json::Null,
        };
        self.rest(current, Wait::Children(children))
    }

    pub(super) fn start_map(&mut self, mut current: Current<'_>, map: &Map, input: Json) -> Flow {
        let children = match self.prepare_map(&current, map, input) {
            Ok(children) => children,
            Err(failure) => return self.evaluation_failed(current, failure),
        };
        let length = children.results.len();
        self.note(&mut current.branch, Detail::MapStarted { length });
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
            return Err(Failure::runtime(format!(
                "Reference path \"{}\" must point to array.",
                shown(map.items.as_ref())
            )));
        };
        let length = list.len();
        let limit = match &map.concurrency {
            Some(amount) => {
                usize::try_from(self.amount(current, amount, &input)?).unwrap_or(usize::MAX)
            }
            None => 0,
        };
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
                Some(usize::try_from(self.amount(current, amount, input)?).unwrap_or(usize::MAX))
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
            reason = "a count of items in 256 KiB is exact as a float"
        )]
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the count of items"
        )]
        let share =
            percentage.map(|percentage| (length as f64 * percentage / 100.0).floor() as usize);
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
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Failure::runtime(format!(
                "The ToleratedFailurePercentagePath field refers to value \"{shown}\" which is not a valid float: {}",
                path.text()
            ))
        })
    }

    /// Starts the next item of the Map state that a branch is in, if there is one.
    fn start_iteration(&mut self, parent: u64) {
        let Some(branch) = self.execution.branches.get_mut(&parent) else {
            return;
        };
        let Some(State {
            kind: Kind::Map(map),
            name,
            ..
        }) = branch.current(self.machine)
        else {
            return;
        };
        let last_event = branch.last_event;
        let Wait::Children(children) = &mut branch.wait else {
            return;
        };
        let Some(value) = children
            .items
            .as_array()
            .and_then(|items| items.get(children.started))
        else {
            return;
        };
        let item = Item {
            index: children.started,
            value: value.clone(),
        };
        let slot = children.started;
        children.started += 1;
        let input = match &map.selector {
            None => Ok(item.value.clone()),
            Some(selector) => {
                let data = children.input.clone();
                select_item(self.execution, self.machine, parent, &item, |scope| {
                    selector.evaluate(&data, scope)
                })
            }
        };
        let input = match input {
            Ok(input) => input,
            Err(failure) => return self.group_failed(parent, failure, true),
        };
        let id = self.execution.new_id();
        let mut child = self.new_branch(
            Some(Parent {
                branch: parent,
                slot,
            }),
            map.processor,
            input,
            last_event,
        );
        self.note(
            &mut child,
            Detail::Iteration {
                step: "Started",
                name: name.clone(),
                index: item.index,
            },
        );
        child.item = Some(item);
        child.isolated = map.distributed;
        self.park(id, child);
        self.ready.push_back(id);
    }

    /// A branch or iteration has its output.
    pub(super) fn child_succeeded(&mut self, child: &Branch, parent: Parent, output: Json) {
        let event = self.note_iteration(child, "Succeeded");
        let Some(branch) = self.execution.branches.get_mut(&parent.branch) else {
            return;
        };
        branch.last_event = event;
        if let Wait::Children(children) = &mut branch.wait
            && let Some(slot) = children.results.get_mut(parent.slot)
        {
            *slot = output;
            children.ended += 1;
        }
        self.go_on_with_group(parent.branch);
    }

    /// A branch or iteration has failed, and with it the state, unless that many failures are tolerated.
    pub(super) fn child_failed(&mut self, child: &Branch, parent: Parent, failure: Failure) {
        let event = self.note_iteration(child, "Failed");
        let Some(branch) = self.execution.branches.get_mut(&parent.branch) else {
            return;
        };
        branch.last_event = event;
        let Wait::Children(children) = &mut branch.wait else {
            return;
        };
        if children.failed_max == 0 {
            return self.group_failed(parent.branch, failure, false);
        }
        children.failed.push(parent.slot);
        children.ended += 1;
        if children.failed.len() > children.failed_max {
            let cause = "The specified tolerated failure threshold was exceeded";
            return self.group_failed(
                parent.branch,
                Failure::new(names::EXCEED_TOLERATED_FAILURE_THRESHOLD, cause),
                false,
            );
        }
        self.go_on_with_group(parent.branch);
    }

    /// Notes what became of an iteration; for branches of a Parallel state there is nothing to note.
    fn note_iteration(&mut self, child: &Branch, step: &'static str) -> u64 {
        let parent = child
            .parent
            .and_then(|parent| self.execution.branches.get(&parent.branch));
        let name = parent
            .and_then(|parent| parent.current(self.machine))
            .map(|state| state.name.clone());
        match (&child.item, name) {
            (Some(item), Some(name)) => self.event(
                child.last_event,
                Detail::Iteration {
                    step,
                    name,
                    index: item.index,
                },
            ),
            _ => child.last_event,
        }
    }

    /// After a child has ended: the next item, or the end of the state.
    fn go_on_with_group(&mut self, parent: u64) {
        let Some(Wait::Children(children)) = self
            .execution
            .branches
            .get(&parent)
            .map(|branch| &branch.wait)
        else {
            return;
        };
        if children.ended < children.results.len() {
            return self.start_iteration(parent);
        }
        self.with_group(parent, |run, current, children| {
            match current.state.kind.work() {
                Some(work) => run.group_done(current, work, children),
                None => Flow::Rest,
            }
        });
    }

    fn group_done(&mut self, mut current: Current<'_>, work: &Work, children: Children) -> Flow {
        self.note(
            &mut current.branch,
            Detail::GroupSucceeded {
                kind: current.state.kind.name(),
            },
        );
        let failed = children.failed;
        let mut results = children.results;
        let mut slot = 0;
        results.retain(|_| {
            slot += 1;
            !failed.contains(&(slot - 1))
        });
        self.work_done(current, work, Json::array(results))
    }

    /// Ends what the state still runs, then the state itself. `own` says that its own fields could not be evaluated.
    fn group_failed(&mut self, parent: u64, failure: Failure, own: bool) {
        self.abort_children(parent);
        self.with_group(parent, |run, mut current, _| {
            let problem = Problem {
                error: failure.error.clone(),
                cause: failure.cause.clone(),
            };
            let kind = current.state.kind.name();
            run.note(&mut current.branch, Detail::GroupFailed { kind, problem });
            if own {
                run.evaluation_failed(current, failure)
            } else {
                run.fail(current, failure)
            }
        });
    }

    /// Takes out the branch whose children have ended and goes on with it.
    fn with_group(
        &mut self,
        id: u64,
        go_on: impl FnOnce(&mut Self, Current<'_>, Children) -> Flow,
    ) {
        let machine = self.machine;
        let Some(mut branch) = self.execution.branches.remove(&id) else {
            return;
        };
        let children = match std::mem::replace(&mut branch.wait, Wait::Nothing) {
            Wait::Children(children) => children,
            other => {
                branch.wait = other;
                return self.park(id, branch);
            }
        };
        let Some(state) = branch.current(machine) else {
            return;
        };
        if let Flow::Continue(branch) = go_on(self, Current { id, branch, state }, children) {
            self.park(id, branch);
            self.ready.push_back(id);
        }
    }

    /// Ends every branch below one; parents have lower ids than their children, so one pass finds them all.
    fn abort_children(&mut self, of: u64) {
        let mut doomed = BTreeSet::from([of]);
        for (id, branch) in &self.execution.branches {
            if branch
                .parent
                .is_some_and(|parent| doomed.contains(&parent.branch))
            {
                doomed.insert(*id);
            }
        }
        doomed.remove(&of);
        let mut last_event = self
            .execution
            .branches
            .get(&of)
            .map_or(0, |branch| branch.last_event);
        for id in doomed.iter().rev() {
            let Some(branch) = self.execution.branches.get(id) else {
                continue;
            };
            let (wait, machine) = (branch.wait.clone(), self.machine);
            if let (Some(state), false) = (branch.current(machine), wait == Wait::Nothing) {
                last_event = self.event(
                    last_event,
                    Detail::StateAborted {
                        kind: state.kind.name(),
                    },
                );
            }
            if let Some(branch) = self.execution.branches.remove(id) {
                let branch = Branch {
                    last_event,
                    ..branch
                };
                last_event = self.note_iteration(&branch, "Aborted");
            }
            self.release(&wait);
        }
        if let Some(branch) = self.execution.branches.get_mut(&of) {
            branch.last_event = last_event;
        }
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
fn shown(path: Option<&Path>) -> String {
    let text = path.map_or("$", Path::text);
    text.strip_prefix('$')
        .filter(|rest| rest.starts_with('$'))
        .unwrap_or(text)
        .to_owned()
}
