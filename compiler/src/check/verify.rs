//! `verify:` of a route against the list of signature schemes in the runtime.

use std::collections::BTreeMap;

use pipe_dsl::tree::{Argument as Written, Attribute, Expr, ExprKind, Span, Word};
use pipe_runtime::sign::{self, Parameter, ParameterKind, SCHEMES, Scheme};

use crate::check::context::{Context, span_of};
use crate::check::distance::nearest;
use crate::check::expected::Expected;
use crate::check::quantity::duration_unit_s;
use crate::check::slips;
use crate::diag;
use crate::kinds::KindId;
use crate::model::{Argument, Type, Verb, Verify};

/// Old hashes, whose names are near to those of schemes that they are not.
const WEAK: &[&str] = &["hmac_sha1", "hmac_md5"];
/// What one would write for a provider that signs nothing and is to be asked what its message means.
const FETCHING_BACK: &[&str] = &["fetch", "fetch_back", "fetchback"];

/// Where a `verify:` stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On a route; true where its path names the provider.
    Route(bool),
    /// On a provider.
    Provider,
}

/// Reads the attribute.
pub(crate) fn read<'t>(
    cx: &mut Context<'t>,
    it: &'t Attribute<'t>,
    place: Place,
) -> Option<Verify> {
    let [phrase] = it.values.as_slice() else {
        report_form(cx, it.span);
        return None;
    };
    match phrase.items.as_slice() {
        [
            Expr {
                kind: ExprKind::Name(words),
                span,
            },
        ] if matches!(words.as_slice(), [provider, verify] if provider.text == "provider" && verify.text == "verify") => {
            per_provider(cx, *span, place)
        }
        [
            Expr {
                kind: ExprKind::Call { name, arguments },
                span,
            },
        ] => scheme(cx, name, arguments, *span),
        [one] if !one.is_word("off") && one.as_word().is_some() => {
            let word = one.as_word()?;
            let found = known(cx, word)?;
            scheme_arguments(cx, found, word, &[], one.span)
        }
        [off, because, reason] if off.is_word("off") => {
            if !slips::is_word(
                cx,
                because,
                "because",
                "off",
                "`because` and a reason in quotes",
            ) {
                return None;
            }
            let ExprKind::String(text) = &reason.kind else {
                report_form(cx, reason.span);
                return None;
            };
            if text.trim().is_empty() {
                cx.report(
                    diag::P0503
                        .at(reason.span, "the reason is empty")
                        .label("say why nothing is verified"),
                );
                return None;
            }
            Some(Verify::Off {
                because: text.to_string(),
                origin: cx.origin(it.span),
            })
        }
        [off, ..] if off.is_word("off") => {
            cx.report(
                diag::P0503
                    .at(phrase.span, "verification is turned off without a reason")
                    .label("anyone could post here")
                    .help("write `verify: off because \"…\"`; the reason goes into template and reports"),
            );
            None
        }
        _ => {
            report_form(cx, phrase.span);
            None
        }
    }
}

/// `provider.verify`: as the provider that the path names declares it.
fn per_provider(cx: &mut Context<'_>, span: Span, place: Place) -> Option<Verify> {
    if place != Place::Route(true) {
        let it = diag::P0502.at(span, "nothing here says which provider");
        cx.report(match place {
            Place::Provider => it.label("a scheme belongs here"),
            Place::Route(_) => it
                .label("the path names none")
                .help("put `{provider}` into the path of the route"),
        });
        return None;
    }
    Some(Verify::PerProvider {
        origin: cx.origin(span),
    })
}

/// SIG-25: whatever anyone posts reaches a handler. The reason allows it, and does not make it safe.
pub(crate) fn warn_of_strangers(cx: &mut Context<'_>, verify: &Verify, reader: &str) {
    let Verify::Off { origin, .. } = verify else {
        return;
    };
    let message = format!("{reader} takes whatever anyone sends here");
    cx.report(
        diag::P0506
            .at(span_of(*origin), message)
            .label("nothing proves who sent it")
            .help("let it record nothing that it has not asked the sender's own API about, or name the sender's scheme here"),
    );
}

/// A form is no JSON, so only a handler that takes the whole request can read what such a scheme proves. What a provider is asked about is
/// another thing: its answer is JSON.
pub(crate) fn check_form(cx: &mut Context<'_>, verify: &Verify, handler: &str, at: Span) {
    let Some(Type::Event(_) | Type::Record(_)) =
        cx.model.functions.get(handler).map(|it| &it.input)
    else {
        return;
    };
    let is_form = |it: &Scheme| it.is_form() && it.is_signed();
    let forms = cx.model.ways(verify).filter_map(|it| match it {
        Verify::Scheme { scheme, origin, .. } => {
            let known = sign::scheme(scheme).filter(|it| is_form(it))?;
            Some((known.name, *origin))
        }
        Verify::PerProvider { .. } | Verify::Off { .. } => None,
    });
    for (scheme, origin) in forms.collect::<Vec<_>>() {
        let message = format!("`{handler}` takes JSON, and deliveries by `{scheme}` are forms");
        cx.report(
            diag::P0202
                .at(at, message)
                .label("a function that takes `Request` belongs here")
                .second(span_of(origin), "verified so"),
        );
    }
}

/// What a function reads to verify: the secrets and parameters of the scheme, of each provider's where the path names it.
pub(crate) fn read_by(cx: &mut Context<'_>, verify: &Verify, function: &str) {
    let (Verify::Scheme { origin, .. } | Verify::PerProvider { origin }) = verify else {
        return;
    };
    let at = span_of(*origin);
    let mut names: Vec<String> = Vec::new();
    for it in cx.model.ways(verify) {
        let Verify::Scheme { arguments, .. } = it else {
            continue;
        };
        for argument in arguments.values() {
            if let Argument::Secret(name) | Argument::Parameter(name) = argument {
                names.push(name.clone());
            }
        }
    }
    for name in &names {
        cx.edge(function, Verb::Read, name, at, "verifies with");
    }
}

fn report_form(cx: &mut Context<'_>, span: Span) {
    cx.report_form(
        span,
        "verify",
        "a scheme with its arguments, or `off because \"…\"`",
    );
}

fn known(cx: &mut Context<'_>, word: &Word) -> Option<&'static Scheme> {
    cx.expect(word.span, || Expected::Scheme);
    let found = sign::scheme(word.text);
    if found.is_none() {
        let all: Vec<String> = SCHEMES.iter().map(|it| format!("`{}`", it.name)).collect();
        let it = diag::P0501
            .at(
                word.span,
                format!("`{}` is not a signature scheme", word.text),
            )
            .label("no such scheme")
            .help(format!("schemes are {}", all.join(", ")));
        if FETCHING_BACK.contains(&word.text) {
            cx.report(it.help("whom to ask and how is part of a provider's own scheme, such as `mollie_classic`; for another, write `verify: off because \"…\"`, and let the handler ask"));
            return None;
        }
        if WEAK.contains(&word.text) {
            cx.report(it.help("an HMAC of this hash is not supported; ask the provider for one of SHA-256, or sign with another scheme"));
            return None;
        }
        let meant = nearest(word.text, SCHEMES.iter().map(|it| it.name));
        cx.report_slip(it, word.span, meant);
        return sign::scheme(meant?);
    }
    found
}

fn scheme<'t>(
    cx: &mut Context<'t>,
    name: &'t [Word<'t>],
    arguments: &'t [Written],
    span: Span,
) -> Option<Verify> {
    let [word] = name else {
        report_form(cx, span);
        return None;
    };
    let found = known(cx, word)?;
    scheme_arguments(cx, found, word, arguments, span)
}

fn scheme_arguments<'t>(
    cx: &mut Context<'t>,
    scheme: &'static Scheme,
    word: &Word,
    arguments: &'t [Written],
    span: Span,
) -> Option<Verify> {
    let mut read: BTreeMap<String, Argument> = BTreeMap::new();
    let mut given: BTreeMap<&'static str, Span> = BTreeMap::new();
    for it in arguments {
        let Some(name) = &it.name else {
            cx.expect(it.span, || Expected::SchemeArgument(scheme));
            cx.report(
                diag::P0502
                    .at(it.span, "an argument of a scheme has a name")
                    .label("`name: value` belongs here"),
            );
            continue;
        };
        cx.expect(name.span, || Expected::SchemeArgument(scheme));
        let known = scheme.parameter(name.text);
        let Some(parameter) = known.or_else(|| meant_parameter(cx, scheme, name, arguments)) else {
            continue;
        };
        if let Some(first) = given.insert(parameter.name, name.span) {
            let message = format!("`{}` is given twice", name.text);
            cx.report(
                diag::P0105
                    .at(name.span, message)
                    .label("again here")
                    .second(first, "first given here"),
            );
            continue;
        }
        if let Some(value) = argument(cx, parameter, it) {
            read.insert(parameter.name.to_owned(), value);
        }
    }
    for parameter in scheme
        .parameters()
        .iter()
        .filter(|it| !given.contains_key(it.name))
    {
        if parameter.required {
            let message = format!("`{}` needs `{}`", scheme.name, parameter.name);
            cx.report(
                diag::P0502
                    .at(word.span, message)
                    .label(format!("`{}:` is missing", parameter.name))
                    .help(parameter.doc),
            );
        } else if let Some(default) = parameter.default {
            read.insert(
                parameter.name.to_owned(),
                default_argument(parameter, default),
            );
        }
    }
    check_time(cx, scheme, &given, &read);
    Some(Verify::Scheme {
        scheme: scheme.name.to_owned(),
        arguments: read,
        origin: cx.origin(span),
    })
}

/// Who writes a tolerance believes that old copies are refused. Where no time is signed, nothing would be.
fn check_time(
    cx: &mut Context<'_>,
    scheme: &'static Scheme,
    given: &BTreeMap<&str, Span>,
    read: &BTreeMap<String, Argument>,
) {
    let Some(time) = scheme.time_depends_on() else {
        return;
    };
    if let Some(at) = given.get(time) {
        let header = |name: &str| match read.get(name) {
            Some(Argument::Text(it)) => Some(it.to_ascii_lowercase()),
            _ => None,
        };
        if header(time).is_some() && header(time) == header("header") {
            let message = format!("`{time}` names the header of the signature");
            cx.report(
                diag::P0502
                    .at(*at, message)
                    .label("another header belongs here"),
            );
        }
        return;
    }
    for name in ["separator", "tolerance"] {
        let Some(at) = given.get(name) else { continue };
        let message = format!("`{name}` does nothing without `{time}`");
        cx.report(
            diag::P0502
                .at(*at, message)
                .label("no time is signed, so a copy is as good as ever")
                .help(format!(
                    "name the header with the time of signing: `{time}: \"X-Timestamp\"`"
                )),
        );
    }
}

/// Reports a parameter that the scheme does not have. What it is near to is read as what was meant, unless that is written as well.
fn meant_parameter(
    cx: &mut Context<'_>,
    scheme: &'static Scheme,
    name: &Word,
    arguments: &[Written],
) -> Option<&'static Parameter> {
    let all: Vec<String> = scheme
        .parameters()
        .iter()
        .map(|it| format!("`{}`", it.name))
        .collect();
    let it = diag::P0502
        .at(
            name.span,
            format!("`{}` has no parameter `{}`", scheme.name, name.text),
        )
        .label("no such parameter")
        .help(format!("it has {}", all.join(", ")));
    let meant = nearest(name.text, scheme.parameters().iter().map(|it| it.name));
    cx.report_slip(it, name.span, meant);
    let named = |it: &Written| it.name.as_ref().map(|it| it.text) == meant;
    let written = arguments.iter().any(named);
    scheme.parameter(meant.filter(|_| !written)?)
}

fn default_argument(parameter: &Parameter, text: &str) -> Argument {
    let at = text
        .find(|it: char| !it.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(at);
    let seconds = digits
        .parse::<u64>()
        .ok()
        .zip(duration_unit_s(unit))
        .map(|(number, unit)| number * unit);
    match (parameter.kind, seconds) {
        (ParameterKind::Duration { .. }, Some(seconds)) => Argument::DurationS(seconds),
        _ => Argument::Text(text.to_owned()),
    }
}

fn argument<'t>(
    cx: &mut Context<'t>,
    parameter: &'static Parameter,
    it: &'t Written,
) -> Option<Argument> {
    let name = parameter.name;
    let [expr] = it.value.as_slice() else {
        cx.report(
            diag::P0502
                .at(it.span, format!("`{name}` takes one value"))
                .label("one value belongs here"),
        );
        return None;
    };
    let text = match (&expr.kind, parameter.kind) {
        (ExprKind::Name(_), ParameterKind::Secret) => {
            let word = expr.as_word()?;
            return cx
                .resolve(word, &[KindId::Secret])
                .map(|it| Argument::Secret(it.to_owned()));
        }
        (
            ExprKind::String(text),
            ParameterKind::Header | ParameterKind::Literal | ParameterKind::Value,
        ) => text.to_string(),
        (ExprKind::Name(_), ParameterKind::Choice(words)) => {
            cx.expect(expr.span, || Expected::Choice(words));
            expr.as_word()
                .map(|it| it.text.to_owned())
                .unwrap_or_default()
        }
        (ExprKind::Number { digits, unit }, ParameterKind::Duration { .. }) => {
            format!("{digits}{unit}")
        }
        (ExprKind::Name(_), ParameterKind::Value) => {
            return parameter_text(cx, expr.as_word()?);
        }
        (_, kind) => {
            let wanted = wanted(kind);
            let message = format!("`{name}` takes {wanted}");
            cx.report(
                diag::P0502
                    .at(expr.span, message)
                    .label(format!("{wanted} belongs here")),
            );
            return None;
        }
    };
    if let Err(error) = parameter.check(&text) {
        let message = format!("`{name}` {error}");
        let it = diag::P0502
            .at(expr.span, message)
            .label("does not fit")
            .help(parameter.doc);
        let words = if let ParameterKind::Choice(words) = parameter.kind {
            words
        } else {
            &[]
        };
        cx.report(it.nearest(&text, expr.span, words.iter().copied()));
        return None;
    }
    Some(match parameter.kind {
        ParameterKind::Duration { .. } => default_argument(parameter, &text),
        _ => Argument::Text(text),
    })
}

/// A declared parameter whose value is the argument.
fn parameter_text<'t>(cx: &mut Context<'t>, word: &'t Word<'t>) -> Option<Argument> {
    let name = cx.resolve(word, &[KindId::Param])?;
    if cx.model.parameters.get(name)?.ty != Type::String {
        let second = cx.name_span(name);
        cx.report(
            diag::P0202
                .at(word.span, format!("`{name}` is no string"))
                .label("a `string` belongs here")
                .second(second, "declared here"),
        );
        return None;
    }
    Some(Argument::Parameter(name.to_owned()))
}

/// What may stand for an argument, in words.
pub(crate) fn wanted(kind: ParameterKind) -> String {
    match kind {
        ParameterKind::Secret => "the name of a secret".to_owned(),
        ParameterKind::Header => "the name of a header, in quotes".to_owned(),
        ParameterKind::Literal => "a string".to_owned(),
        ParameterKind::Value => "a string, or the name of a parameter".to_owned(),
        ParameterKind::Choice(words) => words.join(" or "),
        ParameterKind::Duration { .. } => "a duration such as `5m`".to_owned(),
    }
}
