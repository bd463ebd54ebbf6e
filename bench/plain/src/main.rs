//! The handler of `specs/payments` as one writes it by hand with `lambda_runtime` and `aws-sdk-dynamodb`: HMAC over the raw body, then one
//! conditional put. It keeps no claim, no body and no provenance, writes no log, takes the key from its environment and trusts its sender's
//! encoding, so a generated handler does more.

use std::collections::HashMap;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use hmac::{Hmac, KeyInit, Mac};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// What of API Gateway's event is used.
#[derive(Deserialize)]
struct Webhook {
    headers: HashMap<String, String>,
    body: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payment {
    payment_id: String,
    provider: String,
    amount: serde_json::Number,
    currency: String,
    status: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    headers: HashMap<&'static str, &'static str>,
    body: &'static str,
}

impl Answer {
    fn new(status_code: u16, body: &'static str) -> Self {
        let headers = HashMap::from([("content-type", "application/json")]);
        Self {
            status_code,
            headers,
            body,
        }
    }
}

struct Handler {
    client: Client,
    table: String,
    key: Hmac<Sha256>,
}

impl Handler {
    async fn from_environment() -> Result<Self, Error> {
        let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
        Ok(Self {
            client: Client::new(&config),
            table: std::env::var("PIPE_TABLE_PAYMENT_EVENTS")?,
            key: Hmac::new_from_slice(std::env::var("WEBHOOK_KEY")?.as_bytes())?,
        })
    }

    async fn answer(&self, webhook: Webhook) -> Result<Answer, Error> {
        let signature = webhook.headers.get("X-Webhook-Signature");
        if !signature.is_some_and(|it| self.is_genuine(&webhook.body, it)) {
            return Ok(Answer::new(401, r#"{"outcome":"refused"}"#));
        }
        let payment: Payment = serde_json::from_str(&webhook.body)?;
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("paymentId", AttributeValue::S(payment.payment_id))
            .item(
                "timestamp",
                AttributeValue::S(jiff::Timestamp::now().to_string()),
            )
            .item("provider", AttributeValue::S(payment.provider))
            .item("amount", AttributeValue::N(payment.amount.to_string()))
            .item("currency", AttributeValue::S(payment.currency))
            .item("status", AttributeValue::S(payment.status))
            .condition_expression("attribute_not_exists(paymentId)");
        put.send().await?;
        Ok(Answer::new(200, r#"{"outcome":"recorded"}"#))
    }

    fn is_genuine(&self, body: &str, signature: &str) -> bool {
        let Some(given) = unhex(signature) else {
            return false;
        };
        let mut hmac = self.key.clone();
        hmac.update(body.as_bytes());
        hmac.verify_slice(&given).is_ok()
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |it: u8| {
        char::from(it)
            .to_digit(16)
            .and_then(|it| u8::try_from(it).ok())
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    if rest.is_empty() {
        bytes.collect()
    } else {
        None
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let handler = Handler::from_environment().await?;
    let handler = &handler;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Webhook>| {
        handler.answer(event.payload)
    }))
    .await
}
