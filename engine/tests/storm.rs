//! A thousand deliveries of one webhook at the same time.

mod support;

use std::time::Duration;

use serde_json::json;
use support::{
    Engine, Folder, MACHINE, artifacts_with_throttle, aws, facts, payment, try_http_async,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_deliveries_at_once_are_one_event_and_one_workflow() {
    let state = Folder::new("storm");
    let artifacts = artifacts_with_throttle(&state.0, 5_000);
    let engine = Engine::start_with(artifacts, &state.0.join("state"), 0.0).await;
    let address = engine.address;
    let mut deliveries = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        deliveries.spawn(async move {
            // A provider sends again on 429 and 5xx, a little later each time.
            for attempt in 0..200_u64 {
                let answer =
                    try_http_async(address, "POST", "/webhooks", &[], &payment("pay_storm")).await;
                match answer {
                    Some(answer) if answer.status == 200 => {
                        return answer.json()["outcome"].as_str().map(str::to_owned);
                    }
                    Some(answer) if answer.status == 429 || answer.status >= 500 => {}
                    Some(answer) => panic!("{answer:?}"),
                    None => {}
                }
                tokio::time::sleep(Duration::from_millis(10 + 7 * attempt)).await;
            }
            None
        });
    }
    let (mut recorded, mut duplicates) = (0, 0);
    while let Some(outcome) = deliveries.join_next().await {
        match outcome.expect("no panic").as_deref() {
            Some("recorded") => recorded += 1,
            Some("duplicate") => duplicates += 1,
            other => panic!("{other:?}"),
        }
    }
    // The one that recorded may have been answered to a delivery that was throttled later, never twice.
    assert_eq!((recorded, duplicates), (1, 999));
    engine.wait_for_endings(1).await;
    assert_eq!(facts(address).await.len(), 2);
    let list = aws(
        address,
        "AWSStepFunctions.ListExecutions",
        &json!({ "stateMachineArn": MACHINE }),
    )
    .await
    .json();
    assert_eq!(
        list["executions"].as_array().map(Vec::len),
        Some(1),
        "{list}"
    );
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}
