//! The environments of each function: idle ones are reused, new ones are started up to the reserved concurrency.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::mpsc;

use super::environment::{self, Event, Plan};
use crate::artifacts::{Deployment, Function};
use crate::core::{Caller, Input, Invocation, InvocationId, Outcome};
use crate::observe::{Step, StepKind};

/// Environments of a function without reserved concurrency: what a new account has in all.
const UNRESERVED_CONCURRENCY: u64 = 10;
/// Events that may wait for one environment.
const INBOX: usize = 16;

/// Told everything that happens.
pub(crate) type Observer = dyn Fn(Step) + Send + Sync;

/// All environments of all functions.
pub(crate) struct Pool {
    pub(super) handler: PathBuf,
    pub(super) endpoint: String,
    pub(super) region: String,
    functions: BTreeMap<String, (Arc<Function>, Mutex<Members>)>,
    /// Which function an environment belongs to and what it works on, by its number.
    at_work: Mutex<BTreeMap<u64, (String, Option<InvocationId>)>>,
    last_number: AtomicU64,
    core: std::sync::mpsc::Sender<Input>,
    observer: Arc<Observer>,
    me: Weak<Pool>,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("handler", &self.handler)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Members {
    all: BTreeMap<u64, mpsc::Sender<Event>>,
    /// The one used last comes first, so that few stay warm when there is little to do.
    idle: Vec<u64>,
    stopped: bool,
}

impl Members {
    /// Gives the invocation to an environment that has nothing to do; it comes back where there is none.
    fn give_idle(&mut self, invocation: Invocation) -> Option<Invocation> {
        let mut invocation = invocation;
        while let Some(number) = self.idle.pop() {
            let Some(inbox) = self.all.get(&number) else {
                continue;
            };
            match inbox.try_send(Event::Invoke(invocation)) {
                Ok(()) => return None,
                // The environment has just ended.
                Err(
                    mpsc::error::TrySendError::Closed(Event::Invoke(back))
                    | mpsc::error::TrySendError::Full(Event::Invoke(back)),
                ) => invocation = back,
                // What comes back is what was given.
                Err(_) => return None,
            }
        }
        Some(invocation)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    pub(crate) fn new(
        deployment: &Deployment,
        handler: PathBuf,
        endpoint: String,
        core: std::sync::mpsc::Sender<Input>,
        observer: Arc<Observer>,
    ) -> Arc<Self> {
        let functions = deployment
            .functions
            .iter()
            .map(|it| (it.name.clone(), (Arc::new(it.clone()), Mutex::default())))
            .collect();
        Arc::new_cyclic(|me| Self {
            handler,
            endpoint,
            region: deployment.region.clone(),
            functions,
            at_work: Mutex::default(),
            last_number: AtomicU64::new(0),
            core,
            observer,
            me: me.clone(),
        })
    }

    /// Gives the invocation to an idle environment or a new one, or reports that there is none.
    pub(crate) fn invoke(&self, invocation: Invocation) {
        let Some((function, members)) = self.functions.get(&invocation.function) else {
            let message =
                br#"{"errorType":"ResourceNotFoundException","errorMessage":"no such function"}"#;
            return self.report(invocation.id, Outcome::Failure(message.to_vec()));
        };
        if let Some(fault) = invocation.fault {
            let failure =
                serde_json::json!({ "errorType": "AccessDeniedException", "errorMessage": fault });
            let failure = failure.to_string().into_bytes();
            return self.report(invocation.id, Outcome::Failure(failure));
        }
        let mut members = locked(members);
        if members.stopped {
            // Who waits for it is told that the engine stops; a workflow goes on at the next start.
            return;
        }
        let Some(invocation) = members.give_idle(invocation) else {
            return;
        };
        let limit = function
            .reserved_concurrency
            .unwrap_or(UNRESERVED_CONCURRENCY);
        let Some(me) = self.me.upgrade() else { return };
        if u64::try_from(members.all.len()).unwrap_or(u64::MAX) >= limit {
            drop(members);
            return self.report(invocation.id, Outcome::Throttled);
        }
        let number = self.last_number.fetch_add(1, Ordering::Relaxed) + 1;
        let (sender, inbox) = mpsc::channel(INBOX);
        members.all.insert(number, sender.clone());
        drop(members);
        locked(&self.at_work).insert(number, (function.name.clone(), None));
        let plan = Plan {
            number,
            function: function.clone(),
            first: invocation,
        };
        tokio::spawn(environment::run(me, plan, sender, inbox));
    }

    /// Gives the invocation to an environment of the function that has nothing to do; it comes back where there is none.
    pub(super) fn give_idle(&self, function: &str, invocation: Invocation) -> Option<Invocation> {
        match self.functions.get(function) {
            Some((_, members)) => locked(members).give_idle(invocation),
            None => Some(invocation),
        }
    }

    /// Asks all environments to end; no new ones are started.
    pub(crate) fn stop(&self) {
        for (_, members) in self.functions.values() {
            let mut members = locked(members);
            members.stopped = true;
            for inbox in members.all.values() {
                // An environment that is already ending needs no telling.
                let _ending = inbox.try_send(Event::Stop);
            }
        }
    }

    /// How many environments there still are.
    pub(crate) fn count(&self) -> usize {
        self.functions
            .values()
            .map(|(_, members)| locked(members).all.len())
            .sum()
    }

    pub(super) fn idle(&self, function: &str, number: u64) {
        if let Some((_, members)) = self.functions.get(function) {
            locked(members).idle.push(number);
        }
    }

    pub(super) fn gone(&self, function: &str, number: u64) {
        if let Some((_, members)) = self.functions.get(function) {
            let mut members = locked(members);
            members.all.remove(&number);
            members.idle.retain(|it| *it != number);
        }
        locked(&self.at_work).remove(&number);
    }

    pub(super) fn at_work(&self, number: u64, invocation: InvocationId) {
        if let Some((_, current)) = locked(&self.at_work).get_mut(&number) {
            *current = Some(invocation);
        }
    }

    pub(super) fn finish(&self, number: u64, invocation: &Invocation, outcome: Outcome) {
        if let Some((_, current)) = locked(&self.at_work).get_mut(&number) {
            *current = None;
        }
        self.report(invocation.id, outcome);
    }

    fn report(&self, invocation: InvocationId, outcome: Outcome) {
        // The core is gone only when the engine stops, and then nobody waits for the result.
        let _stopping = self.core.send(Input::Invoked {
            invocation,
            outcome,
        });
    }

    /// A line of a function goes to its log group.
    pub(super) fn logged(&self, function: &str, line: &str) {
        let input = Input::Logged {
            function: function.to_owned(),
            line: line.to_owned(),
        };
        // The core is gone only when the engine stops.
        let _stopping = self.core.send(input);
    }

    pub(super) fn observe(&self, kind: StepKind) {
        (self.observer)(Step {
            at_ms: super::clock::now_ms(),
            subject: None,
            kind,
        });
    }

    /// The access key id of an environment: tells who makes a call.
    pub(super) fn access_key(number: u64) -> String {
        format!("AKIALOCAL{number:011}")
    }

    /// Who calls with this access key id.
    pub(crate) fn caller(&self, access_key: &str) -> Caller {
        let number = access_key
            .strip_prefix("AKIALOCAL")
            .and_then(|digits| digits.parse().ok());
        let known = number.and_then(|number: u64| locked(&self.at_work).get(&number).cloned());
        known.map_or(Caller::Outside, |(name, invocation)| Caller::Function {
            name,
            invocation,
        })
    }
}
