//! `idle` was granted no `read` a table's events.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{IdleContext, orders};

pub async fn idle(context: &IdleContext, order: &types::Order) {
    let _ = order;
    let _ = context.read(orders, "o-1").await;
}

fn main() {}
