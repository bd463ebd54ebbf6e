//! `process` cannot read the key of the webhooks.

#[path = "../../../../infra-out/payments/handlers/src/capabilities.rs"]
mod capabilities;
#[path = "../../../../infra-out/payments/handlers/src/functions.rs"]
mod functions;
#[path = "../../../../infra-out/payments/handlers/src/types.rs"]
mod types;

use capabilities::{ProcessContext, webhook_key};

pub async fn process(context: &ProcessContext) {
    let _ = context.secret(webhook_key).await;
}

fn main() {}
