//! Common slips: what other languages write, and what stands here for it.

use pipe_dsl::SyntaxErrorKind;
use pipe_dsl::tree::{Expr, Phrase, Span, Word};

use crate::check::context::Context;
use crate::check::distance::nearest;
use crate::diag::{self, Diagnostic};
use crate::kinds::KindId;

/// Signs of other languages: what is found, what stands behind it, what to do, and what to write instead of both.
const SIGNS: &[(&str, &str, &str, Option<&str>)] = &[
    ("&", "&", "comparisons are joined by `and`", Some("and")),
    ("|", "|", "comparisons are joined by `or`", None),
    ("#", "", "a comment begins with `//`", Some("//")),
    (
        ":",
        "",
        "an attribute is `key: value`, with one word before the colon",
        None,
    ),
    (
        "=",
        "",
        "an attribute is `key: value`; `=` gives a default or binds the output of a call",
        None,
    ),
    (";", "", "an entry ends with its line or with a comma", None),
];

/// Says what to write where the parser met a sign that it does not know there.
pub(crate) fn unexpected(it: Diagnostic, kind: &SyntaxErrorKind, text: &str) -> Diagnostic {
    let SyntaxErrorKind::Unexpected { found, .. } = kind else {
        return it;
    };
    let span = it.primary.span;
    let before = text.get(..span.start).unwrap_or_default();
    let behind = text.get(span.end..).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    if found == "-" && line.ends_with(is_letter) && behind.starts_with(is_letter) {
        return it
            .help("a name has letters, digits and `_`")
            .suggest(span, "_");
    }
    if found == "," && line.contains(" in (") {
        return it.help("name each value: `a == x or a == y`");
    }
    // The first of two `|` joins variants, so the second one is found.
    if found == "|" && !line.ends_with('|') {
        return it;
    }
    let sign = SIGNS
        .iter()
        .find(|(sign, next, ..)| sign == found && (*sign == "|" || behind.starts_with(next)));
    match sign {
        Some((sign, next, help, Some(instead))) => {
            let whole = Span {
                start: span.start,
                end: span.start + sign.len() + next.len(),
            };
            it.help(*help).suggest(whole, *instead)
        }
        Some((_, _, help, None)) => it.help(*help),
        None => it,
    }
}

fn is_letter(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_'
}

/// `where a = 5`, `if a = 5 { … }`, `expect a = 5 else { … }`: one `=` where a comparison is meant. True if that was reported.
pub(crate) fn single_equals(cx: &mut Context<'_>, phrase: &Phrase) -> bool {
    let asks = |it: &&str| phrase.items.iter().any(|item| item.is_word(it));
    ["where", "if", "expect"].iter().any(asks) && equals_in_condition(cx, phrase)
}

/// The same where nothing but a condition can stand: `expect: a = 5`.
pub(crate) fn equals_in_condition(cx: &mut Context<'_>, phrase: &Phrase) -> bool {
    let (Some(default), Some(left)) = (&phrase.default, phrase.items.last()) else {
        return false;
    };
    let between = Span {
        start: left.span.end,
        end: default.first().map_or(phrase.span.end, |it| it.span.start),
    };
    let Some(at) = between.text(cx.text).find('=') else {
        return false;
    };
    let sign = Span {
        start: between.start + at,
        end: between.start + at + 1,
    };
    cx.report(
        diag::P0210
            .at(sign, "one `=` compares nothing")
            .label("`==` belongs here")
            .help("`==` compares; `=` gives a default or binds the output of a call")
            .suggest(sign, "=="),
    );
    true
}

/// Where the first clause begins: at one of the words, or at one that is near to it and stands where pairs of word and value would. What stands
/// first is never a clause, though it may be spelled like one.
pub(crate) fn beginning_of_clauses<'t>(
    items: &[impl std::borrow::Borrow<Expr<'t>>],
    words: &[&'static str],
) -> usize {
    let begins = |at: usize, it: &Expr| {
        let Some(word) = it.as_word() else {
            return false;
        };
        let in_pairs = (items.len() - at).is_multiple_of(2);
        words.contains(&word.text)
            || (in_pairs && nearest(word.text, words.iter().copied()).is_some())
    };
    let mut behind = items.iter().enumerate().skip(1);
    let first = behind.find(|(at, it)| begins(*at, (*it).borrow()));
    first.map_or(items.len(), |it| it.0)
}

/// Whether a word of an attribute's form stands where it belongs; reports another one there, and what it is instead of.
pub(crate) fn is_word(
    cx: &mut Context<'_>,
    expr: &Expr,
    wanted: &'static str,
    key: &str,
    form: &str,
) -> bool {
    if expr.is_word(wanted) {
        return true;
    }
    let it = diag::P0213
        .at(expr.span, format!("`{key}` takes {form}"))
        .label(format!("`{wanted}` belongs here"));
    let written = expr.as_word().is_some();
    cx.report(it.meant(expr.span, written.then_some(wanted)));
    false
}

/// Reports what is none of the words that can stand there.
pub(crate) fn report_word(
    cx: &mut Context<'_>,
    expr: &Expr,
    words: &[&'static str],
    key: &str,
    form: &str,
) {
    let written = expr.as_word().map(|it| it.text).unwrap_or_default();
    let it = diag::P0213
        .at(expr.span, format!("`{key}` takes {form}"))
        .label("does not belong here");
    cx.report(it.nearest(written, expr.span, words.iter().copied()));
}

/// The words that join or compare within a condition.
const OPERATORS: &[&str] = &["starts_with", "and", "or"];

/// A word behind a field or a comparison that is near to an operator: `reference start_with "INV-"`. True if that was reported.
pub(crate) fn operator(cx: &mut Context<'_>, expr: &Expr) -> bool {
    let word = expr.as_word();
    let Some((word, meant)) =
        word.and_then(|it| Some((it, nearest(it.text, OPERATORS.iter().copied())?)))
    else {
        return false;
    };
    let message = format!("`{}` neither compares nor joins", word.text);
    let it = diag::P0210
        .at(word.span, message)
        .label("a comparison or `and`, `or` belongs here");
    cx.report(it.meant(word.span, Some(meant)));
    true
}

/// The same in what should be one condition, perhaps with its statement's word before it and words of its form behind it.
pub(crate) fn operator_among(cx: &mut Context<'_>, items: &[Expr]) -> bool {
    // Something is compared, and something with it.
    let inner = items
        .get(1..items.len().saturating_sub(1))
        .unwrap_or_default();
    inner.iter().any(|it| operator(cx, it))
}

/// A param where a value of an event or a workflow is meant. True if that was reported.
pub(crate) fn param(cx: &mut Context<'_>, word: &Word) -> bool {
    let Some(symbol) = cx.symbols.get(word.text).copied() else {
        return false;
    };
    if symbol.kind != KindId::Param {
        return false;
    }
    let message = format!("param `{}` is not a value of a workflow", word.text);
    cx.report(
        diag::P0108
            .at(word.span, message)
            .label("a constant, or a field of the event, belongs here")
            .second(symbol.span, "a function can read it")
            .help("let a function that is granted to `read` it compare, and give back what it found; or write the constant here"),
    );
    true
}
