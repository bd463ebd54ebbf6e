//! `accept:` and `other:` of a route against the descriptions of providers: which events its handler takes, and what records the rest.

use pipe_dsl::tree::{Expr, ExprKind, Span, Word};

use crate::check::attributes::Attributes;
use crate::check::context::{Context, span_of};
use crate::check::expected::Expected;
use crate::check::types::spelled;
use crate::diag;
use crate::kinds::KindId;
use crate::model::{Accept, AcceptedEvent, Field, Type, Verb, Verify};
use crate::providers::{self, Provider};

/// The route that accepts.
pub(crate) struct Place<'a> {
    /// Its handler, as declared.
    pub(crate) handler: &'a str,
    /// Where the route names it.
    pub(crate) handler_at: Span,
    /// How its deliveries are verified.
    pub(crate) verify: Option<&'a Verify>,
}

/// What is known of a delivery that is not accepted, by the field's name: its type, and whether every delivery has it.
const KNOWN: &[(&str, Known)] = &[
    ("body_sha256", Known::Text),
    ("provider", Known::Text),
    ("event_type", Known::TextOrNothing),
    ("event_id", Known::TextOrNothing),
    ("reason", Known::Reason),
    ("problem", Known::TextOrNothing),
];

/// The field that tells deliveries apart.
const IDENTITY: &str = "body_sha256";

/// The variants of `reason`.
const REASONS: &[&str] = &["unknown_type", "unreadable"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Text,
    TextOrNothing,
    Reason,
}

/// Reads both attributes; `None` where the route does not say what it accepts, or not rightly.
pub(crate) fn read<'t>(
    cx: &mut Context<'t>,
    attributes: &Attributes<'t>,
    place: &Place<'_>,
) -> Option<Accept> {
    let other_at = attributes.span("other");
    let Some(at) = attributes.span("accept") else {
        if let Some(other) = other_at {
            let it = diag::P0317.at(other, "`other` is for what `accept` leaves out");
            cx.report(it.label("this route takes every body"));
        }
        check_handler(cx, place, None);
        return None;
    };
    check_handler(cx, place, Some(at));
    let events = events(cx, attributes);
    let senders = senders(cx, at, &events, place.verify);
    let Some(other_at) = other_at else {
        cx.report(
            diag::P0319
                .at(at, "what is not accepted has nowhere to go")
                .label("`other:` is missing")
                .help("name the table that records every other delivery: `other: TABLE`"),
        );
        return None;
    };
    let (table, event) = other(cx, attributes, other_at, place)?;
    Some(Accept {
        events: events.into_iter().map(|it| it.0).collect(),
        senders: senders?,
        table,
        event,
        origin: cx.origin(at),
    })
}

/// `Accepted` is what a route's handler takes that accepts something, and no other function.
fn check_handler(cx: &mut Context<'_>, place: &Place<'_>, accept: Option<Span>) {
    let Some(function) = cx.model.functions.get(place.handler) else {
        return;
    };
    let (takes, input) = (function.input == Type::Accepted, spelled(&function.input));
    let declared = cx.name_span(place.handler);
    let name = place.handler;
    match accept {
        Some(at) if !takes => cx.report(
            diag::P0319
                .at(
                    place.handler_at,
                    format!("`{name}` takes `{input}`, not what this route accepts"),
                )
                .label("takes something else")
                .second(at, "accepts events of a provider")
                .help(format!("declare it as `function {name}(Accepted)`")),
        ),
        None if takes => cx.report(
            diag::P0319
                .at(
                    place.handler_at,
                    format!(
                        "`{name}` takes what its route accepts, and this one does not say what"
                    ),
                )
                .label("`accept:` is missing")
                .second(declared, "takes `Accepted`")
                .help("name events of a provider: `accept: stripe.payment_intent.succeeded`"),
        ),
        Some(_) | None => {}
    }
}

/// The events that are named, each with its place.
fn events<'t>(cx: &mut Context<'t>, attributes: &Attributes<'t>) -> Vec<(AcceptedEvent, Span)> {
    let mut events: Vec<(AcceptedEvent, Span)> = Vec::new();
    for phrase in attributes.all("accept").flat_map(|it| &it.values) {
        let ([name], None) = (phrase.items.as_slice(), &phrase.default) else {
            report_form(cx, phrase.span);
            continue;
        };
        let Some(event) = event(cx, name) else {
            continue;
        };
        if events.iter().any(|it| it.0 == event) {
            let message = format!("`{}.{}` is accepted twice", event.provider, event.event);
            cx.report(diag::P0105.at(name.span, message).label("again here"));
            continue;
        }
        events.push((event, name.span));
    }
    events
}

fn report_form(cx: &mut Context<'_>, span: Span) {
    let form = "events of a provider: `stripe.payment_intent.succeeded`";
    cx.report_form(span, "accept", form);
}

fn event(cx: &mut Context<'_>, name: &Expr) -> Option<AcceptedEvent> {
    let ExprKind::Name(words) = &name.kind else {
        report_form(cx, name.span);
        return None;
    };
    let (first, rest) = words.split_first()?;
    cx.expect(first.span, || Expected::Provider);
    let Some(provider) = providers::provider(first.text) else {
        let message = format!("`{}` is no provider whose events are described", first.text);
        let known = providers::PROVIDERS.iter().map(|it| it.name);
        cx.report(
            diag::P0222
                .at(first.span, message)
                .label("no such provider")
                .help(format!("described are {}", providers::names()))
                .nearest(first.text, first.span, known),
        );
        return None;
    };
    if let Some(span) = rest.iter().map(|it| it.span).reduce(Span::to) {
        cx.expect(span, || Expected::ProviderEvent(provider));
    }
    let joined = rest.iter().map(|it| it.text);
    let joined = joined.collect::<Vec<_>>().join(".");
    if provider.event(&joined).is_none() {
        report_unknown_event(cx, provider, &joined, name.span, rest);
        return None;
    }
    Some(AcceptedEvent {
        provider: provider.name.to_owned(),
        event: joined,
    })
}

fn report_unknown_event(
    cx: &mut Context<'_>,
    provider: &Provider,
    written: &str,
    whole: Span,
    rest: &[Word],
) {
    let span = match rest {
        [first, .., last] => first.span.to(last.span),
        [only] => only.span,
        [] => whole,
    };
    let message = match written {
        "" => format!("`{}` is a provider, not one of its events", provider.name),
        _ => format!("no event `{written}` of `{}` is described", provider.name),
    };
    let known = provider.events.iter().map(|it| it.name);
    cx.report(
        diag::P0222
            .at(span, message)
            .label("no such event")
            .help(format!(
                "`pipec explain {}` lists them; any other is recorded by `other:`",
                provider.name
            ))
            .nearest(written, span, known),
    );
}

/// Who sends to the route, and whether what is accepted can come from them.
fn senders(
    cx: &mut Context<'_>,
    at: Span,
    events: &[(AcceptedEvent, Span)],
    verify: Option<&Verify>,
) -> Option<Vec<(String, String)>> {
    let senders: Vec<(String, String)> = match verify? {
        Verify::PerProvider { .. } => {
            let unread = |it: &String| !cx.model.providers.contains_key(it);
            // One that could not be read may be the sender of anything.
            if cx.providers().iter().any(unread) {
                return None;
            }
            let declared = cx.model.providers.values();
            let described = |it: &crate::model::Provider| {
                let known = scheme(&it.verify).and_then(providers::signed_by);
                let known = known.or_else(|| providers::provider(&it.name))?;
                Some((it.name.clone(), known.name.to_owned()))
            };
            declared.filter_map(described).collect()
        }
        verify @ (Verify::Scheme { .. } | Verify::Off { .. }) => {
            let only = scheme(verify).and_then(providers::signed_by);
            let only = only.map(|it| it.name.to_owned());
            let only = only.or_else(|| events.first().map(|it| it.0.provider.clone()))?;
            vec![(String::new(), only)]
        }
    };
    let signed_at = verify_span(verify?).unwrap_or(at);
    let mut fits = true;
    for (event, span) in events {
        if senders.iter().any(|it| it.1 == event.provider) {
            continue;
        }
        fits = false;
        let known: Vec<String> = senders.iter().map(|it| format!("`{}`", it.1)).collect();
        let message = format!("no event of `{}` comes to this route", event.provider);
        let it = diag::P0223.at(*span, message).label("of another provider");
        cx.report(match known.as_slice() {
            [] => it.second(signed_at, "no declared provider is described"),
            _ => it.second(
                signed_at,
                format!("what comes here is of {}", known.join(", ")),
            ),
        });
    }
    fits.then_some(senders)
}

fn scheme(verify: &Verify) -> Option<&str> {
    match verify {
        Verify::Scheme { scheme, .. } => Some(scheme),
        Verify::PerProvider { .. } | Verify::Off { .. } => None,
    }
}

fn verify_span(verify: &Verify) -> Option<Span> {
    match verify {
        Verify::Scheme { origin, .. }
        | Verify::PerProvider { origin }
        | Verify::Off { origin, .. } => Some(span_of(*origin)),
    }
}

/// The table for everything else, and the event that it holds for that.
fn other<'t>(
    cx: &mut Context<'t>,
    attributes: &Attributes<'t>,
    at: Span,
    place: &Place<'_>,
) -> Option<(String, String)> {
    let words = cx.words(attributes, "other");
    let [word] = words.as_slice() else {
        cx.report_form(at, "other", "one table");
        return None;
    };
    let table = cx.resolve(word, &[KindId::Table])?;
    cx.edge(place.handler, Verb::Append, table, word.span, "appends to");
    let holds = cx.model.tables.get(table)?.holds.clone();
    if cx.incomplete.contains(table) {
        return None;
    }
    let declared = cx.name_span(table);
    let [event] = holds.as_slice() else {
        cx.report(
            diag::P0224
                .at(word.span, format!("`{table}` holds {} events", holds.len()))
                .label("one is what a delivery is recorded as")
                .second(declared, "declared here")
                .help("give what is not accepted a table of its own"),
        );
        return None;
    };
    let fields = cx.model.events.get(event)?.clone();
    cx.recorded.insert(event.to_owned());
    let mut fits = true;
    for field in &fields.fields {
        if let Err(problem) = filled(field) {
            fits = false;
            let at = span_of(field.origin);
            let it = diag::P0224.at(at, format!("`{}` of `{event}` {problem}", field.name));
            cx.report(
                it.label("cannot be filled")
                    .second(word.span, format!("records deliveries as `{event}`"))
                    .help("known of each are `body_sha256: string`, `provider: string`, `event_type: string?`, `event_id: string?`, `reason: unknown_type | unreadable`, `problem: string?`"),
            );
        }
    }
    let read = !cx.incomplete.contains(event.as_str());
    if read && !fields.once.iter().any(|it| it == IDENTITY) {
        fits = false;
        cx.report(
            diag::P0224
                .at(
                    cx.name_span(event),
                    format!("two deliveries could be one `{event}`"),
                )
                .label(format!("`once {IDENTITY}` tells them apart"))
                .second(word.span, "records deliveries as this event"),
        );
    }
    fits.then(|| (table.to_owned(), event.clone()))
}

/// Whether a field can be filled from what is known of any delivery.
fn filled(field: &Field) -> Result<(), String> {
    let Some((_, known)) = KNOWN.iter().find(|it| it.0 == field.name) else {
        let optional = matches!(field.ty, Type::Optional(_));
        return if optional || field.default.is_some() {
            Ok(())
        } else {
            Err("is nothing that is known of a delivery, and has no default".to_owned())
        };
    };
    let (inner, optional) = match &field.ty {
        Type::Optional(inner) => (inner.as_ref(), true),
        ty => (ty, field.default.is_some()),
    };
    let fits = match (known, inner) {
        (Known::Text, Type::String) | (Known::Reason, Type::String) => true,
        (Known::TextOrNothing, Type::String) => optional,
        (Known::Reason, Type::Enum(variants)) => REASONS
            .iter()
            .all(|it| variants.iter().any(|own| own == it)),
        _ => false,
    };
    let wanted = match known {
        Known::Text => "string",
        Known::TextOrNothing => "string?",
        Known::Reason => "unknown_type | unreadable",
    };
    if fits {
        Ok(())
    } else {
        Err(format!(
            "is `{}`, but what is known is `{wanted}`",
            spelled(&field.ty)
        ))
    }
}
