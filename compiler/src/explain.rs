//! What every word of the language means: one list, made of those that checker and manual read. `pipec explain`, completion and editors show it.

mod attribute;
mod kind;
mod metric;
mod scheme;
mod statement;

pub use crate::check::builtin::TYPES;
pub use attribute::{line, value};
pub use scheme::example as scheme_example;

use pipe_runtime::sign::{SCHEMES, Scheme};

use crate::diag::{CODES, Code};
use crate::kinds::{Attribute, Kind, KindId};
use crate::metrics::{METRICS, MetricSpec};
use crate::providers::{self, Event, PROVIDERS, Provider};
use crate::statements::{STATEMENTS, Statement};

/// Something that can be explained.
#[derive(Clone, Copy, Debug)]
pub enum Topic {
    /// A kind of declaration: `queue`.
    Kind(KindId),
    /// An attribute of a kind: `verify`, `route.verify`.
    Attribute(KindId, &'static Attribute),
    /// A statement of a workflow: `append`.
    Statement(&'static Statement),
    /// A signature scheme: `stripe`.
    Scheme(&'static Scheme),
    /// A metric: `depth`, `queue.depth`.
    Metric(&'static MetricSpec),
    /// A provider whose events are described: `stripe`.
    Provider(&'static Provider),
    /// An event of a provider: `stripe.invoice.paid`.
    Event(&'static Provider, &'static Event),
    /// A diagnostic: `P0101`.
    Code(&'static Code),
}

impl Topic {
    /// All of them, those of a group side by side.
    pub fn all() -> impl Iterator<Item = Topic> {
        let attributes = KindId::ALL.iter().flat_map(|id| {
            let own = id.kind().attributes.iter();
            own.map(|it| Topic::Attribute(*id, it))
        });
        let events = PROVIDERS.iter().flat_map(|provider| {
            let own = provider.events.iter();
            own.map(move |it| Topic::Event(provider, it))
        });
        let kinds = KindId::ALL.iter().map(|it| Topic::Kind(*it));
        kinds
            .chain(attributes)
            .chain(STATEMENTS.iter().map(Topic::Statement))
            .chain(SCHEMES.iter().map(Topic::Scheme))
            .chain(METRICS.iter().map(Topic::Metric))
            .chain(PROVIDERS.iter().map(Topic::Provider))
            .chain(events)
            .chain(CODES.iter().map(|it| Topic::Code(it)))
    }

    /// Everything that a word means; it may be several things, as `stripe` is a scheme and a provider.
    #[must_use]
    pub fn of(word: &str) -> Vec<Topic> {
        Topic::all().filter(|it| it.is_called(word)).collect()
    }

    /// The title of its group, in the plural.
    #[must_use]
    pub fn group(&self) -> &'static str {
        match self {
            Topic::Kind(_) => "Declarations",
            Topic::Attribute(..) => "Attributes",
            Topic::Statement(_) => "Statements of workflows",
            Topic::Scheme(_) => "Signature schemes",
            Topic::Metric(_) => "Metrics of alarms and dashboards",
            Topic::Provider(_) => "Providers",
            Topic::Event(..) => "Events of providers",
            Topic::Code(_) => "Diagnostics",
        }
    }

    /// The word that means this and, within its group, nothing else: `queue.fifo`.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Topic::Kind(id) => id.kind().keyword.to_owned(),
            Topic::Attribute(id, it) => format!("{}.{}", id.kind().keyword, it.name),
            Topic::Statement(it) => it.word.to_owned(),
            Topic::Scheme(it) => it.name.to_owned(),
            Topic::Metric(it) => format!("{}.{}", it.of.word(), it.word),
            Topic::Provider(it) => it.name.to_owned(),
            Topic::Event(provider, it) => format!("{}.{}", provider.name, it.name),
            Topic::Code(it) => it.id.to_owned(),
        }
    }

    /// What it is, in one line.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        let text = match self {
            Topic::Kind(id) => id.kind().doc,
            Topic::Attribute(_, it) => it.doc,
            Topic::Statement(it) => it.doc,
            Topic::Scheme(it) => it.doc,
            Topic::Metric(it) => it.doc,
            Topic::Provider(it) => it.version,
            Topic::Event(_, it) => it.doc,
            Topic::Code(it) => it.title,
        };
        first_sentence(text)
    }

    /// All of it, as Markdown.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Topic::Kind(id) => kind::text(*id),
            Topic::Attribute(id, it) => attribute::text(*id, it),
            Topic::Statement(it) => statement::text(it),
            Topic::Scheme(it) => scheme::text(it),
            Topic::Metric(it) => metric::text(it),
            Topic::Provider(_) | Topic::Event(..) => {
                providers::explain(&self.word()).unwrap_or_default()
            }
            Topic::Code(it) => it.page.to_owned(),
        }
    }

    fn is_called(&self, word: &str) -> bool {
        let short = match self {
            Topic::Attribute(_, it) => Some(it.name),
            Topic::Metric(it) => Some(it.word),
            _ => None,
        };
        short == Some(word)
            || self.word() == word
            || matches!(self, Topic::Kind(id) if explains_inside(id.kind(), word))
            || matches!(self, Topic::Code(it) if it.id.eq_ignore_ascii_case(word))
    }
}

/// Whether the page of a kind explains this of what is declared inside of it: `index`, `table.index`, `index.sort`, and `show`, which nothing
/// else is called.
fn explains_inside(kind: &Kind, word: &str) -> bool {
    let behind = word.strip_prefix(kind.keyword);
    let word = behind.and_then(|it| it.strip_prefix('.')).unwrap_or(word);
    kind.nested.iter().any(|it| match word.split_once('.') {
        Some((keyword, name)) => it.keyword == keyword && it.attribute(name).is_some(),
        None => {
            let is_only_here = it.attribute(word).is_some() && kind.attribute(word).is_none();
            it.keyword == word || is_only_here
        }
    })
}

/// The word that was probably meant by one that nothing is called.
#[must_use]
pub fn nearest(word: &str) -> Option<String> {
    let words: Vec<String> = Topic::all().map(|it| it.word()).collect();
    let short = words.iter().filter_map(|it| it.split_once('.'));
    // An event has dots of its own; what is behind its provider's name is no word.
    let short = short.map(|(_, it)| it).filter(|it| !it.contains('.'));
    let all = words.iter().map(String::as_str).chain(short);
    crate::nearest(word, all).map(str::to_owned)
}

/// The words that begin as this one, which has no meaning of its own: `stripe.invoice`, `P05`.
pub fn beginning_with(word: &str) -> impl Iterator<Item = Topic> {
    Topic::all().filter(move |it| {
        let known = it.word();
        let beginning = known.get(..word.len());
        let is_code = matches!(it, Topic::Code(_));
        beginning.is_some_and(|it| it == word || is_code && it.eq_ignore_ascii_case(word))
    })
}

fn first_sentence(text: &str) -> &str {
    let end = text.find(". ").map_or(text.len(), |at| at + 1);
    text.get(..end).unwrap_or(text)
}
