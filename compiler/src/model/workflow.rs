//! Workflows: what starts one, its statements with the values and conditions in them, and how often a call is tried.

use super::{Condition, Literal, Operator, Origin, Type};

/// A state machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// Declared name.
    pub name: String,
    /// The name that the starting value is bound to.
    pub binding: String,
    /// The type name of the event that starts it.
    pub event: String,
    /// The table whose stream starts it; absent where only `start` does, of a function or a workflow.
    pub on: Option<String>,
    /// Condition on the event, from `where`.
    pub filter: Option<Condition>,
    /// Where `on:` stands.
    pub on_origin: Origin,
    /// Declared errors it may end with.
    pub fails: Vec<String>,
    /// Statements in order.
    pub body: Vec<Statement>,
    /// Longest run in seconds.
    pub timeout_s: u64,
    /// How long its log group keeps lines, in days.
    pub retention_days: u32,
    /// `watch: off because "…"`: why nobody is told of its failures.
    pub unwatched_because: Option<String>,
    /// `expect: off because "…"`: why it hands on amounts that nothing has compared.
    pub uncompared_because: Option<String>,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

impl Workflow {
    /// The table whose stream starts it; empty where none does.
    #[must_use]
    pub fn table(&self) -> &str {
        self.on.as_deref().unwrap_or_default()
    }
}

/// One step of a workflow.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `receipt = process(payment) retry gently` with its catches.
    Call {
        /// Name that the output is bound to.
        binding: Option<String>,
        /// Called function.
        function: String,
        /// Its one argument.
        argument: Expression,
        /// Retry policy.
        retry: Option<String>,
        /// Catches in order.
        catches: Vec<Catch>,
        /// Where it stands.
        origin: Origin,
    },
    /// `append Event { … } to table`
    Append {
        /// Event type.
        event: String,
        /// Its fields in the event's order, each with a value (defaults filled).
        fields: Vec<(String, Expression)>,
        /// Target table.
        table: String,
        /// Catches in order.
        catches: Vec<Catch>,
        /// Where it stands.
        origin: Origin,
    },
    /// One call of a service that gives nothing back: `publish`, `send`, `put`, `update`, `start`.
    Effect {
        /// What is done.
        effect: Effect,
        /// Catches in order.
        catches: Vec<Catch>,
        /// Where it stands.
        origin: Origin,
    },
    /// `if … { } else if … { } else { }`
    If {
        /// Conditions with what is done, in order; at least one.
        arms: Vec<(Test, Vec<Statement>)>,
        /// What is done when none holds; empty where `else` is not written.
        otherwise: Vec<Statement>,
        /// Where it stands.
        origin: Origin,
    },
    /// `expect … else { }`: what follows is done only where the condition holds.
    Expect {
        /// What must hold.
        test: Test,
        /// What is done where it does not; every way through it ends.
        otherwise: Vec<Statement>,
        /// Where it stands.
        origin: Origin,
    },
    /// `match VALUE { variant { } … else { } }`; together the arms and `else` cover every variant.
    Match {
        /// A value of an enum.
        subject: Expression,
        /// Variants with what is done, in order.
        arms: Vec<Variant>,
        /// `else`; absent where the arms name every variant.
        otherwise: Option<Vec<Statement>>,
        /// Where it stands.
        origin: Origin,
    },
    /// `wait 5m`, `wait until order.dueAt`
    Wait {
        /// How long.
        wait: Wait,
        /// Where it stands.
        origin: Origin,
    },
    /// `parallel { branch NAME { … } … }`: all at once; a failure of one ends the others.
    Parallel {
        /// Two or more, in order.
        branches: Vec<Branch>,
        /// Catches in order.
        catches: Vec<Catch>,
        /// Where it stands.
        origin: Origin,
    },
    /// `for item in order.items at_once 5 { … }`; a failure of one ends the others.
    For {
        /// Name of each item.
        item: String,
        /// The item's type.
        ty: Type,
        /// The list.
        items: Expression,
        /// How many are worked on at the same time, 1 to 40.
        at_once: u32,
        /// What is done with each.
        body: Vec<Statement>,
        /// Catches in order.
        catches: Vec<Catch>,
        /// Where it stands.
        origin: Origin,
    },
    /// `fail Error { … }`: ends the workflow; inside `parallel` and `for` it fails that statement.
    Fail {
        /// Declared error.
        error: String,
        /// Its fields in order.
        fields: Vec<(String, Expression)>,
        /// Where it stands.
        origin: Origin,
    },
    /// `done`: ends the workflow well; inside `parallel` and `for` only its branch or turn.
    Done {
        /// Where it stands.
        origin: Origin,
    },
}

/// What a workflow does with a service and without an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// `publish VALUE to TOPIC`
    Publish {
        /// An event that the topic holds.
        value: Expression,
        /// The topic.
        topic: String,
    },
    /// `publish "subject", "text" to TOPIC`
    Alert {
        /// At most 100 ASCII characters.
        subject: Expression,
        /// The message.
        text: Expression,
        /// The topic.
        topic: String,
    },
    /// `send VALUE to QUEUE`
    SendQueue {
        /// A record or event.
        value: Expression,
        /// The queue.
        queue: String,
    },
    /// `send VALUE to BUS`
    SendBus {
        /// An event that the bus holds.
        value: Expression,
        /// The bus.
        bus: String,
    },
    /// `put VALUE to BUCKET key "…"`
    Put {
        /// A record or event.
        value: Expression,
        /// The bucket.
        bucket: String,
        /// Text, perhaps with values in it.
        key: Expression,
    },
    /// `update TABLE.field = VALUE for EVENT`
    Update {
        /// The table.
        table: String,
        /// The field that changes.
        field: String,
        /// Its new value.
        value: Expression,
        /// The event as it was recorded, whose item changes.
        of: Expression,
    },
    /// `start WORKFLOW(value)`
    Start {
        /// The workflow, which has no `on:`.
        workflow: String,
        /// Its event.
        input: Expression,
    },
}

/// An arm of a `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// `approved`, or several: `approved, automatic`.
    pub variants: Vec<String>,
    /// What is done.
    pub body: Vec<Statement>,
}

/// A branch of a `parallel`.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Its name; `ledger.entry` is what the branch `ledger` bound to `entry`.
    pub name: String,
    /// What it does.
    pub body: Vec<Statement>,
    /// Bindings that are always set when the branch ends, in order.
    pub results: Vec<String>,
}

/// How long a workflow waits.
#[derive(Clone, Debug, PartialEq)]
pub enum Wait {
    /// Seconds.
    ForS(u64),
    /// A `timestamp`; one that has passed does not wait at all.
    Until(Expression),
}

/// What a statement does when it fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Catch {
    /// Declared or built-in errors; empty means `any`.
    pub errors: Vec<String>,
    /// Name that the error's fields are bound to.
    pub binding: Option<String>,
    /// Statements of the branch.
    pub body: Vec<Statement>,
    /// Where it stands.
    pub origin: Origin,
}

/// A condition of an `if` or `expect`.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// `refund.amount > limit.amount`. Where a side may be absent and is, it does not hold.
    Compare {
        /// A binding or its field, or `started_at`.
        left: Expression,
        /// Operator.
        operator: Operator,
        /// A value of the same type.
        right: Expression,
    },
    /// `refund.reference starts_with "INV-"`, of a text. Where it may be absent and is, it does not hold.
    StartsWith {
        /// A binding's field.
        value: Expression,
        /// What it begins with; never empty.
        prefix: String,
    },
    /// `present(refund.note)`
    Present(Expression),
    /// All hold.
    And(Vec<Test>),
    /// At least one holds.
    Or(Vec<Test>),
    /// Does not hold.
    Not(Box<Test>),
}

/// A value in a workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// What it is.
    pub kind: ExpressionKind,
    /// Its type, from the checker.
    pub ty: Type,
    /// Where it stands.
    pub origin: Origin,
}

/// The forms of a workflow value.
#[derive(Clone, Debug, PartialEq)]
pub enum ExpressionKind {
    /// A constant.
    Literal(Literal),
    /// `payment` or `payment.paymentId`: the binding, then fields. A branch's binding is `ledger.entry`, then fields.
    Path(Vec<String>),
    /// `started_at`: when the execution began, the same on every retry.
    StartedAt,
    /// `"Refund ${refund.refundId}"`
    Text(Vec<Part>),
    /// `Notice { to: refund.email }`: an event or record with its fields in order, defaults filled.
    Made {
        /// The event or type.
        name: String,
        /// Each field that has a value.
        fields: Vec<(String, Expression)>,
    },
}

/// A piece of a text with values in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text as written.
    Text(String),
    /// `${refund.refundId}`: a single value, as text.
    Value(Expression),
    /// `${refund.timestamp.date}`: the UTC day of a `timestamp`.
    Date(Expression),
}

impl Statement {
    /// Where it stands.
    #[must_use]
    pub fn origin(&self) -> Origin {
        match self {
            Statement::Call { origin, .. }
            | Statement::Append { origin, .. }
            | Statement::Effect { origin, .. }
            | Statement::If { origin, .. }
            | Statement::Expect { origin, .. }
            | Statement::Match { origin, .. }
            | Statement::Wait { origin, .. }
            | Statement::Parallel { origin, .. }
            | Statement::For { origin, .. }
            | Statement::Fail { origin, .. }
            | Statement::Done { origin } => *origin,
        }
    }

    /// Its catches, in order.
    #[must_use]
    pub fn catches(&self) -> &[Catch] {
        match self {
            Statement::Call { catches, .. }
            | Statement::Append { catches, .. }
            | Statement::Effect { catches, .. }
            | Statement::Parallel { catches, .. }
            | Statement::For { catches, .. } => catches,
            Statement::If { .. }
            | Statement::Expect { .. }
            | Statement::Match { .. }
            | Statement::Wait { .. }
            | Statement::Fail { .. }
            | Statement::Done { .. } => &[],
        }
    }

    /// The blocks inside it, in order, those of its catches last.
    #[must_use]
    pub fn blocks(&self) -> Vec<&[Statement]> {
        let mut blocks: Vec<&[Statement]> = Vec::new();
        match self {
            Statement::If {
                arms, otherwise, ..
            } => {
                blocks.extend(arms.iter().map(|(_, body)| body.as_slice()));
                blocks.push(otherwise);
            }
            Statement::Expect { otherwise, .. } => blocks.push(otherwise),
            Statement::Match {
                arms, otherwise, ..
            } => {
                blocks.extend(arms.iter().map(|it| it.body.as_slice()));
                blocks.extend(otherwise.as_deref());
            }
            Statement::Parallel { branches, .. } => {
                blocks.extend(branches.iter().map(|it| it.body.as_slice()));
            }
            Statement::For { body, .. } => blocks.push(body),
            _ => {}
        }
        blocks.extend(self.catches().iter().map(|it| it.body.as_slice()));
        blocks
    }

    /// Visits every statement of a block and of the blocks inside it, in the order of reading.
    pub fn walk<'a>(body: &'a [Statement], visit: &mut impl FnMut(&'a Statement)) {
        for statement in body {
            visit(statement);
            for block in statement.blocks() {
                Statement::walk(block, visit);
            }
        }
    }

    /// True where nothing after the block is ever reached: every way through it ends in `fail` or `done`.
    #[must_use]
    pub fn ends(body: &[Statement]) -> bool {
        body.iter().any(|statement| match statement {
            Statement::Fail { .. } | Statement::Done { .. } => true,
            Statement::If {
                arms, otherwise, ..
            } => Statement::ends(otherwise) && arms.iter().all(|(_, it)| Statement::ends(it)),
            Statement::Match {
                arms, otherwise, ..
            } => {
                arms.iter().all(|it| Statement::ends(&it.body))
                    && otherwise.as_deref().is_none_or(Statement::ends)
            }
            _ => false,
        })
    }
}
