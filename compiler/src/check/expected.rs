//! What the checker looks for at each word that it comes by. Editors ask for it: what could stand here, and what is this.

use pipe_dsl::tree::{Expr, Phrase, Span, Word};
use pipe_runtime::sign::Scheme;

use crate::check::context::Context;
use crate::check::types::spelled;
use crate::kinds::{Kind, KindId};
use crate::metrics::SubjectKind;
use crate::model::{Field, Type};
use crate::providers::Provider;

/// What belongs at a word.
#[derive(Clone, Debug)]
pub enum Expected {
    /// A kind of declaration.
    Kind,
    /// The key of an attribute.
    Attribute(&'static Kind),
    /// A statement of a workflow.
    Statement,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The name of a declaration of one of these kinds.
    Name(Vec<KindId>),
    /// A type.
    Type,
    /// A signature scheme.
    Scheme,
    /// The name of an argument of the scheme.
    SchemeArgument(&'static Scheme),
    /// A provider whose events are described.
    Provider,
    /// The type of an event of the provider, which may have points in it.
    ProviderEvent(&'static Provider),
    /// A metric.
    Metric(SubjectKind),
    /// A statistic of a metric.
    Statistic,
    /// A field, one of these with their types.
    Field(Vec<(String, String)>),
    /// A value of an enum, one of these.
    Variant(Vec<String>),
    /// A binding of the workflow, one of these with their types.
    Binding(Vec<(String, String)>),
}

/// A declared name.
#[derive(Clone, Debug)]
pub struct Declared {
    /// The name.
    pub name: String,
    /// Its kind.
    pub kind: KindId,
    /// Where the name stands.
    pub span: Span,
    /// All of the declaration.
    pub whole: Span,
    /// What `///` says above it.
    pub doc: String,
}

/// What is known of a text beyond its diagnostics, whether or not it is right.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The declared names, in the order in which they stand.
    pub declared: Vec<Declared>,
    /// Words and what belongs there; a word may come several times.
    pub words: Vec<(Span, Expected)>,
}

impl Outline {
    /// What belongs at a place: inside a word, or right before or behind it.
    pub fn at(&self, offset: usize) -> impl Iterator<Item = &(Span, Expected)> {
        let is_there = move |it: &&(Span, Expected)| (it.0.start..=it.0.end).contains(&offset);
        self.words.iter().filter(is_there)
    }

    /// The declaration of that name.
    #[must_use]
    pub fn declaration(&self, name: &str) -> Option<&Declared> {
        self.declared.iter().find(|it| it.name == name)
    }
}

impl Context<'_> {
    /// True if anybody asked what belongs at each word. For what takes more than a name to say; [`Context::expect`] asks by itself.
    pub(crate) fn is_asked(&self) -> bool {
        self.expected.is_some()
    }

    /// Notes what belongs at a word, if anybody asked.
    pub(crate) fn expect(&mut self, span: Span, expected: impl FnOnce() -> Expected) {
        if let Some(words) = &mut self.expected {
            words.push((span, expected()));
        }
    }

    /// Notes what belongs at the word that an entry begins with.
    pub(crate) fn expect_first(&mut self, entry: &Phrase, expected: impl FnOnce() -> Expected) {
        if let Some(word) = entry.items.first().and_then(Expr::as_word) {
            self.expect(word.span, expected);
        }
    }

    /// Notes that what follows the first of these is clauses: each word that is not a clause's value is a clause's word.
    pub(crate) fn expect_clauses<'e>(
        &mut self,
        items: impl Iterator<Item = &'e Expr<'e>>,
        words: &'static [&'static str],
    ) {
        if !self.is_asked() {
            return;
        }
        let mut is_value = true;
        for it in items {
            let word = it.as_word().filter(|_| !is_value);
            if let Some(word) = word {
                self.expect(word.span, || Expected::Choice(words));
            }
            is_value = word.is_some_and(|it| words.contains(&it.text));
        }
    }

    /// Notes that a value is of an enum, if it is.
    pub(crate) fn expect_variant(&mut self, span: Span, ty: &Type) {
        if let Type::Enum(variants) = ty.base() {
            self.expect(span, || Expected::Variant(variants.clone()));
        }
    }

    /// Notes that a word is to be one of these fields.
    pub(crate) fn expect_field(&mut self, word: &Word, fields: &[Field]) {
        self.expect(word.span, || {
            let all = fields.iter();
            let all = all.map(|it| (it.name.clone(), spelled(&it.ty)));
            Expected::Field(all.collect())
        });
    }

    /// Gives the outline, which only a context that was asked for one has.
    pub(crate) fn outline(&mut self) -> Outline {
        let mut declared: Vec<Declared> = Vec::new();
        for (name, symbol) in &self.symbols {
            declared.push(Declared {
                name: (*name).to_owned(),
                kind: symbol.kind,
                span: symbol.span,
                whole: symbol.declaration.span,
                doc: symbol.declaration.doc.clone(),
            });
        }
        declared.sort_by_key(|it| it.span);
        Outline {
            declared,
            words: self.expected.take().unwrap_or_default(),
        }
    }
}
