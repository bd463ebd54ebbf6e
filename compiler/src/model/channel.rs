//! Where outputs go beside the event log, and on which terms: sinks with their targets, families, subscriptions, texts with values in them.

use super::{Condition, Origin, Pipeline, Trigger, Type};

/// A text with values in it: `webhooks/${timestamp.date}/${paymentId}.json`.
pub type Template = Vec<Piece>;

/// One piece of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as written.
    Text(String),
    /// `${paymentId}`: a top-level field of the edge's value, as text.
    Field(String),
    /// `${timestamp.date}`: the UTC day of a `timestamp` or `epoch_millis` field, `2026-11-20`.
    Date(String),
    /// `${suffix}`: the template parameter `EnvironmentSuffix`. Only in physical names.
    Suffix,
}

/// Which member of a family a resource is. Its name in the model is `<family>_<provider>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The family's declared name: `lane`.
    pub family: String,
    /// The declared provider: `stripe`.
    pub provider: String,
}

/// What the runtime does with a handler's output, or a rule with an event, after everything above it has succeeded.
#[derive(Clone, Debug, PartialEq)]
pub struct Sink {
    /// What is done.
    pub to: SinkTo,
    /// `where` over the fields of the value; absent is always.
    pub filter: Option<Condition>,
    /// Where it stands.
    pub origin: Origin,
}

/// `expect: CONDITION` of a route or function: what its output must be, or nothing is done with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// Over the fields of the output.
    pub condition: Condition,
    /// Where it stands.
    pub origin: Origin,
}

/// The sinks of the language.
#[derive(Clone, Debug, PartialEq)]
pub enum SinkTo {
    /// `append: TABLE`
    Append(String),
    /// `write: BUCKET key "…"`
    Write {
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: Template,
    },
    /// `send: TARGET`
    Send(Target),
}

/// What `send` can go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A queue, or the own member of a family.
    Queue(String),
    /// `lane[provider]` on a route: the member of this family for the provider that the path names.
    QueueOfProvider(String),
    /// A topic.
    Topic(String),
    /// A bus.
    Bus(String),
    /// A function; only from rules.
    Function(String),
    /// `log NAME retention 30d`; only from rules.
    Log {
        /// Declared by its use.
        name: String,
        /// Days that its group keeps lines.
        retention_days: u32,
    },
}

/// `on: TOPIC where …`
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// The topic.
    pub topic: String,
    /// Which of its events.
    pub filter: Option<Condition>,
    /// Where it stands.
    pub origin: Origin,
}

impl Pipeline {
    /// What the messages of a queue are, an event or a record: what its consumer takes, else what is sent to it.
    #[must_use]
    pub fn message_of(&self, queue: &str) -> Option<&Type> {
        let mut consumers = self.functions.values();
        let consumer = consumers.find(
            |it| matches!(&it.trigger, Trigger::Queue { queue: source, .. } if source == queue),
        );
        if let Some(consumer) = consumer {
            return Some(&consumer.input);
        }
        let sends = |sinks: &[Sink]| sinks.iter().any(|it| self.reaches(&it.to, queue));
        let mut functions = self.functions.values().filter(|it| sends(&it.sinks));
        if let Some(output) = functions.find_map(|it| it.output.as_ref()) {
            return Some(item(output));
        }
        let mut routes = self.routes.iter().filter(|it| sends(&it.sinks));
        let mut handlers = routes
            .by_ref()
            .filter_map(|it| self.functions.get(it.handler()?));
        handlers.find_map(|it| it.output.as_ref()).map(item)
    }

    fn reaches(&self, to: &SinkTo, queue: &str) -> bool {
        match to {
            SinkTo::Send(Target::Queue(name)) => name == queue,
            SinkTo::Send(Target::QueueOfProvider(family)) => {
                let member = self.queues.get(queue).and_then(|it| it.member.as_ref());
                member.is_some_and(|it| it.family == *family)
            }
            _ => false,
        }
    }
}

/// One value of an output.
fn item(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) | Type::Optional(inner) => item(inner),
        _ => ty,
    }
}
