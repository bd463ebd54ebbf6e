//! `idle` was granted no `update` of a field.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{IdleContext, orders};

pub async fn idle(context: &IdleContext, order: &types::Order) {
    let _ = context.update(orders, orders::stage, order, &types::OrderStage::Closed).await;
}

fn main() {}
