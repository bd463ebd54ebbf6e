//! Every verb on every kind of resource compiles where it is granted, and gives what it says.

#![allow(dead_code)]

#[path = "every/capabilities.rs"]
mod capabilities;
#[path = "every/functions.rs"]
mod functions;
#[path = "every/types.rs"]
mod types;

use capabilities::{
    AllContext, ByStage, key, limit, news, orders, papers, people, settle, shop, work,
};
use functions::All;
use pipe_runtime::Fault;
use pipe_runtime::context::Updated;
use pipe_runtime::event_log::Appended;
use pipe_runtime::execution::Started;
use pipe_runtime::memory::{Memory, at_once};
use types::{Order, OrderStage, OrdersFact, Ping};

struct Every;

impl All for Every {
    async fn all(&self, input: Ping, context: &AllContext) -> Result<(), Fault> {
        let order = Order {
            id: input.id,
            at: context.started_at(),
            amount: context.param(limit).await?,
            stage: OrderStage::Open,
        };
        assert!(!context.secret(key).await?.is_empty());
        assert_eq!(context.append(orders, &order).await?, Appended::Recorded);
        let changed = context.update(orders, orders::stage, &order, &OrderStage::Closed).await?;
        assert_eq!(changed, Updated::Changed);
        let closed = Order { stage: OrderStage::Closed, ..order.clone() };
        assert_eq!(context.read(orders, &order.id).await?, [OrdersFact::Order(closed.clone())]);
        assert_eq!(context.find(ByStage, &OrderStage::Closed).await?, [OrdersFact::Order(closed)]);
        context.send(work, &order).await?;
        context.send(news, &order).await?;
        context.send(shop, &order).await?;
        context.alert(people, "An order", "has come.").await?;
        context.write(papers, "a.txt", "text/plain", b"a".to_vec()).await?;
        assert_eq!(context.get(papers, "a.txt").await?, Some(b"a".to_vec()));
        assert_eq!(context.start(settle, &order).await?, Started::Now);
        assert_eq!(context.start(settle, &order).await?, Started::Before);
        let other = Order { amount: 1.into(), ..order.clone() };
        assert!(context.start(settle, &other).await.is_err());
        let absent = Order { id: "absent".into(), ..order };
        let changed = context.update(orders, orders::stage, &absent, &OrderStage::Closed).await?;
        assert_eq!(changed, Updated::Absent);
        Ok(())
    }
}

fn main() {
    let memory = Memory::default().with("key", "a key for tests").with("limit", "12.50");
    let context = AllContext::in_memory(&memory, "k", "2026-11-20T19:23:00Z".parse().unwrap());
    at_once(Every.all(Ping { id: "o-1".into() }, &context)).unwrap();
    let to: Vec<String> = memory.posts().iter().map(|it| it.to().to_owned()).collect();
    assert_eq!(to, ["work", "news", "shop", "people"]);
    assert_eq!(memory.executions()[0].1, "Order.o-1");
}
