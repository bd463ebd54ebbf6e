//! DynamoDB: passes operations to the table model, keeps what they changed, and hands the stream records on.

use serde_json::Value;

use super::input::{Caller, Output};
use super::{Core, Purpose, RestoreError};
use crate::artifacts::Deployment;
use crate::dynamodb::{self, Failure, StreamRecord, TableSpec};
use crate::observe::StepKind;

/// The table model, and the stored entries that it is rebuilt from.
#[derive(Debug)]
pub(super) struct Tables {
    model: dynamodb::Tables,
    specs: Vec<TableSpec>,
    stored: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Tables {
    pub(super) fn new(deployment: &Deployment) -> Result<Self, RestoreError> {
        let mut specs = Vec::new();
        for table in &deployment.tables {
            specs.push(
                TableSpec::from_cloudformation(&table.properties, &table.arn)
                    .map_err(|error| RestoreError(error.to_string()))?,
            );
        }
        Ok(Self {
            model: dynamodb::Tables::new(),
            specs,
            stored: Vec::new(),
        })
    }

    pub(super) fn restore(&mut self, key: &[u8], value: &[u8]) {
        self.stored.push((key.to_vec(), value.to_vec()));
    }

    /// Builds the tables from all entries that `restore` was given.
    pub(super) fn finish(&mut self) -> Result<(), RestoreError> {
        self.model = dynamodb::Tables::load(std::mem::take(&mut self.stored))
            .map_err(|error| RestoreError(error.to_string()))?;
        // What could fail at the first input is tried here, where it can still be reported.
        let mut trial = self.model.clone();
        for spec in &self.specs {
            trial
                .create(spec.clone(), 0)
                .map_err(|error| RestoreError(error.to_string()))?;
        }
        Ok(())
    }

    /// The partition key's name of a table.
    pub(super) fn partition_name(&self, table: &str) -> Option<&str> {
        self.model
            .specs()
            .find(|spec| spec.name == table)
            .map(|spec| spec.key.partition.name.as_str())
    }

    /// Whether an attribute is part of a table's key.
    pub(super) fn is_key(&self, table: &str, attribute: &str) -> bool {
        let mut specs = self.model.specs();
        specs.any(|spec| spec.name == table && spec.key.has(attribute))
    }
}

impl Core {
    pub(super) fn create_tables(&mut self, now_ms: u64, out: &mut Output) {
        for spec in std::mem::take(&mut self.tables.specs) {
            // `finish` has tried the same call on a copy.
            out.changes.extend(
                self.tables
                    .model
                    .create(spec, signed(now_ms))
                    .unwrap_or_default(),
            );
        }
    }

    /// One DynamoDB operation, whoever asks for it. `execution` names the execution whose task it is.
    pub(super) fn dynamodb(
        &mut self,
        operation: &str,
        body: Value,
        caller: &Caller,
        execution: Option<&str>,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<Value, Failure> {
        let outcome = self.measured(operation, body, now_ms);
        out.changes.extend(outcome.changes);
        for record in outcome.records {
            self.note_record(&record, caller, execution, now_ms, out);
            self.pipes.take_in(record, now_ms);
        }
        if let Err(failure) = &outcome.result
            && matches!(
                failure.name(),
                "ConditionalCheckFailedException" | "TransactionCanceledException"
            )
            && let Some(open) = self.open_request(caller)
        {
            open.refused = true;
        }
        outcome.result
    }

    /// One operation, with what it consumed added to the metrics: it is asked for whether the caller did or not.
    fn measured(&mut self, operation: &str, body: Value, now_ms: u64) -> dynamodb::Outcome {
        const ASKED: &str = "ReturnConsumedCapacity";
        let mut body = body;
        let silent = match body.as_object_mut() {
            Some(map) if !map.contains_key(ASKED) && consumes(operation) => {
                map.insert(ASKED.to_owned(), Value::String("TOTAL".to_owned()));
                true
            }
            _ => false,
        };
        let mut outcome = self.tables.model.call(operation, &body, signed(now_ms));
        self.measure_capacity(operation, &outcome, now_ms);
        if let (true, Ok(Value::Object(answer))) = (silent, &mut outcome.result) {
            answer.remove("ConsumedCapacity");
        }
        outcome
    }

    fn measure_capacity(&mut self, operation: &str, outcome: &dynamodb::Outcome, now_ms: u64) {
        let Ok(answer) = &outcome.result else { return };
        let metric = if operation.contains("Write")
            || ["PutItem", "UpdateItem", "DeleteItem"].contains(&operation)
        {
            "ConsumedWriteCapacityUnits"
        } else {
            "ConsumedReadCapacityUnits"
        };
        let consumed = answer.get("ConsumedCapacity");
        let each = consumed.and_then(Value::as_array).map(Vec::as_slice);
        let each = each.or(consumed.map(std::slice::from_ref));
        for of_table in each.unwrap_or_default() {
            let table = of_table.get("TableName").and_then(Value::as_str);
            let units = of_table.get("CapacityUnits").and_then(Value::as_f64);
            if let (Some(table), Some(units)) = (table, units) {
                let dimensions = [("TableName", table)];
                self.metrics
                    .add("AWS/DynamoDB", metric, &dimensions, units, now_ms);
            }
        }
    }

    /// The route's request that this caller is working on.
    fn open_request(&mut self, caller: &Caller) -> Option<&mut super::route::OpenRequest> {
        let Caller::Function {
            invocation: Some(invocation),
            ..
        } = caller
        else {
            return None;
        };
        match self.pending.get_mut(invocation) {
            Some(Purpose::Route(open)) => Some(open),
            _ => None,
        }
    }

    /// Tells the observer of a recorded fact; items without `_event` are none.
    fn note_record(
        &mut self,
        record: &StreamRecord,
        caller: &Caller,
        execution: Option<&str>,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(fact) = Fact::of(record) else { return };
        let partition_name = self.tables.partition_name(&record.table).map(str::to_owned);
        let value = |name: Option<&str>| {
            name.and_then(|name| fact.keys.get(name))
                .map(plain)
                .unwrap_or_default()
        };
        let partition = value(partition_name.as_deref());
        let sort = value(
            fact.keys
                .keys()
                .find(|name| Some(name.as_str()) != partition_name.as_deref())
                .map(String::as_str),
        );
        let mut request = None;
        if let Some(open) = self.open_request(caller) {
            open.recorded = true;
            open.subject.get_or_insert_with(|| partition.clone());
            request = Some(open.request_id.clone());
        }
        self.work_is_about(caller, &partition);
        let step = StepKind::Recorded {
            table: record.table.clone(),
            event: fact.event.to_owned(),
            partition: partition.clone(),
            sort,
            request,
            execution: execution.map(str::to_owned),
        };
        self.observe(Some(partition), step, now_ms, out);
    }

    /// The partition value of the item that a stream record is about.
    pub(super) fn subject_of(&self, record: &StreamRecord) -> Option<String> {
        let keys = record.record.pointer("/dynamodb/Keys")?;
        keys.get(self.tables.partition_name(&record.table)?)
            .map(plain)
    }
}

/// Whether an operation reads or writes items, which has a price.
fn consumes(operation: &str) -> bool {
    ["Item", "Items", "Query", "Scan"]
        .iter()
        .any(|end| operation.ends_with(end))
}

/// What a stream record says about a new fact.
pub(super) struct Fact<'a> {
    pub(super) event: &'a str,
    keys: &'a serde_json::Map<String, Value>,
}

impl<'a> Fact<'a> {
    pub(super) fn of(record: &'a StreamRecord) -> Option<Self> {
        let record = &record.record;
        if record.get("eventName").and_then(Value::as_str) != Some("INSERT") {
            return None;
        }
        let event = record
            .pointer("/dynamodb/NewImage/_event/S")
            .and_then(Value::as_str)?;
        Some(Self {
            event,
            keys: record
                .pointer("/dynamodb/Keys")
                .and_then(Value::as_object)?,
        })
    }
}

/// An attribute value without its type.
pub(super) fn plain(attribute: &Value) -> String {
    let value = attribute
        .as_object()
        .and_then(|typed| typed.values().next());
    value
        .map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        })
        .unwrap_or_default()
}

/// Instants are unsigned here and signed in the models; both hold the next 200 million years.
pub(super) fn signed(now_ms: u64) -> i64 {
    i64::try_from(now_ms).unwrap_or(i64::MAX)
}
