//! AWS::DynamoDB::Table

use serde::Serialize;

use super::kms::Key;
use super::size::Limits;
use super::value::{Arn, Handle, HasArn, Naming, Resource, Text, Value};

/// AWS::DynamoDB::Table
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Table {
    /// Physical name.
    pub table_name: Value<Text>,
    /// `PAY_PER_REQUEST`
    pub billing_mode: &'static str,
    /// The attributes of the key.
    pub attribute_definitions: Vec<AttributeDefinition>,
    /// Partition and sort key.
    pub key_schema: Vec<KeySchema>,
    /// Further ways to find items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub global_secondary_indexes: Vec<GlobalSecondaryIndex>,
    /// Restores to any second of the last 35 days.
    pub point_in_time_recovery_specification: PointInTimeRecovery,
    /// Encryption at rest.
    #[serde(rename = "SSESpecification")]
    pub sse_specification: Sse,
    /// The change stream.
    pub stream_specification: Stream,
    /// Refuses `DeleteTable` while true.
    pub deletion_protection_enabled: bool,
}

impl Resource for Table {
    const TYPE: &'static str = "AWS::DynamoDB::Table";
    const NAME: Naming<Self> = Naming::Unique("table", |it| &it.table_name);
    const LIMITS: Limits<Self> = &[];
}
impl HasArn for Table {}

/// The change stream of a table, as something to refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableStream;

impl Handle<Table> {
    /// ARN of the table's stream.
    pub fn stream_arn(&self) -> Value<Arn<TableStream>> {
        self.attribute("StreamArn")
    }
}

/// Name and type of a key attribute.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributeDefinition {
    /// Name.
    pub attribute_name: String,
    /// `S` or `N`.
    pub attribute_type: &'static str,
}

/// One part of the key.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeySchema {
    /// Name.
    pub attribute_name: String,
    /// `HASH` or `RANGE`.
    pub key_type: &'static str,
}

/// Point-in-time recovery.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PointInTimeRecovery {
    /// On or off.
    pub point_in_time_recovery_enabled: bool,
}

/// Server-side encryption.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sse {
    /// On: with a key of KMS.
    #[serde(rename = "SSEEnabled")]
    pub enabled: bool,
    /// `KMS`
    #[serde(rename = "SSEType")]
    pub kind: &'static str,
    /// Which key.
    #[serde(rename = "KMSMasterKeyId")]
    pub key: Value<Arn<Key>>,
}

/// What a stream record holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Stream {
    /// `NEW_IMAGE`
    pub stream_view_type: &'static str,
}

/// A further way to find items, kept up to date by DynamoDB a little later than the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GlobalSecondaryIndex {
    /// Its name, unique in the table.
    pub index_name: String,
    /// Partition and sort key.
    pub key_schema: Vec<KeySchema>,
    /// What an item of the index holds.
    pub projection: Projection,
}

/// What an item of an index holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Projection {
    /// `ALL`: reading a fact through the index gives the whole fact.
    pub projection_type: &'static str,
}
