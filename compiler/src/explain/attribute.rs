//! `pipec explain verify`: an attribute of a kind, and where a list says what may stand there, the list.

use std::fmt::Write as _;

use pipe_runtime::sign::SCHEMES;

use crate::check::quantity::{spelled_bytes, spelled_s};
use crate::kinds::{Attribute, KindId, Presence, Value};
use crate::metrics::METRICS;
use crate::providers::PROVIDERS;

pub(super) fn text(id: KindId, it: &Attribute) -> String {
    let mut text = format!(
        "# `{}` of {}\n\n{}\n\n{}\n",
        it.name,
        id.with_article(),
        line(it),
        it.doc
    );
    let (title, list): (&str, Vec<(String, &str)>) = match it.name {
        "verify" => {
            let all = SCHEMES.iter();
            (
                "Schemes",
                all.map(|it| (it.name.to_owned(), it.doc)).collect(),
            )
        }
        "accept" => {
            let all = PROVIDERS.iter();
            let all = all.map(|it| (it.name.to_owned(), it.version));
            ("Providers", all.collect())
        }
        "when" => {
            let all = METRICS.iter();
            let all = all.map(|it| (format!("{}.{}", it.of.word(), it.word), it.doc));
            ("Metrics", all.collect())
        }
        _ => return text,
    };
    let _ = write!(text, "\n## {title}\n\n");
    for (word, doc) in list {
        let _ = writeln!(text, "- `{word}` {doc}");
    }
    let _ = writeln!(text, "\n`pipec explain WORD` says more about each.");
    text
}

/// `` `fifo`: `true`, `false`; `false` if not written. ``
#[must_use]
pub fn line(it: &Attribute) -> String {
    let absent = match it.presence {
        Presence::Required => "required".to_owned(),
        Presence::Default(text) => format!("`{text}` if not written"),
        Presence::Optional => "may be left out".to_owned(),
    };
    format!("`{}`: {}; {absent}.", it.name, value(&it.value))
}

/// What may stand after the colon, in words.
#[must_use]
pub fn value(it: &Value) -> String {
    match it {
        Value::Duration { min_s, max_s } => {
            format!("duration, {} to {}", spelled_s(*min_s), spelled_s(*max_s))
        }
        Value::Size {
            unit_bytes,
            min,
            max,
        } => format!(
            "size, {} to {}",
            spelled_bytes(min * unit_bytes),
            spelled_bytes(max * unit_bytes)
        ),
        Value::Whole { min, max } => format!("whole number, {min} to {max}"),
        Value::Retention => "days that CloudWatch Logs offers".to_owned(),
        Value::Choice(words) => format!("`{}`", words.join("`, `")),
        Value::Reference(kind) => format!("the name of {}", kind.with_article()),
        Value::Special(words) | Value::List(words) => (*words).to_owned(),
    }
}
