//! `process` cannot read the log back.

#[path = "../../../../infra-out/payments/handlers/src/capabilities.rs"]
mod capabilities;
#[path = "../../../../infra-out/payments/handlers/src/functions.rs"]
mod functions;
#[path = "../../../../infra-out/payments/handlers/src/types.rs"]
mod types;

use capabilities::{ProcessContext, payment_events};

pub async fn process(context: &ProcessContext) {
    let _ = context.read(payment_events, "pay_1").await;
}

fn main() {}
