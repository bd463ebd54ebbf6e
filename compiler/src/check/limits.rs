//! Limits that span several declarations: time, concurrency, retries.

use pipe_dsl::tree::Span;

use crate::check::context::Context;
use crate::diag;
use crate::model::{Function, Origin, Retry, SinkTo, Statement, Target, Trigger, Wait};

/// API Gateway hangs up after this long.
const GATEWAY_S: u32 = 29;
/// The runtime answers 503 at this time at the latest, to be faster than API Gateway.
const ANSWER_S: u32 = 25;
/// Concurrent executions of an account.
const ACCOUNT_CONCURRENCY: u32 = 1_000;
/// What Lambda insists on leaving unreserved.
const UNRESERVED_CONCURRENCY: u32 = 100;

/// The least MaximumConcurrency of a mapping. AWS: "Configuring scaling behavior for SQS event source mappings".
const CONSUMER_CONCURRENCY_MIN: u32 = 2;
/// Largest item of DynamoDB.
const ITEM_BYTES_MAX: u64 = 400 << 10;
/// Largest message of SNS, and entry of EventBridge; queues are held to the same.
const MESSAGE_BYTES_MAX: u64 = 256 << 10;

/// Checks them all.
pub(crate) fn check(cx: &mut Context<'_>) {
    check_handlers(cx);
    check_concurrency(cx);
    check_consumers(cx);
    check_bodies(cx);
    check_retries(cx);
}

fn span(origin: Origin) -> Span {
    Span {
        start: origin.start,
        end: origin.end,
    }
}

fn check_handlers(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    for function in cx.model.functions.values() {
        let Trigger::Route(index) = function.trigger else {
            continue;
        };
        let Some(route) = cx.model.routes.get(index) else {
            continue;
        };
        let at = cx
            .timeout_at
            .get(&function.name)
            .copied()
            .unwrap_or_default();
        // The runtime answers in time whatever the timeout is; only one that was meant for this route is a mistake.
        if cx.inherited_timeout.contains(&function.name) {
            continue;
        }
        let time = function.timeout_s;
        if time > GATEWAY_S {
            let message = format!(
                "`{}` may run {time}s, but API Gateway hangs up after {GATEWAY_S}s",
                function.name
            );
            found.push(
                diag::P0404
                    .at(at, message)
                    .label("too long")
                    .second(span(route.origin), "handles this route"),
            );
        } else if time > ANSWER_S {
            let message = format!(
                "`{}` may run {time}s, but its caller gets a 503 after {ANSWER_S}s",
                function.name
            );
            found.push(
                diag::P0405
                    .at(at, message)
                    .label("longer than anyone waits")
                    .second(span(route.origin), "handles this route"),
            );
        }
    }
    for it in found {
        cx.report(it);
    }
}

/// A mapping of a queue runs two at once at least, and what is above the reserved concurrency is throttled into the dead letters.
fn check_consumers(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    for function in cx.model.functions.values() {
        let Trigger::Queue { queue, origin, .. } = &function.trigger else {
            continue;
        };
        if function.concurrency < CONSUMER_CONCURRENCY_MIN {
            let name = &function.name;
            let message = format!(
                "`{name}` takes from `{queue}` with a concurrency of {}",
                function.concurrency
            );
            found.push(
                diag::P0412
                    .at(cx.place(name, "concurrency"), message)
                    .label(format!("at least {CONSUMER_CONCURRENCY_MIN}"))
                    .second(span(*origin), "fed here")
                    .help("Lambda reads a queue with two at once; what it cannot run would end as dead letters"),
            );
        }
    }
    for it in found {
        cx.report(it);
    }
}

/// A body that is let in, though nothing that large can be recorded or sent.
fn check_bodies(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    for route in &cx.model.routes {
        let Some(at) = cx.body_at.get(&route.origin).copied() else {
            continue;
        };
        let limits = route.sinks.iter().filter_map(|it| match &it.to {
            SinkTo::Append(name) => Some((name, ITEM_BYTES_MAX, it.origin)),
            SinkTo::Send(
                Target::Queue(name)
                | Target::QueueOfProvider(name)
                | Target::Topic(name)
                | Target::Bus(name),
            ) => Some((name, MESSAGE_BYTES_MAX, it.origin)),
            SinkTo::Write { .. } | SinkTo::Send(_) => None,
        });
        let other = route.accept.iter();
        let limits = limits.chain(other.map(|it| (&it.table, ITEM_BYTES_MAX, it.origin)));
        if let Some((name, max, origin)) = limits.min_by_key(|it| it.1)
            && route.body_bytes_max > max
        {
            let message = format!(
                "a body may be larger than the {} KB that `{name}` takes",
                max / 1024
            );
            found.push(
                diag::P0411
                    .at(at, message)
                    .label("lets more in")
                    .second(span(origin), "takes less")
                    .help("what does not fit is answered 413 all the same"),
            );
        }
    }
    for it in found {
        cx.report(it);
    }
}

fn check_concurrency(cx: &mut Context<'_>) {
    let total = cx.model.functions.values().fold(0_u32, |sum, it| {
        let members = u32::try_from(cx.member_count(&it.name)).unwrap_or(u32::MAX);
        sum.saturating_add(it.concurrency.saturating_mul(members))
    });
    let free = ACCOUNT_CONCURRENCY - UNRESERVED_CONCURRENCY;
    let largest = cx.model.functions.values().max_by_key(|it| it.concurrency);
    if let (true, Some(largest)) = (total > free, largest) {
        let at = cx
            .symbols
            .get(largest.name.as_str())
            .map(|it| it.span)
            .unwrap_or_default();
        let message = format!(
            "the functions reserve {total} concurrent executions, but {free} can be reserved"
        );
        let help = format!(
            "an account has {ACCOUNT_CONCURRENCY} and Lambda keeps {UNRESERVED_CONCURRENCY} of them unreserved"
        );
        let label = format!("reserves {}, the most", largest.concurrency);
        cx.report(diag::P0406.at(at, message).label(label).help(help));
    }
}

fn check_retries(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    for workflow in cx.model.workflows.values() {
        let mut worst: Option<(u64, Origin)> = None;
        let total = total_s(
            &cx.model.functions,
            &cx.model.retries,
            &workflow.body,
            &mut worst,
        );
        let Some((longest, origin)) = worst.filter(|_| total > workflow.timeout_s) else {
            continue;
        };
        let at = cx
            .timeout_at
            .get(&workflow.name)
            .copied()
            .unwrap_or_default();
        let message = format!(
            "calls and retries may take {total}s, but `{}` ends after {}s",
            workflow.name, workflow.timeout_s
        );
        found.push(
            diag::P0407
                .at(span(origin), message)
                .label(format!("may take {longest}s"))
                .second(at, format!("limit {}s", workflow.timeout_s))
                .help("fewer retries, shorter waits, or a longer `timeout`"),
        );
    }
    for it in found {
        cx.report(it);
    }
}

use std::collections::BTreeMap;

fn total_s(
    functions: &BTreeMap<String, Function>,
    retries: &BTreeMap<String, Retry>,
    body: &[Statement],
    worst: &mut Option<(u64, Origin)>,
) -> u64 {
    let mut total: u64 = 0;
    for statement in body {
        let mut own = |body: &[Statement]| total_s(functions, retries, body, worst);
        let inside = match statement {
            // One way is gone, or all at once: the longest counts.
            Statement::If {
                arms, otherwise, ..
            } => {
                let arms = arms.iter().map(|(_, it)| own(it)).max().unwrap_or(0);
                arms.max(own(otherwise))
            }
            Statement::Expect { otherwise, .. } => own(otherwise),
            Statement::Match {
                arms, otherwise, ..
            } => {
                let arms = arms.iter().map(|it| own(&it.body)).max().unwrap_or(0);
                arms.max(own(otherwise.as_deref().unwrap_or_default()))
            }
            Statement::Parallel { branches, .. } => {
                branches.iter().map(|it| own(&it.body)).max().unwrap_or(0)
            }
            // How many items there are is not known; one turn is the least.
            Statement::For { body, .. } => own(body),
            Statement::Wait {
                wait: Wait::ForS(seconds),
                ..
            } => *seconds,
            Statement::Call { .. }
            | Statement::Append { .. }
            | Statement::Effect { .. }
            | Statement::Wait { .. }
            | Statement::Fail { .. }
            | Statement::Done { .. } => 0,
        };
        let caught = statement.catches().iter().map(|it| own(&it.body));
        let caught = caught.fold(0_u64, u64::saturating_add);
        total = total.saturating_add(inside).saturating_add(caught);
        if let Statement::Wait {
            wait: Wait::ForS(seconds),
            origin,
        } = statement
            && worst.is_none_or(|(longest, _)| *seconds > longest)
        {
            *worst = Some((*seconds, *origin));
        }
        let Statement::Call {
            function,
            retry,
            origin,
            ..
        } = statement
        else {
            continue;
        };
        let timeout = functions
            .get(function)
            .map_or(0, |it| u64::from(it.timeout_s));
        let retry = retry.as_ref().and_then(|it| retries.get(it));
        let tries = retry.map_or(1, |it| u64::from(it.retries) + 1);
        let call = tries
            .saturating_mul(timeout)
            .saturating_add(retry.map_or(0, waits_s));
        if worst.is_none_or(|(longest, _)| call > longest) {
            *worst = Some((call, *origin));
        }
        total = total.saturating_add(call);
    }
    total
}

/// The sum of all waits of a policy, without jitter, which only shortens them.
fn waits_s(it: &Retry) -> u64 {
    /// After so many steps the wait counts as constant.
    const STEPS_MAX: u32 = 10_000;
    let backoff: f64 = it.backoff.parse().unwrap_or(1.0);
    let longest = f64::from(it.max_delay_s);
    let mut wait = f64::from(it.interval_s);
    let mut total = 0.0;
    let mut steps = 0;
    while steps < it.retries && steps < STEPS_MAX && wait < longest {
        total += wait;
        wait *= backoff;
        steps += 1;
    }
    let rest = f64::from(it.retries - steps) * wait.min(longest);
    // Saturates: a float beyond u64 becomes its largest value.
    (total + rest).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_their_longest() {
        let it = Retry {
            name: String::new(),
            errors: Vec::new(),
            retries: 6,
            interval_s: 2,
            backoff: "2.0".to_owned(),
            max_delay_s: 30,
            jitter_full: true,
            origin: Origin::default(),
        };
        assert_eq!(waits_s(&it), 2 + 4 + 8 + 16 + 30 + 30);
        assert_eq!(
            waits_s(&Retry {
                retries: 99_999_999,
                backoff: "1.0".to_owned(),
                ..it
            }),
            199_999_998
        );
    }
}
