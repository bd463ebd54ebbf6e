//! Values with clauses: `webhook_dlq after 5`, `lane batch 10 window 5s`, `off because "…"`.

use pipe_dsl::tree::{Attribute, Expr, ExprKind, Phrase, Span};

use crate::check::context::Context;
use crate::check::distance::nearest;
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
    let (main, rest) = items.split_at(slips::beginning_of_clauses(items, words));
    let mut found: Vec<(&'t str, &'t Expr<'t>)> = Vec::new();
    for pair in rest.chunks(2) {
        let [word, value] = pair else {
            cx.report_form(span, key, form);
            return None;
        };
        let asks = found.last().is_some_and(|it| it.0 == "where");
        if asks && slips::operator(cx, word) {
            return None;
        }
        let written = word.as_word().map(|it| it.text);
        let known = words.iter().find(|it| written == Some(**it)).copied();
        let clause = known.or_else(|| meant(cx, word, words, key, form))?;
        if found.iter().any(|(it, _)| *it == clause) {
            if known.is_some() {
                let message = format!("`{clause}` is given twice");
                cx.report(diag::P0105.at(word.span, message).label("again here"));
            }
            continue;
        }
        found.push((clause, value));
    }
    Some(Clauses {
        main: main.to_vec(),
        found,
        span,
    })
}

/// Reports what is none of the words that begin a clause, and gives the one that it is near to: the rest is checked as if that were written.
fn meant(
    cx: &mut Context<'_>,
    expr: &Expr,
    words: &'static [&'static str],
    key: &str,
    form: &str,
) -> Option<&'static str> {
    let Some(word) = expr.as_word() else {
        cx.report_form(expr.span, key, form);
        return None;
    };
    let meant = nearest(word.text, words.iter().copied());
    let it = diag::P0213
        .at(expr.span, format!("`{}` says nothing here", word.text))
        .label(format!("{} belongs here", quantity::OneOf(words)))
        .help(format!("`{key}` takes {form}"));
    cx.report_slip(it, expr.span, meant);
    meant
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
