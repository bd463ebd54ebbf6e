//! What all checks share: the tree, the declared names, the model as far as it is built, and the diagnostics.

use std::collections::{BTreeMap, BTreeSet};

use pipe_dsl::tree::{
    Attribute, Block, Body, Declaration, Expr, ExprKind, File, Phrase, Span, Word,
};
use pipe_dsl::{Lines, Parsed};
use rustc_hash::FxHashMap;

use crate::check::attributes::Attributes;
use crate::check::distance::nearest;
use crate::check::expected::Expected;
use crate::check::grants::GrantPlace;
use crate::check::names::article;
use crate::diag::{self, Diagnostic};
use crate::kinds::{Kind, KindId};
use crate::model::{Field, Origin, Pipeline, Trigger, Type, Verb};

/// No more diagnostics than this are kept: nobody reads more, and each costs time.
pub(crate) const DIAGNOSTICS_MAX: usize = 100;

/// A declared name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbol<'t> {
    pub(crate) kind: KindId,
    /// Where the name stands.
    pub(crate) span: Span,
    /// What gives the name.
    pub(crate) declaration: &'t Declaration<'t>,
    /// True when something names it.
    pub(crate) used: bool,
}

/// Something that needs a grant.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    /// The function or workflow that acts.
    pub(crate) subject: String,
    pub(crate) verb: Verb,
    pub(crate) resource: String,
    /// The field that is changed; only of `update`.
    pub(crate) field: Option<String>,
    /// Where the spec says so.
    pub(crate) span: Span,
    /// What it does, for a sentence: `appends to`.
    pub(crate) action: &'static str,
}

/// Something that is sent into a queue.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// The queue's declared name.
    pub(crate) queue: String,
    /// What is sent: an event or a record.
    pub(crate) message: Type,
    /// Where the spec says so.
    pub(crate) span: Span,
}

/// A group of rules: its name and place, and its cases with theirs.
pub(crate) type Group = (String, Span, Vec<(String, Span)>);

/// The state of one check.
pub(crate) struct Context<'t> {
    pub(crate) text: &'t str,
    pub(crate) tree: &'t File<'t>,
    pub(crate) lines: &'t Lines,
    pub(crate) model: Pipeline,
    pub(crate) symbols: BTreeMap<&'t str, Symbol<'t>>,
    /// Names whose declarations could not be read: nothing is said about their uses.
    pub(crate) unreadable: BTreeSet<&'t str>,
    pub(crate) defaults: BTreeMap<KindId, &'t Block<'t>>,
    /// Fields of records that were spread before they were read; `None` while their own spreads are expanded.
    pub(crate) expanded: BTreeMap<&'t str, Option<Vec<Field>>>,
    /// Records of which a field could not be read, and stores and channels of which a held event could not: nothing is said about what they seem
    /// not to have.
    pub(crate) incomplete: BTreeSet<&'t str>,
    /// Events that something records.
    pub(crate) recorded: BTreeSet<String>,
    /// Topics that a function or queue hears.
    pub(crate) heard: BTreeSet<&'t str>,
    /// Events that a rule takes, each with its bus.
    pub(crate) ruled_events: BTreeSet<(String, String)>,
    pub(crate) edges: Vec<Edge>,
    /// Where each held event of a table stands.
    pub(crate) held_at: BTreeMap<String, Vec<Span>>,
    /// Names that are declared `per provider`.
    pub(crate) families: BTreeSet<&'t str>,
    /// Where an attribute of a declaration stands.
    pub(crate) places: FxHashMap<(&'t str, &'static str), Span>,
    /// What is sent into queues, and where the spec says so.
    pub(crate) sends: Vec<Sent>,
    /// What each function says it is fed by.
    pub(crate) fed: BTreeMap<String, (Trigger, Span)>,
    /// `on:` of queues, read when the types of their messages are known.
    pub(crate) subscribed: Vec<(&'t str, &'t Attribute<'t>)>,
    /// The rules and cases that send to each function.
    pub(crate) ruled: BTreeMap<String, Vec<(String, Span)>>,
    /// Logs that rules write: retention in days, and where it is said first.
    pub(crate) logs: BTreeMap<String, (u32, Span)>,
    /// How many comparisons of cases may still be made.
    pub(crate) comparisons_left: usize,
    /// Where the body limit of a route stands, by the route's place.
    pub(crate) body_at: BTreeMap<Origin, Span>,
    /// Where the key of a route stands, by the route's place.
    pub(crate) auth_at: BTreeMap<Origin, Span>,
    /// Groups of rules that could be read whole: name, its place, cases with theirs.
    pub(crate) groups: Vec<Group>,
    /// Where each function's timeout stands, or its name.
    pub(crate) timeout_at: BTreeMap<String, Span>,
    /// Functions whose timeout is that of `defaults`, which speaks of all and not of the callers of one.
    pub(crate) inherited_timeout: BTreeSet<String>,
    /// Where the grant of each function and workflow stands.
    pub(crate) grant_places: BTreeMap<&'t str, GrantPlace<'t>>,
    /// Attributes with several values where one is meant, which was reported: nothing more is said about their form.
    pub(crate) told_several: Vec<Span>,
    /// What belongs at each word, where somebody wants to know.
    pub(crate) expected: Option<Vec<(Span, Expected)>>,
    diagnostics: Vec<Diagnostic>,
    /// Misspelled words that are read as what was meant.
    slips: Vec<Span>,
    seen: BTreeSet<(&'static str, Span)>,
}

impl<'t> Context<'t> {
    pub(crate) fn new(text: &'t str, parsed: &'t Parsed<'t>) -> Context<'t> {
        Context {
            text,
            tree: &parsed.file,
            lines: &parsed.lines,
            model: Pipeline::default(),
            symbols: BTreeMap::new(),
            unreadable: BTreeSet::new(),
            defaults: BTreeMap::new(),
            expanded: BTreeMap::new(),
            incomplete: BTreeSet::new(),
            recorded: BTreeSet::new(),
            heard: BTreeSet::new(),
            ruled_events: BTreeSet::new(),
            edges: Vec::with_capacity(parsed.file.declarations.len()),
            held_at: BTreeMap::new(),
            families: BTreeSet::new(),
            places: FxHashMap::default(),
            sends: Vec::new(),
            fed: BTreeMap::new(),
            subscribed: Vec::new(),
            ruled: BTreeMap::new(),
            logs: BTreeMap::new(),
            groups: Vec::new(),
            body_at: BTreeMap::new(),
            auth_at: BTreeMap::new(),
            comparisons_left: crate::check::cases::COMPARISONS_MAX,
            timeout_at: BTreeMap::new(),
            inherited_timeout: BTreeSet::new(),
            grant_places: BTreeMap::new(),
            told_several: Vec::new(),
            expected: None,
            diagnostics: Vec::new(),
            slips: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Keeps a diagnostic, unless the same fault of the same place is known (a default is read for each use).
    pub(crate) fn report(&mut self, it: Diagnostic) {
        let span = it.primary.span;
        let is_around = |told: &Span| told.start <= span.start && span.end <= told.end;
        if it.code.id == diag::P0213.id && self.told_several.iter().any(is_around) {
            return;
        }
        if self.slips.iter().any(|slip| follows(&it, *slip)) {
            return;
        }
        if self.diagnostics.len() < DIAGNOSTICS_MAX
            && self.seen.insert((it.code.id, it.primary.span))
        {
            self.diagnostics.push(it);
        }
    }

    /// Reports a misspelled word. Where it is known what was meant, the caller goes on as if that were written, and nothing is said of the word
    /// that would be wrong about it only if the guess is.
    pub(crate) fn report_slip(&mut self, it: Diagnostic, word: Span, meant: Option<&str>) {
        self.report(it.meant(word, meant));
        if meant.is_some() {
            self.slips.push(word);
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

    /// The same, but for what alarms and dashboards say: nothing else depends on it.
    pub(crate) fn has_errors_beside_metrics(&self) -> bool {
        if !self.has_errors() {
            return false;
        }
        let watching = |it: &&Declaration| {
            let kind = KindId::meant(it.kind.text);
            matches!(kind, Some(KindId::Alarm | KindId::Dashboard))
        };
        let places: Vec<Span> = self
            .tree
            .declarations
            .iter()
            .filter(watching)
            .map(|it| it.span)
            .collect();
        self.diagnostics.iter().any(|it| {
            let at = it.primary.span;
            let inside = |place: &Span| place.start <= at.start && at.end <= place.end;
            it.severity() == diag::Severity::Error && !places.iter().any(inside)
        })
    }

    pub(crate) fn origin(&self, span: Span) -> Origin {
        Origin {
            start: span.start,
            end: span.end,
            line: self.lines.line(span.start),
        }
    }

    /// Where the name of a declaration stands.
    pub(crate) fn name_span(&self, name: &str) -> Span {
        self.symbols.get(name).map(|it| it.span).unwrap_or_default()
    }

    /// Where an attribute of a declaration stands, or else its name.
    pub(crate) fn place(&self, name: &str, attribute: &'static str) -> Span {
        self.places
            .get(&(name, attribute))
            .copied()
            .unwrap_or_else(|| self.name_span(name))
    }

    /// The declared providers, which are the members of each family.
    pub(crate) fn providers(&self) -> Vec<String> {
        let symbols = self.symbols.iter();
        symbols
            .filter(|(_, it)| it.kind == KindId::Provider)
            .map(|(name, _)| (*name).to_owned())
            .collect()
    }

    /// True if something holds events and this is none of them, as far as both could be read.
    pub(crate) fn lacks(&self, holder: &str, holds: &[String], event: &str) -> bool {
        let unread = self.incomplete.contains(holder) || self.unreadable.contains(event);
        !unread && !holds.iter().any(|it| it == event)
    }

    /// How many resources a declaration makes.
    pub(crate) fn member_count(&self, name: &str) -> usize {
        if self.families.contains(name) {
            self.providers().len()
        } else {
            1
        }
    }

    /// The fields of an event or record; none of what has no fields or is not readable.
    pub(crate) fn fields_of(&self, ty: &Type) -> Option<Vec<Field>> {
        match ty {
            Type::Event(name) => self.model.events.get(name).map(|it| it.fields.clone()),
            Type::Record(name) => self.model.types.get(name).map(|it| it.fields.clone()),
            Type::Optional(inner) | Type::List(inner) => self.fields_of(inner),
            _ => None,
        }
    }

    /// Looks at the fields of an event or record, which are not in the model meanwhile; none of what has no fields or is not readable.
    pub(crate) fn with_fields<T>(
        &mut self,
        ty: &Type,
        look: impl FnOnce(&mut Self, &[Field]) -> T,
    ) -> Option<T> {
        let fields = std::mem::take(self.fields_mut(ty)?);
        let seen = look(self, &fields);
        if let Some(place) = self.fields_mut(ty) {
            *place = fields;
        }
        Some(seen)
    }

    fn fields_mut(&mut self, ty: &Type) -> Option<&mut Vec<Field>> {
        match ty {
            Type::Event(name) => self.model.events.get_mut(name).map(|it| &mut it.fields),
            Type::Record(name) => self.model.types.get_mut(name).map(|it| &mut it.fields),
            Type::Optional(inner) | Type::List(inner) => self.fields_mut(inner),
            _ => None,
        }
    }

    /// The head of a declaration: everything before its block.
    pub(crate) fn head_origin(&self, it: &Declaration) -> Origin {
        self.origin(head_span(it))
    }

    /// Fills the table of names. Gives the declarations with their kinds; one that is none is reported elsewhere.
    pub(crate) fn declare_all(&mut self) -> Vec<(Option<KindId>, &'t Declaration<'t>)> {
        let tree = self.tree;
        let mut all = Vec::with_capacity(tree.declarations.len());
        for it in &tree.broken {
            self.unreadable.extend(it.name.iter().map(|it| it.text));
        }
        for it in &tree.declarations {
            let kind = KindId::meant(it.kind.text);
            all.push((kind, it));
            let Some(name) = declared_name(it) else {
                continue;
            };
            match kind {
                Some(kind) if kind.kind().named => self.declare(name, kind, it),
                Some(_) => {}
                None => {
                    self.unreadable.insert(name.text);
                }
            }
        }
        all
    }

    fn declare(&mut self, name: &'t Word<'t>, kind: KindId, it: &'t Declaration<'t>) {
        if let Some(first) = self.symbols.get(name.text).copied() {
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
            name.text,
            Symbol {
                kind,
                span: name.span,
                declaration: it,
                used: false,
            },
        );
        if is_family(it) {
            self.families.insert(name.text);
        }
        crate::check::names::check(self, name, kind);
    }

    /// True if the name stands where it was first declared, so that this declaration is the one that counts.
    pub(crate) fn declared_as(&self, name: &Word, kind: KindId) -> bool {
        self.symbols
            .get(name.text)
            .is_some_and(|it| it.kind == kind && it.span == name.span)
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
        let report = report.missing_colon(it, |key| kind.attribute(key).is_some());
        let nested = kind.nested.iter().map(|it| it.keyword);
        self.report(match it.items.first().and_then(|it| it.as_word()) {
            Some(word) => report.nearest(word.text, word.span, nested),
            None => report,
        });
    }

    /// Reports every entry that is no attribute.
    pub(crate) fn refuse_statements(&mut self, attributes: &Attributes<'t>, kind: &Kind) {
        for nested in &attributes.statements {
            self.report_no_statement(nested, kind);
        }
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
            field: None,
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

/// `per`, or what is near to it.
fn is_per(it: &Expr) -> bool {
    let word = it.as_word().map(|it| it.text).unwrap_or_default();
    word == "per" || nearest(word, ["per"]).is_some()
}

/// True for `kind NAME per provider`.
fn is_family(it: &Declaration) -> bool {
    match &it.body {
        Body::Attribute(_) => false,
        Body::Phrase(phrase) => phrase
            .items
            .windows(2)
            .any(|it| matches!(it, [per, provider] if is_per(per) && provider.as_word().is_some())),
    }
}

/// True for what is said of a misspelled word after what was meant by it, and of it standing twice.
fn follows(it: &Diagnostic, slip: Span) -> bool {
    let at = it.primary.span;
    let around = |at: Span| at.start <= slip.start && slip.end <= at.end;
    let mut places = it.secondary.iter().map(|it| it.span).chain([at]);
    let twice = it.code.id == diag::P0105.id && places.any(around);
    let inside = slip.start <= at.start && at.end <= slip.end;
    inside || twice
}

/// The span of an origin.
pub(crate) fn span_of(origin: Origin) -> Span {
    Span {
        start: origin.start,
        end: origin.end,
    }
}

/// The name that a declaration gives.
pub(crate) fn declared_name<'t>(it: &'t Declaration<'t>) -> Option<&'t Word<'t>> {
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
