//! What each function may do, exactly as the grants of `every.pipe` say.

use std::ops::Deref;
use std::rc::Rc;

use pipe_runtime::bucket::Bucket;
use pipe_runtime::capability::{
    FieldOf, Index, ParameterName, SecretName, append, read, send, start, write,
};
use pipe_runtime::channel::{Alerts, Carries, Channel, Destination};
use pipe_runtime::context::{Call, Context, Updated};
use pipe_runtime::event::{Event, Holds, Table};
use pipe_runtime::event_log::{Appended, IndexKeys, Local};
use pipe_runtime::execution::{Started, Workflow};
use pipe_runtime::memory::Memory;
use pipe_runtime::parameter::Parameter;
use pipe_runtime::secret::Secret;
use pipe_runtime::value::Record;
use pipe_runtime::{Decimal, Fault, Timestamp};

use crate::types::{Order, OrderStage, OrdersFact};

/// `table orders`, every.pipe:17.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct orders;

impl Table for orders {
    const NAME: &'static str = "orders";
    const PARTITION: &'static str = "id";
    const SORT: Option<&'static str> = Some("at");
    const UPDATED: &'static [&'static str] = &["stage"];
    const INDEXES: &'static [IndexKeys] = &[
        IndexKeys {
            name: "ByStage",
            partition: "stage",
            sort: Some("at"),
        },
    ];
    type Fact = OrdersFact;
}

impl Holds<Order> for orders {}

/// `index ByStage` of `orders`, every.pipe:21.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct ByStage;

impl Index for ByStage {
    type Table = orders;
    type Partition = OrderStage;
    const KEYS: IndexKeys = IndexKeys {
        name: "ByStage",
        partition: "stage",
        sort: Some("at"),
    };
}

/// The field `stage` of `orders`, which a grant lets change.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct stage;

impl FieldOf<Order> for stage {
    const NAME: &'static str = "stage";
    type Value = OrderStage;
}

#[allow(non_upper_case_globals, reason = "it is written as in the spec")]
impl orders {
    /// `orders.stage`, as grants spell it.
    pub const stage: stage = stage;
}

/// `secret key`, every.pipe:5.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct key;

impl SecretName for key {
    const NAME: &'static str = "key";
}

/// `param limit`, every.pipe:6.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct limit;

impl ParameterName for limit {
    const PARAMETER: Parameter = Parameter::Stored("limit");
    type Value = Decimal;
}

/// `topic news`, every.pipe:26.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct news;

impl Channel for news {
    const DESTINATION: Destination = Destination::Topic { name: "news" };
}

impl Carries<Order> for news {
    const KIND: &'static str = "Order";
}

/// `topic people`, every.pipe:27.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct people;

impl Channel for people {
    const DESTINATION: Destination = Destination::Topic {
        name: "people",
    };
}

impl Alerts for people {}

/// `bus shop`, every.pipe:28.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct shop;

impl Channel for shop {
    const DESTINATION: Destination = Destination::Bus {
        name: "shop",
        source: "shop",
    };
}

impl Carries<Order> for shop {
    const KIND: &'static str = "Order";
}

/// `queue work`, every.pipe:24.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct work;

impl Channel for work {
    const DESTINATION: Destination = Destination::Queue {
        name: "work",
        per_provider: false,
        fifo: None,
    };
}

impl Carries<Order> for work {
    const KIND: &'static str = "Order";
}

/// `bucket papers`, every.pipe:29.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct papers;

impl Bucket for papers {
    const NAME: &'static str = "papers";
}

/// `workflow settle`, every.pipe:45.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct settle;

impl Workflow for settle {
    const NAME: &'static str = "settle";
    const BINDING: &'static str = "order";
    type Input = Order;
}

/// A permission of `all`, of which `grant all` (every.pipe:51) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`all` is not granted `{Verb}: {Self}`",
    label = "every.pipe:51 does not grant this to the code of `all`",
    note = "to allow it, add `{Verb}: {Self}` to `grant all` in every.pipe:51"
)]
pub trait AllGrant<Verb> {}

/// A field that `all` may change.
#[diagnostic::on_unimplemented(
    message = "`all` is not granted `update: {Self}.{Field}`",
    label = "every.pipe:51 does not grant this to the code of `all`",
    note = "to allow it, add `update: {Self}.{Field}` to `grant all` in every.pipe:51"
)]
pub trait AllUpdate<Field> {}

impl AllGrant<read> for key {}
impl AllGrant<read> for limit {}
impl AllGrant<read> for orders {}
impl AllGrant<read> for papers {}
impl AllGrant<append> for orders {}
impl AllUpdate<stage> for orders {}
impl AllGrant<send> for work {}
impl AllGrant<send> for news {}
impl AllGrant<send> for people {}
impl AllGrant<send> for shop {}
impl AllGrant<write> for papers {}
impl AllGrant<start> for settle {}

/// What `all` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct AllContext {
    context: Context,
}

impl AllContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "all", idempotency_key, started_at);
        Self { context }
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + AllGrant<append>,
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
        T: Table + AllGrant<read>,
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
        I::Table: AllGrant<read>,
    {
        Box::pin(self.context.find(index, partition))
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
        T: Holds<E> + AllUpdate<F>,
        F: FieldOf<E>,
        E: Event,
    {
        Box::pin(self.context.update(table, field, event, value))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + AllGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// The value of a parameter, where `read` is granted.
    pub fn param<P>(&self, parameter: P) -> Local<'_, Result<P::Value, Fault>>
    where
        P: ParameterName + AllGrant<read>,
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
        C: Carries<E> + AllGrant<send>,
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
        C: Alerts + AllGrant<send>,
    {
        Box::pin(self.context.alert(topic, subject, text))
    }

    /// Writes an object, in place of one that is there, where `write` is granted.
    pub fn write<'a, B>(
        &'a self,
        bucket: B,
        key_: &'a str,
        content_type: &'a str,
        bytes: Vec<u8>,
    ) -> Local<'a, Result<(), Fault>>
    where
        B: Bucket + AllGrant<write>,
    {
        Box::pin(self.context.write(bucket, key_, content_type, bytes))
    }

    /// The bytes of an object, if there is one, where `read` is granted.
    pub fn get<'a, B>(
        &'a self,
        bucket: B,
        key_: &'a str,
    ) -> Local<'a, Result<Option<Vec<u8>>, Fault>>
    where
        B: Bucket + AllGrant<read>,
    {
        Box::pin(self.context.get(bucket, key_))
    }

    /// Starts a workflow once for an event, where `start` is granted.
    pub fn start<'a, W>(
        &'a self,
        workflow: W,
        input: &'a W::Input,
    ) -> Local<'a, Result<Started, Fault>>
    where
        W: Workflow + AllGrant<start>,
    {
        Box::pin(self.context.start(workflow, input))
    }
}

impl Deref for AllContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `idle`, of which `grant idle` (every.pipe:59) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`idle` is not granted `{Verb}: {Self}`",
    label = "every.pipe:59 does not grant this to the code of `idle`",
    note = "to allow it, add `{Verb}: {Self}` to `grant idle` in every.pipe:59"
)]
pub trait IdleGrant<Verb> {}

/// A field that `idle` may change.
#[diagnostic::on_unimplemented(
    message = "`idle` is not granted `update: {Self}.{Field}`",
    label = "every.pipe:59 does not grant this to the code of `idle`",
    note = "to allow it, add `update: {Self}.{Field}` to `grant idle` in every.pipe:59"
)]
pub trait IdleUpdate<Field> {}

/// What `idle` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct IdleContext {
    context: Context,
}

impl IdleContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "idle", idempotency_key, started_at);
        Self { context }
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + IdleGrant<append>,
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
        T: Table + IdleGrant<read>,
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
        I::Table: IdleGrant<read>,
    {
        Box::pin(self.context.find(index, partition))
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
        T: Holds<E> + IdleUpdate<F>,
        F: FieldOf<E>,
        E: Event,
    {
        Box::pin(self.context.update(table, field, event, value))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + IdleGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// The value of a parameter, where `read` is granted.
    pub fn param<P>(&self, parameter: P) -> Local<'_, Result<P::Value, Fault>>
    where
        P: ParameterName + IdleGrant<read>,
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
        C: Carries<E> + IdleGrant<send>,
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
        C: Alerts + IdleGrant<send>,
    {
        Box::pin(self.context.alert(topic, subject, text))
    }

    /// Writes an object, in place of one that is there, where `write` is granted.
    pub fn write<'a, B>(
        &'a self,
        bucket: B,
        key_: &'a str,
        content_type: &'a str,
        bytes: Vec<u8>,
    ) -> Local<'a, Result<(), Fault>>
    where
        B: Bucket + IdleGrant<write>,
    {
        Box::pin(self.context.write(bucket, key_, content_type, bytes))
    }

    /// The bytes of an object, if there is one, where `read` is granted.
    pub fn get<'a, B>(
        &'a self,
        bucket: B,
        key_: &'a str,
    ) -> Local<'a, Result<Option<Vec<u8>>, Fault>>
    where
        B: Bucket + IdleGrant<read>,
    {
        Box::pin(self.context.get(bucket, key_))
    }

    /// Starts a workflow once for an event, where `start` is granted.
    pub fn start<'a, W>(
        &'a self,
        workflow: W,
        input: &'a W::Input,
    ) -> Local<'a, Result<Started, Fault>>
    where
        W: Workflow + IdleGrant<start>,
    {
        Box::pin(self.context.start(workflow, input))
    }
}

impl Deref for IdleContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `take`, of which `grant take` (every.pipe:60) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`take` is not granted `{Verb}: {Self}`",
    label = "every.pipe:60 does not grant this to the code of `take`",
    note = "to allow it, add `{Verb}: {Self}` to `grant take` in every.pipe:60",
    note = "granted for the spec's edges, which the runtime carries out, not the code: receive: work"
)]
pub trait TakeGrant<Verb> {}

/// A field that `take` may change.
#[diagnostic::on_unimplemented(
    message = "`take` is not granted `update: {Self}.{Field}`",
    label = "every.pipe:60 does not grant this to the code of `take`",
    note = "to allow it, add `update: {Self}.{Field}` to `grant take` in every.pipe:60"
)]
pub trait TakeUpdate<Field> {}

/// What `take` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct TakeContext {
    context: Context,
}

impl TakeContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "take", idempotency_key, started_at);
        Self { context }
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + TakeGrant<append>,
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
        T: Table + TakeGrant<read>,
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
        I::Table: TakeGrant<read>,
    {
        Box::pin(self.context.find(index, partition))
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
        T: Holds<E> + TakeUpdate<F>,
        F: FieldOf<E>,
        E: Event,
    {
        Box::pin(self.context.update(table, field, event, value))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + TakeGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// The value of a parameter, where `read` is granted.
    pub fn param<P>(&self, parameter: P) -> Local<'_, Result<P::Value, Fault>>
    where
        P: ParameterName + TakeGrant<read>,
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
        C: Carries<E> + TakeGrant<send>,
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
        C: Alerts + TakeGrant<send>,
    {
        Box::pin(self.context.alert(topic, subject, text))
    }

    /// Writes an object, in place of one that is there, where `write` is granted.
    pub fn write<'a, B>(
        &'a self,
        bucket: B,
        key_: &'a str,
        content_type: &'a str,
        bytes: Vec<u8>,
    ) -> Local<'a, Result<(), Fault>>
    where
        B: Bucket + TakeGrant<write>,
    {
        Box::pin(self.context.write(bucket, key_, content_type, bytes))
    }

    /// The bytes of an object, if there is one, where `read` is granted.
    pub fn get<'a, B>(
        &'a self,
        bucket: B,
        key_: &'a str,
    ) -> Local<'a, Result<Option<Vec<u8>>, Fault>>
    where
        B: Bucket + TakeGrant<read>,
    {
        Box::pin(self.context.get(bucket, key_))
    }

    /// Starts a workflow once for an event, where `start` is granted.
    pub fn start<'a, W>(
        &'a self,
        workflow: W,
        input: &'a W::Input,
    ) -> Local<'a, Result<Started, Fault>>
    where
        W: Workflow + TakeGrant<start>,
    {
        Box::pin(self.context.start(workflow, input))
    }
}

impl Deref for TakeContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `take_note`, of which `grant take_note` (every.pipe:62) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`take_note` is not granted `{Verb}: {Self}`",
    label = "every.pipe:62 does not grant this to the code of `take_note`",
    note = "to allow it, add `{Verb}: {Self}` to `grant take_note` in every.pipe:62"
)]
pub trait TakeNoteGrant<Verb> {}

/// A field that `take_note` may change.
#[diagnostic::on_unimplemented(
    message = "`take_note` is not granted `update: {Self}.{Field}`",
    label = "every.pipe:62 does not grant this to the code of `take_note`",
    note = "to allow it, add `update: {Self}.{Field}` to `grant take_note` in every.pipe:62"
)]
pub trait TakeNoteUpdate<Field> {}

/// What `take_note` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct TakeNoteContext {
    context: Context,
}

impl TakeNoteContext {
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
            "take_note",
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
        T: Holds<E> + TakeNoteGrant<append>,
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
        T: Table + TakeNoteGrant<read>,
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
        I::Table: TakeNoteGrant<read>,
    {
        Box::pin(self.context.find(index, partition))
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
        T: Holds<E> + TakeNoteUpdate<F>,
        F: FieldOf<E>,
        E: Event,
    {
        Box::pin(self.context.update(table, field, event, value))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + TakeNoteGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// The value of a parameter, where `read` is granted.
    pub fn param<P>(&self, parameter: P) -> Local<'_, Result<P::Value, Fault>>
    where
        P: ParameterName + TakeNoteGrant<read>,
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
        C: Carries<E> + TakeNoteGrant<send>,
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
        C: Alerts + TakeNoteGrant<send>,
    {
        Box::pin(self.context.alert(topic, subject, text))
    }

    /// Writes an object, in place of one that is there, where `write` is granted.
    pub fn write<'a, B>(
        &'a self,
        bucket: B,
        key_: &'a str,
        content_type: &'a str,
        bytes: Vec<u8>,
    ) -> Local<'a, Result<(), Fault>>
    where
        B: Bucket + TakeNoteGrant<write>,
    {
        Box::pin(self.context.write(bucket, key_, content_type, bytes))
    }

    /// The bytes of an object, if there is one, where `read` is granted.
    pub fn get<'a, B>(
        &'a self,
        bucket: B,
        key_: &'a str,
    ) -> Local<'a, Result<Option<Vec<u8>>, Fault>>
    where
        B: Bucket + TakeNoteGrant<read>,
    {
        Box::pin(self.context.get(bucket, key_))
    }

    /// Starts a workflow once for an event, where `start` is granted.
    pub fn start<'a, W>(
        &'a self,
        workflow: W,
        input: &'a W::Input,
    ) -> Local<'a, Result<Started, Fault>>
    where
        W: Workflow + TakeNoteGrant<start>,
    {
        Box::pin(self.context.start(workflow, input))
    }
}

impl Deref for TakeNoteContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}
