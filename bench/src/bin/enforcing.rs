//! What it costs to decide on a call: the same operations by a function, whose role decides, and by a person, who may do everything.
//!
//!     enforcing TEMPLATE FUNCTION
//!
//! For each operation takes turns between the two, and prints one JSON object: nanoseconds of a call by each, and the difference.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench that cannot run has nothing to say"
)]

use std::sync::Arc;
use std::time::Instant;

use pipe_engine::artifacts::{self, Place};
use pipe_engine::core::{ApiRequest, Caller, Core, Input, Service};
use serde_json::{Value, json};

const TURNS: usize = 41;
const CALLS: u64 = 2_000;
const NOW_MS: u64 = 1_795_000_000_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (Some(template), Some(function)) = (arguments.next(), arguments.next()) else {
        usage();
        return;
    };
    let document: Value =
        serde_json::from_str(&std::fs::read_to_string(template).unwrap()).unwrap();
    let deployment = artifacts::read(&document, "bench", &Place::default()).expect("it can be run");
    let deployment = Arc::new(deployment);
    let mut shown = Vec::new();
    for (service, operation, body) in operations(&deployment) {
        let mut core = Core::restore(deployment.clone(), Vec::new(), 1.0).expect("no state");
        core.step(
            Input::Started {
                salt: "bench".into(),
            },
            NOW_MS,
        );
        let caller = Caller::Function {
            name: function.clone(),
            invocation: None,
        };
        let request = ApiRequest {
            service,
            operation: operation.into(),
            body,
            payload: Vec::new(),
        };
        let (mut decided, mut open) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            decided.push(turn(&mut core, &caller, &request));
            open.push(turn(&mut core, &Caller::Outside, &request));
        }
        let (decided, open) = (median(decided), median(open));
        shown.push(json!({
            "operation": operation, "decided_ns": decided.round(), "open_ns": open.round(), "cost_ns": (decided - open).round(),
        }));
    }
    println!("{}", Value::from(shown));
}

fn usage() {
    eprintln!("usage: enforcing TEMPLATE FUNCTION");
}

/// An append, a read of a secret and a read of an item that is not there.
fn operations(deployment: &artifacts::Deployment) -> Vec<(Service, &'static str, Value)> {
    let table = &deployment.tables.first().expect("a table").name;
    let key = json!({ "paymentId": { "S": "p" }, "timestamp": { "S": "t" } });
    let put = json!({ "Put": {
        "TableName": table, "Item": key, "ConditionExpression": "attribute_not_exists(paymentId)",
    } });
    let secret = &deployment.externals.first().expect("a secret").name;
    vec![
        (
            Service::DynamoDb,
            "TransactWriteItems",
            json!({ "TransactItems": [put] }),
        ),
        (
            Service::Ssm,
            "GetParameter",
            json!({ "Name": secret, "WithDecryption": true }),
        ),
    ]
}

/// Nanoseconds of one call.
fn turn(core: &mut Core, caller: &Caller, request: &ApiRequest) -> f64 {
    let inputs: Vec<Input> = (0..CALLS)
        .map(|call| Input::Call {
            call,
            caller: caller.clone(),
            request: request.clone(),
        })
        .collect();
    let start = Instant::now();
    for input in inputs {
        std::hint::black_box(core.step(input, NOW_MS));
    }
    #[expect(clippy::cast_precision_loss, reason = "a turn takes milliseconds")]
    let each = start.elapsed().as_nanos() as f64 / CALLS as f64;
    each
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
