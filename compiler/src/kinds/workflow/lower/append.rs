//! Writing to the event log from a machine: the claim that starts a workflow once, and appended facts.

use pipe_runtime::claim::PARTITION_PREFIX as CLAIM;
use serde_json::Number;

use crate::emit::asl::payload::{Format, Payload};
use crate::emit::asl::{Catcher, Next, ResultPath, Retrier, Task};
use crate::model::{Event, Expression, Pipeline, Table, Type, Workflow};

use super::record::attribute_kind;
use super::value::{RECORDED_SORT, Scope, attribute, payload, placeholder, typed};

/// Seconds that one call of DynamoDB may take: it answers in milliseconds or not at all.
pub(crate) const TIMEOUT_S: u32 = 10;

/// Puts the claim on the starting fact. A second execution for it ends in `duplicate`.
pub(crate) fn claim(
    workflow: &Workflow,
    table: &Table,
    table_id: &str,
    duplicate: String,
    next: Next,
) -> Task {
    let claimed = Format::default()
        .text(CLAIM)
        .text(&workflow.name)
        .text("#")
        .value("$._partition");
    let mut members = vec![(
        table.partition.clone(),
        typed("S", Payload::Computed(claimed.done())),
    )];
    // In one text the two halves of the fact's key could not be told apart.
    if let Some((sort, ty)) = &table.sort {
        members.push((
            sort.clone(),
            typed(attribute_kind(ty), Payload::computed(RECORDED_SORT)),
        ));
    }
    members.push((
        "_claim".to_owned(),
        typed("S", Payload::text(&workflow.name)),
    ));
    // The execution, not the state: a retry of this state passes, a second execution does not.
    members.push((
        "_by".to_owned(),
        typed("S", Payload::computed("$$.Execution.Id")),
    ));
    members.push((
        "_recorded_at".to_owned(),
        typed("S", Payload::computed("$.started_at")),
    ));
    members.extend(fact_key(table));
    let request = put(
        table,
        table_id,
        Payload::Object(members),
        "$$.Execution.Id",
        false,
    );
    Task {
        comment: Some("A pipe delivers at least once; this makes the effects below happen once for each event.".to_owned()),
        resource: "arn:aws:states:::aws-sdk:dynamodb:putItem",
        parameters: request,
        result_selector: None,
        result_path: ResultPath::Discard(()),
        timeout_seconds: TIMEOUT_S,
        retry: vec![transient(&[])],
        catch: vec![Catcher {
            error_equals: vec!["DynamoDb.ConditionalCheckFailedException".to_owned()],
            result_path: ResultPath::Discard(()),
            next: duplicate,
        }],
        next,
    }
}

/// Which fact the claim is on.
fn fact_key(table: &Table) -> Vec<(String, Payload)> {
    let mut members = vec![(
        "_partition".to_owned(),
        typed("S", Payload::computed("$._partition")),
    )];
    if let Some((_, ty)) = &table.sort {
        members.push((
            "_sort".to_owned(),
            typed(attribute_kind(ty), Payload::computed(RECORDED_SORT)),
        ));
    }
    members
}

/// Every claim on an event is the only item of its partition.
fn claim_sort(ty: &Type) -> Payload {
    if attribute_kind(ty) == "N" {
        typed("N", Payload::Constant("0".to_owned()))
    } else {
        typed("S", Payload::Constant("claim".to_owned()))
    }
}

/// What an `append` statement writes.
pub(crate) struct Fact<'a> {
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) scope: &'a Scope,
    pub(crate) event: &'a Event,
    pub(crate) fields: &'a [(String, Expression)],
    pub(crate) table: &'a Table,
    pub(crate) table_id: &'a str,
}

impl Fact<'_> {
    /// The task that records it: fact and claim in one transaction, the fact first on the stream.
    pub(crate) fn task(&self, next: Next) -> Task {
        let by = self.by();
        let put =
            |item| Payload::object([("Put", put(self.table, self.table_id, item, &by, true))]);
        let items = Payload::List(vec![put(self.fact()), put(self.claim())]);
        Task {
            comment: None,
            resource: "arn:aws:states:::aws-sdk:dynamodb:transactWriteItems",
            parameters: Payload::object([("TransactItems", items)]),
            result_selector: None,
            result_path: ResultPath::Discard(()),
            timeout_seconds: TIMEOUT_S,
            // A conflict with another transaction is cancelled under the same name as a refused condition; the
            // second stays refused, and costs these few retries.
            retry: vec![transient(&[
                "DynamoDb.TransactionCanceledException",
                "DynamoDb.TransactionInProgressException",
            ])],
            catch: Vec::new(),
            next,
        }
    }

    fn by(&self) -> String {
        self.scope.actor("$$.Execution.Id")
    }

    fn value(&self, name: &str) -> Payload {
        let field = self.fields.iter().find(|(it, _)| it == name);
        field.map_or_else(
            || Payload::text(""),
            |(_, expression)| payload(self.scope, expression),
        )
    }

    fn claim(&self) -> Payload {
        let mut identity = Format::default().text(CLAIM).text(&self.event.name);
        identity = values(identity, &self.event.once, |name| self.value(name));
        let mut members = vec![(
            self.table.partition.clone(),
            typed("S", Payload::Computed(identity.done())),
        )];
        if let Some((sort, ty)) = &self.table.sort {
            members.push((sort.clone(), claim_sort(ty)));
        }
        members.push((
            "_claim".to_owned(),
            typed("S", Payload::text(&self.event.name)),
        ));
        members.extend(origin(&self.by()));
        members.push((
            "_partition".to_owned(),
            typed("S", self.value(&self.table.partition)),
        ));
        if let Some((_, ty)) = &self.table.sort {
            members.push(("_sort".to_owned(), typed(attribute_kind(ty), self.sort())));
        }
        members.extend(self.first());
        Payload::Object(members)
    }

    /// What fields that may be updated are at first, for a delivery of the same event to find.
    fn first(&self) -> Option<(String, Payload)> {
        let updated = self.pipeline.updated(&self.table.name);
        let kept = self
            .fields
            .iter()
            .filter(|(name, _)| updated.contains(name.as_str()));
        let values: Vec<_> = kept
            .map(|(name, it)| (name.clone(), attribute(self.pipeline, self.scope, it)))
            .collect();
        (!values.is_empty()).then(|| ("_first".to_owned(), typed("M", Payload::Object(values))))
    }

    fn fact(&self) -> Payload {
        let sort = self.table.sort.as_ref();
        let mut members = Vec::new();
        for (name, expression) in self.fields {
            let value = match sort {
                Some((sort, ty)) if sort == name => typed(attribute_kind(ty), self.sort()),
                _ => attribute(self.pipeline, self.scope, expression),
            };
            members.push((name.clone(), value));
        }
        members.push((
            "_event".to_owned(),
            typed("S", Payload::text(&self.event.name)),
        ));
        members.extend(origin(&self.by()));
        members.push((
            "_trace".to_owned(),
            typed("S", Payload::computed("$.trace")),
        ));
        Payload::Object(members)
    }

    fn sort(&self) -> Payload {
        sort_key(self.table, self.event, |name| self.value(name))
    }
}

/// `<instant>#<Event>`, then the `once` fields that the partition does not already tell apart.
pub(crate) fn sort_key(table: &Table, event: &Event, value: impl Fn(&str) -> Payload) -> Payload {
    let Some((name, _)) = &table.sort else {
        return Payload::text("");
    };
    let mut key = Format::default()
        .payload(&value(name))
        .text("#")
        .text(&event.name);
    key = values(key, sort_fields(table, event), value);
    Payload::Computed(key.done())
}

/// The `once` fields that a sort key has.
pub(crate) fn sort_fields<'a>(table: &Table, event: &'a Event) -> Vec<&'a String> {
    let once = event.once.iter();
    once.filter(|it| **it != table.partition).collect()
}

/// `#<value>` for each name, as the runtime makes it. A value that is not the last has its `%` and `#` escaped there, which States Language
/// cannot do: `refuse/keys.rs` keeps texts that could have them from standing here.
fn values<'a>(
    key: Format,
    names: impl IntoIterator<Item = &'a String>,
    value: impl Fn(&str) -> Payload,
) -> Format {
    let names = names.into_iter();
    names.fold(key, |key, name| key.text("#").payload(&value(name)))
}

/// Who recorded it and when; the execution's start, so that a retry writes the same bytes.
fn origin(by: &str) -> [(String, Payload); 2] {
    [
        ("_by".to_owned(), typed("S", Payload::computed(by))),
        (
            "_recorded_at".to_owned(),
            typed("S", Payload::computed("$.started_at")),
        ),
    ]
}

/// A put that never overwrites anything but what the very same writer wrote.
fn put(table: &Table, table_id: &str, item: Payload, by: &str, tell_old: bool) -> Payload {
    let mut members = vec![
        ("TableName", Payload::Constant(placeholder(table_id))),
        ("Item", item),
        (
            "ConditionExpression",
            Payload::Constant("attribute_not_exists(#partition) OR #by = :by".to_owned()),
        ),
        (
            "ExpressionAttributeNames",
            Payload::object([
                ("#partition", Payload::text(&table.partition)),
                ("#by", Payload::text("_by")),
            ]),
        ),
        (
            "ExpressionAttributeValues",
            Payload::object([(":by", typed("S", Payload::computed(by)))]),
        ),
    ];
    if tell_old {
        members.push((
            "ReturnValuesOnConditionCheckFailure",
            Payload::Constant("ALL_OLD".to_owned()),
        ));
    }
    Payload::object(members)
}

/// DynamoDB's passing troubles, and `more`.
pub(crate) fn transient(more: &[&str]) -> Retrier {
    let mut errors: Vec<String> = more.iter().map(|it| (*it).to_owned()).collect();
    let usual = [
        "DynamoDb.InternalServerErrorException",
        "DynamoDb.InternalServerException",
        "DynamoDb.ProvisionedThroughputExceededException",
        "DynamoDb.RequestLimitExceededException",
        "DynamoDb.ThrottlingException",
        "DynamoDb.SdkClientException",
        "States.Timeout",
    ];
    errors.extend(usual.map(str::to_owned));
    Retrier {
        error_equals: errors,
        interval_seconds: 1,
        max_attempts: 6,
        backoff_rate: Number::from(2),
        max_delay_seconds: 20,
        jitter_strategy: "FULL",
    }
}
