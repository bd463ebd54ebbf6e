//! Queues of SQS: one `SendMessage` for each message.
//!
//! AWS: SQS `SendMessage`; "Exactly-once processing in Amazon SQS", which is why a send may be repeated in a FIFO queue.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::{MessageSystemAttributeNameForSends, MessageSystemAttributeValue};

use crate::channel::Post;
use crate::event_log::Unavailable;
use crate::lambda::timeouts;

pub(crate) struct Sqs {
    client: Client,
    /// URL by declared name.
    urls: BTreeMap<String, String>,
}

impl Sqs {
    pub(crate) fn new(config: &SdkConfig, urls: BTreeMap<String, String>) -> Self {
        let config = aws_sdk_sqs::config::Builder::from(config).timeout_config(timeouts());
        Self {
            client: Client::from_conf(config.build()),
            urls,
        }
    }

    pub(crate) async fn post(&self, post: &Post) -> Result<(), Unavailable> {
        let Post::Queue {
            queue,
            body,
            group,
            deduplication_id,
            trace,
        } = post
        else {
            return Err(Unavailable::new("request", "not a queue's message"));
        };
        let url = self.urls.get(queue).ok_or_else(|| {
            Unavailable::new(
                "queue_unnamed",
                format!("no queue is configured for {queue}"),
            )
        })?;
        let trace = MessageSystemAttributeValue::builder()
            .data_type("String")
            .string_value(trace)
            .build()
            .map_err(|error| Unavailable::new("request", error.to_string()))?;
        let send = self.client.send_message().queue_url(url).message_body(body);
        let send = send
            .set_message_group_id(group.clone())
            .set_message_deduplication_id(deduplication_id.clone())
            .message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, trace);
        let sent = send.send().await;
        sent.map(drop).map_err(|error| {
            let detail = format!("{queue}: {}", DisplayErrorContext(error));
            Unavailable::new("queue", detail)
        })
    }
}
