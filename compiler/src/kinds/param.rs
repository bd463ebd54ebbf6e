//! `param NAME: TYPE`, `param NAME: TYPE = VALUE`, `param NAME: TYPE at deploy`: a typed parameter.

pub(crate) mod lower;

use pipe_dsl::tree::{Body, Declaration, EntryKind, Expr, ExprKind, Span};

use super::{Kind, KindId, Service, Symbol, Unused};
use crate::check::context::{Context, head_span};
use crate::check::{head, slips, templates, types};
use crate::diag;
use crate::limits;
use crate::model::{Field, Literal, Origin, Template, Type, Verb};

/// A typed parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Declared name.
    pub name: String,
    /// Its type: `string`, `int`, `decimal`, `bool` or a declared `type` (JSON).
    pub ty: Type,
    /// Where its value comes from.
    pub source: ParameterSource,
    /// `name "…"`: the physical name as written; absent is `/<pipeline>/<suffix>/<name>`.
    pub physical: Option<Template>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

/// Where a parameter's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterSource {
    /// An SSM parameter of type String that is made outside the stack and read at run time.
    External,
    /// `= value`: an SSM parameter that the stack makes with this text (JSON for a record), read at run time.
    Value(String),
    /// `at deploy`: a parameter of the template. Functions get it as the environment variable `PIPE_PARAM_<NAME>`.
    AtDeploy,
}

pub(super) const KIND: Kind = Kind {
    keyword: "param",
    doc: "A typed parameter, read at run time like a secret. Without a value it is made outside the stack; with one the stack makes it; `at deploy` it is a parameter of the template. `name \"…\"` is its physical name, when it must not be `/<pipeline>/<suffix>/<name>`. A declared `type` is kept as JSON.",
    form: "param NAME: TYPE = VALUE name \"…\"",
    example: "/// Who is told when an order could not be packed.
param ops_email: string at deploy",
    becomes: &[],
    attributes: &[],
    named: true,
    unused: Unused::Warned,
    granted: &[Verb::Read],
    service: Some(Service {
        endpoint: "ssm",
        actions: "ssm",
        uses_key: false,
    }),
    symbol: Symbol::Constant,
    nested: &[],
};

/// What may stand behind the type.
const FORM: &str = "`= VALUE`, `at deploy` or `name \"…\"`";
const VALUE_BYTES_MAX: usize = limits::PARAMETER_VALUE.most;

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Body::Attribute(attribute) = &it.body else {
        head::report_form(cx, it, head_span(it), &KIND);
        return;
    };
    let [phrase] = attribute.values.as_slice() else {
        head::report_form(cx, it, attribute.span, &KIND);
        return;
    };
    if !cx.declared_as(&attribute.key, KindId::Param) {
        return;
    }
    let Some((ty, rest)) = phrase.items.split_first() else {
        return;
    };
    let Some(ty) = parameter_type(cx, ty) else {
        return;
    };
    let name = attribute.key.text.to_owned();
    let Some((at_deploy, rest)) = at_deploy(cx, rest) else {
        return;
    };
    let (value, tail) = match phrase.default.as_deref() {
        None => (None, rest),
        Some([value, tail @ ..]) if rest.is_empty() => (Some(value), tail),
        Some(_) => {
            head::report_form(cx, it, phrase.span, &KIND);
            return;
        }
    };
    if let (true, Some(value)) = (at_deploy, value) {
        cx.report(
            diag::P0213
                .at(
                    value.span,
                    "a parameter `at deploy` gets its value at the deploy",
                )
                .label("does not belong here"),
        );
        return;
    }
    let Ok(physical) = physical(cx, tail, at_deploy) else {
        return;
    };
    let source = match (value, at_deploy) {
        (Some(value), _) => match text(cx, value, &ty, &name) {
            Some(text) => ParameterSource::Value(text),
            None => return,
        },
        (None, true) => ParameterSource::AtDeploy,
        (None, false) => ParameterSource::External,
    };
    if at_deploy && matches!(ty, Type::Record(_)) {
        cx.report(
            diag::P0201
                .at(phrase.span, "a parameter of the template is one value")
                .label("a record has several"),
        );
    }
    let parameter = Parameter {
        name: name.clone(),
        ty,
        source,
        physical,
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    };
    cx.model.parameters.insert(name, parameter);
}

/// `at deploy`, and what stands behind it; nothing where `at` has another word behind it.
fn at_deploy<'e, 't>(cx: &mut Context<'_>, rest: &'e [Expr<'t>]) -> Option<(bool, &'e [Expr<'t>])> {
    match rest {
        [at, deploy, rest @ ..] if at.is_word("at") => {
            slips::is_word(cx, deploy, "deploy", "param", FORM).then_some((true, rest))
        }
        _ => Some((false, rest)),
    }
}

fn parameter_type<'t>(cx: &mut Context<'t>, expr: &'t Expr<'t>) -> Option<Type> {
    let ty = types::read(cx, expr, types::Place::Field)?;
    if matches!(
        ty,
        Type::String | Type::Int | Type::Decimal | Type::Bool | Type::Record(_)
    ) {
        return Some(ty);
    }
    cx.report(
        diag::P0201
            .at(expr.span, "this is not a type of a parameter")
            .label("string, int, decimal, bool or a declared type belongs here"),
    );
    None
}

/// `name "…"`; an error where something else stands.
fn physical<'t>(
    cx: &mut Context<'t>,
    tail: &'t [Expr<'t>],
    at_deploy: bool,
) -> Result<Option<Template>, ()> {
    match tail {
        [] => Ok(None),
        [word, text] if word.is_word("name") && !at_deploy => {
            let ExprKind::String(name) = &text.kind else {
                cx.report_form(text.span, "name", "a text in quotes");
                return Err(());
            };
            let bare = name.replace("${suffix}", "x");
            let fits = bare.starts_with('/')
                && !bare.ends_with('/')
                && bare
                    .bytes()
                    .all(|it| it.is_ascii_alphanumeric() || b"/.-_".contains(&it));
            if !fits && !bare.contains("${") {
                cx.report(
                    diag::P0213
                        .at(
                            text.span,
                            format!("`{name}` is not a name of an SSM parameter"),
                        )
                        .label("`/`, letters, digits, `.`, `-`, `_`"),
                );
                return Err(());
            }
            templates::read(cx, name, text.span, &templates::Place::Name)
                .map(Some)
                .ok_or(())
        }
        [other, ..] => {
            let words = if at_deploy { &[][..] } else { &["at", "name"] };
            slips::report_word(cx, other, words, "param", FORM);
            Err(())
        }
    }
}

/// The parameter's text: of a record its JSON, with the fields in the order of the type.
fn text<'t>(cx: &mut Context<'t>, value: &'t Expr<'t>, ty: &Type, name: &str) -> Option<String> {
    let text = match ty {
        Type::Record(record) => {
            let fields = cx.model.types.get(record).map(|it| it.fields.clone())?;
            json(cx, value, record, &fields)?
        }
        _ => scalar(cx, value, ty, &format!("`{name}`")).map(|it| plain(&it))?,
    };
    if text.is_empty() || text.len() > VALUE_BYTES_MAX {
        let message = format!("a parameter has 1 to {VALUE_BYTES_MAX} bytes");
        cx.report(diag::P0213.at(value.span, message).label("does not fit"));
        return None;
    }
    Some(text)
}

fn scalar(cx: &mut Context<'_>, expr: &Expr, ty: &Type, subject: &str) -> Option<Literal> {
    match types::literal(expr, ty) {
        Ok(it) => Some(it),
        Err(misfit) => {
            types::report_misfit(cx, expr, ty, misfit, subject);
            None
        }
    }
}

fn plain(literal: &Literal) -> String {
    match literal {
        Literal::String(text) | Literal::Number(text) | Literal::Variant(text) => text.clone(),
        Literal::Bool(it) => it.to_string(),
    }
}

fn json<'t>(
    cx: &mut Context<'t>,
    value: &'t Expr<'t>,
    record: &str,
    fields: &[Field],
) -> Option<String> {
    let Some(block) = value.as_block() else {
        let form = format!("the fields of `{record}` in braces");
        cx.report_form(value.span, "=", &form);
        return None;
    };
    let mut given: Vec<(&str, String)> = Vec::new();
    for entry in &block.entries {
        let EntryKind::Attribute(it) = &entry.kind else {
            cx.report_form(entry.span, record, "`field: value`");
            return None;
        };
        let Some(field) = fields.iter().find(|field| field.name == it.key.text) else {
            crate::check::identity::report_no_field(cx, &it.key, record, fields);
            return None;
        };
        let expr = cx.single(it, "one value")?;
        let literal = scalar(cx, expr, &field.ty, &format!("`{}`", field.name))?;
        if given.iter().any(|it| it.0 == field.name) {
            let message = format!("`{}` is given twice", field.name);
            cx.report(diag::P0105.at(it.key.span, message).label("again here"));
            return None;
        }
        let text = match &literal {
            Literal::String(_) | Literal::Variant(_) => {
                serde_json::Value::String(plain(&literal)).to_string()
            }
            Literal::Number(_) | Literal::Bool(_) => plain(&literal),
        };
        given.push((&field.name, text));
    }
    let mut members = Vec::new();
    for field in fields {
        match given.iter().find(|it| it.0 == field.name) {
            Some((name, text)) => members.push(format!("\"{name}\":{text}")),
            None if field.default.is_some() || matches!(field.ty, Type::Optional(_)) => {}
            None => {
                report_missing(cx, block.span, record, &field.name);
                return None;
            }
        }
    }
    Some(format!("{{{}}}", members.join(",")))
}

fn report_missing(cx: &mut Context<'_>, at: Span, record: &str, field: &str) {
    let message = format!("`{field}` of `{record}` has no value");
    cx.report(
        diag::P0206
            .at(at, message)
            .label(format!("`{field}:` is missing")),
    );
}
