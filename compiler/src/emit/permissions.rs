//! `permissions.md`: who may do what, who asked for it, and whether a recorded event can be changed. Made from the very
//! statements of the template, so the two cannot differ.

mod markdown;
mod resource;

use std::collections::BTreeSet;

use pipe_runtime::sign::{self, Rotation};

use super::graph;
use super::piece::{Piece, joined, text_of};
use crate::lower::policy::Authority;
use crate::lower::prose::proven;
use crate::lower::{Held, Lowered};
use crate::model::{Answer, Expectation, ParameterSource, Pipeline, Route, Verify};

use self::markdown::short;
pub(crate) use self::markdown::{Markdown, codes, markdown};
pub(crate) use self::resource::Sections;

/// An authority with all that it may do.
type Rights<'a> = (&'a Authority, Vec<Held<'a>>);

/// What the report of twenty roles takes.
const BYTES: usize = 32 * 1024;

/// The report.
pub fn render(pipeline: &Pipeline, lowered: &Lowered) -> String {
    let mut report = String::with_capacity(BYTES);
    let title = ("# Who may do what in ", markdown(&pipeline.name), "\n");
    line(&mut report, title);
    let source = ("Compiled from `", &pipeline.file);
    line(
        &mut report,
        (source, "`; every line number below is a line of it."),
    );
    line(
        &mut report,
        "No role holds a wildcard action. Nobody outside this account is let in, except through the routes.\n",
    );
    let held = lowered.held();
    granted(&mut report, &held);
    routes(&mut report, pipeline);
    expectations(&mut report, pipeline);
    line(&mut report, "## Resource by resource\n");
    resource::sections(&mut report, pipeline, lowered, &held);
    needed(&mut report, &held);
    wildcards(&mut report, &held);
    outside(&mut report, pipeline);
    // One line break at the end, not two.
    report.truncate(report.trim_end().len());
    report.push('\n');
    report
}

fn line(report: &mut String, text: impl Piece) {
    text.write(report);
    report.push('\n');
}

/// What the spec grants, one row per role.
fn granted(report: &mut String, held: &[Rights<'_>]) {
    line(report, "## What the spec grants\n");
    line(report, "| who | may | asked by | line |");
    line(report, "|---|---|---|---|");
    // What the spec names comes before what its edges need.
    let (declared, edges): (Vec<_>, Vec<_>) = held.iter().partition(|(it, _)| is_declared(it));
    for (authority, rights) in declared.into_iter().chain(edges) {
        let rights = rights.iter().filter(|it| it.told.granted);
        let actor = markdown(&authority.actor);
        let asked_by = &authority.asked_by;
        let mut lines: Vec<usize> = rights.clone().map(|it| it.source.pipe.line()).collect();
        if lines.is_empty() {
            if is_declared(authority) {
                let at = authority.pipe.line();
                let row = ("| ", actor, " | nothing | ", asked_by, " | ", at, " |");
                line(report, row);
            }
            continue;
        }
        lines.dedup();
        let may = joined(rights.map(|it| markdown(&it.told.words)), "; ");
        let lines = joined(lines.iter(), ", ");
        let who = ("| ", actor, " | ", may, " | ");
        line(report, (who, asked_by, " | ", lines, " |"));
    }
    report.push('\n');
}

fn is_declared(authority: &Authority) -> bool {
    authority.actor.starts_with("function ") || authority.actor.starts_with("workflow ")
}

fn routes(report: &mut String, pipeline: &Pipeline) {
    if pipeline.routes.is_empty() {
        return;
    }
    line(report, "## What comes in from outside\n");
    for route in &pipeline.routes {
        line(report, route_words(pipeline, route));
    }
    for change in changes_of_keys(pipeline) {
        line(report, change);
    }
    report.push('\n');
}

/// What an output must be, and which workflows expect nothing.
fn expectations(report: &mut String, pipeline: &Pipeline) {
    let of = |it: &Expectation, function: &str, whose: &str| {
        let condition = graph::words(&it.condition);
        let what = ("- What ", markdown(function), " gives ", whose);
        let condition = codes(std::iter::once(&condition));
        let so = " must be so, or nothing is done with it: ";
        text_of((what, so, condition, " (line ", it.origin.line, ")."))
    };
    let routes = pipeline.routes.iter().filter_map(|it| {
        let whose = format!("to `{} {}`", it.method, it.path);
        Some(of(it.expect.as_ref()?, it.handler()?, &whose))
    });
    let functions = pipeline.functions.values();
    let functions = functions.filter_map(|it| Some(of(it.expect.as_ref()?, &it.name, "back")));
    let workflows = pipeline.workflows.values().filter_map(|it| {
        let because = markdown(it.uncompared_because.as_deref()?);
        let (name, line) = (markdown(&it.name), it.origin.line);
        let why = ") may act before any amount was compared, because \"";
        Some(text_of(("- ", name, " (line ", line, why, because, "\".")))
    });
    let lines: Vec<String> = routes.chain(functions).chain(workflows).collect();
    if lines.is_empty() {
        return;
    }
    line(report, "## What is expected\n");
    for it in lines {
        line(report, it);
    }
    report.push('\n');
}

/// Who changes what a delivery is verified with. No stack could do it on a schedule, since only who signs can make a key.
fn changes_of_keys(pipeline: &Pipeline) -> BTreeSet<String> {
    let of_providers = pipeline.providers.values().map(|it| &it.verify);
    let all = pipeline.routes.iter().map(|it| &it.verify);
    let words = |verify: &Verify| {
        let Verify::Scheme { scheme, .. } = verify else {
            return None;
        };
        Some(match sign::scheme(scheme)?.rotation {
            Rotation::Provider(why) => format!("- `{scheme}` has no key of ours: {why}."),
            Rotation::Overlap => text_of((
                "- The key ",
                markdown(verify.secret()?),
                " is changed by hand, since who signs with it makes it. While it is, two keys are taken.",
            )),
            Rotation::PublicKeys => format!(
                "- The keys of `{scheme}` are the sender's, named in the spec or a parameter. While they are changed, two are taken, until somebody takes out the old one."
            ),
        })
    };
    all.chain(of_providers).filter_map(words).collect()
}

fn route_words(pipeline: &Pipeline, route: &Route) -> String {
    let check = proven(pipeline, &route.verify, |because| {
        text_of(("**not verified**, because \"", markdown(because), "\""))
    });
    let at = (
        &route.method,
        " ",
        &route.path,
        "` (line ",
        route.origin.line,
    );
    let mut words = text_of(("- `", at, ") "));
    match &route.answer {
        Answer::Handler(name) => ("calls ", markdown(name)).write(&mut words),
        Answer::Reply(status) => ("answers ", status).write(&mut words),
    }
    if let Some(function) = &route.via {
        (", through the URL of ", markdown(function)).write(&mut words);
    }
    (". Signature: ", check, ".").write(&mut words);
    if let Some(key) = &route.auth {
        (" Callers show a key of ", markdown(key), ".").write(&mut words);
    }
    words
}

/// Rights that nobody wrote down, one row per statement.
fn needed(report: &mut String, held: &[Rights<'_>]) {
    line(report, "## Every statement\n");
    line(
        report,
        "Granted ones in bold; the others are what a granted thing needs to work.\n",
    );
    for (authority, rights) in held {
        let (actor, role) = (markdown(&authority.actor), &authority.role);
        line(report, ("### ", actor, " (`", role, "`)\n"));
        line(report, "| statement | may | actions | on | line |");
        line(report, "|---|---|---|---|---|");
        for right in rights {
            let bold = if right.told.granted { "**" } else { "" };
            let statement = &right.statement;
            let sid = ("| ", bold, &statement.sid, bold, " | ");
            let actions = (
                markdown(&right.told.words),
                " | ",
                codes(statement.action.iter()),
            );
            let resources = codes(statement.resource.iter().map(short));
            let at = right.source.pipe.line();
            line(report, (sid, actions, " | ", resources, " | ", at, " |"));
        }
        report.push('\n');
    }
}

fn wildcards(report: &mut String, held: &[Rights<'_>]) {
    line(report, "## Wildcards in resources, each with its reason\n");
    // Roles that hold the same one are told in one row.
    let mut rows: Vec<(&Held<'_>, Vec<&str>)> = Vec::new();
    for (authority, rights) in held {
        for right in rights.iter().filter(|it| it.source.because.is_some()) {
            let is_same = |it: &Held<'_>| {
                it.statement.sid == right.statement.sid && it.source.because == right.source.because
            };
            match rows.iter_mut().find(|(it, _)| is_same(it)) {
                Some((_, actors)) => actors.push(&authority.actor),
                None => rows.push((right, vec![&authority.actor])),
            }
        }
    }
    for (right, actors) in rows {
        let reason = markdown(right.source.because.as_deref().unwrap_or_default());
        let actors = joined(actors.iter().map(|it| markdown(it)), ", ");
        let sid = &right.statement.sid;
        line(report, ("- `", sid, "`: ", reason, " (", actors, ")"));
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
        let why = "` is never part of the stack: whoever may write it to SSM decides what is accepted as signed.";
        line(report, ("- `", &secret.name, why));
    }
    for parameter in pipeline.parameters.values() {
        let decided = match parameter.source {
            ParameterSource::External => {
                "made outside the stack: whoever may write it to SSM decides its value"
            }
            ParameterSource::AtDeploy => "set by whoever deploys the stack",
            ParameterSource::Value(_) => continue,
        };
        line(report, ("- `", &parameter.name, "` is ", decided, "."));
    }
}
