//! `idle` was granted no `send` to a queue.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{IdleContext, work};

pub async fn idle(context: &IdleContext, order: &types::Order) {
    let _ = context.send(work, order).await;
}

fn main() {}
