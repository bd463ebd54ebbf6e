//! What is recorded cannot be overwritten, not even by a function that may append: there is no way to say it.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{AllContext, orders};

pub async fn idle(context: &AllContext, order: &types::Order) {
    let _ = context.append(orders, order).await;
    let _ = context.put(orders, order).await;
    let _ = context.delete(orders, order).await;
    let _ = context.services.log.update("orders", order).await;
    let _ = context.update(orders, orders::amount, order, &order.amount).await;
}

fn main() {}
