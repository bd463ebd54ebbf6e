//! Topics of SNS: one `Publish` for each event or alert.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::DisplayErrorContext;
use aws_sdk_sns::types::MessageAttributeValue;

use crate::channel::Post;
use crate::event_log::Unavailable;
use crate::lambda::timeouts;

pub(crate) struct Sns {
    client: Client,
    /// ARN by declared name.
    arns: BTreeMap<String, String>,
}

impl Sns {
    pub(crate) fn new(config: &SdkConfig, arns: BTreeMap<String, String>) -> Self {
        let config = aws_sdk_sns::config::Builder::from(config).timeout_config(timeouts());
        Self {
            client: Client::from_conf(config.build()),
            arns,
        }
    }

    fn arn(&self, topic: &str) -> Result<&str, Unavailable> {
        let arn = self.arns.get(topic).map(String::as_str);
        arn.ok_or_else(|| {
            Unavailable::new(
                "topic_unnamed",
                format!("no topic is configured for {topic}"),
            )
        })
    }

    pub(crate) async fn post(&self, post: &Post) -> Result<(), Unavailable> {
        let publish = self.client.publish();
        let (topic, publish) = match post {
            Post::Topic { topic, body, event } => {
                let event = MessageAttributeValue::builder()
                    .data_type("String")
                    .string_value(*event)
                    .build()
                    .map_err(|error| Unavailable::new("request", error.to_string()))?;
                (
                    topic,
                    publish.message(body).message_attributes("event", event),
                )
            }
            Post::Alert {
                topic,
                subject,
                text,
            } => (topic, publish.subject(subject).message(text)),
            Post::Queue { .. } | Post::Bus { .. } => {
                return Err(Unavailable::new("request", "not a topic's message"));
            }
        };
        let published = publish.topic_arn(self.arn(topic)?).send().await;
        published.map(drop).map_err(|error| {
            let detail = format!("{topic}: {}", DisplayErrorContext(error));
            Unavailable::new("topic", detail)
        })
    }
}
