//! Payments driven through the simulated core: `validate` appends over the API as a handler does, `process` is a closure.

use std::collections::BTreeMap;

use pipe_engine::core::{ApiRequest, Caller, Input, Invocation, Outcome, Service};
use serde_json::{Value, json};

use super::{Crash, Simulation, append, payment_id};

pub(crate) fn success(body: &Value) -> Outcome {
    Outcome::Success(body.to_string().into_bytes())
}

pub(crate) fn receipt() -> Outcome {
    success(&json!({ "id": "rcpt_1" }))
}

/// Runs all that is to do; `validate` appends through the core as a handler does over the wire, `process` answers `process`.
/// True when the crash came.
pub(crate) fn run(
    simulation: &mut Simulation,
    crash_at: Option<(usize, Crash)>,
    process: &mut dyn FnMut(&Invocation) -> Outcome,
) -> bool {
    let mut appending: BTreeMap<u64, Invocation> = BTreeMap::new();
    loop {
        let crash = crash_at
            .filter(|(at, _)| *at == simulation.steps)
            .map(|(_, crash)| crash);
        if simulation.step(crash) {
            if crash.is_some() {
                return true;
            }
        } else if !simulation.invocations.is_empty() {
            let invocation = simulation.invocations.remove(0);
            if invocation.function == "validate-local" {
                appending.insert(begin_append(simulation, &invocation), invocation);
            } else {
                let outcome = process(&invocation);
                simulation.give(Input::Invoked {
                    invocation: invocation.id,
                    outcome,
                });
            }
        } else if let Some(call) = appending
            .keys()
            .copied()
            .find(|call| simulation.answers.contains_key(call))
        {
            let invocation = appending.remove(&call).expect("just found");
            end_append(simulation, call, &invocation);
        } else if simulation
            .core
            .next_timer_ms()
            .is_some_and(|at_ms| at_ms <= simulation.now_ms)
        {
            simulation.give(Input::Tick);
        } else {
            return false;
        }
    }
}

/// The handler calls DynamoDB; gives the call.
fn begin_append(simulation: &mut Simulation, invocation: &Invocation) -> u64 {
    let call = 10_000 + invocation.id;
    let request = ApiRequest {
        service: Service::DynamoDb,
        operation: "TransactWriteItems".into(),
        body: append(&payment_id(invocation)),
        payload: Vec::new(),
    };
    let caller = Caller::Function {
        name: invocation.function.clone(),
        invocation: Some(invocation.id),
    };
    simulation.give(Input::Call {
        call,
        caller,
        request,
    });
    call
}

/// The handler has DynamoDB's answer and gives its own.
fn end_append(simulation: &mut Simulation, call: u64, invocation: &Invocation) {
    let answer = simulation.answers.remove(&call).expect("just found");
    let cancelled = String::from_utf8_lossy(&answer.body).contains("TransactionCanceled");
    assert!(cancelled || answer.status == 200, "{answer:?}");
    let body = json!({ "outcome": if cancelled { "duplicate" } else { "recorded" } }).to_string();
    let outcome = success(&json!({ "statusCode": 200, "body": body }));
    simulation.give(Input::Invoked {
        invocation: invocation.id,
        outcome,
    });
}

/// Three payments: one settles, one is declined, one is settled at the third attempt.
pub(crate) fn three_payments(simulation: &mut Simulation) {
    for (call, id) in [(1, "pay-1"), (2, "declined-1"), (3, "flaky-1")] {
        simulation.post(call, id);
    }
}

pub(crate) fn process() -> impl FnMut(&Invocation) -> Outcome {
    let mut attempts = 0;
    move |invocation| {
        let event: Value = serde_json::from_slice(&invocation.payload).expect("JSON");
        match event["input"]["paymentId"].as_str().expect("an id") {
            "declined-1" => Outcome::Failure(
                br#"{"errorType":"Declined","errorMessage":"{\"reason\":\"card expired\"}"}"#
                    .to_vec(),
            ),
            "flaky-1" if attempts < 2 => {
                attempts += 1;
                Outcome::Failure(
                    br#"{"errorType":"GatewayDown","errorMessage":"{\"status\":503}"}"#.to_vec(),
                )
            }
            _ => receipt(),
        }
    }
}

pub(crate) const OUTCOME: [(&str, &str); 6] = [
    ("declined-1", "PaymentFailed"),
    ("declined-1", "PaymentReceived"),
    ("flaky-1", "PaymentReceived"),
    ("flaky-1", "PaymentSettled"),
    ("pay-1", "PaymentReceived"),
    ("pay-1", "PaymentSettled"),
];

pub(crate) fn outcome() -> Vec<(String, String)> {
    OUTCOME
        .iter()
        .map(|(id, event)| ((*id).to_owned(), (*event).to_owned()))
        .collect()
}
