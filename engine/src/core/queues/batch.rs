//! The batch operations of SQS: each entry succeeds or fails by itself, what is wrong with the batch fails all of it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::api::{ApiError, ApiResult};
use super::super::input::Output;
use super::super::{Core, authority};
use super::operations::{MESSAGES_MAX, query_code};

/// All messages of one `SendMessageBatch` together: 1 MiB.
const BATCH_BYTES_MAX: usize = 1_048_576;

impl Core {
    pub(super) fn send_batch(
        &mut self,
        name: &str,
        body: &Value,
        sender: &authority::Principal,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        let bodies = body.get("Entries").and_then(Value::as_array);
        let bytes: usize = bodies
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.get("MessageBody").and_then(Value::as_str))
            .map(str::len)
            .sum();
        if bytes > BATCH_BYTES_MAX {
            return Err(ApiError::new(
                "com.amazonaws.sqs#BatchRequestTooLong",
                format!(
                    "Batch requests cannot be longer than {BATCH_BYTES_MAX} bytes. You have sent {bytes} bytes."
                ),
            ));
        }
        self.each_entry(body, |core, entry| {
            core.send_one(name, entry, sender, now_ms, out)
        })
    }

    /// Does one operation for each entry and collects the results.
    pub(super) fn each_entry(
        &mut self,
        body: &Value,
        mut operation: impl FnMut(&mut Self, &Value) -> ApiResult,
    ) -> ApiResult {
        let entries = check_entries(body)?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for (id, entry) in entries {
            match operation(self, entry) {
                Ok(Value::Object(result)) => {
                    let mut shown = Map::from_iter([("Id".to_owned(), json!(id))]);
                    shown.extend(result);
                    successful.push(Value::Object(shown));
                }
                Ok(_) => successful.push(json!({ "Id": id })),
                Err(error) => failed.push(json!({
                    "Id": id, "Code": query_code(&error.kind), "Message": error.message, "SenderFault": true,
                })),
            }
        }
        // Both lists are always there, as the JSON protocol's shapes require.
        Ok(json!({ "Successful": successful, "Failed": failed }))
    }
}

/// The entries with their ids: 1 to 10, distinct and well-formed.
fn check_entries(body: &Value) -> Result<Vec<(&str, &Value)>, ApiError> {
    let refused = |kind: &str, message: String| {
        Err(ApiError::new(format!("com.amazonaws.sqs#{kind}"), message))
    };
    let entries = body.get("Entries").and_then(Value::as_array);
    let entries = entries.map(Vec::as_slice).unwrap_or_default();
    if entries.is_empty() {
        return refused(
            "EmptyBatchRequest",
            "There should be at least one entry in the request.".to_owned(),
        );
    }
    if entries.len() as u64 > MESSAGES_MAX {
        let message = format!(
            "Maximum number of entries per request are {MESSAGES_MAX}. You have sent {}.",
            entries.len()
        );
        return refused("TooManyEntriesInBatchRequest", message);
    }
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for entry in entries {
        let id = entry.get("Id").and_then(Value::as_str).unwrap_or_default();
        let formed = (1..=80).contains(&id.len())
            && id
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        if !formed {
            return refused(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.".to_owned(),
            );
        }
        if !seen.insert(id) {
            return refused("BatchEntryIdsNotDistinct", format!("Id {id} repeated."));
        }
        out.push((id, entry));
    }
    Ok(out)
}
