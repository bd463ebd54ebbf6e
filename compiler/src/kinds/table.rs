//! `table NAME { … }`: an append-only event log.

mod history;
pub(crate) mod lower;

use pipe_dsl::tree::{Declaration, Phrase};

use super::{Attribute, Kind, Presence, Service, Symbol, Unused, Value, key};
use crate::check::attributes::Attributes;
use crate::check::context::Context;
use crate::check::{head, identity};
use crate::diag;
use crate::model::{Origin, Type, Verb};

/// An append-only event log.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Declared name.
    pub name: String,
    /// Field that is the partition key.
    pub partition: String,
    /// Field that is the sort key, and its type, which all held events share.
    pub sort: Option<(String, Type)>,
    /// Events that may be recorded, in the order written.
    pub holds: Vec<String>,
    /// `index NAME { partition: …, sort: … }`, in the order written.
    pub indexes: Vec<Index>,
    /// Survives the stack.
    pub retain: bool,
    /// `///` lines, joined.
    pub doc: String,
    /// Where it is declared.
    pub origin: Origin,
}

/// A second way to find the facts of a table: a global secondary index over all attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// Name as written, which is its physical name: `ProviderTimestampIndex`.
    pub name: String,
    /// Field that is its partition key, and its type.
    pub partition: (String, Type),
    /// Field that is its sort key, and its type.
    pub sort: Option<(String, Type)>,
    /// Where it is declared.
    pub origin: Origin,
}

pub(super) const KIND: Kind = Kind {
    keyword: "table",
    doc: "The event log: append-only, on demand, encrypted, with point-in-time recovery and a stream that starts workflows.",
    form: "table NAME { … index NAME { partition: FIELD, sort: FIELD } }",
    example: "table orders {
  partition: orderId
  sort:      timestamp
  holds:     OrderPlaced, OrderPacked
}",
    becomes: &[
        "AWS::CloudWatch::Alarm",
        "AWS::DynamoDB::Table",
        "AWS::IAM::Role",
        "AWS::Logs::LogGroup",
        "AWS::Logs::LogStream",
        "AWS::Pipes::Pipe",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
    ],
    attributes: &[
        Attribute {
            name: "partition",
            doc: "The field by which facts belong together; every held event has it.",
            value: Value::Special("a field"),
            presence: Presence::Required,
        },
        Attribute {
            name: "sort",
            doc: "The field that orders the facts of a partition: a `timestamp` or `epoch_millis`.",
            value: Value::Special("a field"),
            presence: Presence::Optional,
        },
        Attribute {
            name: "holds",
            doc: "The events that may be recorded in it.",
            value: Value::List("events"),
            presence: Presence::Required,
        },
        key::ON_DELETE,
    ],
    named: true,
    unused: Unused::Warned,
    granted: &[Verb::Read, Verb::Append, Verb::Update],
    service: Some(Service {
        endpoint: "dynamodb",
        actions: "dynamodb",
        uses_key: true,
    }),
    symbol: Symbol::Object,
    nested: &[&INDEX],
};

/// What stands in the braces of an index.
static INDEX: Kind = Kind {
    keyword: "index",
    doc: "A second way to find the facts of a table.",
    form: "index NAME { partition: FIELD, sort: FIELD }",
    example: "",
    becomes: &[],
    attributes: &[
        Attribute {
            name: "partition",
            doc: "The field by which facts are found.",
            value: Value::Special("a field"),
            presence: Presence::Required,
        },
        Attribute {
            name: "sort",
            doc: "The field that orders what is found.",
            value: Value::Special("a field"),
            presence: Presence::Optional,
        },
    ],
    named: false,
    unused: Unused::Acts,
    granted: &[],
    service: None,
    symbol: Symbol::Object,
    nested: &[],
};

/// Most indexes of a table. AWS: "Service, account, and table quotas in Amazon DynamoDB".
const INDEXES_MAX: usize = 20;

pub(super) fn read<'t>(cx: &mut Context<'t>, it: &'t Declaration<'t>) {
    let Some((name, block)) = head::name_and_block(cx, it, &KIND) else {
        return;
    };
    let attributes = cx.attributes(it.kind.span, block, &KIND);
    let holds = cx.held(&attributes, name.text);
    let partition = cx.words(&attributes, "partition").first().copied();
    let sort = cx.words(&attributes, "sort").first().copied();
    let partition_name = identity::partition(cx, partition, &holds);
    let sort = identity::sort(cx, sort, partition, &holds);
    let retain = cx.choice(&attributes, "on_delete") == "retain";
    let indexes = indexes(cx, &attributes, &holds, &partition_name);
    let table = Table {
        name: name.text.to_owned(),
        partition: partition_name,
        sort,
        holds,
        indexes,
        retain,
        doc: it.doc.clone(),
        origin: cx.head_origin(it),
    };
    cx.model.tables.insert(name.text.to_owned(), table);
}

fn indexes<'t>(
    cx: &mut Context<'t>,
    attributes: &Attributes<'t>,
    holds: &[String],
    partition: &str,
) -> Vec<Index> {
    let mut indexes: Vec<Index> = Vec::new();
    for nested in &attributes.statements {
        if !nested.items.first().is_some_and(|it| it.is_word("index")) {
            cx.report_no_statement(nested, &KIND);
            continue;
        }
        if indexes.len() >= INDEXES_MAX {
            let message = format!("more than {INDEXES_MAX} indexes");
            cx.report(diag::P0408.at(nested.span, message).label("one too many"));
            break;
        }
        let Some(index) = index(cx, nested, holds, partition) else {
            continue;
        };
        if indexes.iter().any(|it| it.name == index.name) {
            let message = format!("index `{}` is declared twice", index.name);
            cx.report(diag::P0104.at(nested.span, message).label("again here"));
            continue;
        }
        indexes.push(index);
    }
    indexes
}

/// `index NAME { partition: …, sort: … }`
fn index<'t>(
    cx: &mut Context<'t>,
    phrase: &'t Phrase<'t>,
    holds: &[String],
    partition: &str,
) -> Option<Index> {
    let [_, name, block] = phrase.items.as_slice() else {
        cx.report_form(phrase.span, "index", INDEX.form);
        return None;
    };
    let (Some(name), Some(block)) = (name.as_word(), block.as_block()) else {
        cx.report_form(phrase.span, "index", INDEX.form);
        return None;
    };
    // The name is the physical one: 3 to 255 letters, digits, `_`, `-`, `.`.
    if !(3..=255).contains(&name.text.len()) {
        cx.report(
            diag::P0403
                .at(name.span, "the name of an index has 3 to 255 characters")
                .label("does not fit"),
        );
    }
    let attributes = cx.attributes(name.span, Some(block), &INDEX);
    cx.refuse_statements(&attributes, &INDEX);
    let by = cx.words(&attributes, "partition").first().copied();
    let sort = cx.words(&attributes, "sort").first().copied();
    let by = by.and_then(|it| identity::index_key(cx, it, holds))?;
    if by.0 == partition && sort.is_none() {
        cx.report(
            diag::P0208
                .at(
                    name.span,
                    format!("the table itself finds facts by `{partition}`"),
                )
                .label("of no use"),
        );
    }
    let sort = match sort {
        Some(word) if word.text == by.0 => {
            let message = format!("`{}` is the partition already", word.text);
            cx.report(diag::P0208.at(word.span, message).label("cannot be both"));
            None
        }
        Some(word) => Some(identity::index_key(cx, word, holds)?),
        None => None,
    };
    Some(Index {
        name: name.text.to_owned(),
        partition: by,
        sort,
        origin: cx.origin(name.span),
    })
}
