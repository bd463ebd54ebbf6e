//! `match` in a workflow: its arms, which variants they take, and whether all are taken.

use std::collections::BTreeMap;

use pipe_dsl::tree::{Block, EntryKind, Expr, ExprKind, Phrase, Span, Word};

use crate::check::branches;
use crate::check::context::Context;
use crate::check::distance::nearest;
use crate::check::expected::Expected;
use crate::check::flow::{self, Flow, wrong_form};
use crate::check::types::spelled;
use crate::check::value;
use crate::diag;
use crate::model::{Statement, Type, Variant};

/// `match VALUE { variant { … } else { … } }`
pub(crate) fn match_on<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
) -> Option<Statement> {
    let [_, subject, block] = phrase.items.as_slice() else {
        return wrong_form(cx, phrase);
    };
    let Some(block) = block.as_block() else {
        return wrong_form(cx, phrase);
    };
    let read = value::any_path(cx, flow, subject, false);
    let variants = match read.as_ref().map(|it| &it.ty) {
        Some(Type::Enum(variants)) => variants.clone(),
        Some(Type::Provider) => cx.model.providers.keys().cloned().collect(),
        Some(other) => {
            let message = format!("this is `{}`, which has no variants", spelled(other));
            cx.report(
                diag::P0202
                    .at(subject.span, message)
                    .label("a value of an enum belongs here")
                    .help("compare with `if`"),
            );
            return None;
        }
        None => return None,
    };
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    let mut slips: Vec<(String, Span)> = Vec::new();
    let mut arms = Vec::new();
    let mut otherwise: Option<(Vec<Statement>, Span)> = None;
    for (names, body, _) in match_arms(cx, block, &mut otherwise, flow) {
        let taken = taken(cx, &names, &variants, &mut seen, &mut slips);
        if !taken.is_empty() {
            arms.push(Variant {
                variants: taken,
                body,
            });
        }
    }
    for (variant, at) in slips {
        seen.entry(variant).or_insert(at);
    }
    check_coverage(
        cx,
        subject.span,
        &variants,
        &seen,
        otherwise.as_ref().map(|it| it.1),
    );
    Some(Statement::Match {
        subject: read?,
        arms,
        otherwise: otherwise.map(|it| it.0),
        origin: cx.origin(phrase.span),
    })
}

/// The variants that an arm takes. One that is near to a misspelled word is kept in `slips`, until all arms are read.
fn taken(
    cx: &mut Context<'_>,
    names: &[&Word],
    variants: &[String],
    seen: &mut BTreeMap<String, Span>,
    slips: &mut Vec<(String, Span)>,
) -> Vec<String> {
    let mut taken = Vec::new();
    for word in names {
        cx.expect(word.span, || Expected::Variant(variants.to_vec()));
        let known = variants.iter().map(String::as_str);
        if !variants.iter().any(|it| it == word.text) {
            let meant = nearest(word.text, known);
            let message = format!("`{}` is no variant of this", word.text);
            let it = diag::P0203
                .at(word.span, message)
                .label(format!("`{}`", variants.join(" | ")));
            cx.report_slip(it, word.span, meant);
            // It is the arm of what was meant, unless that has its own.
            if let Some(meant) = meant.filter(|it| !seen.contains_key(*it)) {
                slips.push((meant.to_owned(), word.span));
            }
        } else if let Some(first) = seen.insert(word.text.to_owned(), word.span) {
            let message = format!("`{}` is matched twice", word.text);
            cx.report(
                diag::P0302
                    .at(word.span, message)
                    .label("matched above already")
                    .second(first, "matched here"),
            );
        } else {
            taken.push(word.text.to_owned());
        }
    }
    taken
}

/// Every variant has its arm, or there is `else`, and not both.
fn check_coverage(
    cx: &mut Context<'_>,
    at: Span,
    variants: &[String],
    seen: &BTreeMap<String, Span>,
    otherwise: Option<Span>,
) {
    let missing: Vec<&str> = variants
        .iter()
        .filter(|it| !seen.contains_key(*it))
        .map(String::as_str)
        .collect();
    match otherwise {
        None if !missing.is_empty() => {
            let message = format!("nothing is said for `{}`", missing.join("`, `"));
            cx.report(
                diag::P0330
                    .at(at, message)
                    .label(format!("`{}`", variants.join(" | ")))
                    .help("add the variants, or `else { … }`"),
            );
        }
        Some(span) if missing.is_empty() => {
            cx.report(
                diag::P0302
                    .at(span, "this `else` is never reached")
                    .label("every variant is matched above"),
            );
        }
        _ => {}
    }
}

/// Names, body and place of each arm; `else` on its own.
fn match_arms<'t>(
    cx: &mut Context<'t>,
    block: &'t Block<'t>,
    otherwise: &mut Option<(Vec<Statement>, Span)>,
    flow: &mut Flow<'t>,
) -> Vec<(Vec<&'t Word<'t>>, Vec<Statement>, Span)> {
    let mut arms = Vec::new();
    // On one line, arms stand side by side in one entry.
    let parts = block.entries.iter().flat_map(|entry| match &entry.kind {
        EntryKind::Statement(Phrase {
            items,
            default: None,
            ..
        }) => items
            .chunks(2)
            .map(|it| (it, branches::spanned(it)))
            .collect(),
        _ => vec![(&[] as &[Expr], entry.span)],
    });
    for (items, span) in parts {
        let arm = match items {
            [names, body] => words(names).zip(body.as_block()),
            _ => None,
        };
        let Some((names, body)) = arm else {
            cx.report(
                diag::P0306
                    .at(span, "this is not an arm of a `match`")
                    .label("`variant { … }` belongs here"),
            );
            continue;
        };
        let head = names
            .iter()
            .map(|it| it.span)
            .reduce(Span::to)
            .unwrap_or(span);
        if let Some((_, first)) = otherwise {
            let first = *first;
            cx.report(
                diag::P0302
                    .at(head, "this arm is never reached")
                    .label("comes after `else`")
                    .second(first, "takes everything that is left"),
            );
            continue;
        }
        let statements = flow::block(cx, flow, body);
        if let [only] = names.as_slice()
            && only.text == "else"
        {
            *otherwise = Some((statements, only.span));
        } else {
            arms.push((names, statements, head));
        }
    }
    arms
}

/// `a` or `a, b`
fn words<'t>(expr: &'t Expr<'t>) -> Option<Vec<&'t Word<'t>>> {
    match &expr.kind {
        ExprKind::Several(all) => all.iter().map(Expr::as_word).collect(),
        _ => expr.as_word().map(|it| vec![it]),
    }
}
