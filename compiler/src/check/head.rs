//! Heads of declarations: `kind name signature (word value)* { … }`.

use pipe_dsl::tree::{Block, Body, Declaration, Expr, ExprKind, Phrase, Span, Word};

use crate::check::builtin;
use crate::check::context::{Context, head_span};
use crate::check::distance::nearest;
use crate::check::names::article;
use crate::check::slips;
use crate::diag;
use crate::kinds::{Kind, KindId};

/// A head taken apart.
pub(crate) struct Parts<'t> {
    /// What stands before the first clause.
    pub(crate) main: &'t [Expr<'t>],
    clauses: Vec<(&'t str, &'t Expr<'t>)>,
    /// The block at the end.
    pub(crate) block: Option<&'t Block<'t>>,
}

impl<'t> Parts<'t> {
    /// What follows a clause's word.
    pub(crate) fn clause(&self, word: &str) -> Option<&'t Expr<'t>> {
        self.clauses
            .iter()
            .find(|(it, _)| *it == word)
            .map(|(_, value)| *value)
    }
}

/// Reports that a declaration does not look like its kind.
pub(crate) fn report_form(cx: &mut Context<'_>, it: &Declaration, at: Span, kind: &Kind) {
    report_slip(cx, it, at, kind, None);
}

/// The same, where it may be known what was meant.
fn report_slip(cx: &mut Context<'_>, it: &Declaration, at: Span, kind: &Kind, meant: Option<&str>) {
    let message = format!(
        "this is not the form of {} `{}`",
        article(it.kind.text),
        it.kind.text
    );
    cx.report(
        diag::P0010
            .at(at, message)
            .label("does not fit")
            .help(format!("it looks like `{}`", kind.form))
            .meant(at, meant),
    );
}

fn phrase<'t>(
    cx: &mut Context<'t>,
    it: &'t Declaration<'t>,
    kind: &Kind,
) -> Option<&'t Phrase<'t>> {
    match &it.body {
        Body::Phrase(phrase) if phrase.default.is_none() => Some(phrase),
        _ => {
            report_form(cx, it, head_span(it), kind);
            None
        }
    }
}

/// Takes a head apart at the words of its clauses.
pub(crate) fn parts<'t>(
    cx: &mut Context<'t>,
    it: &'t Declaration<'t>,
    kind: &Kind,
    words: &'static [&'static str],
) -> Option<Parts<'t>> {
    let phrase = phrase(cx, it, kind)?;
    cx.expect_clauses(phrase.items.iter(), words);
    let (block, items) = match phrase.items.split_last() {
        Some((last, before)) if last.as_block().is_some() => (last.as_block(), before),
        _ => (None, phrase.items.as_slice()),
    };
    let is_clause = |it: &Expr| it.as_word().is_some_and(|it| words.contains(&it.text));
    // The first item is the name, which may be spelled like a clause.
    let (main, rest) = items.split_at(slips::beginning_of_clauses(items, words));
    let mut clauses: Vec<(&'t str, &'t Expr<'t>)> = Vec::new();
    for pair in rest.chunks(2) {
        match pair {
            [word, value] if is_clause(word) => {
                let word = word.as_word()?;
                if clauses.iter().any(|(it, _)| *it == word.text) {
                    let message = format!("`{}` is given twice", word.text);
                    cx.report(diag::P0105.at(word.span, message).label("again here"));
                }
                clauses.push((word.text, value));
            }
            [other, value @ ..] => {
                let word = other.as_word().map(|it| it.text).unwrap_or_default();
                let meant = nearest(word, words.iter().copied());
                report_slip(cx, it, other.span, kind, meant);
                // The rest is checked as if what was meant were written.
                match (meant, value) {
                    (Some(meant), [value]) => clauses.push((meant, value)),
                    _ => return None,
                }
            }
            [] => {}
        }
    }
    if main.is_empty() {
        report_form(cx, it, it.kind.span, kind);
        return None;
    }
    Some(Parts {
        main,
        clauses,
        block,
    })
}

/// The one name of a head; `None` also where the name is declared elsewhere, because that one counts.
pub(crate) fn name<'t>(
    cx: &mut Context<'t>,
    it: &'t Declaration<'t>,
    parts: &Parts<'t>,
    kind: &Kind,
) -> Option<&'t Word<'t>> {
    if let [only] = parts.main
        && let Some(name) = only.as_word()
    {
        let declared = cx
            .symbols
            .get(name.text)
            .is_some_and(|it| it.span == name.span && it.kind.kind().keyword == kind.keyword);
        return (declared || !kind.named).then_some(name);
    }
    let at = parts
        .main
        .get(1)
        .or(parts.main.first())
        .map_or(it.kind.span, |it| it.span);
    report_form(cx, it, at, kind);
    None
}

/// `kind NAME { … }`, where the block may be left out.
pub(crate) fn name_and_block<'t>(
    cx: &mut Context<'t>,
    it: &'t Declaration<'t>,
    kind: &Kind,
) -> Option<(&'t Word<'t>, Option<&'t Block<'t>>)> {
    let parts = parts(cx, it, kind, &[])?;
    let name = name(cx, it, &parts, kind)?;
    if parts.block.is_some() && !kind.form.contains('{') {
        let at = parts.block.map_or(it.span, |it| it.span);
        report_form(cx, it, at, kind);
        return None;
    }
    Some((name, parts.block))
}

/// `kind { … }`
pub(crate) fn block_alone<'t>(
    cx: &mut Context<'t>,
    it: &'t Declaration<'t>,
    kind: &Kind,
) -> Option<&'t Block<'t>> {
    let phrase = phrase(cx, it, kind)?;
    if let [only] = phrase.items.as_slice()
        && let Some(block) = only.as_block()
    {
        return Some(block);
    }
    report_form(cx, it, head_span(it), kind);
    None
}

/// `per provider`: the only thing that a family can be made for, and only where providers are declared.
pub(crate) fn check_family(cx: &mut Context<'_>, parts: &Parts<'_>) {
    let Some(per) = parts.clause("per") else {
        return;
    };
    if !per.is_word("provider") {
        let it = diag::P0010
            .at(per.span, "a family has one member for each provider")
            .label("`provider` belongs here");
        cx.report(it.suggest(per.span, "provider"));
    }
    check_providers(cx, per.span);
}

/// A use of all providers; reports one where none is declared.
pub(crate) fn check_providers(cx: &mut Context<'_>, at: Span) {
    let broken = cx
        .tree
        .broken
        .iter()
        .any(|it| it.kind.as_ref().is_none_or(|it| it.text == "provider"));
    if cx.providers().is_empty() && !broken {
        cx.report(
            diag::P0103
                .at(at, "no `provider` is declared")
                .label("there is none")
                .help("declare one: `provider stripe { verify: … }`"),
        );
    }
    let symbols = cx.symbols.values_mut();
    for it in symbols.filter(|it| it.kind == KindId::Provider) {
        it.used = true;
    }
}

/// The names of a clause: one, or several with commas.
pub(crate) fn names<'t>(cx: &mut Context<'t>, value: &'t Expr<'t>) -> Vec<&'t Word<'t>> {
    let exprs = match &value.kind {
        ExprKind::Several(exprs) => exprs.as_slice(),
        _ => std::slice::from_ref(value),
    };
    let mut words = Vec::new();
    for expr in exprs {
        match expr.as_word() {
            Some(word) => words.push(word),
            None => cx.report(
                diag::P0010
                    .at(expr.span, "a name belongs here")
                    .label("not a name"),
            ),
        }
    }
    words
}

/// The errors after `fails`.
pub(crate) fn errors<'t>(cx: &mut Context<'t>, clause: Option<&'t Expr<'t>>) -> Vec<String> {
    let mut errors: Vec<String> = Vec::new();
    let words = clause.map(|it| names(cx, it)).unwrap_or_default();
    for word in words {
        if builtin::is_error(word.text) {
            let message = format!("`{}` is built in and always possible", word.text);
            cx.report(
                diag::P0111
                    .at(word.span, message)
                    .label("need not be declared"),
            );
        } else if errors.iter().any(|it| it == word.text) {
            let message = format!("`{}` is listed twice", word.text);
            cx.report(diag::P0105.at(word.span, message).label("again here"));
        } else if let Some(name) = cx.resolve(word, &[KindId::Error]) {
            errors.push(name.to_owned());
        }
    }
    errors
}
