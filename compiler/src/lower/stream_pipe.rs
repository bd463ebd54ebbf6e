//! EventBridge Pipes from a table's stream: what they may do, their limits, what they could not deliver, their log.

use crate::emit::cfn::dynamodb::Table;
use crate::emit::cfn::iam::Role;
use crate::emit::cfn::pipes::{
    DeadLetterConfig, Filter, FilterCriteria, LogConfiguration, LogDestination, Pipe,
    SourceParameters, StreamParameters, TargetParameters,
};
use crate::emit::cfn::sqs::Queue;
use crate::emit::cfn::template::{Resource, SpecLine};
use crate::emit::cfn::value::{Any, Handle, Sub, Value};
use crate::emit::piece::text_of;
use crate::kinds::queue;

use super::policy::{self, Right, Trust};
use super::{Stack, log_group, names};

/// A delivery that fails is tried again for as long as the stream keeps the record, 24 hours; this is its end in retries.
const RETRIES_MAX: u32 = 185;

/// A stream keeps a record for 24 hours.
const AGE_MAX_S: u32 = 24 * 60 * 60;

/// A pipe to be.
pub(crate) struct Plan<'a> {
    /// Declared name that it is named after.
    pub(crate) name: String,
    /// What it does, for the console and the report.
    pub(crate) description: String,
    /// The table whose stream it reads, by its declared name.
    pub(crate) table: &'a str,
    /// Which records count, as JSON.
    pub(crate) pattern: String,
    /// Where they go.
    pub(crate) target: Value<Any>,
    /// How.
    pub(crate) parameters: TargetParameters,
    /// What it needs of the target.
    pub(crate) rights: Vec<Right>,
    /// Said by the alarm on what it could not deliver.
    pub(crate) dead: &'static str,
    /// What asked for it, in words.
    pub(crate) asked_by: String,
    /// Line of that.
    pub(crate) pipe: SpecLine,
}

/// Adds the pipe with its role, log group and queue for what it could not deliver.
pub(crate) fn add(stack: &mut Stack<'_>, mut plan: Plan<'_>) {
    let pascal = names::pascal(&plan.name);
    let undelivered =
        queue::lower::undelivered(stack, &plan.name, plan.dead, &plan.pipe, Vec::new());
    let log = log_group::add(
        stack,
        text_of((&pascal, "PipeLogGroup")),
        names::named(Sub::default().text("/aws/vendedlogs/pipes/"), &plan.name),
        stack.pipeline.retention_days,
        &plan.pipe,
    );
    let role = role(stack, &mut plan, &undelivered);
    let stream = StreamParameters {
        // What was recorded before the pipe existed is started too: no event is lost between the two.
        starting_position: "TRIM_HORIZON",
        batch_size: 1,
        maximum_retry_attempts: RETRIES_MAX,
        maximum_record_age_in_seconds: AGE_MAX_S,
        on_partial_batch_item_failure: "AUTOMATIC_BISECT",
        dead_letter_config: DeadLetterConfig {
            arn: undelivered.arn(),
        },
    };
    let filters = vec![Filter {
        pattern: plan.pattern,
    }];
    let pipe = Pipe {
        name: names::physical(&plan.name),
        description: plan.description,
        role_arn: role.arn(),
        source: stack.table(plan.table).stream_arn(),
        source_parameters: SourceParameters {
            filter_criteria: FilterCriteria { filters },
            dynamodb_stream_parameters: stream,
        },
        target: plan.target,
        target_parameters: plan.parameters,
        log_configuration: LogConfiguration {
            level: "ERROR",
            cloudwatch_logs_log_destination: LogDestination {
                log_group_arn: log.arn(),
            },
        },
    };
    let handle = Handle::<Pipe>::new(text_of((&pascal, "Pipe")));
    stack.resources.add(&handle, Resource::new(pipe, plan.pipe));
}

/// The pipe's role: the source, the target's rights of the plan, what it could not deliver.
fn role(stack: &mut Stack<'_>, plan: &mut Plan<'_>, undelivered: &Handle<Queue>) -> Handle<Role> {
    let mut rights = source_rights(stack, plan.table, &stack.table(plan.table), &plan.pipe);
    rights.append(&mut plan.rights);
    rights.push(Right::new(
        "SendUndelivered",
        "send undeliverable records to its queue",
        &plan.pipe,
        &["sqs:SendMessage"],
        vec![undelivered.arn().any()],
    ));
    rights.push(policy::key_through(
        "EncryptUndelivered",
        "use the key for that queue",
        &plan.pipe,
        stack.key().arn(),
        &["kms:Decrypt", "kms:GenerateDataKey"],
        "sqs",
    ));
    let handle = Handle::<Role>::new(names::id(&plan.name, "PipeRole"));
    let arn = names::named(Sub::arn_of("pipes").text("pipe/"), &plan.name).done();
    let role = policy::RolePlan {
        description: plan.description.clone(),
        service: "pipes.amazonaws.com",
        trust: Trust::For(arn),
        policy_name: "pipe",
        rights,
        condition: None,
        pipe: plan.pipe.clone(),
        actor: text_of(("pipe ", &names::kebab(&plan.name))).into(),
        asked_by: plan.asked_by.clone().into(),
        asked_at: plan.pipe.clone(),
    };
    policy::add_role(stack, &handle, role);
    handle
}

fn source_rights(
    stack: &Stack<'_>,
    name: &str,
    table: &Handle<Table>,
    pipe: &SpecLine,
) -> Vec<Right> {
    let stream = Right::new(
        names::sid("Read", name) + "Stream",
        text_of(("read the stream of ", name)),
        pipe,
        // ListStreams cannot be limited to one stream, and a pipe that is told its stream does not need it.
        &[
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
        ],
        vec![table.stream_arn().any()],
    )
    .granted();
    let key = policy::key_through(
        "DecryptStream",
        "use the key for the stream",
        pipe,
        stack.key().arn(),
        &["kms:Decrypt"],
        "dynamodb",
    );
    vec![stream, key]
}
