//! Common slips: what other languages write, and what stands here for it.

use pipe_dsl::SyntaxErrorKind;
use pipe_dsl::tree::{Phrase, Span, Word};

use crate::check::context::Context;
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
