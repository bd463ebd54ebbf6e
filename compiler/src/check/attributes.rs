//! The `key: value` entries of a block against its kind's list, and those of `defaults` behind them.

mod values;

use pipe_dsl::tree::{Attribute, Block, Entry, EntryKind, Phrase, Span, Word};

use crate::check::context::Context;
use crate::check::distance::nearest;
use crate::check::expected::Expected;
use crate::check::names::article;
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
            if known.presence == Presence::Required && attributes.first(known.name).is_none() {
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
            let Some(known) = kind
                .attribute(it.key.text)
                .or_else(|| self.meant_attribute(&it.key, kind, entries))
            else {
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

    /// Reports a key that is none. What it is near to is read as what was meant, unless that is written as well.
    fn meant_attribute(
        &mut self,
        key: &Word,
        kind: &'static Kind,
        entries: &[Entry],
    ) -> Option<&'static kinds::Attribute> {
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
        let meant = nearest(key.text, kind.attributes.iter().map(|it| it.name));
        let it = diag::P0102
            .at(key.span, message)
            .label("not an attribute here")
            .help(help);
        self.report_slip(it, key.span, meant);
        let written = entries.iter().any(
            |entry| matches!(&entry.kind, EntryKind::Attribute(it) if Some(it.key.text) == meant),
        );
        kind.attribute(meant.filter(|_| !written)?)
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

    /// Keeps where the attributes of a declaration stand, for checks across declarations.
    pub(crate) fn keep_places(&mut self, name: &'t str, attributes: &Attributes<'t>) {
        for it in &attributes.found {
            let place = self.places.entry((name, it.name));
            place.or_insert(it.written.span);
        }
    }
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
