//! `permissions.md`: who may do what, who asked for it, and whether a recorded event can be changed. Made from the very
//! statements of the template, so the two cannot differ.

mod resource;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use pipe_runtime::sign::{self, Rotation};

use crate::emit::cfn::value::{Any, Value};
use crate::lower::Lowered;
use crate::lower::policy::{Authority, Right};
use crate::lower::prose::proven;
use crate::model::{Answer, Argument, ParameterSource, Pipeline, Route, Verify};

/// The report.
pub fn render(pipeline: &Pipeline, lowered: &Lowered) -> String {
    let mut report = format!("# Who may do what in {}\n\n", markdown(&pipeline.name));
    line(
        &mut report,
        &format!(
            "Compiled from `{}`; every line number below is a line of it.",
            pipeline.file
        ),
    );
    line(
        &mut report,
        "No role holds a wildcard action. Nobody outside this account is let in, except through the routes.\n",
    );
    granted(&mut report, lowered);
    routes(&mut report, pipeline);
    line(&mut report, "## Resource by resource\n");
    resource::sections(&mut report, pipeline, lowered);
    needed(&mut report, lowered);
    wildcards(&mut report, lowered);
    outside(&mut report, pipeline);
    // One line break at the end, not two.
    report.truncate(report.trim_end().len());
    report.push('\n');
    report
}

fn line(report: &mut String, text: &str) {
    report.push_str(text);
    report.push('\n');
}

/// What the spec grants, one row per role.
fn granted(report: &mut String, lowered: &Lowered) {
    line(report, "## What the spec grants\n");
    line(report, "| who | may | asked by | line |");
    line(report, "|---|---|---|---|");
    // What the spec names comes before what its edges need.
    let (declared, edges): (Vec<_>, Vec<_>) =
        lowered.authorities.iter().partition(|it| is_declared(it));
    for authority in declared.into_iter().chain(edges) {
        let rights: Vec<&Right> = authority.rights.iter().filter(|it| it.granted).collect();
        if rights.is_empty() && !is_declared(authority) {
            continue;
        }
        let words: Vec<&str> = rights.iter().map(|it| it.words.as_str()).collect();
        let may = if words.is_empty() {
            "nothing".to_owned()
        } else {
            markdown(&words.join("; "))
        };
        let mut lines: Vec<&str> = rights.iter().map(|it| line_of(&it.pipe)).collect();
        if lines.is_empty() {
            lines.push(line_of(&authority.pipe));
        }
        lines.dedup();
        let row = format!(
            "| {} | {may} | {} | {} |",
            markdown(&authority.actor),
            authority.asked_by,
            lines.join(", ")
        );
        line(report, &row);
    }
    report.push('\n');
}

fn is_declared(authority: &Authority) -> bool {
    authority.actor.starts_with("function ") || authority.actor.starts_with("workflow ")
}

/// `payments.pipe:88` to `88`
fn line_of(pipe: &str) -> &str {
    pipe.rsplit(':').next().unwrap_or(pipe)
}

fn routes(report: &mut String, pipeline: &Pipeline) {
    if pipeline.routes.is_empty() {
        return;
    }
    line(report, "## What comes in from outside\n");
    for route in &pipeline.routes {
        line(report, &route_words(pipeline, route));
    }
    for change in changes_of_keys(pipeline) {
        line(report, &change);
    }
    report.push('\n');
}

/// Who changes what a delivery is verified with. No stack could do it on a schedule, since only who signs can make a key.
fn changes_of_keys(pipeline: &Pipeline) -> BTreeSet<String> {
    let of_providers = pipeline.providers.values().map(|it| &it.verify);
    let all = pipeline.routes.iter().map(|it| &it.verify);
    let words = |verify: &Verify| {
        let Verify::Scheme {
            scheme, arguments, ..
        } = verify
        else {
            return None;
        };
        let secret = arguments.values().find_map(|it| match it {
            Argument::Secret(name) => Some(markdown(name)),
            _ => None,
        });
        Some(match (sign::scheme(scheme)?.rotation, secret) {
            (Rotation::Provider(why), _) => format!("- `{scheme}` has no key of ours: {why}."),
            (Rotation::Overlap, Some(secret)) => format!(
                "- The key {secret} is changed by hand, since who signs with it makes it. While it is, two keys are taken."
            ),
            (Rotation::Overlap, None) => {
                format!(
                    "- The keys of `{scheme}` are the sender's, named in the spec or a parameter. While they are changed, two are taken."
                )
            }
        })
    };
    all.chain(of_providers).filter_map(words).collect()
}

fn route_words(pipeline: &Pipeline, route: &Route) -> String {
    let check = proven(pipeline, &route.verify, |because| {
        format!("**not verified**, because \"{}\"", markdown(because))
    });
    let answer = match &route.answer {
        Answer::Handler(name) => format!("calls {}", markdown(name)),
        Answer::Reply(status) => format!("answers {status}"),
    };
    let through = match &route.via {
        Some(function) => format!(", through the URL of {}", markdown(function)),
        None => String::new(),
    };
    let key = match &route.auth {
        Some(key) => format!(" Callers show a key of {}.", markdown(key)),
        None => String::new(),
    };
    format!(
        "- `{} {}` (line {}) {answer}{through}. Signature: {check}.{key}",
        route.method, route.path, route.origin.line
    )
}

/// Rights that nobody wrote down, one row per statement.
fn needed(report: &mut String, lowered: &Lowered) {
    line(report, "## Every statement\n");
    line(
        report,
        "Granted ones in bold; the others are what a granted thing needs to work.\n",
    );
    for authority in &lowered.authorities {
        line(
            report,
            &format!(
                "### {} (`{}`)\n",
                markdown(&authority.actor),
                authority.role
            ),
        );
        line(report, "| statement | may | actions | on | line |");
        line(report, "|---|---|---|---|---|");
        for right in &authority.rights {
            let sid = &right.statement.sid;
            let name = if right.granted {
                format!("**{sid}**")
            } else {
                sid.clone()
            };
            let row = format!(
                "| {name} | {} | {} | {} | {} |",
                markdown(&right.words),
                codes(right.statement.action.iter().map(ToString::to_string)),
                codes(right.statement.resource.iter().map(short)),
                line_of(&right.pipe)
            );
            line(report, &row);
        }
        report.push('\n');
    }
}

/// Without what every ARN begins with.
fn short(value: &Value<Any>) -> String {
    let text = value.to_string();
    let text = text.strip_prefix("arn:${AWS::Partition}:").unwrap_or(&text);
    text.replace("${AWS::Region}:${AWS::AccountId}:", "")
        .replace("${EnvironmentSuffix}", "…")
}

fn wildcards(report: &mut String, lowered: &Lowered) {
    line(report, "## Wildcards in resources, each with its reason\n");
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    for authority in &lowered.authorities {
        for right in &authority.rights {
            let Some(reason) = &right.because else {
                continue;
            };
            let row = format!("`{}`: {}", right.statement.sid, markdown(reason));
            let actor = markdown(&authority.actor);
            match rows.iter_mut().find(|(it, _)| *it == row) {
                Some((_, actors)) => actors.push(actor),
                None => rows.push((row, vec![actor])),
            }
        }
    }
    for (row, actors) in rows {
        line(report, &format!("- {row} ({})", actors.join(", ")));
    }
    line(
        report,
        "- The key's own policy: `*` there means this key. Its actions are written out.\n",
    );
}

fn outside(report: &mut String, pipeline: &Pipeline) {
    line(report, "## What this report cannot speak of\n");
    line(
        report,
        "- Administrators of the account. They hold rights that no stack gives or takes: restrict them where they are given.",
    );
    for secret in pipeline.secrets.values() {
        let text = format!(
            "`{}` is never part of the stack: whoever may write it to SSM decides what is accepted as signed.",
            secret.name
        );
        line(report, &format!("- {text}"));
    }
    for parameter in pipeline.parameters.values() {
        let text = match parameter.source {
            ParameterSource::External => format!(
                "`{}` is made outside the stack: whoever may write it to SSM decides its value.",
                parameter.name
            ),
            ParameterSource::AtDeploy => {
                format!("`{}` is set by whoever deploys the stack.", parameter.name)
            }
            ParameterSource::Value(_) => continue,
        };
        line(report, &format!("- {text}"));
    }
}

fn codes(items: impl Iterator<Item = String>) -> String {
    items
        .map(|it| format!("`{}`", it.replace('|', "\\|")))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Text of the spec as text in Markdown, whatever it holds.
fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '#' => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\{character}");
            }
            other => escaped.push(other),
        }
    }
    escaped
}
