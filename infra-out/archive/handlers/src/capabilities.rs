//! What each function may do, exactly as the grants of `archive.pipe` say.

use std::ops::Deref;
use std::rc::Rc;

use pipe_runtime::bucket::Bucket;
use pipe_runtime::capability::{
    Index, ParameterName, SecretName, append, read, send, write,
};
use pipe_runtime::channel::{Alerts, Carries, Channel, Destination};
use pipe_runtime::context::{Call, Context};
use pipe_runtime::event::{Event, Holds, Table};
use pipe_runtime::event_log::{Appended, IndexKeys, Local};
use pipe_runtime::memory::Memory;
use pipe_runtime::parameter::Parameter;
use pipe_runtime::secret::Secret;
use pipe_runtime::value::Record;
use pipe_runtime::{Fault, Timestamp};

use crate::types::{Config, PaymentEventsFact, PaymentProcessed, PaymentReceived};

/// `table payment_events`, archive.pipe:47.
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
    const SORT_IS_NUMBER: bool = true;
    const INDEXES: &'static [IndexKeys] = &[
        IndexKeys {
            name: "ProviderTimestampIndex",
            partition: "provider",
            sort: Some("timestamp"),
        },
    ];
    type Fact = PaymentEventsFact;
}

impl Holds<PaymentReceived> for payment_events {}
impl Holds<PaymentProcessed> for payment_events {}

/// `index ProviderTimestampIndex` of `payment_events`, archive.pipe:51.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct ProviderTimestampIndex;

impl Index for ProviderTimestampIndex {
    type Table = payment_events;
    type Partition = str;
    const KEYS: IndexKeys = IndexKeys {
        name: "ProviderTimestampIndex",
        partition: "provider",
        sort: Some("timestamp"),
    };
}

/// `secret webhook_key`, archive.pipe:23.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct webhook_key;

impl SecretName for webhook_key {
    const NAME: &'static str = "webhook_key";
}

/// `param config`, archive.pipe:25.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct config;

impl ParameterName for config {
    const PARAMETER: Parameter = Parameter::Stored("config");
    type Value = Config;
}

/// `queue notification_queue`, archive.pipe:63.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct notification_queue;

impl Channel for notification_queue {
    const DESTINATION: Destination = Destination::Queue {
        name: "notification_queue",
        per_provider: false,
        fifo: None,
    };
}

impl Carries<PaymentProcessed> for notification_queue {
    const KIND: &'static str = "PaymentProcessed";
}

/// `topic payment_alerts`, archive.pipe:66.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct payment_alerts;

impl Channel for payment_alerts {
    const DESTINATION: Destination = Destination::Topic {
        name: "payment_alerts",
    };
}

impl Alerts for payment_alerts {}

/// `bus payment_bus`, archive.pipe:68.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct payment_bus;

impl Channel for payment_bus {
    const DESTINATION: Destination = Destination::Bus {
        name: "payment_bus",
        source: "payment.processor",
    };
}

impl Carries<PaymentProcessed> for payment_bus {
    const KIND: &'static str = "Payment Processed";
}

/// `queue processing_queue`, archive.pipe:61.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct processing_queue;

impl Channel for processing_queue {
    const DESTINATION: Destination = Destination::Queue {
        name: "processing_queue",
        per_provider: false,
        fifo: None,
    };
}

impl Carries<PaymentReceived> for processing_queue {
    const KIND: &'static str = "PaymentReceived";
}

/// `bucket webhook_archive`, archive.pipe:55.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct webhook_archive;

impl Bucket for webhook_archive {
    const NAME: &'static str = "webhook_archive";
}

/// A permission of `event_processor`, of which `grant event_processor` (archive.pipe:125) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`event_processor` is not granted `{Verb}: {Self}`",
    label = "archive.pipe:125 does not grant this to the code of `event_processor`",
    note = "to allow it, add `{Verb}: {Self}` to `grant event_processor` in archive.pipe:125",
    note = "granted for the spec's edges, which the runtime carries out, not the code: receive: processing_queue, append: payment_events, send: payment_bus, send: notification_queue"
)]
pub trait EventProcessorGrant<Verb> {}

/// What `event_processor` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct EventProcessorContext {
    context: Context,
}

impl EventProcessorContext {
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
            "event_processor",
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
        T: Holds<E> + EventProcessorGrant<append>,
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
        T: Table + EventProcessorGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The facts that an index finds, where `read` of its table is granted. What was recorded a moment ago may be missing.
    pub fn find<'a, I>(
        &'a self,
        index: I,
        partition: &'a I::Partition,
    ) -> Local<'a, Result<Vec<<I::Table as Table>::Fact>, Fault>>
    where
        I: Index,
        I::Table: EventProcessorGrant<read>,
    {
        Box::pin(self.context.find(index, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + EventProcessorGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// The value of a parameter, where `read` is granted.
    pub fn param<P>(&self, parameter: P) -> Local<'_, Result<P::Value, Fault>>
    where
        P: ParameterName + EventProcessorGrant<read>,
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
        C: Carries<E> + EventProcessorGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }

    /// Tells people by a topic, where `send` is granted: a subject of at most 100 ASCII characters, and a text.
    pub fn alert<'a, C>(
        &'a self,
        topic: C,
        subject: &'a str,
        text: &'a str,
    ) -> Local<'a, Result<(), Fault>>
    where
        C: Alerts + EventProcessorGrant<send>,
    {
        Box::pin(self.context.alert(topic, subject, text))
    }

    /// Writes an object, in place of one that is there, where `write` is granted.
    pub fn write<'a, B>(
        &'a self,
        bucket: B,
        key: &'a str,
        content_type: &'a str,
        bytes: Vec<u8>,
    ) -> Local<'a, Result<(), Fault>>
    where
        B: Bucket + EventProcessorGrant<write>,
    {
        Box::pin(self.context.write(bucket, key, content_type, bytes))
    }

    /// The bytes of an object, if there is one, where `read` is granted.
    pub fn get<'a, B>(
        &'a self,
        bucket: B,
        key: &'a str,
    ) -> Local<'a, Result<Option<Vec<u8>>, Fault>>
    where
        B: Bucket + EventProcessorGrant<read>,
    {
        Box::pin(self.context.get(bucket, key))
    }
}

impl Deref for EventProcessorContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `notification_handler`, of which `grant notification_handler` (archive.pipe:130) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`notification_handler` is not granted `{Verb}: {Self}`",
    label = "archive.pipe:130 does not grant this to the code of `notification_handler`",
    note = "to allow it, add `{Verb}: {Self}` to `grant notification_handler` in archive.pipe:130",
    note = "granted for the spec's edges, which the runtime carries out, not the code: receive: notification_queue"
)]
pub trait NotificationHandlerGrant<Verb> {}

impl NotificationHandlerGrant<read> for payment_events {}
impl NotificationHandlerGrant<send> for payment_alerts {}

/// What `notification_handler` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct NotificationHandlerContext {
    context: Context,
}

impl NotificationHandlerContext {
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
            "notification_handler",
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
        T: Holds<E> + NotificationHandlerGrant<append>,
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
        T: Table + NotificationHandlerGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The facts that an index finds, where `read` of its table is granted. What was recorded a moment ago may be missing.
    pub fn find<'a, I>(
        &'a self,
        index: I,
        partition: &'a I::Partition,
    ) -> Local<'a, Result<Vec<<I::Table as Table>::Fact>, Fault>>
    where
        I: Index,
        I::Table: NotificationHandlerGrant<read>,
    {
        Box::pin(self.context.find(index, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + NotificationHandlerGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// The value of a parameter, where `read` is granted.
    pub fn param<P>(&self, parameter: P) -> Local<'_, Result<P::Value, Fault>>
    where
        P: ParameterName + NotificationHandlerGrant<read>,
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
        C: Carries<E> + NotificationHandlerGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }

    /// Tells people by a topic, where `send` is granted: a subject of at most 100 ASCII characters, and a text.
    pub fn alert<'a, C>(
        &'a self,
        topic: C,
        subject: &'a str,
        text: &'a str,
    ) -> Local<'a, Result<(), Fault>>
    where
        C: Alerts + NotificationHandlerGrant<send>,
    {
        Box::pin(self.context.alert(topic, subject, text))
    }

    /// Writes an object, in place of one that is there, where `write` is granted.
    pub fn write<'a, B>(
        &'a self,
        bucket: B,
        key: &'a str,
        content_type: &'a str,
        bytes: Vec<u8>,
    ) -> Local<'a, Result<(), Fault>>
    where
        B: Bucket + NotificationHandlerGrant<write>,
    {
        Box::pin(self.context.write(bucket, key, content_type, bytes))
    }

    /// The bytes of an object, if there is one, where `read` is granted.
    pub fn get<'a, B>(
        &'a self,
        bucket: B,
        key: &'a str,
    ) -> Local<'a, Result<Option<Vec<u8>>, Fault>>
    where
        B: Bucket + NotificationHandlerGrant<read>,
    {
        Box::pin(self.context.get(bucket, key))
    }
}

impl Deref for NotificationHandlerContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `webhook_receiver`, of which `grant webhook_receiver` (archive.pipe:119) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`webhook_receiver` is not granted `{Verb}: {Self}`",
    label = "archive.pipe:119 does not grant this to the code of `webhook_receiver`",
    note = "to allow it, add `{Verb}: {Self}` to `grant webhook_receiver` in archive.pipe:119",
    note = "granted for the spec's edges, which the runtime carries out, not the code: read: webhook_key, append: payment_events, write: webhook_archive, send: processing_queue"
)]
pub trait WebhookReceiverGrant<Verb> {}

impl WebhookReceiverGrant<read> for config {}

/// What `webhook_receiver` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct WebhookReceiverContext {
    context: Context,
}

impl WebhookReceiverContext {
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
            "webhook_receiver",
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
        T: Holds<E> + WebhookReceiverGrant<append>,
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
        T: Table + WebhookReceiverGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The facts that an index finds, where `read` of its table is granted. What was recorded a moment ago may be missing.
    pub fn find<'a, I>(
        &'a self,
        index: I,
        partition: &'a I::Partition,
    ) -> Local<'a, Result<Vec<<I::Table as Table>::Fact>, Fault>>
    where
        I: Index,
        I::Table: WebhookReceiverGrant<read>,
    {
        Box::pin(self.context.find(index, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + WebhookReceiverGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// The value of a parameter, where `read` is granted.
    pub fn param<P>(&self, parameter: P) -> Local<'_, Result<P::Value, Fault>>
    where
        P: ParameterName + WebhookReceiverGrant<read>,
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
        C: Carries<E> + WebhookReceiverGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }

    /// Tells people by a topic, where `send` is granted: a subject of at most 100 ASCII characters, and a text.
    pub fn alert<'a, C>(
        &'a self,
        topic: C,
        subject: &'a str,
        text: &'a str,
    ) -> Local<'a, Result<(), Fault>>
    where
        C: Alerts + WebhookReceiverGrant<send>,
    {
        Box::pin(self.context.alert(topic, subject, text))
    }

    /// Writes an object, in place of one that is there, where `write` is granted.
    pub fn write<'a, B>(
        &'a self,
        bucket: B,
        key: &'a str,
        content_type: &'a str,
        bytes: Vec<u8>,
    ) -> Local<'a, Result<(), Fault>>
    where
        B: Bucket + WebhookReceiverGrant<write>,
    {
        Box::pin(self.context.write(bucket, key, content_type, bytes))
    }

    /// The bytes of an object, if there is one, where `read` is granted.
    pub fn get<'a, B>(
        &'a self,
        bucket: B,
        key: &'a str,
    ) -> Local<'a, Result<Option<Vec<u8>>, Fault>>
    where
        B: Bucket + WebhookReceiverGrant<read>,
    {
        Box::pin(self.context.get(bucket, key))
    }
}

impl Deref for WebhookReceiverContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}
