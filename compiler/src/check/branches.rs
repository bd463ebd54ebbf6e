//! The statements that lead elsewhere: `if`, `expect`, `match`, `wait`, `parallel`, `for`.

use std::collections::BTreeSet;

use pipe_dsl::tree::{Block, Entry, EntryKind, Expr, ExprKind, Phrase, Span, Word};

use crate::check::catches;
use crate::check::comparisons;
use crate::check::context::Context;
use crate::check::expected::Expected;
use crate::check::flow::{self, Flow, wrong_form};
use crate::check::quantity;
use crate::check::strict;
use crate::check::types::spelled;
use crate::check::value::{self, Binding};
use crate::diag;
use crate::kinds::Value;
use crate::model::{Branch, Statement, Type, Wait};

/// Most branches of one `parallel`.
const BRANCHES_MAX: usize = 20;
/// Seconds of a wait: no execution lives longer. AWS: "Step Functions quotas", one year.
const WAIT_S: Value = Value::Duration {
    min_s: 1,
    max_s: 31_536_000,
};
/// Turns of a `for` at the same time. AWS: an inline Map runs up to 40.
const AT_ONCE: Value = Value::Whole { min: 1, max: 40 };

/// `if … { } else if … { } else { }`
pub(crate) fn if_else<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
) -> Option<Statement> {
    let mut arms = Vec::new();
    let mut whole = true;
    let mut rest = phrase.items.as_slice();
    loop {
        let [word, condition, block, following @ ..] = rest else {
            return wrong_form(cx, phrase);
        };
        let Some(block) = block.as_block().filter(|_| word.is_word("if")) else {
            return wrong_form(cx, phrase);
        };
        let test = comparisons::read(cx, flow, condition);
        let before = flow.present.len();
        if let Some(test) = &test {
            flow.present.extend(comparisons::present(test));
        }
        let body = flow::block(cx, flow, block);
        flow.present.truncate(before);
        whole &= test.is_some();
        arms.extend(test.map(|it| (it, body)));
        rest = match following {
            [] => break,
            [word, rest @ ..] if word.is_word("else") => rest,
            _ => return wrong_form(cx, phrase),
        };
        if let [only] = rest {
            let Some(block) = only.as_block() else {
                return wrong_form(cx, phrase);
            };
            let otherwise = flow::block(cx, flow, block);
            return whole.then(|| Statement::If {
                arms,
                otherwise,
                origin: cx.origin(phrase.span),
            });
        }
    }
    whole.then(|| Statement::If {
        arms,
        otherwise: Vec::new(),
        origin: cx.origin(phrase.span),
    })
}

/// `expect CONDITION else { … }`
pub(crate) fn expect<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
) -> Option<Statement> {
    let [_, condition, word, block] = phrase.items.as_slice() else {
        return wrong_form(cx, phrase);
    };
    let Some(block) = block.as_block().filter(|_| word.is_word("else")) else {
        return wrong_form(cx, phrase);
    };
    let test = comparisons::read(cx, flow, condition).map(strict::test);
    let otherwise = flow::block(cx, flow, block);
    if !Statement::ends(&otherwise) && !block.entries.iter().any(is_ending) {
        cx.report(
            diag::P0333
                .at(word.span, "the workflow goes on as if this held")
                .label("does not end in every way through it")
                .second(condition.span, "is expected")
                .help(
                    "end it with `fail ERROR { … }` or `done`; where both ways go on, write `if`",
                ),
        );
    }
    let test = test?;
    flow.present.extend(comparisons::present(&test));
    Some(Statement::Expect {
        test,
        otherwise,
        origin: cx.origin(phrase.span),
    })
}

/// True for a written `fail` or `done`, also where something is wrong inside of it, which was reported.
fn is_ending(it: &Entry) -> bool {
    matches!(&it.kind, EntryKind::Statement(it) if flow::is_ending(it))
}

/// From the first item to the last.
pub(crate) fn spanned(items: &[Expr]) -> Span {
    let spans = items.iter().map(|it| it.span);
    spans.reduce(Span::to).unwrap_or_default()
}

/// `wait 5m`, `wait until TIMESTAMP`
pub(crate) fn wait<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
) -> Option<Statement> {
    let wait = match phrase.items.as_slice() {
        [
            _,
            Expr {
                kind: ExprKind::Number { digits, unit },
                span,
            },
        ] => match quantity::read(&WAIT_S, digits, unit) {
            Ok(seconds) => Wait::ForS(seconds),
            Err(fault) => {
                let it = quantity::report(&fault, "wait", &WAIT_S, *span);
                cx.report(it);
                return None;
            }
        },
        [_, word, time] if word.is_word("until") => Wait::Until(value::read(
            cx,
            flow,
            time,
            &Type::Timestamp,
            "the end of a wait",
        )?),
        items => {
            if let [_, word] = items {
                cx.expect(word.span, || Expected::Choice(&["until"]));
            }
            return wrong_form(cx, phrase);
        }
    };
    Some(Statement::Wait {
        wait,
        origin: cx.origin(phrase.span),
    })
}

/// `parallel { branch NAME { … } … }`
pub(crate) fn parallel<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
    below: &[&'t Phrase<'t>],
) -> Option<Statement> {
    let [word, block] = phrase.items.as_slice() else {
        return wrong_form(cx, phrase);
    };
    let (Some(word), Some(block)) = (word.as_word(), block.as_block()) else {
        return wrong_form(cx, phrase);
    };
    flow.groups.push(BTreeSet::new());
    let mut branches: Vec<Branch> = Vec::new();
    let mut bound: Vec<(Word, Vec<Binding>)> = Vec::new();
    let statements = flow::block_statements(cx, block);
    // On one line, branches stand side by side in one entry.
    let parts = statements.iter().flat_map(|it| match it.default {
        None => it.items.chunks(3).map(|it| (it, spanned(it))).collect(),
        Some(_) => vec![(&[] as &[Expr], it.span)],
    });
    for (items, span) in parts {
        let form = match items {
            [word, name, block] if word.is_word("branch") => name.as_word().zip(block.as_block()),
            _ => None,
        };
        let Some((name, block)) = form else {
            cx.report(
                diag::P0306
                    .at(span, "this is not a branch")
                    .label("`branch NAME { … }` belongs here"),
            );
            continue;
        };
        let (body, members) = branch(cx, flow, block);
        let set = members
            .iter()
            .filter(|it| it.unset_by.is_none() && it.members.is_none());
        branches.push(Branch {
            name: name.text.to_owned(),
            body,
            results: set.map(|it| it.name.clone()).collect(),
        });
        bound.push((name.clone(), members));
    }
    let escaped = flow.groups.pop().unwrap_or_default();
    if branches.len() < 2 || branches.len() > BRANCHES_MAX {
        let message = format!("a `parallel` has 2 to {BRANCHES_MAX} branches");
        let label = format!("has {}", branches.len());
        cx.report(diag::P0408.at(word.span, message).label(label));
    }
    let raises: Vec<String> = escaped.into_iter().collect();
    let (catches, falls) = catches::read(cx, flow, below, Some(&raises), word, "`parallel`");
    for (name, mut members) in bound {
        for it in &mut members {
            it.unset_by = it.unset_by.or(falls);
        }
        flow::bind(cx, flow, &name, None, None);
        if let Some(last) = flow.bindings.last_mut() {
            last.members = Some(members);
        }
    }
    Some(Statement::Parallel {
        branches,
        catches,
        origin: cx.origin(phrase.span),
    })
}

/// The statements of a branch and what they have bound.
fn branch<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    block: &'t Block<'t>,
) -> (Vec<Statement>, Vec<Binding>) {
    let outer = flow.early.take();
    let before = flow.bindings.len();
    let present = flow.present.len();
    let phrases = flow::block_statements(cx, block);
    let body = flow::body(cx, flow, &phrases);
    flow.present.truncate(present);
    let mut members = flow.bindings.split_off(before);
    for it in &mut members {
        it.unset_by = it.unset_by.or(flow.early);
    }
    flow.early = outer;
    (body, members)
}

/// `for NAME in LIST at_once 5 { … }`
pub(crate) fn for_each<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
    below: &[&'t Phrase<'t>],
) -> Option<Statement> {
    let (head, at_once, block) = match phrase.items.as_slice() {
        [head @ .., word, number, block] if head.len() == 4 && word.is_word("at_once") => {
            (head, Some(number), block)
        }
        [head @ .., block] => (head, None, block),
        [] => return None,
    };
    let ([word, item, inside, list], Some(block)) = (head, block.as_block()) else {
        return wrong_form(cx, phrase);
    };
    let (Some(word), Some(item), true) = (word.as_word(), item.as_word(), inside.is_word("in"))
    else {
        return wrong_form(cx, phrase);
    };
    let at_once = at_once.map_or(1, |it| count(cx, it));
    let items = value::any_path(cx, flow, list, false);
    let ty = match items.as_ref().map(|it| &it.ty) {
        Some(Type::List(inner)) => Some(inner.as_ref().clone()),
        Some(other) => {
            let message = format!("this is `{}`", spelled(other));
            cx.report(
                diag::P0202
                    .at(list.span, message)
                    .label("a list belongs here"),
            );
            None
        }
        None => None,
    };
    flow.groups.push(BTreeSet::new());
    let outer = flow.early.take();
    let before = flow.bindings.len();
    flow::bind(cx, flow, item, ty.clone(), None);
    let body = flow::block(cx, flow, block);
    flow.bindings.truncate(before);
    flow.early = outer;
    let raises: Vec<String> = flow.groups.pop().unwrap_or_default().into_iter().collect();
    let (catches, _) = catches::read(cx, flow, below, Some(&raises), word, "`for`");
    Some(Statement::For {
        item: item.text.to_owned(),
        ty: ty?,
        items: items?,
        at_once,
        body,
        catches,
        origin: cx.origin(phrase.span),
    })
}

/// The number after `at_once`; 1 where it is wrong.
fn count(cx: &mut Context<'_>, expr: &Expr) -> u32 {
    let ExprKind::Number { digits, unit } = &expr.kind else {
        cx.report_form(expr.span, "at_once", &AT_ONCE);
        return 1;
    };
    match quantity::read(&AT_ONCE, digits, unit) {
        Ok(number) => u32::try_from(number).unwrap_or(1),
        Err(fault) => {
            cx.report(quantity::report(&fault, "at_once", &AT_ONCE, expr.span));
            1
        }
    }
}
