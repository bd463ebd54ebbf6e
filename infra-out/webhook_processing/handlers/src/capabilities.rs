//! What each function may do, exactly as the grants of `webhook_processing.pipe` say.

use std::ops::Deref;
use std::rc::Rc;

use pipe_runtime::capability::{FieldOf, ParameterName, SecretName, append, read, send};
use pipe_runtime::channel::{Carries, Channel, Destination, Fifo};
use pipe_runtime::context::{Call, Context, Updated};
use pipe_runtime::event::{Event, Holds, Table};
use pipe_runtime::event_log::{Appended, Local};
use pipe_runtime::memory::Memory;
use pipe_runtime::parameter::Parameter;
use pipe_runtime::secret::Secret;
use pipe_runtime::value::Record;
use pipe_runtime::{Fault, Timestamp};

use crate::types::{
    Notification, PaymentProcessed, PaymentProcessedStage, Provider, Unread, UnreadFact,
    WebhooksFact,
};

/// `table unread`, webhook_processing.pipe:58.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct unread;

impl Table for unread {
    const NAME: &'static str = "unread";
    const PARTITION: &'static str = "body_sha256";
    const SORT: Option<&'static str> = None;
    type Fact = UnreadFact;
}

impl Holds<Unread> for unread {}

/// A webhook is processed once: its id is the key. Its stage is the one thing that may change.
///
/// `table webhooks`, webhook_processing.pipe:43.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct webhooks;

impl Table for webhooks {
    const NAME: &'static str = "webhooks";
    const PARTITION: &'static str = "webhook_id";
    const SORT: Option<&'static str> = None;
    const UPDATED: &'static [&'static str] = &["stage"];
    type Fact = WebhooksFact;
}

impl Holds<PaymentProcessed> for webhooks {}

/// The field `stage` of `webhooks`, which a grant lets change.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct stage;

impl FieldOf<PaymentProcessed> for stage {
    const NAME: &'static str = "stage";
    type Value = PaymentProcessedStage;
}

#[allow(non_upper_case_globals, reason = "it is written as in the spec")]
impl webhooks {
    /// `webhooks.stage`, as grants spell it.
    pub const stage: stage = stage;
}

/// `secret square_key`, webhook_processing.pipe:13.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct square_key;

impl SecretName for square_key {
    const NAME: &'static str = "square_key";
}

/// `secret stripe_key`, webhook_processing.pipe:12.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct stripe_key;

impl SecretName for stripe_key {
    const NAME: &'static str = "stripe_key";
}

/// `param paypal_webhook_id`, webhook_processing.pipe:15.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct paypal_webhook_id;

impl ParameterName for paypal_webhook_id {
    const PARAMETER: Parameter = Parameter::Stored("paypal_webhook_id");
    type Value = String;
}

/// `param square_url`, webhook_processing.pipe:14.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct square_url;

impl ParameterName for square_url {
    const PARAMETER: Parameter = Parameter::AtDeploy("square_url");
    type Value = String;
}

/// `queue lane`, webhook_processing.pipe:63.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct lane;

impl Channel for lane {
    const DESTINATION: Destination = Destination::Queue {
        name: "lane",
        per_provider: true,
        fifo: Some(Fifo {
            group: "payment_id",
            by_content: true,
        }),
    };
}

impl Carries<Notification> for lane {
    const KIND: &'static str = "Notification";
}

/// `bus payment_events`, webhook_processing.pipe:99.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct payment_events;

impl Channel for payment_events {
    const DESTINATION: Destination = Destination::Bus {
        name: "payment_events",
        source: "payment.processor",
    };
}

impl Carries<PaymentProcessed> for payment_events {
    const KIND: &'static str = "PaymentProcessed";
}

/// A permission of `process`, of which `grant process` (webhook_processing.pipe:146) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`process` is not granted `{Verb}: {Self}`",
    label = "webhook_processing.pipe:146 does not grant this to the code of `process`",
    note = "to allow it, add `{Verb}: {Self}` to `grant process` in webhook_processing.pipe:146",
    note = "granted for the spec's edges, which the runtime carries out, not the code: receive: lane, append: webhooks, send: payment_events"
)]
pub trait ProcessGrant<Verb> {}

/// A field that `process` may change.
#[diagnostic::on_unimplemented(
    message = "`process` is not granted `update: {Self}.{Field}`",
    label = "webhook_processing.pipe:146 does not grant this to the code of `process`",
    note = "to allow it, add `update: {Self}.{Field}` to `grant process` in webhook_processing.pipe:146"
)]
pub trait ProcessUpdate<Field> {}

/// What `process` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct ProcessContext {
    context: Context,
    provider: Provider,
}

impl ProcessContext {
    pub(crate) fn new(context: Context) -> Result<Self, Fault> {
        Ok(Self {
            provider: Provider::of(context.call())?,
            context,
        })
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        provider: Provider,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "process", idempotency_key, started_at)
            .of_provider(provider.as_str());
        Self { context, provider }
    }

    /// The provider that the call is about.
    pub fn provider(&self) -> Provider {
        self.provider
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

    /// Changes one field of a recorded event, where `update` is granted: `update(webhooks, webhooks::stage, &event, &stage)`.
    pub fn update<'a, T, F, E>(
        &'a self,
        table: T,
        field: F,
        event: &'a E,
        value: &'a F::Value,
    ) -> Local<'a, Result<Updated, Fault>>
    where
        T: Holds<E> + ProcessUpdate<F>,
        F: FieldOf<E>,
        E: Event,
    {
        Box::pin(self.context.update(table, field, event, value))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + ProcessGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// The value of a parameter, where `read` is granted.
    pub fn param<P>(&self, parameter: P) -> Local<'_, Result<P::Value, Fault>>
    where
        P: ParameterName + ProcessGrant<read>,
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
        C: Carries<E> + ProcessGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }
}

impl Deref for ProcessContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `status_updates`, of which `grant status_updates` (webhook_processing.pipe:147) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`status_updates` is not granted `{Verb}: {Self}`",
    label = "webhook_processing.pipe:147 does not grant this to the code of `status_updates`",
    note = "to allow it, add `{Verb}: {Self}` to `grant status_updates` in webhook_processing.pipe:147"
)]
pub trait StatusUpdatesGrant<Verb> {}

/// A field that `status_updates` may change.
#[diagnostic::on_unimplemented(
    message = "`status_updates` is not granted `update: {Self}.{Field}`",
    label = "webhook_processing.pipe:147 does not grant this to the code of `status_updates`",
    note = "to allow it, add `update: {Self}.{Field}` to `grant status_updates` in webhook_processing.pipe:147"
)]
pub trait StatusUpdatesUpdate<Field> {}

impl StatusUpdatesUpdate<stage> for webhooks {}

/// The rule or case that fired when `status_updates` is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusUpdatesCase {
    /// `critical` of `rules size`, webhook_processing.pipe:110.
    Critical,
    /// `large` of `rules size`, webhook_processing.pipe:109.
    Large,
    /// `micro` of `rules size`, webhook_processing.pipe:107.
    Micro,
    /// `standard` of `rules size`, webhook_processing.pipe:108.
    Standard,
}

impl StatusUpdatesCase {
    /// The rule's declared name, of a case `<group>_<case>`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "size_critical",
            Self::Large => "size_large",
            Self::Micro => "size_micro",
            Self::Standard => "size_standard",
        }
    }

    fn of(call: &Call) -> Result<Self, Fault> {
        match call.case_name() {
            Some("size_critical") => Ok(Self::Critical),
            Some("size_large") => Ok(Self::Large),
            Some("size_micro") => Ok(Self::Micro),
            Some("size_standard") => Ok(Self::Standard),
            _ => Err(Fault::new("no rule of the spec made this call")),
        }
    }
}

/// What `status_updates` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct StatusUpdatesContext {
    context: Context,
    case: StatusUpdatesCase,
}

impl StatusUpdatesContext {
    pub(crate) fn new(context: Context) -> Result<Self, Fault> {
        Ok(Self {
            case: StatusUpdatesCase::of(context.call())?,
            context,
        })
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        case: StatusUpdatesCase,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(
                memory,
                "status_updates",
                idempotency_key,
                started_at,
            )
            .of_case(case.as_str());
        Self { context, case }
    }

    /// The rule or case that fired.
    pub fn case(&self) -> StatusUpdatesCase {
        self.case
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + StatusUpdatesGrant<append>,
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
        T: Table + StatusUpdatesGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// Changes one field of a recorded event, where `update` is granted: `update(webhooks, webhooks::stage, &event, &stage)`.
    pub fn update<'a, T, F, E>(
        &'a self,
        table: T,
        field: F,
        event: &'a E,
        value: &'a F::Value,
    ) -> Local<'a, Result<Updated, Fault>>
    where
        T: Holds<E> + StatusUpdatesUpdate<F>,
        F: FieldOf<E>,
        E: Event,
    {
        Box::pin(self.context.update(table, field, event, value))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + StatusUpdatesGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// The value of a parameter, where `read` is granted.
    pub fn param<P>(&self, parameter: P) -> Local<'_, Result<P::Value, Fault>>
    where
        P: ParameterName + StatusUpdatesGrant<read>,
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
        C: Carries<E> + StatusUpdatesGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }
}

impl Deref for StatusUpdatesContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `validator`, of which `grant validator` (webhook_processing.pipe:141) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`validator` is not granted `{Verb}: {Self}`",
    label = "webhook_processing.pipe:141 does not grant this to the code of `validator`",
    note = "to allow it, add `{Verb}: {Self}` to `grant validator` in webhook_processing.pipe:141",
    note = "granted for the spec's edges, which the runtime carries out, not the code: read: stripe_key, read: square_key, read: square_url, read: paypal_webhook_id, send: lane, append: unread"
)]
pub trait ValidatorGrant<Verb> {}

/// A field that `validator` may change.
#[diagnostic::on_unimplemented(
    message = "`validator` is not granted `update: {Self}.{Field}`",
    label = "webhook_processing.pipe:141 does not grant this to the code of `validator`",
    note = "to allow it, add `update: {Self}.{Field}` to `grant validator` in webhook_processing.pipe:141"
)]
pub trait ValidatorUpdate<Field> {}

/// What `validator` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct ValidatorContext {
    context: Context,
    provider: Provider,
}

impl ValidatorContext {
    pub(crate) fn new(context: Context) -> Result<Self, Fault> {
        Ok(Self {
            provider: Provider::of(context.call())?,
            context,
        })
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        provider: Provider,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(
                memory,
                "validator",
                idempotency_key,
                started_at,
            )
            .of_provider(provider.as_str());
        Self { context, provider }
    }

    /// The provider that the call is about.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + ValidatorGrant<append>,
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
        T: Table + ValidatorGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// Changes one field of a recorded event, where `update` is granted: `update(webhooks, webhooks::stage, &event, &stage)`.
    pub fn update<'a, T, F, E>(
        &'a self,
        table: T,
        field: F,
        event: &'a E,
        value: &'a F::Value,
    ) -> Local<'a, Result<Updated, Fault>>
    where
        T: Holds<E> + ValidatorUpdate<F>,
        F: FieldOf<E>,
        E: Event,
    {
        Box::pin(self.context.update(table, field, event, value))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + ValidatorGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// The value of a parameter, where `read` is granted.
    pub fn param<P>(&self, parameter: P) -> Local<'_, Result<P::Value, Fault>>
    where
        P: ParameterName + ValidatorGrant<read>,
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
        C: Carries<E> + ValidatorGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }
}

impl Deref for ValidatorContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}
