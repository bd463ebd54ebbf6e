//! Topics of SNS: one `Publish` for each event or alert.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::ProvideErrorMetadata;
use aws_sdk_sns::types::MessageAttributeValue;

use crate::aws_error::told;
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
            let detail = format!("{topic}: {}", told(&error, error.code(), error.message()));
            Unavailable::new("topic", detail)
        })
    }
}

#[cfg(all(test, feature = "dynamodb"))]
mod tests {
    use super::*;
    use crate::scripted::{run, serve};

    #[test]
    fn an_event_says_what_it_is_and_an_alert_has_a_subject() {
        let answer = "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
        let denied = "<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>";
        let script = [(200, answer), (200, answer), (403, denied)];
        let (config, asked) = serve(script.map(|(status, it)| (status, it.to_owned())).into());
        let arn = "arn:aws:sns:eu-west-1:1:ops".to_owned();
        let topics = Sns::new(&config, BTreeMap::from([("ops".to_owned(), arn)]));
        let event = Post::Topic {
            topic: "ops",
            body: "{}".to_owned(),
            event: "Paid",
        };
        assert_eq!(run(topics.post(&event)), Ok(()));
        let body = asked.recv().unwrap().body;
        assert!(
            body.contains("MessageAttributes.entry.1.Name=event"),
            "{body}"
        );
        assert!(
            body.contains("StringValue=Paid") && body.contains("Message=%7B%7D"),
            "{body}"
        );
        let alert = Post::Alert {
            topic: "ops",
            subject: "Large".to_owned(),
            text: "t".to_owned(),
        };
        assert_eq!(run(topics.post(&alert)), Ok(()));
        let body = asked.recv().unwrap().body;
        assert!(
            body.contains("Subject=Large") && !body.contains("MessageAttributes"),
            "{body}"
        );
        let refused = run(topics.post(&alert)).unwrap_err();
        assert!(refused.detail.contains("AuthorizationError"), "{refused}");
    }
}
