//! Statements to states: each statement becomes one state or a few, each branch of a `catch` runs on to what follows.

use crate::emit::asl::payload::{Payload, is_plain};
use crate::emit::asl::{
    Branch, Catcher, Choice, Fail, Next, Pass, ResultPath, State, StateMachine, Succeed, Task,
};
use crate::emit::ordered::Ordered;
use crate::model::{Catch, Event, Expression, Pipeline, Statement, Table, Workflow};

use super::append::{self, Fact};
use super::state_names::StateNames;
use super::value::{Scope, payload};
use super::{call, condition, record};
use crate::lower::{names, template};

/// The definition of a workflow.
pub(crate) fn lower(pipeline: &Pipeline, workflow: &Workflow) -> StateMachine {
    let mut machine = Machine {
        pipeline,
        scope: Scope {
            event: &workflow.binding,
        },
        names: StateNames::default(),
        states: Ordered::default(),
        done: None,
    };
    let start_at = machine.begin(workflow);
    let doc = workflow.doc.lines().next().unwrap_or_default().trim();
    let comment = if doc.is_empty() {
        format!(
            "{} of {}: once for each {} in {}",
            workflow.name,
            pipeline.file,
            workflow.event,
            workflow.table()
        )
    } else {
        template::readable(doc)
    };
    StateMachine {
        comment,
        query_language: "JSONPath",
        start_at,
        timeout_seconds: workflow.timeout_s,
        states: machine.states,
    }
}

struct Machine<'a> {
    pipeline: &'a Pipeline,
    scope: Scope<'a>,
    names: StateNames,
    states: Ordered<State>,
    /// The state that ends well where nothing else is left to do, once there is one.
    done: Option<String>,
}

impl Machine<'_> {
    /// The states before the first statement, then the body. Gives the first state's name.
    fn begin(&mut self, workflow: &Workflow) -> String {
        let pipeline = self.pipeline;
        let (Some(event), Some(table)) = (
            pipeline.events.get(&workflow.event),
            pipeline.tables.get(workflow.table()),
        ) else {
            // The checker has bound both names.
            return self.done();
        };
        let selected = self.names.take("Is it for this workflow?");
        let not_selected = self.names.take("Not for this workflow");
        let image = self.names.take("Read record");
        let scope = self.names.take(&format!("Read {}", workflow.binding));
        let rest = condition::rest(pipeline, workflow);
        let wanted = rest.as_ref().map(|_| self.names.take("Does where hold?"));
        let claim = self.names.take(&format!("Claim {}", workflow.binding));
        let duplicate = self.names.take("Duplicate");
        let entries = self.entries(&workflow.body, "");
        let body = self.first(&entries, &Next::End);

        let choice = Choice {
            comment: format!(
                "Is it a new {}, and does `where` hold? The pipe's filter once more, since no input is to be trusted.",
                workflow.event
            ),
            choices: vec![Branch {
                rule: condition::selected(pipeline, workflow),
                next: image.clone(),
            }],
            default: not_selected.clone(),
        };
        self.states.push(selected.clone(), State::Choice(choice));
        self.states.push(
            image,
            State::Pass(record::image(event, Next::State(scope.clone()))),
        );
        let after = Next::State(wanted.clone().unwrap_or_else(|| claim.clone()));
        self.states.push(
            scope,
            State::Pass(record::scope(pipeline, workflow, event, table, after)),
        );
        if let (Some(rule), Some(name)) = (rest, wanted) {
            let choice = Choice {
                comment: "The part of `where` that a stream filter cannot say.".to_owned(),
                choices: vec![Branch {
                    rule,
                    next: claim.clone(),
                }],
                default: not_selected.clone(),
            };
            self.states.push(name, State::Choice(choice));
        }
        let id = table_id(table);
        let task = append::claim(workflow, table, &id, duplicate.clone(), body);
        self.states.push(claim, State::Task(Box::new(task)));
        self.block(&workflow.body, &entries, "", &Next::End);
        self.succeed(
            duplicate,
            "Another execution has claimed this event, so there is nothing left to do.",
        );
        self.succeed(
            not_selected,
            "Nothing is done. The pipe's filter drops such records; this one came another way, or `where` asks what no filter can.",
        );
        if let Some(done) = self.done.clone() {
            self.succeed(done, "All is done.");
        }
        selected
    }

    fn succeed(&mut self, name: String, comment: &str) {
        self.states.push(
            name,
            State::Succeed(Succeed {
                comment: comment.to_owned(),
            }),
        );
    }

    fn done(&mut self) -> String {
        if let Some(name) = &self.done {
            return name.clone();
        }
        let name = self.names.take("Done");
        self.done = Some(name.clone());
        name
    }

    /// The first state of each statement, named in the order of reading.
    fn entries(&mut self, statements: &[Statement], branch: &str) -> Vec<String> {
        statements
            .iter()
            .map(|statement| self.names.take(&prefixed(branch, &title(statement))))
            .collect()
    }

    /// Where a block begins; a state of its own where an empty block ends the execution.
    fn first(&mut self, entries: &[String], next: &Next) -> Next {
        match (entries.first(), next) {
            (Some(name), _) => Next::State(name.clone()),
            (None, Next::State(name)) => Next::State(name.clone()),
            (None, Next::End) => Next::State(self.done()),
        }
    }

    fn block(&mut self, statements: &[Statement], entries: &[String], branch: &str, next: &Next) {
        for (index, (statement, entry)) in statements.iter().zip(entries).enumerate() {
            let following = entries
                .get(index.saturating_add(1))
                .map_or_else(|| next.clone(), |it| Next::State(it.clone()));
            self.statement(statement, entry, branch, following);
        }
    }

    fn statement(&mut self, statement: &Statement, entry: &str, branch: &str, next: Next) {
        match statement {
            Statement::Call { .. } => self.call(statement, entry, next),
            Statement::Append {
                event,
                fields,
                table,
                ..
            } => {
                let pipeline = self.pipeline;
                let (Some(event), Some(table)) =
                    (pipeline.events.get(event), pipeline.tables.get(table))
                else {
                    return;
                };
                let task = self.append(event, fields, table, next);
                self.states.push(entry, State::Task(Box::new(task)));
            }
            Statement::Fail { error, fields, .. } => self.fail(error, fields, entry, branch),
        }
    }

    fn append(
        &self,
        event: &Event,
        fields: &[(String, Expression)],
        table: &Table,
        next: Next,
    ) -> Task {
        let table_id = table_id(table);
        Fact {
            pipeline: self.pipeline,
            scope: self.scope,
            event,
            fields,
            table,
            table_id: &table_id,
        }
        .task(next)
    }

    fn call(&mut self, statement: &Statement, entry: &str, next: Next) {
        let Statement::Call {
            binding,
            function,
            argument,
            retry,
            catches,
            ..
        } = statement
        else {
            return;
        };
        let pipeline = self.pipeline;
        let Some(declared) = pipeline.functions.get(function) else {
            return;
        };
        let retry = retry.as_ref().and_then(|it| pipeline.retries.get(it));
        let id = format!("{}Function", names::pascal(function));
        let argument = payload(self.scope, argument);
        let mut task = call::task(
            declared,
            &id,
            argument,
            binding.as_deref(),
            retry,
            next.clone(),
        );
        let place = self.states.0.len();
        for catch in catches {
            let target = self.catch(catch, &next);
            let path = catch
                .binding
                .as_ref()
                .map_or_else(|| call::UNNAMED_ERROR.to_owned(), |it| format!("$.{it}"));
            let Next::State(target) = target else {
                continue;
            };
            task.catch.push(Catcher {
                error_equals: call::errors(&catch.errors),
                result_path: ResultPath::At(path),
                next: target,
            });
        }
        // The call stands before its branches.
        self.states
            .0
            .insert(place, (entry.to_owned(), State::Task(Box::new(task))));
    }

    /// The states of a `catch`; gives the first one.
    fn catch(&mut self, catch: &Catch, next: &Next) -> Next {
        let branch = if catch.errors.is_empty() {
            "any".to_owned()
        } else {
            catch.errors.join(", ")
        };
        let unpacks = call::unpack(self.pipeline, catch);
        let names: Vec<String> = unpacks
            .iter()
            .map(|it| self.names.take(&prefixed(&branch, it.suffix)))
            .collect();
        let entries = self.entries(&catch.body, &branch);
        let body = self.first(&entries, next);
        for (index, (unpack, name)) in unpacks.into_iter().zip(&names).enumerate() {
            let following = names
                .get(index.saturating_add(1))
                .map_or_else(|| body.clone(), |it| Next::State(it.clone()));
            self.states
                .push(name.clone(), State::Pass(unpack.pass(following)));
        }
        self.block(&catch.body, &entries, &branch, next);
        names.first().map_or(body, |it| Next::State(it.clone()))
    }

    /// The error's fields as JSON text are the cause, as a function's are. Constants are written down, data is made into text.
    fn fail(&mut self, error: &str, fields: &[(String, Expression)], entry: &str, branch: &str) {
        let members = fields
            .iter()
            .map(|(name, it)| (name.clone(), payload(self.scope, it)))
            .collect();
        let cause = Payload::Object(members);
        let text = serde_json::to_string(&cause).unwrap_or_default();
        if cause.is_constant() && is_plain(&text) {
            let fail = Fail {
                error: error.to_owned(),
                cause: Some(text),
                cause_path: None,
            };
            self.states.push(entry, State::Fail(fail));
            return;
        }
        let end = self
            .names
            .take(&prefixed(branch, &format!("{error} with its cause")));
        let pass = Pass {
            comment: None,
            parameters: cause,
            result_path: Some(ResultPath::At("$._cause".to_owned())),
            next: Next::State(end.clone()),
        };
        self.states.push(entry, State::Pass(pass));
        let path = "States.JsonToString($._cause)".to_owned();
        self.states.push(
            end,
            State::Fail(Fail {
                error: error.to_owned(),
                cause: None,
                cause_path: Some(path),
            }),
        );
    }
}

fn table_id(table: &Table) -> String {
    crate::lower::table::handle(&table.name).id
}

/// `Declined: append PaymentFailed`
fn prefixed(branch: &str, title: &str) -> String {
    if branch.is_empty() {
        title.to_owned()
    } else {
        format!("{branch}: {title}")
    }
}

fn title(statement: &Statement) -> String {
    match statement {
        Statement::Call {
            binding: Some(binding),
            function,
            ..
        } => format!("{binding}: {function}"),
        Statement::Call {
            binding: None,
            function,
            ..
        } => function.clone(),
        Statement::Append { event, .. } => format!("append {event}"),
        Statement::Fail { error, .. } => format!("fail {error}"),
    }
}
