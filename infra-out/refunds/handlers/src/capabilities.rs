//! What each function may do, exactly as the grants of `refunds.pipe` say.

use std::ops::Deref;
use std::rc::Rc;

use pipe_runtime::capability::{SecretName, append, read, send, start};
use pipe_runtime::channel::{Carries, Channel, Destination};
use pipe_runtime::context::{Call, Context};
use pipe_runtime::event::{Event, Holds, Table};
use pipe_runtime::event_log::{Appended, Local};
use pipe_runtime::execution::{Started, Workflow};
use pipe_runtime::memory::Memory;
use pipe_runtime::secret::Secret;
use pipe_runtime::value::Record;
use pipe_runtime::{Fault, Timestamp};

use crate::types::{RefundCompleted, RefundFailed, RefundRequested, RefundsFact};

/// `table refunds`, refunds.pipe:31.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct refunds;

impl Table for refunds {
    const NAME: &'static str = "refunds";
    const PARTITION: &'static str = "refundId";
    const SORT: Option<&'static str> = Some("timestamp");
    const UPDATED: &'static [&'static str] = &["stage"];
    type Fact = RefundsFact;
}

impl Holds<RefundRequested> for refunds {}
impl Holds<RefundCompleted> for refunds {}
impl Holds<RefundFailed> for refunds {}

/// `secret shop_key`, refunds.pipe:7.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct shop_key;

impl SecretName for shop_key {
    const NAME: &'static str = "shop_key";
}

/// `queue intake`, refunds.pipe:32.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct intake;

impl Channel for intake {
    const DESTINATION: Destination = Destination::Queue {
        name: "intake",
        per_provider: false,
        fifo: None,
    };
}

impl Carries<RefundRequested> for intake {
    const KIND: &'static str = "RefundRequested";
}

/// `workflow refund_payment`, refunds.pipe:64.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct refund_payment;

impl Workflow for refund_payment {
    const NAME: &'static str = "refund_payment";
    const BINDING: &'static str = "refund";
    type Input = RefundRequested;
}

/// A permission of `ask_approval`, to which refunds.pipe grants nothing.
#[diagnostic::on_unimplemented(
    message = "`ask_approval` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:55 does not grant this to the code of `ask_approval`",
    note = "to allow it, add to refunds.pipe: grant ask_approval {{ {Verb}: {Self} }}"
)]
pub trait AskApprovalGrant<Verb> {}

/// What `ask_approval` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct AskApprovalContext {
    context: Context,
}

impl AskApprovalContext {
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
            "ask_approval",
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
        T: Holds<E> + AskApprovalGrant<append>,
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
        T: Table + AskApprovalGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + AskApprovalGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// Sends a value to a queue, topic or bus, where `send` is granted. It has arrived when this is done.
    pub fn send<'a, C, E>(
        &'a self,
        channel: C,
        value: &'a E,
    ) -> Local<'a, Result<(), Fault>>
    where
        C: Carries<E> + AskApprovalGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }

    /// Starts a workflow once for an event, where `start` is granted.
    pub fn start<'a, W>(
        &'a self,
        workflow: W,
        input: &'a W::Input,
    ) -> Local<'a, Result<Started, Fault>>
    where
        W: Workflow + AskApprovalGrant<start>,
    {
        Box::pin(self.context.start(workflow, input))
    }
}

impl Deref for AskApprovalContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `begin`, of which `grant begin` (refunds.pipe:135) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`begin` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:135 does not grant this to the code of `begin`",
    note = "to allow it, add `{Verb}: {Self}` to `grant begin` in refunds.pipe:135",
    note = "granted for the spec's edges, which the runtime carries out, not the code: receive: intake"
)]
pub trait BeginGrant<Verb> {}

impl BeginGrant<start> for refund_payment {}

/// What `begin` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct BeginContext {
    context: Context,
}

impl BeginContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "begin", idempotency_key, started_at);
        Self { context }
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + BeginGrant<append>,
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
        T: Table + BeginGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + BeginGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// Sends a value to a queue, topic or bus, where `send` is granted. It has arrived when this is done.
    pub fn send<'a, C, E>(
        &'a self,
        channel: C,
        value: &'a E,
    ) -> Local<'a, Result<(), Fault>>
    where
        C: Carries<E> + BeginGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }

    /// Starts a workflow once for an event, where `start` is granted.
    pub fn start<'a, W>(
        &'a self,
        workflow: W,
        input: &'a W::Input,
    ) -> Local<'a, Result<Started, Fault>>
    where
        W: Workflow + BeginGrant<start>,
    {
        Box::pin(self.context.start(workflow, input))
    }
}

impl Deref for BeginContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `book`, to which refunds.pipe grants nothing.
#[diagnostic::on_unimplemented(
    message = "`book` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:57 does not grant this to the code of `book`",
    note = "to allow it, add to refunds.pipe: grant book {{ {Verb}: {Self} }}"
)]
pub trait BookGrant<Verb> {}

/// What `book` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct BookContext {
    context: Context,
}

impl BookContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "book", idempotency_key, started_at);
        Self { context }
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + BookGrant<append>,
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
        T: Table + BookGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + BookGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// Sends a value to a queue, topic or bus, where `send` is granted. It has arrived when this is done.
    pub fn send<'a, C, E>(
        &'a self,
        channel: C,
        value: &'a E,
    ) -> Local<'a, Result<(), Fault>>
    where
        C: Carries<E> + BookGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }

    /// Starts a workflow once for an event, where `start` is granted.
    pub fn start<'a, W>(
        &'a self,
        workflow: W,
        input: &'a W::Input,
    ) -> Local<'a, Result<Started, Fault>>
    where
        W: Workflow + BookGrant<start>,
    {
        Box::pin(self.context.start(workflow, input))
    }
}

impl Deref for BookContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `find_payment`, to which refunds.pipe grants nothing.
#[diagnostic::on_unimplemented(
    message = "`find_payment` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:53 does not grant this to the code of `find_payment`",
    note = "to allow it, add to refunds.pipe: grant find_payment {{ {Verb}: {Self} }}"
)]
pub trait FindPaymentGrant<Verb> {}

/// What `find_payment` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct FindPaymentContext {
    context: Context,
}

impl FindPaymentContext {
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
            "find_payment",
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
        T: Holds<E> + FindPaymentGrant<append>,
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
        T: Table + FindPaymentGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + FindPaymentGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// Sends a value to a queue, topic or bus, where `send` is granted. It has arrived when this is done.
    pub fn send<'a, C, E>(
        &'a self,
        channel: C,
        value: &'a E,
    ) -> Local<'a, Result<(), Fault>>
    where
        C: Carries<E> + FindPaymentGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }

    /// Starts a workflow once for an event, where `start` is granted.
    pub fn start<'a, W>(
        &'a self,
        workflow: W,
        input: &'a W::Input,
    ) -> Local<'a, Result<Started, Fault>>
    where
        W: Workflow + FindPaymentGrant<start>,
    {
        Box::pin(self.context.start(workflow, input))
    }
}

impl Deref for FindPaymentContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `pay_back`, to which refunds.pipe grants nothing.
#[diagnostic::on_unimplemented(
    message = "`pay_back` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:56 does not grant this to the code of `pay_back`",
    note = "to allow it, add to refunds.pipe: grant pay_back {{ {Verb}: {Self} }}"
)]
pub trait PayBackGrant<Verb> {}

/// What `pay_back` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct PayBackContext {
    context: Context,
}

impl PayBackContext {
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
            "pay_back",
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
        T: Holds<E> + PayBackGrant<append>,
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
        T: Table + PayBackGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + PayBackGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// Sends a value to a queue, topic or bus, where `send` is granted. It has arrived when this is done.
    pub fn send<'a, C, E>(
        &'a self,
        channel: C,
        value: &'a E,
    ) -> Local<'a, Result<(), Fault>>
    where
        C: Carries<E> + PayBackGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }

    /// Starts a workflow once for an event, where `start` is granted.
    pub fn start<'a, W>(
        &'a self,
        workflow: W,
        input: &'a W::Input,
    ) -> Local<'a, Result<Started, Fault>>
    where
        W: Workflow + PayBackGrant<start>,
    {
        Box::pin(self.context.start(workflow, input))
    }
}

impl Deref for PayBackContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `restock`, to which refunds.pipe grants nothing.
#[diagnostic::on_unimplemented(
    message = "`restock` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:60 does not grant this to the code of `restock`",
    note = "to allow it, add to refunds.pipe: grant restock {{ {Verb}: {Self} }}"
)]
pub trait RestockGrant<Verb> {}

/// What `restock` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct RestockContext {
    context: Context,
}

impl RestockContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "restock", idempotency_key, started_at);
        Self { context }
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + RestockGrant<append>,
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
        T: Table + RestockGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + RestockGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// Sends a value to a queue, topic or bus, where `send` is granted. It has arrived when this is done.
    pub fn send<'a, C, E>(
        &'a self,
        channel: C,
        value: &'a E,
    ) -> Local<'a, Result<(), Fault>>
    where
        C: Carries<E> + RestockGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }

    /// Starts a workflow once for an event, where `start` is granted.
    pub fn start<'a, W>(
        &'a self,
        workflow: W,
        input: &'a W::Input,
    ) -> Local<'a, Result<Started, Fault>>
    where
        W: Workflow + RestockGrant<start>,
    {
        Box::pin(self.context.start(workflow, input))
    }
}

impl Deref for RestockContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `take`, of which `grant take` (refunds.pipe:134) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`take` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:134 does not grant this to the code of `take`",
    note = "to allow it, add `{Verb}: {Self}` to `grant take` in refunds.pipe:134",
    note = "granted for the spec's edges, which the runtime carries out, not the code: read: shop_key, append: refunds, send: intake"
)]
pub trait TakeGrant<Verb> {}

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

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + TakeGrant<read>,
    {
        Box::pin(self.context.secret(secret))
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

/// A permission of `tell`, to which refunds.pipe grants nothing.
#[diagnostic::on_unimplemented(
    message = "`tell` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:59 does not grant this to the code of `tell`",
    note = "to allow it, add to refunds.pipe: grant tell {{ {Verb}: {Self} }}"
)]
pub trait TellGrant<Verb> {}

/// What `tell` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct TellContext {
    context: Context,
}

impl TellContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "tell", idempotency_key, started_at);
        Self { context }
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + TellGrant<append>,
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
        T: Table + TellGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + TellGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// Sends a value to a queue, topic or bus, where `send` is granted. It has arrived when this is done.
    pub fn send<'a, C, E>(
        &'a self,
        channel: C,
        value: &'a E,
    ) -> Local<'a, Result<(), Fault>>
    where
        C: Carries<E> + TellGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }

    /// Starts a workflow once for an event, where `start` is granted.
    pub fn start<'a, W>(
        &'a self,
        workflow: W,
        input: &'a W::Input,
    ) -> Local<'a, Result<Started, Fault>>
    where
        W: Workflow + TellGrant<start>,
    {
        Box::pin(self.context.start(workflow, input))
    }
}

impl Deref for TellContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `unbook`, to which refunds.pipe grants nothing.
#[diagnostic::on_unimplemented(
    message = "`unbook` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:58 does not grant this to the code of `unbook`",
    note = "to allow it, add to refunds.pipe: grant unbook {{ {Verb}: {Self} }}"
)]
pub trait UnbookGrant<Verb> {}

/// What `unbook` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct UnbookContext {
    context: Context,
}

impl UnbookContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "unbook", idempotency_key, started_at);
        Self { context }
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + UnbookGrant<append>,
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
        T: Table + UnbookGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + UnbookGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }

    /// Sends a value to a queue, topic or bus, where `send` is granted. It has arrived when this is done.
    pub fn send<'a, C, E>(
        &'a self,
        channel: C,
        value: &'a E,
    ) -> Local<'a, Result<(), Fault>>
    where
        C: Carries<E> + UnbookGrant<send>,
        E: Record,
    {
        Box::pin(self.context.send(channel, value))
    }

    /// Starts a workflow once for an event, where `start` is granted.
    pub fn start<'a, W>(
        &'a self,
        workflow: W,
        input: &'a W::Input,
    ) -> Local<'a, Result<Started, Fault>>
    where
        W: Workflow + UnbookGrant<start>,
    {
        Box::pin(self.context.start(workflow, input))
    }
}

impl Deref for UnbookContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}
