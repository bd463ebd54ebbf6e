//! What each function may do, exactly as the grants of `deliveries.pipe` say.

use std::ops::Deref;
use std::rc::Rc;

use pipe_runtime::capability::{ParameterName, SecretName, append, read};
use pipe_runtime::context::{Call, Context};
use pipe_runtime::event::{Event, Holds, Table};
use pipe_runtime::event_log::{Appended, Local};
use pipe_runtime::memory::Memory;
use pipe_runtime::parameter::Parameter;
use pipe_runtime::secret::Secret;
use pipe_runtime::{Fault, Timestamp};

use crate::types::{Provider, Seen, SeenFact, Unread, UnreadFact};

/// `table seen`, deliveries.pipe:40.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct seen;

impl Table for seen {
    const NAME: &'static str = "seen";
    const PARTITION: &'static str = "about";
    const SORT: Option<&'static str> = Some("at");
    type Fact = SeenFact;
}

impl Holds<Seen> for seen {}

/// `table unread`, deliveries.pipe:41.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct unread;

impl Table for unread {
    const NAME: &'static str = "unread";
    const PARTITION: &'static str = "body_sha256";
    const SORT: Option<&'static str> = Some("at");
    type Fact = UnreadFact;
}

impl Holds<Unread> for unread {}

/// `secret adyen_key`, deliveries.pipe:5.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct adyen_key;

impl SecretName for adyen_key {
    const NAME: &'static str = "adyen_key";
}

/// `secret adyen_platform_key`, deliveries.pipe:6.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct adyen_platform_key;

impl SecretName for adyen_platform_key {
    const NAME: &'static str = "adyen_platform_key";
}

/// `secret github_key`, deliveries.pipe:7.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct github_key;

impl SecretName for github_key {
    const NAME: &'static str = "github_key";
}

/// `secret square_key`, deliveries.pipe:8.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct square_key;

impl SecretName for square_key {
    const NAME: &'static str = "square_key";
}

/// `secret stripe_key`, deliveries.pipe:9.
#[allow(
    non_camel_case_types,
    reason = "messages of the compiler then show a grant as the spec writes it"
)]
#[derive(Clone, Copy, Debug)]
pub struct stripe_key;

impl SecretName for stripe_key {
    const NAME: &'static str = "stripe_key";
}

/// `param paypal_webhook_id`, deliveries.pipe:10.
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

/// `param square_url`, deliveries.pipe:11.
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

/// A permission of `take`, of which `grant take` (deliveries.pipe:62) is the whole list.
#[diagnostic::on_unimplemented(
    message = "`take` is not granted `{Verb}: {Self}`",
    label = "deliveries.pipe:62 does not grant this to the code of `take`",
    note = "to allow it, add `{Verb}: {Self}` to `grant take` in deliveries.pipe:62",
    note = "granted for the spec's edges, which the runtime carries out, not the code: read: adyen_key, read: adyen_platform_key, read: github_key, read: square_key, read: stripe_key, read: paypal_webhook_id, read: square_url, append: seen, append: unread"
)]
pub trait TakeGrant<Verb> {}

impl TakeGrant<read> for seen {}
impl TakeGrant<read> for unread {}

/// What `take` is called with: the facts of the call, and its capabilities.
#[derive(Clone, Debug)]
pub struct TakeContext {
    context: Context,
    provider: Provider,
}

impl TakeContext {
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
        let context = Context::in_memory(memory, "take", idempotency_key, started_at)
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

    /// The value of a parameter, where `read` is granted.
    pub fn param<P>(&self, parameter: P) -> Local<'_, Result<P::Value, Fault>>
    where
        P: ParameterName + TakeGrant<read>,
    {
        Box::pin(self.context.param(parameter))
    }
}

impl Deref for TakeContext {
    type Target = Call;

    fn deref(&self) -> &Call {
        self.context.call()
    }
}
