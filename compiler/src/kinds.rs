//! The kinds of declarations: one file each, one list. The model, the checker, the back ends, `explain`, completion and manual are made from it.

pub(crate) mod alarm;
pub(crate) mod api_key;
pub(crate) mod bucket;
pub(crate) mod bus;
pub(crate) mod dashboard;
mod defaults;
mod error;
mod event;
pub(crate) mod function;
mod grant;
pub(crate) mod key;
pub(crate) mod network;
pub(crate) mod param;
mod pipeline;
mod provider;
pub(crate) mod queue;
mod record;
mod retry;
pub(crate) mod route;
pub(crate) mod rule;
mod rules;
mod secret;
pub(crate) mod table;
pub(crate) mod topic;
pub(crate) mod workflow;

pub use alarm::Alarm;
pub use api_key::ApiKey;
pub use bucket::Bucket;
pub use bus::Bus;
pub use dashboard::{Dashboard, Graph};
pub use key::Key;
pub use network::Network;
pub use param::{Parameter, ParameterSource};
pub use provider::Provider;
pub use queue::Queue;
pub use retry::Retry;
pub use rule::Rule;
pub use secret::Secret;
pub use table::{Index, Table};
pub use topic::Topic;
pub(crate) use workflow::signature_of as workflow_signature;

use std::collections::BTreeMap;

use pipe_dsl::tree::Declaration;

use crate::check::context::Context;
use crate::check::distance::nearest;
use crate::declared::Declared;
use crate::model::{Event, Function, Grant, Record, Route, Verb, Workflow};

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
    /// What a grant may let somebody do with one.
    pub granted: &'static [Verb],
    /// The service that has them.
    pub service: Option<Service>,
    /// The picture that an editor shows beside one.
    pub symbol: Symbol,
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

/// The service that has what is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// As the endpoints of a network name it.
    pub endpoint: &'static str,
    /// As actions of IAM begin, and as the key's policy names it.
    pub actions: &'static str,
    /// True when it uses the pipeline's key on behalf of its callers, who need a right to that.
    pub uses_key: bool,
}

/// The picture that an editor shows beside a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// Something that happens.
    Event,
    /// Something with fields.
    Struct,
    /// Something that runs.
    Function,
    /// Something that is read.
    Constant,
    /// Anything else.
    Object,
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
    ($($variant:ident $module:ident $({ $(#[$doc:meta])* $field:ident: $type:ty })?;)*) => {
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

        /// A whole `.pipe` file that has passed every check.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Pipeline {
            /// Name as declared, which is also the file's name: `payments`.
            pub name: String,
            /// File name without its folder, `payments.pipe`; artifacts cite lines of it.
            pub file: String,
            /// The `//!` lines, joined.
            pub doc: String,
            /// Days that log groups keep lines which belong to no function and no workflow.
            pub retention_days: u32,
            /// The one customer-managed key of the pipeline.
            pub key: Key,
            $($(
                $(#[$doc])*
                pub $field: $type,
            )?)*
        }

        impl Pipeline {
            /// Everything that is declared, kind after kind.
            pub(crate) fn declared(&self) -> Vec<&dyn Declared> {
                let mut declared: Vec<&dyn Declared> = Vec::with_capacity(DECLARED);
                $($( declared.extend(self.$field.each().map(|it| it as &dyn Declared)); )?)*
                declared
            }

            /// What is declared under a name that grants can name; of a family a member, under its own.
            pub(crate) fn named(&self, name: &str) -> Option<&dyn Declared> {
                $($(
                    if let Some(it) = self.$field.named(name) {
                        return Some(it);
                    }
                )?)*
                None
            }
        }
    };
}

/// More than most pipelines declare.
const DECLARED: usize = 64;

/// Where the parts of the model that are of one kind are kept.
trait Kept {
    type Part;
    fn each(&self) -> impl Iterator<Item = &Self::Part>;
    fn named(&self, name: &str) -> Option<&Self::Part>;
}

impl<T> Kept for BTreeMap<String, T> {
    type Part = T;
    fn each(&self) -> impl Iterator<Item = &T> {
        self.values()
    }
    fn named(&self, name: &str) -> Option<&T> {
        self.get(name)
    }
}

impl<T> Kept for Vec<T> {
    type Part = T;
    fn each(&self) -> impl Iterator<Item = &T> {
        self.iter()
    }
    fn named(&self, _: &str) -> Option<&T> {
        None
    }
}

// The one list of kinds: each with its module and, where its declarations are kept apart, the part of the model that they become. The order is
// that of dependence: a kind reads what those above it have put into the model, and lowers what may look at what those above it became.
kinds! {
    Pipeline pipeline;
    Defaults defaults;
    Key key;
    Secret secret {
        /// Secrets by name; the stack never makes them.
        secrets: BTreeMap<String, Secret>
    };
    Record record {
        /// Record types by name.
        types: BTreeMap<String, Record>
    };
    Param param {
        /// Typed parameters by name.
        parameters: BTreeMap<String, Parameter>
    };
    Provider provider {
        /// Senders of webhooks by name; the variants of `Provider`.
        providers: BTreeMap<String, Provider>
    };
    Error error {
        /// Error types by name; the built-in ones are not listed.
        errors: BTreeMap<String, Record>
    };
    Event event {
        /// Event types by name.
        events: BTreeMap<String, Event>
    };
    Table table {
        /// Event logs by name.
        tables: BTreeMap<String, Table>
    };
    Bucket bucket {
        /// Buckets by name.
        buckets: BTreeMap<String, Bucket>
    };
    ApiKey api_key {
        /// Keys of known callers by name.
        api_keys: BTreeMap<String, ApiKey>
    };
    Topic topic {
        /// Topics by name.
        topics: BTreeMap<String, Topic>
    };
    Queue queue {
        /// Queues by name; families expanded.
        queues: BTreeMap<String, Queue>
    };
    Bus bus {
        /// Buses by name.
        buses: BTreeMap<String, Bus>
    };
    Retry retry {
        /// Retry policies by name.
        retries: BTreeMap<String, Retry>
    };
    Function function {
        /// Functions by name; families expanded.
        functions: BTreeMap<String, Function>
    };
    Network network {
        /// Private networks by name.
        networks: BTreeMap<String, Network>
    };
    Route route {
        /// Routes in the order of their path and method.
        routes: Vec<Route>
    };
    Rule rule {
        /// Rules and cases by name.
        rules: BTreeMap<String, Rule>
    };
    Rules rules;
    Workflow workflow {
        /// Workflows by name.
        workflows: BTreeMap<String, Workflow>
    };
    Grant grant {
        /// Grants by the name of the function or workflow that they are for; those of families expanded.
        grants: BTreeMap<String, Grant>
    };
    Alarm alarm {
        /// Alarms by name; one for each member.
        alarms: BTreeMap<String, Alarm>
    };
    Dashboard dashboard {
        /// Dashboards by name.
        dashboards: BTreeMap<String, Dashboard>
    };
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
