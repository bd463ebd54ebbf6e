//! The `key: value` entries of a block against its kind's list, and the defaults that stand in for what is not written.

use std::fmt;

use pipe_dsl::tree::{Attribute, Block, EntryKind, Expr, ExprKind, Phrase, Span, Word};

use crate::check::context::Context;
use crate::check::distance::nearest;
use crate::check::expected::Expected;
use crate::check::names::article;
use crate::check::quantity::{self, OneOf};
use crate::diag;
use crate::kinds::{self, Kind, KindId, Presence, Value};

/// Attributes that may stand several times, once for each sink.
const REPEATABLE: &[&str] = &["append", "write", "send"];

/// What makes a declaration this one and no other: it cannot stand for all of a kind.
const OWN: &[&str] = &[
    "partition",
    "sort",
    "holds",
    "handler",
    "on",
    "expect",
    "append",
    "write",
    "reply",
    "via",
    "when",
    "email",
    "group",
    "name",
    "source",
    "errors",
];

/// Whether `defaults KIND` can give an attribute.
fn may_have_default(kind: &Kind, known: &kinds::Attribute) -> bool {
    let own = OWN.contains(&known.name) || (known.name == "send" && kind.keyword != "alarm");
    !(own && matches!(known.value, Value::Special(_) | Value::List(_)))
}

/// What stands in a block.
pub(crate) struct Attributes<'t> {
    kind: &'static Kind,
    /// The attributes in the order written, and behind them those of `defaults`.
    found: Vec<Found<'t>>,
    /// What unknown keys are near to: it is misspelled, not missing.
    misspelled: Vec<&'static str>,
    /// Entries that are no attributes, for the kind to read.
    pub(crate) statements: Vec<&'t Phrase<'t>>,
}

/// An attribute that is given.
struct Found<'t> {
    name: &'static str,
    written: &'t Attribute<'t>,
    /// False if it comes from `defaults`.
    own: bool,
}

impl<'t> Attributes<'t> {
    /// Every writing of an attribute; more than one only where it may be repeated.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &'t Attribute<'t>> {
        let found = self.found.iter().filter(move |it| it.name == name);
        found.map(|it| it.written)
    }

    pub(crate) fn first(&self, name: &str) -> Option<&'t Attribute<'t>> {
        self.all(name).next()
    }

    /// True if the declaration itself gives the attribute, and not `defaults`.
    pub(crate) fn is_own(&self, name: &str) -> bool {
        self.found.iter().any(|it| it.name == name && it.own)
    }

    /// Where the attribute stands, if it is written.
    pub(crate) fn span(&self, name: &str) -> Option<Span> {
        self.first(name).map(|it| it.span)
    }
}

impl<'t> Context<'t> {
    /// Reads a block against a kind. `owner` is where a missing attribute is reported.
    pub(crate) fn attributes(
        &mut self,
        owner: Span,
        block: Option<&'t Block<'t>>,
        kind: &'static Kind,
    ) -> Attributes<'t> {
        let mut attributes = self.entries(block, kind);
        let mut defaults = self.defaults.iter();
        let defaults = defaults
            .find(|it| it.0.kind().keyword == kind.keyword)
            .map(|it| *it.1);
        for entry in defaults.map(|it| it.entries.as_slice()).unwrap_or_default() {
            if let EntryKind::Attribute(it) = &entry.kind
                && let Some(known) = kind.attribute(it.key.text)
                && may_have_default(kind, known)
                && attributes.first(known.name).is_none()
            {
                attributes.found.push(Found {
                    name: known.name,
                    written: it,
                    own: false,
                });
            }
        }
        for known in kind.attributes {
            if known.presence == Presence::Required
                && attributes.first(known.name).is_none()
                && !attributes.misspelled.contains(&known.name)
            {
                let message = format!("this `{}` has no `{}`", kind.keyword, known.name);
                self.report(
                    diag::P0106
                        .at(owner, message)
                        .label(format!("`{}:` is missing", known.name))
                        .help(known.doc.to_lowercase_first()),
                );
            }
        }
        attributes
    }

    fn entries(&mut self, block: Option<&'t Block<'t>>, kind: &'static Kind) -> Attributes<'t> {
        let entries = block.map(|it| it.entries.as_slice()).unwrap_or_default();
        let mut out = Attributes {
            kind,
            found: Vec::with_capacity(entries.len()),
            misspelled: Vec::new(),
            statements: Vec::new(),
        };
        for entry in entries {
            let it = match &entry.kind {
                EntryKind::Attribute(it) => it,
                EntryKind::Statement(it) => {
                    self.expect_first(it, || Expected::Attribute(kind));
                    out.statements.push(it);
                    continue;
                }
                EntryKind::Spread(_) => {
                    let message = format!(
                        "{} `{}` has no fields to spread into",
                        article(kind.keyword),
                        kind.keyword
                    );
                    self.report(diag::P0010.at(entry.span, message));
                    continue;
                }
            };
            self.expect(it.key.span, || Expected::Attribute(kind));
            let Some(known) = kind.attribute(it.key.text) else {
                let names = kind.attributes.iter().map(|it| it.name);
                out.misspelled.extend(nearest(it.key.text, names));
                self.unknown_attribute(&it.key, kind);
                continue;
            };
            if let Some(first) = out.first(known.name)
                && !REPEATABLE.contains(&known.name)
            {
                let message = format!("`{}` is given twice", known.name);
                self.report(
                    diag::P0105
                        .at(it.key.span, message)
                        .label("again here")
                        .second(first.key.span, "first given here"),
                );
                continue;
            }
            out.found.push(Found {
                name: known.name,
                written: it,
                own: true,
            });
            self.refuse_several(it, known);
        }
        out
    }

    /// More than one value where one is meant. Every attribute of every kind comes by here, so that no reader can drop the others unseen.
    fn refuse_several(&mut self, it: &'t Attribute<'t>, known: &kinds::Attribute) {
        let [_, second, more @ ..] = it.values.as_slice() else {
            return;
        };
        if matches!(known.value, Value::List(_)) {
            return;
        }
        let extra = more
            .last()
            .map_or(second.span, |it| second.span.to(it.span));
        let message = format!("`{}` takes one value: {}", known.name, known.value);
        let label = if more.is_empty() {
            "one too many"
        } else {
            "too many"
        };
        self.report(diag::P0213.at(extra, message).label(label));
        self.told_several.push(it.span);
    }

    fn unknown_attribute(&mut self, key: &Word, kind: &'static Kind) {
        let message = format!(
            "{} `{}` has no attribute `{}`",
            article(kind.keyword),
            kind.keyword,
            key.text
        );
        let all: Vec<String> = kind
            .attributes
            .iter()
            .map(|it| format!("`{}`", it.name))
            .collect();
        let help = if all.is_empty() {
            "it has none at all".to_owned()
        } else {
            format!("it has {}", all.join(", "))
        };
        let names = kind.attributes.iter().map(|it| it.name);
        let it = diag::P0102
            .at(key.span, message)
            .label("not an attribute here")
            .help(help);
        self.report(it.nearest(key.text, key.span, names));
    }

    /// Checks the values of a `defaults` block once, whether or not anything uses them.
    pub(crate) fn check_defaults(&mut self, id: KindId, block: &'t Block<'t>) {
        let attributes = self.entries(Some(block), id.kind());
        for it in &attributes.statements {
            self.report_no_statement(it, id.kind());
        }
        for Found { name, written, .. } in &attributes.found {
            let Some(known) = id.kind().attribute(name) else {
                continue;
            };
            match known.value {
                _ if !may_have_default(id.kind(), known) => {
                    let message = format!(
                        "`{name}` of a `{}` cannot have a default",
                        id.kind().keyword
                    );
                    self.report(
                        diag::P0108
                            .at(written.key.span, message)
                            .label("belongs to each declaration"),
                    );
                }
                Value::Choice(words) => drop(self.choice_of(written, words)),
                Value::Reference(_) => drop(self.reference_of(written, known)),
                // Read, and found right or wrong, where it is used.
                Value::Special(_) | Value::List(_) => {}
                _ => drop(self.quantity_of(written, known)),
            }
        }
    }

    /// A duration, size, count or retention, in the unit that its kind names; the default if it is not written or wrong.
    pub(crate) fn quantity(&mut self, attributes: &Attributes<'t>, name: &str) -> u64 {
        let Some(known) = attributes.kind.attribute(name) else {
            return 0;
        };
        let written = attributes
            .first(name)
            .and_then(|it| self.quantity_of(it, known));
        written.or_else(|| default_of(known)).unwrap_or_default()
    }

    fn quantity_of(
        &mut self,
        it: &'t Attribute<'t>,
        known: &'static kinds::Attribute,
    ) -> Option<u64> {
        let expr = self.single(it, &known.value)?;
        let ExprKind::Number { digits, unit } = &expr.kind else {
            self.report_form(expr.span, known.name, &known.value);
            return None;
        };
        match quantity::read(&known.value, digits, unit) {
            Ok(value) => Some(value),
            Err(fault) => {
                let it = quantity::report(&fault, known.name, &known.value, expr.span);
                self.report(it);
                None
            }
        }
    }

    /// One of the words that the attribute allows; the default if it is not written or wrong.
    pub(crate) fn choice(&mut self, attributes: &Attributes<'t>, name: &str) -> &'static str {
        let Some(known) = attributes.kind.attribute(name) else {
            return "";
        };
        let Value::Choice(words) = known.value else {
            return "";
        };
        let written = attributes
            .first(name)
            .and_then(|it| self.choice_of(it, words));
        match (written, known.presence) {
            (Some(word), _) | (None, Presence::Default(word)) => word,
            _ => "",
        }
    }

    fn choice_of(
        &mut self,
        it: &'t Attribute<'t>,
        words: &'static [&'static str],
    ) -> Option<&'static str> {
        let expected = OneOf(words);
        let expr = self.single(it, &expected)?;
        self.expect(expr.span, || Expected::Choice(words));
        let known = words.iter().find(|it| expr.is_word(it)).copied();
        if known.is_none() {
            let written = expr.as_word().map(|it| it.text).unwrap_or_default();
            let message = format!("`{}` is {expected}", it.key.text);
            let it = diag::P0213
                .at(expr.span, message)
                .label(format!("{expected} belongs here"));
            self.report(it.nearest(written, expr.span, words.iter().copied()));
        }
        known
    }

    /// The declaration that an attribute names; `none` where a default is not wanted.
    pub(crate) fn reference(&mut self, attributes: &Attributes<'t>, name: &str) -> Option<&'t str> {
        let known = attributes.kind.attribute(name)?;
        let written = attributes.first(name)?;
        self.reference_of(written, known)
    }

    fn reference_of(
        &mut self,
        it: &'t Attribute<'t>,
        known: &'static kinds::Attribute,
    ) -> Option<&'t str> {
        let Value::Reference(kind) = known.value else {
            return None;
        };
        let expr = self.single(it, &known.value)?;
        let Some(word) = expr.as_word() else {
            self.report_form(expr.span, it.key.text, &known.value);
            return None;
        };
        if word.text == "none" {
            return None;
        }
        self.resolve(word, &[kind])
    }

    /// A text in quotes.
    pub(crate) fn string(&mut self, attributes: &Attributes<'t>, name: &str) -> Option<&'t str> {
        let written = attributes.first(name)?;
        let expr = self.single(written, "a text in quotes")?;
        if let ExprKind::String(text) = &expr.kind {
            return Some(text);
        }
        self.report_form(expr.span, name, "a text in quotes");
        None
    }

    /// Keeps where the attributes of a declaration stand, for checks across declarations.
    pub(crate) fn keep_places(&mut self, name: &'t str, attributes: &Attributes<'t>) {
        for it in &attributes.found {
            let place = self.places.entry((name, it.name));
            place.or_insert(it.written.span);
        }
    }

    /// A decimal number of at least 1, as written.
    pub(crate) fn factor(&mut self, attributes: &Attributes<'t>, name: &str) -> String {
        let expected = "a number of at least 1, such as `2.0`";
        let default = attributes.kind.attribute(name).map(|it| it.presence);
        let default = if let Some(Presence::Default(it)) = default {
            it
        } else {
            "1.0"
        };
        let Some(expr) = attributes
            .first(name)
            .and_then(|it| self.single(it, expected))
        else {
            return default.to_owned();
        };
        match &expr.kind {
            ExprKind::Number { digits, unit: "" } => {
                let whole = digits.split('.').next().unwrap_or_default();
                if whole.starts_with('-')
                    || whole.trim_start_matches('0').is_empty()
                    || digits.len() > 12
                {
                    let message = format!("`{name}` is {digits}, but must be at least 1");
                    self.report(diag::P0401.at(expr.span, message).label("from 1"));
                    return default.to_owned();
                }
                (*digits).to_owned()
            }
            _ => {
                self.report_form(expr.span, name, expected);
                default.to_owned()
            }
        }
    }

    /// The words of a list of names.
    pub(crate) fn words(&mut self, attributes: &Attributes<'t>, name: &str) -> Vec<&'t Word<'t>> {
        let mut words = Vec::new();
        for phrase in attributes.all(name).flat_map(|it| &it.values) {
            match (phrase.items.as_slice(), &phrase.default) {
                ([one], None) if one.as_word().is_some() => words.extend(one.as_word()),
                _ => self.report_form(phrase.span, name, "a name"),
            }
        }
        words
    }

    /// The events that an attribute lists, and where each stands.
    pub(crate) fn events(
        &mut self,
        attributes: &Attributes<'t>,
        name: &str,
    ) -> (Vec<String>, Vec<Span>) {
        let mut events: Vec<String> = Vec::new();
        let mut spans = Vec::new();
        for word in self.words(attributes, name) {
            let Some(event) = self.resolve(word, &[KindId::Event]) else {
                continue;
            };
            if events.iter().any(|it| it == event) {
                let message = format!("`{event}` is held twice");
                self.report(diag::P0105.at(word.span, message).label("again here"));
                continue;
            }
            events.push(event.to_owned());
            spans.push(word.span);
        }
        (events, spans)
    }

    /// The one expression of an attribute that takes one.
    pub(crate) fn single(
        &mut self,
        it: &'t Attribute<'t>,
        expected: &(impl fmt::Display + ?Sized),
    ) -> Option<&'t Expr<'t>> {
        if let [phrase] = it.values.as_slice()
            && let ([expr], None) = (phrase.items.as_slice(), &phrase.default)
        {
            return Some(expr);
        }
        let span = it
            .values
            .iter()
            .map(|it| it.span)
            .reduce(Span::to)
            .unwrap_or(it.span);
        self.report_form(span, it.key.text, expected);
        None
    }

    pub(crate) fn report_form(
        &mut self,
        span: Span,
        name: &str,
        expected: &(impl fmt::Display + ?Sized),
    ) {
        let message = format!("`{name}` takes {expected}");
        self.report(
            diag::P0213
                .at(span, message)
                .label(format!("{expected} belongs here")),
        );
    }
}

/// The default of an attribute as a quantity; a test walks all of them.
pub(crate) fn default_of(known: &kinds::Attribute) -> Option<u64> {
    let Presence::Default(text) = known.presence else {
        return None;
    };
    let at = text
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(at);
    quantity::read(&known.value, digits, unit).ok()
}

trait LowercaseFirst {
    fn to_lowercase_first(&self) -> String;
}

impl LowercaseFirst for str {
    /// A sentence of the documentation as the rest of a help line.
    fn to_lowercase_first(&self) -> String {
        let mut chars = self.chars();
        let first = chars.next().map(|it| it.to_ascii_lowercase());
        first
            .into_iter()
            .chain(chars)
            .collect::<String>()
            .trim_end_matches('.')
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_fits_its_own_attribute() {
        for attribute in KindId::ALL.iter().flat_map(|it| it.kind().attributes) {
            let Presence::Default(text) = attribute.presence else {
                continue;
            };
            match attribute.value {
                Value::Choice(words) => assert!(words.contains(&text), "{}", attribute.name),
                Value::Special(_) | Value::List(_) => {}
                _ => assert!(default_of(attribute).is_some(), "{} {text}", attribute.name),
            }
        }
    }
}
