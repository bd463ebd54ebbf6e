//! Texts that no spec may contain: secrets, and references that CloudFormation would resolve.

use std::borrow::Cow;

use pipe_dsl::tree::{
    Attribute, Block, Body, Declaration, EntryKind, Expr, ExprKind, Phrase, Span,
};

use crate::check::context::Context;
use crate::diag;

/// How a secret begins, how many characters of it follow at least, and what it is.
const SECRETS: &[(&str, usize, &str)] = &[
    ("sk_live_", 6, "a secret key of Stripe"),
    ("rk_live_", 6, "a restricted key of Stripe"),
    ("sk_test_", 6, "a test key of Stripe"),
    ("whsec_", 8, "a signing secret"),
    ("AKIA", 16, "an access key of AWS"),
    ("ASIA", 16, "a temporary access key of AWS"),
    ("ghp_", 20, "a token of GitHub"),
    ("xoxb-", 10, "a token of Slack"),
    ("-----BEGIN ", 3, "a PEM block"),
];

const REFERENCE: &str = "{{resolve:";

/// Looks through the whole text, comments too, and through strings with their escapes resolved.
pub(crate) fn check(cx: &mut Context<'_>) {
    let text = cx.text;
    for (span, what) in secrets_in(text) {
        report_secret(cx, span, what);
    }
    for (start, _) in text.match_indices(REFERENCE) {
        report_reference(
            cx,
            Span {
                start,
                end: start + REFERENCE.len(),
            },
        );
    }
    // What stands there literally was reported above with its exact place. Only an escape makes a string say anything else.
    if !text.contains('\\') {
        return;
    }
    let mut strings = Vec::new();
    for it in &cx.tree.declarations {
        declaration(it, &mut strings);
    }
    for (value, span) in strings {
        let written = span.text(text);
        if value.contains(REFERENCE) && !written.contains(REFERENCE) {
            report_reference(cx, span);
        }
        if let (Some((_, what)), None) = (secrets_in(value).first(), secrets_in(written).first()) {
            report_secret(cx, span, what);
        }
    }
}

fn report_secret(cx: &mut Context<'_>, span: Span, what: &str) {
    cx.report(
        diag::P0504
            .at(span, format!("this looks like {what}"))
            .label("readable by everyone who reads the spec")
            .help("declare `secret NAME`, refer to it by name, and store the value in Parameter Store; revoke this one"),
    );
}

fn report_reference(cx: &mut Context<'_>, span: Span) {
    cx.report(
        diag::P0505
            .at(span, "CloudFormation would replace this by a value")
            .label("a dynamic reference")
            .help("declare a `secret`; values are read at run time, never put into a template"),
    );
}

/// The secrets in a text, kind by kind; one begins where no letter or digit stands before it. The first two bytes tell at most places
/// that there is none.
fn secrets_in(text: &str) -> Vec<(Span, &'static str)> {
    let mut found = Vec::new();
    let bytes = text.as_bytes();
    let may_begin = |it: &u8| matches!(it, b's' | b'r' | b'w' | b'g' | b'x' | b'A' | b'-');
    let mut at = 0;
    while let Some(ahead) = bytes.get(at..).and_then(|it| it.iter().position(may_begin)) {
        let start = at + ahead;
        at = start + 1;
        let goes_on = matches!(
            (bytes.get(start), bytes.get(at)),
            (Some(b's' | b'r'), Some(b'k'))
                | (Some(b'w' | b'g'), Some(b'h'))
                | (Some(b'x'), Some(b'o'))
                | (Some(b'A'), Some(b'K' | b'S'))
                | (Some(b'-'), Some(b'-'))
        );
        if !goes_on {
            continue;
        }
        let (before, rest) = text.split_at_checked(start).unwrap_or_default();
        if !before.ends_with(|it: char| it.is_ascii_alphanumeric()) {
            found.extend(secret_at(rest).map(|(kind, len)| (kind, start, start + len)));
        }
    }
    found.sort_unstable();
    let secret = |(kind, start, end): (usize, usize, usize)| {
        let (_, _, what) = SECRETS.get(kind)?;
        Some((Span { start, end }, *what))
    };
    found.into_iter().filter_map(secret).collect()
}

/// The place in the list of the secret that a text begins with, and its length.
fn secret_at(text: &str) -> Option<(usize, usize)> {
    SECRETS
        .iter()
        .enumerate()
        .find_map(|(kind, (prefix, len_min, _))| {
            let len = text
                .strip_prefix(prefix)?
                .bytes()
                .take_while(|it| it.is_ascii_alphanumeric() || b"+/=_-".contains(it))
                .count();
            (len >= *len_min).then_some((kind, prefix.len() + len))
        })
}

/// Strings with escapes in them, by their values.
type Strings<'t> = Vec<(&'t str, Span)>;

fn declaration<'t>(it: &'t Declaration<'t>, out: &mut Strings<'t>) {
    match &it.body {
        Body::Attribute(it) => attribute(it, out),
        Body::Phrase(it) => phrase(it, out),
    }
}

fn attribute<'t>(it: &'t Attribute<'t>, out: &mut Strings<'t>) {
    for it in &it.values {
        phrase(it, out);
    }
}

fn phrase<'t>(it: &'t Phrase<'t>, out: &mut Strings<'t>) {
    for it in it.items.iter().chain(it.default.iter().flatten()) {
        expr(it, out);
    }
}

fn block<'t>(it: &'t Block<'t>, out: &mut Strings<'t>) {
    for entry in &it.entries {
        match &entry.kind {
            EntryKind::Attribute(it) => attribute(it, out),
            EntryKind::Statement(it) => phrase(it, out),
            EntryKind::Spread(_) => {}
        }
    }
}

fn expr<'t>(it: &'t Expr<'t>, out: &mut Strings<'t>) {
    match &it.kind {
        ExprKind::String(Cow::Owned(value)) => out.push((value, it.span)),
        ExprKind::Call { arguments, .. } => {
            for it in arguments.iter().flat_map(|it| &it.value) {
                expr(it, out);
            }
        }
        ExprKind::Index { index: inner, .. }
        | ExprKind::Parens(inner)
        | ExprKind::Optional(inner)
        | ExprKind::Not(inner)
        | ExprKind::Arrow(inner) => expr(inner, out),
        ExprKind::List(items)
        | ExprKind::Alternatives(items)
        | ExprKind::And(items)
        | ExprKind::Or(items)
        | ExprKind::Several(items) => {
            for it in items {
                expr(it, out);
            }
        }
        ExprKind::Compare { left, right, .. } => {
            expr(left, out);
            expr(right, out);
        }
        ExprKind::Block(it) => block(it, out),
        ExprKind::String(Cow::Borrowed(_))
        | ExprKind::Name(_)
        | ExprKind::Number { .. }
        | ExprKind::Path(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{SECRETS, secrets_in};

    #[test]
    fn each_kind_of_secret_is_found_by_its_first_two_bytes() {
        for (prefix, _, what) in SECRETS {
            let found = secrets_in(&format!(": {prefix}{}", "A1".repeat(20)));
            assert_eq!(found.first().map(|it| it.1), Some(*what), "{prefix}");
        }
    }
}
