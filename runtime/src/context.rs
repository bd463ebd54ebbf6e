//! What a handler is called with: facts about the call, and the services behind its capabilities.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::capability::SecretName;
use crate::entry::{self, Entry, Provenance};
use crate::event::{Event, Holds, Table};
use crate::event_log::{Appended, EventLog, Local, Memory, Unavailable};
#[cfg(feature = "lambda")]
use crate::parameter::Parameter;
use crate::parameter::{ParameterStore, Secrets};
use crate::secret::Secret;
use crate::telemetry::{Level, Speaker, Telemetry};
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
    pub(crate) deadline: Instant,
    pub(crate) body_sha256: String,
    /// The id of a transmission that may be recorded with one body only.
    pub(crate) transmission: Option<String>,
    pub(crate) by: String,
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

    /// Time left before the caller gives up.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Writes a line to the log. Card numbers are masked, and control characters; bodies and secrets do not belong here.
    pub fn info(&self, message: &str) {
        self.telemetry
            .say(&self.speaker, self.started_at, Level::Info, message);
    }

    pub(crate) fn provenance(&self) -> Provenance {
        Provenance {
            by: self.by.clone(),
            recorded_at: self.started_at,
            body_sha256: self.body_sha256.clone(),
            transmission: self.transmission.clone(),
            trace: Some(self.trace.clone()),
            request_id: self.speaker.request_id.clone(),
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
    #[cfg(feature = "lambda")]
    pub(crate) deployed: Rc<BTreeMap<String, String>>,
}

#[cfg(feature = "lambda")]
impl Services {
    /// The text of a parameter.
    pub(crate) async fn parameter(
        &self,
        parameter: Parameter,
        now_ms: i64,
    ) -> Result<String, Unavailable> {
        match parameter {
            Parameter::AtDeploy(name) => self.deployed.get(name).cloned().ok_or_else(|| {
                let detail = format!("no value is configured for {name}");
                Unavailable::new("parameter_unset", detail)
            }),
            Parameter::Stored(name) => {
                let value = self.secrets.get(name, now_ms).await?;
                let text = std::str::from_utf8(value.current().expose_secret());
                text.map(str::to_owned)
                    .map_err(|_| Unavailable::new("parameter_unreadable", name))
            }
        }
    }
}

impl Default for Services {
    /// A log in memory, and nothing else.
    fn default() -> Self {
        let secrets = Secrets::new(Box::new(NoParameters), BTreeMap::new());
        Self {
            log: Rc::new(Memory::default()),
            secrets: Rc::new(secrets),
            #[cfg(feature = "lambda")]
            verifiers: Rc::default(),
            #[cfg(feature = "lambda")]
            deployed: Rc::default(),
        }
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
    /// A context over a log in memory and without secrets, for unit tests of handlers.
    pub fn in_memory(function: &str, idempotency_key: &str, started_at: Timestamp) -> Self {
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
            deadline: Instant::now() + Duration::from_secs(10),
            body_sha256: String::new(),
            transmission: None,
            by: function.to_owned(),
        };
        Self {
            call,
            services: Services::default(),
        }
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
        Ok(self.services.log.append(&entry, self.call.deadline).await?)
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
        let keys = self.services.secrets.get(S::NAME, now_ms).await?;
        Ok(Rc::clone(keys.current()))
    }
}

/// The store of a process that was given no secret.
#[derive(Debug)]
pub(crate) struct NoParameters;

impl ParameterStore for NoParameters {
    fn fetch<'a>(&'a self, name: &'a str) -> Local<'a, Result<Secret, Unavailable>> {
        Box::pin(async move {
            Err(Unavailable::new(
                "no_secrets",
                format!("{name} cannot be read here"),
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::tests::{Payments, paid};

    #[test]
    fn an_event_is_recorded_once_and_read_back() {
        let context = Context::in_memory("f", "k", Timestamp::from_millis(0).unwrap());
        let mut story = Box::pin(async {
            assert_eq!(
                context.append(Payments, &paid("a")).await.unwrap(),
                Appended::Recorded
            );
            assert_eq!(
                context.append(Payments, &paid("a")).await.unwrap(),
                Appended::Duplicate
            );
            let mut other = context.clone();
            other.call.body_sha256 = "other".into();
            assert_eq!(
                other.append(Payments, &paid("a")).await.unwrap(),
                Appended::Mismatch
            );
            assert_eq!(
                context.append(Payments, &paid("b")).await.unwrap(),
                Appended::Recorded
            );
            assert_eq!(context.read(Payments, "a").await.unwrap(), [paid("a")]);
            assert_eq!(
                context
                    .append(Payments, &paid(""))
                    .await
                    .unwrap_err()
                    .message(),
                "`id` is empty"
            );
        });
        let done = story
            .as_mut()
            .poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        assert!(done.is_ready());
    }
}
