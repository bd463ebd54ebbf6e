//! `AWS::DynamoDB::Table`: its keys, indexes and stream.

use serde_json::Value;

use super::{ArtifactError, Reading};

/// A table as the template describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub name: String,
    pub arn: String,
    /// `None` when the table has no stream.
    pub stream_arn: Option<String>,
    /// `KEYS_ONLY`, `NEW_IMAGE`, `OLD_IMAGE` or `NEW_AND_OLD_IMAGES`.
    pub stream_view: Option<String>,
    /// The resolved properties: key schema, attribute definitions, indexes.
    pub properties: Value,
}

impl Table {
    /// The customer-managed key that encrypts it, as the template refers to it.
    #[must_use]
    pub fn kms_key(&self) -> Option<&str> {
        let key = self.properties.pointer("/SSESpecification/KMSMasterKeyId");
        key.and_then(Value::as_str)
    }
}

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<Table, ArtifactError> {
    let known = [
        "TableName",
        "KeySchema",
        "AttributeDefinitions",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
        "StreamSpecification",
        "BillingMode",
        "PointInTimeRecoverySpecification",
        "SSESpecification",
        "DeletionProtectionEnabled",
        "Tags",
        "TableClass",
        "ContributorInsightsSpecification",
    ];
    cx.note_unknown(&known, notices);
    let name = cx.template.name(cx.id)?;
    let mut properties = cx.properties.clone();
    if let Some(properties) = properties.as_object_mut() {
        // A table without a name of its own gets a generated one, which everything else refers to.
        properties.insert("TableName".to_owned(), Value::String(name.clone()));
    }
    let stream_view = cx
        .properties
        .pointer("/StreamSpecification/StreamViewType")
        .and_then(Value::as_str)
        .map(str::to_owned);
    Ok(Table {
        arn: cx.template.arn("dynamodb", &format!("table/{name}")),
        stream_arn: stream_view.as_ref().map(|_| {
            cx.template.arn(
                "dynamodb",
                &format!("table/{name}/stream/2000-01-01T00:00:00.000"),
            )
        }),
        stream_view,
        properties,
        name,
    })
}
