//! `idle` was granted no `send` to a bus.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{IdleContext, shop};

pub async fn idle(context: &IdleContext, order: &types::Order) {
    let _ = context.send(shop, order).await;
}

fn main() {}
