//! Values with clauses: `webhook_dlq after 5`, `lane batch 10 window 5s`, `off because "…"`.

use pipe_dsl::tree::{Attribute, Expr, ExprKind, Phrase, Span};

use crate::check::context::Context;
use crate::check::quantity;
use crate::check::slips;
use crate::diag;
use crate::kinds::Value;

/// A value taken apart at the words of its clauses.
pub(crate) struct Clauses<'t> {
    /// What stands before the first clause.
    pub(crate) main: Vec<&'t Expr<'t>>,
    found: Vec<(&'t str, &'t Expr<'t>)>,
    /// All of it.
    pub(crate) span: Span,
}

impl<'t> Clauses<'t> {
    /// What follows a clause's word.
    pub(crate) fn get(&self, word: &str) -> Option<&'t Expr<'t>> {
        self.found
            .iter()
            .find(|(it, _)| *it == word)
            .map(|(_, value)| *value)
    }

    /// The one expression before the clauses.
    pub(crate) fn single(&self) -> Option<&'t Expr<'t>> {
        match self.main.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// Takes a phrase apart; reports what is no `word value` of the list.
pub(crate) fn read<'t>(
    cx: &mut Context<'t>,
    phrase: &'t Phrase<'t>,
    words: &'static [&'static str],
    key: &str,
    form: &str,
) -> Option<Clauses<'t>> {
    if phrase.default.is_some() {
        if slips::single_equals(cx, phrase) {
            return None;
        }
        cx.report_form(phrase.span, key, form);
        return None;
    }
    let items: Vec<&Expr> = phrase.items.iter().collect();
    of_items(cx, &items, phrase.span, words, key, form)
}

/// The same of expressions that stand side by side.
pub(crate) fn of_items<'t>(
    cx: &mut Context<'t>,
    items: &[&'t Expr<'t>],
    span: Span,
    words: &'static [&'static str],
    key: &str,
    form: &str,
) -> Option<Clauses<'t>> {
    cx.expect_clauses(items.iter().copied(), words);
    let is_clause = |it: &Expr| it.as_word().is_some_and(|it| words.contains(&it.text));
    // The first expression is the value, which may be spelled like a clause.
    let begin = items
        .iter()
        .skip(1)
        .position(|it| is_clause(it))
        .map_or(items.len(), |it| it + 1);
    let (main, rest) = items.split_at(begin.min(items.len()));
    let mut found: Vec<(&'t str, &'t Expr<'t>)> = Vec::new();
    for pair in rest.chunks(2) {
        let [word, value] = pair else {
            cx.report_form(span, key, form);
            return None;
        };
        let Some(word) = word.as_word().filter(|_| is_clause(word)) else {
            cx.report_form(word.span, key, form);
            return None;
        };
        if found.iter().any(|(it, _)| *it == word.text) {
            let message = format!("`{}` is given twice", word.text);
            cx.report(diag::P0105.at(word.span, message).label("again here"));
            continue;
        }
        found.push((word.text, value));
    }
    Some(Clauses {
        main: main.to_vec(),
        found,
        span,
    })
}

/// The number of a clause in the unit of its value.
pub(crate) fn quantity(
    cx: &mut Context<'_>,
    expr: &Expr,
    value: &Value,
    name: &str,
) -> Option<u64> {
    let ExprKind::Number { digits, unit } = &expr.kind else {
        cx.report_form(expr.span, name, value);
        return None;
    };
    match quantity::read(value, digits, unit) {
        Ok(it) => Some(it),
        Err(fault) => {
            let it = quantity::report(&fault, name, value, expr.span);
            cx.report(it);
            None
        }
    }
}

/// `watch: off because "…"`, which is all that the attribute may say: the reason.
pub(crate) fn attribute_off<'t>(cx: &mut Context<'t>, it: &'t Attribute<'t>) -> Option<String> {
    let (key, form) = (it.key.text, "`off because \"…\"`");
    let [phrase] = it.values.as_slice() else {
        cx.report_form(it.span, key, form);
        return None;
    };
    let clauses = read(cx, phrase, &["because"], key, form)?;
    off(cx, &clauses, key)
}

/// `off because "…"`: the reason, which is never empty.
pub(crate) fn off(cx: &mut Context<'_>, clauses: &Clauses<'_>, key: &str) -> Option<String> {
    let form = "`off because \"…\"`";
    let is_off = clauses.single().is_some_and(|it| it.is_word("off"));
    let Some(reason) = clauses.get("because").filter(|_| is_off) else {
        cx.report_form(clauses.span, key, form);
        return None;
    };
    match &reason.kind {
        ExprKind::String(text) if !text.trim().is_empty() => Some(text.to_string()),
        _ => {
            cx.report_form(reason.span, "because", "a reason in quotes");
            None
        }
    }
}
