//! The statements of a workflow: what they are, what they bind, what can go wrong and who catches it.

use std::collections::BTreeSet;

use pipe_dsl::tree::{Block, EntryKind, Expr, ExprKind, Phrase, Span, Word};

use crate::check::context::Context;
use crate::check::distance::nearest;
use crate::check::expected::Expected;
use crate::check::value::{self, Binding};
use crate::check::{arms, branches, builtin, catches, effects, head, retries, slips, updates};
use crate::diag;
use crate::kinds::KindId;
use crate::model::{Statement, Type, Verb};
use crate::statements;

/// Most statements of one workflow.
const STATEMENTS_MAX: usize = 500;

/// What is known at a point of a workflow.
pub(crate) struct Flow<'t> {
    /// The workflow's name.
    pub(crate) name: &'t str,
    pub(crate) fails: Vec<String>,
    /// Declared failures that something raises or lets through.
    pub(crate) raised: BTreeSet<String>,
    pub(crate) bindings: Vec<Binding>,
    /// Fields that an `if present(…)` around or an `expect present(…)` before has found to be there, with dots: `refund.note`.
    pub(crate) present: Vec<String>,
    /// For each `parallel` and `for` around, what escapes from inside it so far.
    pub(crate) groups: Vec<BTreeSet<String>>,
    /// The first `done` of the branch that is being read.
    pub(crate) early: Option<Span>,
    statements: usize,
}

impl<'t> Flow<'t> {
    pub(crate) fn new(name: &'t str, fails: &[String], binding: &Word, event: &str) -> Flow<'t> {
        Flow {
            name,
            fails: fails.to_vec(),
            raised: BTreeSet::new(),
            bindings: vec![Binding::of(binding, Some(Type::Event(event.to_owned())))],
            present: Vec::new(),
            groups: Vec::new(),
            early: None,
            statements: 0,
        }
    }

    /// Notes that a declared error leaves the statement: out of the group around, or out of the workflow. False where nothing says so.
    pub(crate) fn escapes(&mut self, error: &str) -> bool {
        if let Some(group) = self.groups.last_mut() {
            group.insert(error.to_owned());
            return true;
        }
        let declared = self.fails.iter().any(|it| it == error);
        if declared {
            self.raised.insert(error.to_owned());
        }
        declared
    }
}

/// Reads statements in order.
pub(crate) fn body<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrases: &[&'t Phrase<'t>],
) -> Vec<Statement> {
    let mut out: Vec<Statement> = Vec::new();
    let mut rest = phrases.iter().copied().peekable();
    while let Some(phrase) = rest.next() {
        flow.statements += 1;
        if flow.statements > STATEMENTS_MAX {
            let message = format!("more than {STATEMENTS_MAX} statements");
            cx.report(diag::P0408.at(phrase.span, message).label("one too many"));
            break;
        }
        let mut below = Vec::new();
        if !is_catch(phrase) {
            while let Some(it) = rest.next_if(|it| is_catch(it)) {
                let word = it.items.first();
                word.into_iter().for_each(|word| {
                    statement_word(cx, it, word);
                });
                below.push(it);
            }
        }
        let statement = statement(cx, flow, phrase, &below);
        let ends = is_ending(phrase)
            || statement
                .as_ref()
                .is_some_and(|it| Statement::ends(std::slice::from_ref(it)));
        out.extend(statement);
        if let Some(next) = rest.peek().filter(|_| ends) {
            let label = if flow.groups.is_empty() {
                "ends the workflow"
            } else {
                "ends the branch"
            };
            cx.report(
                diag::P0302
                    .at(next.span, "this is never reached")
                    .label("comes after the end")
                    .second(phrase.span, label),
            );
            break;
        }
    }
    out
}

/// Reads a block with what it binds, and what it has found to be there, forgotten after it.
pub(crate) fn block<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    block: &'t Block<'t>,
) -> Vec<Statement> {
    let (bindings, present) = (flow.bindings.len(), flow.present.len());
    let phrases = block_statements(cx, block);
    let read = body(cx, flow, &phrases);
    flow.bindings.truncate(bindings);
    flow.present.truncate(present);
    read
}

/// The statements of a block.
pub(crate) fn block_statements<'t>(
    cx: &mut Context<'t>,
    block: &'t Block<'t>,
) -> Vec<&'t Phrase<'t>> {
    let mut statements = Vec::new();
    for entry in &block.entries {
        match &entry.kind {
            EntryKind::Statement(it) => statements.push(it),
            EntryKind::Attribute(_) | EntryKind::Spread(_) => {
                cx.report(
                    diag::P0306
                        .at(entry.span, "this is not a statement")
                        .label("a statement belongs here"),
                );
            }
        }
    }
    statements
}

/// One statement with the catches below it.
fn statement<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
    below: &[&'t Phrase<'t>],
) -> Option<Statement> {
    let first = phrase.items.first()?;
    cx.expect_first(phrase, || Expected::Statement);
    if let Some(call) = &phrase.default {
        if phrase.items.len() > 1 && begins(phrase) == Some("update") {
            statement_word(cx, phrase, first);
            return updates::update(cx, flow, phrase, call, below);
        }
        if (first.is_word("if") || first.is_word("expect")) && slips::single_equals(cx, phrase) {
            return None;
        }
        let binding = first.as_word().filter(|_| phrase.items.len() == 1);
        if binding.is_none() {
            let message = "the left side of `=` is one new name";
            cx.report(
                diag::P0306
                    .at(phrase.span, message)
                    .label("a name belongs here"),
            );
        }
        return call_statement(cx, flow, binding, call, below, phrase.span);
    }
    if let ExprKind::Call { .. } = &first.kind {
        return call_statement(cx, flow, None, &phrase.items, below, phrase.span);
    }
    let word = statement_word(cx, phrase, first);
    match word {
        "append" => return effects::append(cx, flow, phrase, below),
        "publish" => return effects::publish(cx, flow, phrase, below),
        "send" => return effects::send(cx, flow, phrase, below),
        "put" => return effects::put(cx, flow, phrase, below),
        "start" => return effects::start(cx, flow, phrase, below),
        "parallel" => return branches::parallel(cx, flow, phrase, below),
        "for" => return branches::for_each(cx, flow, phrase, below),
        _ => {}
    }
    let read = match word {
        "if" => branches::if_else(cx, flow, phrase),
        "expect" => branches::expect(cx, flow, phrase),
        "match" => arms::match_on(cx, flow, phrase),
        "wait" => branches::wait(cx, flow, phrase),
        "fail" => fail(cx, flow, phrase),
        "done" => done(cx, flow, phrase),
        "update" => updates::unfinished(cx, flow, phrase, &[]),
        "catch" => {
            report_lost_catch(cx, phrase);
            None
        }
        _ => None,
    };
    for it in below {
        report_lost_catch(cx, it);
    }
    read
}

fn report_lost_catch(cx: &mut Context<'_>, phrase: &Phrase) {
    let span = phrase.items.first().map_or(phrase.span, |it| it.span);
    let message = "this `catch` has nothing above it that can fail";
    cx.report(
        diag::P0306
            .at(span, message)
            .label("belongs below a call or another statement that does something"),
    );
}

fn is_catch(phrase: &Phrase) -> bool {
    phrase.default.is_none() && begins(phrase) == Some("catch")
}

/// True for what ends a workflow, also where something about it is wrong.
pub(crate) fn is_ending(phrase: &Phrase) -> bool {
    phrase.default.is_none() && matches!(begins(phrase), Some("fail" | "done"))
}

/// The word of a statement, or the one that a misspelled word is nearest to: the statement is read as what was meant.
pub(crate) fn begins<'t>(phrase: &Phrase<'t>) -> Option<&'t str> {
    let word = phrase.items.first()?.as_word()?.text;
    if statements::words().any(|it| it == word) {
        return Some(word);
    }
    nearest(word, statements::words())
}

/// The word that says what a statement is; reports one that does not.
fn statement_word<'t>(cx: &mut Context<'t>, phrase: &Phrase<'t>, first: &Expr<'t>) -> &'t str {
    let begins = begins(phrase);
    if begins.is_none_or(|it| !first.is_word(it)) {
        unknown_statement(cx, phrase);
    }
    begins.unwrap_or_default()
}

fn unknown_statement(cx: &mut Context<'_>, phrase: &Phrase) {
    let word = phrase.items.first().and_then(Expr::as_word);
    let written = word.map(|it| it.text.to_owned()).unwrap_or_default();
    let span = word.map_or(phrase.span, |it| it.span);
    let message = if written.is_empty() {
        "this is not a statement".to_owned()
    } else {
        format!("`{written}` is not a statement")
    };
    let words: Vec<&str> = statements::words().collect();
    let it = diag::P0306
        .at(span, message)
        .label("a statement belongs here")
        .help(format!(
            "a statement is a call, `name = function(value) retry POLICY`, or begins with `{}`",
            words.join("`, `")
        ));
    cx.report(if written == "else" {
        it.help("an `else` stands on the line that it belongs to, behind the `}` of an `if` or `match` or the condition of an `expect`")
    } else {
        it.nearest(&written, span, words.iter().copied())
    });
}

/// `function(argument) retry policy`, with its catches.
fn call_statement<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    binding: Option<&'t Word<'t>>,
    items: &'t [Expr<'t>],
    catches: &[&'t Phrase<'t>],
    span: Span,
) -> Option<Statement> {
    let (called, clause) = items.split_first()?;
    let ExprKind::Call { name, arguments } = &called.kind else {
        cx.report(
            diag::P0306
                .at(called.span, "this is not a call")
                .label("`function(value)` belongs here"),
        );
        return None;
    };
    let ([name], [argument]) = (name.as_slice(), arguments.as_slice()) else {
        cx.report(
            diag::P0306
                .at(called.span, "a call names a function and has one argument")
                .label("not of that form"),
        );
        return None;
    };
    let function = cx.resolve(name, &[KindId::Function]);
    let signature = function
        .and_then(|it| cx.model.functions.get(it))
        .map(|it| (it.input.clone(), it.output.clone(), it.fails.clone()));
    let (input, output, raises) = match signature {
        Some((input, output, raises)) => (Some(input), output, Some(raises)),
        None => (None, None, None),
    };
    if let Some(function) = function {
        cx.edge(flow.name, Verb::Call, function, name.span, "calls");
    }
    let argument = match (argument.value.as_slice(), &argument.name, &input) {
        ([value], None, Some(input)) => value::read(cx, flow, value, input, "the argument"),
        ([name, block], None, Some(input)) if block.as_block().is_some() => {
            value::made_as(cx, flow, name, block, input)
        }
        ([_] | [_, _], None, None) => None,
        _ => {
            cx.report(
                diag::P0306
                    .at(argument.span, "an argument is one value without a name")
                    .label("one value belongs here"),
            );
            None
        }
    };
    let retry = retries::read(cx, clause, raises.as_deref(), name);
    let (read, falls) = catches::read(cx, flow, catches, raises.as_deref(), name, "call");
    if let Some(word) = binding {
        if output.is_none() && raises.is_some() {
            let message = format!("`{}` gives nothing back that could be bound", name.text);
            cx.report(diag::P0202.at(word.span, message).label("nothing to bind"));
        }
        bind(cx, flow, word, output, falls);
    }
    Some(Statement::Call {
        binding: binding.map(|it| it.text.to_owned()),
        function: function?.to_owned(),
        argument: argument?,
        retry,
        catches: read,
        origin: cx.origin(span),
    })
}

/// Adds a binding; a name can be bound once, and not to what is declared.
pub(crate) fn bind(
    cx: &mut Context<'_>,
    flow: &mut Flow<'_>,
    word: &Word,
    ty: Option<Type>,
    unset_by: Option<Span>,
) {
    let text = word.text;
    let taken = flow
        .bindings
        .iter()
        .find(|it| it.name == text)
        .map(|it| it.span);
    let taken = taken.or(cx.symbols.get(text).map(|it| it.span));
    if let Some(first) = taken {
        let message = format!("`{text}` is taken");
        cx.report(
            diag::P0312
                .at(word.span, message)
                .label("a new name belongs here")
                .second(first, "stands for this"),
        );
    } else if builtin::RESERVED.contains(&text) || text.starts_with('_') {
        let message = format!("`{text}` is reserved");
        cx.report(
            diag::P0111
                .at(word.span, message)
                .label("choose another name"),
        );
    }
    flow.bindings.push(Binding {
        name: text.to_owned(),
        ty,
        span: word.span,
        unset_by,
        members: None,
    });
}

/// `fail ERROR { … }`
fn fail<'t>(
    cx: &mut Context<'t>,
    flow: &mut Flow<'t>,
    phrase: &'t Phrase<'t>,
) -> Option<Statement> {
    let (error, block) = match phrase.items.as_slice() {
        [_, error] => (error.as_word()?, None),
        [_, error, block] if block.as_block().is_some() => (error.as_word()?, block.as_block()),
        _ => return wrong_form(cx, phrase),
    };
    let name = cx.resolve(error, &[KindId::Error])?;
    if !flow.escapes(name) {
        let declared = cx
            .symbols
            .get(flow.name)
            .map(|it| it.span)
            .unwrap_or_default();
        let message = format!(
            "`{}` does not declare that it fails with `{name}`",
            flow.name
        );
        cx.report(
            diag::P0305
                .at(error.span, message)
                .label("not declared")
                .second(declared, "declared here")
                .help(format!("write `fails {name}` in its head")),
        );
    }
    let fields = cx.model.errors.get(name).map(|it| it.fields.clone())?;
    let fields = value::record(cx, flow, name, &fields, block, error.span);
    Some(Statement::Fail {
        error: name.to_owned(),
        fields,
        origin: cx.origin(phrase.span),
    })
}

/// `done`
fn done(cx: &mut Context<'_>, flow: &mut Flow<'_>, phrase: &Phrase) -> Option<Statement> {
    if phrase.items.len() > 1 {
        return wrong_form(cx, phrase);
    }
    flow.early = flow.early.or(Some(phrase.span));
    Some(Statement::Done {
        origin: cx.origin(phrase.span),
    })
}

/// Reports a statement that does not look like any form of its word.
pub(crate) fn wrong_form(cx: &mut Context<'_>, phrase: &Phrase) -> Option<Statement> {
    let word = begins(phrase).unwrap_or_default();
    if matches!(word, "if" | "expect") && slips::operator_among(cx, &phrase.items) {
        return None;
    }
    let forms = statements::statement(word).map_or(&[][..], |it| it.forms);
    let message = format!("this is not the form of `{word}`");
    cx.report(
        diag::P0306
            .at(phrase.span, message)
            .label("does not fit")
            .help(format!("it looks like `{}`", forms.join("` or `"))),
    );
    None
}

/// Reports declared failures that no statement raises.
pub(crate) fn check_fails<'t>(cx: &mut Context<'t>, flow: &Flow<'t>, clause: Option<&'t Expr<'t>>) {
    let words = clause.map(|it| head::names(cx, it)).unwrap_or_default();
    for word in words {
        if flow.fails.iter().any(|it| it == word.text) && !flow.raised.contains(word.text) {
            let message = format!("`{}` never fails with `{}`", flow.name, word.text);
            cx.report(
                diag::P0308
                    .at(word.span, message)
                    .label("declared, but never raised"),
            );
        }
    }
}

/// Reports a workflow that records the kind of event that starts it.
pub(crate) fn check_loop(
    cx: &mut Context<'_>,
    body: &[Statement],
    on: &str,
    event: &str,
    at: Span,
) {
    let mut found = Vec::new();
    Statement::walk(body, &mut |statement| {
        if let Statement::Append {
            event: appended,
            table,
            origin,
            ..
        } = statement
            && appended == event
            && table == on
        {
            found.push(Span {
                start: origin.start,
                end: origin.end,
            });
        }
    });
    for span in found {
        let message = format!("recording `{event}` here may start this workflow again");
        cx.report(
            diag::P0307
                .at(span, message)
                .label("recorded here")
                .second(at, "starts on it here")
                .help("record an event of another type, so that the chain ends"),
        );
    }
}
