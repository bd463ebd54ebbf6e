//! The kinds of declarations: one file each, one list. Checker, `explain`, completion and manual read the list.

mod alarm;
mod api_key;
mod bucket;
mod bus;
mod dashboard;
mod defaults;
mod error;
mod event;
mod function;
mod grant;
mod key;
mod network;
mod param;
mod pipeline;
mod provider;
mod queue;
mod record;
mod retry;
mod route;
mod rule;
mod rules;
mod secret;
mod table;
mod topic;
mod workflow;

pub(crate) use grant::word as grant_word;
pub(crate) use workflow::signature_of as workflow_signature;

use pipe_dsl::tree::Declaration;

use crate::check::context::Context;
use crate::check::distance::nearest;

/// A kind of declaration.
#[derive(Debug)]
pub struct Kind {
    /// The word that begins it.
    pub keyword: &'static str,
    /// One or two sentences for a person.
    pub doc: &'static str,
    /// How a declaration looks, with `NAME` for what the user chooses.
    pub form: &'static str,
    /// One or two of them. The examples of all kinds, one after the other, are a pipeline.
    pub example: &'static str,
    /// The CloudFormation types that those of the example become, in order. What has none becomes part of others, or code.
    pub becomes: &'static [&'static str],
    /// What may stand in its braces as `key: value`.
    pub attributes: &'static [Attribute],
    /// True when a declaration gives a name that others refer to.
    pub named: bool,
    /// What is said of a declaration that no other names.
    pub unused: Unused,
    /// What else may stand in its braces, as declarations inside of it.
    pub nested: &'static [&'static Kind],
}

/// One `key: value` of a kind.
#[derive(Debug)]
pub struct Attribute {
    /// The key.
    pub name: &'static str,
    /// One sentence for a person.
    pub doc: &'static str,
    /// What may stand after the colon.
    pub value: Value,
    /// What happens when it is not written.
    pub presence: Presence,
}

/// What is said of a declaration that no other names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unused {
    /// It is of no use then, which is a warning.
    Warned,
    /// Nothing: it acts by itself, or has no name that another could write.
    Acts,
    /// A check of its own asks who uses it: in `check/usage.rs`, or of channels in `check/ends.rs`.
    Asked,
}

/// Whether an attribute must be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// An error when it is missing.
    Required,
    /// Nothing when it is missing.
    Optional,
    /// This, in the spelling of the language.
    Default(&'static str),
}

/// What may stand after the colon of an attribute.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// A duration in whole seconds.
    Duration {
        /// Shortest, in seconds.
        min_s: u64,
        /// Longest, in seconds.
        max_s: u64,
    },
    /// An amount of bytes in binary units, read in this unit.
    Size {
        /// Bytes that the result counts.
        unit_bytes: u64,
        /// Smallest, in that unit.
        min: u64,
        /// Largest, in that unit.
        max: u64,
    },
    /// A whole number.
    Whole {
        /// Smallest.
        min: u64,
        /// Largest.
        max: u64,
    },
    /// Whole days that CloudWatch Logs offers.
    Retention,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// The name of a declaration of this kind.
    Reference(KindId),
    /// One thing that its kind reads by itself, in words for a person.
    Special(&'static str),
    /// The same where several may stand with commas between them; it is the only form that takes more than one.
    List(&'static str),
}

macro_rules! kinds {
    ($($variant:ident $module:ident;)*) => {
        /// Names a kind that this version compiles, in the order in which declarations are read.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum KindId {
            $(
                #[doc = concat!("See `kinds/", stringify!($module), ".rs`.")]
                $variant,
            )*
        }

        impl KindId {
            /// Every kind, in the order in which declarations are read.
            pub const ALL: &'static [KindId] = &[$(KindId::$variant),*];

            /// What is known of the kind.
            #[must_use]
            pub fn kind(self) -> &'static Kind {
                match self { $(KindId::$variant => &$module::KIND),* }
            }

            /// The kind as logical ids end in it: `Table`.
            pub(crate) fn name(self) -> &'static str {
                match self { $(KindId::$variant => stringify!($variant)),* }
            }

            /// Reads one declaration of the kind into the model.
            pub(crate) fn read<'t>(self, cx: &mut Context<'t>, declaration: &'t Declaration<'t>) {
                match self { $(KindId::$variant => $module::read(cx, declaration)),* }
            }
        }
    };
}

// The order is that of dependence: a kind reads what those above it have put into the model.
kinds! {
    Pipeline pipeline;
    Defaults defaults;
    Key key;
    Secret secret;
    Record record;
    Param param;
    Provider provider;
    Error error;
    Event event;
    Table table;
    Bucket bucket;
    Network network;
    ApiKey api_key;
    Topic topic;
    Queue queue;
    Bus bus;
    Retry retry;
    Function function;
    Route route;
    Rule rule;
    Rules rules;
    Workflow workflow;
    Grant grant;
    Alarm alarm;
    Dashboard dashboard;
}

impl KindId {
    /// The kind that a word begins.
    #[must_use]
    pub fn of(keyword: &str) -> Option<KindId> {
        KindId::ALL
            .iter()
            .copied()
            .find(|it| it.kind().keyword == keyword)
    }

    /// The same, or the kind that a misspelled word is nearest to: what is declared there is read as what was meant.
    pub(crate) fn meant(keyword: &str) -> Option<KindId> {
        let keywords = || KindId::ALL.iter().map(|it| it.kind().keyword);
        KindId::of(keyword).or_else(|| KindId::of(nearest(keyword, keywords())?))
    }

    /// `a table`, `an event`
    #[must_use]
    pub fn with_article(self) -> String {
        // `a rules` would be odd English.
        if self == KindId::Rules {
            return "a group of rules".to_owned();
        }
        let word = self.kind().keyword;
        let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) {
            "an"
        } else {
            "a"
        };
        format!("{article} {word}")
    }
}

impl Kind {
    /// The attribute of that name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|it| it.name == name)
    }
}
