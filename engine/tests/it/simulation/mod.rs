//! The core without sockets, processes and disk: inputs go in by hand, functions are closures, and a crash is a choice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

pub(crate) mod payments;

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use pipe_engine::Step;
use pipe_engine::artifacts::{self, Deployment, Place};
use pipe_engine::core::{
    Action, Answer, ApiRequest, Caller, Core, Input, Invocation, Outcome, RouteRequest, Service,
};
use pipe_engine::store::{MemoryStore, Store as _};
use serde_json::{Value, json};

pub(crate) const MACHINE: &str =
    "arn:aws:states:us-east-1:123456789012:stateMachine:settle-payment-local";
pub(crate) const TABLE: &str = "payment-events-local";
pub(crate) const START_MS: u64 = 1_795_000_000_000;

/// The payments pipeline without its alarms, which would wake the engine every minute beside what is tested.
pub(crate) fn template() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra-out/payments/template.json");
    let text = std::fs::read_to_string(path).expect("the template is readable");
    let mut template: Value = serde_json::from_str(&text).expect("the template is JSON");
    template["Resources"]
        .as_object_mut()
        .expect("resources")
        .retain(|_, resource| resource["Type"] != "AWS::CloudWatch::Alarm");
    template
}

/// Queues, mappings and asynchronous invocations, written by hand as a compiled pipeline has them.
pub(crate) fn delivery() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/delivery/template.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the template is readable"))
        .expect("the template is JSON")
}

pub(crate) fn deployment(template: &Value) -> Deployment {
    artifacts::read(template, "payments", &Place::default()).expect("the template can be run")
}

/// Where in a step a crash comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// Nothing of the step is durable.
    BeforeCommit,
    /// All of it is, and none of its actions was done.
    AfterCommit,
}

/// A core with a store, a clock that stands still, and functions that answer when it is their turn.
pub(crate) struct Simulation {
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) store: MemoryStore,
    pub(crate) core: Core,
    pub(crate) now_ms: u64,
    pub(crate) answers: BTreeMap<u64, Answer>,
    pub(crate) trace: Vec<String>,
    pub(crate) invocations: Vec<Invocation>,
    /// What a person who watches is told.
    pub(crate) observed: Vec<Step>,
    pub(crate) steps: usize,
    queue: VecDeque<Input>,
    time_scale: f64,
}

impl Simulation {
    pub(crate) fn new(template: &Value, time_scale: f64) -> Self {
        Self::on(deployment(template), MemoryStore::default(), time_scale)
    }

    pub(crate) fn on(deployment: Deployment, mut store: MemoryStore, time_scale: f64) -> Self {
        let deployment = Arc::new(deployment);
        let core = Core::restore(
            deployment.clone(),
            store.load().expect("memory"),
            time_scale,
        )
        .expect("the state fits");
        let mut simulation = Self {
            deployment,
            store,
            core,
            now_ms: START_MS,
            answers: BTreeMap::new(),
            trace: Vec::new(),
            invocations: Vec::new(),
            observed: Vec::new(),
            steps: 0,
            queue: VecDeque::new(),
            time_scale,
        };
        simulation.give(Input::Started {
            salt: "simulation".into(),
        });
        simulation
    }

    pub(crate) fn give(&mut self, input: Input) {
        self.queue.push_back(input);
    }

    /// The process ends and another begins on the same store. What was not durable is gone.
    pub(crate) fn restart(&mut self) {
        self.queue.clear();
        self.invocations.clear();
        self.core = Core::restore(
            self.deployment.clone(),
            self.store.load().expect("memory"),
            self.time_scale,
        )
        .expect("the state fits");
        self.give(Input::Started {
            salt: "simulation".into(),
        });
    }

    /// Takes the next input; false when there is none.
    pub(crate) fn step(&mut self, crash: Option<Crash>) -> bool {
        let Some(input) = self.queue.pop_front() else {
            return false;
        };
        let output = self.core.step(input, self.now_ms);
        self.steps += 1;
        self.trace.push(format!("{output:?}"));
        if crash == Some(Crash::BeforeCommit) {
            return true;
        }
        self.store.commit(&output.changes).expect("memory");
        if crash == Some(Crash::AfterCommit) {
            return true;
        }
        for action in output.at_once.into_iter().chain(output.actions) {
            match action {
                Action::Answer { call, answer } => {
                    self.answers.insert(call, answer);
                }
                Action::Invoke(invocation) => self.invocations.push(invocation),
                Action::Observe(step) => self.observed.push(step),
            }
        }
        true
    }

    /// Runs until nothing is left to do now, each function answering with `function`.
    pub(crate) fn run(&mut self, function: &mut dyn FnMut(&mut Core, &Invocation, u64) -> Outcome) {
        while self.turn(None, function) {}
    }

    /// One input, or one function's turn, or one due timer.
    pub(crate) fn turn(
        &mut self,
        crash: Option<Crash>,
        function: &mut dyn FnMut(&mut Core, &Invocation, u64) -> Outcome,
    ) -> bool {
        if self.step(crash) {
            return true;
        }
        if !self.invocations.is_empty() {
            let invocation = self.invocations.remove(0);
            let outcome = function(&mut self.core, &invocation, self.now_ms);
            self.give(Input::Invoked {
                invocation: invocation.id,
                outcome,
            });
            return true;
        }
        if self
            .core
            .next_timer_ms()
            .is_some_and(|at_ms| at_ms <= self.now_ms)
        {
            self.give(Input::Tick);
            return true;
        }
        false
    }

    pub(crate) fn post(&mut self, call: u64, id: &str) {
        let body = json!({ "paymentId": id, "amount": 99.99, "status": "pending" })
            .to_string()
            .into_bytes();
        let request = RouteRequest {
            method: "POST".into(),
            path: "/webhooks".into(),
            body,
            source_ip: "127.0.0.1".into(),
            ..RouteRequest::default()
        };
        self.give(Input::Route { call, request });
    }

    /// An operation from outside, at once.
    pub(crate) fn aws(&mut self, service: Service, operation: &str, body: Value) -> (u16, Value) {
        let call = 1_000_000 + u64::try_from(self.steps).expect("a small number");
        let request = ApiRequest {
            service,
            operation: operation.into(),
            body,
            payload: Vec::new(),
        };
        self.queue.push_front(Input::Call {
            call,
            caller: Caller::Outside,
            request,
        });
        self.step(None);
        let answer = self
            .answers
            .remove(&call)
            .expect("operations are answered in their own step");
        (
            answer.status,
            serde_json::from_slice(&answer.body).unwrap_or(Value::Null),
        )
    }

    pub(crate) fn states(&mut self, operation: &str, body: Value) -> (u16, Value) {
        self.aws(Service::StepFunctions, operation, body)
    }

    pub(crate) fn executions(&mut self) -> Vec<Value> {
        let (_, body) = self.states("ListExecutions", json!({ "stateMachineArn": MACHINE }));
        body["executions"].as_array().cloned().unwrap_or_default()
    }

    /// Partition and event of each fact, sorted.
    pub(crate) fn facts(&mut self) -> Vec<(String, String)> {
        let (_, body) = self.aws(Service::DynamoDb, "Scan", json!({ "TableName": TABLE }));
        let items = body["Items"].as_array().cloned().unwrap_or_default();
        let fact = |item: &Value| {
            Some((
                item["paymentId"]["S"].as_str()?.to_owned(),
                item["_event"]["S"].as_str()?.to_owned(),
            ))
        };
        let mut facts: Vec<_> = items.iter().filter_map(fact).collect();
        facts.sort();
        facts
    }
}

/// The transaction with which a handler appends its payment: fact, then claim.
pub(crate) fn append(id: &str) -> Value {
    let put = |item: Value| json!({ "Put": { "TableName": TABLE, "Item": item, "ConditionExpression": "attribute_not_exists(paymentId)" } });
    json!({ "TransactItems": [
        put(json!({
            "paymentId": { "S": id }, "timestamp": { "S": "2026-11-20T19:23:00.123Z#PaymentReceived#pending" }, "_event": { "S": "PaymentReceived" },
            "status": { "S": "pending" }, "amount": { "N": "99.99" }, "currency": { "S": "USD" }, "provider": { "S": "x" }, "_trace": { "S": "" },
        })),
        put(json!({ "paymentId": { "S": format!("claim#PaymentReceived#{id}#pending") }, "timestamp": { "S": "claim" } })),
    ] })
}

/// The payment that a proxy event carries.
pub(crate) fn payment_id(invocation: &Invocation) -> String {
    use base64::Engine as _;
    let event: Value = serde_json::from_slice(&invocation.payload).expect("payloads are JSON");
    let body = base64::engine::general_purpose::STANDARD
        .decode(event["body"].as_str().unwrap_or_default())
        .expect("base64");
    let body: Value = serde_json::from_slice(&body).expect("a payment");
    body["paymentId"].as_str().expect("an id").to_owned()
}
