//! What each function may do, exactly as the grants of `notifications.pipe` say.

use std::ops::Deref;
use std::rc::Rc;

use pipe_runtime::capability::{ParameterName, SecretName, append, read, send};
use pipe_runtime::channel::{Carries, Channel, Destination};
use pipe_runtime::context::{Call, Context};
use pipe_runtime::event::{Event, Holds, Table};
use pipe_runtime::event_log::{Appended, Local};
use pipe_runtime::memory::Memory;
use pipe_runtime::parameter::Parameter;
use pipe_runtime::secret::Secret;
use pipe_runtime::value::Record;
use pipe_runtime::{Fault, Timestamp};

use crate::types::{PaymentTransactionsFact, TransactionReceived};

/// `table payment_transactions`, notifications.pipe:33.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct payment_transactions;

impl Table for payment_transactions {
    const NAME: &'static str = "payment_transactions";
    const PARTITION: &'static str = "transactionId";
    const SORT: Option<&'static str> = Some("timestamp");
    type Fact = PaymentTransactionsFact;
}

impl Holds<TransactionReceived> for payment_transactions {}

/// `secret api_key`, notifications.pipe:20.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct api_key;

impl SecretName for api_key {
    const NAME: &'static str = "api_key";
}

/// `param downstream`, notifications.pipe:21.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct downstream;

impl ParameterName for downstream {
    const PARAMETER: Parameter = Parameter::Stored("downstream");
    type Value = String;
}

/// `topic payment_events`, notifications.pipe:48.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct payment_events;

impl Channel for payment_events {
    const DESTINATION: Destination = Destination::Topic {
        name: "payment_events",
    };
}

impl Carries<TransactionReceived> for payment_events {
    const KIND: &'static str = "TransactionReceived";
}

/// `queue webhook_inbox`, notifications.pipe:39.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct webhook_inbox;

impl Channel for webhook_inbox {
    const DESTINATION: Destination = Destination::Queue {
        name: "webhook_inbox",
        per_provider: false,
        fifo: None,
    };
}

impl Carries<TransactionReceived> for webhook_inbox {
    const KIND: &'static str = "TransactionReceived";
}

/// A permission of `receive`, of which `grant receive` (notifications.pipe:85) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`receive` is not granted `{Verb}: {Self}`",
    label = "notifications.pipe:85 does not grant this to the code of `receive`",
    note = "to allow it, add `{Verb}: {Self}` to `grant receive` in notifications.pipe:85",
    note = "granted for the spec's edges, which the runtime carries out, not the code: read: api_key, send: webhook_inbox"
)]
pub trait ReceiveGrant<Verb> {}

/// What `receive` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct ReceiveContext {
    context: Context,
}

impl ReceiveContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "receive", idempotency_key, started_at);
        Self { context }
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + ReceiveGrant<append>,
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
        T: Table + ReceiveGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + ReceiveGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// The value of a parameter, where `read` is granted.
    pub fn param<P>(&self, parameter: P) -> Local<'_, Result<P::Value, Fault>>
    where
        P: ParameterName + ReceiveGrant<read>,
    {
        Box::pin(self.context.param(parameter))
    }

    /// Sends a value to a queue, topic or bus, where `send` is granted. It has arrived when this is done.
    pub fn send<'a, C, E>(
        &'a self,
        channel: C,
        value: &'a E,
    ) -> Local<'a, Result<(), Fault>>
    where
        C: Carries<E> + ReceiveGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }
}

impl Deref for ReceiveContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `webhook_processor`, of which `grant webhook_processor` (notifications.pipe:86) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`webhook_processor` is not granted `{Verb}: {Self}`",
    label = "notifications.pipe:86 does not grant this to the code of `webhook_processor`",
    note = "to allow it, add `{Verb}: {Self}` to `grant webhook_processor` in notifications.pipe:86",
    note = "granted for the spec's edges, which the runtime carries out, not the code: receive: webhook_inbox, append: payment_transactions, send: payment_events"
)]
pub trait WebhookProcessorGrant<Verb> {}

impl WebhookProcessorGrant<read> for downstream {}

/// What `webhook_processor` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct WebhookProcessorContext {
    context: Context,
}

impl WebhookProcessorContext {
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
            "webhook_processor",
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
        T: Holds<E> + WebhookProcessorGrant<append>,
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
        T: Table + WebhookProcessorGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + WebhookProcessorGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// The value of a parameter, where `read` is granted.
    pub fn param<P>(&self, parameter: P) -> Local<'_, Result<P::Value, Fault>>
    where
        P: ParameterName + WebhookProcessorGrant<read>,
    {
        Box::pin(self.context.param(parameter))
    }

    /// Sends a value to a queue, topic or bus, where `send` is granted. It has arrived when this is done.
    pub fn send<'a, C, E>(
        &'a self,
        channel: C,
        value: &'a E,
    ) -> Local<'a, Result<(), Fault>>
    where
        C: Carries<E> + WebhookProcessorGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }
}

impl Deref for WebhookProcessorContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}
