//! `idle` was granted no `read` an index, which its table's `read` allows.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{IdleContext, ByStage};

pub async fn idle(context: &IdleContext, order: &types::Order) {
    let _ = order;
    let _ = context.find(ByStage, &types::OrderStage::Open).await;
}

fn main() {}
