//! The ways through one workflow: where an amount has been compared, what is called before, and what others are given.

use std::collections::BTreeSet;

use crate::model::{
    Effect, Expression, ExpressionKind, Literal, Operator, Origin, Part, Statement, Test, Type,
    Workflow,
};

/// What is asked of types and functions, which the ways themselves do not know.
pub(super) struct Amounts<'c> {
    /// Whether a value of this type has a `decimal` in it.
    pub(super) carried_by: &'c dyn Fn(&Type) -> bool,
    /// The input of a function.
    pub(super) input_of: &'c dyn Fn(&str) -> Option<&'c Type>,
}

/// A call that acts before an amount was compared.
pub(super) type Early<'c> = (&'c str, Origin);

/// What a workflow does, as far as it was followed.
pub(super) struct Ways<'c> {
    amounts: &'c Amounts<'c>,
    /// The workflow's event has an amount, so that whatever is said of it is said of a payment.
    pays: bool,
    /// Bindings of answers that decide something, by themselves or by what they are handed to.
    deciding: BTreeSet<&'c str>,
    /// Names of branches, which stand before what is bound in them.
    branches: BTreeSet<&'c str>,
    /// Calls whose answers decide, and which no later call has followed yet.
    asked: Vec<Early<'c>>,
    /// Those of them that have been answered, by their bindings.
    answered: BTreeSet<&'c str>,
    /// Calls that act too early.
    early: Vec<Early<'c>>,
    /// Workflows that it starts and events that it records in a table, and whether an amount had been compared before.
    pub(super) gives: Vec<(Given<'c>, bool)>,
}

/// What one workflow gives to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given<'c> {
    /// `start WORKFLOW(…)`
    Start(&'c str),
    /// `append EVENT { … } to TABLE`
    Record(&'c str, &'c str),
}

impl<'c> Given<'c> {
    /// What a statement gives to other workflows.
    pub(super) fn of(statement: &'c Statement) -> Option<Self> {
        match statement {
            Statement::Append { event, table, .. } => Some(Self::Record(event, table)),
            Statement::Effect {
                effect: Effect::Start { workflow, .. },
                ..
            } => Some(Self::Start(workflow)),
            _ => None,
        }
    }

    /// Whether it is what that workflow begins with.
    pub(super) fn begins(self, workflow: &Workflow) -> bool {
        match self {
            Self::Start(name) => name == workflow.name,
            Self::Record(event, table) => {
                event == workflow.event && workflow.on.as_deref() == Some(table)
            }
        }
    }
}

impl<'c> Ways<'c> {
    /// Follows a workflow, in which an amount may have been compared before it began.
    pub(super) fn follow(
        amounts: &'c Amounts<'c>,
        workflow: &'c Workflow,
        compared: bool,
    ) -> Ways<'c> {
        let mut ways = Ways {
            amounts,
            pays: (amounts.carried_by)(&Type::Event(workflow.event.clone())),
            deciding: BTreeSet::new(),
            branches: BTreeSet::new(),
            asked: Vec::new(),
            answered: BTreeSet::new(),
            early: Vec::new(),
            gives: Vec::new(),
        };
        ways.look_ahead(&workflow.body);
        ways.block(&workflow.body, compared);
        ways
    }

    /// The first call that acts too early. One whose answer decides, and after whose decision nothing is called, was no question.
    pub(super) fn earliest(&self) -> Option<Early<'c>> {
        let all = self.early.iter().chain(&self.asked);
        all.copied().min_by_key(|it| it.1)
    }

    /// Finds the branches and the answers that decide.
    fn look_ahead(&mut self, body: &'c [Statement]) {
        Statement::walk(body, &mut |it| {
            if let Statement::Parallel { branches, .. } = it {
                let names = branches.iter().map(|it| it.name.as_str());
                self.branches.extend(names);
            }
        });
        let mut deciding = BTreeSet::new();
        Statement::walk(body, &mut |it| {
            if decides(it) {
                let values = operands(it).into_iter();
                deciding.extend(values.filter_map(|it| self.binding(it)));
            }
        });
        // What is handed to a function whose answer decides, decides by it.
        loop {
            let before = deciding.len();
            Statement::walk(body, &mut |it| {
                if let Statement::Call {
                    binding: Some(binding),
                    argument,
                    ..
                } = it
                    && deciding.contains(binding.as_str())
                {
                    let mut handed = Vec::new();
                    paths(argument, &mut handed);
                    deciding.extend(handed.into_iter().filter_map(|it| self.binding(it)));
                }
            });
            if deciding.len() == before {
                break;
            }
        }
        self.deciding = deciding;
    }

    /// Goes through a block, before which an amount was compared or was not.
    fn block(&mut self, body: &'c [Statement], mut compared: bool) {
        for statement in body {
            self.call(statement, compared);
            let given = Given::of(statement);
            self.gives.extend(given.map(|it| (it, compared)));
            let starts = matches!(given, Some(Given::Start(_)));
            self.purpose((starts && compared) || self.compares(statement, false));
            let inside = compared || self.compares(statement, true);
            let blocks = statement.blocks();
            let own = blocks.len().saturating_sub(statement.catches().len());
            for (index, block) in blocks.into_iter().enumerate() {
                // What was compared inside of a statement may be why it failed: its catches know of nothing.
                self.block(block, if index < own { inside } else { compared });
            }
            compared |= self.is_sure(statement);
        }
    }

    /// True where nothing comes out behind a statement unless an amount was compared. `done` ends a branch alone, a `for` may have no
    /// turn and a `catch` may go on, so of those nothing is sure.
    fn is_sure(&self, statement: &'c Statement) -> bool {
        match statement {
            Statement::Expect { .. } => self.compares(statement, true),
            Statement::If { .. } | Statement::Match { .. } => {
                let mut ways = statement.blocks();
                ways.retain(|it| !Statement::ends(it));
                let sure = |way: &&'c [Statement]| way.iter().any(|it| self.is_sure(it));
                (decides(statement) && self.compares(statement, true))
                    || (!ways.is_empty() && ways.iter().all(sure))
            }
            _ => false,
        }
    }

    fn call(&mut self, statement: &'c Statement, compared: bool) {
        let Statement::Call {
            binding,
            function,
            argument,
            origin,
            ..
        } = statement
        else {
            return;
        };
        let mut values = Vec::new();
        paths(argument, &mut values);
        let input = (self.amounts.input_of)(function);
        let pays = input.is_some_and(|it| (self.amounts.carried_by)(it));
        if !pays && (!self.pays || values.is_empty()) {
            return;
        }
        self.purpose(compared);
        match binding.as_deref().filter(|it| self.deciding.contains(it)) {
            Some(answer) => {
                self.answered.insert(answer);
                if !compared {
                    self.asked.push((function, *origin));
                }
            }
            None if !compared => self.early.push((function, *origin)),
            None => {}
        }
    }

    /// The calls before were questions, where an amount is compared by what they have answered, or something is done after that.
    fn purpose(&mut self, compared: bool) {
        if compared {
            self.asked.clear();
        }
    }

    /// True where a statement's condition cannot hold without an amount having been compared, or an answer about one where these count.
    fn compares(&self, statement: &'c Statement, answers: bool) -> bool {
        match statement {
            Statement::If { arms, .. } => {
                let mut arms = arms.iter();
                // Both ways of an `if` are there to be seen, so that `!=` is as good as `==`.
                arms.any(|(test, _)| self.is_comparison(test, answers, true))
            }
            Statement::Expect { test, .. } => self.is_comparison(test, answers, false),
            Statement::Match { subject, .. } => answers && self.is_answer(subject),
            _ => false,
        }
    }

    fn is_comparison(&self, test: &'c Test, answers: bool, unequal: bool) -> bool {
        let part = |it: &'c Test| self.is_comparison(it, answers, unequal);
        match test {
            Test::Compare {
                left,
                operator,
                right,
            } => {
                let of_amount = *left.ty.base() == Type::Decimal
                    && left.kind != right.kind
                    && !is_zero(right)
                    && (unequal || *operator != Operator::NotEqual);
                of_amount || (answers && (self.is_answer(left) || self.is_answer(right)))
            }
            Test::StartsWith { value, .. } | Test::Present(value) => {
                answers && self.is_answer(value)
            }
            Test::And(parts) => parts.iter().any(part),
            Test::Or(parts) => parts.iter().all(part),
            Test::Not(inner) => part(inner),
        }
    }

    fn is_answer(&self, value: &'c Expression) -> bool {
        let binding = self.binding(value);
        binding.is_some_and(|it| self.answered.contains(it))
    }

    /// The binding that a value is of; `order` of what a branch `books` has bound: `books.order.amount`.
    fn binding(&self, value: &'c Expression) -> Option<&'c str> {
        let ExpressionKind::Path(names) = &value.kind else {
            return None;
        };
        let mut names = names.iter().map(String::as_str);
        let first = names.next()?;
        if self.branches.contains(first) {
            names.next()
        } else {
            Some(first)
        }
    }
}

/// True for `0`: that an amount is above zero makes it an amount, not the one agreed upon.
fn is_zero(value: &Expression) -> bool {
    match &value.kind {
        ExpressionKind::Literal(Literal::Number(digits)) => zero(digits),
        _ => false,
    }
}

/// True for the digits of a zero.
pub(super) fn zero(digits: &str) -> bool {
    digits.bytes().all(|it| matches!(it, b'0' | b'.' | b'-'))
}

/// True where not every way through a statement comes out behind it.
fn decides(statement: &Statement) -> bool {
    let ways = match statement {
        Statement::Expect { .. } => return true,
        Statement::If { .. } | Statement::Match { .. } => statement.blocks(),
        _ => return false,
    };
    let mut ends = false;
    for way in ways {
        Statement::walk(way, &mut |it| {
            ends |= matches!(it, Statement::Fail { .. } | Statement::Done { .. });
        });
    }
    ends
}

/// What a statement decides by.
fn operands(statement: &Statement) -> Vec<&Expression> {
    let mut values = Vec::new();
    match statement {
        Statement::If { arms, .. } => {
            for (test, _) in arms {
                of_test(test, &mut values);
            }
        }
        Statement::Expect { test, .. } => of_test(test, &mut values),
        Statement::Match { subject, .. } => values.push(subject),
        _ => {}
    }
    values
}

fn of_test<'a>(test: &'a Test, values: &mut Vec<&'a Expression>) {
    match test {
        Test::Compare { left, right, .. } => values.extend([left, right]),
        Test::StartsWith { value, .. } | Test::Present(value) => values.push(value),
        Test::And(parts) | Test::Or(parts) => {
            for part in parts {
                of_test(part, values);
            }
        }
        Test::Not(inner) => of_test(inner, values),
    }
}

/// The values in an expression that are of bindings.
fn paths<'a>(value: &'a Expression, found: &mut Vec<&'a Expression>) {
    match &value.kind {
        ExpressionKind::Path(_) => found.push(value),
        ExpressionKind::Text(parts) => {
            for part in parts {
                if let Part::Value(it) | Part::Date(it) = part {
                    paths(it, found);
                }
            }
        }
        ExpressionKind::Made { fields, .. } => {
            for (_, it) in fields {
                paths(it, found);
            }
        }
        ExpressionKind::Literal(_) | ExpressionKind::StartedAt => {}
    }
}
