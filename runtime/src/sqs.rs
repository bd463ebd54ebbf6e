//! Queues of SQS: one `SendMessage` for each message.
//!
//! AWS: SQS `SendMessage`; "Exactly-once processing in Amazon SQS", which is why a send may be repeated in a FIFO queue.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{MessageSystemAttributeNameForSends, MessageSystemAttributeValue};

use crate::aws_error::told;
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
            let detail = format!("{queue}: {}", told(&error, error.code(), error.message()));
            Unavailable::new("queue", detail)
        })
    }
}

#[cfg(all(test, feature = "dynamodb"))]
mod tests {
    use super::*;
    use crate::scripted::{run, serve};

    #[test]
    fn a_message_carries_its_group_its_id_and_its_trace() {
        let sent = r#"{"MessageId":"m","MD5OfMessageBody":"99914b932bd37a50b983c5e7c90ae93b"}"#;
        let (config, asked) = serve(vec![(200, sent.to_owned())]);
        let url = "http://sqs/1/lane-stripe-dev.fifo".to_owned();
        let queues = Sqs::new(
            &config,
            BTreeMap::from([("lane_stripe".to_owned(), url.clone())]),
        );
        let mut post = Post::Queue {
            queue: "lane_stripe".to_owned(),
            body: "{}".to_owned(),
            group: Some("pay_1".to_owned()),
            deduplication_id: Some("ab".to_owned()),
            trace: "Root=1-2-3".to_owned(),
        };
        assert_eq!(run(queues.post(&post)), Ok(()));
        let body: serde_json::Value = serde_json::from_str(&asked.recv().unwrap().body).unwrap();
        assert_eq!(body["QueueUrl"], url);
        assert_eq!(
            (&body["MessageGroupId"], &body["MessageBody"]),
            (&"pay_1".into(), &"{}".into())
        );
        assert_eq!(body["MessageDeduplicationId"], "ab");
        assert_eq!(
            body["MessageSystemAttributes"]["AWSTraceHeader"]["StringValue"],
            "Root=1-2-3"
        );
        if let Post::Queue { queue, .. } = &mut post {
            *queue = "lane_paypal".to_owned();
        }
        assert_eq!(run(queues.post(&post)).unwrap_err().reason, "queue_unnamed");
    }
}
