//! What is granted compiles, whatever the spec calls it.

#![allow(dead_code)]

#[path = "odd/capabilities.rs"]
mod capabilities;
#[path = "odd/functions.rs"]
mod functions;
#[path = "odd/types.rs"]
mod types;

use capabilities::{KeepContext, MatchContext, TakeContext, facts, key_of_match};
use functions::{Keep, Match, MatchError, Take};
use pipe_runtime::Fault;
use types::{FactsFact, Kept, Record_, RecordFn, Serialize_, Value_};

struct Odd;

impl Keep for Odd {
    async fn keep(&self, input: Kept, context: &KeepContext) -> Result<(), Fault> {
        context.append(facts, &input).await?;
        let _key = context.secret(key_of_match).await?;
        let kinds = context.read(facts, &input.id).await?.into_iter().map(|it| match it {
            FactsFact::Record_(it) => it.r#fn,
            FactsFact::Kept(_) => RecordFn::A,
        });
        let _last = kinds.fold(RecordFn::A, |_, it| it);
        Ok(())
    }
}

impl Match for Odd {
    async fn r#match(&self, input: Kept, _: &MatchContext) -> Result<Value_, MatchError> {
        let _number: i64 = input.id.parse()?;
        Err(Serialize_ { ok: input.id }.into())
    }
}

impl Take for Odd {
    async fn take(&self, input: Record_, context: &TakeContext) -> Result<Record_, Fault> {
        context.info(context.idempotency_key());
        Ok(input)
    }
}

fn main() {}
