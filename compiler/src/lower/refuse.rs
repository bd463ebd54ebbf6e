//! What a checked pipeline may say and AWS offers no way to do. The checker shows these; nothing is emitted for such a pipeline.

use crate::diag::{self, Code};
use crate::emit::asl::payload::is_plain;
use crate::limits;
use crate::model::{
    Condition, Effect, Event, Expression, ExpressionKind, Function, Literal, Operator, Origin,
    Pipeline, Rule, Statement, Subscription, Target, Test, Topic, Trigger, Type, Workflow,
};

use super::{event_source, pattern};
use crate::kinds::workflow::lower::{EXACT_BELOW, fields, unsupported_field};

mod keys;
mod nulls;

/// Something that cannot be lowered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of thing it is.
    pub code: &'static Code,
    /// Where it stands.
    pub origin: Origin,
    /// Why it cannot be, as a diagnostic says it.
    pub message: String,
}

/// Everything that cannot be lowered; empty for a pipeline that [`super::lower`] may be given.
pub fn refusals(pipeline: &Pipeline) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for workflow in pipeline.workflows.values() {
        if workflow.on.is_some() {
            event(pipeline, workflow, &mut refusals);
        }
        if let Some(filter) = &workflow.filter {
            condition(filter, workflow.on_origin, &mut refusals);
        }
        block(pipeline, &workflow.body, &mut refusals);
        keys::refusals(pipeline, workflow, &mut refusals);
    }
    for rule in pipeline.rules.values() {
        refusals.extend(rule_refusals(pipeline, rule));
    }
    for topic in pipeline.topics.values() {
        refusals.extend(subscriptions(pipeline, topic));
    }
    for function in pipeline.functions.values() {
        refusals.extend(slow_consumer(function));
    }
    for queue in pipeline.queues.values() {
        let dead = |it: &&crate::model::Queue| {
            it.dead_letter
                .as_ref()
                .is_some_and(|(name, _)| *name == queue.name)
        };
        let sources = pipeline.queues.values().filter(dead).count();
        if let Some(reason) = limits::QUEUE_SOURCES.refused(sources) {
            refusals.push(Refusal {
                code: &diag::P0408,
                origin: queue.origin,
                message: format!("`{}`: {reason}", queue.name),
            });
        }
    }
    refusals
}

/// A rule whose condition EventBridge cannot compare, or whose events a target cannot take.
fn rule_refusals(pipeline: &Pipeline, rule: &Rule) -> Vec<Refusal> {
    let mut found = Vec::new();
    let refused = |message| Refusal {
        code: &diag::P0210,
        origin: rule.origin,
        message,
    };
    if let Some(condition) = &rule.condition {
        let pattern = pattern::pattern(pattern::EVENT_BRIDGE, condition);
        found.extend(pattern.err().map(refused));
        let bus = nulls::Through::Bus(&rule.bus);
        found.extend(nulls::refusal(
            pipeline,
            bus,
            &rule.event,
            condition,
            rule.origin,
        ));
    }
    for target in &rule.sends {
        match target {
            Target::Queue(name) if pipeline.queues.get(name).is_some_and(|it| it.fifo) => {
                found.push(refused(format!(
                        "a rule cannot send to the FIFO queue `{name}`: EventBridge gives every message the same group"
                    )));
            }
            Target::Bus(name) | Target::QueueOfProvider(name) => {
                found.push(refused(format!(
                        "a rule cannot send to `{name}`: it sends to a queue, a topic, a function or a log"
                    )));
            }
            Target::Queue(_) | Target::Topic(_) | Target::Function(_) | Target::Log { .. } => {}
        }
    }
    found
}

/// Subscriptions whose condition SNS cannot compare, or to whom it cannot deliver.
fn subscriptions(pipeline: &Pipeline, topic: &Topic) -> Vec<Refusal> {
    let queues = pipeline
        .queues
        .values()
        .filter_map(|it| it.on.as_ref().map(|on| (it.name.as_str(), it.fifo, on)));
    let functions = pipeline
        .functions
        .values()
        .filter_map(|it| match &it.trigger {
            Trigger::Topic(on) => Some((it.name.as_str(), false, on)),
            _ => None,
        });
    let mut found = Vec::new();
    for (name, fifo, on) in queues.chain(functions) {
        if on.topic != topic.name {
            continue;
        }
        let Subscription { filter, origin, .. } = on;
        let mut refuse = |message| {
            found.push(Refusal {
                code: &diag::P0210,
                origin: *origin,
                message,
            });
        };
        if fifo {
            refuse(format!(
                "the FIFO queue `{name}` cannot be subscribed to `{}`: SNS delivers to FIFO queues from FIFO topics only",
                topic.name
            ));
        }
        let Some(condition) = filter else { continue };
        if let Err(message) = pattern::pattern(pattern::SNS, condition) {
            refuse(message);
        }
        let sent = nulls::Through::Topic(&topic.name);
        let misread = |event: &String| nulls::refusal(pipeline, sent, event, condition, *origin);
        if let Some(it) = topic.holds.iter().find_map(misread) {
            refuse(it.message);
        }
        if topic.holds.len() > 1 {
            refuse(format!(
                "`{}` holds several events, and a filter of SNS looks either at which one it is or into it",
                topic.name
            ));
        }
    }
    found
}

/// A queue's mapping calls at least two at once; with less reserved, throttled messages would end as dead letters.
fn slow_consumer(function: &Function) -> Option<Refusal> {
    let Trigger::Queue { queue, .. } = &function.trigger else {
        return None;
    };
    (function.concurrency < event_source::CONCURRENCY_MIN).then(|| Refusal {
        code: &diag::P0401,
        origin: function.origin,
        message: format!(
            "the consumer of `{queue}` needs a concurrency of at least {}: SQS calls that many at once",
            event_source::CONCURRENCY_MIN
        ),
    })
}

fn event(pipeline: &Pipeline, workflow: &Workflow, refusals: &mut Vec<Refusal>) {
    let fields = pipeline
        .events
        .get(&workflow.event)
        .map_or(&[][..], |it: &Event| &it.fields);
    for field in fields {
        if let Some(reason) = unsupported_field(pipeline, &field.ty, false) {
            let message = format!(
                "`{}` cannot start a workflow with its field `{}`: {reason}",
                workflow.event, field.name
            );
            refusals.push(Refusal {
                code: &diag::P0314,
                origin: workflow.on_origin,
                message,
            });
        }
    }
}

fn block(pipeline: &Pipeline, statements: &[Statement], refusals: &mut Vec<Refusal>) {
    Statement::walk(statements, &mut |it| statement(pipeline, it, refusals));
}

fn statement(pipeline: &Pipeline, statement: &Statement, refusals: &mut Vec<Refusal>) {
    let mut refuse = |origin: Origin, message: String| {
        refusals.push(Refusal {
            code: &diag::P0314,
            origin,
            message,
        })
    };
    match statement {
        Statement::Append {
            event,
            fields,
            table,
            origin,
            ..
        } => {
            append(pipeline, event, fields, refusals);
            if is_numeric(pipeline, table) {
                let message = format!(
                    "a workflow cannot append to `{table}`: States Language cannot make its numeric sort key unique"
                );
                refusals.push(Refusal {
                    code: &diag::P0314,
                    origin: *origin,
                    message,
                });
            }
        }
        Statement::If { arms, .. } => {
            for (test, _) in arms {
                comparisons(test, refusals);
            }
        }
        Statement::Expect { test, .. } => comparisons(test, refusals),
        Statement::Effect { effect, origin, .. } => match effect {
            Effect::Publish { value, .. }
            | Effect::SendQueue { value, .. }
            | Effect::SendBus { value, .. }
            | Effect::Put { value, .. } => {
                if let Some(reason) = unsendable(pipeline, value) {
                    refuse(
                        value.origin,
                        format!("this cannot be sent by a workflow: {reason}"),
                    );
                }
            }
            Effect::Update { table, value, .. } => {
                if is_numeric(pipeline, table) {
                    let message = format!(
                        "a workflow cannot update `{table}`: States Language cannot make its numeric sort key"
                    );
                    refuse(*origin, message);
                }
                if let Some(reason) = unwritable(pipeline, &value.ty) {
                    refuse(
                        value.origin,
                        format!("this cannot be written by a workflow: {reason}"),
                    );
                }
            }
            Effect::Alert { .. } | Effect::Start { .. } => {}
        },
        Statement::Call { .. }
        | Statement::Match { .. }
        | Statement::Wait { .. }
        | Statement::Parallel { .. }
        | Statement::For { .. }
        | Statement::Fail { .. }
        | Statement::Done { .. } => {}
    }
}

fn is_numeric(pipeline: &Pipeline, table: &str) -> bool {
    let sort = pipeline.tables.get(table).and_then(|it| it.sort.as_ref());
    sort.is_some_and(|(_, ty)| crate::kinds::table::lower::sort_type(ty) == "N")
}

/// Numbers beyond those that a double holds exactly.
fn comparisons(test: &Test, refusals: &mut Vec<Refusal>) {
    match test {
        Test::And(parts) | Test::Or(parts) => {
            parts.iter().for_each(|it| comparisons(it, refusals));
        }
        Test::Not(inner) => comparisons(inner, refusals),
        Test::Present(_) => {}
        Test::StartsWith { value, prefix } => refusals.extend(unreadable(value.origin, prefix)),
        Test::Compare { left, right, .. } => {
            for side in [left, right] {
                if let ExpressionKind::Literal(Literal::Number(digits)) = &side.kind
                    && !comparable(digits)
                {
                    refusals.push(too_large(side.origin, digits));
                }
                // A top-level field that is absent is null by then; one further inside is nowhere.
                if let (Type::Optional(inner), ExpressionKind::Path(names)) = (&side.ty, &side.kind)
                    && **inner == Type::Decimal
                    && names.len() > 2
                {
                    refusals.push(Refusal {
                        code: &diag::P0314,
                        origin: side.origin,
                        message: format!(
                            "`{}` may be absent, and States Language cannot take apart what may be absent: ask `if present({0}) {{ … }}` around it",
                            names.join(".")
                        ),
                    });
                }
            }
        }
    }
}

fn comparable(digits: &str) -> bool {
    let whole = digits.trim_start_matches('-').split('.').next();
    whole.is_some_and(|it| it.parse::<u64>().is_ok_and(|it| it < EXACT_BELOW))
}

fn too_large(origin: Origin, digits: &str) -> Refusal {
    Refusal {
        code: &diag::P0314,
        origin,
        message: format!(
            "{digits} cannot be compared exactly: the numbers of States Language are exact below {EXACT_BELOW}"
        ),
    }
}

/// A text that CloudFormation would read, where only a constant can stand: a Choice has no operator for a beginning at a path.
fn unreadable(origin: Origin, prefix: &str) -> Option<Refusal> {
    (!is_plain(prefix)).then(|| Refusal {
        code: &diag::P0314,
        origin,
        message: format!(
            "`starts_with \"{}\"` cannot be asked by a workflow: CloudFormation would read `${{` and `{{{{` in its definition",
            prefix.escape_default()
        ),
    })
}

/// Whether a Choice compares numbers: whole ones that are equal are equal as text.
fn asked_as_number(ty: &Type, operator: Operator) -> bool {
    match ty {
        Type::Optional(inner) => asked_as_number(inner, operator),
        Type::Int => !matches!(operator, Operator::Equal | Operator::NotEqual),
        _ => true,
    }
}

/// The same of `where`, as far as a Choice asks it.
fn condition(condition: &Condition, origin: Origin, refusals: &mut Vec<Refusal>) {
    match condition {
        Condition::And(parts) | Condition::Or(parts) => {
            parts
                .iter()
                .for_each(|it| self::condition(it, origin, refusals));
        }
        Condition::Not(inner) => self::condition(inner, origin, refusals),
        Condition::Compare {
            value: Literal::Number(digits),
            ty,
            operator,
            ..
        } if !comparable(digits) && asked_as_number(ty, *operator) => {
            refusals.push(too_large(origin, digits));
        }
        Condition::StartsWith { prefix, .. } => refusals.extend(unreadable(origin, prefix)),
        Condition::Compare { .. } | Condition::Present { .. } => {}
    }
}

/// Why a workflow cannot write a value as JSON text, if it cannot.
fn unsendable(pipeline: &Pipeline, value: &Expression) -> Option<&'static str> {
    const REASON: &str =
        "States Language cannot leave out a field that may be absent inside another";
    if let ExpressionKind::Made { fields, .. } = &value.kind {
        return fields.iter().find_map(|(_, it)| unsendable(pipeline, it));
    }
    let (Type::Record(name) | Type::Event(name)) = &value.ty else {
        return None;
    };
    // What a binding itself may lack is null; what a field of it may lack is nowhere.
    let inside = matches!(&value.kind, ExpressionKind::Path(names) if names.len() > 1);
    let fields = fields(pipeline, name);
    let lacks = fields.iter().any(|it| match &it.ty {
        Type::Optional(_) => inside,
        ty => may_lack(pipeline, ty),
    });
    lacks.then_some(REASON)
}

/// Whether a record has a field, at any depth, that may be absent.
fn may_lack(pipeline: &Pipeline, ty: &Type) -> bool {
    match ty {
        Type::Record(name) | Type::Event(name) => fields(pipeline, name)
            .iter()
            .any(|it| matches!(it.ty, Type::Optional(_)) || may_lack(pipeline, &it.ty)),
        _ => false,
    }
}

/// Why a workflow cannot write a value into an item, if it cannot.
fn unwritable(pipeline: &Pipeline, ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Optional(_) => Some("a workflow cannot leave an absent value out of an item"),
        Type::List(_) => Some("a workflow cannot turn a list into a DynamoDB list"),
        ty => unsupported_field(pipeline, ty, true),
    }
}

fn append(
    pipeline: &Pipeline,
    event: &str,
    fields: &[(String, Expression)],
    refusals: &mut Vec<Refusal>,
) {
    for (name, expression) in fields {
        if let Some(reason) = unwritable(pipeline, &expression.ty) {
            let message = format!("field `{name}` of `{event}` cannot be appended here: {reason}");
            refusals.push(Refusal {
                code: &diag::P0314,
                origin: expression.origin,
                message,
            });
        }
    }
}
