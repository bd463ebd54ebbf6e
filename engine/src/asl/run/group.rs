//! Parallel and Map states: the start of branches, and what becomes of a state when one of its children ends.

use std::collections::BTreeSet;

use super::{Current, Flow, Run};
use crate::asl::error::{Failure, names};
use crate::asl::execution::{Branch, Children, Parent, Wait};
use crate::asl::history::{Detail, Problem};
use crate::asl::json::Json;
use crate::asl::machine::{Kind, State, Work};

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
            let mut branch = self.new_branch(parent, *group, input.clone(), started);
            branch.quiet = current.branch.quiet;
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

    /// A branch or iteration has its output.
    pub(super) fn child_succeeded(&mut self, child: &Branch, parent: Parent, output: Json) {
        let event = self.child_ended(child, "Succeeded");
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
        let event = self.child_ended(child, "Failed");
        let Some(branch) = self.execution.branches.get_mut(&parent.branch) else {
            return;
        };
        branch.last_event = event;
        let Wait::Children(children) = &mut branch.wait else {
            return;
        };
        if children.failed.len() < children.failed_max {
            children.failed.push(parent.slot);
            children.ended += 1;
            return self.go_on_with_group(parent.branch);
        }
        let failure = match child.isolated || children.failed_max > 0 {
            false => failure,
            true => Failure::new(
                names::EXCEED_TOLERATED_FAILURE_THRESHOLD,
                "The specified tolerated failure threshold was exceeded",
            ),
        };
        self.group_failed(parent.branch, failure, false);
    }

    /// Notes the end of an iteration; gives the event after which its parent goes on.
    fn child_ended(&mut self, child: &Branch, step: &'static str) -> u64 {
        let parent = child
            .parent
            .and_then(|parent| self.execution.branches.get(&parent.branch));
        let Some(parent) = parent else {
            return child.last_event;
        };
        if child.isolated {
            return parent.last_event;
        }
        match (&child.item, parent.current(self.machine)) {
            (Some(item), Some(state)) if !child.quiet => {
                let detail = Detail::Iteration {
                    step,
                    name: state.name.clone(),
                    index: item.index,
                };
                self.event(child.last_event, detail)
            }
            _ => child.last_event,
        }
    }

    /// After a child has ended: the next item, or the end of the state.
    fn go_on_with_group(&mut self, parent: u64) {
        let wait = self
            .execution
            .branches
            .get(&parent)
            .map(|branch| &branch.wait);
        let Some(Wait::Children(children)) = wait else {
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

    pub(super) fn group_done(
        &mut self,
        mut current: Current<'_>,
        work: &Work,
        children: Children,
    ) -> Flow {
        if is_distributed(current.state) {
            let detail = Detail::MapRun {
                step: "Succeeded",
                arn: None,
                problem: Problem::default(),
            };
            self.note(&mut current.branch, detail);
        }
        let kind = current.state.kind.name();
        self.note(&mut current.branch, Detail::GroupSucceeded { kind });
        let mut results = children.results;
        if !children.failed.is_empty() {
            let kept = results
                .into_iter()
                .enumerate()
                .filter(|(slot, _)| !children.failed.contains(slot));
            results = kept.map(|(_, result)| result).collect();
        }
        self.work_done(current, work, Json::array(results))
    }

    /// Ends what the state still runs, then the state itself.
    ///
    /// `own` says that the state's own fields could not be evaluated, which its message then tells.
    pub(super) fn group_failed(&mut self, parent: u64, failure: Failure, own: bool) {
        self.abort_children(parent);
        self.with_group(parent, |run, mut current, _| {
            let problem = Problem {
                error: failure.error.clone(),
                cause: failure.cause.clone(),
            };
            if is_distributed(current.state) {
                let detail = Detail::MapRun {
                    step: "Failed",
                    arn: None,
                    problem: problem.clone(),
                };
                run.note(&mut current.branch, detail);
            }
            let kind = current.state.kind.name();
            run.note(&mut current.branch, Detail::GroupFailed { kind, problem });
            match own {
                true => run.evaluation_failed(current, failure),
                false => run.fail(current, failure),
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
        // The innermost first. A branch is noted while its parents are still there to name it.
        for id in doomed.iter().rev() {
            let Some(mut branch) = self.execution.branches.remove(id) else {
                continue;
            };
            self.release(&branch.wait);
            if branch.quiet {
                continue;
            }
            branch.last_event = last_event;
            if let (Some(state), false) =
                (branch.current(self.machine), branch.wait == Wait::Nothing)
            {
                let kind = state.kind.name();
                branch.last_event = self.event(last_event, Detail::StateAborted { kind });
            }
            last_event = self.child_ended(&branch, "Aborted");
        }
        if let Some(branch) = self.execution.branches.get_mut(&of) {
            branch.last_event = last_event;
        }
    }
}

fn is_distributed(state: &State) -> bool {
    matches!(&state.kind, Kind::Map(map) if map.distributed)
}
