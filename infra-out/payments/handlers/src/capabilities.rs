//! What each function may do, exactly as the grants of `payments.pipe` say.

use std::ops::Deref;
use std::rc::Rc;

use pipe_runtime::capability::{SecretName, append, read};
use pipe_runtime::context::{Call, Context};
use pipe_runtime::event::{Event, Holds, Table};
use pipe_runtime::event_log::{Appended, Local};
use pipe_runtime::memory::Memory;
use pipe_runtime::secret::Secret;
use pipe_runtime::{Fault, Timestamp};

use crate::types::{PaymentEventsFact, PaymentFailed, PaymentReceived, PaymentSettled};

/// The event log: append-only, one partition per payment.
///
/// `table payment_events`, payments.pipe:36.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct payment_events;

impl Table for payment_events {
    const NAME: &'static str = "payment_events";
    const PARTITION: &'static str = "paymentId";
    const SORT: Option<&'static str> = Some("timestamp");
    type Fact = PaymentEventsFact;
}

impl Holds<PaymentReceived> for payment_events {}
impl Holds<PaymentSettled> for payment_events {}
impl Holds<PaymentFailed> for payment_events {}

/// The key the provider signs with. Read at run time, never part of the stack.
///
/// `secret webhook_key`, payments.pipe:6.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct webhook_key;

impl SecretName for webhook_key {
    const NAME: &'static str = "webhook_key";
}

/// A permission of `process`, of which `grant process` (payments.pipe:105) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`process` is not granted `{Verb}: {Self}`",
    label = "payments.pipe:105 does not grant this to the code of `process`",
    note = "to allow it, add `{Verb}: {Self}` to `grant process` in payments.pipe:105"
)]
pub trait ProcessGrant<Verb> {}

/// What `process` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct ProcessContext {
    context: Context,
}

impl ProcessContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "process", idempotency_key, started_at);
        Self { context }
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + ProcessGrant<append>,
        E: Event,
    {
        Box::pin(self.context.append(table, event))
    }

    /// The facts of a partition in order, where `read` is granted.
    pub fn read<'a, T>(
        &'a self,
        table: T,
        partition: &'a str,
    ) -> Local<'a, Result<Vec<T::Fact>, Fault>>
    where
        T: Table + ProcessGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + ProcessGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }
}

impl Deref for ProcessContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `validate`, of which `grant validate` (payments.pipe:103) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`validate` is not granted `{Verb}: {Self}`",
    label = "payments.pipe:103 does not grant this to the code of `validate`",
    note = "to allow it, add `{Verb}: {Self}` to `grant validate` in payments.pipe:103",
    note = "granted for the spec's edges, which the runtime carries out, not the code: read: webhook_key, append: payment_events"
)]
pub trait ValidateGrant<Verb> {}

/// What `validate` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct ValidateContext {
    context: Context,
}

impl ValidateContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(
            memory,
            "validate",
            idempotency_key,
            started_at,
        );
        Self { context }
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + ValidateGrant<append>,
        E: Event,
    {
        Box::pin(self.context.append(table, event))
    }

    /// The facts of a partition in order, where `read` is granted.
    pub fn read<'a, T>(
        &'a self,
        table: T,
        partition: &'a str,
    ) -> Local<'a, Result<Vec<T::Fact>, Fault>>
    where
        T: Table + ValidateGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + ValidateGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }
}

impl Deref for ValidateContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}
