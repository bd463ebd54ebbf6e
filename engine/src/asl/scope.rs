//! What a state sees while it is evaluated: the context object, variables, the random sequence.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::execution::{Branch, Execution, Facts, Item};
use super::json::Json;
use super::machine::State;
use super::path::Environment;
use super::{random, timestamp};

pub(super) struct Scope<'a> {
    facts: &'a Facts,
    branches: &'a BTreeMap<u64, Box<Branch>>,
    branch: &'a Branch,
    state: &'a State,
    seed: u64,
    draws: Cell<u64>,
    token: Option<&'a str>,
    /// The item that a Map state is about to start an iteration for.
    item: Option<&'a Item>,
}

impl<'a> Scope<'a> {
    /// `branch` is the one that is evaluated; it need not be among the execution's own.
    pub(super) fn new(execution: &'a Execution, branch: &'a Branch, state: &'a State) -> Scope<'a> {
        Scope {
            facts: &execution.facts,
            branches: &execution.branches,
            branch,
            state,
            seed: execution.seed,
            draws: Cell::new(execution.draws),
            token: None,
            item: None,
        }
    }

    pub(super) fn with_token(self, token: Option<&'a str>) -> Scope<'a> {
        Scope { token, ..self }
    }

    pub(super) fn with_item(self, item: &'a Item) -> Scope<'a> {
        Scope {
            item: Some(item),
            ..self
        }
    }

    /// Random numbers drawn so far, to be written back to the execution.
    pub(super) fn draws(&self) -> u64 {
        self.draws.get()
    }

    /// The branch and those it lies in, from the inside out.
    fn lineage(&self) -> impl Iterator<Item = &'a Branch> {
        let branches = self.branches;
        std::iter::successors(Some(self.branch), move |branch| {
            branch
                .parent
                .and_then(|parent| branches.get(&parent.branch).map(Box::as_ref))
        })
    }
}

impl Environment for Scope<'_> {
    fn context(&self) -> Json {
        let facts = self.facts;
        let mut execution = vec![
            ("Id".into(), Json::from(facts.id.as_str())),
            ("Input".into(), facts.input.clone()),
            ("Name".into(), Json::from(facts.name.as_str())),
            ("RoleArn".into(), Json::from(facts.role_arn.as_str())),
            (
                "StartTime".into(),
                Json::from(timestamp::from_ms(facts.start_ms).as_str()),
            ),
        ];
        if let Some(count) = facts.redrive_count {
            execution.push((
                "RedriveCount".into(),
                Json::from(i64::try_from(count).unwrap_or(i64::MAX)),
            ));
        }
        let mut state = vec![
            (
                "EnteredTime".into(),
                Json::from(timestamp::from_ms(self.branch.entered_ms).as_str()),
            ),
            ("Name".into(), Json::String(self.state.name.clone())),
        ];
        if self.state.kind.work().is_some() {
            let count = i64::try_from(self.branch.retry_count).unwrap_or(i64::MAX);
            state.push(("RetryCount".into(), Json::from(count)));
        }
        let machine = [
            ("Id", Json::from(facts.machine_id.as_str())),
            ("Name", Json::from(facts.machine_name.as_str())),
        ];
        let mut context = vec![
            ("Execution".into(), Json::object(execution)),
            ("StateMachine".into(), Json::record(machine)),
            ("State".into(), Json::object(state)),
        ];
        if let Some(token) = self.token {
            context.push(("Task".into(), Json::record([("Token", Json::from(token))])));
        }
        if let Some(item) = self
            .item
            .or_else(|| self.lineage().find_map(|branch| branch.item.as_ref()))
        {
            let index = Json::from(i64::try_from(item.index).unwrap_or(i64::MAX));
            let item = Json::record([("Index", index), ("Value", item.value.clone())]);
            context.push(("Map".into(), Json::record([("Item", item)])));
        }
        Json::object(context)
    }

    fn variable(&self, name: &str) -> Option<Json> {
        for branch in self.lineage() {
            if let Some(value) = branch.variables.get(name) {
                return Some(value.clone());
            }
            if branch.isolated {
                return None;
            }
        }
        None
    }

    fn random(&self) -> u64 {
        let place = self.draws.get();
        self.draws.set(place + 1);
        random::at(self.seed, place)
    }
}
