//! `idle` was granted no `read` a secret.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{IdleContext, key};

pub async fn idle(context: &IdleContext, order: &types::Order) {
    let _ = order;
    let _ = context.secret(key).await;
}

fn main() {}
