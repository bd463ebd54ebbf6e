//! Buses of EventBridge: one `PutEvents` with one entry for each event. A call that succeeds may still say that its entry failed.
//!
//! AWS: EventBridge `PutEvents`, `FailedEntryCount`: a failed entry is to be sent again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::DisplayErrorContext;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};

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
                let detail = format!("{bus}: {}", DisplayErrorContext(error));
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
