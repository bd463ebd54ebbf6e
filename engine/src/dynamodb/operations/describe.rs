//! ListTables, DescribeTable and the other descriptions of a table.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::dynamodb::failure::Failure;
use crate::dynamodb::request::Fields;
use crate::dynamodb::spec::{IndexProjection, IndexSpec, KeySchema};
use crate::dynamodb::table::Table;
use crate::dynamodb::{Done, Tables};

/// Most names in one answer of ListTables.
const NAMES_MAX: usize = 100;

impl Tables {
    pub(crate) fn list_tables(&mut self, fields: &Fields<'_>) -> Result<Done, Failure> {
        let limit = fields
            .count("Limit", 1)?
            .unwrap_or(NAMES_MAX)
            .min(NAMES_MAX);
        let start = fields.string("ExclusiveStartTableName")?.unwrap_or("");
        let mut names = self.tables.keys().filter(|name| name.as_str() > start);
        let page: Vec<&String> = names.by_ref().take(limit).collect();
        let mut response = Map::new();
        if let (Some(_), Some(last)) = (names.next(), page.last()) {
            response.insert("LastEvaluatedTableName".into(), json!(last));
        }
        response.insert("TableNames".into(), json!(page));
        Ok(Done::reading(response))
    }

    pub(crate) fn describe_table(&mut self, fields: &Fields<'_>) -> Result<Done, Failure> {
        let table = self.named(fields)?;
        Ok(response("Table", description(table)))
    }

    pub(crate) fn describe_continuous_backups(
        &mut self,
        fields: &Fields<'_>,
    ) -> Result<Done, Failure> {
        let name = fields.table()?;
        let table = self.tables.get(name).ok_or_else(|| {
            let mut failure = Failure::not_found(format!("Table not found: {name}"));
            failure.kind = failure.kind.replace("ResourceNotFound", "TableNotFound");
            failure
        })?;
        let recovery = if table.spec.point_in_time_recovery {
            json!({
                "PointInTimeRecoveryStatus": "ENABLED",
                "RecoveryPeriodInDays": 35,
                "EarliestRestorableDateTime": seconds(table.created_ms),
            })
        } else {
            json!({ "PointInTimeRecoveryStatus": "DISABLED" })
        };
        Ok(response(
            "ContinuousBackupsDescription",
            json!({ "ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery }),
        ))
    }

    pub(crate) fn describe_time_to_live(&mut self, fields: &Fields<'_>) -> Result<Done, Failure> {
        let table = self.named(fields)?;
        let ttl = match &table.spec.time_to_live {
            Some(attribute) => json!({ "TimeToLiveStatus": "ENABLED", "AttributeName": attribute }),
            None => json!({ "TimeToLiveStatus": "DISABLED" }),
        };
        Ok(response("TimeToLiveDescription", ttl))
    }

    /// The table of a request that is about the table itself.
    fn named(&self, fields: &Fields<'_>) -> Result<&Table, Failure> {
        let name = fields.table()?;
        self.tables.get(name).ok_or_else(|| {
            Failure::not_found(format!(
                "Requested resource not found: Table: {name} not found"
            ))
        })
    }
}

fn response(name: &str, body: Value) -> Done {
    let mut response = Map::new();
    response.insert(name.into(), body);
    Done::reading(response)
}

fn description(table: &Table) -> Value {
    let spec = &table.spec;
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.into(), value);
    put("AttributeDefinitions", attribute_definitions(table));
    put("TableName", json!(spec.name));
    put("KeySchema", key_schema(&spec.key));
    put("TableStatus", json!("ACTIVE"));
    put("CreationDateTime", seconds(table.created_ms));
    put("ProvisionedThroughput", throughput());
    put("TableSizeBytes", json!(table.size_bytes));
    put("ItemCount", json!(table.len()));
    put("TableArn", json!(spec.arn));
    put("TableId", json!(table_id(&spec.arn)));
    if spec.on_demand {
        put(
            "BillingModeSummary",
            json!({
                "BillingMode": "PAY_PER_REQUEST",
                "LastUpdateToPayPerRequestDateTime": seconds(table.created_ms),
            }),
        );
    }
    for (field, global) in [
        ("LocalSecondaryIndexes", false),
        ("GlobalSecondaryIndexes", true),
    ] {
        let indexes = spec
            .indexes
            .iter()
            .enumerate()
            .filter(|(_, index)| index.global == global);
        let all: Vec<Value> = indexes
            .map(|(at, index)| index_description(table, at, index))
            .collect();
        if !all.is_empty() {
            put(field, Value::Array(all));
        }
    }
    if let (Some(view), Some(arn)) = (spec.stream, spec.stream_arn()) {
        put(
            "StreamSpecification",
            json!({ "StreamEnabled": true, "StreamViewType": view.name() }),
        );
        put("LatestStreamLabel", json!(spec.stream_label()));
        put("LatestStreamArn", json!(arn));
    }
    if let Some(key) = &spec.kms_key_arn {
        put(
            "SSEDescription",
            json!({ "Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key }),
        );
    }
    put("DeletionProtectionEnabled", json!(spec.deletion_protection));
    Value::Object(shown)
}

fn attribute_definitions(table: &Table) -> Value {
    let indexed = table
        .spec
        .indexes
        .iter()
        .flat_map(|index| index.key.attributes());
    let mut definitions: Vec<Value> = Vec::new();
    for attribute in table.spec.key.attributes().chain(indexed) {
        let definition =
            json!({ "AttributeName": attribute.name, "AttributeType": attribute.kind.name() });
        if !definitions.contains(&definition) {
            definitions.push(definition);
        }
    }
    Value::Array(definitions)
}

fn key_schema(key: &KeySchema) -> Value {
    let kinds = ["HASH", "RANGE"];
    let pairs = key.attributes().zip(kinds);
    pairs
        .map(|(attribute, kind)| json!({ "AttributeName": attribute.name, "KeyType": kind }))
        .collect()
}

fn index_description(table: &Table, at: usize, index: &IndexSpec) -> Value {
    let projection = match &index.projection {
        IndexProjection::All => json!({ "ProjectionType": "ALL" }),
        IndexProjection::KeysOnly => json!({ "ProjectionType": "KEYS_ONLY" }),
        IndexProjection::Include(names) => {
            json!({ "ProjectionType": "INCLUDE", "NonKeyAttributes": names })
        }
    };
    let (count, bytes) = table.index_size(at);
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.into(), value);
    put("IndexName", json!(index.name));
    put("KeySchema", key_schema(&index.key));
    put("Projection", projection);
    if index.global {
        put("IndexStatus", json!("ACTIVE"));
        put("ProvisionedThroughput", throughput());
    }
    put("IndexSizeBytes", json!(bytes));
    put("ItemCount", json!(count));
    put(
        "IndexArn",
        json!(format!("{}/index/{}", table.spec.arn, index.name)),
    );
    Value::Object(shown)
}

fn throughput() -> Value {
    json!({ "NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0 })
}

/// A time in the wire's form: seconds since 1970, with a fraction.
fn seconds(ms: i64) -> Value {
    json!(ms as f64 / 1000.0)
}

/// An identifier in the form of a UUID that is the same on every run.
fn table_id(arn: &str) -> String {
    let mut id = String::new();
    for (at, byte) in Sha256::digest(arn).iter().take(16).enumerate() {
        let dash = if [4, 6, 8, 10].contains(&at) { "-" } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(id, "{dash}{byte:02x}");
    }
    id
}
