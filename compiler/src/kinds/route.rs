//! `route METHOD /path { … }`: an HTTP endpoint that takes webhooks.

use pipe_dsl::tree::{Attribute as Written, Declaration, Expr, ExprKind, Span};

use super::function::later;
use super::{Attribute, Kind, KindId, Presence, Value};
use crate::check::attributes::Attributes;
use crate::check::context::{Context, head_span};
use crate::check::{head, verify};
use crate::diag;
use crate::model::{self, Argument, Origin, Type, Verb, Verify};

pub(super) const KIND: Kind = Kind {
    keyword: "route",
    doc: "An HTTP endpoint. The request is verified over its exact bytes, its body is the handler's input, and what the handler gives back is recorded.",
    form: "route METHOD /path { … }",
    attributes: &[
        Attribute {
            name: "verify",
            doc: "The signature scheme, or `off because \"…\"`.",
            value: Value::Special("a scheme with its arguments, or `off because \"…\"`"),
            presence: Presence::Required,
        },
        Attribute {
            name: "handler",
            doc: "The function that takes the body.",
            value: Value::Special("a function"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "append",
            doc: "Tables that the handler's output is recorded in, in order.",
            value: Value::Special("tables"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "body",
            doc: "Largest accepted body; a larger one is answered 413.",
            // Lambda takes 6 MB, and base64 makes a body a third longer.
            value: Value::Size {
                unit_bytes: 1,
                min: 1_024,
                max: 4 << 20,
            },
            presence: Presence::Default("1MB"),
        },
        Attribute {
            name: "rate",
            doc: "Requests per second and the burst above them; what exceeds both is answered 429.",
            value: Value::Special("a rate such as `500 per second burst 1000`"),
            presence: Presence::Default("500 per second burst 1000"),
        },
        Attribute {
            name: "stage",
            doc: "Name of the API's stage, the first part of its URL.",
            value: Value::Special("a word"),
            presence: Presence::Default("v1"),
        },
        Attribute {
            name: "log",
            doc: "What API Gateway's execution log says: failures, or every request step by step. Bodies never.",
            value: Value::Choice(&["error", "info"]),
            presence: Presence::Default("error"),
        },
        later("reply", "A fixed answer instead of a handler."),
        later("auth", "The API keys of known callers."),
        later("via", "A function URL instead of the API."),
        later("write", "A bucket that the body is kept in."),
        later(
            "send",
            "A queue, topic or bus that the handler's output goes to.",
        ),
    ],
    named: false,
};

const METHODS: &[&str] = &["POST", "PUT", "PATCH", "DELETE", "GET"];

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration) {
    let Some(parts) = head::parts(cx, it, &KIND, &[]) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, parts.block, &KIND);
    for nested in &attributes.statements {
        cx.report_no_statement(nested, &KIND);
    }
    let verify = attributes
        .first("verify")
        .and_then(|it| verify::read(cx, it));
    let handler = handler(cx, it.kind.span, &attributes);
    let append = append(cx, &attributes);
    let (rate_per_s, burst) = rate(cx, attributes.first("rate"));
    let stage = cx
        .words(&attributes, "stage")
        .first()
        .map_or("v1", |it| it.text.as_str())
        .to_owned();
    let execution_log = match cx.choice(&attributes, "log") {
        "info" => model::ExecutionLog::Info,
        _ => model::ExecutionLog::Error,
    };
    let Some((method, path)) = address(cx, it, parts.main) else {
        return;
    };
    let Some(handler) = handler else { return };
    if let Some(Verify::Scheme {
        arguments, origin, ..
    }) = &verify
    {
        let at = span(*origin);
        for argument in arguments.values() {
            if let Argument::Secret(secret) = argument {
                cx.edge(handler, Verb::Read, secret, at, "verifies with");
            }
        }
    }
    for (table, at) in &append {
        cx.edge(handler, Verb::Append, table, span(*at), "appends to");
    }
    check_output(cx, handler, &append);
    let Some(verify) = verify else { return };
    let sinks = append.into_iter().map(|(table, origin)| model::Sink {
        to: model::SinkTo::Append(table),
        filter: None,
        origin,
    });
    let sinks = sinks.collect();
    let route = model::Route {
        method,
        path,
        stage,
        verify,
        answer: model::Answer::Handler(handler.to_owned()),
        sinks,
        auth: None,
        via: None,
        body_bytes_max: cx.quantity(&attributes, "body"),
        rate_per_s,
        burst,
        execution_log,
        origin: cx.head_origin(it),
    };
    cx.model.routes.push(route);
}

fn span(origin: Origin) -> Span {
    Span {
        start: origin.start,
        end: origin.end,
    }
}

fn handler<'t>(cx: &mut Context<'t>, owner: Span, attributes: &Attributes<'t>) -> Option<&'t str> {
    let words = cx.words(attributes, "handler");
    match (words.as_slice(), attributes.first("handler")) {
        ([word], _) => cx.resolve(word, &[KindId::Function]),
        (_, Some(written)) => {
            cx.report(
                diag::P0310
                    .at(written.span, "a route has one handler")
                    .label("one function belongs here"),
            );
            None
        }
        (_, None) => {
            cx.report(
                diag::P0310
                    .at(owner, "nothing answers this route")
                    .label("`handler:` is missing")
                    .help("name the function that takes the body"),
            );
            None
        }
    }
}

fn append<'t>(cx: &mut Context<'t>, attributes: &Attributes<'t>) -> Vec<(String, Origin)> {
    let mut tables: Vec<(String, Origin)> = Vec::new();
    for word in cx.words(attributes, "append") {
        let Some(table) = cx.resolve(word, &[KindId::Table]) else {
            continue;
        };
        if tables.iter().any(|(it, _)| it == table) {
            let message = format!("`{table}` is appended to twice");
            cx.report(diag::P0105.at(word.span, message).label("again here"));
            continue;
        }
        tables.push((table.to_owned(), cx.origin(word.span)));
    }
    tables
}

/// What the handler gives back must be an event that each table holds.
fn check_output(cx: &mut Context<'_>, handler: &str, append: &[(String, Origin)]) {
    let Some(function) = cx.model.functions.get(handler) else {
        return;
    };
    let declared = cx
        .symbols
        .get(handler)
        .map(|it| it.span)
        .unwrap_or_default();
    let output = function.output.clone();
    for (table, at) in append {
        let Some(holds) = cx.model.tables.get(table).map(|it| it.holds.clone()) else {
            continue;
        };
        let message = match &output {
            Some(Type::Event(event)) if holds.contains(event) => {
                cx.used.insert(format!("recorded {event}"));
                continue;
            }
            Some(Type::Event(event)) if cx.unreadable.contains(event.as_str()) => continue,
            Some(Type::Event(event)) => format!("`{table}` does not hold `{event}`"),
            Some(_) => format!("`{handler}` gives back no event that `{table}` could record"),
            None => format!("`{handler}` gives nothing back that `{table}` could record"),
        };
        let help = format!("`{table}` holds `{}`", holds.join("`, `"));
        cx.report(
            diag::P0209
                .at(span(*at), message)
                .label("cannot be recorded here")
                .second(declared, "its output is declared here")
                .help(help),
        );
    }
}

fn address<'t>(
    cx: &mut Context<'t>,
    it: &'t Declaration,
    main: &'t [Expr],
) -> Option<(String, String)> {
    let [method, path] = main else {
        head::report_form(cx, it, head_span(it), &KIND);
        return None;
    };
    let (Some(word), ExprKind::Path(text)) = (method.as_word(), &path.kind) else {
        head::report_form(cx, it, head_span(it), &KIND);
        return None;
    };
    if !METHODS.contains(&word.text.as_str()) {
        let message = format!("`{}` is not a method of a route", word.text);
        let it = diag::P0213
            .at(word.span, message)
            .label(format!("one of {}", METHODS.join(", ")));
        cx.report(it.nearest(&word.text, word.span, METHODS.iter().copied()));
        return None;
    }
    if text.contains('{') {
        cx.report(diag::P0107.at(
            path.span,
            "parameters in a path are not compiled by this version of pipec",
        ));
        return None;
    }
    let clean = text
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || b"/-_.~".contains(&it));
    if !clean || (text.len() > 1 && text.ends_with('/')) {
        let message = format!("`{text}` is not a path that API Gateway takes");
        let it = diag::P0213
            .at(path.span, message)
            .label("letters, digits, `-`, `_`, `.`, `~` between slashes");
        cx.report(it);
        return None;
    }
    let route = (word.text.clone(), text.clone());
    let place = head_span(it);
    let twin = cx
        .model
        .routes
        .iter()
        .find(|it| it.method == route.0 && it.path == route.1)
        .map(|it| it.origin);
    if let Some(first) = twin {
        let message = format!("`{} {}` is declared twice", route.0, route.1);
        cx.report(
            diag::P0311
                .at(place, message)
                .label("again here")
                .second(span(first), "first declared here"),
        );
        return None;
    }
    Some(route)
}

/// `500 per second burst 1000`
fn rate(cx: &mut Context<'_>, written: Option<&Written>) -> (u32, u32) {
    let default = (500, 1_000);
    let Some(it) = written else { return default };
    let form = "a rate such as `500 per second burst 1000`";
    let items = match it.values.as_slice() {
        [phrase] => phrase.items.as_slice(),
        _ => &[],
    };
    let (rate, burst) = match items {
        [rate, per, second] if per.is_word("per") && second.is_word("second") => (rate, None),
        [rate, per, second, word, burst]
            if per.is_word("per") && second.is_word("second") && word.is_word("burst") =>
        {
            (rate, Some(burst))
        }
        _ => {
            cx.report_form(it.span, "rate", form);
            return default;
        }
    };
    // Account limits of API Gateway: 10,000 a second, burst 5,000.
    let rate = bounded(cx, rate, 10_000, form);
    let burst = burst.map_or(rate.map(|it| it.saturating_mul(2).min(5_000)), |it| {
        bounded(cx, it, 5_000, form)
    });
    (rate.unwrap_or(default.0), burst.unwrap_or(default.1))
}

fn bounded(cx: &mut Context<'_>, expr: &Expr, max: u32, form: &str) -> Option<u32> {
    let ExprKind::Number { digits, unit } = &expr.kind else {
        cx.report_form(expr.span, "rate", form);
        return None;
    };
    if !unit.is_empty() {
        cx.report_form(expr.span, "rate", form);
        return None;
    }
    let number = digits
        .parse::<u32>()
        .ok()
        .filter(|it| (1..=max).contains(it));
    if number.is_none() {
        cx.report(
            diag::P0401
                .at(expr.span, format!("this must be between 1 and {max}"))
                .label("out of range"),
        );
    }
    number
}
