//! An invocation without Lambda and without AWS, so that a whole route can be tested: the log in memory, secrets as given, nothing printed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use lambda_runtime::{Context, LambdaEvent};

use super::{Invocation, invocation};
use crate::context::Services;
use crate::event_log::{Local, Unavailable};
use crate::memory::Memory;
use crate::parameter::{ParameterStore, Secrets};
use crate::secret::Secret;
use crate::telemetry::{Speaker, Telemetry};

/// Time that is given to it.
const GIVEN: Duration = Duration::from_secs(10);

/// Secrets by declared name, which is also what they are fetched by.
struct Given(BTreeMap<String, String>);

impl ParameterStore for Given {
    fn fetch<'a>(&'a self, name: &'a str) -> Local<'a, Result<Secret, Unavailable>> {
        let value = self.0.get(name).map(|it| Secret::new(it.as_str()));
        Box::pin(async move { value.ok_or_else(|| Unavailable::new("secret_missing", name)) })
    }
}

impl Invocation {
    /// An invocation of `function` with this event over these services. `None` when the event is no JSON. It needs a tokio runtime with
    /// time.
    pub fn over(memory: &Memory, function: &str, event: &str) -> Option<Self> {
        Self::with_services(memory.services(), function, event)
    }

    /// An invocation of `function` with this event, over an empty log in memory and these secrets by declared name. `None` when the
    /// event is no JSON. Its route needs a tokio runtime with time.
    pub fn in_memory(function: &str, event: &str, secrets: &[(&str, &str)]) -> Option<Self> {
        let given: BTreeMap<String, String> = secrets
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let names = given.keys().map(|it| (it.clone(), it.clone())).collect();
        let services = Services {
            secrets: Rc::new(Secrets::new(Box::new(Given(given)), names)),
            ..Services::default()
        };
        Self::with_services(services, function, event)
    }

    fn with_services(services: Services, function: &str, event: &str) -> Option<Self> {
        let speaker = Speaker {
            pipeline: "in-memory",
            function: function.to_owned(),
            lambda: function.to_owned(),
            ..Speaker::default()
        };
        let telemetry = Telemetry::to(Rc::new(RefCell::new(std::io::sink())));
        let event = LambdaEvent::new(serde_json::from_str(event).ok()?, Context::default());
        Some(Self {
            deadline: Instant::now() + GIVEN,
            ..invocation(event, &services, &telemetry, &speaker, true)
        })
    }
}
