//! Delivers a message of a topic to its subscribers: through their filters, in their form, else to their dead-letter queue.

use super::super::Core;
use std::collections::BTreeMap;

use super::super::asynchronous::AsynchronousEvent;
use super::super::authority::{self, Principal};
use super::super::delivery::Undelivered;
use super::super::input::Output;
use super::super::queues::NewMessage;
use super::message::Notification;
use crate::artifacts::{Endpoint, Subscription};
use crate::observe::StepKind;

/// Message attributes that SQS takes; a raw delivery with more of them fails for good.
const SQS_ATTRIBUTES_MAX: usize = 10;

impl Core {
    /// Gives the message its id and every subscriber the message. Gives the id.
    pub(in crate::core) fn notify(
        &mut self,
        mut message: Notification,
        subject: Option<&str>,
        now_ms: u64,
        out: &mut Output,
    ) -> String {
        message.id = self.ids.uuid();
        let topic = message
            .topic_arn
            .rsplit(':')
            .next()
            .unwrap_or_default()
            .to_owned();
        let published = StepKind::Published {
            topic: topic.clone(),
            subject: message.subject.clone(),
            bytes: message.bytes(),
            text: message.text.clone(),
            attributes: message.shown_attributes(),
        };
        self.observe(subject.map(str::to_owned), published, now_ms, out);
        self.measure_topic(&topic, "NumberOfMessagesPublished", 1.0, now_ms);
        #[expect(clippy::cast_precision_loss, reason = "a message has at most 256 KiB")]
        let bytes = message.bytes() as f64;
        self.measure_topic(&topic, "PublishSize", bytes, now_ms);
        let deployment = self.deployment.clone();
        let own = deployment.subscriptions.iter();
        for subscription in own.filter(|it| it.topic_arn == message.topic_arn) {
            self.deliver_notification(&message, &topic, subscription, subject, now_ms, out);
        }
        message.id
    }

    fn deliver_notification(
        &mut self,
        message: &Notification,
        topic: &str,
        subscription: &Subscription,
        subject: Option<&str>,
        now_ms: u64,
        out: &mut Output,
    ) {
        let (protocol, endpoint) = subscription.endpoint.shown();
        let filter = subscription.filter.as_ref();
        if filter.is_some_and(|filter| !message.passes(filter, protocol)) {
            let metric = "NumberOfNotificationsFilteredOut";
            return self.measure_topic(topic, metric, 1.0, now_ms);
        }
        let principal = authority::service("sns.amazonaws.com", &message.topic_arn);
        let delivered = match &subscription.endpoint {
            Endpoint::Queue(arn) => parcel(message, subscription, subject)
                .and_then(|it| self.deliver_to_queue(&principal, arn, it, now_ms, out)),
            Endpoint::Function(arn) => {
                let event = AsynchronousEvent {
                    payload: message.event(&subscription.arn).to_string(),
                    trace: message.trace.clone(),
                    subject: subject.map(str::to_owned),
                    ..AsynchronousEvent::default()
                };
                self.deliver_to_function(&principal, arn, event, now_ms, out)
            }
            Endpoint::Email(address) => {
                let step = StepKind::Emailed {
                    topic: topic.to_owned(),
                    address: address.clone(),
                    subject: message.subject.clone(),
                    text: message.text_for("email").to_owned(),
                };
                self.observe(subject.map(str::to_owned), step, now_ms, out);
                Ok(())
            }
        };
        match delivered {
            Ok(()) => {
                let metric = "NumberOfNotificationsDelivered";
                self.measure_topic(topic, metric, 1.0, now_ms);
            }
            Err(failure) => {
                self.measure_topic(topic, "NumberOfNotificationsFailed", 1.0, now_ms);
                let step = StepKind::Undelivered {
                    from: topic.to_owned(),
                    to: endpoint.to_owned(),
                    error: failure.code.to_owned(),
                    cause: failure.message.clone(),
                    dead_letter_queue: subscription.dead_letter_arn.clone(),
                };
                self.observe(subject.map(str::to_owned), step, now_ms, out);
                self.give_up_notification(message, topic, subscription, &principal, now_ms, out);
            }
        }
    }

    /// The dead-letter queue gets what the subscriber would have got.
    fn give_up_notification(
        &mut self,
        message: &Notification,
        topic: &str,
        subscription: &Subscription,
        principal: &Principal,
        now_ms: u64,
        out: &mut Output,
    ) {
        let Some(queue_arn) = &subscription.dead_letter_arn else {
            return;
        };
        let kept = plain_parcel(message, subscription, None);
        let metric = match self.deliver_to_queue(principal, queue_arn, kept, now_ms, out) {
            Ok(()) => "NumberOfNotificationsRedrivenToDlq",
            Err(failure) => {
                let step = StepKind::Notice {
                    message: format!("a message of {topic} is lost: {}", failure.message),
                };
                self.observe(None, step, now_ms, out);
                "NumberOfNotificationsFailedToRedriveToDlq"
            }
        };
        self.measure_topic(topic, metric, 1.0, now_ms);
    }

    fn measure_topic(&mut self, topic: &str, metric: &'static str, value: f64, now_ms: u64) {
        self.metrics
            .add("AWS/SNS", metric, &[("TopicName", topic)], value, now_ms);
    }
}

/// What a queue gets: the message itself with its attributes, or the envelope.
fn parcel(
    message: &Notification,
    subscription: &Subscription,
    subject: Option<&str>,
) -> Result<NewMessage, Undelivered> {
    if subscription.raw && message.attributes.len() > SQS_ATTRIBUTES_MAX {
        return Err(Undelivered {
            code: "INVALID_PARAMETER",
            message: format!(
                "SQS takes {SQS_ATTRIBUTES_MAX} message attributes, and the message has {}",
                message.attributes.len()
            ),
        });
    }
    Ok(plain_parcel(message, subscription, subject))
}

fn plain_parcel(
    message: &Notification,
    subscription: &Subscription,
    subject: Option<&str>,
) -> NewMessage {
    let (protocol, _) = subscription.endpoint.shown();
    let (body, attributes) = if subscription.raw {
        (
            message.text_for(protocol).to_owned(),
            message.attributes.clone(),
        )
    } else {
        let envelope = message.envelope(protocol, &subscription.arn);
        (envelope.to_string(), BTreeMap::new())
    };
    NewMessage {
        body,
        attributes,
        trace: message.trace.clone(),
        sender: "sns.amazonaws.com".to_owned(),
        subject: subject.map(str::to_owned),
        ..NewMessage::default()
    }
}
