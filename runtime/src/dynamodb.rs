//! The event log in DynamoDB: one transaction per append, and the difference between "refused", "not now" and "who knows".

mod access;
mod items;
mod transact;

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_types::service_config::ServiceConfigKey;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell as AsyncOnceCell;

use crate::aws_error::told;
use crate::aws_json::{Answer, AwsJson, Endpoint, Unanswered};
use crate::entry::{Entry, Keys};
use crate::event_log::{Appended, EventLog, IndexKeys, Local, Unavailable};
use crate::https;
use crate::receipt::hex;
use crate::value::{Map, Wire};
use transact::{TARGET, judge};

/// Longest wait for the answer to one transaction, after which its outcome is unknown and it is sent again.
const ATTEMPT: Duration = Duration::from_secs(3);
/// First and longest wait between two attempts; each is drawn between zero and its bound.
const WAIT_MS: u64 = 25;
const WAIT_MS_MAX: u64 = 1_000;

pub(crate) struct DynamoDb {
    /// What appends, each transaction once: only `append_by` knows what may be sent again, and under which token.
    appending: AwsJson,
    endpoint: AsyncOnceCell<Endpoint>,
    config: SdkConfig,
    /// What everything else is done with, made when it is first asked for: most functions append and read nothing.
    others: OnceCell<Client>,
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

impl DynamoDb {
    pub(crate) fn new(
        config: &SdkConfig,
        client: &https::Client,
        tables: BTreeMap<String, String>,
    ) -> Self {
        Self {
            appending: AwsJson::new("dynamodb", config, client),
            endpoint: AsyncOnceCell::new(),
            config: config.clone(),
            others: OnceCell::new(),
            tables,
        }
    }

    fn client(&self) -> &Client {
        self.others.get_or_init(|| Client::new(&self.config))
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
        let table = match self.table(entry.table) {
            Ok(table) => table,
            Err(why) => return Attempt::Never(why),
        };
        let request = transact::request(table, entry, token);
        let answer = self.post(request);
        match tokio::time::timeout(within, answer).await {
            Ok(Ok(answer)) => judge(answer, entry),
            // It cannot be told whether the request has arrived.
            Ok(Err(error)) => Attempt::Unknown(Unavailable::new(
                "connection",
                told(error.as_ref(), None, None),
            )),
            Err(_) => Attempt::Unknown(Unavailable::new(
                "timeout",
                "DynamoDB did not answer in time",
            )),
        }
    }

    async fn post(&self, request: String) -> Result<Answer, Unanswered> {
        let endpoint = self.endpoint.get_or_try_init(|| endpoint(&self.config));
        self.appending.post(endpoint.await?, TARGET, request).await
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

/// Where the SDK would send a request too: what the environment or a profile says, or the region's own.
async fn endpoint(config: &SdkConfig) -> Result<Endpoint, Unanswered> {
    let key = ServiceConfigKey::builder()
        .service_id("DynamoDB")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()?;
    let of_service = config.service_config().and_then(|it| it.load_config(key));
    let given = of_service.or_else(|| config.endpoint_url().map(str::to_owned));
    let params = Params::builder()
        .set_region(config.region().map(ToString::to_string))
        .set_endpoint(given)
        .set_use_fips(config.use_fips())
        .set_use_dual_stack(config.use_dual_stack())
        .build()?;
    let resolver = DefaultResolver::new();
    let endpoint = resolver.resolve_endpoint(&params).await?;
    Endpoint::of(endpoint.url())
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

#[cfg(test)]
mod tests;
