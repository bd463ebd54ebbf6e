//! `process` was granted nothing, so it cannot record anything.

#[path = "../../../../infra-out/payments/handlers/src/capabilities.rs"]
mod capabilities;
#[path = "../../../../infra-out/payments/handlers/src/functions.rs"]
mod functions;
#[path = "../../../../infra-out/payments/handlers/src/types.rs"]
mod types;

use capabilities::{ProcessContext, payment_events};
use types::PaymentSettled;

pub async fn process(context: &ProcessContext, event: &PaymentSettled) {
    let _ = context.append(payment_events, event).await;
}

fn main() {}
