//! `idle` was granted no `read` a parameter.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{IdleContext, limit};

pub async fn idle(context: &IdleContext, order: &types::Order) {
    let _ = order;
    let _ = context.param(limit).await;
}

fn main() {}
