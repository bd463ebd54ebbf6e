//! The deterministic core: everything that happens is an [`Input`], and `step` says what to store and what to do.
//!
//! No clock, randomness, file, network or environment in here: time is an argument and identifiers come from counters.
//! The same inputs at the same times give the same outputs, byte for byte.

mod activity;
mod alarms;
mod api;
mod asynchronous;
mod authority;
mod buses;
mod cloudwatch;
mod delivery;
mod executions;
mod function_url;
mod ids;
mod input;
mod integration;
mod journal;
mod lambda;
mod logs;
mod mappings;
mod metrics;
mod objects;
mod page;
mod parameters;
mod pipes;
mod proxy;
mod queues;
mod route;
mod service_tasks;
mod starting;
mod states_api;
mod streams;
mod sts;
mod tables;
mod tasks;
mod time;
mod timers;
mod topics;
mod usage;
mod waits;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::artifacts::Deployment;
use crate::change::Change;
use crate::observe::{Step, StepKind};

pub(crate) use buses::check_input_template;
pub(crate) use function_url::addressed as addressed_function;
pub use input::{
    Action, Answer, ApiRequest, CallId, Caller, Input, Invocation, InvocationId, Outcome, Output,
    RouteRequest, Service,
};
pub(crate) use metrics::datum::is_statistic;
pub(crate) use metrics::math::check_expression;
pub(crate) use proxy::decode as decode_percent;
pub(crate) use proxy::parse_query;

/// The whole state of a local run, and the only thing that changes it.
#[derive(Debug)]
pub struct Core {
    deployment: Arc<Deployment>,
    ids: ids::Ids,
    /// Factor on waits and retry intervals; timeouts are never scaled, since real work takes real time.
    time_scale: f64,
    tables: tables::Tables,
    pipes: streams::Pipes,
    executions: executions::Executions,
    timers: timers::Timers,
    parameters: parameters::Parameters,
    queues: queues::Queues,
    /// Receivers that wait for a message.
    waiting: Vec<queues::Waiting>,
    mappings: mappings::Mappings,
    asynchronous: asynchronous::Asynchronous,
    buckets: route::Buckets,
    metrics: metrics::Metrics,
    alarms: alarms::Alarms,
    activity: activity::Activity,
    logs: logs::Logs,
    usage: usage::Usage,
    objects: objects::Objects,
    /// Functions that cannot start, and why.
    faults: BTreeMap<String, String>,
    calls: authority::Calls,
    known: authority::Known,
    /// Functions whose role may write no log.
    silent_functions: BTreeSet<String>,
    /// What CloudWatch Logs is called in key policies: `logs.us-east-1.amazonaws.com`.
    logs_service: Cow<'static, str>,
    /// Calls of functions that have not come back, and what for.
    pending: BTreeMap<InvocationId, Purpose>,
}

/// Whom the result of a function's call is for.
#[derive(Debug, Clone)]
enum Purpose {
    Route(route::OpenRequest),
    /// `Invoke` of the Lambda API.
    Api(CallId),
    Task(tasks::TaskCall),
    /// An event that nobody waits for, by its number.
    Asynchronous(u64),
    /// Messages or records of an event source mapping.
    Batch(mappings::BatchId),
}

/// Why a state cannot be taken up again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreError(pub String);

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RestoreError {}

/// Key of the number of starts, which makes identifiers of this run differ from those of earlier ones.
const EPOCH_KEY: &[u8] = b"engine/epoch";
/// Key of the salt.
const SALT_KEY: &[u8] = b"engine/salt";
/// Key of the name of the pipeline that the state is of.
const PIPELINE_KEY: &[u8] = b"engine/pipeline";

/// The pipeline that wrote a store's content; nothing of a store that is new or was written before this was noted.
pub(crate) fn pipeline_of(content: &[(Vec<u8>, Vec<u8>)]) -> Option<String> {
    let found = content.iter().find(|(key, _)| key == PIPELINE_KEY);
    found.map(|(_, name)| String::from_utf8_lossy(name).into_owned())
}

impl Core {
    /// Rebuilds the state from everything that a store holds. What the deployment adds (a new table, a pipe) is made
    /// by the first input, [`Input::Started`].
    pub fn restore(
        deployment: Arc<Deployment>,
        content: Vec<(Vec<u8>, Vec<u8>)>,
        time_scale: f64,
    ) -> Result<Self, RestoreError> {
        let mut core = Self {
            ids: ids::Ids::default(),
            time_scale,
            tables: tables::Tables::new(&deployment)?,
            pipes: streams::Pipes::new(&deployment),
            executions: executions::Executions::new(&deployment)?,
            timers: timers::Timers::default(),
            parameters: parameters::Parameters::default(),
            queues: queues::Queues::new(&deployment),
            waiting: Vec::new(),
            mappings: mappings::Mappings::new(&deployment),
            asynchronous: asynchronous::Asynchronous::default(),
            buckets: BTreeMap::new(),
            metrics: metrics::Metrics::new(time_scale),
            alarms: alarms::Alarms::new(&deployment),
            activity: activity::Activity::default(),
            logs: logs::Logs::new(&deployment),
            faults: BTreeMap::new(),
            calls: authority::Calls::default(),
            known: authority::Known::default(),
            silent_functions: BTreeSet::new(),
            logs_service: format!("logs.{}.amazonaws.com", deployment.region).into(),
            usage: usage::Usage::new(&deployment),
            objects: objects::Objects::new(&deployment),
            pending: BTreeMap::new(),
            deployment,
        };
        for (key, value) in content {
            core.restore_entry(&key, &value)?;
        }
        core.tables.finish()?;
        Ok(core)
    }

    fn restore_entry(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let service = key.split(|byte| *byte == b'/').next().unwrap_or_default();
        match service {
            b"engine" if key == SALT_KEY => {
                self.ids.salt = String::from_utf8_lossy(value).into_owned();
                Ok(())
            }
            b"engine" if key == EPOCH_KEY => {
                self.ids.epoch = number(value)
                    .ok_or_else(|| RestoreError("the number of starts is no number".to_owned()))?;
                Ok(())
            }
            b"engine" if key == PIPELINE_KEY => Ok(()),
            b"dynamodb" => {
                self.tables.restore(key, value);
                Ok(())
            }
            b"stream" | b"pipe" => self.pipes.restore(key, value),
            b"machine" | b"execution" | b"journal" => self.executions.restore(key, value),
            b"secret" if usage::Usage::owns(key) => self.usage.restore(key, value),
            b"object" | b"object-body" | b"bucket" => self.objects.restore(key, value),
            b"usage" => self.usage.restore(key, value),
            b"parameter" | b"secret" | b"stack-parameter" => self.parameters.restore(key, value),
            b"move-task" => self.queues.restore_move(key, value),
            b"queue" | b"deduplication" => self.queues.restore(key, value),
            b"asynchronous" => self.asynchronous.restore(key, value),
            b"alarm" => self.alarms.restore(key, value),
            b"metric" => self.metrics.restore(key, value),
            b"log" => self.logs.restore(key, value),
            _ => Err(RestoreError(format!(
                "the store holds a key that this version does not know: {}",
                String::from_utf8_lossy(key)
            ))),
        }
    }

    /// Takes one input at one time. All that follows from it by itself (streams, pipes, workflow states) follows here.
    pub fn step(&mut self, input: Input, now_ms: u64) -> Output {
        let mut out = Output::default();
        match input {
            Input::Started { salt } => self.on_started(salt, now_ms, &mut out),
            Input::Call {
                call,
                caller,
                request,
            } => self.on_call(call, &caller, request, now_ms, &mut out),
            Input::Route { call, request } => self.on_route(call, request, now_ms, &mut out),
            Input::Invoked {
                invocation,
                outcome,
            } => self.on_invoked(invocation, &outcome, now_ms, &mut out),
            Input::ApiKey { id, value } => self.on_api_key(id, value, &mut out),
            Input::Logged { function, line } => self.on_logged(&function, line, now_ms),
            Input::Tick => {}
        }
        self.fire_timers(now_ms, &mut out);
        self.begin_executions(now_ms, &mut out);
        self.run_pipes(now_ms, &mut out);
        self.run_moves(now_ms, &mut out);
        self.run_mappings(now_ms, &mut out);
        self.pipes.settle(&mut out);
        self.run_asynchronous(now_ms, &mut out);
        self.serve_waiting(now_ms, &mut out);
        self.run_alarms(now_ms, &mut out);
        self.executions.save_touched(&mut out);
        self.metrics.save_if_due(now_ms, &mut out);
        self.tell_fresh_calls(now_ms, &mut out);
        out
    }

    /// When something will be due although nothing comes in; milliseconds since 1970.
    #[must_use]
    pub fn next_timer_ms(&self) -> Option<u64> {
        [
            self.timers.next_ms(),
            self.pipes.next_ms(),
            self.alarms.next_ms(),
            self.mappings.next_ms(),
            self.asynchronous.next_ms(),
            self.waiting_next_ms(),
            self.queues.next_move_ms(),
            self.executions.next_begin_ms(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn on_started(&mut self, salt: String, now_ms: u64, out: &mut Output) {
        if self.ids.salt.is_empty() {
            out.changes
                .push(Change::put(SALT_KEY.to_vec(), salt.clone().into_bytes()));
            self.ids.salt = salt;
        }
        self.ids = ids::Ids::new(self.ids.salt.clone(), self.ids.epoch + 1);
        out.changes.push(Change::put(
            EPOCH_KEY.to_vec(),
            self.ids.epoch.to_string().into_bytes(),
        ));
        out.changes.push(Change::put(
            PIPELINE_KEY.to_vec(),
            self.deployment.pipeline.clone().into_bytes(),
        ));
        self.create_tables(now_ms, out);
        self.start_parameters(now_ms, out);
        self.objects.start(now_ms, out);
        self.pipes.start(out);
        self.queues.release_held(now_ms, out);
        self.executions.pin_definitions(out);
        self.check_first_uses(now_ms, out);
        self.start_alarms(now_ms);
        self.resume_executions(now_ms, out);
    }

    fn on_invoked(
        &mut self,
        invocation: InvocationId,
        outcome: &Outcome,
        now_ms: u64,
        out: &mut Output,
    ) {
        self.work_ends(invocation, outcome, now_ms);
        // A result that nobody waits for is late: its purpose ended meanwhile.
        match self.pending.remove(&invocation) {
            Some(Purpose::Route(open)) => self.route_done(open, outcome, now_ms, out),
            Some(Purpose::Api(call)) => lambda::answer(call, outcome, out),
            Some(Purpose::Task(task)) => self.task_invoked(&task, outcome, now_ms, out),
            Some(Purpose::Asynchronous(event)) => {
                self.asynchronous_done(event, outcome, now_ms, out);
            }
            Some(Purpose::Batch(batch)) => self.batch_done(&batch, outcome, now_ms, out),
            None => {}
        }
    }

    fn observe(&self, subject: Option<String>, kind: StepKind, now_ms: u64, out: &mut Output) {
        out.actions.push(Action::Observe(Step {
            at_ms: now_ms,
            subject,
            kind,
        }));
    }
}

/// A stored counter.
fn number(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}
