//! Every statement of every policy of the five systems is needed by a call that a run with the real handlers makes, and every call that
//! a run makes is explained by the spec.
//!
//! The engine tells each call that it allowed, as its policies were asked. A call is then decided again, by the same code, on the
//! template without one statement: so a run need not be repeated for each of them. `denied.rs` does repeat it for some.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails; the pipeline of the other tests can more than is needed here"
)]

#[path = "policies/calls.rs"]
mod calls;
#[path = "policies/denied.rs"]
mod denied;
#[path = "run/pipeline.rs"]
mod pipeline;
#[path = "policies/reason.rs"]
mod reason;
#[path = "policies/scenario.rs"]
mod scenario;
#[path = "policies/statement.rs"]
mod statement;
#[path = "policies/system.rs"]
mod system;

use pipe_compiler::model::Pipeline;
use pipe_engine::artifacts::{Call, Deployment};
use serde_json::Value;
use statement::Statement;
use std::collections::{BTreeMap, BTreeSet};
use system::{System, call_of};

/// Statements that no call here needs, and why they stay.
const UNNEEDED: [(&str, &str, &str); 4] = [
    (
        "WhatIsGranted",
        "PrivateKmsEndpoint",
        "the spec declares it; services use the key for the functions, and not through their network",
    ),
    (
        "WhatIsGranted",
        "PrivateLogsEndpoint",
        "the spec declares it; Lambda writes the log, and not through the functions' network",
    ),
    (
        "WhatIsGranted",
        "PrivateXrayEndpoint",
        "the spec declares it; Lambda sends the traces, and not through the functions' network",
    ),
    (
        "EncryptBuses",
        "PipelineKey",
        "DeliverEvents lets a bus use the key for its dead letters, whatever it is that is encrypted",
    ),
];

fn is_listed(it: &Statement) -> bool {
    UNNEEDED
        .iter()
        .any(|(sid, owner, _)| *sid == it.sid && *owner == it.owner)
}

/// Without these a pipe, rule or topic delivers nothing, so that what it has goes to its dead-letter queue.
fn is_delivery(it: &Statement) -> bool {
    let is_of = |service: &str| it.kind.starts_with(service);
    let pipe = it.owner.ends_with("PipeRole") && !it.sid.starts_with("Read");
    let by_pipe = pipe && (it.sid.starts_with("Start") || it.sid == "WriteChanges");
    let by_rule = is_of("AWS::Lambda::") && !it.sid.contains("Url") && !it.sid.contains("Post");
    it.allows && (is_of("AWS::SNS::") || is_of("AWS::Logs::") || by_pipe || by_rule)
}

/// What only those who cannot deliver need.
fn is_of_dead_letters(it: &Statement) -> bool {
    let queue = ["SendUndelivered", "EncryptUndelivered"].contains(&it.sid.as_str());
    let pipe = queue && it.owner.ends_with("PipeRole");
    pipe || ["FromBusAndRules", "DeliverEvents"].contains(&it.sid.as_str())
}

/// A system, and what it becomes without each one of its statements.
struct Proof {
    name: &'static str,
    template: Value,
    deployment: Deployment,
    pipeline: Pipeline,
    without: BTreeMap<Statement, Deployment>,
    /// Statements that no call has needed yet.
    open: BTreeSet<Statement>,
    seen: BTreeSet<Call>,
}

impl Proof {
    fn new(name: &'static str) -> Self {
        let template = calls::with_superfluous(&system::template(name));
        let template = calls::with_administrator(&template);
        let mut without = BTreeMap::new();
        let all = statement::all(&template).into_iter();
        for it in all.filter(|it| it.owner != calls::ADMINISTRATOR) {
            match statement::deployment(name, &statement::without(&template, &[&it])) {
                Ok(deployment) if !it.is_trust => {
                    without.insert(it, deployment);
                }
                // Nobody may take the role any more, which is seen at the start.
                Err(error) if it.is_trust => {
                    let said = error.to_string();
                    assert!(said.contains("may not take the role"), "{it}: {said}");
                }
                other => panic!("{name} without {it}: {:?}", other.map(|it| it.pipeline)),
            }
        }
        let file = format!("{name}.pipe");
        let text = std::fs::read_to_string(pipeline::root().join("specs").join(&file)).unwrap();
        Self {
            name,
            deployment: statement::deployment(name, &template).unwrap(),
            pipeline: pipe_compiler::check(&file, &text).pipeline.unwrap(),
            open: without.keys().cloned().collect(),
            without,
            template,
            seen: BTreeSet::new(),
        }
    }

    /// Notes which statements the call needs.
    fn take(&mut self, call: &Call) {
        if let Err(why) = self.deployment.decide(call) {
            panic!(
                "{}: a call that was allowed is denied {why}: {call:?}",
                self.name
            );
        }
        let without = &self.without;
        self.open.retain(|it| without[it].decide(call).is_ok());
    }

    /// Runs the system until the calls of the run have needed all `wanted`.
    fn run(&mut self, run: &str, template: &Value, wanted: impl Fn(&Statement) -> bool) {
        let system = System::start(self.name, run, template);
        scenario::send_samples(&system, self.name);
        scenario::drill(&system, self.name, &self.deployment);
        system.watch(|step| {
            if let Some(call) = call_of(step)
                && self.seen.insert(call.clone())
            {
                self.take(call);
                if let Some(unnamed) = calls::unnamed(call) {
                    self.take(&unnamed);
                }
            }
            !self.open.iter().any(&wanted)
        });
    }

    /// A statement that denies is needed where a call that must be denied is allowed without it.
    fn deny(&mut self) {
        for call in calls::denied(&self.deployment, &self.seen) {
            assert!(self.deployment.decide(&call).is_err(), "{call:?}");
            let without = &self.without;
            self.open
                .retain(|it| it.allows || without[it].decide(&call).is_err());
        }
    }

    /// Each call that was allowed needs a statement, and each statement of a role has its reason in the spec; that of a permission
    /// allows the actions of its verb and no other.
    fn explain(&self) {
        let mut granted = BTreeSet::new();
        for it in self.without.keys().filter(|it| it.kind == "AWS::IAM::Role") {
            let reason = reason::of(&self.pipeline, &self.deployment, it);
            let is_added = it.sid == calls::SUPERFLUOUS;
            assert_eq!(
                reason.is_none(),
                is_added,
                "{}: the reason of {it}",
                self.name
            );
            let reason = reason.unwrap_or_default();
            if reason.starts_with("grant ") {
                granted.insert(it);
            }
        }
        assert!(granted.len() > 2, "{}: {granted:?}", self.name);
        for call in &self.seen {
            let needed = self
                .without
                .iter()
                .filter(|(_, it)| it.decide(call).is_err());
            let needed: Vec<&Statement> = needed.map(|it| it.0).collect();
            // EncryptBuses, which is listed above.
            let of_bus = call
                .request
                .values("kms:EncryptionContext:aws:events:event-bus:arn");
            assert!(
                !needed.is_empty() || of_bus.is_some(),
                "{}: two statements allow {call:?}",
                self.name
            );
            for it in needed.into_iter().filter(|it| granted.contains(it)) {
                let action = &call.request.action;
                assert!(reason::is_action_of(it, action), "{it} allows {action}");
            }
        }
    }
}

fn check(name: &'static str) {
    let mut proof = Proof::new(name);
    let whole = proof.template.clone();
    for call in calls::allowed(&proof.deployment) {
        proof.take(&call);
    }
    let wanted = |it: &Statement| it.allows && !is_listed(it) && it.sid != calls::SUPERFLUOUS;
    proof.run("whole", &whole, |it| wanted(it) && !is_of_dead_letters(it));
    let delivery: Vec<&Statement> = proof.without.keys().filter(|it| is_delivery(it)).collect();
    let undelivered = statement::without(&whole, &delivery);
    proof.run("undelivered", &undelivered, wanted);
    proof.deny();
    let open = proof.open.iter().filter(|it| !is_listed(it));
    let open: Vec<String> = open.map(Statement::to_string).collect();
    // The statement that the test has added, and no other.
    let is_added = |it: &String| it.starts_with(calls::SUPERFLUOUS);
    assert!(
        open.len() == 1 && open.iter().all(is_added),
        "{name}: besides the one that is added, no call needs {open:#?}"
    );
    // What is listed and needed after all stands in the wrong list.
    for it in proof.without.keys().filter(|it| is_listed(it)) {
        assert!(proof.open.contains(it), "{name}: {it} is needed");
    }
    proof.explain();
    eprintln!(
        "{name}: {} statements, {} different calls",
        proof.without.len(),
        proof.seen.len()
    );
}

#[test]
fn every_statement_of_payments_is_needed() {
    check("payments");
}

#[test]
fn every_statement_of_refunds_is_needed() {
    check("refunds");
}

#[test]
fn every_statement_of_archive_is_needed() {
    check("archive");
}

#[test]
fn every_statement_of_notifications_is_needed() {
    check("notifications");
}

#[test]
fn every_statement_of_webhook_processing_is_needed() {
    check("webhook_processing");
}

#[test]
fn a_run_tells_which_calls_its_policies_allowed() {
    let state = pipeline::folder("policies/told");
    let samples = pipeline::root().join("specs/payments/samples");
    let more = ["--calls", "--format", "json", "--time-scale", "0", "--once"];
    let mut command = pipeline::command(&state, &more);
    let output = command.arg("--send").arg(samples).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let steps = said
        .lines()
        .map(|it| serde_json::from_str::<Value>(it).unwrap());
    let steps: Vec<Value> = steps.filter(|it| it["step"] == "allowed").collect();
    let table = "arn:aws:dynamodb:us-east-1:123456789012:table/payment-events-local";
    let appends = |role: &str| {
        let is_of = |it: &&Value| it["role"].as_str().is_some_and(|it| it.ends_with(role));
        let own = steps.iter().filter(is_of);
        own.filter(|it| it["action"] == "dynamodb:PutItem" && it["resource"] == table)
            .count()
    };
    assert_eq!(appends("role/payments-ValidateRole-local"), 1, "{said}");
    assert_eq!(
        appends("role/payments-SettlePaymentRole-local"),
        1,
        "{said}"
    );
    assert_eq!(appends("role/payments-ProcessRole-local"), 0, "{said}");
}
