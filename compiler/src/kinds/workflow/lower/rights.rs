//! What each permission of a workflow's grant is in IAM.

use crate::emit::cfn::template::SpecLine;
use crate::emit::cfn::value::Sub;
use crate::emit::piece::text_of;
use crate::kinds::{bucket, bus, queue, topic};
use crate::lower::policy::{self, Right};
use crate::lower::{Stack, grant, names};
use crate::model::{Permission, Verb, Workflow};

/// The statement of a permission.
pub(super) fn right(stack: &Stack<'_>, permission: &Permission, pipe: &SpecLine) -> Right {
    let pipeline = stack.pipeline;
    let name = permission.resource.as_str();
    let (verb, words, action, resource): (_, _, &'static [&'static str], _) = match permission.verb
    {
        Verb::Call => (
            "Call",
            "call",
            &["lambda:InvokeFunction"],
            stack.function(name).arn().any(),
        ),
        Verb::Start => (
            "Start",
            "start",
            &["states:StartExecution"],
            super::arn_by_name(name),
        ),
        Verb::Write => (
            "Write",
            "write to",
            &["s3:PutObject"],
            Sub::default()
                .arn(&bucket::lower::handle(name))
                .text("/*")
                .done(),
        ),
        Verb::Send if pipeline.topics.contains_key(name) => (
            "Send",
            "send to",
            &["sns:Publish"],
            topic::lower::handle(name).arn().any(),
        ),
        Verb::Send if pipeline.buses.contains_key(name) => (
            "Send",
            "send to",
            &["events:PutEvents"],
            bus::lower::handle(name).arn().any(),
        ),
        Verb::Send => (
            "Send",
            "send to",
            &["sqs:SendMessage"],
            queue::lower::handle(name).arn().any(),
        ),
        Verb::Update | Verb::Append | Verb::Read | Verb::Receive => {
            return grant::use_table(stack, permission, pipe);
        }
    };
    let right = Right::new(
        names::sid(verb, name),
        text_of((words, " ", name)),
        pipe,
        action,
        vec![resource],
    )
    .granted();
    if permission.verb == Verb::Write {
        return right.because("the rest of an object's key is known when it is written");
    }
    right
}

/// The key, through each service whose data the workflow writes. A bus uses it by itself.
pub(super) fn keys(stack: &Stack<'_>, workflow: &Workflow, pipe: &SpecLine) -> Vec<Right> {
    let pipeline = stack.pipeline;
    let permissions = pipeline
        .grants
        .get(&workflow.name)
        .map_or(&[][..], |it| &it.permissions);
    let mut rights = Vec::new();
    let tables = workflow.on.is_some()
        || permissions
            .iter()
            .any(|it| pipeline.tables.contains_key(&it.resource));
    if tables {
        rights.push(grant::table_key(stack, pipe));
    }
    let through = [
        (
            "UseQueueKey",
            "use the key for its queues",
            "sqs",
            permissions
                .iter()
                .any(|it| it.verb == Verb::Send && pipeline.queues.contains_key(&it.resource)),
        ),
        (
            "UseTopicKey",
            "use the key for its topics",
            "sns",
            permissions
                .iter()
                .any(|it| it.verb == Verb::Send && pipeline.topics.contains_key(&it.resource)),
        ),
        (
            "UseBucketKey",
            "use the key for its buckets",
            "s3",
            permissions.iter().any(|it| it.verb == Verb::Write),
        ),
    ];
    for (sid, words, service, needed) in through {
        if needed {
            rights.push(policy::key_through(
                sid,
                words,
                pipe,
                stack.key().arn(),
                &["kms:Decrypt", "kms:GenerateDataKey"],
                service,
            ));
        }
    }
    rights
}
