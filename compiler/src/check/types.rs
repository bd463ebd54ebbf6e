//! Type expressions, and which value fits which type.

use pipe_dsl::tree::{Expr, ExprKind, Word};
use pipe_runtime::DECIMAL_DIGITS_MAX;

use crate::check::builtin;
use crate::check::context::Context;
use crate::check::expected::Expected;
use crate::check::head;
use crate::check::names::pascal;
use crate::diag;
use crate::kinds::KindId;
use crate::model::{Literal, Type};

/// Where a type is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// After a field's colon: anything but an event.
    Field,
    /// Input of a function: a declared event or type, or `Request`.
    Input,
    /// Output of a function: a declared event or type, perhaps none of it or several.
    Output,
}

/// Reads a type.
pub(crate) fn read<'t>(cx: &mut Context<'t>, expr: &'t Expr<'t>, place: Place) -> Option<Type> {
    if let (Place::Output, Some(inner)) = (place, several(expr)) {
        let inner = read(cx, inner, Place::Input)?;
        if matches!(inner, Type::Request | Type::Accepted) {
            return unfit(cx, expr);
        }
        return Some(match &expr.kind {
            ExprKind::List(_) => Type::List(Box::new(inner)),
            _ => Type::Optional(Box::new(inner)),
        });
    }
    if place != Place::Field {
        let Some(word) = expr.as_word() else {
            cx.report(
                diag::P0201
                    .at(
                        expr.span,
                        "a function takes and gives a declared event or type",
                    )
                    .label("not a name"),
            );
            return None;
        };
        if matches!(place, Place::Input) {
            cx.expect(word.span, || Expected::Choice(builtin::INPUTS));
        }
        if let ("Request" | "Accepted", Place::Input) = (word.text, place) {
            let whole = word.text == "Request";
            return Some(if whole { Type::Request } else { Type::Accepted });
        }
        if builtin::TYPES.contains(&word.text) {
            let message = format!(
                "a function takes and gives a declared event or type, not `{}`",
                word.text
            );
            let it = diag::P0201.at(word.span, message).label("has no fields");
            cx.report(it.help("declare a `type` with one field"));
            return None;
        }
        let name = cx.resolve(word, &[KindId::Event, KindId::Record])?;
        return Some(named(cx, name));
    }
    match &expr.kind {
        ExprKind::Name(words) => match words.as_slice() {
            [word] => field_type(cx, word),
            _ => unfit(cx, expr),
        },
        ExprKind::Alternatives(variants) => variants_of(cx, variants),
        ExprKind::Optional(inner) => match read(cx, inner, place)? {
            Type::Optional(_) => unfit(cx, expr),
            inner => Some(Type::Optional(Box::new(inner))),
        },
        ExprKind::List(items) => match items.as_slice() {
            [item] => match read(cx, item, place)? {
                Type::Optional(_) => unfit(cx, item),
                item => Some(Type::List(Box::new(item))),
            },
            _ => unfit(cx, expr),
        },
        _ => unfit(cx, expr),
    }
}

/// What stands in `[T]` or before the `?` of `T?`: an output may be several values, or none.
fn several<'t>(expr: &'t Expr<'t>) -> Option<&'t Expr<'t>> {
    match &expr.kind {
        ExprKind::Optional(inner) => Some(inner),
        ExprKind::List(items) => match items.as_slice() {
            [item] => Some(item),
            _ => None,
        },
        _ => None,
    }
}

/// The type with the declared providers in place of `Provider`, for constants of it.
pub(crate) fn with_providers(cx: &Context<'_>, ty: &Type) -> Type {
    match ty {
        Type::Provider => Type::Enum(cx.providers()),
        Type::Optional(inner) => Type::Optional(Box::new(with_providers(cx, inner))),
        _ => ty.clone(),
    }
}

fn named(cx: &Context<'_>, name: &str) -> Type {
    match cx.symbols.get(name).map(|it| it.kind) {
        Some(KindId::Event) => Type::Event(name.to_owned()),
        _ => Type::Record(name.to_owned()),
    }
}

fn field_type<'t>(cx: &mut Context<'t>, word: &'t Word<'t>) -> Option<Type> {
    let text = word.text;
    cx.expect(word.span, || Expected::Type);
    let builtin = match text {
        "string" => Type::String,
        "int" => Type::Int,
        "decimal" => Type::Decimal,
        "bool" => Type::Bool,
        "timestamp" => Type::Timestamp,
        "epoch_millis" => Type::EpochMillis,
        _ => {
            if text == "Provider" {
                head::check_providers(cx, word.span);
                return Some(Type::Provider);
            }
            if text == "Request" || text == "Accepted" {
                cx.report(
                    diag::P0201
                        .at(word.span, format!("`{text}` is not a type of a field"))
                        .label("only the input of a route's handler can be one"),
                );
                return None;
            }
            if !cx.symbols.contains_key(text) && !cx.unreadable.contains(text) {
                let types = cx
                    .symbols
                    .iter()
                    .filter(|(_, it)| it.kind == KindId::Record)
                    .map(|(name, _)| *name);
                let names: Vec<&str> = builtin::TYPES.iter().copied().chain(types).collect();
                let message = format!("`{text}` is not a type");
                let it = diag::P0103
                    .at(word.span, message)
                    .label("a type belongs here");
                let it = it.help(format!(
                    "built-in types are `{}`",
                    builtin::TYPES.join("`, `")
                ));
                cx.report(it.nearest(text, word.span, names));
                return None;
            }
            return cx
                .resolve(word, &[KindId::Record])
                .map(|name| Type::Record(name.to_owned()));
        }
    };
    Some(builtin)
}

fn unfit(cx: &mut Context<'_>, expr: &Expr) -> Option<Type> {
    cx.report(
        diag::P0201
            .at(expr.span, "this is not a type of a field")
            .label("a type belongs here")
            .help("a type is a name, `T?`, `[T]`, or variants such as `pending | failed`"),
    );
    None
}

fn variants_of(cx: &mut Context<'_>, exprs: &[Expr]) -> Option<Type> {
    let mut variants: Vec<String> = Vec::new();
    for expr in exprs {
        let Some(word) = expr.as_word() else {
            return unfit(cx, expr);
        };
        if builtin::UNSPEAKABLE.contains(&word.text) || word.text.starts_with('_') {
            let message = format!("`{}` cannot be a variant", word.text);
            cx.report(diag::P0111.at(word.span, message).label("reserved"));
            continue;
        }
        if let Some(other) = variants.iter().find(|it| pascal(it) == pascal(word.text)) {
            let (code, message) = if *other == word.text {
                (&diag::P0114, format!("variant `{other}` is given twice"))
            } else {
                (
                    &diag::P0113,
                    format!(
                        "variants `{other}` and `{}` would be the same in Rust",
                        word.text
                    ),
                )
            };
            cx.report(code.at(word.span, message).label("again here"));
            continue;
        }
        variants.push(word.text.to_owned());
    }
    Some(Type::Enum(variants))
}

/// A type as the language writes it.
pub(crate) fn spelled(ty: &Type) -> String {
    match ty {
        Type::String => "string".to_owned(),
        Type::Int => "int".to_owned(),
        Type::Decimal => "decimal".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Timestamp => "timestamp".to_owned(),
        Type::EpochMillis => "epoch_millis".to_owned(),
        Type::Enum(variants) => variants.join(" | "),
        Type::Record(name) | Type::Event(name) => name.clone(),
        Type::List(item) => format!("[{}]", spelled(item)),
        Type::Optional(inner) => format!("{}?", spelled(inner)),
        Type::Provider => "Provider".to_owned(),
        Type::Request => "Request".to_owned(),
        Type::Accepted => "Accepted".to_owned(),
    }
}

/// Why a literal is not of a type.
pub(crate) enum Misfit {
    /// Another type altogether; the text says what was found.
    Type(&'static str),
    /// A word that is no variant of the enum.
    Variant(String),
    /// The string would be a variant without its quotes.
    Quoted(String),
    /// A number with too many digits, a fraction or out of range.
    Number,
    /// No literal.
    NoLiteral,
}

/// The literal of a type that an expression is.
pub(crate) fn literal(expr: &Expr, ty: &Type) -> Result<Literal, Misfit> {
    let ty = ty.base();
    match (&expr.kind, ty) {
        (ExprKind::String(text), Type::String) => Ok(Literal::String(text.to_string())),
        (ExprKind::String(text), Type::Enum(variants)) if variants.iter().any(|it| it == text) => {
            Err(Misfit::Quoted(text.to_string()))
        }
        (ExprKind::String(_), _) => Err(Misfit::Type("a string")),
        (ExprKind::Number { digits, unit: "" }, _) => number(digits, ty),
        (ExprKind::Number { .. }, _) => Err(Misfit::Type("a quantity with a unit")),
        (ExprKind::Name(words), _) => {
            let [word] = words.as_slice() else {
                return Err(Misfit::NoLiteral);
            };
            match (ty, word.text) {
                (Type::Bool, "true") => Ok(Literal::Bool(true)),
                (Type::Bool, "false") => Ok(Literal::Bool(false)),
                (Type::Enum(variants), text) if variants.iter().any(|it| it == text) => {
                    Ok(Literal::Variant(text.to_owned()))
                }
                (Type::Enum(_), text) => Err(Misfit::Variant(text.to_owned())),
                (_, "true" | "false") => Err(Misfit::Type("a bool")),
                _ => Err(Misfit::NoLiteral),
            }
        }
        _ => Err(Misfit::NoLiteral),
    }
}

fn number(digits: &str, ty: &Type) -> Result<Literal, Misfit> {
    let significant = digits.trim_start_matches(['-', '0', '.']);
    let count = significant.bytes().filter(u8::is_ascii_digit).count();
    let fits = match ty {
        Type::Int => digits.contains('.') || digits.parse::<i64>().is_ok(),
        Type::EpochMillis => digits
            .parse::<u64>()
            .is_ok_and(|it| it < 253_402_300_800_000),
        // As the runtime reads it, so that no constant is one that a handler would refuse.
        Type::Decimal => {
            let behind = digits.split_once('.').map_or(0, |(_, behind)| behind.len());
            count.max(behind) <= DECIMAL_DIGITS_MAX
        }
        _ => return Err(Misfit::Type("a number")),
    };
    if *ty == Type::Int && digits.contains('.') {
        return Err(Misfit::Type("a number with a fraction"));
    }
    if fits {
        Ok(Literal::Number(digits.to_owned()))
    } else {
        Err(Misfit::Number)
    }
}

/// The diagnostic of a misfit; `subject` names what the value is for: `` `status` ``.
pub(crate) fn report_misfit(
    cx: &mut Context<'_>,
    expr: &Expr,
    ty: &Type,
    misfit: Misfit,
    subject: &str,
) {
    let spelled = spelled(ty);
    let it = match misfit {
        Misfit::Type(found) => {
            let message = format!("{subject} is `{spelled}`, but this is {found}");
            diag::P0202
                .at(expr.span, message)
                .label(format!("`{spelled}` belongs here"))
        }
        Misfit::Quoted(text) => diag::P0202
            .at(
                expr.span,
                format!("{subject} is `{spelled}`, but this is a string"),
            )
            .label("a variant has no quotes")
            .help(format!("write `{text}`"))
            .suggest(expr.span, text),
        Misfit::Variant(text) => {
            let variants = if let Type::Enum(variants) = ty {
                variants.as_slice()
            } else {
                &[]
            };
            diag::P0203
                .at(expr.span, format!("`{text}` is no variant of {subject}"))
                .label(format!("`{spelled}`"))
                .nearest(&text, expr.span, variants.iter().map(String::as_str))
        }
        Misfit::Number => {
            let message = format!("this number does not fit into `{spelled}`");
            let it = diag::P0202.at(expr.span, message).label("too many digits");
            if *ty.base() == Type::Decimal {
                it.help(format!(
                    "a decimal is exact to {} digits, behind the point too",
                    DECIMAL_DIGITS_MAX
                ))
            } else {
                it
            }
        }
        Misfit::NoLiteral => {
            let message = format!("{subject} is `{spelled}`, but this is no constant of it");
            diag::P0202
                .at(expr.span, message)
                .label(format!("a constant of `{spelled}` belongs here"))
        }
    };
    cx.report(it);
}
