//! Where outputs go and inputs come from beside the event log: queues, topics, buses with their rules, buckets, and the sinks that feed them.

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

/// A queue in SQS.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// Name, of a member `lane_stripe`.
    pub name: String,
    /// Which member of a family it is.
    pub member: Option<Member>,
    /// `fifo: true`
    pub fifo: bool,
    /// `group: FIELD`: what orders messages, a field of what is sent. Always there when `fifo` and something is sent by the spec.
    pub group: Option<String>,
    /// `dedupe: content`: equal bodies within five minutes are one message.
    pub dedupe_content: bool,
    /// Visibility timeout in seconds.
    pub visibility_s: u32,
    /// How long a message is kept, in seconds.
    pub retention_s: u32,
    /// `dead_letter: NAME after N`: the queue's model name, and the receives after which a message goes there.
    pub dead_letter: Option<(String, u32)>,
    /// `on: TOPIC where …`: the topic whose messages it gets.
    pub on: Option<Subscription>,
    /// `watch: off because "…"`: why nobody is told of dead letters in it.
    pub unwatched_because: Option<String>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
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

/// A topic in SNS.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Declared name.
    pub name: String,
    /// `display: "…"`, what an e-mail's sender is called.
    pub display: Option<String>,
    /// `email: PARAM`: the `at deploy` parameter with the address that is subscribed.
    pub email: Option<String>,
    /// Events that are published; a topic without any takes alerts (subject and text), and events of rules.
    pub holds: Vec<String>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

/// An event bus in EventBridge.
#[derive(Clone, Debug, PartialEq)]
pub struct Bus {
    /// Declared name.
    pub name: String,
    /// `name: "…"`, the physical name as written; absent is `name-<EnvironmentSuffix>`.
    pub physical: Option<Template>,
    /// `source: "…"` of everything that is sent.
    pub source: String,
    /// Events with their detail-type: `holds: PaymentProcessed as "Payment Processed"`; without `as` it is the event's name.
    pub holds: Vec<(String, String)>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

/// A rule on a bus, alone or as a case of a `rules` group.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Name; of a case `<group>_<case>`.
    pub name: String,
    /// Group and case, for a case.
    pub case: Option<(String, String)>,
    /// The bus.
    pub bus: String,
    /// The event that it takes.
    pub event: String,
    /// Which of them.
    pub condition: Option<Condition>,
    /// Where they go, in order.
    pub sends: Vec<Target>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

/// A bucket in S3.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// Declared name.
    pub name: String,
    /// `versioned: true`
    pub versioned: bool,
    /// `move: glacier after 90d`: days until objects move to S3 Glacier Flexible Retrieval.
    pub glacier_after_days: Option<u32>,
    /// Survives the stack.
    pub retain: bool,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
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
