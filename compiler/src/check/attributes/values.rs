//! The values of attributes, read as what their kind says that they are; what is not written is its default.

use std::fmt;

use pipe_dsl::tree::{Attribute, Expr, ExprKind, Span, Word};

use super::Attributes;
use crate::check::context::Context;
use crate::check::distance::nearest;
use crate::check::expected::Expected;
use crate::check::quantity::{self, OneOf};
use crate::diag;
use crate::kinds::{self, KindId, Presence, Value};

impl<'t> Context<'t> {
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

    pub(super) fn quantity_of(
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

    pub(super) fn choice_of(
        &mut self,
        it: &'t Attribute<'t>,
        words: &'static [&'static str],
    ) -> Option<&'static str> {
        let expected = OneOf(words);
        let expr = self.single(it, &expected)?;
        self.expect(expr.span, || Expected::Choice(words));
        let known = words.iter().find(|it| expr.is_word(it)).copied();
        if known.is_some() {
            return known;
        }
        let written = expr.as_word().map(|it| it.text).unwrap_or_default();
        let meant = nearest(written, words.iter().copied());
        let message = format!("`{}` is {expected}", it.key.text);
        let it = diag::P0213
            .at(expr.span, message)
            .label(format!("{expected} belongs here"));
        self.report_slip(it, expr.span, meant);
        // The rest is checked as if what was meant were written.
        meant
    }

    /// The declaration that an attribute names; `none` where a default is not wanted.
    pub(crate) fn reference(&mut self, attributes: &Attributes<'t>, name: &str) -> Option<&'t str> {
        let known = attributes.kind.attribute(name)?;
        let written = attributes.first(name)?;
        self.reference_of(written, known)
    }

    pub(super) fn reference_of(
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

    /// The events that `holds:` of a store or channel lists; where each stands is kept in `held_at`.
    pub(crate) fn held(&mut self, attributes: &Attributes<'t>, holder: &'t str) -> Vec<String> {
        let mut events: Vec<String> = Vec::new();
        let mut spans = Vec::new();
        let words = self.words(attributes, "holds");
        let written = attributes.all("holds").flat_map(|it| &it.values);
        let required = attributes.kind.attribute("holds").map(|it| it.presence);
        let missing = words.is_empty() && required == Some(Presence::Required);
        if missing || words.len() < written.count() {
            self.incomplete.insert(holder);
        }
        for word in words {
            let Some(event) = self.resolve(word, &[KindId::Event]) else {
                self.incomplete.insert(holder);
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
        self.held_at.insert(holder.to_owned(), spans);
        events
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
fn default_of(known: &kinds::Attribute) -> Option<u64> {
    let Presence::Default(text) = known.presence else {
        return None;
    };
    let at = text
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(at);
    quantity::read(&known.value, digits, unit).ok()
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
