//! `idle` was granted no `send` to a topic for people.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{IdleContext, people};

pub async fn idle(context: &IdleContext, order: &types::Order) {
    let _ = order;
    let _ = context.alert(people, "subject", "text").await;
}

fn main() {}
