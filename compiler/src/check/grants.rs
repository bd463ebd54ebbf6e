//! Grants against the edges of the spec: what is used must be granted, and what is granted must be of use.

use std::collections::BTreeSet;

use pipe_dsl::tree::{Block, EntryKind, Span};

use crate::check::context::{Context, Edge};
use crate::diag;
use crate::kinds::KindId;
use crate::model::Verb;

/// Where a grant stands and what a mend has to know of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GrantPlace<'t> {
    pub(crate) block: Option<&'t Block<'t>>,
    pub(crate) name: Span,
    /// False where something of it could not be read, which may be what is missing.
    pub(crate) whole: bool,
}

/// Marks the permissions that edges use and reports those that are missing or of no use.
pub(crate) fn check(cx: &mut Context<'_>) {
    let broken =
        |it: &pipe_dsl::tree::Broken| it.kind.as_ref().is_some_and(|it| it.text == "grant");
    let unreadable: BTreeSet<String> = cx
        .tree
        .broken
        .iter()
        .filter(|it| broken(it))
        .map(|it| {
            it.name
                .as_ref()
                .map(|it| it.text.to_owned())
                .unwrap_or_default()
        })
        .collect();
    let edges = std::mem::take(&mut cx.edges);
    let mut missing: Vec<&Edge> = Vec::new();
    for edge in &edges {
        // What reaches every member of a family reaches the chosen one.
        let family =
            family_of(cx, &edge.resource).filter(|_| !cx.families.contains(edge.subject.as_str()));
        let grant = cx.model.grants.get_mut(&edge.subject);
        let permission = grant.and_then(|it| {
            it.permissions.iter_mut().find(|it| {
                it.verb == edge.verb
                    && it.field == edge.field
                    && (it.resource == edge.resource || family.as_deref() == Some(&it.resource))
            })
        });
        match permission {
            Some(permission) => permission.used_by_edge = true,
            None if unreadable.contains("") || unreadable.contains(&edge.subject) => {}
            None if cx
                .grant_places
                .get(edge.subject.as_str())
                .is_some_and(|it| !it.whole) => {}
            None if missing.iter().any(|it| same(it, edge)) => {}
            None => missing.push(edge),
        }
    }
    for edge in &missing {
        report_missing(cx, edge, &missing);
    }
    cx.edges = edges;
    if !cx.has_errors() {
        report_useless(cx);
    }
}

/// The family of a member: `lane` of `lane_stripe`.
fn family_of(cx: &Context<'_>, resource: &str) -> Option<String> {
    if cx.symbols.contains_key(resource) {
        return None;
    }
    let providers = cx.providers();
    let family = providers
        .iter()
        .find_map(|it| resource.strip_suffix(it)?.strip_suffix('_'))?;
    cx.families.contains(family).then(|| family.to_owned())
}

/// A resource as a grant writes it: `lane[stripe]` for a member, `webhooks.stage` for a field.
fn written(cx: &Context<'_>, edge: &Edge) -> String {
    let resource = edge.resource.as_str();
    if let Some(field) = &edge.field {
        return format!("{resource}.{field}");
    }
    match family_of(cx, resource) {
        Some(family) => {
            let provider = resource.get(family.len() + 1..).unwrap_or_default();
            format!("{family}[{provider}]")
        }
        None => resource.to_owned(),
    }
}

fn same(a: &Edge, b: &Edge) -> bool {
    a.subject == b.subject && a.verb == b.verb && a.resource == b.resource && a.field == b.field
}

fn report_missing(cx: &mut Context<'_>, edge: &Edge, missing: &[&Edge]) {
    let Edge {
        subject,
        verb,
        span,
        action,
        ..
    } = edge;
    let resource = &written(cx, edge);
    let wanted = format!("{}: {resource}", verb.word());
    let message = format!("`{subject}` {action} `{resource}` without the grant");
    let it = diag::P0601
        .at(*span, message)
        .label(format!("needs `{wanted}`"));
    let Some(place) = cx.grant_places.get(subject.as_str()).copied() else {
        // One mend for all that is missing: a second grant of the same name would be an error.
        let mine: Vec<&&Edge> = missing.iter().filter(|it| it.subject == *subject).collect();
        let declared = cx
            .symbols
            .get(subject.as_str())
            .map(|it| it.span)
            .unwrap_or_default();
        let it = it.second(declared, "has no grant");
        let text = whole_grant(cx, subject, &mine);
        let it = it.help(format!("add `{text}`"));
        let first = mine.first().is_some_and(|first| same(first, edge));
        let end = Span {
            start: cx.text.len(),
            end: cx.text.len(),
        };
        let line_end = if cx.text.ends_with('\n') { "" } else { "\n" };
        cx.report(if first {
            it.suggest(end, format!("{line_end}\n{text}\n"))
        } else {
            it
        });
        return;
    };
    let it = it
        .second(place.name, "its grant")
        .help(format!("add `{wanted}` to the grant of `{subject}`"));
    let keyword = verb.word();
    let it = match (place.block, last_of(place.block, keyword)) {
        (_, Some(end)) => it.suggest(end, format!(", {resource}")),
        (Some(block), None) => {
            let (at, text) = insertion(cx.text, block, &wanted);
            it.suggest(at, text)
        }
        (None, None) => {
            let end = Span {
                start: place.name.end,
                end: place.name.end,
            };
            it.suggest(end, format!(" {{ {wanted} }}"))
        }
    };
    cx.report(it);
}

/// `grant validate { read: webhook_key, append: payment_events }`
fn whole_grant(cx: &Context<'_>, subject: &str, edges: &[&&Edge]) -> String {
    let mut verbs: Vec<(&'static str, Vec<String>)> = Vec::new();
    for edge in edges {
        let keyword = edge.verb.word();
        match verbs.iter_mut().find(|it| it.0 == keyword) {
            Some((_, resources)) => resources.push(written(cx, edge)),
            None => verbs.push((keyword, vec![written(cx, edge)])),
        }
    }
    let entries: Vec<String> = verbs
        .iter()
        .map(|(keyword, resources)| format!("{keyword}: {}", resources.join(", ")))
        .collect();
    format!("grant {subject} {{ {} }}", entries.join(", "))
}

/// The empty span behind the last resource of a verb that is granted already.
fn last_of(block: Option<&Block>, keyword: &str) -> Option<Span> {
    block?.entries.iter().find_map(|entry| match &entry.kind {
        EntryKind::Attribute(it) if it.key.text == keyword => Some(Span {
            start: it.span.end,
            end: it.span.end,
        }),
        _ => None,
    })
}

/// Where a new entry goes, and with what around it.
fn insertion(text: &str, block: &Block, entry: &str) -> (Span, String) {
    let written = block.span.text(text);
    match block.entries.last() {
        None => {
            let at = block.span.start + 1;
            let tail = if written == "{}" { " " } else { "" };
            (Span { start: at, end: at }, format!(" {entry}{tail}"))
        }
        Some(last) => {
            let at = Span {
                start: last.span.end,
                end: last.span.end,
            };
            let separator = if written.contains('\n') { "\n  " } else { ", " };
            (at, format!("{separator}{entry}"))
        }
    }
}

/// What is granted to a workflow can only be used by its statements, and `receive` by `on:` alone.
fn report_useless(cx: &mut Context<'_>) {
    let mut found = Vec::new();
    for grant in cx.model.grants.values() {
        let is_workflow = cx
            .symbols
            .get(grant.to.as_str())
            .is_some_and(|it| it.kind == KindId::Workflow);
        for it in grant
            .permissions
            .iter()
            .filter(|it| !it.used_by_edge && (is_workflow || it.verb == Verb::Receive))
        {
            let span = Span {
                start: it.origin.start,
                end: it.origin.end,
            };
            let message = if is_workflow {
                format!(
                    "no statement of `{}` uses `{}: {}`",
                    grant.to,
                    it.verb.word(),
                    it.resource
                )
            } else {
                format!("`{}` is not fed by `{}`", grant.to, it.resource)
            };
            found.push(
                diag::P0603
                    .at(span, message)
                    .label("of no use")
                    .help("take it out of the grant"),
            );
        }
    }
    for it in found {
        cx.report(it);
    }
}
