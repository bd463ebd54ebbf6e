//! Syntax errors of the parser as diagnostics.

use pipe_dsl::{BYTES_MAX, DECLARATIONS_MAX, DEPTH_MAX, SyntaxError, SyntaxErrorKind, TOKENS_MAX};

use crate::check::slips;
use crate::diag::{self, Diagnostic};

/// The diagnostic of a syntax error.
pub(crate) fn diagnostic(error: &SyntaxError, text: &str) -> Diagnostic {
    let span = error.span;
    match &error.kind {
        SyntaxErrorKind::Unexpected { found, expected } => {
            let message = if found.is_empty() {
                "the line ends too early".to_owned()
            } else {
                format!("`{found}` does not belong here")
            };
            let it = diag::P0001.at(span, message);
            let it = if expected.is_empty() {
                it
            } else {
                it.label(format!("expected {}", list(expected)))
            };
            slips::unexpected(it, &error.kind, text)
        }
        SyntaxErrorKind::UnclosedString => diag::P0002
            .at(span, "this string has no closing quote")
            .label("begins here")
            .help("a string ends on its own line"),
        SyntaxErrorKind::BadEscape => diag::P0005
            .at(span, "this escape is not known")
            .label("not an escape")
            .help("escapes are `\\\"`, `\\\\`, `\\n`, `\\t` and `\\u{…}`"),
        SyntaxErrorKind::Unclosed(bracket) => diag::P0003
            .at(span, format!("this `{bracket}` is never closed"))
            .label("opened here"),
        SyntaxErrorKind::Unopened(bracket) => diag::P0003
            .at(span, format!("this `{bracket}` closes nothing"))
            .label("nothing is open"),
        SyntaxErrorKind::Mismatched(open, close) => {
            let it = diag::P0003
                .at(span, format!("`{close}` cannot close `{open}`"))
                .label("closed here");
            match error.also {
                Some(also) => it.second(also, "opened here"),
                None => it,
            }
        }
        _ => of_characters_and_limits(error),
    }
}

/// What cannot be seen, and what is too much.
fn of_characters_and_limits(error: &SyntaxError) -> Diagnostic {
    let span = error.span;
    match &error.kind {
        SyntaxErrorKind::TooDeep => diag::P0004
            .at(span, format!("brackets are nested deeper than {DEPTH_MAX}"))
            .label("one too many"),
        SyntaxErrorKind::Invisible(it) => diag::P0006
            .at(
                span,
                format!("the character U+{:04X} cannot be seen", u32::from(*it)),
            )
            .label("invisible")
            .help("text must mean what it looks like: take it out")
            .suggest(span, ""),
        SyntaxErrorKind::Control(it) => diag::P0006
            .at(
                span,
                format!(
                    "the control character U+{:04X} does not belong in text",
                    u32::from(*it)
                ),
            )
            .label("invisible")
            .suggest(span, ""),
        SyntaxErrorKind::NotAscii(it) => diag::P0007
            .at(
                span,
                format!(
                    "`{it}` (U+{:04X}) can stand only in strings and comments",
                    u32::from(*it)
                ),
            )
            .label("not an ASCII letter"),
        SyntaxErrorKind::TooMany => diag::P0408
            .at(span, format!("more than {DECLARATIONS_MAX} declarations"))
            .label("one too many"),
        SyntaxErrorKind::TooMuch => diag::P0009
            .at(
                span,
                format!("a spec has at most {TOKENS_MAX} words and signs"),
            )
            .help("split it into pipelines"),
        SyntaxErrorKind::TooLong => diag::P0009
            .at(span, format!("a spec has at most {BYTES_MAX} bytes"))
            .help("split it into pipelines"),
        _ => diag::P0001.at(span, "this does not belong here"),
    }
}

/// `a, b or c`
fn list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [before @ .., last] => format!("{} or {last}", before.join(", ")),
    }
}
