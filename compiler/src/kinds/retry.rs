//! `retry NAME { … }`: a retry policy for calls.

use pipe_dsl::tree::Declaration;

use super::{Attribute, Kind, KindId, Presence, Symbol, Unused, Value};
use crate::check::builtin;
use crate::check::context::Context;
use crate::check::expected::Expected;
use crate::check::head;
use crate::declared::part_of_others;
use crate::diag;
use crate::model::Origin;

/// A named retry policy. AWS: "Error handling in Step Functions workflows", fields of a retrier.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// Declared name.
    pub name: String,
    /// Declared or built-in (`Throttled`, `Timeout`) errors that are worth a retry.
    pub errors: Vec<String>,
    /// Retries after the first attempt: `MaxAttempts`.
    pub retries: u32,
    /// First wait in seconds.
    pub interval_s: u32,
    /// Factor from one wait to the next, as written: `2.0`.
    pub backoff: String,
    /// Longest wait in seconds.
    pub max_delay_s: u32,
    /// `full` spreads the waits, `none` does not.
    pub jitter_full: bool,
    /// Where it is declared.
    pub origin: Origin,
}

pub(super) const KIND: Kind = Kind {
    keyword: "retry",
    doc: "Which errors of a call are worth another try, and how long to wait before each.",
    form: "retry NAME { … }",
    example: "retry patiently { errors: Throttled, Timeout, retries: 5 }",
    becomes: &[],
    attributes: &[
        Attribute {
            name: "errors",
            doc: "Declared errors, `Throttled`, `Timeout`.",
            value: Value::List("errors"),
            presence: Presence::Required,
        },
        Attribute {
            name: "retries",
            doc: "Tries after the first one.",
            // MaxAttempts of a retrier.
            value: Value::Whole {
                min: 1,
                max: 99_999_999,
            },
            presence: Presence::Default("3"),
        },
        Attribute {
            name: "interval",
            doc: "Wait before the first retry.",
            // IntervalSeconds of a retrier.
            value: Value::Duration {
                min_s: 1,
                max_s: 99_999_999,
            },
            presence: Presence::Default("1s"),
        },
        Attribute {
            name: "backoff",
            doc: "Factor from one wait to the next, at least 1.",
            value: Value::Special("a number of at least 1"),
            presence: Presence::Default("2.0"),
        },
        Attribute {
            name: "max_delay",
            doc: "Longest wait; longer than `interval`.",
            // MaxDelaySeconds of a retrier.
            value: Value::Duration {
                min_s: 1,
                max_s: 31_622_400,
            },
            presence: Presence::Default("60s"),
        },
        Attribute {
            name: "jitter",
            doc: "`full` draws each wait between nothing and its length, so that retries do not come in waves.",
            value: Value::Choice(&["full", "none"]),
            presence: Presence::Default("full"),
        },
    ],
    named: true,
    unused: Unused::Warned,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
    nested: &[],
};

part_of_others!(Retry);

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, block, &KIND);
    let mut errors: Vec<String> = Vec::new();
    for word in cx.words(&attributes, "errors") {
        cx.expect(word.span, || Expected::Choice(builtin::ERRORS));
        if builtin::is_error(word.text) || cx.resolve(word, &[KindId::Error]).is_some() {
            if errors.iter().any(|it| it == word.text) {
                let message = format!("`{}` is listed twice", word.text);
                cx.report(diag::P0105.at(word.span, message).label("again here"));
            } else {
                errors.push(word.text.to_owned());
            }
        }
    }
    let interval_s = cx.quantity(&attributes, "interval");
    let max_delay_s = cx.quantity(&attributes, "max_delay");
    if max_delay_s <= interval_s {
        let at = attributes
            .span("max_delay")
            .or(attributes.span("interval"))
            .unwrap_or(name.span);
        cx.report(
            diag::P0401
                .at(at, format!("`max_delay` ({max_delay_s}s) must be longer than `interval` ({interval_s}s)"))
                .help("Step Functions takes a MaxDelaySeconds only above the IntervalSeconds"),
        );
    }
    let retry = Retry {
        name: name.text.to_owned(),
        errors,
        retries: u32::try_from(cx.quantity(&attributes, "retries")).unwrap_or(u32::MAX),
        interval_s: u32::try_from(interval_s).unwrap_or(u32::MAX),
        backoff: cx.factor(&attributes, "backoff"),
        max_delay_s: u32::try_from(max_delay_s).unwrap_or(u32::MAX),
        jitter_full: cx.choice(&attributes, "jitter") == "full",
        origin: cx.head_origin(it),
    };
    cx.model.retries.insert(name.text.to_owned(), retry);
}
