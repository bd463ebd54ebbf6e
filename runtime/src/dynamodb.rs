//! The event log in DynamoDB: one transaction per append, and the difference between "refused", "not now" and "who knows".

mod access;
mod items;

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_dynamodb::config::StalledStreamProtectionConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use aws_sdk_dynamodb::{Client, Config};
use sha2::{Digest, Sha256};

use crate::aws_error::told;
use crate::entry::{Entry, Keys};
use crate::event_log::{Appended, EventLog, IndexKeys, Local, Unavailable, collision};
use crate::receipt::hex;
use crate::value::{Map, Wire};
use items::{to_item, to_map};

/// Longest wait for the answer to one transaction, after which its outcome is unknown and it is sent again.
const ATTEMPT: Duration = Duration::from_secs(3);
/// First and longest wait between two attempts; each is drawn between zero and its bound.
const WAIT_MS: u64 = 25;
const WAIT_MS_MAX: u64 = 1_000;

pub(crate) struct DynamoDb {
    /// What appends: tried once, since the SDK cannot know whether an outcome is unknown, and bounded by `ATTEMPT` alone.
    appending: Client,
    /// What everything else is done with, made when it is first asked for: most functions append and read nothing.
    others: OnceCell<Client>,
    others_config: Config,
    /// Physical name by declared name.
    tables: BTreeMap<String, String>,
}

/// What one attempt has shown.
enum Attempt {
    /// The log is in a known state.
    Done(Appended),
    /// Nothing was stored, and another try may do better.
    NotNow(Unavailable),
    /// It may have been stored. Only the same transaction under the same token tells.
    Unknown(Unavailable),
    /// No try will do better: a missing permission, a fault of ours.
    Never(Unavailable),
}

type Item = HashMap<String, AttributeValue>;
type TransactError = SdkError<TransactWriteItemsError>;

impl DynamoDb {
    pub(crate) fn new(config: &SdkConfig, tables: BTreeMap<String, String>) -> Self {
        let others_config = Config::from(config);
        let once = others_config
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        Self {
            appending: Client::from_conf(once.build()),
            others: OnceCell::new(),
            others_config,
            tables,
        }
    }

    fn client(&self) -> &Client {
        self.others
            .get_or_init(|| Client::from_conf(self.others_config.clone()))
    }

    fn table(&self, declared: &str) -> Result<&str, Unavailable> {
        let name = self.tables.get(declared).map(String::as_str);
        name.ok_or_else(|| {
            Unavailable::new(
                "table_unnamed",
                format!("no table is configured for {declared}"),
            )
        })
    }

    async fn transact(&self, entry: &Entry, token: &str, within: Duration) -> Attempt {
        let items = match self.table(entry.table).and_then(|table| puts(table, entry)) {
            Ok(items) => items,
            Err(why) => return Attempt::Never(why),
        };
        let request = self
            .appending
            .transact_write_items()
            .set_transact_items(Some(items))
            .client_request_token(token);
        match tokio::time::timeout(within, request.send()).await {
            Ok(Ok(_)) => Attempt::Done(Appended::Recorded),
            Ok(Err(error)) => judge(error, entry),
            Err(_) => Attempt::Unknown(Unavailable::new(
                "timeout",
                "DynamoDB did not answer in time",
            )),
        }
    }

    async fn append_by(&self, entry: &Entry, deadline: Instant) -> Result<Appended, Unavailable> {
        let mut why = Unavailable::new("deadline", "no time was left to append");
        let (mut attempt, mut transaction) = (0_u32, 0_u32);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(why);
            }
            match self
                .transact(entry, &token(entry, transaction), left.min(ATTEMPT))
                .await
            {
                Attempt::Done(appended) => return Ok(appended),
                Attempt::Never(why) => return Err(why),
                Attempt::NotNow(it) => (why, transaction) = (it, transaction + 1),
                Attempt::Unknown(it) => why = it,
            }
            attempt += 1;
            tokio::time::sleep(
                wait(entry, attempt).min(deadline.saturating_duration_since(Instant::now())),
            )
            .await;
        }
    }
}

impl EventLog for DynamoDb {
    fn append<'a>(
        &'a self,
        entry: &'a Entry,
        deadline: Instant,
    ) -> Local<'a, Result<Appended, Unavailable>> {
        Box::pin(self.append_by(entry, deadline))
    }

    fn read<'a>(
        &'a self,
        table: &'static str,
        keys: Keys,
        partition: &'a str,
    ) -> Local<'a, Result<Vec<Map>, Unavailable>> {
        Box::pin(self.query(table, keys, partition))
    }

    fn find<'a>(
        &'a self,
        table: &'static str,
        _: Keys,
        key: Map,
    ) -> Local<'a, Result<Option<Map>, Unavailable>> {
        Box::pin(self.get_item(table, key))
    }

    fn find_by<'a>(
        &'a self,
        table: &'static str,
        index: IndexKeys,
        partition: Wire,
    ) -> Local<'a, Result<Vec<Map>, Unavailable>> {
        Box::pin(self.query_index(table, index, partition))
    }

    fn update<'a>(
        &'a self,
        table: &'static str,
        keys: Keys,
        key: Map,
        field: &'static str,
        value: Option<Wire>,
    ) -> Local<'a, Result<bool, Unavailable>> {
        Box::pin(self.update_item(table, keys, key, (field, value)))
    }
}

/// The fact, then the claim, then what ties a transmission to its body.
fn puts(table: &str, entry: &Entry) -> Result<Vec<TransactWriteItem>, Unavailable> {
    let put = |item: &Map| {
        Put::builder()
            .table_name(table)
            .set_item(Some(to_item(item)))
            .condition_expression("attribute_not_exists(#partition)")
            .expression_attribute_names("#partition", entry.keys.partition)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    };
    let of_transmission = entry.transmission.as_ref().map(|item| {
        put(item)
            .condition_expression("attribute_not_exists(#partition) OR #body = :body")
            .expression_attribute_names("#body", "_body_sha256")
            .expression_attribute_values(":body", AttributeValue::S(entry.body_sha256.clone()))
    });
    let puts = [put(&entry.fact), put(&entry.claim)];
    puts.into_iter()
        .chain(of_transmission)
        .map(|put| {
            let put = put.build();
            let put = put.map_err(|error| Unavailable::new("request", error.to_string()))?;
            Ok(TransactWriteItem::builder().put(put).build())
        })
        .collect()
}

/// A token that no other invocation and no other transaction of this one uses. 36 characters at most.
fn token(entry: &Entry, transaction: u32) -> String {
    let digest = Sha256::new()
        .chain_update(&entry.request_id)
        .chain_update([0])
        .chain_update(&entry.identity)
        .chain_update(transaction.to_be_bytes())
        .finalize();
    hex(&digest).get(..36).unwrap_or_default().to_owned()
}

/// Full jitter: anything from zero to a bound that doubles. It is drawn from a hash, since what matters is only that invocations differ.
fn wait(entry: &Entry, attempt: u32) -> Duration {
    let bound_ms = WAIT_MS
        .saturating_mul(1 << attempt.min(10))
        .min(WAIT_MS_MAX);
    let draw = Sha256::new()
        .chain_update(&entry.request_id)
        .chain_update(attempt.to_le_bytes())
        .finalize();
    let draw = draw
        .iter()
        .take(7)
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    Duration::from_millis(draw % (bound_ms + 1))
}

fn judge(error: TransactError, entry: &Entry) -> Attempt {
    let status = error.raw_response().map(|it| it.status().as_u16());
    let why = |reason| Unavailable::new(reason, told(&error, error.code(), error.message()));
    let Some(service) = error.as_service_error() else {
        return match &error {
            SdkError::ConstructionFailure(_) => Attempt::Never(why("request")),
            _ => Attempt::Unknown(why("connection")),
        };
    };
    if let TransactWriteItemsError::TransactionCanceledException(cancelled) = service {
        return judge_reasons(cancelled.cancellation_reasons(), entry);
    }
    match service.code().unwrap_or_default() {
        "TransactionInProgressException" => Attempt::Unknown(why("in_progress")),
        "IdempotentParameterMismatchException" => Attempt::NotNow(why("token")),
        "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "ThrottlingException"
        | "Throttling" => Attempt::NotNow(why("throttled")),
        _ if status.is_some_and(|it| it >= 500) => Attempt::Unknown(why("server")),
        _ => Attempt::Never(why("request")),
    }
}

/// Tells cancellations apart. A condition that failed decides, whatever stands beside it: that item is in the log. The one of a
/// transmission fails for another body only, so it decides before the others.
fn judge_reasons(reasons: &[CancellationReason], entry: &Entry) -> Attempt {
    let code = |it: &CancellationReason| it.code().unwrap_or_default().to_owned();
    let codes = reasons.iter().map(code).collect::<Vec<_>>().join(", ");
    if let Some(refused) = reasons
        .iter()
        .rev()
        .find(|it| code(it) == "ConditionalCheckFailed")
    {
        return match refused.item().map(|it| to_map(it.clone())) {
            Some(Ok(existing)) if !existing.is_empty() => {
                Attempt::Done(collision(&existing, entry))
            }
            _ => Attempt::Never(Unavailable::new(
                "claim_unreadable",
                "the refusal did not show the item in the way",
            )),
        };
    }
    let transient = [
        "None",
        "",
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    ];
    if !reasons.is_empty()
        && reasons
            .iter()
            .all(|it| transient.contains(&code(it).as_str()))
    {
        let conflict = codes.contains("TransactionConflict");
        return Attempt::NotNow(Unavailable::new(
            if conflict { "conflict" } else { "throttled" },
            codes,
        ));
    }
    let messages: Vec<&str> = reasons
        .iter()
        .filter_map(CancellationReason::message)
        .collect();
    Attempt::Never(Unavailable::new(
        "cancelled",
        format!("{codes}: {}", messages.join("; ")),
    ))
}

#[cfg(test)]
mod tests;
