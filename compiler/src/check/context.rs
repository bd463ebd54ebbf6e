//! What all checks share: the tree, the declared names, the model as far as it is built, and the diagnostics.

use std::collections::{BTreeMap, BTreeSet};

use pipe_dsl::Lines;
use pipe_dsl::tree::{Block, Body, Declaration, ExprKind, File, Phrase, Span, Word};

use crate::check::grants::GrantPlace;
use crate::check::names::article;
use crate::diag::{self, Diagnostic};
use crate::kinds::{Kind, KindId, LATER};
use crate::model::{Field, Origin, Pipeline, Verb};

/// No more diagnostics than this are kept: nobody reads more, and each costs time.
pub(crate) const DIAGNOSTICS_MAX: usize = 100;

/// A declared name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbol {
    pub(crate) kind: KindId,
    /// Where the name stands.
    pub(crate) span: Span,
}

/// Something that needs a grant.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    /// The function or workflow that acts.
    pub(crate) subject: String,
    pub(crate) verb: Verb,
    pub(crate) resource: String,
    /// Where the spec says so.
    pub(crate) span: Span,
    /// What it does, for a sentence: `appends to`.
    pub(crate) action: &'static str,
}

/// The state of one check.
pub(crate) struct Context<'t> {
    pub(crate) text: &'t str,
    pub(crate) tree: &'t File,
    pub(crate) lines: Lines,
    pub(crate) model: Pipeline,
    pub(crate) symbols: BTreeMap<&'t str, Symbol>,
    /// Names whose declarations could not be read or are for a later version: nothing is said about their uses.
    pub(crate) unreadable: BTreeSet<&'t str>,
    pub(crate) defaults: BTreeMap<KindId, &'t Block>,
    /// Fields of records whose spreads are expanded; `None` while they are being expanded.
    pub(crate) expanded: BTreeMap<&'t str, Option<Vec<Field>>>,
    /// Records of which a field could not be read: nothing is said about fields that they seem not to have.
    pub(crate) incomplete: BTreeSet<&'t str>,
    pub(crate) used: BTreeSet<String>,
    pub(crate) edges: Vec<Edge>,
    /// Where each held event of a table stands.
    pub(crate) held_at: BTreeMap<String, Vec<Span>>,
    /// Where each function's timeout stands, or its name.
    pub(crate) timeout_at: BTreeMap<String, Span>,
    /// The declarations that give names.
    pub(crate) declared: BTreeMap<&'t str, &'t Declaration>,
    /// Where the grant of each function and workflow stands.
    pub(crate) grant_places: BTreeMap<&'t str, GrantPlace<'t>>,
    diagnostics: Vec<Diagnostic>,
    seen: BTreeSet<(&'static str, Span)>,
}

impl<'t> Context<'t> {
    pub(crate) fn new(text: &'t str, tree: &'t File) -> Context<'t> {
        Context {
            text,
            tree,
            lines: Lines::new(text),
            model: Pipeline::default(),
            symbols: BTreeMap::new(),
            unreadable: BTreeSet::new(),
            defaults: BTreeMap::new(),
            expanded: BTreeMap::new(),
            incomplete: BTreeSet::new(),
            used: BTreeSet::new(),
            edges: Vec::new(),
            held_at: BTreeMap::new(),
            timeout_at: BTreeMap::new(),
            declared: BTreeMap::new(),
            grant_places: BTreeMap::new(),
            diagnostics: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Keeps a diagnostic, unless the same fault of the same place is known (a default is read for each use).
    pub(crate) fn report(&mut self, it: Diagnostic) {
        if self.diagnostics.len() < DIAGNOSTICS_MAX
            && self.seen.insert((it.code.id, it.primary.span))
        {
            self.diagnostics.push(it);
        }
    }

    pub(crate) fn into_parts(self) -> (Pipeline, Vec<Diagnostic>) {
        (self.model, self.diagnostics)
    }

    /// True when nothing wrong was found so far.
    pub(crate) fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|it| it.severity() == diag::Severity::Error)
    }

    pub(crate) fn origin(&self, span: Span) -> Origin {
        Origin {
            start: span.start,
            end: span.end,
            line: self.lines.line(span.start),
        }
    }

    /// The head of a declaration: everything before its block.
    pub(crate) fn head_origin(&self, it: &Declaration) -> Origin {
        self.origin(head_span(it))
    }

    /// Fills the table of names.
    pub(crate) fn declare_all(&mut self) {
        let tree = self.tree;
        for it in &tree.broken {
            self.unreadable
                .extend(it.name.iter().map(|it| it.text.as_str()));
        }
        for it in &tree.declarations {
            let Some(name) = declared_name(it) else {
                continue;
            };
            match KindId::of(&it.kind.text) {
                Some(kind) if kind.kind().named => self.declare(name, kind, it),
                Some(_) => {}
                // A later kind, or an unknown word that is reported elsewhere.
                None => {
                    self.unreadable.insert(name.text.as_str());
                }
            }
        }
    }

    fn declare(&mut self, name: &'t Word, kind: KindId, it: &'t Declaration) {
        if let Some(first) = self.symbols.get(name.text.as_str()).copied() {
            let message = format!("`{}` is declared twice", name.text);
            self.report(
                diag::P0104
                    .at(name.span, message)
                    .label("again here")
                    .second(first.span, "first declared here"),
            );
            return;
        }
        self.symbols.insert(
            &name.text,
            Symbol {
                kind,
                span: name.span,
            },
        );
        self.declared.insert(&name.text, it);
        crate::check::names::check(self, name, kind);
    }

    /// True if the name stands where it was first declared, so that this declaration is the one that counts.
    pub(crate) fn declared_as(&self, name: &Word, kind: KindId) -> bool {
        self.symbols
            .get(name.text.as_str())
            .is_some_and(|it| it.kind == kind && it.span == name.span)
    }

    /// The declared name behind a use of it, if it is of one of the kinds. Marks it as used.
    pub(crate) fn resolve(&mut self, word: &'t Word, kinds: &[KindId]) -> Option<&'t str> {
        let text = word.text.as_str();
        let wanted: Vec<String> = kinds.iter().map(|it| it.with_article()).collect();
        let wanted = wanted.join(" or ");
        match self.symbols.get(text).copied() {
            Some(symbol) => {
                self.used.insert(text.to_owned());
                if kinds.contains(&symbol.kind) {
                    return Some(text);
                }
                let message = format!("`{text}` is {}, not {wanted}", symbol.kind.with_article());
                self.report(
                    diag::P0108
                        .at(word.span, message)
                        .label(format!("{wanted} belongs here"))
                        .second(symbol.span, "declared here"),
                );
            }
            None if self.unreadable.contains(text) => {}
            None => {
                let names = self
                    .symbols
                    .iter()
                    .filter(|(_, it)| kinds.contains(&it.kind))
                    .map(|(name, _)| *name);
                let it = diag::P0103
                    .at(word.span, format!("`{text}` is not declared"))
                    .label(format!("{wanted} belongs here"))
                    .nearest(text, word.span, names);
                self.report(it);
            }
        }
        None
    }

    pub(crate) fn report_unknown_kind(&mut self, word: &Word) {
        let text = &word.text;
        if let Some((_, doc)) = LATER.iter().find(|(it, _)| it == text) {
            self.report(
                diag::P0107
                    .at(
                        word.span,
                        format!("`{text}` is not compiled by this version of pipec"),
                    )
                    .label(format!("declares {doc}")),
            );
            return;
        }
        let known = KindId::ALL
            .iter()
            .map(|it| it.kind().keyword)
            .chain(LATER.iter().map(|it| it.0));
        let all: Vec<String> = KindId::ALL
            .iter()
            .map(|it| format!("`{}`", it.kind().keyword))
            .collect();
        let it = diag::P0101
            .at(word.span, format!("`{text}` is not a kind of declaration"))
            .label("a declaration begins with its kind")
            .help(format!("kinds are {}", all.join(", ")))
            .nearest(text, word.span, known);
        self.report(it);
    }

    pub(crate) fn report_no_statement(&mut self, it: &Phrase, kind: &Kind) {
        let keys: Vec<String> = kind
            .attributes
            .iter()
            .map(|it| format!("`{}:`", it.name))
            .collect();
        let help = if keys.is_empty() {
            format!(
                "{} `{}` looks like `{}`",
                article(kind.keyword),
                kind.keyword,
                kind.form
            )
        } else {
            format!("it takes {}", keys.join(", "))
        };
        let report = diag::P0306
            .at(
                it.span,
                format!(
                    "{} `{}` has no statements",
                    article(kind.keyword),
                    kind.keyword
                ),
            )
            .label("an entry is `key: value`")
            .help(help);
        self.report(report.missing_colon(it, |key| kind.attribute(key).is_some()));
    }

    pub(crate) fn edge(
        &mut self,
        subject: &str,
        verb: Verb,
        resource: &str,
        span: Span,
        action: &'static str,
    ) {
        let (subject, resource) = (subject.to_owned(), resource.to_owned());
        self.edges.push(Edge {
            subject,
            verb,
            resource,
            span,
            action,
        });
    }
}

/// Everything of a declaration before its block.
pub(crate) fn head_span(it: &Declaration) -> Span {
    let mut span = it.kind.span;
    match &it.body {
        Body::Attribute(attribute) => span = span.to(attribute.key.span),
        Body::Phrase(phrase) => {
            for item in phrase.items.iter().filter(|it| it.as_block().is_none()) {
                span = span.to(item.span);
            }
        }
    }
    span
}

/// The name that a declaration gives.
pub(crate) fn declared_name(it: &Declaration) -> Option<&Word> {
    match &it.body {
        Body::Attribute(attribute) => Some(&attribute.key),
        Body::Phrase(phrase) => match &phrase.items.first()?.kind {
            ExprKind::Name(words) | ExprKind::Call { name: words, .. } => match words.as_slice() {
                [word] => Some(word),
                _ => None,
            },
            _ => None,
        },
    }
}
