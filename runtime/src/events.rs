//! Buses of EventBridge: one `PutEvents` with one entry for each event. A call that succeeds may still say that its entry failed.
//!
//! AWS: EventBridge `PutEvents`, `FailedEntryCount`: a failed entry is to be sent again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::ProvideErrorMetadata;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};

use crate::aws_error::told;
use crate::channel::Post;
use crate::event_log::Unavailable;
use crate::lambda::timeouts;

/// Waits before an entry is sent again; behind the last one it has failed.
const WAITS_MS: [u64; 3] = [50, 200, 800];

pub(crate) struct Events {
    client: Client,
    /// ARN by declared name.
    arns: BTreeMap<String, String>,
}

impl Events {
    pub(crate) fn new(config: &SdkConfig, arns: BTreeMap<String, String>) -> Self {
        let config = aws_sdk_eventbridge::config::Builder::from(config).timeout_config(timeouts());
        Self {
            client: Client::from_conf(config.build()),
            arns,
        }
    }

    pub(crate) async fn post(&self, post: &Post, deadline: Instant) -> Result<(), Unavailable> {
        let Post::Bus {
            bus,
            source,
            detail_type,
            detail,
            trace,
        } = post
        else {
            return Err(Unavailable::new("request", "not a bus's event"));
        };
        let arn = self.arns.get(*bus).ok_or_else(|| {
            Unavailable::new("bus_unnamed", format!("no bus is configured for {bus}"))
        })?;
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(arn)
            .source(*source)
            .detail_type(*detail_type)
            .detail(detail)
            .trace_header(trace)
            .build();
        let mut waits = WAITS_MS.into_iter();
        loop {
            let put = self.client.put_events().entries(entry.clone()).send().await;
            let answer = put.map_err(|error| {
                let detail = format!("{bus}: {}", told(&error, error.code(), error.message()));
                Unavailable::new("bus", detail)
            })?;
            let Some(code) = failure(answer.entries(), answer.failed_entry_count) else {
                return Ok(());
            };
            let wait = waits.next().map(Duration::from_millis);
            match wait.filter(|it| Instant::now() + *it < deadline) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(Unavailable::new("bus_entry", format!("{bus}: {code}"))),
            }
        }
    }
}

/// Why the one entry was not taken. An answer without an event's id is no success either.
fn failure(entries: &[PutEventsResultEntry], failed: i32) -> Option<String> {
    let entry = entries.first();
    if failed == 0 && entry.is_some_and(|it| it.event_id().is_some()) {
        return None;
    }
    let said = entry.and_then(PutEventsResultEntry::error_code);
    Some(said.unwrap_or("the entry was not taken").to_owned())
}

#[cfg(all(test, feature = "dynamodb"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;
    use crate::scripted::{run, serve};

    fn put(
        script: Vec<&str>,
        given: Duration,
    ) -> (Result<(), &'static str>, Vec<serde_json::Value>) {
        let script = script.into_iter().map(|it| (200, it.to_owned())).collect();
        let (config, asked) = serve(script);
        let arn = "arn:aws:events:eu-west-1:1:event-bus/shop".to_owned();
        let buses = Events::new(&config, BTreeMap::from([("shop".to_owned(), arn)]));
        let post = Post::Bus {
            bus: "shop",
            source: "payment.processor",
            detail_type: "Payment Processed",
            detail: r#"{"amount":99.90}"#.to_owned(),
            trace: "Root=1-2-3".to_owned(),
        };
        let done = run(buses.post(&post, Instant::now() + given));
        let asked = asked
            .try_iter()
            .map(|it| serde_json::from_str(&it.body).unwrap());
        (done.map_err(|it| it.reason), asked.collect())
    }

    const FAILED: &str = r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"ThrottlingException","ErrorMessage":"m"}]}"#;
    const TAKEN: &str = r#"{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}"#;

    #[test]
    fn an_entry_that_failed_in_an_answer_that_succeeded_is_sent_again() {
        let (done, asked) = put(vec![FAILED, TAKEN], Duration::from_secs(5));
        assert_eq!((done, asked.len()), (Ok(()), 2));
        let entry = &asked[1]["Entries"][0];
        assert_eq!(entry["Detail"], r#"{"amount":99.90}"#);
        assert_eq!(
            (&entry["Source"], &entry["DetailType"]),
            (&"payment.processor".into(), &"Payment Processed".into())
        );
        assert_eq!(entry["TraceHeader"], "Root=1-2-3");
    }

    #[test]
    fn an_entry_that_goes_on_failing_is_a_failure_in_the_end() {
        let (done, asked) = put(vec![FAILED; 4], Duration::from_secs(5));
        assert_eq!((done, asked.len()), (Err("bus_entry"), 4));
        let (done, asked) = put(vec![FAILED; 4], Duration::from_millis(30));
        assert_eq!(
            (done, asked.len()),
            (Err("bus_entry"), 1),
            "no wait goes beyond the deadline"
        );
    }
}
