//! `AWS::Logs::LogGroup`: where log lines go, for how long, and under which key.

use super::{ArtifactError, Reading};

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroup {
    pub name: String,
    /// Without the `:*` that the template's attribute ends in.
    pub arn: String,
    /// `None`: for ever.
    pub retention_days: Option<u64>,
    pub kms_key: Option<String>,
}

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<LogGroup, ArtifactError> {
    let known = [
        "LogGroupName",
        "RetentionInDays",
        "KmsKeyId",
        "LogGroupClass",
        "DataProtectionPolicy",
        "FieldIndexPolicies",
        "DeletionProtectionEnabled",
        "Tags",
    ];
    cx.note_unknown(&known, notices);
    let name = cx.template.name(cx.id)?;
    Ok(LogGroup {
        arn: cx.template.arn("logs", &format!("log-group:{name}")),
        retention_days: cx.optional_number("RetentionInDays")?,
        kms_key: cx.optional_string("KmsKeyId"),
        name,
    })
}
