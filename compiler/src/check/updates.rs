//! `update TABLE.field = VALUE for EVENT`: the one statement that changes a recorded event.

use pipe_dsl::tree::{Expr, ExprKind, Phrase, Span, Word};

use crate::check::context::Context;
use crate::check::effects::{effect, report_not_held};
use crate::check::flow::{Flow, wrong_form};
use crate::check::identity::report_no_field;
use crate::check::types::spelled;
use crate::check::value;
use crate::diag;
use crate::kinds::KindId;
use crate::model::{Effect, Field, Statement, Type, Verb};

/// `update TABLE.field = VALUE for EVENT`
pub(crate) fn update<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase,
    given: &'t [Expr],
    below: &[&'t Phrase],
) -> Option<Statement> {
    let read = updated(cx, flow, phrase, given);
    effect(cx, flow, phrase, below, read)
}

fn updated<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase,
    given: &'t [Expr],
) -> Option<Effect> {
    let ([_, place], [new, word, of]) = (phrase.items.as_slice(), given) else {
        wrong_form(cx, phrase);
        return None;
    };
    let ExprKind::Name(words) = &place.kind else {
        wrong_form(cx, phrase);
        return None;
    };
    let ([table, field], true) = (words.as_slice(), word.is_word("for")) else {
        wrong_form(cx, phrase);
        return None;
    };
    let target = cx.resolve(table, &[KindId::Table]);
    if let Some(target) = target {
        cx.edge(flow.name, Verb::Update, target, place.span, "updates");
        if let Some(edge) = cx.edges.last_mut() {
            edge.field = Some(field.text.clone());
        }
    }
    let of = value::any_path(cx, flow, of, false)?;
    let declared = target.and_then(|it| cx.model.tables.get(it))?.clone();
    let of_span = Span {
        start: of.origin.start,
        end: of.origin.end,
    };
    let Type::Event(event) = &of.ty else {
        let message = format!("this is `{}`", spelled(&of.ty));
        let label = format!("an event of `{}` belongs here", declared.name);
        cx.report(diag::P0202.at(of_span, message).label(label));
        return None;
    };
    if !declared.holds.contains(event) {
        report_not_held(
            cx,
            &declared.name,
            event,
            &declared.holds,
            of_span,
            "is not recorded there",
        );
        return None;
    }
    let known = cx.model.events.get(event)?.clone();
    let Some(changed) = known.fields.iter().find(|it| it.name == field.text) else {
        report_no_field(cx, field, event, &known.fields);
        return None;
    };
    check_changeable(cx, changed, field, &declared, &known.once)?;
    let subject = format!("`{}`", field.text);
    let value = value::read(cx, flow, new, &changed.ty, &subject)?;
    Some(Effect::Update {
        table: declared.name,
        field: field.text.clone(),
        value,
        of,
    })
}

/// Keys and identity never change: they are what the fact is found and recognised by.
fn check_changeable(
    cx: &mut Context<'_>,
    field: &Field,
    word: &Word,
    table: &crate::model::Table,
    once: &[String],
) -> Option<()> {
    let sort = table.sort.as_ref().map(|it| &it.0);
    let role = if field.name == table.partition || sort == Some(&field.name) {
        "a key of the table"
    } else if once.contains(&field.name) {
        "part of the event's identity"
    } else {
        return Some(());
    };
    let message = format!("`{}` is {role} and cannot change", field.name);
    cx.report(
        diag::P0208
            .at(word.span, message)
            .label("another field belongs here"),
    );
    None
}
