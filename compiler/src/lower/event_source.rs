//! `on:` of a function: the mapping that reads a queue or a stream for it, and what becomes of asynchronous calls that it could not take.

use crate::emit::cfn::lambda::{
    DestinationConfig, EventInvokeConfig, EventSourceMapping, OnFailure, ScalingConfig,
    StreamReading,
};
use crate::emit::cfn::pipes::{Filter, FilterCriteria};
use crate::emit::cfn::template::{Resource, SpecLine};
use crate::emit::cfn::value::{Any, Handle, Value};
use crate::emit::piece::text_of;
use crate::kinds::{queue, workflow};
use crate::model::{self, Trigger};

use super::policy::{self, Right};
use super::{Stack, names};

/// Lambda tries an asynchronous call three times in all, which is the most it offers.
const ASYNC_RETRIES: u32 = 2;

/// And for six hours, which is the most it offers too.
const ASYNC_AGE_S: u32 = 6 * 60 * 60;

/// A record of a stream is tried for as long as the stream keeps it; this is its end in retries.
const STREAM_RETRIES: u32 = 185;

/// A stream keeps a record for 24 hours.
const STREAM_AGE_S: u32 = 24 * 60 * 60;

/// The least that `MaximumConcurrency` takes.
pub(crate) const CONCURRENCY_MIN: u32 = 2;

/// And the most.
const CONCURRENCY_MAX: u32 = 1000;

/// True where the function has a queue for what it could not take.
pub(crate) fn has_undelivered(function: &model::Function) -> bool {
    match function.trigger {
        Trigger::Stream { .. } | Trigger::Topic(_) | Trigger::Rules(_) => true,
        Trigger::Route(_) | Trigger::Workflows(_) | Trigger::Queue { .. } | Trigger::Nothing => {
            false
        }
    }
}

/// Adds what brings events to the function.
pub(crate) fn lower(stack: &mut Stack<'_>, function: &model::Function) {
    match &function.trigger {
        Trigger::Queue {
            queue,
            batch,
            window_s,
            origin,
        } => {
            let pipe = stack.at(origin);
            let fifo = stack.pipeline.queues.get(queue).is_some_and(|it| it.fifo);
            let mapping = EventSourceMapping {
                event_source_arn: queue::lower::handle(queue).arn().any(),
                function_name: stack.function(&function.name).arn(),
                batch_size: *batch,
                // A FIFO queue takes no window.
                maximum_batching_window_in_seconds: (*window_s > 0 && !fifo).then_some(*window_s),
                function_response_types: ["ReportBatchItemFailures"],
                scaling_config: Some(ScalingConfig {
                    maximum_concurrency: function
                        .concurrency
                        .clamp(CONCURRENCY_MIN, CONCURRENCY_MAX),
                }),
                stream: None,
            };
            add(stack, function, mapping, pipe);
        }
        Trigger::Stream {
            table,
            event,
            filter,
            batch,
            origin,
        } => {
            let pipe = stack.at(origin);
            let pattern =
                workflow::lower::stream_pattern(stack.pipeline, table, event, filter.as_ref());
            let filters = vec![Filter { pattern }];
            let mapping = EventSourceMapping {
                event_source_arn: stack.table(table).stream_arn().any(),
                function_name: stack.function(&function.name).arn(),
                batch_size: *batch,
                maximum_batching_window_in_seconds: None,
                function_response_types: ["ReportBatchItemFailures"],
                scaling_config: None,
                stream: Some(StreamReading {
                    starting_position: "TRIM_HORIZON",
                    filter_criteria: FilterCriteria { filters },
                    bisect_batch_on_function_error: true,
                    maximum_retry_attempts: STREAM_RETRIES,
                    maximum_record_age_in_seconds: STREAM_AGE_S,
                    destination_config: on_failure(function),
                }),
            };
            undelivered(stack, function, &pipe);
            add(stack, function, mapping, pipe);
        }
        Trigger::Topic(_) | Trigger::Rules(_) => {
            let pipe = stack.at(&function.origin);
            undelivered(stack, function, &pipe);
            let config = EventInvokeConfig {
                function_name: stack.function(&function.name).name(),
                qualifier: "$LATEST",
                maximum_retry_attempts: ASYNC_RETRIES,
                maximum_event_age_in_seconds: ASYNC_AGE_S,
                destination_config: on_failure(function),
            };
            let id = names::id(&function.name, "InvokeConfig");
            let handle = Handle::<EventInvokeConfig>::new(id);
            stack.resources.add(&handle, Resource::new(config, pipe));
        }
        Trigger::Route(_) | Trigger::Workflows(_) | Trigger::Nothing => {}
    }
}

fn add(
    stack: &mut Stack<'_>,
    function: &model::Function,
    mapping: EventSourceMapping,
    pipe: SpecLine,
) {
    let id = names::id(&function.name, "Mapping");
    let handle = Handle::<EventSourceMapping>::new(id);
    stack.resources.add(&handle, Resource::new(mapping, pipe));
}

fn on_failure(function: &model::Function) -> DestinationConfig {
    DestinationConfig {
        on_failure: OnFailure {
            destination: queue::lower::undelivered_handle(&function.name).arn(),
        },
    }
}

/// Lambda sends there with the function's role, so the queue lets no service in.
fn undelivered(stack: &mut Stack<'_>, function: &model::Function, pipe: &SpecLine) {
    let what = text_of((&function.name, " could not take some of its events."));
    queue::lower::undelivered(stack, &function.name, &what, pipe, Vec::new());
}

/// What Lambda does with the function's role to bring it events.
pub(crate) fn rights(stack: &Stack<'_>, function: &model::Function) -> Vec<Right> {
    let mut rights = Vec::new();
    if let Trigger::Stream { table, origin, .. } = &function.trigger {
        let pipe = stack.at(origin);
        let stream = Right::new(
            names::sid("Read", table) + "Stream",
            text_of(("read the stream of ", table)),
            &pipe,
            &[
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
            ],
            vec![stack.table(table).stream_arn().any()],
        );
        rights.push(stream.granted());
        rights.push(policy::unscoped(
            "ListStreams",
            "find its stream",
            &pipe,
            &["dynamodb:ListStreams"],
            "Lambda asks for it before it reads a stream, and listing has no resource to name",
        ));
    }
    if has_undelivered(function) {
        let pipe = stack.at(&function.origin);
        let queue: Value<Any> = queue::lower::undelivered_handle(&function.name).arn().any();
        rights.push(Right::new(
            "SendUndelivered",
            "send what it could not take to its queue",
            &pipe,
            &["sqs:SendMessage"],
            vec![queue],
        ));
    }
    rights
}
