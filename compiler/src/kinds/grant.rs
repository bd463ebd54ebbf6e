//! `grant NAME { verb: resource }`: the whole authority of a function or workflow.

use pipe_dsl::tree::{Declaration, ExprKind, Phrase, Span, Word};

use super::{Attribute, Kind, KindId, Presence, Symbol, Unused, Value};
use crate::check::attributes::Attributes;
use crate::check::context::{Context, span_of};
use crate::check::distance::nearest;
use crate::check::grants::GrantPlace;
use crate::check::{head, targets};
use crate::declared::{Declared, granted_to_nobody, of_kind};
use crate::diag;
use crate::emit::graph::{self, Picture};
use crate::emit::permissions::Sections;
use crate::lower::Stack;
use crate::lower::outputs::Outputs;
use crate::model::{self, Permission, Statement, Verb};

pub(super) const KIND: Kind = Kind {
    keyword: "grant",
    doc: "Everything that a function or workflow may do with resources. What the spec itself makes it do must be granted; what else is granted becomes a capability of the handler.",
    form: "grant NAME { verb: resource, resource }",
    example: "grant take   { read: hook_key, send: inbox }
grant record { receive: inbox, append: orders, write: kept, send: order_bus, news }
grant ship   { call: pack, append: orders }",
    becomes: &[],
    attributes: &[
        verb(
            "read",
            "Secrets and parameters; tables and buckets whose contents may be read back.",
        ),
        verb("append", "Tables that events may be recorded in."),
        verb("write", "Buckets that objects may be written into."),
        verb(
            "send",
            "Queues, topics and buses that may be sent to; of a family each member, or one: `lane[stripe]`.",
        ),
        verb("receive", "Queues that messages are taken from."),
        Attribute {
            name: "update",
            doc: "Fields of a table that may change after they were recorded.",
            value: Value::List("fields such as `orders.stage`"),
            presence: Presence::Optional,
        },
        verb("call", "Functions that a workflow calls."),
        verb(
            "start",
            "Workflows that may be started; only those without `on:`.",
        ),
    ],
    named: false,
    unused: Unused::Acts,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
    nested: &[],
};

const fn verb(name: &'static str, doc: &'static str) -> Attribute {
    Attribute {
        name,
        doc,
        value: Value::List("names of resources"),
        presence: Presence::Optional,
    }
}

/// The kinds that a verb fits.
fn kinds(verb: Verb) -> Vec<KindId> {
    let kinds = KindId::ALL.iter().copied();
    kinds
        .filter(|it| it.kind().granted.contains(&verb))
        .collect()
}

impl Declared for model::Grant {
    of_kind!(KIND);

    // What is granted becomes part of the role of whoever has it.
    fn lower<'a>(&'a self, _: &mut Stack<'a>) {}

    fn outputs(&self, _: &Stack<'_>, _: &mut Outputs) {}

    fn draw(&self, picture: &mut Picture<'_>) {
        for permission in &self.permissions {
            arrow(picture, &self.to, permission);
        }
    }

    fn report(&self, _: &mut Sections<'_>) {}

    granted_to_nobody!();
}

/// An arrow goes where the data goes: out of what is read, into what is written or called.
fn arrow(picture: &mut Picture<'_>, to: &str, permission: &Permission) {
    let line = permission.origin.line;
    let (resource, word) = (&permission.resource, permission.verb.word());
    match permission.verb {
        Verb::Read | Verb::Receive => picture.arrow(resource, to, word, line),
        Verb::Send | Verb::Write | Verb::Update | Verb::Start | Verb::Append => {
            picture.arrow(to, resource, word, line);
        }
        Verb::Call => {
            let mut label = vec![graph::at_line(word, line)];
            let workflow = picture.pipeline.workflows.get(to);
            let body = workflow.map_or(&[][..], |it| &it.body);
            label.extend(retry_of(body, resource).map(|it| format!("retry {it}")));
            picture.labelled(to, resource, label);
        }
    }
}

fn retry_of(body: &[Statement], called: &str) -> Option<String> {
    let mut found = None;
    Statement::walk(body, &mut |statement| {
        if let Statement::Call {
            function, retry, ..
        } = statement
            && function == called
            && found.is_none()
        {
            found.clone_from(retry);
        }
    });
    found
}

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, block, &KIND);
    cx.refuse_statements(&attributes, &KIND);
    let (permissions, read) = permissions(cx, name, &attributes);
    let whole = read && attributes.statements.is_empty();
    let Some(to) = cx.resolve(name, &[KindId::Function, KindId::Workflow]) else {
        return;
    };
    if let Some(first) = cx.model.grants.get(to) {
        let first = pipe_dsl::tree::Span {
            start: first.origin.start,
            end: first.origin.end,
        };
        let message = format!("`{to}` has two grants");
        cx.report(
            diag::P0104
                .at(name.span, message)
                .label("again here")
                .second(first, "first granted here")
                .help("put all of it into one grant"),
        );
        return;
    }
    let grant = model::Grant {
        to: to.to_owned(),
        permissions,
        origin: cx.head_origin(it),
    };
    let place = GrantPlace {
        block,
        name: name.span,
        whole,
    };
    cx.grant_places.insert(to, place);
    cx.model.grants.insert(to.to_owned(), grant);
}

/// What is granted, and whether all of it could be read.
fn permissions<'t>(
    cx: &mut Context<'t>,
    subject: &Word,
    attributes: &Attributes<'t>,
) -> (Vec<Permission>, bool) {
    // In the order written, so that reports read like the spec.
    let verbs = Verb::ALL.iter();
    let mut verbs: Vec<(Span, Verb)> = verbs
        .filter_map(|it| Some((attributes.span(it.word())?, *it)))
        .collect();
    verbs.sort_by_key(|(span, _)| *span);
    let mut permissions: Vec<Permission> = Vec::new();
    let mut whole = true;
    let is_function = cx
        .symbols
        .get(subject.text)
        .is_some_and(|it| it.kind == KindId::Function);
    for (span, verb) in verbs {
        let (keyword, kinds) = (verb.word(), kinds(verb));
        if verb == Verb::Call && is_function {
            let message = "a function cannot be granted to call another";
            let help = "calls are made by workflows, which retry and record them";
            cx.report(
                diag::P0604
                    .at(span, message)
                    .label("only for workflows")
                    .help(help),
            );
            continue;
        }
        let phrases = attributes.all(keyword).flat_map(|it| &it.values);
        for phrase in phrases {
            let Some((resource, field, at)) = resource(cx, phrase, verb, &kinds) else {
                whole = false;
                continue;
            };
            let same =
                |it: &Permission| it.verb == verb && it.resource == resource && it.field == field;
            if permissions.iter().any(same) {
                let message = format!("`{keyword}: {resource}` is granted twice");
                cx.report(diag::P0602.at(at, message).label("again here"));
                continue;
            }
            if verb == Verb::Start {
                check_start(cx, &resource, at);
            }
            permissions.push(Permission {
                verb,
                resource,
                field,
                used_by_edge: false,
                origin: cx.origin(at),
            });
        }
    }
    (permissions, whole)
}

/// `orders`, `orders.stage`, `lane[stripe]`
fn resource<'t>(
    cx: &mut Context<'t>,
    phrase: &'t Phrase<'t>,
    verb: Verb,
    kinds: &[KindId],
) -> Option<(String, Option<String>, Span)> {
    let keyword = verb.word();
    let expected = if verb == Verb::Update {
        "a field such as `orders.stage`"
    } else {
        "a name"
    };
    let ([expr], None) = (phrase.items.as_slice(), &phrase.default) else {
        cx.report_form(phrase.span, keyword, expected);
        return None;
    };
    match &expr.kind {
        ExprKind::Name(words) => match (words.as_slice(), verb) {
            ([table, field], Verb::Update) => {
                let table = cx.resolve(table, kinds)?;
                let field = check_update(cx, table, field)?;
                Some((table.to_owned(), Some(field), expr.span))
            }
            ([word], _) if verb != Verb::Update => {
                let name = cx.resolve(word, kinds)?;
                Some((name.to_owned(), None, word.span))
            }
            _ => {
                cx.report_form(expr.span, keyword, expected);
                None
            }
        },
        ExprKind::Index { .. } if kinds.contains(&KindId::Queue) => {
            let (family, provider) = targets::chosen(cx, expr, false)?;
            Some((format!("{family}_{}", provider?), None, expr.span))
        }
        _ => {
            cx.report_form(expr.span, keyword, expected);
            None
        }
    }
}

/// A field that may change: one of a held event, and none that says which fact it is.
fn check_update(cx: &mut Context<'_>, table: &str, field: &Word) -> Option<String> {
    let table = cx.model.tables.get(table)?.clone();
    let held = table.holds.iter();
    let held: Vec<_> = held
        .filter_map(|it| cx.model.events.get(it))
        .cloned()
        .collect();
    let names = held.iter().flat_map(|it| &it.fields);
    let names: Vec<&str> = names.map(|it| it.name.as_str()).collect();
    let name = if names.contains(&field.text) {
        field.text
    } else if cx.incomplete.contains(table.name.as_str()) {
        return None;
    } else {
        let message = format!("no event of `{}` has a field `{}`", table.name, field.text);
        let it = diag::P0214.at(field.span, message).label("no such field");
        let meant = nearest(field.text, names);
        cx.report_slip(it, field.span, meant);
        meant?
    };
    let is_key = table.partition == name || table.sort.as_ref().is_some_and(|it| it.0 == name);
    let identity = held.iter().find(|it| it.once.iter().any(|it| it == name));
    if !is_key && identity.is_none() {
        return Some(name.to_owned());
    }
    let message = format!("`{name}` says which fact it is: it cannot change");
    let it = diag::P0604.at(field.span, message);
    cx.report(match identity {
        Some(event) => it
            .label(format!("part of the identity of `{}`", event.name))
            .second(span_of(event.origin), "declared here"),
        None => it
            .label("a key of the table")
            .second(span_of(table.origin), "declared here"),
    });
    None
}

/// A workflow that its table starts is started by nobody else.
fn check_start(cx: &mut Context<'_>, workflow: &str, at: Span) {
    let Some(it) = cx
        .model
        .workflows
        .get(workflow)
        .filter(|it| it.on.is_some())
    else {
        return;
    };
    let on = span_of(it.on_origin);
    cx.report(
        diag::P0604
            .at(at, format!("`{workflow}` is started by its table"))
            .label("cannot be started")
            .second(on, "starts it for each event")
            .help("a workflow without `on:` is begun by `start`"),
    );
}
