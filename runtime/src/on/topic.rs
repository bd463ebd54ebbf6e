//! `on: TOPIC`: a notification of SNS, which Lambda is invoked with asynchronously: what fails is tried again, and then kept.
//!
//! AWS: "Invoking Lambda functions with Amazon SNS notifications".

use serde::Deserialize;

use super::{KnownBy, Message};
use crate::condition::Where;
use crate::context::Context;
use crate::lambda::{Invocation, Reply};
use crate::sink::{Output, Sink};
use crate::value::Value;
use crate::{Failure, Receipt, Timestamp, json};

/// The topic that a function is subscribed to.
#[derive(Clone, Copy, Debug)]
pub struct Topic {
    /// Declared name.
    pub name: &'static str,
    /// Which of its events.
    pub filter: Where,
    /// What a message is known by.
    pub known_by: KnownBy,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch {
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Record {
    sns: Notification,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notification {
    message_id: String,
    message: String,
    timestamp: Option<String>,
}

impl Invocation {
    /// Serves a notification.
    pub async fn topic<I, O, X, H>(self, from: &Topic, handler: H, sinks: &[Sink]) -> Reply
    where
        I: Value,
        O: Output,
        X: Into<Failure>,
        H: AsyncFn(I, Context) -> Result<O, X>,
    {
        if let Some(incoming) = self.asked_by_url() {
            return self.reply(incoming).await;
        }
        let batch: Batch = match serde_json::from_str(self.payload()) {
            Ok(batch) => batch,
            Err(_) => return self.unreadable("a notification of a topic"),
        };
        for Record { sns } in batch.records {
            let sent_at = sns.timestamp.and_then(|it| it.parse::<Timestamp>().ok());
            let message = Message {
                heading: format!("{} {}", from.name, sns.message_id),
                receipt: Receipt::new(
                    sns.message.as_bytes(),
                    sent_at.unwrap_or_else(|| self.started_at()),
                ),
                wire: json::parse(sns.message.as_bytes()).map_err(|it| it.to_string()),
                id: format!("{}/{}", from.name, sns.message_id),
                scope: None,
                trace: None,
                case: None,
                by: format!("function {} from {}", self.function(), from.name),
                filter: from.filter,
            };
            let handled = self.handle(message, from.known_by, &handler, sinks).await;
            if let Err(failed) = handled {
                return self.failed_quietly(failed.into_failure());
            }
        }
        self.give(&())
    }
}
