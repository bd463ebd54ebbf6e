//! What each function may do, exactly as the grants of `plain.pipe` say.

use std::ops::Deref;

use pipe_runtime::context::{Call, Context};
use pipe_runtime::memory::Memory;
use pipe_runtime::Timestamp;

/// A permission of `ping`, of which `grant ping` (plain.pipe:16) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`ping` is not granted `{Verb}: {Self}`",
    label = "plain.pipe:16 does not grant this to the code of `ping`",
    note = "to allow it, add `{Verb}: {Self}` to `grant ping` in plain.pipe:16"
)]
pub trait PingGrant<Verb> {}

/// What `ping` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct PingContext {
    context: Context,
}

impl PingContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "ping", idempotency_key, started_at);
        Self { context }
    }
}

impl Deref for PingContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}
