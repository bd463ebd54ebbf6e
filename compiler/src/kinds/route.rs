//! `route METHOD /path { … }`: an HTTP endpoint that takes webhooks.

pub(crate) mod lower;

use pipe_dsl::tree::{Attribute as Written, Declaration, Expr, ExprKind, Span, Word};

use super::{Attribute, Kind, KindId, Presence, Symbol, Unused, Value};
use crate::check::attributes::Attributes;
use crate::check::context::{Context, head_span, span_of};
use crate::check::distance::nearest;
use crate::check::sinks::{self, Source};
use crate::check::targets::Place;
use crate::check::{accept, head, rates, slips, verify};
use crate::diag;
use crate::model::{self, Answer, Verify};

pub(super) const KIND: Kind = Kind {
    keyword: "route",
    doc: "An HTTP endpoint. The request is verified over its exact bytes, its body is the handler's input, and what the handler gives back is recorded, written and sent, in the order written. `{provider}` in the path names a declared provider; another one is answered 404.",
    form: "route METHOD /path { … }",
    example: "route POST /orders/{provider} {
  auth:    partners
  verify:  provider.verify
  handler: take
  send:    inbox
}",
    becomes: &[
        "AWS::ApiGateway::Account",
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::GatewayResponse",
        "AWS::ApiGateway::Method",
        "AWS::ApiGateway::Resource",
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::Stage",
        "AWS::IAM::Role",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
    ],
    attributes: &[
        Attribute {
            name: "verify",
            doc: "The signature scheme; `provider.verify` where the path names the provider; or `off because \"…\"`.",
            value: Value::Special(
                "a scheme with its arguments, `provider.verify`, or `off because \"…\"`",
            ),
            presence: Presence::Required,
        },
        Attribute {
            name: "handler",
            doc: "The function that takes the body.",
            value: Value::Special("a function"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "accept",
            doc: "The provider's events that the handler takes as `Accepted`; every other delivery is recorded by `other`.",
            value: Value::List("events of a provider: `stripe.payment_intent.succeeded`"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "other",
            doc: "The table that records what is not accepted: of another type, or not as its type is described.",
            value: Value::Special("a table"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "expect",
            doc: "What the handler's output must be. Anything else is answered 422 and counted in `unexpected`, and nothing is done with it.",
            value: Value::Special(
                "a condition over the fields of the output: `amount > 0 and currency == \"EUR\"`",
            ),
            presence: Presence::Optional,
        },
        Attribute {
            name: "append",
            doc: "Tables that the handler's output is recorded in, in order.",
            value: Value::List("tables"),
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
        Attribute {
            name: "write",
            doc: "Buckets that the handler's output is kept in, and under which key.",
            value: Value::List("a bucket and a key: `archive key \"${orderId}.json\"`"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "send",
            doc: "Queues, topics and buses that the handler's output goes to.",
            value: Value::List("a queue, topic or bus, each perhaps with `where` and a condition"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "auth",
            doc: "The key that a caller must show besides the signature. It is the same for all routes that have one, since API Gateway lets a key in on the whole stage.",
            value: Value::Reference(KindId::ApiKey),
            presence: Presence::Optional,
        },
        Attribute {
            name: "reply",
            doc: "The status that everyone gets who passes `verify`, instead of a handler's answer. Only with `via`.",
            value: Value::Whole { min: 200, max: 299 },
            presence: Presence::Optional,
        },
        Attribute {
            name: "via",
            doc: "The function whose URL serves the route, outside the API.",
            value: Value::Special("`function_url` and a function"),
            presence: Presence::Optional,
        },
    ],
    named: false,
    unused: Unused::Acts,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
    nested: &[],
};

const METHODS: &[&str] = &["POST", "PUT", "PATCH", "DELETE", "GET"];

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some(parts) = head::parts(cx, it, &KIND, &[]) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, parts.block, &KIND);
    cx.refuse_statements(&attributes, &KIND);
    let address = address(cx, it, parts.main);
    let by_path = address.as_ref().is_some_and(|it| it.by_path);
    let verify = attributes
        .first("verify")
        .and_then(|it| verify::read(cx, it, verify::Place::Route(by_path)));
    let answerer = answerer(cx, it.kind.span, &attributes);
    let (rate_per_s, burst) = rates::per_second(cx, attributes.first("rate"), (500, 1_000));
    let stage = cx.words(&attributes, "stage");
    let stage = stage.first().map_or("v1", |it| it.text).to_owned();
    let execution_log = match cx.choice(&attributes, "log") {
        "info" => model::ExecutionLog::Info,
        _ => model::ExecutionLog::Error,
    };
    let auth = cx.reference(&attributes, "auth").map(str::to_owned);
    let (Some(address), Some(answerer)) = (address, answerer) else {
        return;
    };
    check_provider(cx, &address, verify.as_ref());
    if let Some(verify) = &verify {
        verify::read_by(cx, verify, answerer.function);
    }
    let (accept, expect, sinks) = match answerer.answer {
        Answer::Handler(_) => {
            let place = accept::Place {
                handler: answerer.function,
                handler_at: attributes.span("handler").unwrap_or(it.kind.span),
                verify: verify.as_ref(),
            };
            handled(cx, &attributes, &place, address.by_path)
        }
        Answer::Reply(_) => (None, None, Vec::new()),
    };
    let Some(verify) = verify else { return };
    if let Answer::Handler(handler) = &answerer.answer {
        verify::warn_of_strangers(cx, &verify, &format!("`{handler}`"));
        let at = attributes.span("handler").unwrap_or(it.kind.span);
        verify::check_form(cx, &verify, handler, at);
    }
    let route = model::Route {
        method: address.method,
        path: address.path,
        stage,
        verify,
        answer: answerer.answer,
        accept,
        expect,
        sinks,
        auth,
        via: answerer.via,
        body_bytes_max: cx.quantity(&attributes, "body"),
        rate_per_s,
        burst,
        execution_log,
        origin: cx.head_origin(it),
    };
    if let Some(at) = attributes.span("body") {
        cx.body_at.insert(route.origin, at);
    }
    if let Some(key) = attributes.first("auth").and_then(|it| it.values.first()) {
        cx.auth_at.insert(route.origin, key.span);
    }
    cx.model.routes.push(route);
}

/// What the handler is given by the provider's own types, what its answer must be, and where that goes.
fn handled<'t>(
    cx: &mut Context<'t>,
    attributes: &Attributes<'t>,
    place: &accept::Place<'_>,
    by_path: bool,
) -> (
    Option<model::Accept>,
    Option<model::Expectation>,
    Vec<model::Sink>,
) {
    let accept = accept::read(cx, attributes, place);
    let output = cx.model.functions.get(place.handler);
    let output = output.and_then(|it| it.output.clone());
    let source = Source {
        function: place.handler,
        output: output.as_ref(),
        place: Place::Route(by_path),
    };
    let expect = sinks::expectation(cx, attributes, &source);
    (accept, expect, sinks::read(cx, attributes, &source))
}

/// What answers a route, and the function that does it.
struct Answerer<'t> {
    answer: Answer,
    function: &'t str,
    via: Option<String>,
}

/// Exactly one of `handler` and `reply`; `reply` only behind a function's URL.
fn answerer<'t>(
    cx: &mut Context<'t>,
    owner: Span,
    attributes: &Attributes<'t>,
) -> Option<Answerer<'t>> {
    let via = attributes.first("via").map(|it| (it, via(cx, it)));
    let reply = attributes.first("reply");
    match (attributes.first("handler"), reply, via) {
        (Some(handler), Some(reply), _) => {
            cx.report(
                diag::P0310
                    .at(reply.span, "this route has a handler and a reply")
                    .label("one of them answers")
                    .second(handler.span, "so does this"),
            );
            None
        }
        (Some(_), None, None) => {
            let function = handler(cx, attributes)?;
            Some(Answerer {
                answer: Answer::Handler(function.to_owned()),
                function,
                via: None,
            })
        }
        (Some(_), None, Some((via, _))) => {
            cx.report(
                diag::P0107
                    .at(
                        via.span,
                        "a handler behind a function URL is not compiled by this version of pipec",
                    )
                    .label("only a `reply:` is"),
            );
            None
        }
        (None, Some(_), Some((_, function))) => {
            let status = cx.quantity(attributes, "reply");
            refuse_with_reply(cx, attributes);
            let function = function?;
            Some(Answerer {
                answer: Answer::Reply(u16::try_from(status).unwrap_or(200)),
                function,
                via: Some(function.to_owned()),
            })
        }
        (None, Some(reply), None) => {
            cx.report(
                diag::P0310
                    .at(reply.span, "nothing serves this reply")
                    .label("`via:` is missing")
                    .help("name the function whose URL does: `via: function_url NAME`"),
            );
            None
        }
        (None, None, _) => {
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

/// What a route that only replies cannot have.
fn refuse_with_reply<'t>(cx: &mut Context<'t>, attributes: &Attributes<'t>) {
    let others = ["accept", "other", "expect"];
    for key in sinks::SINKS.iter().copied().chain(others) {
        if let Some(at) = attributes.span(key) {
            cx.report(
                diag::P0317
                    .at(
                        at,
                        format!("a reply gives nothing that could be used for `{key}`"),
                    )
                    .label("nothing comes here"),
            );
        }
    }
    for key in ["auth", "rate", "stage"] {
        if let Some(at) = attributes.span(key).filter(|_| attributes.is_own(key)) {
            cx.report(
                diag::P0317
                    .at(
                        at,
                        format!("`{key}` is of the API, and a function URL is outside of it"),
                    )
                    .label("has no effect"),
            );
        }
    }
}

fn handler<'t>(cx: &mut Context<'t>, attributes: &Attributes<'t>) -> Option<&'t str> {
    let words = cx.words(attributes, "handler");
    let written = attributes.first("handler")?;
    let [word] = words.as_slice() else {
        cx.report(
            diag::P0310
                .at(written.span, "a route has one handler")
                .label("one function belongs here"),
        );
        return None;
    };
    function(cx, word)
}

/// A function that takes requests: none of a family, whose members take messages.
fn function<'t>(cx: &mut Context<'t>, word: &'t Word<'t>) -> Option<&'t str> {
    let name = cx.resolve(word, &[KindId::Function])?;
    if cx.families.contains(name) {
        let declared = cx.name_span(name);
        cx.report(
            diag::P0316
                .at(word.span, format!("`{name}` is one for each provider"))
                .label("one function takes the requests of a route")
                .second(declared, "declared `per provider`")
                .help("its queue can be `per provider`: `send: lane[provider]`"),
        );
        return None;
    }
    Some(name)
}

/// `via: function_url NAME`
fn via<'t>(cx: &mut Context<'t>, it: &'t Written) -> Option<&'t str> {
    if let [phrase] = it.values.as_slice()
        && let [word, name] = phrase.items.as_slice()
        && let Some(name) = name.as_word()
    {
        let form = "`function_url` and a function";
        slips::is_word(cx, word, "function_url", "via", form);
        return function(cx, name);
    }
    cx.report_form(it.span, "via", "`function_url` and a function");
    None
}

/// `{provider}` in the path and `provider.verify` belong together.
fn check_provider(cx: &mut Context<'_>, address: &Address, verify: Option<&Verify>) {
    if !address.by_path {
        return;
    }
    head::check_providers(cx, address.at);
    match verify {
        Some(Verify::Scheme { origin, .. } | Verify::Off { origin, .. }) => {
            let at = span_of(*origin);
            cx.report(
                diag::P0502
                    .at(
                        at,
                        "the path names the provider, so each verifies as it declares",
                    )
                    .label("one scheme for all")
                    .second(address.at, "names the provider")
                    .help("write `verify: provider.verify`"),
            );
        }
        Some(Verify::PerProvider { .. }) | None => {}
    }
}

struct Address {
    method: String,
    path: String,
    /// True where the path names the provider.
    by_path: bool,
    /// Where the path stands.
    at: Span,
}

/// The only parameter that a path can have.
const PROVIDER: &str = "{provider}";

fn address<'t>(
    cx: &mut Context<'t>,
    it: &'t Declaration<'t>,
    main: &'t [Expr<'t>],
) -> Option<Address> {
    let [method, path] = main else {
        head::report_form(cx, it, head_span(it), &KIND);
        return None;
    };
    let (Some(word), ExprKind::Path(text)) = (method.as_word(), &path.kind) else {
        head::report_form(cx, it, head_span(it), &KIND);
        return None;
    };
    if !METHODS.contains(&word.text) {
        let message = format!("`{}` is not a method of a route", word.text);
        let it = diag::P0213
            .at(word.span, message)
            .label(format!("one of {}", METHODS.join(", ")));
        let meant = nearest(word.text, METHODS.iter().copied());
        cx.report_slip(it, word.span, meant);
        meant?;
    }
    let by_path = text.split('/').any(|it| it == PROVIDER);
    let bare = text.replacen(PROVIDER, "provider", usize::from(by_path));
    if bare.contains('{') {
        cx.report(
            diag::P0213
                .at(path.span, "a path has one parameter, which is `{provider}`")
                .label("between two slashes, once"),
        );
        return None;
    }
    let clean = bare
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
    let route = (word.text.to_owned(), (*text).to_owned());
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
                .second(span_of(first), "first declared here"),
        );
        return None;
    }
    Some(Address {
        method: route.0,
        path: route.1,
        by_path,
        at: path.span,
    })
}
