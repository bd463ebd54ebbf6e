//! `topic NAME { … }`: a fan-out to subscribers.

pub(crate) mod lower;

use pipe_dsl::tree::Declaration;

use super::{Attribute, Kind, KindId, Presence, Service, Symbol, Unused, Value};
use crate::check::context::Context;
use crate::check::head;
use crate::diag;
use crate::model::{Origin, ParameterSource, Type, Verb};

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

pub(super) const KIND: Kind = Kind {
    keyword: "topic",
    doc: "A fan-out to subscribers. One that `holds` events is for services, here (`on: TOPIC`) and elsewhere; one that holds none takes alarms, alerts (subject and text) and what rules send, for people.",
    form: "topic NAME { … }",
    example: "topic news { holds: OrderPlaced }
topic ops  { email: ops_email }",
    becomes: &[
        "AWS::CloudWatch::Alarm",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
    ],
    attributes: &[
        Attribute {
            name: "holds",
            doc: "The events that are published.",
            value: Value::List("events"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "display",
            doc: "What an e-mail's sender is called.",
            value: Value::Special("a text in quotes"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "email",
            doc: "The parameter with the address that is subscribed; it is `at deploy`.",
            value: Value::Special("a parameter"),
            presence: Presence::Optional,
        },
    ],
    named: true,
    unused: Unused::Asked,
    granted: &[Verb::Send],
    service: Some(Service {
        endpoint: "sns",
        actions: "sns",
        uses_key: true,
    }),
    symbol: Symbol::Object,
    nested: &[],
};

/// Most characters of an SNS display name.
const DISPLAY_MAX: usize = 100;

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, block, &KIND);
    cx.refuse_statements(&attributes, &KIND);
    let holds = cx.held(&attributes, name.text);
    let display = cx.string(&attributes, "display").map(str::to_owned);
    let unfit = |it: &String| {
        it.is_empty() || it.len() > DISPLAY_MAX || !it.bytes().all(|it| (0x20..0x7F).contains(&it))
    };
    if let (true, Some(at)) = (
        display.as_ref().is_some_and(unfit),
        attributes.span("display"),
    ) {
        let message = format!("a display name has 1 to {DISPLAY_MAX} ASCII characters");
        cx.report(diag::P0213.at(at, message).label("does not fit"));
    }
    let email = cx.words(&attributes, "email").first().copied();
    let email = email.and_then(|word| {
        let param = cx.resolve(word, &[KindId::Param])?;
        let fits = cx
            .model
            .parameters
            .get(param)
            .is_none_or(|it| it.source == ParameterSource::AtDeploy && it.ty == Type::String);
        if !fits {
            let declared = cx.name_span(param);
            cx.report(
                diag::P0202
                    .at(word.span, format!("`{param}` is no `string at deploy`"))
                    .label("the stack subscribes it, so it must be known at the deploy")
                    .second(declared, "declared here"),
            );
        }
        Some(param.to_owned())
    });
    let topic = Topic {
        name: name.text.to_owned(),
        display,
        email,
        holds,
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    };
    cx.model.topics.insert(name.text.to_owned(), topic);
}
