//! A function called by a workflow: `{"input", "idempotency_key", "trace"}` in, the output or a declared error out.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::context::Context;
use crate::lambda::{Invocation, Reply, unwinding};
use crate::telemetry::{Outcome, Report};
use crate::value::Value;
use crate::{Failure, Fault, Receipt, Trace, json};

/// What a state machine sends.
#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    input: &'a RawValue,
    idempotency_key: String,
    #[serde(default)]
    trace: Option<String>,
}

impl Invocation {
    /// Serves one call of a function.
    pub async fn call<I, O, X, H>(self, handler: H) -> Reply
    where
        I: Value,
        O: Serialize,
        X: Into<Failure>,
        H: AsyncFnOnce(I, Context) -> Result<O, X>,
    {
        if let Some(incoming) = self.asked_by_url() {
            return self.reply(incoming).await;
        }
        let (input, context) = match self.read() {
            Ok(read) => read,
            Err(fault) => return self.fail("unreadable call", &Failure::Fault(fault)),
        };
        let called = context.call.clone();
        let invocation = self.heard_by(&called);
        match unwinding(handler(input, context)).await {
            Ok(output) => {
                let report = Report {
                    outcome: Some(Outcome::Succeeded),
                    ..Report::default()
                };
                invocation.succeed(&output, &called.idempotency_key, report)
            }
            Err(failure) => invocation.fail(&called.idempotency_key, &failure),
        }
    }

    fn read<I: Value>(&self) -> Result<(I, Context), Fault> {
        let request: Request<'_> = serde_json::from_str(self.payload()).map_err(|_| {
            Fault::new("the event is no call of a workflow: no input, no idempotency_key")
        })?;
        let input = request.input.get().as_bytes();
        let hash = Receipt::new(input, self.started_at()).body_sha256();
        let input = I::read(Some(&json::parse(input)?), None)?;
        let by = format!("function {} {}", self.function(), request.idempotency_key);
        let trace = request.trace.as_deref().and_then(Trace::parse);
        Ok((
            input,
            self.context(hash, request.idempotency_key, trace, by),
        ))
    }
}

#[cfg(test)]
mod tests;
