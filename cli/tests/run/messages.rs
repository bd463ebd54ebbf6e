//! Queues, alarms, e-mails and functions of a running pipeline, as an operator reads them, and the one check of dead letters that all
//! systems with queues share.

use crate::pipeline::Pipeline;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// No consumer can read it: it is no JSON.
pub(crate) const POISON: &str = "not a payment";
/// `dead_letter: … after 5`, as every spec here has it.
pub(crate) const RECEIVES: usize = 5;

/// A queue whose consumer's failures end in another one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Redriven {
    pub(crate) queue: &'static str,
    pub(crate) dead: &'static str,
}

impl Pipeline {
    fn queue_url(&self, queue: &str) -> String {
        let answer = self.call("AmazonSQS.GetQueueUrl", &json!({ "QueueName": queue }));
        answer.unwrap()["QueueUrl"].as_str().unwrap().to_owned()
    }

    /// Sends messages in one call, so that the consumer gets them as one batch; each with its group where the queue is a FIFO queue.
    /// Gives their ids.
    pub(crate) fn send_batch(&self, queue: &str, messages: &[(Option<&str>, &str)]) -> Vec<String> {
        let entries = messages.iter().enumerate().map(|(index, (group, body))| {
            let mut entry = json!({ "Id": index.to_string(), "MessageBody": body });
            if let Some(group) = group {
                entry["MessageGroupId"] = json!(group);
            }
            entry
        });
        let entries: Vec<Value> = entries.collect();
        let input = json!({ "QueueUrl": self.queue_url(queue), "Entries": entries });
        let answer = self.call("AmazonSQS.SendMessageBatch", &input).unwrap();
        let sent = answer["Successful"].as_array().unwrap();
        assert_eq!(sent.len(), messages.len(), "{answer}");
        let ids = sent.iter().map(|it| it["MessageId"].as_str().unwrap());
        ids.map(str::to_owned).collect()
    }

    /// Visible, hidden and delayed messages of a queue.
    pub(crate) fn depth(&self, queue: &str) -> [usize; 3] {
        let input = json!({ "QueueUrl": self.queue_url(queue), "AttributeNames": ["All"] });
        let answer = self.call("AmazonSQS.GetQueueAttributes", &input).unwrap();
        ["", "NotVisible", "Delayed"].map(|kind| {
            let name = format!("ApproximateNumberOfMessages{kind}");
            let count = answer["Attributes"][name].as_str().unwrap();
            count.parse().unwrap()
        })
    }

    /// Up to ten messages of a queue, with all their attributes.
    pub(crate) fn receive(&self, queue: &str) -> Vec<Value> {
        let input = json!({ "QueueUrl": self.queue_url(queue), "MaxNumberOfMessages": 10, "AttributeNames": ["All"] });
        let answer = self.call("AmazonSQS.ReceiveMessage", &input).unwrap();
        answer["Messages"].as_array().cloned().unwrap_or_default()
    }

    /// Waits until a queue is empty and nobody is at work on it.
    pub(crate) fn until_empty(&self, queue: &str) {
        self.until(&format!("{queue} is empty"), || self.depth(queue) == [0; 3]);
    }

    /// The alarms that are in ALARM now.
    pub(crate) fn alarms_set_off(&self) -> BTreeSet<String> {
        let target = "GraniteServiceVersion20100801.DescribeAlarms";
        let answer = self.call(target, &json!({ "StateValue": "ALARM" }));
        let answer = answer.unwrap();
        let alarms = answer["MetricAlarms"].as_array().unwrap().iter();
        let names = alarms.map(|it| it["AlarmName"].as_str().unwrap().to_owned());
        names.collect()
    }

    /// Does something that sets an alarm off, again and again, since what counts is only the last periods, until the alarm is seen.
    pub(crate) fn until_alarm(&self, alarm: &str, mut cause: impl FnMut()) {
        self.until(&format!("{alarm} in ALARM"), || {
            cause();
            self.alarms_set_off().contains(alarm)
        });
        let told = |it: &Value| it["subject"].as_str().unwrap_or_default().contains(alarm);
        self.until(&format!("an e-mail about {alarm}"), || {
            self.steps("emailed").iter().any(told)
        });
    }

    /// Waits until so many letters are in the dead-letter queue, and checks that its alarm says so and that they came there after so
    /// many receives and not one more, while so many messages behind them waited for the last of these; gives their bodies in order.
    pub(crate) fn dead_letters(
        &self,
        of: Redriven,
        count: usize,
        waiting: usize,
        alarm: Option<&str>,
    ) -> Vec<String> {
        let Redriven { queue, dead } = of;
        self.until(&format!("{count} in {dead}"), || {
            self.depth(dead) == [count, 0, 0]
        });
        self.until_empty(queue);
        if let Some(alarm) = alarm {
            self.until_alarm(alarm, || {});
        }
        self.until("its steps", || {
            self.steps_from(queue, "dead_lettered") == count
        });
        assert_eq!(
            self.steps_from(queue, "delivery_failed"),
            RECEIVES * count + (RECEIVES - 1) * waiting,
            "each letter was received as often as the spec says"
        );
        let letters = self.receive(dead);
        assert_eq!(letters.len(), count, "{letters:?}");
        for letter in &letters {
            let from = letter["Attributes"]["DeadLetterQueueSourceArn"].as_str();
            assert!(from.unwrap().ends_with(&format!(":{queue}")), "{letter}");
        }
        let bodies = letters.iter().map(|it| it["Body"].as_str().unwrap());
        bodies.map(str::to_owned).collect()
    }

    /// Steps of one kind that came from a queue.
    pub(crate) fn steps_from(&self, queue: &str, step: &str) -> usize {
        let steps = self.steps(step);
        steps.iter().filter(|it| it["source"] == queue).count()
    }

    /// How often each of these messages was done.
    pub(crate) fn deliveries(&self, messages: &[String]) -> Vec<usize> {
        let done = self.steps("delivered");
        let count = |id: &String| done.iter().filter(|it| it["message"] == **id).count();
        messages.iter().map(count).collect()
    }

    /// A synchronous invocation by hand; gives what Lambda says of a failure.
    pub(crate) fn invoke(&self, function: &str, payload: &str) -> Option<String> {
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let (status, answer) = self.post_to(&path, &[], payload.as_bytes()).unwrap();
        assert_eq!(status, 200, "{answer}");
        answer["errorMessage"].as_str().map(str::to_owned)
    }
}

/// What a table holds under an attribute, without its type.
pub(crate) fn field<'a>(item: &'a Value, name: &str) -> &'a str {
    let typed = item[name].as_object().and_then(|it| it.values().next());
    typed.and_then(Value::as_str).unwrap_or_default()
}

/// The facts of a table as texts of some fields, sorted.
pub(crate) fn rows(facts: &[Value], fields: &[&str]) -> Vec<String> {
    let row = |it: &Value| -> String {
        let values: Vec<&str> = fields.iter().map(|name| field(it, name)).collect();
        values.join(" ")
    };
    let mut rows: Vec<String> = facts.iter().map(row).collect();
    rows.sort();
    rows
}
