//! `idle` was granted no `write` into a bucket.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{IdleContext, papers};

pub async fn idle(context: &IdleContext, order: &types::Order) {
    let _ = order;
    let _ = context.write(papers, "a.txt", "text/plain", Vec::new()).await;
}

fn main() {}
