//! `idle` was granted no `start` of a workflow.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{IdleContext, settle};

pub async fn idle(context: &IdleContext, order: &types::Order) {
    let _ = context.start(settle, order).await;
}

fn main() {}
