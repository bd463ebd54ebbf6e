//! `validate` records through the route, not in its code.

#[path = "../../../../infra-out/payments/handlers/src/capabilities.rs"]
mod capabilities;
#[path = "../../../../infra-out/payments/handlers/src/functions.rs"]
mod functions;
#[path = "../../../../infra-out/payments/handlers/src/types.rs"]
mod types;

use capabilities::{ValidateContext, payment_events};
use types::PaymentReceived;

pub async fn validate(context: &ValidateContext, event: &PaymentReceived) {
    let _ = context.append(payment_events, event).await;
}

fn main() {}
