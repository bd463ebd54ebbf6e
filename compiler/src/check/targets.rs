//! What a name after `send` means: a queue, the member of a family, a topic, a bus, a function, a log.

use pipe_dsl::tree::{Expr, ExprKind, Span, Word};

use crate::check::clauses::{self, Clauses};
use crate::check::context::Context;
use crate::diag;
use crate::kinds::{KindId, Value};
use crate::model::Target;

/// Where a target is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// On a route; true where its path names the provider.
    Route(bool),
    /// On a function; true where it is declared `per provider`.
    Function(bool),
    /// In a rule.
    Rule,
}

/// A target and how the spec names it.
pub(crate) struct Named {
    /// For the model; inside a family its own member has the family's name until families are expanded.
    pub(crate) target: Target,
    /// What a grant names: the family, or the chosen member.
    pub(crate) resource: String,
    /// As declared.
    pub(crate) declared: String,
    /// Where it stands.
    pub(crate) span: Span,
}

/// Reads the target that the clauses of a `send` begin with.
pub(crate) fn read<'t>(cx: &mut Context<'t>, clauses: &Clauses<'t>, place: Place) -> Option<Named> {
    match clauses.main.as_slice() {
        [log, name] if log.is_word("log") && place == Place::Rule => log_group(cx, name, clauses),
        [one] => named(cx, one, place),
        _ => {
            let form = match place {
                Place::Rule => "a function, queue, topic, or `log NAME retention 30d`",
                Place::Route(_) | Place::Function(_) => "a queue, topic or bus",
            };
            cx.report_form(clauses.span, "send", form);
            None
        }
    }
}

fn named<'t>(cx: &mut Context<'t>, expr: &'t Expr<'t>, place: Place) -> Option<Named> {
    let kinds: &[KindId] = match place {
        Place::Rule => &[KindId::Queue, KindId::Topic, KindId::Function],
        Place::Route(_) | Place::Function(_) => &[KindId::Queue, KindId::Topic, KindId::Bus],
    };
    match &expr.kind {
        ExprKind::Name(words) => {
            let [word] = words.as_slice() else {
                cx.report_form(expr.span, "send", "a name");
                return None;
            };
            let name = cx.resolve(word, kinds)?;
            if cx.families.contains(name) && place != Place::Function(true) {
                report_which(cx, word, place);
                return None;
            }
            let target = match cx.symbols.get(name).map(|it| it.kind) {
                Some(KindId::Topic) => Target::Topic(name.to_owned()),
                Some(KindId::Bus) => Target::Bus(name.to_owned()),
                Some(KindId::Function) => Target::Function(name.to_owned()),
                _ => Target::Queue(name.to_owned()),
            };
            Some(Named {
                target,
                resource: name.to_owned(),
                declared: name.to_owned(),
                span: expr.span,
            })
        }
        ExprKind::Index { .. } => {
            let (family, choice) = chosen(cx, expr, place == Place::Route(true))?;
            let (target, resource) = match choice {
                None => (
                    Target::QueueOfProvider(family.to_owned()),
                    family.to_owned(),
                ),
                Some(provider) => {
                    let member = format!("{family}_{provider}");
                    (Target::Queue(member.clone()), member)
                }
            };
            Some(Named {
                target,
                resource,
                declared: family.to_owned(),
                span: expr.span,
            })
        }
        _ => {
            cx.report_form(expr.span, "send", "a name");
            None
        }
    }
}

/// `lane[stripe]` and, where a request says the provider, `lane[provider]`: the family and the chosen provider.
pub(crate) fn chosen<'t>(
    cx: &mut Context<'t>,
    expr: &'t Expr<'t>,
    by_request: bool,
) -> Option<(&'t str, Option<&'t str>)> {
    let ExprKind::Index { name, index } = &expr.kind else {
        return None;
    };
    let ([word], Some(choice)) = (name.as_slice(), index.as_word()) else {
        cx.report_form(expr.span, "send", "`NAME[PROVIDER]`");
        return None;
    };
    let family = cx.resolve(word, &[KindId::Queue])?;
    if !cx.families.contains(family) {
        let declared = cx.name_span(family);
        cx.report(
            diag::P0316
                .at(
                    expr.span,
                    format!("`{family}` is one queue: there is nothing to choose from"),
                )
                .label("leave out the brackets")
                .second(declared, "declared without `per provider`"),
        );
        return None;
    }
    if choice.text == "provider" {
        if by_request {
            return Some((family, None));
        }
        cx.report(
            diag::P0316
                .at(choice.span, "nothing here says which provider")
                .label("only a route with `{provider}` in its path does")
                .help(format!(
                    "name one: `{family}[{}]`",
                    cx.providers().first().map_or("NAME", String::as_str)
                )),
        );
        return None;
    }
    let provider = cx.resolve(choice, &[KindId::Provider])?;
    Some((family, Some(provider)))
}

fn report_which(cx: &mut Context<'_>, word: &Word, place: Place) {
    let name = &word.text;
    let declared = cx.name_span(name);
    let example = match place {
        Place::Route(true) => format!("`{name}[provider]`"),
        _ => format!(
            "`{name}[{}]`",
            cx.providers().first().map_or("NAME", String::as_str)
        ),
    };
    let it = diag::P0316
        .at(word.span, format!("`{name}` is one for each provider"))
        .label("which of them?")
        .second(declared, "declared `per provider`");
    let it = it.help(format!("choose one: {example}"));
    cx.report(match place {
        Place::Route(true) => it.suggest(word.span, format!("{name}[provider]")),
        _ => it,
    });
}

/// `log NAME retention 30d`
fn log_group<'t>(cx: &mut Context<'t>, name: &'t Expr<'t>, clauses: &Clauses<'t>) -> Option<Named> {
    let Some(word) = name.as_word() else {
        cx.report_form(name.span, "log", "a name of its own");
        return None;
    };
    cx.check_snake_case(word);
    if let Some(symbol) = cx.symbols.get(word.text).copied() {
        let message = format!("`{}` is {} already", word.text, symbol.kind.with_article());
        cx.report(
            diag::P0104
                .at(word.span, message)
                .label("a log has a name of its own")
                .second(symbol.span, "declared here"),
        );
        return None;
    }
    let days = match clauses.get("retention") {
        Some(expr) => clauses::quantity(cx, expr, &Value::Retention, "retention")?,
        None => 30,
    };
    let retention_days = u32::try_from(days).unwrap_or(u32::MAX);
    Some(Named {
        target: Target::Log {
            name: word.text.to_owned(),
            retention_days,
        },
        resource: word.text.to_owned(),
        declared: word.text.to_owned(),
        span: name.span,
    })
}
