//! The Lambda loop: one program for all functions of a pipeline, `_HANDLER` says which one this process is.

mod in_memory;
mod services;

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::process::ExitCode;
use std::task::Poll;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::accept::Accept;
use crate::context::{Call, Context, Services};
use crate::gateway::Incoming;
use crate::keyring::Generation;
use crate::route::Route;
use crate::telemetry::{Level, Outcome, Report, Speaker, Telemetry};
use crate::{Failure, Fault, Timestamp, Trace};

/// Longest wait for one answer of a service, and for all attempts together. A request that waits longer has better come again.
#[cfg(any(
    feature = "sqs",
    feature = "sns",
    feature = "events",
    feature = "s3",
    feature = "sfn"
))]
pub(crate) fn timeouts() -> aws_config::timeout::TimeoutConfig {
    aws_config::timeout::TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(10))
        .build()
}

/// Longest wait for a connection, for all services alike, so that they share connections. It is the SDK's own.
#[cfg(feature = "aws")]
fn connecting() -> aws_config::timeout::TimeoutConfig {
    aws_config::timeout::TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(3_100))
        .build()
}

/// Kept back from the time that Lambda gives, for the answer's own way.
const MARGIN: Duration = Duration::from_millis(500);

/// What goes back to Lambda: the output, or `errorType` and `errorMessage`.
pub type Reply = Result<Box<RawValue>, Diagnostic>;

/// One invocation of one function.
pub struct Invocation {
    services: Services,
    telemetry: Telemetry,
    speaker: Speaker,
    trace: Trace,
    payload: Box<RawValue>,
    started_at: Timestamp,
    began: Instant,
    deadline: Instant,
    cold: bool,
    /// Routes at the function's URL that only reply.
    replies: Vec<&'static Route>,
    /// The family's member that runs.
    provider: Option<String>,
    /// What its route accepts, where it says so.
    pub(crate) accept: Option<&'static Accept>,
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation")
            .field("speaker", &self.speaker)
            .finish_non_exhaustive()
    }
}

impl Invocation {
    /// An invocation without Lambda, for tests.
    #[cfg(test)]
    pub(crate) fn of(
        payload: &str,
        services: Services,
        telemetry: Telemetry,
        given: Duration,
    ) -> Self {
        let event = LambdaEvent::new(
            serde_json::from_str(payload).expect("the test's event is JSON"),
            lambda_runtime::Context::default(),
        );
        let speaker = Speaker {
            pipeline: "test",
            function: "f".to_owned(),
            lambda: "f-test".to_owned(),
            ..Speaker::default()
        };
        let deadline = Instant::now() + given;
        Self {
            deadline,
            ..invocation(event, &services, &telemetry, &speaker, true)
        }
    }

    /// The same, of another function than `f`.
    #[cfg(test)]
    pub(crate) fn named(mut self, function: &str) -> Self {
        self.speaker.function = function.to_owned();
        self
    }

    /// The same, begun at this instant, for whatever reads the clock.
    #[cfg(test)]
    pub(crate) fn at(mut self, started_at: Timestamp) -> Self {
        self.started_at = started_at;
        self
    }

    /// Declared name of the function that is invoked.
    pub fn function(&self) -> &str {
        &self.speaker.function
    }

    /// The same invocation of a function whose URL has these routes, which only reply.
    #[must_use]
    pub fn replying(self, replies: &[&'static Route]) -> Self {
        let replies = replies.to_vec();
        Self { replies, ..self }
    }

    /// The same invocation of a function whose route accepts these events of its senders.
    #[must_use]
    pub fn accepting(self, accept: &'static Accept) -> Self {
        Self {
            accept: Some(accept),
            ..self
        }
    }

    /// The same invocation of a family's member, whose name says which provider it is for.
    #[must_use]
    pub fn of_family(self, family: &str) -> Self {
        let behind = self.speaker.function.strip_prefix(family);
        let provider = behind.and_then(|it| it.strip_prefix('_'));
        let provider = provider.map(str::to_owned);
        Self { provider, ..self }
    }

    pub(crate) fn take_replies(&mut self) -> Vec<&'static Route> {
        std::mem::take(&mut self.replies)
    }

    /// For a function that the pipeline does not have.
    pub fn unknown(self) -> Reply {
        let fault = Fault::new(format!(
            "this program has no function `{}`",
            self.speaker.function
        ));
        self.fail("unknown function", &Failure::Fault(fault))
    }

    pub(crate) fn payload(&self) -> &str {
        self.payload.get()
    }

    pub(crate) fn services(&self) -> &Services {
        &self.services
    }

    pub(crate) fn started_at(&self) -> Timestamp {
        self.started_at
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.started_at.as_millis()
    }

    pub(crate) fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    pub(crate) fn context(
        &self,
        body_sha256: String,
        idempotency_key: String,
        trace: Option<Trace>,
        by: String,
    ) -> Context {
        let trace = trace.unwrap_or_else(|| self.trace.clone());
        let call = Call {
            speaker: Speaker {
                trace_id: trace.root().to_owned(),
                ..self.speaker.clone()
            },
            telemetry: self.telemetry.clone(),
            idempotency_key,
            trace,
            started_at: self.started_at,
            received_at: self.started_at,
            deadline: self.deadline,
            body_sha256,
            transmission: None,
            by,
            body: None,
            notice: None,
            provider: self.provider.clone(),
            case: None,
        };
        Context {
            call,
            services: self.services.clone(),
        }
    }

    /// The same invocation, whose lines carry the trace that the call came with.
    pub(crate) fn heard_by(mut self, call: &Call) -> Self {
        self.speaker.trace_id.clone_from(&call.speaker.trace_id);
        self
    }

    pub(crate) fn succeed(self, output: &impl Serialize, message: &str, report: Report) -> Reply {
        match to_raw_value(output) {
            Ok(output) => {
                self.report(message, report);
                Ok(output)
            }
            Err(error) => self.fail(message, &Failure::Fault(Fault::from(error))),
        }
    }

    /// The request, where this is one to the function's URL and not what the function is for.
    pub(crate) fn asked_by_url(&self) -> Option<Incoming> {
        (!self.replies.is_empty())
            .then(|| Incoming::read(self.payload()))
            .flatten()
    }

    /// The provider of the family's member that runs.
    pub(crate) fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The answer of an invocation whose lines are written already.
    pub(crate) fn give(self, output: &impl Serialize) -> Reply {
        to_raw_value(output).map_err(|error| Diagnostic {
            error_type: "Fault".to_owned(),
            error_message: error.to_string(),
        })
    }

    /// The failure of an invocation whose lines are written already.
    pub(crate) fn failed_quietly(self, failure: Failure) -> Reply {
        Err(Diagnostic {
            error_type: failure.error_type().to_owned(),
            error_message: failure.error_message(),
        })
    }

    /// One line about one message.
    pub(crate) fn say(&self, message: &str, trace: Option<&Trace>, since: Instant, report: Report) {
        let speaker = Speaker {
            trace_id: trace.unwrap_or(&self.trace).root().to_owned(),
            ..self.speaker.clone()
        };
        let report = Report {
            duration_ms: u64::try_from(since.elapsed().as_millis()).ok(),
            cold: Some(self.cold),
            ..report
        };
        self.telemetry.request(&speaker, now(), message, &report);
    }

    /// The payload is not what the function is called with.
    pub(crate) fn unreadable(self, expected: &str) -> Reply {
        let fault = Fault::new(format!("the event is not {expected}"));
        self.fail("unreadable event", &Failure::Fault(fault))
    }

    pub(crate) fn fail(self, message: &str, failure: &Failure) -> Reply {
        let outcome = match failure {
            Failure::Declared { .. } => Outcome::Rejected,
            Failure::Fault(_) => Outcome::Failed,
        };
        let report = Report {
            outcome: Some(outcome),
            reason: Some(failure.to_string()),
            ..Report::default()
        };
        self.report(message, report);
        Err(Diagnostic {
            error_type: failure.error_type().to_owned(),
            error_message: failure.error_message(),
        })
    }

    /// Counts which key of a secret that is being changed a delivery came with.
    pub(crate) fn count_key(&self, secret: &str, generation: Generation) {
        let previous = generation == Generation::Previous;
        // A secret that was read has its parameter's name.
        let parameter = self.services.secrets.parameter_name(secret);
        let parameter = parameter.unwrap_or(secret);
        self.telemetry
            .key_used(&self.speaker, self.started_at, parameter, previous);
    }

    fn report(&self, message: &str, report: Report) {
        let duration_ms = u64::try_from(self.began.elapsed().as_millis()).ok();
        let report = Report {
            duration_ms,
            cold: Some(self.cold),
            ..report
        };
        self.telemetry
            .request(&self.speaker, now(), message, &report);
    }
}

/// Runs a handler to its end, whatever end that is: a panic becomes a fault, and the process serves the next request.
pub(crate) async fn unwinding<O, X: Into<Failure>>(
    handler: impl Future<Output = Result<O, X>>,
) -> Result<O, Failure> {
    let mut handler = pin!(handler);
    let finished =
        poll_fn(
            |cx| match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(cx))) {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(result)) => Poll::Ready(Some(result)),
                Err(_) => Poll::Ready(None),
            },
        );
    match finished.await {
        Some(result) => result.map_err(Into::into),
        None => Err(Failure::Fault(Fault::new(
            "the handler panicked; the line before says where",
        ))),
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or_default())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Serves invocations until Lambda ends the process. `functions` are the declared names, of which `_HANDLER` must be one.
pub fn run(
    pipeline: &'static str,
    functions: &[&str],
    handler: impl AsyncFn(Invocation) -> Reply,
) -> ExitCode {
    let function = std::env::var("_HANDLER").unwrap_or_default();
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return stop("this program is started by AWS Lambda, or by `pipec run`");
    }
    if !functions.contains(&function.as_str()) {
        return stop(&format!(
            "_HANDLER is `{function}`, but the functions of {pipeline} are {}",
            functions.join(", ")
        ));
    }
    let telemetry = Telemetry::default();
    let speaker = Speaker {
        pipeline,
        function,
        // Lambda always gives it; the runtime's loop does not begin without.
        lambda: std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default(),
        ..Speaker::default()
    };
    log_panics(&speaker);
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return stop(&format!("no async runtime: {error}")),
    };
    match runtime.block_on(serve(&telemetry, &speaker, handler)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => stop(&format!("the Lambda runtime ended: {error}")),
    }
}

async fn serve(
    telemetry: &Telemetry,
    speaker: &Speaker,
    handler: impl AsyncFn(Invocation) -> Reply,
) -> Result<(), lambda_runtime::Error> {
    let services = services::from_environment().await;
    let cold = Cell::new(true);
    let handler = &handler;
    let next = |event: LambdaEvent<Box<RawValue>>| {
        let invocation = invocation(event, &services, telemetry, speaker, cold.replace(false));
        async move { handler(invocation).await }
    };
    lambda_runtime::run(service_fn(next)).await
}

fn invocation(
    event: LambdaEvent<Box<RawValue>>,
    services: &Services,
    telemetry: &Telemetry,
    speaker: &Speaker,
    cold: bool,
) -> Invocation {
    let (began, started_at) = (Instant::now(), now());
    let given_ms = i64::try_from(event.context.deadline)
        .unwrap_or(i64::MAX)
        .saturating_sub(started_at.as_millis());
    let given =
        Duration::from_millis(u64::try_from(given_ms).unwrap_or_default()).saturating_sub(MARGIN);
    let request_id = event.context.request_id;
    let trace = event
        .context
        .xray_trace_id
        .as_deref()
        .and_then(Trace::parse);
    let trace = trace.unwrap_or_else(|| Trace::new_root(&request_id, started_at.as_millis()));
    Invocation {
        services: services.clone(),
        telemetry: telemetry.clone(),
        speaker: Speaker {
            request_id,
            trace_id: trace.root().to_owned(),
            ..speaker.clone()
        },
        trace,
        payload: event.payload,
        started_at,
        began,
        deadline: began.checked_add(given).unwrap_or(began),
        cold,
        replies: Vec::new(),
        provider: None,
        accept: None,
    }
}

/// A panic is one line of the log like any other: where it was, without the message, which may hold anything.
fn log_panics(speaker: &Speaker) {
    let speaker = speaker.clone();
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        Telemetry::default().say(
            &speaker,
            now(),
            Level::Error,
            &format!("panicked at {place}"),
        );
    }));
}

#[expect(
    clippy::print_stderr,
    reason = "the process ends here, and no log exists yet"
)]
fn stop(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}
