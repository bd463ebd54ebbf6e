//! The steps of a local run as lines for people, or as JSON for machines.

use crate::arguments::OutputFormat;
use crate::exit::Exit;
use crate::terminal::printable;
use anstyle::{AnsiColor, Style};
use pipe_engine::{Step, StepKind};

/// Columns of a payment's id; longer ones push the rest of their own line to the right.
const SUBJECT_WIDTH: usize = 14;
/// Columns of what a line is about.
const TOPIC_WIDTH: usize = 34;

/// Prints one step.
pub(crate) fn print(step: &Step, format: OutputFormat) -> Result<(), Exit> {
    match format {
        OutputFormat::Json => {
            let Ok(mut line) = serde_json::to_vec(step) else {
                return Ok(());
            };
            line.push(b'\n');
            crate::output::print_verbatim(&line)
        }
        OutputFormat::Human => {
            line(step).map_or(Ok(()), |line| crate::output::print(&format!("{line}\n")))
        }
    }
}

/// What a line says: about what, what happened, and how it looks.
struct Line {
    topic: String,
    text: String,
    style: Style,
}

fn new(topic: &str, text: impl Into<String>, style: Style) -> Option<Line> {
    Some(Line {
        topic: topic.to_owned(),
        text: text.into(),
        style,
    })
}

fn line(step: &Step) -> Option<String> {
    let Line { topic, text, style } = describe(&step.kind)?;
    let dim = Style::new().dimmed();
    let bold = Style::new().bold();
    let subject = printable(step.subject.as_deref().unwrap_or(""));
    Some(format!(
        "{dim}{}{dim:#}  {bold}{subject:<SUBJECT_WIDTH$}{bold:#}  {:<TOPIC_WIDTH$}  {style}{}{style:#}",
        clock(step.at_ms),
        printable(&topic),
        printable(&text)
    ))
}

fn describe(kind: &StepKind) -> Option<Line> {
    of_request(kind)
        .or_else(|| of_delivery(kind))
        .or_else(|| of_execution(kind))
        .or_else(|| of_state(kind))
        .or_else(|| of_message(kind))
        .or_else(|| of_function(kind))
}

const PLAIN: Style = Style::new();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const WAITING: Style = AnsiColor::Yellow.on_default();

/// From the request to the event log.
fn of_request(kind: &StepKind) -> Option<Line> {
    match kind {
        StepKind::Received {
            method,
            path,
            bytes,
            ..
        } => new(
            &format!("{method} {path}"),
            format!("received, {bytes} bytes"),
            DIM,
        ),
        StepKind::Answered {
            method,
            path,
            status,
            outcome,
            duration_ms,
            ..
        } => {
            let style = if *status < 300 { GOOD } else { BAD };
            let outcome = outcome.as_deref().unwrap_or("answered");
            let text = format!("{status} {outcome}, {}", span(*duration_ms));
            new(&format!("{method} {path}"), text, style)
        }
        StepKind::Recorded { event, request, .. } => {
            let text = if request.is_some() {
                "verified and recorded"
            } else {
                "recorded"
            };
            new(event, text, PLAIN)
        }
        StepKind::PipeFailed {
            pipe,
            error,
            retry_in_ms,
        } => new(
            pipe,
            format!("could not start its target: {error}{}", again(*retry_in_ms)),
            BAD,
        ),
        StepKind::Notice { message } => new("", message.clone(), WAITING),
        // A pipe sees every record of its table's stream; what it passes over is the rule, not news.
        _ => None,
    }
}

/// What goes through queues, into buckets and to functions that nobody waits for.
fn of_delivery(kind: &StepKind) -> Option<Line> {
    match kind {
        StepKind::Queued { queue, .. } => new(queue, "queued", DIM),
        StepKind::Delivered {
            source,
            function,
            duration_ms,
            ..
        } => new(
            function,
            format!("handled it from {source}, {}", span(*duration_ms)),
            PLAIN,
        ),
        StepKind::DeliveryFailed {
            source,
            function,
            error,
            retry_in_ms,
        } => {
            let style = if retry_in_ms.is_some() { WAITING } else { BAD };
            let next = again(*retry_in_ms);
            new(
                function,
                format!("failed on {source}: {error}{next}"),
                style,
            )
        }
        StepKind::DeadLettered {
            queue,
            source,
            reason,
        } => new(
            queue,
            format!("dead letter from {source}: {reason}"),
            BAD.bold(),
        ),
        StepKind::ObjectWritten {
            bucket, key, bytes, ..
        } => new(bucket, format!("wrote {key}, {bytes} bytes"), PLAIN),
        _ => None,
    }
}

/// Topics, buses and alarms.
fn of_message(kind: &StepKind) -> Option<Line> {
    match kind {
        StepKind::Published { topic, subject, .. } => {
            let about = subject.as_ref().map(|it| format!(": {it}"));
            new(
                topic,
                format!("published{}", about.unwrap_or_default()),
                PLAIN,
            )
        }
        StepKind::Emailed {
            topic,
            address,
            subject,
            ..
        } => {
            let about = subject.as_deref().unwrap_or("no subject");
            new(topic, format!("e-mailed to {address}: {about}"), WAITING)
        }
        StepKind::RuleMatched {
            rule, detail_type, ..
        } => new(rule, format!("matched {detail_type}"), PLAIN),
        StepKind::EventUnmatched { bus, detail_type } => {
            new(bus, format!("no rule takes {detail_type}"), DIM)
        }
        StepKind::Logged { group, .. } => new(group, "logged", PLAIN),
        StepKind::Undelivered {
            from,
            to,
            error,
            cause,
            ..
        } => new(
            from,
            format!("could not deliver to {to}: {error} {cause}"),
            BAD.bold(),
        ),
        // That an alarm has its first data and all is well is no news.
        StepKind::AlarmChanged { was, state, .. } if was != "ALARM" && state != "ALARM" => None,
        StepKind::AlarmChanged {
            alarm,
            state,
            reason,
            ..
        } => {
            let style = if state == "ALARM" { BAD.bold() } else { GOOD };
            new(alarm, format!("{state}: {reason}"), style)
        }
        _ => None,
    }
}

/// A workflow's start and end.
fn of_execution(kind: &StepKind) -> Option<Line> {
    match kind {
        StepKind::PipeStarted { machine, .. } | StepKind::ExecutionStarted { machine, .. } => {
            new(machine, "started", PLAIN)
        }
        StepKind::ExecutionSucceeded {
            machine,
            state,
            duration_ms,
            ..
        } => new(
            machine,
            format!("succeeded in `{state}`, {}", span(*duration_ms)),
            GOOD.bold(),
        ),
        StepKind::ExecutionFailed {
            machine,
            status,
            error,
            cause,
            duration_ms,
            ..
        } => {
            let status = status.to_lowercase().replace('_', " ");
            let (why, took) = (reason(cause), span(*duration_ms));
            new(
                machine,
                format!("{status}: {error}{why}, {took}"),
                BAD.bold(),
            )
        }
        _ => None,
    }
}

/// One state of a workflow, attempt by attempt.
fn of_state(kind: &StepKind) -> Option<Line> {
    match kind {
        StepKind::AttemptStarted { state, attempt, .. } if *attempt > 1 => {
            new(&format!("  {state}"), format!("attempt {attempt}"), DIM)
        }
        StepKind::AttemptFailed {
            state,
            attempt,
            error,
            cause,
            retry_in_ms,
            ..
        } => {
            let style = if retry_in_ms.is_some() { WAITING } else { BAD };
            let (why, next) = (reason(cause), again(*retry_in_ms));
            new(
                &format!("  {state}"),
                format!("attempt {attempt} failed: {error}{why}{next}"),
                style,
            )
        }
        StepKind::AttemptSucceeded {
            state,
            attempt,
            duration_ms,
            ..
        } => {
            let attempts = if *attempt > 1 {
                format!(" at attempt {attempt}")
            } else {
                String::new()
            };
            new(
                &format!("  {state}"),
                format!("done{attempts}, {}", span(*duration_ms)),
                PLAIN,
            )
        }
        // A task's attempts are told; entering it adds nothing.
        StepKind::StateEntered { state, kind, .. } if kind != "Task" => {
            new(&format!("  {state}"), "passed", DIM)
        }
        _ => None,
    }
}

/// The handlers' processes. Their own log lines say what the steps say, for CloudWatch; `--format json` has them.
fn of_function(kind: &StepKind) -> Option<Line> {
    match kind {
        StepKind::EnvironmentStarted { function, cold_ms } => new(
            function,
            format!("environment started, {}", span(*cold_ms)),
            DIM,
        ),
        StepKind::EnvironmentEnded { function, reason } => {
            new(function, format!("environment ended: {reason}"), WAITING)
        }
        StepKind::Output { function, text } => new(function, text.clone(), PLAIN),
        StepKind::Allowed { call } => {
            let who = call.role.as_deref().and_then(|it| it.rsplit('/').next());
            let service = call.request.principal.as_ref().map(|it| it.1.as_str());
            let who = who.or(service).unwrap_or("anyone");
            let text = format!("may {} {}", call.request.action, call.request.resource);
            new(who, text, DIM)
        }
        _ => None,
    }
}

/// `: {"reason":"card expired"}` out of a cause in Lambda's JSON form, else the cause itself.
fn reason(cause: &str) -> String {
    let inner = serde_json::from_str::<serde_json::Value>(cause)
        .ok()
        .and_then(|cause| {
            cause
                .get("errorMessage")
                .and_then(|text| text.as_str().map(str::to_owned))
        });
    let text = inner.unwrap_or_else(|| cause.to_owned());
    if text.is_empty() {
        text
    } else {
        format!(" {text}")
    }
}

fn again(retry_in_ms: Option<u64>) -> String {
    retry_in_ms
        .map(|wait_ms| format!(", again in {}", span(wait_ms)))
        .unwrap_or_default()
}

/// `7 ms`, `2.0 s`
fn span(duration_ms: u64) -> String {
    if duration_ms < 1000 {
        return format!("{duration_ms} ms");
    }
    format!("{}.{} s", duration_ms / 1000, duration_ms % 1000 / 100)
}

/// The time of day in UTC, to the millisecond.
fn clock(at_ms: u64) -> String {
    let (ms, s) = (at_ms % 1000, at_ms / 1000);
    format!(
        "{:02}:{:02}:{:02}.{ms:03}",
        s / 3600 % 24,
        s / 60 % 60,
        s % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_time_the_payment_and_what_happened() {
        let kind = StepKind::AttemptFailed {
            machine: "settle_payment".into(),
            execution: "e".into(),
            state: "process".into(),
            attempt: 1,
            error: "GatewayDown".into(),
            cause: r#"{"errorType":"GatewayDown","errorMessage":"{\"status\":503}"}"#.into(),
            retry_in_ms: Some(2000),
        };
        let step = Step {
            at_ms: 3_723_004,
            subject: Some("pay_1".into()),
            kind,
        };
        let text = anstream::adapter::strip_str(&line(&step).unwrap()).to_string();
        assert_eq!(
            text,
            "01:02:03.004  pay_1             process                           attempt 1 failed: GatewayDown {\"status\":503}, again in 2.0 s"
        );
    }

    #[test]
    fn control_characters_of_a_payment_id_do_not_reach_the_terminal() {
        let kind = StepKind::Recorded {
            table: "t".into(),
            event: "E".into(),
            partition: "p".into(),
            sort: "s".into(),
            request: None,
            execution: None,
        };
        let step = Step {
            at_ms: 0,
            subject: Some("\u{1b}[2J".into()),
            kind,
        };
        assert!(
            !anstream::adapter::strip_str(&line(&step).unwrap())
                .to_string()
                .contains('\u{1b}')
        );
    }
}
