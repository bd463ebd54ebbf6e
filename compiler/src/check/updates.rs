//! `update TABLE.field = VALUE for EVENT`: the one statement that changes a recorded event.

use pipe_dsl::tree::{Expr, ExprKind, Phrase, Span, Word};

use crate::check::context::Context;
use crate::check::effects::{effect, report_not_held};
use crate::check::expected::Expected;
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
    phrase: &'t Phrase<'t>,
    given: &'t [Expr<'t>],
    below: &[&'t Phrase<'t>],
) -> Option<Statement> {
    let read = updated(cx, flow, phrase, given);
    effect(cx, flow, phrase, below, read)
}

fn updated<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
    given: &'t [Expr<'t>],
) -> Option<Effect> {
    let ([_, place], [new, word, of]) = (phrase.items.as_slice(), given) else {
        unfinished(cx, flow, phrase, given);
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
    expect_place(cx, words);
    let target = cx.resolve(table, &[KindId::Table]);
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
    if cx.lacks(&declared.name, &declared.holds, event) {
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
    let changed = known.fields.iter().find(|it| it.name == field.text);
    let changed = changed.or_else(|| report_no_field(cx, field, event, &known.fields))?;
    cx.edge(flow.name, Verb::Update, target?, place.span, "updates");
    if let Some(edge) = cx.edges.last_mut() {
        edge.field = Some(changed.name.clone());
    }
    check_changeable(cx, changed, field, &declared, &known.once)?;
    let subject = format!("`{}`", field.text);
    let value = value::read(cx, flow, new, &changed.ty, &subject)?;
    Some(Effect::Update {
        table: declared.name,
        field: changed.name.clone(),
        value,
        of,
    })
}

/// Reports that an `update` has not its form, and notes what belongs at its words as far as they are written; `given` are those behind the `=`.
pub(crate) fn unfinished(
    cx: &mut Context<'_>,
    flow: &Flow<'_>,
    phrase: &Phrase,
    given: &[Expr],
) -> Option<Statement> {
    let place = match phrase.items.get(1).map(|it| &it.kind) {
        Some(ExprKind::Name(words)) => words.as_slice(),
        _ => &[],
    };
    let changed = expect_place(cx, place);
    if let Some(word) = given.first().and_then(Expr::as_word) {
        value::expect_binding(cx, flow, word);
        if let Some(field) = changed {
            cx.expect_variant(word.span, &field.ty);
        }
    }
    if let Some(word) = given.get(1) {
        cx.expect(word.span, || Expected::Choice(&["for"]));
    }
    wrong_form(cx, phrase)
}

/// Notes what belongs at the words of `TABLE.field`: a table, and a field that may change in an event that it holds, if anybody asked. Gives
/// the field that is named.
fn expect_place(cx: &mut Context<'_>, words: &[Word]) -> Option<Field> {
    if !cx.is_asked() {
        return None;
    }
    let (table, field) = words.split_first()?;
    cx.expect(table.span, || Expected::Name(vec![KindId::Table]));
    let field = field.first()?;
    let declared = cx.model.tables.get(table.text)?;
    let mut fields: Vec<Field> = Vec::new();
    for event in declared
        .holds
        .iter()
        .filter_map(|it| cx.model.events.get(it))
    {
        let changeable = event.fields.iter();
        let changeable = changeable.filter(|it| role(it, declared, &event.once).is_none());
        fields.extend(changeable.cloned());
    }
    cx.expect_field(field, &fields);
    fields.into_iter().find(|it| it.name == field.text)
}

/// What keeps a field from being changed.
fn role(field: &Field, table: &crate::model::Table, once: &[String]) -> Option<&'static str> {
    let sort = table.sort.as_ref().map(|it| &it.0);
    if field.name == table.partition || sort == Some(&field.name) {
        Some("a key of the table")
    } else if once.contains(&field.name) {
        Some("part of the event's identity")
    } else {
        None
    }
}

/// Keys and identity never change: they are what the fact is found and recognised by.
fn check_changeable(
    cx: &mut Context<'_>,
    field: &Field,
    word: &Word,
    table: &crate::model::Table,
    once: &[String],
) -> Option<()> {
    let Some(role) = role(field, table, once) else {
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
