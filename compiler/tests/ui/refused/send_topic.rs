//! `idle` was granted no `send` to a topic.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{IdleContext, news};

pub async fn idle(context: &IdleContext, order: &types::Order) {
    let _ = context.send(news, order).await;
}

fn main() {}
