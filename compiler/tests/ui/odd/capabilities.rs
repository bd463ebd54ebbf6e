//! What each function may do, exactly as the grants of `odd.pipe` say.

use std::ops::Deref;
use std::rc::Rc;

use pipe_runtime::capability::{SecretName, append, read};
use pipe_runtime::context::{Call, Context};
use pipe_runtime::event::{Event, Holds, Table};
use pipe_runtime::event_log::{Appended, Local};
use pipe_runtime::memory::Memory;
use pipe_runtime::secret::Secret;
use pipe_runtime::{Fault, Timestamp};

use crate::types::{FactsFact, Kept, Record_};

/// `table facts`, odd.pipe:32.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct facts;

impl Table for facts {
    const NAME: &'static str = "facts";
    const PARTITION: &'static str = "id";
    const SORT: Option<&'static str> = Some("at");
    const SORT_IS_NUMBER: bool = true;
    type Fact = FactsFact;
}

impl Holds<Record_> for facts {}
impl Holds<Kept> for facts {}

/// A key.
///
/// ```
/// this is no Rust
/// ```
///
/// `secret key_of_match`, odd.pipe:10.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct key_of_match;

impl SecretName for key_of_match {
    const NAME: &'static str = "key_of_match";
}

/// A permission of `keep`, of which `grant keep` (odd.pipe:59) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`keep` is not granted `{Verb}: {Self}`",
    label = "odd.pipe:59 does not grant this to the code of `keep`",
    note = "to allow it, add `{Verb}: {Self}` to `grant keep` in odd.pipe:59"
)]
pub trait KeepGrant<Verb> {}

impl KeepGrant<read> for facts {}
impl KeepGrant<read> for key_of_match {}
impl KeepGrant<append> for facts {}

/// What `keep` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct KeepContext {
    context: Context,
}

impl KeepContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "keep", idempotency_key, started_at);
        Self { context }
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + KeepGrant<append>,
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
        T: Table + KeepGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + KeepGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }
}

impl Deref for KeepContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `match`, of which `grant match` (odd.pipe:58) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`match` is not granted `{Verb}: {Self}`",
    label = "odd.pipe:58 does not grant this to the code of `match`",
    note = "to allow it, add `{Verb}: {Self}` to `grant match` in odd.pipe:58"
)]
pub trait MatchGrant<Verb> {}

/// What `match` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct MatchContext {
    context: Context,
}

impl MatchContext {
    pub(crate) fn new(context: Context) -> Self {
        Self { context }
    }

    /// A context over services in memory, for unit tests.
    pub fn in_memory(
        memory: &Memory,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let context = Context::in_memory(memory, "match", idempotency_key, started_at);
        Self { context }
    }

    /// Records an event once, where `append` is granted.
    pub fn append<'a, T, E>(
        &'a self,
        table: T,
        event: &'a E,
    ) -> Local<'a, Result<Appended, Fault>>
    where
        T: Holds<E> + MatchGrant<append>,
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
        T: Table + MatchGrant<read>,
    {
        Box::pin(self.context.read(table, partition))
    }

    /// The value of a secret, where `read` is granted.
    pub fn secret<S>(&self, secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
    where
        S: SecretName + MatchGrant<read>,
    {
        Box::pin(self.context.secret(secret))
    }
}

impl Deref for MatchContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}

/// A permission of `take`, of which `grant take` (odd.pipe:57) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`take` is not granted `{Verb}: {Self}`",
    label = "odd.pipe:57 does not grant this to the code of `take`",
    note = "to allow it, add `{Verb}: {Self}` to `grant take` in odd.pipe:57",
    note = "granted for the spec's edges, which the runtime carries out, not the code: read: key_of_match, append: facts"
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
}

impl Deref for TakeContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}
