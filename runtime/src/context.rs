//! What a handler is called with: facts about the call, and the services behind its capabilities.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::bucket::{Bucket, Objects};
use crate::capability::{FieldOf, Index, Key, ParameterName, ParameterValue, SecretName};
use crate::channel::{self, Alerts, Carries, Channels, Destination};
use crate::entry::{self, Entry, Provenance};
use crate::event::{Event, Holds, Table};
use crate::event_log::{Appended, EventLog, Unavailable};
use crate::execution::{self, Executions, Started, Workflow};
use crate::memory::Memory;
use crate::metric;
use crate::parameter::{Asker, Parameter, Secrets};
use crate::secret::Secret;
use crate::telemetry::{Evidence, Level, Report, Speaker, Telemetry};
use crate::value::{Record, Value};
#[cfg(feature = "lambda")]
use crate::verifiers::Verifiers;
use crate::{Fault, Timestamp, Trace};

/// The facts about one call.
#[derive(Clone, Debug)]
pub struct Call {
    pub(crate) speaker: Speaker,
    pub(crate) telemetry: Telemetry,
    pub(crate) idempotency_key: String,
    pub(crate) trace: Trace,
    pub(crate) started_at: Timestamp,
    pub(crate) received_at: Timestamp,
    pub(crate) deadline: Instant,
    pub(crate) body_sha256: String,
    /// The id of a transmission that may be recorded with one body only.
    pub(crate) transmission: Option<String>,
    pub(crate) by: String,
    /// The raw body, of a webhook.
    pub(crate) body: Option<Rc<[u8]>>,
    /// What the request said, where `body` is what the provider's API answered about it.
    pub(crate) notice: Option<Rc<[u8]>>,
    /// The provider that the call is about: the one whose signature was verified, or the member of the family that runs.
    pub(crate) provider: Option<String>,
    /// The rule that fired, or the case of a group of rules.
    pub(crate) case: Option<String>,
}

impl Call {
    /// The same for every retry and redrive of the same step, different for any other: what an outside service should know the effect
    /// by. In a workflow it is `<execution>/<state>`, on a route the SHA-256 of the body.
    pub fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// The id of this one invocation; a retry has another.
    pub fn request_id(&self) -> &str {
        &self.speaker.request_id
    }

    /// The X-Ray trace, to be sent on as `X-Amzn-Trace-Id`.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// When this invocation began, on the wall clock.
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// When what the call is about came in: for a message of a queue or topic when it was sent, for a record of a stream when it was
    /// recorded, else when the invocation began. Of a message it is the same however often it is delivered, so it is the time to put into
    /// what a handler gives back.
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }

    /// Time left before the caller gives up.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Writes a line to the log. Card numbers are masked, and control characters; bodies and secrets do not belong here.
    pub fn info(&self, message: &str) {
        self.telemetry
            .say(&self.speaker, self.started_at, Level::Info, message);
    }

    /// Declared name of the provider that the call is about, where there is one. Generated contexts give it as an enum.
    pub fn provider_name(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// Name of the rule or case that fired, where one did. Generated contexts give it as an enum.
    pub fn case_name(&self) -> Option<&str> {
        self.case.as_deref()
    }

    /// Writes a line to the log that asks for a person's eye.
    pub fn warn(&self, message: &str) {
        self.telemetry
            .say(&self.speaker, self.started_at, Level::Warn, message);
    }

    /// Says and counts that an event of the handler's own was recorded before from another body. What becomes of the call is the handler's to say.
    fn count_mismatch(&self, entry: &Entry) {
        let report = Report {
            event: Some(entry.event),
            event_id: Some(entry.identity.clone()),
            reason: Some("other_body".to_owned()),
            evidence: Evidence::of_body(entry.body_sha256.clone()),
            counted: Some(metric::MISMATCHED),
            ..Report::default()
        };
        let message = "not appended: it was recorded from another body";
        self.telemetry.aside(
            &self.speaker,
            self.started_at,
            Level::Warn,
            message,
            &report,
        );
    }

    pub(crate) fn provenance(&self) -> Provenance {
        Provenance {
            by: self.by.clone(),
            recorded_at: self.started_at,
            received_at: self.received_at,
            body_sha256: self.body_sha256.clone(),
            transmission: self.transmission.clone(),
            trace: Some(self.trace.clone()),
            request_id: self.speaker.request_id.clone(),
            body: self.body.clone(),
            notice: self.notice.clone(),
        }
    }
}

/// The services that the process was started with.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) log: Rc<dyn EventLog>,
    /// Secrets, and the parameters that SSM keeps.
    pub(crate) secrets: Rc<Secrets>,
    #[cfg(feature = "lambda")]
    pub(crate) verifiers: Rc<Verifiers>,
    /// Values of the parameters that were set at deploy, by declared name.
    pub(crate) deployed: Rc<BTreeMap<String, String>>,
    pub(crate) channels: Rc<dyn Channels>,
    pub(crate) objects: Rc<dyn Objects>,
    pub(crate) executions: Rc<dyn Executions>,
}

impl Services {
    /// The text of a parameter.
    pub(crate) async fn parameter(
        &self,
        parameter: Parameter,
        asker: Asker,
        now_ms: i64,
    ) -> Result<String, Unavailable> {
        match parameter {
            Parameter::AtDeploy(name) => self.deployed.get(name).cloned().ok_or_else(|| {
                let detail = format!("no value is configured for {name}");
                Unavailable::new("parameter_unset", detail)
            }),
            Parameter::Stored(name) => {
                let value = self.secrets.get_for(asker, name, now_ms).await?;
                let text = std::str::from_utf8(value.current().expose_secret());
                text.map(str::to_owned)
                    .map_err(|_| Unavailable::new("parameter_unreadable", name))
            }
        }
    }
}

impl Default for Services {
    /// Everything in memory, and no secret.
    fn default() -> Self {
        Memory::default().services()
    }
}

/// Everything that any capability can do. Generated contexts wrap it and let through what was granted.
#[derive(Clone)]
pub struct Context {
    pub(crate) call: Call,
    pub(crate) services: Services,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("call", &self.call)
            .finish_non_exhaustive()
    }
}

impl Context {
    /// A context over services in memory, for unit tests of handlers.
    pub fn in_memory(
        memory: &Memory,
        function: &str,
        idempotency_key: &str,
        started_at: Timestamp,
    ) -> Self {
        let speaker = Speaker {
            function: function.to_owned(),
            request_id: "in-memory".to_owned(),
            ..Speaker::default()
        };
        let call = Call {
            speaker,
            telemetry: Telemetry::default(),
            idempotency_key: idempotency_key.to_owned(),
            trace: Trace::new_root(idempotency_key, started_at.as_millis()),
            started_at,
            received_at: started_at,
            deadline: Instant::now() + Duration::from_secs(10),
            body_sha256: String::new(),
            transmission: None,
            by: function.to_owned(),
            body: None,
            notice: None,
            provider: None,
            case: None,
        };
        Self {
            call,
            services: memory.services(),
        }
    }

    /// The same context for a call that is about this provider.
    #[must_use]
    pub fn of_provider(mut self, name: &str) -> Self {
        self.call.provider = Some(name.to_owned());
        self
    }

    /// The same context for a call that this rule or case made.
    #[must_use]
    pub fn of_case(mut self, name: &str) -> Self {
        self.call.case = Some(name.to_owned());
        self
    }

    /// The facts about the call.
    pub fn call(&self) -> &Call {
        &self.call
    }

    /// Records an event once. [`Appended::Duplicate`] is a success too; [`Appended::Mismatch`] says that the same identity was recorded
    /// from another input, and that nothing was stored.
    pub async fn append<T: Holds<E>, E: Event>(
        &self,
        _table: T,
        event: &E,
    ) -> Result<Appended, Fault> {
        let entry = Entry::new::<T, E>(event, &self.call.provenance())?;
        let appended = self.services.log.append(&entry, self.call.deadline).await?;
        if appended == Appended::Mismatch {
            self.call.count_mismatch(&entry);
        }
        Ok(appended)
    }

    /// The facts of a partition in the order of their sort keys. A state is a fold over them:
    /// `facts.iter().fold(State::default(), State::after)`.
    pub async fn read<T: Table>(&self, _table: T, partition: &str) -> Result<Vec<T::Fact>, Fault> {
        let items = self
            .services
            .log
            .read(T::NAME, entry::keys::<T>(), partition)
            .await?;
        Ok(items
            .into_iter()
            .map(entry::read_fact::<T>)
            .collect::<Result<_, _>>()?)
    }

    /// A secret's value; while it is being changed, the new one.
    pub async fn secret<S: SecretName>(&self, _secret: S) -> Result<Rc<Secret>, Fault> {
        let now_ms = self.call.started_at.as_millis();
        let secrets = &self.services.secrets;
        let keys = secrets.get_for(Asker::Handler, S::NAME, now_ms).await?;
        Ok(Rc::clone(keys.current()))
    }

    /// The facts that an index finds, in the order of its sort key. What was recorded a moment ago may be missing.
    pub async fn find<I: Index>(
        &self,
        _index: I,
        partition: &I::Partition,
    ) -> Result<Vec<<I::Table as Table>::Fact>, Fault> {
        let partition = partition.key();
        let partition = partition.ok_or_else(|| Fault::new("nothing to look for in an index"))?;
        let table = <I::Table as Table>::NAME;
        let items = self.services.log.find_by(table, I::KEYS, partition).await?;
        let facts = items.into_iter().map(entry::read_fact::<I::Table>);
        Ok(facts.collect::<Result<_, _>>()?)
    }

    /// Changes one field of a recorded event, which must be there. The event says which one by its key.
    pub async fn update<T, F, E>(
        &self,
        _table: T,
        _field: F,
        event: &E,
        value: &F::Value,
    ) -> Result<Updated, Fault>
    where
        T: Holds<E>,
        F: FieldOf<E>,
        E: Event,
    {
        let key = entry::key_of::<T, E>(&event.to_fields())?;
        let value = value.write();
        entry::fit_update::<T>(F::NAME, value.as_ref())?;
        let log = &self.services.log;
        let update = log.update(T::NAME, entry::keys::<T>(), key, F::NAME, value);
        Ok(if update.await? {
            Updated::Changed
        } else {
            Updated::Absent
        })
    }

    /// The value of a parameter.
    pub async fn param<P: ParameterName>(&self, _parameter: P) -> Result<P::Value, Fault> {
        let now_ms = self.call.started_at.as_millis();
        let text = self
            .services
            .parameter(P::PARAMETER, Asker::Handler, now_ms);
        let text = text.await?;
        let (Parameter::Stored(name) | Parameter::AtDeploy(name)) = P::PARAMETER;
        Ok(P::Value::read(&text).map_err(|it| it.within(name))?)
    }

    /// Sends a value to a queue, topic or bus. It has arrived when this is done.
    pub async fn send<C: Carries<E>, E: Record>(
        &self,
        _channel: C,
        value: &E,
    ) -> Result<(), Fault> {
        let provider = self.call.provider.as_deref();
        let fields = value.to_fields();
        let post = channel::post(C::DESTINATION, C::KIND, &fields, provider, &self.call.trace)?;
        Ok(self
            .services
            .channels
            .post(&post, self.call.deadline)
            .await?)
    }

    /// Tells people: a subject of at most 100 ASCII characters, and a text.
    pub async fn alert<C: Alerts>(
        &self,
        _topic: C,
        subject: &str,
        text: &str,
    ) -> Result<(), Fault> {
        let Destination::Topic { name } = C::DESTINATION else {
            return Err(Fault::new("alerts go to topics"));
        };
        let post = channel::alert(name, subject, text)?;
        Ok(self
            .services
            .channels
            .post(&post, self.call.deadline)
            .await?)
    }

    /// Writes an object, in place of one that is there.
    pub async fn write<B: Bucket>(
        &self,
        _bucket: B,
        key: &str,
        content_type: &str,
        bytes: impl Into<Vec<u8>>,
    ) -> Result<(), Fault> {
        let objects = &self.services.objects;
        let put = objects.put(B::NAME, key, content_type, bytes.into(), self.call.deadline);
        Ok(put.await?)
    }

    /// The bytes of an object, if there is one.
    pub async fn get<B: Bucket>(&self, _bucket: B, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        let objects = &self.services.objects;
        Ok(objects.get(B::NAME, key, self.call.deadline).await?)
    }

    /// Starts a workflow once for an event: a second start with the same event is the first one's success.
    pub async fn start<W: Workflow>(
        &self,
        _workflow: W,
        input: &W::Input,
    ) -> Result<Started, Fault> {
        let name = execution::name::<W::Input>(&input.to_fields());
        let input = execution::input(W::BINDING, input)?;
        let executions = &self.services.executions;
        let start = executions.start(W::NAME, &name, &input, self.call.deadline);
        Ok(start.await?)
    }
}

/// What became of an update. A handler that does not look takes an event that is not there for one that was changed.
///
/// ```compile_fail
/// #![deny(unused_must_use)]
/// # use pipe_runtime::context::Updated;
/// # fn update() -> Result<Updated, std::fmt::Error> { Ok(Updated::Absent) }
/// # fn handler() -> Result<(), std::fmt::Error> {
/// update()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "no such event may be recorded"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Updated {
    /// The field has the new value.
    Changed,
    /// No such event is recorded, and nothing was stored.
    Absent,
}

#[cfg(test)]
mod tests;
