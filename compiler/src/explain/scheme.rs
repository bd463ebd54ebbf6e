//! `pipec explain stripe`: a signature scheme with its arguments, and how it is used, changed and tried out.

use std::fmt::Write as _;

use pipe_runtime::sign::{Parameter, ParameterKind, Scheme};

use crate::check::quantity::spelled_s;
use crate::check::verify::wanted;

pub(super) fn text(it: &Scheme) -> String {
    let mut text = format!(
        "# `{}`: a signature scheme\n\n{}\n\n- signs: {}\n- with: {}\n- carried in: {}\n",
        it.name,
        it.doc,
        it.covers,
        it.algorithm(),
        it.carried_in()
    );
    let _ = write!(
        text,
        "- change of keys: {}\n- replays: {}\n",
        it.rotation.told(),
        replays(it)
    );
    if let Some(what) = it.fetches() {
        let _ = writeln!(text, "- over the internet: {what}");
    }
    let _ = write!(
        text,
        "- `pipec send`: {}\n- source: {}\n\n## Arguments\n\n",
        sent(it),
        it.source
    );
    for parameter in it.parameters() {
        let _ = writeln!(text, "- {} {}", line(parameter), parameter.doc);
    }
    let _ = write!(text, "\n## Example\n\n```pipe\n{}\n```\n", example(it));
    text
}

/// What becomes of a copy of a delivery.
fn replays(it: &Scheme) -> String {
    let known = "a copy is known by the identity of its event";
    let Some(default) = it.parameter("tolerance").and_then(|it| it.default) else {
        return format!("no time is compared; {known}");
    };
    let only = match it.time_depends_on() {
        Some(name) => format!("with `{name}`, "),
        None => String::new(),
    };
    format!(
        "{only}refused when signed more than `tolerance` ({default}) before or after our clock; within it, {known}"
    )
}

fn sent(it: &Scheme) -> &'static str {
    if !it.is_signed() {
        return "posts the id, and plays the provider's API at the address that `PIPE_LOCAL_PROVIDER` gives";
    }
    if it.secret_parameter().is_some() {
        return "signs as the provider does, with the key of the running pipeline; `--previous-key` takes the older of two";
    }
    "signs with the private key in the file that `--private-key` names"
}

fn line(it: &Parameter) -> String {
    let value = match it.kind {
        ParameterKind::Duration { min_s, max_s } => {
            format!("a duration, {} to {}", spelled_s(min_s), spelled_s(max_s))
        }
        ParameterKind::Choice(words) => format!("`{}`", words.join("` or `")),
        kind => wanted(kind),
    };
    let absent = match (it.required, it.default) {
        (true, _) => "required".to_owned(),
        (false, Some(text)) => format!("`{text}` if not written"),
        (false, None) => "may be left out".to_owned(),
    };
    format!("`{}`: {value}; {absent}.", it.name)
}

/// A route that is verified so: what must be written, with the values of the scheme's own example.
#[must_use]
pub fn example(it: &Scheme) -> String {
    let mut secret = String::new();
    let required = it.parameters().iter().filter(|it| it.required);
    let arguments: Vec<String> = required
        .map(|parameter| {
            if parameter.kind == ParameterKind::Secret {
                secret = format!("secret {}_key\n", it.name);
                return format!("{}: {}_key", parameter.name, it.name);
            }
            let mut given = it.vector.arguments.iter();
            let value = given.find(|(name, _)| *name == parameter.name);
            let value = value.map(|it| it.1).unwrap_or_default();
            match parameter.kind {
                ParameterKind::Choice(_) | ParameterKind::Duration { .. } => {
                    format!("{}: {value}", parameter.name)
                }
                _ => format!("{}: \"{value}\"", parameter.name),
            }
        })
        .collect();
    // What the handler takes, where it cannot be an event.
    let takes = if it.is_form() && it.is_signed() {
        " // take(Request), since the body is a form"
    } else {
        ""
    };
    format!(
        "{secret}route POST /webhooks {{ verify: {}({}), handler: take, append: payments }}{takes}",
        it.name,
        arguments.join(", ")
    )
}
