//! `table`: the event log in DynamoDB, and the watch over records that are changed or removed.

use crate::declared::{Declared, Variable, of_kind};
use crate::emit::cfn::cloudwatch::Dimension;
use crate::emit::cfn::dynamodb::{
    AttributeDefinition, GlobalSecondaryIndex, KeySchema, PointInTimeRecovery, Projection, Sse,
    Stream, Table,
};
use crate::emit::cfn::logs::{LogGroup, LogStream};
use crate::emit::cfn::pipes::{LogsParameters, TargetParameters};
use crate::emit::cfn::template::{Resource, SpecLine};
use crate::emit::cfn::value::{Any, Handle, Sub, Value};
use crate::emit::graph::{Part, Picture};
use crate::emit::permissions::{Sections, markdown};
use crate::emit::piece::{joined, text_of};
use crate::kinds::alarm;
use crate::kinds::table::{KIND, history};
use crate::lower::grant::{self, Holder, KeyUse, Rights, Through};
use crate::lower::outputs::Outputs;
use crate::lower::policy::Right;
use crate::lower::{Stack, log_group, names, stream_pipe};
use crate::model::{self, Function, Permission, SinkTo, Verb};

/// DynamoDB lets two readers share a stream before it throttles them; the watch takes one.
const STREAM_READERS_MAX: usize = 2;

impl Declared for model::Table {
    of_kind!(KIND);

    /// Adds the table and its watch.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>) {
        let pipe = stack.at(&self.origin);
        let handle = stack.table(&self.name);
        let mut key_schema = vec![key(&self.partition, "HASH")];
        if let Some((name, _)) = &self.sort {
            key_schema.push(key(name, "RANGE"));
        }
        let resource = Table {
            table_name: names::physical(&self.name),
            billing_mode: "PAY_PER_REQUEST",
            attribute_definitions: attributes(self),
            key_schema,
            global_secondary_indexes: self.indexes.iter().map(index).collect(),
            point_in_time_recovery_specification: PointInTimeRecovery {
                point_in_time_recovery_enabled: true,
            },
            sse_specification: Sse {
                enabled: true,
                kind: "KMS",
                key: stack.key().arn(),
            },
            stream_specification: Stream {
                stream_view_type: "NEW_IMAGE",
            },
            deletion_protection_enabled: self.retain,
        };
        let mut resource = Resource::new(resource, pipe).on_delete(self.retain);
        if !self.retain {
            resource = resource.skip(
                "TPL-04",
                "it goes with the stack: the spec does not retain it",
            );
        }
        stack.resources.add(&handle, resource);

        match watch_of(stack.pipeline, self) {
            Watch::Everything => watch(
                stack,
                self,
                r#"{"eventName":["MODIFY","REMOVE"]}"#,
                "changed or removed",
            ),
            Watch::Removals => watch(stack, self, r#"{"eventName":["REMOVE"]}"#, "removed"),
            Watch::Nothing => {}
        }
    }

    fn outputs(&self, _: &Stack<'_>, outputs: &mut Outputs) {
        let value = handle(&self.name).name().any();
        outputs.add(
            &self.name,
            "TableName",
            text_of(("Table ", &self.name)),
            value,
        );
    }

    fn draw(&self, picture: &mut Picture<'_>) {
        let key = match &self.sort {
            Some((sort, _)) => text_of((&self.partition, " / ", sort)),
            None => self.partition.clone(),
        };
        let mut details = vec![key];
        details.extend(self.holds.iter().cloned());
        details.extend(self.indexes.iter().map(|it| format!("index {}", it.name)));
        picture.add(Part::Store, KIND.keyword, &self.name, self.origin, details);
    }

    fn report(&self, sections: &mut Sections<'_>) {
        let holds = joined(self.holds.iter().map(|it| markdown(it)), ", ");
        sections.add(
            KIND.keyword,
            &self.name,
            self.origin,
            "Table",
            (": ", holds),
        );
        history::report(sections, self);
    }

    fn granted(&self, permission: &Permission, pipe: &SpecLine, rights: &mut Rights<'_, '_>) {
        let Some(right) = use_table(rights.stack, permission, pipe) else {
            return;
        };
        rights.add(right);
        rights.key(KEY);
        let Holder::Function(function) = rights.holder else {
            return;
        };
        if permission.verb == Verb::Append && reads_back(rights.stack, function, &self.name) {
            rights.add(read_back(rights.stack, self, pipe));
        }
        if permission.verb == Verb::Read && !self.indexes.is_empty() {
            rights.add(read_indexes(rights.stack, self, pipe));
        }
    }

    fn variable(&self, _: &Stack<'_>, _: &Permission) -> Option<Variable> {
        Some(("TABLE", handle(&self.name).name().any()))
    }
}

/// The table's logical id.
pub(crate) fn handle(name: &str) -> Handle<Table> {
    Handle::new(names::id(name, "Table"))
}

/// Which changes of recorded events are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watch {
    /// Every change and every removal.
    Everything,
    /// Removals alone: a grant allows changes, and a stream does not say of which field.
    Removals,
    /// None: the stream has its readers.
    Nothing,
}

/// The watch over a table. The stream must have room for it.
pub(crate) fn watch_of(pipeline: &model::Pipeline, table: &model::Table) -> Watch {
    let workflows = pipeline.workflows.values();
    let workflows = workflows.filter(|it| it.on.as_ref() == Some(&table.name));
    let functions = pipeline.functions.values().filter(
        |it| matches!(&it.trigger, model::Trigger::Stream { table: it, .. } if *it == table.name),
    );
    if workflows.count() + functions.count() >= STREAM_READERS_MAX {
        return Watch::Nothing;
    }
    if pipeline.updated(&table.name).is_empty() {
        Watch::Everything
    } else {
        Watch::Removals
    }
}

/// Every attribute that is part of a key, once. A sort key of the table is one attribute with the index's key of that name.
fn attributes(table: &model::Table) -> Vec<AttributeDefinition> {
    let mut attributes = vec![attribute(&table.partition, "S")];
    let sorts = table.sort.iter().map(|(name, ty)| (name, ty));
    let indexed = table.indexes.iter().flat_map(|it| {
        let keys = std::iter::once(&it.partition).chain(&it.sort);
        keys.map(|(name, ty)| (name, ty))
    });
    for (name, ty) in sorts.chain(indexed) {
        if !attributes.iter().any(|it| it.attribute_name == *name) {
            attributes.push(attribute(name, sort_type(ty)));
        }
    }
    attributes
}

/// The whole fact stands in an index. Claims do not: they lack the index's keys.
fn index(index: &model::Index) -> GlobalSecondaryIndex {
    let mut key_schema = vec![key(&index.partition.0, "HASH")];
    if let Some((name, _)) = &index.sort {
        key_schema.push(key(name, "RANGE"));
    }
    GlobalSecondaryIndex {
        index_name: index.name.clone(),
        key_schema,
        projection: Projection {
            projection_type: "ALL",
        },
    }
}

fn attribute(name: &str, kind: &'static str) -> AttributeDefinition {
    AttributeDefinition {
        attribute_name: name.to_owned(),
        attribute_type: kind,
    }
}

fn key(name: &str, kind: &'static str) -> KeySchema {
    KeySchema {
        attribute_name: name.to_owned(),
        key_type: kind,
    }
}

/// DynamoDB's type of a sort key. See "The event log in DynamoDB" in docs/architecture.md.
pub(crate) fn sort_type(ty: &model::Type) -> &'static str {
    match ty {
        model::Type::Int | model::Type::Decimal | model::Type::EpochMillis => "N",
        model::Type::String
        | model::Type::Bool
        | model::Type::Timestamp
        | model::Type::Enum(_)
        | model::Type::Record(_)
        | model::Type::Event(_)
        | model::Type::List(_)
        | model::Type::Optional(_)
        | model::Type::Provider
        | model::Type::Request
        | model::Type::Accepted => "S",
    }
}

/// No role may change or remove a fact, and `PutItem` always carries its condition; should it happen all the same, the
/// stream says so: such records go to a log group, and a line there raises the alarm.
fn watch(stack: &mut Stack<'_>, table: &model::Table, pattern: &str, what: &str) {
    let pipe = stack.at(&table.origin);
    let name = text_of((&table.name, "_changes"));
    let pascal = names::pascal(&name);
    let log = log_group::add(
        stack,
        text_of((&pascal, "LogGroup")),
        names::named(
            Sub::default().text("/aws/vendedlogs/pipes/evidence/"),
            &name,
        ),
        stack.pipeline.retention_days,
        &pipe,
    );
    let stream = changes_stream(stack, &pascal, &log, &pipe);
    let write = Right::new(
        "WriteChanges",
        text_of(("write down ", what, " records of ", &table.name)),
        &pipe,
        &[
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
        ],
        vec![log.arn().any()],
    )
    .because("the group's ARN ends in `:*`, which stands for its streams");
    stream_pipe::add(
        stack,
        stream_pipe::Plan {
            name: name.clone(),
            description: text_of((
                "Writes down records of ",
                &table.name,
                " that were ",
                what,
                ", which nothing may do",
            )),
            table: &table.name,
            pattern: pattern.to_owned(),
            target: log.arn().any(),
            parameters: TargetParameters {
                cloud_watch_logs_parameters: Some(LogsParameters {
                    log_stream_name: stream.name(),
                }),
                ..TargetParameters::default()
            },
            rights: vec![write],
            dead: "A change of a recorded event could not be written down.",
            asked_by: text_of(("table ", &table.name)),
            pipe: pipe.clone(),
        },
    );
    changes_alarm(stack, table, &name, &log, what);
}

/// The stream that the pipe writes to; a pipe does not promise to make one.
fn changes_stream(
    stack: &mut Stack<'_>,
    pascal: &str,
    log: &Handle<LogGroup>,
    pipe: &SpecLine,
) -> Handle<LogStream> {
    let handle = Handle::<LogStream>::new(text_of((&pascal, "LogStream")));
    let stream = LogStream {
        log_group_name: log.name(),
        log_stream_name: Value::text("changes"),
    };
    let resource = Resource::new(stream, pipe.clone());
    stack.resources.add(&handle, resource);
    handle
}

fn changes_alarm(
    stack: &mut Stack<'_>,
    table: &model::Table,
    name: &str,
    log: &Handle<LogGroup>,
    what: &str,
) {
    let dimension = Dimension {
        name: "LogGroupName",
        value: log.name().any(),
    };
    let meaning = text_of((
        "A recorded event of ",
        &table.name,
        " was ",
        what,
        ", which no role of this stack may do. The log group holds the records.",
    ));
    let metric = alarm::lower::Metric {
        namespace: "AWS/Logs",
        name: "IncomingLogEvents",
        statistic: "Sum",
        dimension,
    };
    let id = names::id(name, "Alarm");
    let pipe = stack.at(&table.origin);
    alarm::lower::above_zero(stack, id, name, meaning, metric, &pipe);
}

/// The key as DynamoDB uses it for a caller.
pub(crate) const KEY: Through = Through {
    service: "dynamodb",
    sid: "UseTableKey",
    what: "its tables",
    key: KeyUse::Keep,
};

/// The key as it is used for whoever reads a stream and nothing else.
pub(crate) const STREAM_KEY: Through = Through {
    sid: "DecryptStream",
    what: "its stream",
    key: KeyUse::Read,
    ..KEY
};

/// The right that a verb gives on a table. Recording is `PutItem` alone: a transaction has no action of its own. No verb deletes.
fn use_table(stack: &Stack<'_>, permission: &Permission, pipe: &SpecLine) -> Option<Right> {
    let name = &permission.resource;
    let arn = stack.table(name).arn().any();
    Some(match permission.verb {
        Verb::Read => {
            let actions = &["dynamodb:GetItem", "dynamodb:Query"];
            grant::one(permission, pipe, "Read", "read", actions, arn)
        }
        Verb::Update => {
            let field = permission.field.as_deref().unwrap_or_default();
            let right = Right::new(
                names::sid("Update", name) + &names::pascal(field),
                text_of(("update ", name, ".", field)),
                pipe,
                &["dynamodb:UpdateItem"],
                vec![arn],
            );
            let named = stack
                .pipeline
                .tables
                .get(name)
                .map(|it| updated(it, field))
                .unwrap_or_default();
            // A set that is not there would pass the first condition.
            right
                .granted()
                .when_any("ForAllValues:StringEquals", "dynamodb:Attributes", named)
                .when("Null", "dynamodb:Attributes", Value::text("false").any())
        }
        Verb::Append => {
            let actions = &["dynamodb:PutItem"];
            grant::one(permission, pipe, "Append", "append to", actions, arn)
        }
        Verb::Call | Verb::Receive | Verb::Send | Verb::Write | Verb::Start => return None,
    })
}

/// The attributes that an update of this field names: the field and the key, which its condition asks for too.
fn updated(table: &model::Table, field: &str) -> Vec<Value<Any>> {
    let mut names = vec![table.partition.as_str()];
    names.extend(table.sort.iter().map(|(name, _)| name.as_str()));
    if !names.contains(&field) {
        names.push(field);
    }
    let names = names.into_iter().map(str::to_owned);
    names.map(|it| Value::text(it).any()).collect()
}

/// True where sinks after an `append` act on the event as it was recorded, and nothing else gives the right to read it.
fn reads_back(stack: &Stack<'_>, function: &Function, table: &str) -> bool {
    let granted = grant::permissions(stack, &function.name)
        .iter()
        .any(|it| it.verb == Verb::Read && it.resource == table);
    !granted
        && grant::sinks(stack, function).any(|sinks| {
            let at = sinks
                .iter()
                .position(|it| matches!(&it.to, SinkTo::Append(it) if it == table));
            at.is_some_and(|at| at + 1 < sinks.len())
        })
}

fn read_back(stack: &Stack<'_>, table: &model::Table, pipe: &SpecLine) -> Right {
    Right::new(
        names::sid("ReadBack", &table.name),
        text_of(("read an event of ", &table.name, " back by its key")),
        pipe,
        &["dynamodb:GetItem"],
        vec![stack.table(&table.name).arn().any()],
    )
    .because("what follows an append acts on the event as it was recorded first, also when a duplicate arrives")
}

/// An index can be queried and nothing else.
fn read_indexes(stack: &Stack<'_>, table: &model::Table, pipe: &SpecLine) -> Right {
    let indexes = table.indexes.iter().map(|index| {
        let arn = Sub::default().arn(&stack.table(&table.name));
        arn.text("/index/").text(&index.name).done()
    });
    Right::new(
        names::sid("Read", &table.name) + "Indexes",
        text_of(("read ", &table.name, " by its indexes")),
        pipe,
        &["dynamodb:Query"],
        indexes.collect(),
    )
    .granted()
}
