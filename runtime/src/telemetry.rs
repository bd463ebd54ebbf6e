//! Log lines and metrics: one JSON object a line on standard output. A line that cannot be written is lost; no request fails for it.

use std::cell::RefCell;
use std::fmt;
use std::io::Write;
use std::rc::Rc;

use serde::Serialize;

use crate::Timestamp;
use crate::mask::masked;
use crate::metric::{self, Metric};

/// How serious a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// As it should be.
    Info,
    /// The sender's fault.
    Warn,
    /// Ours.
    Error,
}

/// How a request ended, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The fact is new and durable: 200.
    Recorded,
    /// It had been recorded: 200.
    Duplicate,
    /// It had been recorded with other content: 409.
    Mismatch,
    /// Not for us, or not signed: 401, 404, 405, 413, 415, 431.
    Refused,
    /// The body is not what the spec says: 400.
    Invalid,
    /// The handler said no with a declared error: 422, or a workflow's `catch`.
    Rejected,
    /// What the handler gave is not as `expect:` says: 422.
    Unexpected,
    /// A service did not answer in time: 503.
    Unavailable,
    /// A function gave its output, or a route had nothing to record: 200.
    Succeeded,
    /// A fault: 503, or `Fault` in a workflow.
    Failed,
}

impl Outcome {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Duplicate => "duplicate",
            Self::Mismatch => "mismatch",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
            Self::Rejected => "rejected",
            Self::Unexpected => "unexpected",
            Self::Unavailable => "unavailable",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    fn level(self) -> Level {
        match self {
            Self::Recorded | Self::Duplicate | Self::Succeeded | Self::Rejected => Level::Info,
            Self::Mismatch | Self::Refused | Self::Invalid | Self::Unexpected => Level::Warn,
            Self::Unavailable | Self::Failed => Level::Error,
        }
    }

    /// The metric that counts it, for those that an operator wants an alarm on.
    fn metric(self) -> Option<Metric> {
        match self {
            Self::Mismatch => Some(metric::MISMATCHED),
            Self::Refused => Some(metric::REFUSED),
            Self::Invalid => Some(metric::INVALID),
            Self::Unexpected => Some(metric::UNEXPECTED),
            Self::Unavailable => Some(metric::UNAVAILABLE),
            Self::Failed => Some(metric::FAILED),
            Self::Recorded | Self::Duplicate | Self::Rejected | Self::Succeeded => None,
        }
    }
}

/// What a line says beside who says it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The event's type name.
    pub event: Option<&'static str>,
    /// The identity of its claim.
    pub event_id: Option<String>,
    /// Why, for those who operate it.
    pub reason: Option<String>,
    /// What is known of the request's origin.
    pub evidence: Evidence,
    /// A metric that counts it besides the outcome's.
    pub counted: Option<Metric>,
    /// From the invocation's start, in milliseconds.
    pub duration_ms: Option<u64>,
    /// True for the first request of a process.
    pub cold: Option<bool>,
}

/// What a signature and its delivery were, as far as an operator may see it: never a key, a signature or a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The keys that decided: `webhook_key/current`, or `webhook_key/current+previous` where neither of two did.
    pub key_id: Option<String>,
    /// Our clock less the time of signing, in seconds, where that was the reason.
    pub clock_difference_s: Option<i64>,
    /// The provider's id of the delivery, where it was signed.
    pub delivery_id: Option<String>,
    /// SHA-256 of the body in hexadecimal, where it is all that remains of it.
    pub body_sha256: Option<String>,
}

impl Evidence {
    /// Of what is not stored, so that its hash is all that tells what it was.
    pub(crate) fn of_body(body_sha256: String) -> Self {
        Self {
            body_sha256: Some(body_sha256),
            ..Self::default()
        }
    }
}

/// Who says it: the fields that every line of one request has.
#[derive(Clone, Debug, Default)]
pub struct Speaker {
    /// Pipeline's name.
    pub pipeline: &'static str,
    /// Function's declared name.
    pub function: String,
    /// The Lambda function's own name, by which CloudWatch counts: `validate-prod`.
    pub lambda: String,
    /// The invocation's request id.
    pub request_id: String,
    /// The trace's root id.
    pub trace_id: String,
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    level: Level,
    pipeline: &'a str,
    function: &'a str,
    request_id: &'a str,
    trace_id: &'a str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_difference_s: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_sha256: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cold: Option<bool>,
}

/// Where lines go.
#[derive(Clone)]
pub struct Telemetry {
    output: Rc<RefCell<dyn Write>>,
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Telemetry")
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self::to(Rc::new(RefCell::new(std::io::stdout())))
    }
}

impl Telemetry {
    /// To any writer; standard output is the default.
    pub fn to(output: Rc<RefCell<dyn Write>>) -> Self {
        Self { output }
    }

    /// Says how a request ended, and counts it.
    pub fn request(&self, speaker: &Speaker, now: Timestamp, message: &str, report: &Report) {
        let level = report.outcome.map_or(Level::Info, Outcome::level);
        self.aside(speaker, now, level, message, report);
    }

    /// Says something in the middle of a request, and counts it.
    pub fn aside(
        &self,
        speaker: &Speaker,
        now: Timestamp,
        level: Level,
        message: &str,
        report: &Report,
    ) {
        self.write(&Line {
            time: now.to_string(),
            level,
            pipeline: speaker.pipeline,
            function: &speaker.function,
            request_id: &speaker.request_id,
            trace_id: &speaker.trace_id,
            message: masked(message),
            outcome: report.outcome,
            event: report.event,
            event_id: report.event_id.as_deref().map(masked),
            reason: report.reason.as_deref().map(masked),
            key_id: report.evidence.key_id.as_deref(),
            clock_difference_s: report.evidence.clock_difference_s,
            delivery_id: report.evidence.delivery_id.as_deref().map(masked),
            body_sha256: report.evidence.body_sha256.as_deref(),
            duration_ms: report.duration_ms,
            cold: report.cold,
        });
        let counts = [report.outcome.and_then(Outcome::metric), report.counted];
        for metric in counts.into_iter().flatten() {
            self.measure(speaker, now, metric, &speaker.lambda, 1);
        }
    }

    /// Says something in the middle of a request.
    pub fn say(&self, speaker: &Speaker, now: Timestamp, level: Level, message: &str) {
        self.aside(speaker, now, level, message, &Report::default());
    }

    /// Which of two keys a delivery was signed with, while both are valid. `parameter` is where the secret is kept. The average of the
    /// metric is the share of deliveries that still come with the old key, in percent; when it is 0, the old key can go.
    pub fn key_used(&self, speaker: &Speaker, now: Timestamp, parameter: &str, previous: bool) {
        let value = if previous { 100 } else { 0 };
        self.measure(speaker, now, metric::PREVIOUS_KEY, parameter, value);
    }

    /// One value in the embedded metric format, of the function or secret that the dimension names. Pipeline and function stand beside it
    /// for a person who reads the line.
    fn measure(&self, speaker: &Speaker, now: Timestamp, metric: Metric, of: &str, value: u8) {
        self.write(&serde_json::json!({
            "_aws": {
                "Timestamp": now.as_millis(),
                "CloudWatchMetrics": [{
                    "Namespace": metric::NAMESPACE,
                    "Dimensions": [[metric.dimension]],
                    "Metrics": [{ "Name": metric.name, "Unit": metric.unit }],
                }],
            },
            "pipeline": speaker.pipeline,
            "function": &speaker.function,
            metric.dimension: of,
            metric.name: value,
        }));
    }

    fn write(&self, line: &impl Serialize) {
        let Ok(mut line) = serde_json::to_vec(line) else {
            return;
        };
        line.push(b'\n');
        if let Ok(mut output) = self.output.try_borrow_mut() {
            // Telemetry that fails must not fail the request (a full pipe, a closed file).
            drop(output.write_all(&line).and_then(|()| output.flush()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(say: impl FnOnce(&Telemetry, &Speaker)) -> Vec<serde_json::Value> {
        let output = Rc::new(RefCell::new(Vec::new()));
        let speaker = Speaker {
            pipeline: "payments",
            function: "validate".into(),
            lambda: "validate-prod".into(),
            request_id: "r".into(),
            trace_id: "1-2-3".into(),
        };
        say(&Telemetry::to(output.clone()), &speaker);
        let text = String::from_utf8(output.borrow().clone()).unwrap();
        text.lines()
            .map(|it| serde_json::from_str(it).unwrap())
            .collect()
    }

    #[test]
    fn one_request_is_one_line_whatever_its_values_hold() {
        let now = Timestamp::from_millis(0).unwrap();
        let report = Report {
            outcome: Some(Outcome::Duplicate),
            event_id: Some("PaymentReceived#4111111111111111\n{\"level\":\"ERROR\"}".into()),
            cold: Some(true),
            ..Report::default()
        };
        let lines = lines(|telemetry, speaker| {
            telemetry.request(speaker, now, "recorded \u{1b}[31m", &report)
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["time"], "1970-01-01T00:00:00.000Z");
        assert_eq!(lines[0]["outcome"], "duplicate");
        assert_eq!(
            lines[0]["event_id"],
            "PaymentReceived#411111******1111\u{fffd}{\"level\":\"ERROR\"}"
        );
        assert!(!lines[0].as_object().unwrap().contains_key("reason"));
    }

    #[test]
    fn a_mismatch_is_counted_with_bounded_dimensions() {
        let report = Report {
            outcome: Some(Outcome::Mismatch),
            event_id: Some("x".into()),
            ..Report::default()
        };
        let lines = lines(|it, speaker| {
            it.request(speaker, Timestamp::from_millis(7).unwrap(), "m", &report)
        });
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1]["PayloadMismatch"], 1);
        assert_eq!(
            lines[1]["_aws"]["CloudWatchMetrics"][0]["Dimensions"],
            serde_json::json!([["FunctionName"]])
        );
        assert_eq!(lines[1]["FunctionName"], "validate-prod");
        assert_eq!(lines[1].as_object().unwrap().len(), 5);
    }

    #[test]
    fn a_closed_output_fails_nothing() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let telemetry = Telemetry::to(Rc::new(RefCell::new(Closed)));
        telemetry.say(
            &Speaker::default(),
            Timestamp::from_millis(0).unwrap(),
            Level::Info,
            "into the void",
        );
    }
}
