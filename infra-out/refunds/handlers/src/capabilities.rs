//! What each function may do, exactly as the grants of `refunds.pipe` say.

use std::ops::Deref;
use std::rc::Rc;

use pipe_runtime::capability::{SecretName, append, read};
use pipe_runtime::context::{Call, Context};
use pipe_runtime::event::{Event, Holds, Table};
use pipe_runtime::event_log::{Appended, Local};
use pipe_runtime::secret::Secret;
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

/// A permission of `ask_approval`, to which refunds.pipe grants nothing.
#[diagnostic::on_unimplemented(
    message = "`ask_approval` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:51 does not grant this to the code of `ask_approval`",
    note = "to allow it, add to refunds.pipe: grant ask_approval {{ {Verb}: {Self} }}"
)]
pub trait AskApprovalGrant<Verb> {}

/// What `ask_approval` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct AskApprovalContext(Context);

impl AskApprovalContext {
    pub(crate) fn new(context: Context) -> Self {
        Self(context)
    }

    /// A context over a log in memory, for unit tests.
    pub fn in_memory(idempotency_key: &str, started_at: Timestamp) -> Self {
        Self(Context::in_memory("ask_approval", idempotency_key, started_at))
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
        Box::pin(self.0.append(table, event))
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
        Box::pin(self.0.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + AskApprovalGrant<read>,
    {
        Box::pin(self.0.secret(secret))
    }
}

impl Deref for AskApprovalContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.0.call()
    }
}

/// A permission of `begin`, of which `grant begin` (refunds.pipe:120) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`begin` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:120 does not grant this to the code of `begin`",
    note = "to allow it, add `{Verb}: {Self}` to `grant begin` in refunds.pipe:120",
    note = "granted for the spec's edges, which the runtime carries out, not the code: receive: intake"
)]
pub trait BeginGrant<Verb> {}

impl BeginGrant<start> for refund_payment {}

/// What `begin` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct BeginContext(Context);

impl BeginContext {
    pub(crate) fn new(context: Context) -> Self {
        Self(context)
    }

    /// A context over a log in memory, for unit tests.
    pub fn in_memory(idempotency_key: &str, started_at: Timestamp) -> Self {
        Self(Context::in_memory("begin", idempotency_key, started_at))
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
        Box::pin(self.0.append(table, event))
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
        Box::pin(self.0.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + BeginGrant<read>,
    {
        Box::pin(self.0.secret(secret))
    }
}

impl Deref for BeginContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.0.call()
    }
}

/// A permission of `book`, to which refunds.pipe grants nothing.
#[diagnostic::on_unimplemented(
    message = "`book` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:53 does not grant this to the code of `book`",
    note = "to allow it, add to refunds.pipe: grant book {{ {Verb}: {Self} }}"
)]
pub trait BookGrant<Verb> {}

/// What `book` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct BookContext(Context);

impl BookContext {
    pub(crate) fn new(context: Context) -> Self {
        Self(context)
    }

    /// A context over a log in memory, for unit tests.
    pub fn in_memory(idempotency_key: &str, started_at: Timestamp) -> Self {
        Self(Context::in_memory("book", idempotency_key, started_at))
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
        Box::pin(self.0.append(table, event))
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
        Box::pin(self.0.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + BookGrant<read>,
    {
        Box::pin(self.0.secret(secret))
    }
}

impl Deref for BookContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.0.call()
    }
}

/// A permission of `pay_back`, to which refunds.pipe grants nothing.
#[diagnostic::on_unimplemented(
    message = "`pay_back` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:52 does not grant this to the code of `pay_back`",
    note = "to allow it, add to refunds.pipe: grant pay_back {{ {Verb}: {Self} }}"
)]
pub trait PayBackGrant<Verb> {}

/// What `pay_back` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct PayBackContext(Context);

impl PayBackContext {
    pub(crate) fn new(context: Context) -> Self {
        Self(context)
    }

    /// A context over a log in memory, for unit tests.
    pub fn in_memory(idempotency_key: &str, started_at: Timestamp) -> Self {
        Self(Context::in_memory("pay_back", idempotency_key, started_at))
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
        Box::pin(self.0.append(table, event))
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
        Box::pin(self.0.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + PayBackGrant<read>,
    {
        Box::pin(self.0.secret(secret))
    }
}

impl Deref for PayBackContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.0.call()
    }
}

/// A permission of `restock`, to which refunds.pipe grants nothing.
#[diagnostic::on_unimplemented(
    message = "`restock` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:56 does not grant this to the code of `restock`",
    note = "to allow it, add to refunds.pipe: grant restock {{ {Verb}: {Self} }}"
)]
pub trait RestockGrant<Verb> {}

/// What `restock` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct RestockContext(Context);

impl RestockContext {
    pub(crate) fn new(context: Context) -> Self {
        Self(context)
    }

    /// A context over a log in memory, for unit tests.
    pub fn in_memory(idempotency_key: &str, started_at: Timestamp) -> Self {
        Self(Context::in_memory("restock", idempotency_key, started_at))
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
        Box::pin(self.0.append(table, event))
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
        Box::pin(self.0.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + RestockGrant<read>,
    {
        Box::pin(self.0.secret(secret))
    }
}

impl Deref for RestockContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.0.call()
    }
}

/// A permission of `take`, of which `grant take` (refunds.pipe:119) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`take` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:119 does not grant this to the code of `take`",
    note = "to allow it, add `{Verb}: {Self}` to `grant take` in refunds.pipe:119",
    note = "granted for the spec's edges, which the runtime carries out, not the code: read: shop_key, append: refunds, send: intake"
)]
pub trait TakeGrant<Verb> {}

/// What `take` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct TakeContext(Context);

impl TakeContext {
    pub(crate) fn new(context: Context) -> Self {
        Self(context)
    }

    /// A context over a log in memory, for unit tests.
    pub fn in_memory(idempotency_key: &str, started_at: Timestamp) -> Self {
        Self(Context::in_memory("take", idempotency_key, started_at))
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
        Box::pin(self.0.append(table, event))
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
        Box::pin(self.0.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + TakeGrant<read>,
    {
        Box::pin(self.0.secret(secret))
    }
}

impl Deref for TakeContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.0.call()
    }
}

/// A permission of `tell`, to which refunds.pipe grants nothing.
#[diagnostic::on_unimplemented(
    message = "`tell` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:55 does not grant this to the code of `tell`",
    note = "to allow it, add to refunds.pipe: grant tell {{ {Verb}: {Self} }}"
)]
pub trait TellGrant<Verb> {}

/// What `tell` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct TellContext(Context);

impl TellContext {
    pub(crate) fn new(context: Context) -> Self {
        Self(context)
    }

    /// A context over a log in memory, for unit tests.
    pub fn in_memory(idempotency_key: &str, started_at: Timestamp) -> Self {
        Self(Context::in_memory("tell", idempotency_key, started_at))
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
        Box::pin(self.0.append(table, event))
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
        Box::pin(self.0.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + TellGrant<read>,
    {
        Box::pin(self.0.secret(secret))
    }
}

impl Deref for TellContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.0.call()
    }
}

/// A permission of `unbook`, to which refunds.pipe grants nothing.
#[diagnostic::on_unimplemented(
    message = "`unbook` is not granted `{Verb}: {Self}`",
    label = "refunds.pipe:54 does not grant this to the code of `unbook`",
    note = "to allow it, add to refunds.pipe: grant unbook {{ {Verb}: {Self} }}"
)]
pub trait UnbookGrant<Verb> {}

/// What `unbook` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct UnbookContext(Context);

impl UnbookContext {
    pub(crate) fn new(context: Context) -> Self {
        Self(context)
    }

    /// A context over a log in memory, for unit tests.
    pub fn in_memory(idempotency_key: &str, started_at: Timestamp) -> Self {
        Self(Context::in_memory("unbook", idempotency_key, started_at))
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
        Box::pin(self.0.append(table, event))
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
        Box::pin(self.0.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + UnbookGrant<read>,
    {
        Box::pin(self.0.secret(secret))
    }
}

impl Deref for UnbookContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.0.call()
    }
}
