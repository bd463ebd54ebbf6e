//! The `catch` branches below a statement: which errors they take, what they bind, and which errors nobody takes.

use std::collections::BTreeSet;

use pipe_dsl::tree::{Block, Phrase, Span, Word};

use crate::check::builtin;
use crate::check::context::Context;
use crate::check::expected::Expected;
use crate::check::flow::{self, Flow};
use crate::check::head;
use crate::diag;
use crate::kinds::KindId;
use crate::model::{Catch, Statement, Type};

/// The catches of a statement; `what` is the word for it. Also gives where one of them goes on after it, which leaves its bindings unset.
pub(crate) fn read<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrases: &[&'t Phrase<'t>],
    raises: Option<&[String]>,
    function: &Word,
    what: &str,
) -> (Vec<Catch>, Option<Span>) {
    let mut out = Vec::new();
    let mut falls = None;
    let mut caught: BTreeSet<String> = BTreeSet::new();
    let mut any: Option<Span> = None;
    for phrase in phrases {
        if let Some(first) = any {
            let message = "this `catch` is never reached";
            cx.report(
                diag::P0302
                    .at(phrase.span, message)
                    .label("comes after `catch any`")
                    .second(first, "catches everything"),
            );
            continue;
        }
        let Some((names, binding, block)) = catch_form(cx, phrase) else {
            continue;
        };
        let head = names
            .iter()
            .map(|it| it.span)
            .reduce(Span::to)
            .unwrap_or(phrase.span);
        let errors = caught_errors(cx, &names, raises, function, &mut caught);
        if names.iter().any(|it| it.text == "any") {
            any = Some(head);
        }
        let (bindings, present) = (flow.bindings.len(), flow.present.len());
        if let Some(binding) = binding {
            bind_error(cx, flow, binding, &names, head);
        }
        let statements = flow::block_statements(cx, block);
        let body = flow::body(cx, flow, &statements);
        flow.bindings.truncate(bindings);
        flow.present.truncate(present);
        // What is wrong inside a `fail` was reported already; it still ends the catch.
        let ends =
            Statement::ends(&body) || statements.iter().any(|it| flow::begins(it) == Some("fail"));
        if !ends {
            falls = falls.or(Some(head));
        }
        out.push(Catch {
            errors,
            binding: binding.map(|it| it.text.to_owned()),
            body,
            origin: cx.origin(head),
        });
    }
    if any.is_none() {
        let escaping = raises.unwrap_or_default().iter();
        for error in escaping.filter(|it| !caught.contains(*it)) {
            if flow.escapes(error) {
                continue;
            }
            let message = format!("nobody catches `{error}` of `{}`", function.text);
            cx.report(
                diag::P0304
                    .at(function.span, message)
                    .label("ends the workflow when it is raised")
                    .help(format!("add `catch {error} {{ … }}` below the {what}, or say `fails {error}` of the workflow")),
            );
        }
    }
    (out, falls)
}

/// `catch A, B as name { … }`
type CatchForm<'t> = (Vec<&'t Word<'t>>, Option<&'t Word<'t>>, &'t Block<'t>);

fn catch_form<'t>(cx: &mut Context<'t>, phrase: &'t Phrase<'t>) -> Option<CatchForm<'t>> {
    let (names, binding, block) = match phrase.items.as_slice() {
        [_, names, block] => (names, None, block),
        [_, names, word, binding, block] if word.is_word("as") => (names, Some(binding), block),
        _ => {
            report_catch_form(cx, phrase);
            return None;
        }
    };
    let Some(block) = block.as_block() else {
        report_catch_form(cx, phrase);
        return None;
    };
    let names = head::names(cx, names);
    match binding.map(|it| (it, it.as_word())) {
        Some((expr, None)) => {
            cx.report(
                diag::P0306
                    .at(expr.span, "a new name belongs here")
                    .label("not a name"),
            );
            None
        }
        Some((_, word)) => Some((names, word, block)),
        None => Some((names, None, block)),
    }
}

fn report_catch_form(cx: &mut Context<'_>, phrase: &Phrase) {
    let it = diag::P0306
        .at(phrase.span, "this is not the form of a `catch`")
        .label("does not fit");
    cx.report(it.help("it looks like `catch ERROR as NAME { … }` or `catch any { … }`"));
}

fn caught_errors<'t>(
    cx: &mut Context<'t>,
    names: &[&'t Word<'t>],
    raises: Option<&[String]>,
    function: &Word,
    caught: &mut BTreeSet<String>,
) -> Vec<String> {
    let mut errors = Vec::new();
    for word in names {
        let text = word.text;
        cx.expect(word.span, || Expected::Choice(builtin::CAUGHT));
        if text == "any" {
            if names.len() > 1 {
                let message = "`any` is every error already";
                cx.report(diag::P0306.at(word.span, message).label("stands alone"));
            }
            continue;
        }
        let mut error = text;
        if !builtin::is_error(text) {
            let Some(name) = cx.resolve(word, &[KindId::Error]) else {
                continue;
            };
            if let Some(raises) = raises.filter(|it| !it.iter().any(|it| it == name)) {
                let declared = cx
                    .symbols
                    .get(function.text)
                    .map(|it| it.span)
                    .unwrap_or_default();
                let message = format!("`{}` cannot raise `{name}`", function.text);
                let it = diag::P0301
                    .at(word.span, message)
                    .label("never occurs")
                    .second(declared, "declared here");
                cx.report(it.nearest(name, word.span, raises.iter().map(String::as_str)));
                continue;
            }
            error = name;
        }
        if caught.insert(error.to_owned()) {
            errors.push(error.to_owned());
        } else {
            let message = format!("`{text}` is caught twice");
            cx.report(
                diag::P0302
                    .at(word.span, message)
                    .label("caught above already"),
            );
        }
    }
    errors
}

fn bind_error(cx: &mut Context<'_>, flow: &mut Flow<'_>, word: &Word, names: &[&Word], head: Span) {
    let one = match names {
        [one] if one.text != "any" && !builtin::is_error(one.text) => Some(one.text),
        _ => None,
    };
    if one.is_none() {
        let message = "only one declared error has fields to bind";
        cx.report(
            diag::P0306
                .at(word.span, message)
                .label("nothing to bind")
                .second(head, "caught here"),
        );
    }
    // An unknown name was reported already, and so its fields are not known.
    let ty = one
        .filter(|it| cx.model.errors.contains_key(*it))
        .map(|it| Type::Record(it.to_owned()));
    flow::bind(cx, flow, word, ty, None);
}
