//! `queue NAME per provider { … }`: a queue and where its dead letters go.

pub(crate) mod lower;

use pipe_dsl::tree::{Attribute as Written, Declaration};

use super::{Attribute, Kind, KindId, Presence, Service, Symbol, Unused, Value};
use crate::check::clauses;
use crate::check::context::Context;
use crate::check::head;
use crate::diag;
use crate::model::{Member, Origin, Subscription, Verb};

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

pub(super) const KIND: Kind = Kind {
    keyword: "queue",
    doc: "A queue of messages, all of one type: what is sent to it and what its consumer takes. What fails too often goes to its dead-letter queue.",
    form: "queue NAME per provider { … }",
    example: "queue inbox     { dead_letter: inbox_dlq after 5 }
queue inbox_dlq { }",
    becomes: &["AWS::SQS::Queue", "AWS::SQS::QueuePolicy"],
    attributes: &[
        Attribute {
            name: "fifo",
            doc: "Whether messages of one group keep their order and equal ones within five minutes are one.",
            value: Value::Choice(&["true", "false"]),
            presence: Presence::Default("false"),
        },
        Attribute {
            name: "group",
            doc: "The field of a message that orders it: equal values keep their order. Only with `fifo: true`.",
            value: Value::Special("a field"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "dedupe",
            doc: "`content` lets SQS tell equal messages by their bytes; not written, the sender says so. Only with `fifo: true`.",
            value: Value::Choice(&["content"]),
            presence: Presence::Optional,
        },
        Attribute {
            name: "visibility",
            doc: "How long a received message is hidden; at least six times its consumer's timeout, which is what it is when not written.",
            value: Value::Duration {
                min_s: 1,
                max_s: 43_200,
            },
            presence: Presence::Optional,
        },
        Attribute {
            name: "retention",
            doc: "How long a message is kept; when not written 4d, of a dead-letter queue 14d.",
            value: Value::Duration {
                min_s: 60,
                max_s: 1_209_600,
            },
            presence: Presence::Optional,
        },
        Attribute {
            name: "dead_letter",
            doc: "The queue for what was received so many times and not deleted. Every queue has one that is none itself.",
            value: Value::Special("a queue and a count: `inbox_dlq after 5`"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "on",
            doc: "The topic that feeds it, and which of its events.",
            value: Value::Special("a topic, and `where` with a condition"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "watch",
            doc: "Why no alarm tells of dead letters in it.",
            value: Value::Special("`off because \"…\"`"),
            presence: Presence::Optional,
        },
    ],
    named: true,
    unused: Unused::Asked,
    granted: &[Verb::Send, Verb::Receive],
    service: Some(Service {
        endpoint: "sqs",
        actions: "sqs",
        uses_key: true,
    }),
    symbol: Symbol::Object,
    nested: &[],
};

/// `maxReceiveCount`. With fewer receives than five, throttling alone can end in the dead-letter queue. AWS: "Using Lambda with Amazon SQS".
const RECEIVES: Value = Value::Whole { min: 5, max: 1_000 };

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some(parts) = head::parts(cx, it, &KIND, &["per"]) else {
        return;
    };
    let Some(name) = head::name(cx, it, &parts, &KIND) else {
        return;
    };
    head::check_family(cx, &parts);
    let attributes = cx.attributes(it.kind.span, parts.block, &KIND);
    cx.refuse_statements(&attributes, &KIND);
    cx.keep_places(name.text, &attributes);
    let fifo = cx.choice(&attributes, "fifo") == "true";
    for key in ["group", "dedupe"] {
        if let (false, Some(at)) = (fifo, attributes.span(key)) {
            let message = format!("`{key}` is of FIFO queues");
            let it = diag::P0410.at(at, message).label("this one is none");
            cx.report(it.help("add `fifo: true`"));
        }
    }
    let number = |it: u64| u32::try_from(it).unwrap_or(u32::MAX);
    let watch = attributes
        .first("watch")
        .and_then(|it| clauses::attribute_off(cx, it));
    let queue = Queue {
        name: name.text.to_owned(),
        member: None,
        fifo,
        group: cx
            .words(&attributes, "group")
            .first()
            .map(|it| it.text.to_owned()),
        dedupe_content: cx.choice(&attributes, "dedupe") == "content",
        // Nothing here means: what the consumer and the dead letters need, which `check/queues.rs` fills in.
        visibility_s: number(cx.quantity(&attributes, "visibility")),
        retention_s: number(cx.quantity(&attributes, "retention")),
        dead_letter: attributes
            .first("dead_letter")
            .and_then(|it| dead_letter(cx, it)),
        on: None,
        unwatched_because: watch,
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    };
    if let Some(on) = attributes.first("on") {
        cx.subscribed.push((name.text, on));
    }
    cx.model.queues.insert(name.text.to_owned(), queue);
}

/// `inbox_dlq after 5`
fn dead_letter<'t>(cx: &mut Context<'t>, it: &'t Written) -> Option<(String, u32)> {
    let form = "a queue and a count: `inbox_dlq after 5`";
    let [phrase] = it.values.as_slice() else {
        cx.report_form(it.span, "dead_letter", form);
        return None;
    };
    let clauses = clauses::read(cx, phrase, &["after"], "dead_letter", form)?;
    let Some(word) = clauses.single().and_then(|it| it.as_word()) else {
        cx.report_form(phrase.span, "dead_letter", form);
        return None;
    };
    let queue = cx.resolve(word, &[KindId::Queue])?;
    // With a count that is missing or wrong, which is reported, the named one is a dead-letter queue all the same.
    let count = match clauses.get("after") {
        Some(after) => clauses::quantity(cx, after, &RECEIVES, "after"),
        None => {
            let form = "a count as well: `after 5`";
            cx.report_form(phrase.span, "dead_letter", form);
            None
        }
    };
    let count = count.and_then(|it| u32::try_from(it).ok());
    Some((queue.to_owned(), count.unwrap_or(u32::MAX)))
}
