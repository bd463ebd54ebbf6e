//! `idle` was granted no `append` to a table.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{IdleContext, orders};

pub async fn idle(context: &IdleContext, order: &types::Order) {
    let _ = context.append(orders, order).await;
}

fn main() {}
