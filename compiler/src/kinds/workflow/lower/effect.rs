//! Tasks that make a service do something. Each says the same on every retry, so that the service or who listens can tell
//! that it is the same. AWS: "Integrating services with Step Functions", the page of each service.

use crate::kinds::{bucket, bus, queue, topic};
use serde_json::Number;

use crate::emit::asl::payload::{Format, Payload};
use crate::emit::asl::{Catcher, Next, ResultPath, Retrier, Task};

use crate::model::{Effect, Expression, Pipeline, Type};

use super::append::{sort_key, transient};
use super::json_text::json_text;
use super::record::attribute_kind;
use super::value::{RECORDED_SORT, Scope, attribute, field_of, payload, placeholder, typed};

/// Seconds that a call may take: these services answer in milliseconds or not at all.
const TIMEOUT_S: u32 = 20;

/// Passing troubles of Amazon SQS, through its optimized integration.
const SQS: &[&str] = &[
    "SQS.InternalErrorException",
    "SQS.KmsThrottledException",
    "SQS.OverLimitException",
    "SQS.RequestThrottledException",
    "SQS.ServiceUnavailableException",
    "SQS.SdkClientException",
];
/// Of Amazon SNS.
const SNS: &[&str] = &[
    "SNS.InternalErrorException",
    "SNS.KMSThrottlingException",
    "SNS.ThrottledException",
    "SNS.SdkClientException",
];
/// Of Amazon EventBridge; an entry that was not taken fails the task as `FailedEntry`.
const EVENTS: &[&str] = &[
    "EventBridge.FailedEntry",
    "EventBridge.InternalException",
    "EventBridge.ThrottlingException",
    "EventBridge.SdkClientException",
];
/// Of Amazon S3, which has one name for what its model does not name: `SlowDown`, `InternalError`.
const S3: &[&str] = &["S3.S3Exception", "S3.SdkClientException"];
/// Of Step Functions, through its optimized integration.
const STATES: &[&str] = &[
    "StepFunctions.ExecutionLimitExceededException",
    "StepFunctions.KmsThrottlingException",
    "StepFunctions.ThrottlingException",
    "StepFunctions.SdkClientException",
];

/// `Throttled` of a statement that is no call: a service that had enough.
pub(crate) const THROTTLED: &[&str] = &[
    "DynamoDb.ProvisionedThroughputExceededException",
    "DynamoDb.RequestLimitExceededException",
    "DynamoDb.ThrottlingException",
    "SQS.KmsThrottledException",
    "SQS.OverLimitException",
    "SQS.RequestThrottledException",
    "SNS.KMSThrottlingException",
    "SNS.ThrottledException",
    "EventBridge.ThrottlingException",
    "StepFunctions.ExecutionLimitExceededException",
    "StepFunctions.KmsThrottlingException",
    "StepFunctions.ThrottlingException",
];

/// What an effect is lowered with.
pub(crate) struct Place<'a> {
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) scope: &'a Scope,
}

impl Place<'_> {
    /// The task without the catchers of the spec. `next` is also where a workflow that has begun already leads.
    pub(crate) fn task(&self, effect: &Effect, next: Next, done: Option<String>) -> Option<Task> {
        let (resource, parameters, retry) = match effect {
            Effect::Publish { value, topic } => (
                "arn:aws:states:::sns:publish",
                self.publish(value, topic),
                retrier(SNS),
            ),
            Effect::Alert {
                subject,
                text,
                topic,
            } => (
                "arn:aws:states:::sns:publish",
                self.alert(subject, text, topic),
                retrier(SNS),
            ),
            Effect::SendQueue { value, queue } => (
                "arn:aws:states:::sqs:sendMessage",
                self.send(value, queue),
                retrier(SQS),
            ),
            Effect::SendBus { value, bus } => (
                "arn:aws:states:::events:putEvents",
                self.put_events(value, bus)?,
                retrier(EVENTS),
            ),
            Effect::Put { value, bucket, key } => (
                "arn:aws:states:::aws-sdk:s3:putObject",
                self.put(value, bucket, key),
                retrier(S3),
            ),
            Effect::Update {
                table,
                field,
                value,
                of,
            } => (
                "arn:aws:states:::aws-sdk:dynamodb:updateItem",
                self.update(table, field, value, of)?,
                transient(&[]),
            ),
            Effect::Start { workflow, input } => (
                "arn:aws:states:::states:startExecution",
                self.start(workflow, input)?,
                retrier(STATES),
            ),
        };
        let begun = matches!(effect, Effect::Start { .. })
            .then_some(done)
            .flatten();
        Some(Task {
            comment: None,
            resource,
            parameters,
            result_selector: None,
            result_path: ResultPath::Discard(()),
            timeout_seconds: TIMEOUT_S,
            retry: vec![retry],
            // The name says which execution it is, so one that exists is this one.
            catch: begun
                .into_iter()
                .map(|next| Catcher {
                    error_equals: vec!["StepFunctions.ExecutionAlreadyExistsException".to_owned()],
                    result_path: ResultPath::Discard(()),
                    next,
                })
                .collect(),
            next,
        })
    }

    fn alert(&self, subject: &Expression, text: &Expression, topic: &str) -> Payload {
        Payload::object([
            (
                "TopicArn",
                Payload::Constant(placeholder(&topic::lower::handle(topic).id)),
            ),
            ("Subject", payload(self.scope, subject)),
            ("Message", payload(self.scope, text)),
        ])
    }

    fn put(&self, value: &Expression, bucket: &str, key: &Expression) -> Payload {
        let content_type = Payload::Constant("application/json".to_owned());
        Payload::object([
            (
                "Bucket",
                Payload::Constant(placeholder(&bucket::lower::handle(bucket).id)),
            ),
            ("Key", payload(self.scope, key)),
            ("Body", json_text(self.pipeline, self.scope, value)),
            ("ContentType", content_type),
        ])
    }

    fn publish(&self, value: &Expression, topic: &str) -> Payload {
        let name = match &value.ty {
            Type::Event(name) | Type::Record(name) => name.as_str(),
            _ => "",
        };
        let event = Payload::object([
            ("DataType", Payload::Constant("String".to_owned())),
            ("StringValue", Payload::text(name)),
        ]);
        Payload::object([
            (
                "TopicArn",
                Payload::Constant(placeholder(&topic::lower::handle(topic).id)),
            ),
            ("Message", json_text(self.pipeline, self.scope, value)),
            ("MessageAttributes", Payload::object([("event", event)])),
        ])
    }

    fn send(&self, value: &Expression, queue: &str) -> Payload {
        let mut members = vec![
            (
                "QueueUrl",
                Payload::Constant(placeholder(&queue::lower::handle(queue).id)),
            ),
            ("MessageBody", json_text(self.pipeline, self.scope, value)),
        ];
        let declared = self.pipeline.queues.get(queue).filter(|it| it.fifo);
        if let Some(group) = declared.and_then(|it| it.group.as_ref()) {
            let group = match field_of(self.scope, value, group) {
                Payload::Computed(path) => Payload::Computed(Format::default().value(&path).done()),
                other => other,
            };
            members.push(("MessageGroupId", group));
            members.push(("MessageDeduplicationId", self.identity()));
        }
        Payload::object(members)
    }

    /// This state of this execution, in 64 characters.
    fn identity(&self) -> Payload {
        Payload::Computed(format!(
            "States.Hash({}, 'SHA-256')",
            self.scope.actor("$$.Execution.Id")
        ))
    }

    fn put_events(&self, value: &Expression, bus: &str) -> Option<Payload> {
        let declared = self.pipeline.buses.get(bus)?;
        let Type::Event(name) = &value.ty else {
            return None;
        };
        let detail_type = declared.holds.iter().find(|(event, _)| event == name);
        let detail_type = detail_type.map_or(name.as_str(), |(_, it)| it);
        let entry = Payload::object([
            (
                "EventBusName",
                Payload::Constant(placeholder(&bus::lower::handle(bus).id)),
            ),
            ("Source", Payload::text(&declared.source)),
            ("DetailType", Payload::text(detail_type)),
            ("Detail", json_text(self.pipeline, self.scope, value)),
        ]);
        Some(Payload::object([("Entries", Payload::List(vec![entry]))]))
    }

    fn update(
        &self,
        table: &str,
        field: &str,
        value: &Expression,
        of: &Expression,
    ) -> Option<Payload> {
        let table = self.pipeline.tables.get(table)?;
        let Type::Event(event) = &of.ty else {
            return None;
        };
        let event = self.pipeline.events.get(event)?;
        let key_of = |name: &str| field_of(self.scope, of, name);
        let mut key = vec![(
            table.partition.clone(),
            typed("S", key_of(&table.partition)),
        )];
        if let Some((sort, ty)) = &table.sort {
            let sort_value = if self.scope.is_recorded(of, &table.name) {
                Payload::computed(RECORDED_SORT)
            } else {
                sort_key(table, event, key_of)
            };
            key.push((sort.clone(), typed(attribute_kind(ty), sort_value)));
        }
        let new = attribute(self.pipeline, self.scope, value);
        Some(Payload::object([
            (
                "TableName",
                Payload::Constant(placeholder(
                    &crate::kinds::table::lower::handle(&table.name).id,
                )),
            ),
            ("Key", Payload::Object(key)),
            (
                "UpdateExpression",
                Payload::Constant("SET #field = :value".to_owned()),
            ),
            // What is not there would become half an event. The role may name the key and the field alone, and AWS counts
            // what a condition names; so the key is what is asked for, as functions do.
            (
                "ConditionExpression",
                Payload::Constant("attribute_exists(#partition)".to_owned()),
            ),
            (
                "ExpressionAttributeNames",
                Payload::object([
                    ("#field", Payload::text(field)),
                    ("#partition", Payload::text(&table.partition)),
                ]),
            ),
            (
                "ExpressionAttributeValues",
                Payload::object([(":value", new)]),
            ),
        ]))
    }

    /// The input is the scope that the other workflow begins with, as a function gives it that starts it.
    fn start(&self, workflow: &str, input: &Expression) -> Option<Payload> {
        let id = crate::kinds::workflow::lower::handle(workflow).id;
        let binding = &self.pipeline.workflows.get(workflow)?.binding;
        let input = Payload::object([(binding.clone(), payload(self.scope, input))]);
        Some(Payload::object([
            ("StateMachineArn", Payload::Constant(placeholder(&id))),
            ("Name", self.identity()),
            ("Input", input),
        ]))
    }
}

fn retrier(errors: &[&str]) -> Retrier {
    let mut errors: Vec<String> = errors.iter().map(|it| (*it).to_owned()).collect();
    errors.push("States.Timeout".to_owned());
    Retrier {
        error_equals: errors,
        interval_seconds: 1,
        max_attempts: 6,
        backoff_rate: Number::from(2),
        max_delay_seconds: 20,
        jitter_strategy: "FULL",
    }
}
