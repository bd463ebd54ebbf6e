//! Dead-letter queues: encrypted, TLS only, watched.

use crate::emit::cfn::cloudwatch::Dimension;
use crate::emit::cfn::iam::{Conditions, Effect, Everyone, Policy, Principal, Statement};
use crate::emit::cfn::sqs::{Queue, QueuePolicy};
use crate::emit::cfn::template::Resource;
use crate::emit::cfn::value::{Any, Handle, Value};

use super::{Stack, alarm, names};

/// Days that SQS keeps a message at most.
const RETENTION_S: u32 = 14 * 24 * 60 * 60;

/// Adds the dead-letter queue of `name`, its policy and its alarm.
pub(crate) fn dead_letters(
    stack: &mut Stack<'_>,
    name: &str,
    what: &str,
    pipe: &str,
) -> Handle<Queue> {
    let pascal = names::pascal(name);
    let handle = Handle::<Queue>::new(format!("{pascal}DeadLettersQueue"));
    let physical = format!("{name}_dead_letters");
    let queue = Queue {
        queue_name: names::physical(&physical),
        fifo_queue: false,
        content_based_deduplication: false,
        visibility_timeout: None,
        message_retention_period: RETENTION_S,
        redrive_policy: None,
        redrive_allow_policy: None,
        kms_master_key_id: stack.key().arn(),
        kms_data_key_reuse_period_seconds: 300,
    };
    stack.resources.add(
        &handle,
        Resource::new(queue, pipe.to_owned()).on_delete(false),
    );

    let policy = QueuePolicy {
        queues: vec![handle.name()],
        policy_document: Policy::new(vec![tls_only(&handle)]),
    };
    let policy_handle = Handle::<QueuePolicy>::new(format!("{pascal}DeadLettersQueuePolicy"));
    stack
        .resources
        .add(&policy_handle, Resource::new(policy, pipe.to_owned()));

    let dimension = Dimension {
        name: "QueueName",
        value: handle.attribute::<Any>("QueueName"),
    };
    alarm::above_zero(
        stack,
        &format!("{pascal}DeadLettersAlarm"),
        &physical,
        format!("{what} Read the queue's messages for which records."),
        alarm::Metric {
            namespace: "AWS/SQS",
            name: "ApproximateNumberOfMessagesVisible",
            statistic: "Maximum",
            dimension,
        },
        pipe,
    );
    handle
}

fn tls_only(queue: &Handle<Queue>) -> Statement {
    Statement {
        sid: "TlsOnly".to_owned(),
        effect: Effect::Deny,
        principal: Some(Principal::Everyone(Everyone::Star)),
        action: vec![
            "sqs:SendMessage",
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:PurgeQueue",
        ],
        resource: vec![queue.arn().any()],
        condition: Conditions::default().with(
            "Bool",
            "aws:SecureTransport",
            vec![Value::text("false").any()],
        ),
    }
}
