//! Statements to states: each statement becomes one state or a few, each branch of a `catch` runs on to what follows.

use crate::emit::asl::choice::Rule;
use crate::emit::asl::{
    Branch, Catcher, Choice, Next, ResultPath, State, StateMachine, Succeed, Task,
};
use crate::emit::ordered::Ordered;
use crate::model::{Catch, Event, Expression, Pipeline, Statement, Table, Workflow};

use super::append::{self, Fact};
use super::effect::Place;
use super::state_names::StateNames;
use super::title::title;
use super::value::{Scope, payload};
use super::{call, condition, record, reserved};
use crate::lower::names;
use crate::lower::prose::readable;

/// The definition of a workflow.
pub(crate) fn lower(pipeline: &Pipeline, workflow: &Workflow) -> StateMachine {
    let mut machine = Machine {
        pipeline,
        scope: Scope::default(),
        names: StateNames::default(),
        states: Ordered::default(),
        done: None,
        inside: false,
        parallels: 0,
    };
    machine.scope.bind(&workflow.binding);
    let table = workflow.on.clone();
    machine.scope.recorded = table.map(|it| (workflow.binding.clone(), it));
    let start_at = if workflow.on.is_some() {
        machine.begin(workflow)
    } else {
        machine.begin_started(workflow)
    };
    let doc = workflow.doc.lines().next().unwrap_or_default().trim();
    let comment = if doc.is_empty() {
        let when = match &workflow.on {
            Some(table) => format!("once for each {} in {table}", workflow.event),
            None => format!("started with a {}", workflow.event),
        };
        format!("{} of {}: {when}", workflow.name, pipeline.file)
    } else {
        readable(doc)
    };
    StateMachine {
        comment,
        query_language: "JSONPath",
        start_at,
        timeout_seconds: workflow.timeout_s,
        states: machine.states,
    }
}

/// A machine under construction; in `branches.rs` are the statements that lead elsewhere.
pub(super) struct Machine<'a> {
    pub(super) pipeline: &'a Pipeline,
    /// What is bound at this point.
    pub(super) scope: Scope,
    pub(super) names: StateNames,
    /// The states of the group that is being built.
    pub(super) states: Ordered<State>,
    /// The state of this group that ends well where nothing else is left to do, once there is one.
    pub(super) done: Option<String>,
    /// True inside a `parallel` or `for`, whose `catch` reads what a `fail` in it says.
    pub(super) inside: bool,
    /// How many `parallel`s were read, for the names of their results.
    pub(super) parallels: usize,
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

    /// The same where `start` begins it: its input is the event, and its name says which execution it is.
    fn begin_started(&mut self, workflow: &Workflow) -> String {
        let read = self.names.take(&format!("Read {}", workflow.binding));
        let entries = self.entries(&workflow.body, "");
        let body = self.first(&entries, &Next::End);
        let pass = record::started(self.pipeline, workflow, body);
        self.states.push(read.clone(), State::Pass(pass));
        self.block(&workflow.body, &entries, "", &Next::End);
        if let Some(done) = self.done.clone() {
            self.succeed(done, "All is done.");
        }
        read
    }

    pub(super) fn succeed(&mut self, name: String, comment: &str) {
        self.states.push(
            name,
            State::Succeed(Succeed {
                comment: comment.to_owned(),
            }),
        );
    }

    /// The name of the group's state that ends well.
    pub(super) fn done(&mut self) -> String {
        if let Some(name) = &self.done {
            return name.clone();
        }
        let name = self.names.take("Done");
        self.done = Some(name.clone());
        name
    }

    /// The first state of each statement, named in the order of reading.
    pub(super) fn entries(&mut self, statements: &[Statement], branch: &str) -> Vec<String> {
        statements
            .iter()
            .map(|statement| {
                let mut title = title(statement);
                if reserved::asked(self.pipeline, &self.scope, statement).is_some() {
                    title = format!("{title}: reserved?");
                }
                self.names.take(&prefixed(branch, &title))
            })
            .collect()
    }

    /// Where a block begins; a state of its own where an empty block ends the execution.
    pub(super) fn first(&mut self, entries: &[String], next: &Next) -> Next {
        match (entries.first(), next) {
            (Some(name), _) => Next::State(name.clone()),
            (None, Next::State(name)) => Next::State(name.clone()),
            (None, Next::End) => Next::State(self.done()),
        }
    }

    /// The states of a block; what it binds is forgotten after it.
    pub(super) fn block(
        &mut self,
        statements: &[Statement],
        entries: &[String],
        branch: &str,
        next: &Next,
    ) {
        let outer = self.scope.clone();
        self.inner_block(statements, entries, branch, next);
        self.scope = outer;
    }

    /// The same, with what it binds.
    pub(super) fn inner_block(
        &mut self,
        statements: &[Statement],
        entries: &[String],
        branch: &str,
        next: &Next,
    ) {
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
                catches,
                ..
            } => {
                let pipeline = self.pipeline;
                let (Some(event), Some(table)) =
                    (pipeline.events.get(event), pipeline.tables.get(table))
                else {
                    return;
                };
                let entry = self.allowed(statement, entry, branch);
                let task = self.append(event, fields, table, next.clone());
                self.caught(task, catches, &entry, &next);
            }
            Statement::Effect {
                effect, catches, ..
            } => {
                // A catcher needs a state to lead to, also where nothing follows.
                let done = match (effect, &next) {
                    (crate::model::Effect::Start { .. }, Next::State(name)) => Some(name.clone()),
                    (crate::model::Effect::Start { .. }, Next::End) => Some(self.done()),
                    _ => None,
                };
                let place = Place {
                    pipeline: self.pipeline,
                    scope: &self.scope,
                };
                if let Some(task) = place.task(effect, next.clone(), done) {
                    self.caught(task, catches, entry, &next);
                }
            }
            Statement::If {
                arms, otherwise, ..
            } => self.if_else((arms, otherwise), &title(statement), entry, branch, &next),
            // The same as an `if` with nothing in it, whose `else` does not come back.
            Statement::Expect {
                test, otherwise, ..
            } => {
                let arms = [(test.clone(), Vec::new())];
                self.if_else((&arms, otherwise), &title(statement), entry, branch, &next);
            }
            Statement::Match {
                subject,
                arms,
                otherwise,
                ..
            } => self.match_on(subject, arms, otherwise.as_deref(), entry, branch, &next),
            Statement::Wait { wait, .. } => self.wait(wait, entry, next),
            Statement::Parallel {
                branches, catches, ..
            } => self.parallel(branches, catches, entry, next),
            Statement::For { .. } => self.for_each(statement, entry, next),
            Statement::Fail { error, fields, .. } => self.fail(error, fields, entry, branch),
            Statement::Done { .. } => self.succeed(entry.to_owned(), "Nothing is left to do."),
        }
    }

    /// A task of a service with its catches below it.
    fn caught(&mut self, mut task: Task, catches: &[Catch], entry: &str, next: &Next) {
        let place = self.states.0.len();
        let catchers = self.catchers(catches, next, false);
        task.catch.extend(catchers);
        self.states.0.insert(
            place,
            (entry.to_owned().into(), State::Task(Box::new(task))),
        );
    }

    /// The catchers of a statement, and the states that they lead to.
    pub(super) fn catchers(
        &mut self,
        catches: &[Catch],
        next: &Next,
        is_call: bool,
    ) -> Vec<Catcher> {
        let mut catchers = Vec::new();
        for catch in catches {
            let Next::State(target) = self.catch(catch, next) else {
                continue;
            };
            let path = catch
                .binding
                .as_ref()
                .map_or_else(|| call::UNNAMED_ERROR.to_owned(), |it| format!("$.{it}"));
            let error_equals = if is_call {
                call::errors(&catch.errors)
            } else {
                call::errors_of_any(&catch.errors)
            };
            catchers.push(Catcher {
                error_equals,
                result_path: ResultPath::At(path),
                next: target,
            });
        }
        catchers
    }

    /// Asks before an `append` whether its partition is one that only claims have, if it may be; gives the name of the state that appends.
    fn allowed(&mut self, statement: &Statement, entry: &str, branch: &str) -> String {
        let Some(rule) = reserved::asked(self.pipeline, &self.scope, statement) else {
            return entry.to_owned();
        };
        let name = self.names.take(&prefixed(branch, &title(statement)));
        let fault = self.names.take(&prefixed(branch, "Reserved for claims"));
        let comment = "Where claims lie, no fact is recorded.".to_owned();
        self.choice(
            entry.to_owned(),
            comment,
            vec![(rule, fault.clone())],
            name.clone(),
        );
        self.fault_at(fault, "a partition that begins with `claim#` is reserved");
        name
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
            scope: &self.scope,
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
        let argument = payload(&self.scope, argument);
        let context = Place {
            pipeline,
            scope: &self.scope,
        };
        let mut task = call::task(
            &context,
            declared,
            &id,
            argument,
            binding.as_deref(),
            retry,
            next.clone(),
        );
        let place = self.states.0.len();
        let catchers = self.catchers(catches, &next, true);
        task.catch.extend(catchers);
        if let Some(binding) = binding {
            self.scope.bind_value(binding);
        }
        // The call stands before its branches.
        self.states.0.insert(
            place,
            (entry.to_owned().into(), State::Task(Box::new(task))),
        );
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
        let outer = self.scope.clone();
        if let Some(binding) = &catch.binding {
            self.scope.bind_value(binding);
        }
        for (index, (unpack, name)) in unpacks.into_iter().zip(&names).enumerate() {
            let following = names
                .get(index.saturating_add(1))
                .map_or_else(|| body.clone(), |it| Next::State(it.clone()));
            self.states
                .push(name.clone(), State::Pass(unpack.pass(following)));
        }
        self.block(&catch.body, &entries, &branch, next);
        self.scope = outer;
        names.first().map_or(body, |it| Next::State(it.clone()))
    }

    /// A Choice state.
    pub(super) fn choice(
        &mut self,
        name: String,
        comment: String,
        choices: Vec<(Rule, String)>,
        default: String,
    ) {
        let choices = choices
            .into_iter()
            .map(|(rule, next)| Branch { rule, next })
            .collect();
        self.states.push(
            name,
            State::Choice(Choice {
                comment,
                choices,
                default,
            }),
        );
    }
}

fn table_id(table: &Table) -> String {
    crate::kinds::table::lower::handle(&table.name)
        .id
        .into_owned()
}

/// `Declined: append PaymentFailed`
pub(super) fn prefixed(branch: &str, title: &str) -> String {
    if branch.is_empty() {
        title.to_owned()
    } else {
        format!("{branch}: {title}")
    }
}
