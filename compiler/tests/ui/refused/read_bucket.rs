//! `idle` was granted no `read` a bucket's objects.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{IdleContext, papers};

pub async fn idle(context: &IdleContext, order: &types::Order) {
    let _ = order;
    let _ = context.get(papers, "a.txt").await;
}

fn main() {}
