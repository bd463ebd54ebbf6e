//! `AWS::SQS::Queue`: as the dead-letter target of a pipe.

use super::{ArtifactError, Reading};

/// A queue and how long it keeps and hides messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    pub name: String,
    pub arn: String,
    pub url: String,
    pub visibility_timeout_s: u64,
    pub retention_s: u64,
}

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<Queue, ArtifactError> {
    let known = [
        "QueueName",
        "VisibilityTimeout",
        "MessageRetentionPeriod",
        "KmsMasterKeyId",
        "KmsDataKeyReusePeriodSeconds",
        "SqsManagedSseEnabled",
        "Tags",
    ];
    cx.note_unknown(&known, notices);
    let name = cx.template.name(cx.id)?;
    Ok(Queue {
        arn: cx.template.arn("sqs", &name),
        url: cx.template.physical_id(cx.id)?,
        visibility_timeout_s: cx.optional_number("VisibilityTimeout")?.unwrap_or(30),
        retention_s: cx
            .optional_number("MessageRetentionPeriod")?
            .unwrap_or(345_600),
        name,
    })
}
