//! Long polling: a receiver that found nothing waits for a message or for its time to be over.

use serde_json::Value;

use super::super::Core;
use super::super::api::{ApiError, ApiResult};
use super::super::authority::Principal;
use super::super::input::{CallId, Output, Service};
use super::request::number;

/// A receiver waits at most so long.
const WAIT_S_MAX: u64 = 20;

/// A call of `ReceiveMessage` that has found nothing yet.
#[derive(Debug, Clone)]
pub(in crate::core) struct Waiting {
    call: CallId,
    queue: String,
    request: Value,
    until_ms: u64,
    /// The state of the queue that it found nothing in, and when something comes back there by itself.
    seen: (u64, Option<u64>),
}

impl Core {
    /// `ReceiveMessage` on the wire: answered now, or later when it waits.
    pub(in crate::core) fn sqs_receive(
        &mut self,
        call: CallId,
        request: &Value,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<Option<Value>, ApiError> {
        let name = self.queue_named(request)?;
        let own_s = self.queues.get(&name).map(|it| it.spec.receive_wait_s);
        let wait_s = number(request, "WaitTimeSeconds", WAIT_S_MAX)?
            .or(own_s)
            .unwrap_or_default();
        let answer = self.receive_now(request, now_ms, out)?;
        if answer.get("Messages").is_some() || wait_s == 0 {
            return Ok(Some(answer));
        }
        let seen = self.seen(&name, now_ms);
        self.waiting.push(Waiting {
            call,
            queue: name,
            request: request.clone(),
            until_ms: now_ms.saturating_add(wait_s.saturating_mul(1000)),
            seen,
        });
        Ok(None)
    }

    fn receive_now(&mut self, request: &Value, now_ms: u64, out: &mut Output) -> ApiResult {
        self.sqs("ReceiveMessage", request, &Principal::Outside, now_ms, out)
    }

    fn seen(&self, name: &str, now_ms: u64) -> (u64, Option<u64>) {
        self.queues.get(name).map_or((0, None), |queue| {
            (queue.generation(), queue.next_visible_ms(now_ms))
        })
    }

    /// Answers the receivers for whom something has come, in the order they asked, and those whose time is over.
    pub(in crate::core) fn serve_waiting(&mut self, now_ms: u64, out: &mut Output) {
        for mut waiting in std::mem::take(&mut self.waiting) {
            let (generation, back_ms) = waiting.seen;
            let is_new = self
                .queues
                .get(&waiting.queue)
                .is_some_and(|queue| queue.generation() != generation)
                || back_ms.is_some_and(|at_ms| at_ms <= now_ms);
            let mut answer = Ok(Value::Object(serde_json::Map::new()));
            if is_new {
                answer = self.receive_now(&waiting.request, now_ms, out);
            }
            let found = answer
                .as_ref()
                .map_or(true, |body| body.get("Messages").is_some());
            if found || waiting.until_ms <= now_ms {
                self.answer_call(waiting.call, Service::Sqs, answer, out);
            } else {
                waiting.seen = self.seen(&waiting.queue, now_ms);
                self.waiting.push(waiting);
            }
        }
    }

    /// When the next receiver has waited long enough, or something comes back for one.
    pub(in crate::core) fn waiting_next_ms(&self) -> Option<u64> {
        let due = |it: &Waiting| {
            it.seen
                .1
                .map_or(it.until_ms, |at_ms| at_ms.min(it.until_ms))
        };
        self.waiting.iter().map(due).min()
    }
}
