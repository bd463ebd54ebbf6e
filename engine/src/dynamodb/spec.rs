//! What a table is: its keys, indexes and settings, as an `AWS::DynamoDB::Table` states them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The type of a key attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyType {
    /// A string.
    S,
    /// A number.
    N,
    /// Bytes.
    B,
}

impl KeyType {
    /// The type as it is written on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::S => "S",
            Self::N => "N",
            Self::B => "B",
        }
    }
}

/// One attribute of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAttribute {
    /// The attribute's name.
    pub name: String,
    /// The type that every item must give it.
    pub kind: KeyType,
}

/// A primary key, or the key of an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySchema {
    /// The attribute that says which partition an item belongs to.
    pub partition: KeyAttribute,
    /// The attribute that orders the items of a partition.
    pub sort: Option<KeyAttribute>,
}

impl KeySchema {
    /// The partition key, then the sort key if there is one.
    pub fn attributes(&self) -> impl Iterator<Item = &KeyAttribute> {
        std::iter::once(&self.partition).chain(&self.sort)
    }

    /// Whether `name` is part of the key.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.attributes().any(|attribute| attribute.name == name)
    }
}

/// Which attributes an index carries beside the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IndexProjection {
    /// All of them.
    All,
    /// None.
    KeysOnly,
    /// These.
    Include(Vec<String>),
}

/// A secondary index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexSpec {
    /// The index's name.
    pub name: String,
    /// Its key.
    pub key: KeySchema,
    /// What it carries.
    pub projection: IndexProjection,
    /// Global, with a partition key of its own, or local.
    pub global: bool,
}

/// What a stream record shows of the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StreamView {
    /// Only the key.
    KeysOnly,
    /// The item after the change.
    NewImage,
    /// The item before the change.
    OldImage,
    /// Both.
    NewAndOldImages,
}

impl StreamView {
    /// The view type as it is written on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KeysOnly => "KEYS_ONLY",
            Self::NewImage => "NEW_IMAGE",
            Self::OldImage => "OLD_IMAGE",
            Self::NewAndOldImages => "NEW_AND_OLD_IMAGES",
        }
    }
}

/// A table to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSpec {
    /// The physical name.
    pub name: String,
    /// The table's ARN.
    pub arn: String,
    /// The primary key.
    pub key: KeySchema,
    /// The secondary indexes, global and local.
    pub indexes: Vec<IndexSpec>,
    /// What the stream shows, where there is one.
    pub stream: Option<StreamView>,
    /// The ARN of the customer-managed key, where one encrypts the table.
    pub kms_key_arn: Option<String>,
    /// Whether capacity is paid per request rather than provisioned.
    pub on_demand: bool,
    /// Whether point-in-time recovery is on.
    pub point_in_time_recovery: bool,
    /// Whether the table refuses to be deleted.
    pub deletion_protection: bool,
    /// The attribute whose time expires items, which is reported but not acted on.
    pub time_to_live: Option<String>,
}

/// Why a table cannot be made from what was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    /// What is wrong, for a person to read.
    pub message: String,
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SpecError {}

pub(crate) fn error(message: impl Into<String>) -> SpecError {
    SpecError {
        message: message.into(),
    }
}

impl TableSpec {
    /// Reads the properties of an `AWS::DynamoDB::Table`, with all intrinsic functions resolved.
    ///
    /// `arn` is the ARN that the template's references to the table yield.
    ///
    /// # Errors
    /// When a property that the table needs is missing or of the wrong form.
    pub fn from_cloudformation(properties: &Value, arn: &str) -> Result<Self, SpecError> {
        let properties = properties
            .as_object()
            .ok_or_else(|| error("the properties are not an object"))?;
        let name = text(properties, "TableName")?;
        let in_table = |fault: SpecError| error(format!("table {name}: {fault}"));
        let types = attribute_types(properties).map_err(in_table)?;
        let key = key_schema(properties, &types).map_err(in_table)?;
        let mut indexes = Vec::new();
        for (field, global) in [
            ("GlobalSecondaryIndexes", true),
            ("LocalSecondaryIndexes", false),
        ] {
            for index in objects(properties, field).map_err(in_table)? {
                indexes.push(index_spec(index, &types, global).map_err(in_table)?);
            }
        }
        let section = |name: &str| properties.get(name).and_then(Value::as_object);
        let stream = match section("StreamSpecification") {
            Some(stream) => {
                let view = stream.get("StreamViewType").cloned().unwrap_or(Value::Null);
                let view = serde_json::from_value(view).map_err(|_| {
                    in_table(error("StreamViewType is none of the four that there are"))
                })?;
                Some(view)
            }
            None => None,
        };
        Ok(Self {
            name: name.to_owned(),
            arn: arn.to_owned(),
            key,
            indexes,
            stream,
            kms_key_arn: section("SSESpecification")
                .filter(|sse| flag(sse, "SSEEnabled"))
                .and_then(|sse| sse.get("KMSMasterKeyId"))
                .and_then(Value::as_str)
                .map(str::to_owned),
            on_demand: properties.get("BillingMode").and_then(Value::as_str)
                == Some("PAY_PER_REQUEST"),
            point_in_time_recovery: section("PointInTimeRecoverySpecification")
                .is_some_and(|recovery| flag(recovery, "PointInTimeRecoveryEnabled")),
            deletion_protection: flag(properties, "DeletionProtectionEnabled"),
            time_to_live: section("TimeToLiveSpecification")
                .filter(|ttl| flag(ttl, "Enabled"))
                .and_then(|ttl| ttl.get("AttributeName"))
                .and_then(Value::as_str)
                .map(str::to_owned),
        })
    }

    /// The label of the stream. On AWS it is the time when the stream was made; here it is fixed, so
    /// that the ARN is known before the table is there.
    #[must_use]
    pub fn stream_label(&self) -> &'static str {
        "2000-01-01T00:00:00.000"
    }

    /// The ARN of the stream, where there is one.
    #[must_use]
    pub fn stream_arn(&self) -> Option<String> {
        self.stream
            .map(|_| format!("{}/stream/{}", self.arn, self.stream_label()))
    }

    /// The region in the table's ARN.
    #[must_use]
    pub fn region(&self) -> &str {
        self.arn.split(':').nth(3).unwrap_or("")
    }
}

fn text<'p>(object: &'p Map<String, Value>, name: &str) -> Result<&'p str, SpecError> {
    object
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| error(format!("{name} is missing or no string")))
}

/// CloudFormation takes `"true"` where it means `true`.
fn flag(object: &Map<String, Value>, name: &str) -> bool {
    object
        .get(name)
        .is_some_and(|value| value == &Value::Bool(true) || value == "true")
}

fn objects<'p>(
    object: &'p Map<String, Value>,
    name: &str,
) -> Result<Vec<&'p Map<String, Value>>, SpecError> {
    let list = match object.get(name) {
        None => return Ok(Vec::new()),
        Some(value) => value
            .as_array()
            .ok_or_else(|| error(format!("{name} is no list")))?,
    };
    list.iter()
        .map(|entry| {
            entry
                .as_object()
                .ok_or_else(|| error(format!("an entry of {name} is no object")))
        })
        .collect()
}

fn attribute_types(properties: &Map<String, Value>) -> Result<BTreeMap<&str, KeyType>, SpecError> {
    let mut types = BTreeMap::new();
    for definition in objects(properties, "AttributeDefinitions")? {
        let name = text(definition, "AttributeName")?;
        let kind = match text(definition, "AttributeType")? {
            "S" => KeyType::S,
            "N" => KeyType::N,
            "B" => KeyType::B,
            other => return Err(error(format!("{name} cannot be a key of type {other}"))),
        };
        types.insert(name, kind);
    }
    Ok(types)
}

fn key_schema(
    object: &Map<String, Value>,
    types: &BTreeMap<&str, KeyType>,
) -> Result<KeySchema, SpecError> {
    let (mut partition, mut sort) = (None, None);
    for entry in objects(object, "KeySchema")? {
        let name = text(entry, "AttributeName")?;
        let kind = *types
            .get(name)
            .ok_or_else(|| error(format!("{name} is not in AttributeDefinitions")))?;
        let attribute = KeyAttribute {
            name: name.to_owned(),
            kind,
        };
        match text(entry, "KeyType")? {
            "HASH" => partition = Some(attribute),
            "RANGE" => sort = Some(attribute),
            other => return Err(error(format!("{other} is no KeyType"))),
        }
    }
    let partition = partition.ok_or_else(|| error("KeySchema has no HASH key"))?;
    Ok(KeySchema { partition, sort })
}

fn index_spec(
    object: &Map<String, Value>,
    types: &BTreeMap<&str, KeyType>,
    global: bool,
) -> Result<IndexSpec, SpecError> {
    let name = text(object, "IndexName")?.to_owned();
    let projection = object.get("Projection").and_then(Value::as_object);
    let kind = projection.and_then(|projection| projection.get("ProjectionType"));
    let projection = match kind.and_then(Value::as_str) {
        Some("ALL") => IndexProjection::All,
        Some("KEYS_ONLY") => IndexProjection::KeysOnly,
        Some("INCLUDE") => {
            let attributes = projection.and_then(|projection| projection.get("NonKeyAttributes"));
            let attributes = attributes
                .and_then(Value::as_array)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let names = attributes
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned);
            IndexProjection::Include(names.collect())
        }
        _ => return Err(error(format!("index {name} has no ProjectionType"))),
    };
    Ok(IndexSpec {
        name,
        key: key_schema(object, types)?,
        projection,
        global,
    })
}
