//! The statements of a workflow: what they are, what they bind, what can go wrong and who catches it.

use std::collections::BTreeSet;

use pipe_dsl::tree::{Expr, ExprKind, Phrase, Span, Word};

use crate::check::builtin;
use crate::check::catches;
use crate::check::context::Context;
use crate::check::head;
use crate::check::value::{self, Binding};
use crate::diag;
use crate::kinds::KindId;
use crate::model::{Statement, Type, Verb};

/// Most statements of one workflow.
const STATEMENTS_MAX: usize = 500;

/// What is known at a point of a workflow.
pub(crate) struct Flow<'t> {
    /// The workflow's name.
    pub(crate) name: &'t str,
    pub(crate) fails: Vec<String>,
    /// Declared failures that something raises or lets through.
    pub(crate) raised: BTreeSet<String>,
    pub(crate) bindings: Vec<Binding>,
    statements: usize,
}

impl<'t> Flow<'t> {
    pub(crate) fn new(name: &'t str, fails: &[String], binding: &Word, event: &str) -> Flow<'t> {
        let first = Binding {
            name: binding.text.clone(),
            ty: Some(Type::Event(event.to_owned())),
            span: binding.span,
            unset_by: None,
        };
        Flow {
            name,
            fails: fails.to_vec(),
            raised: BTreeSet::new(),
            bindings: vec![first],
            statements: 0,
        }
    }
}

/// Reads statements in order.
pub(crate) fn body<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrases: &[&'t Phrase],
) -> Vec<Statement> {
    let mut out: Vec<Statement> = Vec::new();
    let mut rest = phrases.iter().copied().peekable();
    while let Some(phrase) = rest.next() {
        flow.statements += 1;
        if flow.statements > STATEMENTS_MAX {
            let message = format!("more than {STATEMENTS_MAX} statements");
            cx.report(diag::P0408.at(phrase.span, message).label("one too many"));
            break;
        }
        let first = phrase.items.first();
        let statement = match (&phrase.default, first) {
            (Some(call), Some(first)) => {
                let mut catches = Vec::new();
                while let Some(it) = rest.next_if(|it| is_catch(it)) {
                    catches.push(it);
                }
                let binding = first.as_word().filter(|_| phrase.items.len() == 1);
                if binding.is_none() {
                    let message = "the left side of `=` is one new name";
                    cx.report(
                        diag::P0306
                            .at(phrase.span, message)
                            .label("a name belongs here"),
                    );
                }
                call_statement(cx, flow, binding, call, &catches, phrase.span)
            }
            (
                None,
                Some(Expr {
                    kind: ExprKind::Call { .. },
                    ..
                }),
            ) => {
                let mut catches = Vec::new();
                while let Some(it) = rest.next_if(|it| is_catch(it)) {
                    catches.push(it);
                }
                call_statement(cx, flow, None, &phrase.items, &catches, phrase.span)
            }
            (None, Some(first)) if first.is_word("append") => append(cx, flow, phrase),
            (None, Some(first)) if first.is_word("fail") => fail(cx, flow, phrase),
            (None, Some(first)) if is_catch(phrase) => {
                let message = "this `catch` has no call above it";
                cx.report(
                    diag::P0306
                        .at(first.span, message)
                        .label("belongs below a call"),
                );
                None
            }
            _ => {
                unknown_statement(cx, phrase);
                None
            }
        };
        let ends = phrase.items.first().is_some_and(|it| it.is_word("fail"));
        out.extend(statement);
        if let Some(next) = rest.peek().filter(|_| ends) {
            cx.report(
                diag::P0302
                    .at(next.span, "this is never reached")
                    .label("comes after the end")
                    .second(phrase.span, "ends the workflow"),
            );
            break;
        }
    }
    out
}

fn is_catch(phrase: &Phrase) -> bool {
    phrase.default.is_none() && phrase.items.first().is_some_and(|it| it.is_word("catch"))
}

fn unknown_statement(cx: &mut Context<'_>, phrase: &Phrase) {
    let word = phrase.items.first().and_then(Expr::as_word);
    let written = word.map(|it| it.text.clone()).unwrap_or_default();
    let span = word.map_or(phrase.span, |it| it.span);
    let message = if written.is_empty() {
        "this is not a statement".to_owned()
    } else {
        format!("`{written}` is not a statement")
    };
    let it = diag::P0306
        .at(span, message)
        .label("a statement belongs here")
        .help("statements are `name = function(value) retry POLICY`, `catch`, `append … to …`, `fail`");
    cx.report(it.nearest(&written, span, ["append", "fail", "catch"]));
}

/// `function(argument) retry policy`, with its catches.
fn call_statement<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    binding: Option<&'t Word>,
    items: &'t [Expr],
    catches: &[&'t Phrase],
    span: Span,
) -> Option<Statement> {
    let (called, clause) = items.split_first()?;
    let ExprKind::Call { name, arguments } = &called.kind else {
        cx.report(
            diag::P0306
                .at(called.span, "this is not a call")
                .label("`function(value)` belongs here"),
        );
        return None;
    };
    let ([name], [argument]) = (name.as_slice(), arguments.as_slice()) else {
        cx.report(
            diag::P0306
                .at(called.span, "a call names a function and has one argument")
                .label("not of that form"),
        );
        return None;
    };
    let function = cx.resolve(name, &[KindId::Function]);
    let signature = function
        .and_then(|it| cx.model.functions.get(it))
        .map(|it| (it.input.clone(), it.output.clone(), it.fails.clone()));
    let (input, output, raises) = match signature {
        Some((input, output, raises)) => (Some(input), output, Some(raises)),
        None => (None, None, None),
    };
    if let Some(function) = function {
        cx.edge(flow.name, Verb::Call, function, name.span, "calls");
    }
    let argument = match (argument.value.as_slice(), &argument.name, &input) {
        ([value], None, Some(input)) => value::read(cx, flow, value, input, "the argument"),
        ([_], None, None) => None,
        _ => {
            cx.report(
                diag::P0306
                    .at(argument.span, "an argument is one value without a name")
                    .label("one value belongs here"),
            );
            None
        }
    };
    let retry = retry(cx, clause);
    let (read, falls) = catches::read(cx, flow, catches, raises.as_deref(), name);
    if let Some(word) = binding {
        if output.is_none() && raises.is_some() {
            let message = format!("`{}` gives nothing back that could be bound", name.text);
            cx.report(diag::P0202.at(word.span, message).label("nothing to bind"));
        }
        bind(cx, flow, word, output, falls);
    }
    Some(Statement::Call {
        binding: binding.map(|it| it.text.clone()),
        function: function?.to_owned(),
        argument: argument?,
        retry,
        catches: read,
        origin: cx.origin(span),
    })
}

/// Adds a binding; a name can be bound once, and not to what is declared.
pub(crate) fn bind(
    cx: &mut Context<'_>,
    flow: &mut Flow<'_>,
    word: &Word,
    ty: Option<Type>,
    unset_by: Option<Span>,
) {
    let text = word.text.as_str();
    let taken = flow
        .bindings
        .iter()
        .find(|it| it.name == text)
        .map(|it| it.span);
    let taken = taken.or(cx.symbols.get(text).map(|it| it.span));
    if let Some(first) = taken {
        let message = format!("`{text}` is taken");
        cx.report(
            diag::P0312
                .at(word.span, message)
                .label("a new name belongs here")
                .second(first, "stands for this"),
        );
    } else if builtin::RESERVED.contains(&text) || text.starts_with('_') {
        let message = format!("`{text}` is reserved");
        cx.report(
            diag::P0111
                .at(word.span, message)
                .label("choose another name"),
        );
    }
    flow.bindings.push(Binding {
        name: text.to_owned(),
        ty,
        span: word.span,
        unset_by,
    });
}

fn retry<'t>(cx: &mut Context<'t>, clause: &'t [Expr]) -> Option<String> {
    match clause {
        [] => None,
        [word, policy] if word.is_word("retry") && policy.as_word().is_some() => cx
            .resolve(policy.as_word()?, &[KindId::Retry])
            .map(str::to_owned),
        [other, ..] => {
            let written = other
                .as_word()
                .map(|it| it.text.as_str())
                .unwrap_or_default();
            let it = diag::P0306
                .at(other.span, "after a call comes `retry POLICY` or nothing")
                .label("does not fit");
            cx.report(it.nearest(written, other.span, ["retry"]));
            None
        }
    }
}

/// `append EVENT { … } to TABLE`
fn append<'t>(cx: &mut Context<'t>, flow: &mut Flow<'t>, phrase: &'t Phrase) -> Option<Statement> {
    let [_, event, block, to, table] = phrase.items.as_slice() else {
        return wrong_form(cx, phrase, "append EVENT { field: value } to TABLE");
    };
    let (Some(event), Some(block), Some(table)) =
        (event.as_word(), block.as_block(), table.as_word())
    else {
        return wrong_form(cx, phrase, "append EVENT { field: value } to TABLE");
    };
    if !to.is_word("to") {
        return wrong_form(cx, phrase, "append EVENT { field: value } to TABLE");
    }
    let name = cx.resolve(event, &[KindId::Event]);
    let target = cx.resolve(table, &[KindId::Table]);
    if let Some(target) = target {
        cx.edge(flow.name, Verb::Append, target, table.span, "appends to");
    }
    let (name, target) = (name?, target?);
    let holds = cx
        .model
        .tables
        .get(target)
        .map(|it| it.holds.clone())
        .unwrap_or_default();
    if holds.iter().any(|it| it == name) {
        cx.used.insert(format!("recorded {name}"));
    } else {
        let declared = cx.symbols.get(target).map(|it| it.span).unwrap_or_default();
        let message = format!("`{target}` does not hold `{name}`");
        cx.report(
            diag::P0209
                .at(event.span, message)
                .label("cannot be recorded there")
                .second(declared, format!("holds `{}`", holds.join("`, `"))),
        );
    }
    let fields = cx.model.events.get(name).map(|it| it.fields.clone())?;
    let fields = value::record(cx, flow, name, &fields, Some(block), event.span);
    Some(Statement::Append {
        event: name.to_owned(),
        fields,
        table: target.to_owned(),
        origin: cx.origin(phrase.span),
    })
}

/// `fail ERROR { … }`
fn fail<'t>(cx: &mut Context<'t>, flow: &mut Flow<'t>, phrase: &'t Phrase) -> Option<Statement> {
    let (error, block) = match phrase.items.as_slice() {
        [_, error] => (error.as_word()?, None),
        [_, error, block] if block.as_block().is_some() => (error.as_word()?, block.as_block()),
        _ => return wrong_form(cx, phrase, "fail ERROR { field: value }"),
    };
    let name = cx.resolve(error, &[KindId::Error])?;
    flow.raised.insert(name.to_owned());
    if !flow.fails.iter().any(|it| it == name) {
        let declared = cx
            .symbols
            .get(flow.name)
            .map(|it| it.span)
            .unwrap_or_default();
        let message = format!(
            "`{}` does not declare that it fails with `{name}`",
            flow.name
        );
        cx.report(
            diag::P0305
                .at(error.span, message)
                .label("not declared")
                .second(declared, "declared here")
                .help(format!("write `fails {name}` in its head")),
        );
    }
    let fields = cx.model.errors.get(name).map(|it| it.fields.clone())?;
    let fields = value::record(cx, flow, name, &fields, block, error.span);
    Some(Statement::Fail {
        error: name.to_owned(),
        fields,
        origin: cx.origin(phrase.span),
    })
}

fn wrong_form(cx: &mut Context<'_>, phrase: &Phrase, form: &str) -> Option<Statement> {
    let word = phrase
        .items
        .first()
        .and_then(Expr::as_word)
        .map(|it| it.text.clone())
        .unwrap_or_default();
    let message = format!("this is not the form of `{word}`");
    cx.report(
        diag::P0306
            .at(phrase.span, message)
            .label("does not fit")
            .help(format!("it looks like `{form}`")),
    );
    None
}

/// Reports declared failures that no statement raises.
pub(crate) fn check_fails<'t>(cx: &mut Context<'t>, flow: &Flow<'t>, clause: Option<&'t Expr>) {
    let words = clause.map(|it| head::names(cx, it)).unwrap_or_default();
    for word in words {
        if flow.fails.contains(&word.text) && !flow.raised.contains(&word.text) {
            let message = format!("`{}` never fails with `{}`", flow.name, word.text);
            cx.report(
                diag::P0308
                    .at(word.span, message)
                    .label("declared, but never raised"),
            );
        }
    }
}

/// Reports a workflow that records the kind of event that starts it.
pub(crate) fn check_loop(
    cx: &mut Context<'_>,
    body: &[Statement],
    on: &str,
    event: &str,
    at: Span,
) {
    for statement in body {
        match statement {
            Statement::Append {
                event: appended,
                table,
                origin,
                ..
            } if appended == event && table == on => {
                let message = format!("recording `{event}` here may start this workflow again");
                let span = Span {
                    start: origin.start,
                    end: origin.end,
                };
                cx.report(
                    diag::P0307
                        .at(span, message)
                        .label("recorded here")
                        .second(at, "starts on it here")
                        .help("record an event of another type, so that the chain ends"),
                );
            }
            Statement::Call { catches, .. } => {
                for it in catches {
                    check_loop(cx, &it.body, on, event, at);
                }
            }
            Statement::Append { .. } | Statement::Fail { .. } => {}
        }
    }
}
