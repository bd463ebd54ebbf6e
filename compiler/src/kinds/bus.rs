//! `bus NAME { … }`: an event bus, whose rules say what goes where.

pub(crate) mod lower;

use pipe_dsl::tree::{Declaration, ExprKind};

use super::{Attribute, Kind, KindId, Presence, Service, Symbol, Unused, Value};
use crate::check::clauses;
use crate::check::context::Context;
use crate::check::{head, templates};
use crate::diag;
use crate::model::{Origin, Template, Verb};

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

pub(super) const KIND: Kind = Kind {
    keyword: "bus",
    doc: "An event bus. Functions send events to it; each `rule` on it takes those that fit and sends them on.",
    form: "bus NAME { … }",
    example: r#"bus order_bus { source: "shop.orders", holds: OrderPlaced as "Order Placed" }"#,
    becomes: &[
        "AWS::CloudWatch::Alarm",
        "AWS::Events::EventBus",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
    ],
    attributes: &[
        Attribute {
            name: "name",
            doc: "Its physical name, when it must not be `NAME-<suffix>`.",
            value: Value::Special("a text in quotes"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "source",
            doc: "What its events say they come from.",
            value: Value::Special("a text in quotes"),
            presence: Presence::Required,
        },
        Attribute {
            name: "holds",
            doc: "The events that are sent to it; `as \"…\"` gives the detail-type, which else is the event's name.",
            value: Value::List("events, each perhaps `as \"detail type\"`"),
            presence: Presence::Required,
        },
    ],
    named: true,
    unused: Unused::Asked,
    granted: &[Verb::Send],
    service: Some(Service {
        endpoint: "events",
        actions: "events",
        uses_key: false,
    }),
    symbol: Symbol::Object,
    nested: &[],
};

/// Most characters of a source, and of a detail-type, that a pattern matches.
const TEXT_MAX: usize = 128;

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, block, &KIND);
    cx.refuse_statements(&attributes, &KIND);
    let physical = cx.string(&attributes, "name").and_then(|text| {
        let at = attributes.span("name").unwrap_or(name.span);
        check_name(cx, text, at)?;
        templates::read(cx, text, at, &templates::Place::Name)
    });
    let source = cx
        .string(&attributes, "source")
        .unwrap_or_default()
        .to_owned();
    if let Some(at) = attributes.span("source") {
        check_text(cx, "source", &source, at);
        if source.starts_with("aws.") {
            cx.report(
                diag::P0213
                    .at(at, "a source that begins with `aws.` is AWS's own")
                    .label("PutEvents refuses it"),
            );
        }
    }
    let holds = holds(cx, &attributes, name.text);
    let bus = Bus {
        name: name.text.to_owned(),
        physical,
        source,
        holds,
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    };
    cx.model.buses.insert(name.text.to_owned(), bus);
}

fn check_text(cx: &mut Context<'_>, key: &str, text: &str, at: pipe_dsl::tree::Span) {
    if text.is_empty() || text.len() > TEXT_MAX {
        let message = format!("`{key}` has 1 to {TEXT_MAX} characters");
        cx.report(diag::P0213.at(at, message).label("does not fit"));
    }
}

/// Letters, digits, `.`, `-`, `_`; the suffix stands for some of them.
fn check_name(cx: &mut Context<'_>, text: &str, at: pipe_dsl::tree::Span) -> Option<()> {
    let bare = text.replace("${suffix}", "");
    let fits = bare
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || b".-_".contains(&it));
    if fits || bare.contains("${") {
        return Some(());
    }
    cx.report(
        diag::P0213
            .at(at, format!("`{text}` is not a name that EventBridge takes"))
            .label("letters, digits, `.`, `-`, `_`"),
    );
    None
}

/// `PaymentProcessed as "Payment Processed"`
fn holds<'t>(
    cx: &mut Context<'t>,
    attributes: &crate::check::attributes::Attributes<'t>,
    bus: &'t str,
) -> Vec<(String, String)> {
    let form = "events, each perhaps `as \"detail type\"`";
    let mut holds: Vec<(String, String)> = Vec::new();
    let mut spans = Vec::new();
    let written = attributes.first("holds");
    if written.is_none() {
        cx.incomplete.insert(bus);
    }
    for phrase in written.map(|it| it.values.as_slice()).unwrap_or_default() {
        let Some(clauses) = clauses::read(cx, phrase, &["as"], "holds", form) else {
            cx.incomplete.insert(bus);
            continue;
        };
        let Some(word) = clauses.single().and_then(|it| it.as_word()) else {
            cx.report_form(phrase.span, "holds", form);
            cx.incomplete.insert(bus);
            continue;
        };
        let Some(event) = cx.resolve(word, &[KindId::Event]) else {
            cx.incomplete.insert(bus);
            continue;
        };
        let detail_type = match clauses.get("as").map(|it| (&it.kind, it.span)) {
            None => event.to_owned(),
            Some((ExprKind::String(text), at)) => {
                check_text(cx, "as", text, at);
                text.to_string()
            }
            Some((_, at)) => {
                // Which event it is was said, and the rest of the spec may go by that.
                cx.report_form(at, "as", "a text in quotes");
                event.to_owned()
            }
        };
        if let Some(twin) = holds.iter().find(|it| it.0 == event || it.1 == detail_type) {
            let message = if twin.0 == event {
                format!("`{event}` is held twice")
            } else {
                format!("`{}` and `{event}` would have the same detail-type", twin.0)
            };
            cx.report(diag::P0105.at(word.span, message).label("again here"));
            continue;
        }
        holds.push((event.to_owned(), detail_type));
        spans.push(word.span);
    }
    cx.held_at.insert(bus.to_owned(), spans);
    holds
}
