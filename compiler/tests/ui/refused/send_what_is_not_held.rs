//! A topic takes what it holds, a topic for people takes no events, and a queue what its consumer reads.

#[path = "../every/capabilities.rs"]
mod capabilities;
#[path = "../every/functions.rs"]
mod functions;
#[path = "../every/types.rs"]
mod types;

use capabilities::{AllContext, news, people, work};

pub async fn idle(context: &AllContext, order: &types::Order) {
    let _ = context.alert(news, "subject", "text").await;
    let _ = context.send(people, order).await;
    let _ = context.send(work, &types::Ping { id: order.id.clone() }).await;
}

fn main() {}
