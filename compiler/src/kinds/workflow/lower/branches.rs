//! The statements that lead elsewhere: `if` and `match` are Choice states, `parallel` and `for` hold states of their own.

use crate::emit::asl::choice::Rule;
use crate::emit::asl::payload::{Format, Payload, is_plain, member};
use crate::emit::asl::{
    self, Group, Map, Next, Parallel, Pass, ProcessorConfig, ResultPath, State, Time,
};
use crate::model::{Branch, Catch, Expression, Statement, Test, Variant, Wait};

use super::machine::{Machine, prefixed};
use super::question::{Questions, value_words, words};
use super::value::{RECORDED_SORT, TURN, complete, payload};

impl Machine<'_> {
    /// One Choice for all conditions; a Pass before it where decimals have to be taken apart.
    pub(super) fn if_else(
        &mut self,
        (arms, otherwise): (&[(Test, Vec<Statement>)], &[Statement]),
        title: &str,
        entry: &str,
        branch: &str,
        next: &Next,
    ) {
        let mut questions = Questions::new(&self.scope);
        let rules: Vec<Rule> = arms.iter().map(|(test, _)| questions.rule(test)).collect();
        let (prepared, beyond) = questions.done();
        let mut asked = entry.to_owned();
        if let Some(parameters) = prepared {
            asked = self
                .names
                .take(&prefixed(branch, &format!("{title} asked")));
            let pass = Pass {
                comment: Some(
                    "What the next state compares and cannot take apart itself.".to_owned(),
                ),
                parameters,
                result_path: Some(ResultPath::At("$._asked".to_owned())),
                next: Next::State(asked.clone()),
            };
            self.states.push(entry.to_owned(), State::Pass(pass));
        }
        let mut choices = Vec::new();
        let mut fault = None;
        if !beyond.is_empty() {
            let name = self.names.take(&prefixed(branch, "Too large to compare"));
            choices.extend(beyond.into_iter().map(|rule| (rule, name.clone())));
            fault = Some(name);
        }
        let mut bodies = Vec::new();
        for ((_, body), rule) in arms.iter().zip(rules) {
            let entries = self.entries(body, branch);
            let first = self.landing(&entries, next);
            choices.push((rule, first));
            bodies.push((body.as_slice(), entries));
        }
        let entries = self.entries(otherwise, branch);
        let default = self.landing(&entries, next);
        bodies.push((otherwise, entries));
        let comment = arms.iter().map(|(test, _)| words(test)).collect::<Vec<_>>();
        let comment = inert(&comment.join("; else "));
        self.choice(asked, comment, choices, default);
        for (body, entries) in bodies {
            self.block(body, &entries, branch, next);
        }
        if let Some(name) = fault {
            self.fault_at(
                name,
                "two decimals with more than 15 digits before the point cannot be compared exactly",
            );
        }
    }

    pub(super) fn match_on(
        &mut self,
        subject: &Expression,
        arms: &[Variant],
        otherwise: Option<&[Statement]>,
        entry: &str,
        branch: &str,
        next: &Next,
    ) {
        let Payload::Computed(path) = payload(&self.scope, subject) else {
            return;
        };
        let mut choices = Vec::new();
        let mut bodies = Vec::new();
        for arm in arms {
            let mut tests: Vec<Rule> = arm
                .variants
                .iter()
                .map(|it| Rule::string_equals(&path, it))
                .collect();
            let rule = match tests.pop() {
                Some(only) if tests.is_empty() => only,
                Some(last) => {
                    tests.push(last);
                    Rule::Or(tests)
                }
                None => continue,
            };
            let entries = self.entries(&arm.body, branch);
            choices.push((rule, self.landing(&entries, next)));
            bodies.push((arm.body.as_slice(), entries));
        }
        let mut fault = None;
        let default = match otherwise {
            Some(body) => {
                let entries = self.entries(body, branch);
                let default = self.landing(&entries, next);
                bodies.push((body, entries));
                default
            }
            None => {
                let name = self.names.take(&prefixed(branch, "No such variant"));
                fault = Some(name.clone());
                name
            }
        };
        let comment = format!("match {}", value_words(subject));
        self.choice(entry.to_owned(), comment, choices, default);
        for (body, entries) in bodies {
            self.block(body, &entries, branch, next);
        }
        if let Some(name) = fault {
            self.fault_at(name, "a value that is none of the declared variants");
        }
    }

    /// Where a Choice leads: a state, also where nothing follows.
    fn landing(&mut self, entries: &[String], next: &Next) -> String {
        match self.first(entries, next) {
            Next::State(name) => name,
            Next::End => self.done(),
        }
    }

    pub(super) fn wait(&mut self, wait: &Wait, entry: &str, next: Next) {
        let time = match wait {
            Wait::ForS(seconds) => Time::Seconds(*seconds),
            Wait::Until(time) => match payload(&self.scope, time) {
                Payload::Computed(path) => Time::TimestampPath(path),
                _ => return,
            },
        };
        self.states
            .push(entry.to_owned(), State::Wait(asl::Wait { time, next }));
    }

    /// The states of a branch or turn, with what they bind in `self.scope` until the caller puts the outer scope back.
    fn group(&mut self, body: &[Statement], branch: &str) -> Group {
        let states = std::mem::take(&mut self.states);
        let done = self.done.take();
        let inside = std::mem::replace(&mut self.inside, true);
        let entries = self.entries(body, branch);
        let start_at = match self.first(&entries, &Next::End) {
            Next::State(name) => name,
            Next::End => self.done(),
        };
        self.inner_block(body, &entries, branch, &Next::End);
        if let Some(done) = self.done.clone() {
            self.succeed(done, "All is done.");
        }
        self.inside = inside;
        self.done = done;
        Group {
            processor_config: None,
            start_at,
            states: std::mem::replace(&mut self.states, states),
        }
    }

    /// What the branches have bound is all that is kept of their data, under one member for each `parallel`.
    pub(super) fn parallel(
        &mut self,
        branches: &[Branch],
        catches: &[Catch],
        entry: &str,
        next: Next,
    ) {
        self.parallels = self.parallels.saturating_add(1);
        let results = format!("$._parallel_{}", self.parallels);
        let outer = self.scope.clone();
        let mut after = outer.clone();
        let mut groups = Vec::new();
        let mut kept = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            groups.push(self.group(&branch.body, &branch.name));
            let mut members = Vec::new();
            for name in &branch.results {
                // `$.entry.value` of the branch's data, `$[0].entry.value` of all data.
                let inside = self.scope.path(std::slice::from_ref(name));
                let inside = inside.trim_start_matches('$');
                members.push((
                    name.clone(),
                    Payload::Computed(format!("$[{index}]{inside}")),
                ));
                after.bind_at(
                    &format!("{}.{name}", branch.name),
                    format!("{results}.{}.{name}", branch.name),
                );
            }
            if !members.is_empty() {
                kept.push((branch.name.clone(), Payload::Object(members)));
            }
            self.scope = outer.clone();
        }
        let place = self.states.0.len();
        let catch = self.catchers(catches, &next, false);
        let keeps = !kept.is_empty();
        let state = Parallel {
            branches: groups,
            result_selector: keeps.then_some(Payload::Object(kept)),
            result_path: if keeps {
                ResultPath::At(results)
            } else {
                ResultPath::Discard(())
            },
            catch,
            next,
        };
        self.states
            .0
            .insert(place, (entry.to_owned().into(), State::Parallel(state)));
        self.scope = after;
    }

    pub(super) fn for_each(&mut self, statement: &Statement, entry: &str, next: Next) {
        let Statement::For {
            item,
            ty,
            items,
            at_once,
            body,
            catches,
            ..
        } = statement
        else {
            return;
        };
        let Payload::Computed(items_path) = payload(&self.scope, items) else {
            return;
        };
        let outer = self.scope.clone();
        let mut data = vec![(
            item.clone(),
            Payload::Computed(complete(self.pipeline, "$$.Map.Item.Value", ty)),
        )];
        let carried = outer.members();
        for name in carried
            .iter()
            .map(String::as_str)
            .chain(["started_at", "trace"])
        {
            data.push((name.to_owned(), Payload::Computed(member("$", name))));
        }
        let recorded = outer.recorded.as_ref();
        let recorded = recorded.and_then(|(_, it)| self.pipeline.tables.get(it));
        if recorded.is_some_and(|it| it.sort.is_some()) {
            data.push(("_sort".to_owned(), Payload::computed(RECORDED_SORT)));
        }
        // Each turn has a place of its own, so that what it does is told from what another turn does.
        let turn = if outer.turns {
            Format::default().value(TURN)
        } else {
            Format::default()
        };
        let turn = turn.text("/").value("$$.Map.Item.Index").done();
        data.push(("_turn".to_owned(), Payload::Computed(turn)));
        self.scope.bind(item);
        self.scope.turns = true;
        let mut group = self.group(body, item);
        group.processor_config = Some(ProcessorConfig { mode: "INLINE" });
        self.scope = outer;
        let place = self.states.0.len();
        let catch = self.catchers(catches, &next, false);
        let state = Map {
            items_path,
            item_selector: Payload::Object(data),
            max_concurrency: *at_once,
            item_processor: group,
            result_path: ResultPath::Discard(()),
            catch,
            next,
        };
        self.states.0.insert(
            place,
            (entry.to_owned().into(), State::Map(Box::new(state))),
        );
    }
}

/// Words of the spec in a comment, where CloudFormation would read `${…}` and `{{…}}`.
fn inert(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        crate::lower::prose::readable(text)
    }
}
