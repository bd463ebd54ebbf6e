//! From a webhook to a settled payment, over real sockets and processes, with the committed artifacts.
#![allow(clippy::expect_used, reason = "test code outside of test functions")]

mod support;

use std::time::{Duration, Instant};

use pipe_engine::StepKind;
use serde_json::json;
use support::{Engine, Folder, MACHINE, TABLE, aws, facts, http, payment, post};

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_becomes_a_settled_payment() {
    let state = Folder::new("settled");
    let engine = Engine::start(&state.0).await;
    let answer = post(engine.address, &payment("pay_1")).await;
    assert_eq!(
        (answer.status, answer.json()["outcome"].as_str()),
        (200, Some("recorded")),
        "{answer:?}"
    );
    engine.wait_for_endings(1).await;
    assert_eq!(
        facts(engine.address).await,
        [
            ("pay_1".to_owned(), "PaymentReceived".to_owned()),
            ("pay_1".to_owned(), "PaymentSettled".to_owned())
        ]
    );
    let list = aws(
        engine.address,
        "AWSStepFunctions.ListExecutions",
        &json!({ "stateMachineArn": MACHINE }),
    )
    .await
    .json();
    assert_eq!(list["executions"][0]["status"], "SUCCEEDED", "{list}");
    let arn = list["executions"][0]["executionArn"].clone();
    let history = aws(
        engine.address,
        "AWSStepFunctions.GetExecutionHistory",
        &json!({ "executionArn": arn }),
    )
    .await
    .json();
    let kinds: Vec<&str> = history["events"]
        .as_array()
        .expect("events")
        .iter()
        .filter_map(|event| event["type"].as_str())
        .collect();
    assert_eq!(
        (kinds.first(), kinds.last()),
        (Some(&"ExecutionStarted"), Some(&"ExecutionSucceeded")),
        "{kinds:?}"
    );
    assert!(
        engine
            .kinds()
            .iter()
            .any(|kind| matches!(kind, StepKind::EnvironmentStarted { .. }))
    );
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_retried_caught_and_told() {
    let state = Folder::new("errors");
    let engine = Engine::start(&state.0).await;
    for id in ["declined-1", "flaky-1", "down-1", "faulty-1"] {
        assert_eq!(post(engine.address, &payment(id)).await.status, 200);
    }
    engine.wait_for_endings(4).await;
    let facts = facts(engine.address).await;
    let ended = |id: &str| {
        facts
            .iter()
            .filter(|(partition, event)| partition == id && event != "PaymentReceived")
            .map(|(_, event)| event.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(ended("declined-1"), ["PaymentFailed"]);
    assert_eq!(ended("flaky-1"), ["PaymentSettled"]);
    assert_eq!(ended("down-1"), ["PaymentFailed"]);
    assert_eq!(ended("faulty-1"), ["PaymentFailed"]);
    let retried = engine.kinds().iter().filter(|kind| matches!(kind, StepKind::AttemptFailed { error, retry_in_ms: Some(0), .. } if error == "GatewayDown")).count();
    assert!(
        (3..=5).contains(&retried),
        "{retried} attempts were told as retried: {:#?}",
        engine.kinds()
    );
    let failed = engine
        .kinds()
        .iter()
        .filter(
            |kind| matches!(kind, StepKind::ExecutionFailed { error, .. } if error == "Unsettled"),
        )
        .count();
    assert_eq!(failed, 3);
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_delivery_is_a_duplicate_and_starts_nothing() {
    let state = Folder::new("duplicate");
    let engine = Engine::start(&state.0).await;
    let first = post(engine.address, &payment("pay_2")).await.json();
    engine.wait_for_endings(1).await;
    let second = post(engine.address, &payment("pay_2")).await.json();
    assert_eq!(
        (first["outcome"].as_str(), second["outcome"].as_str()),
        (Some("recorded"), Some("duplicate"))
    );
    let list = aws(
        engine.address,
        "AWSStepFunctions.ListExecutions",
        &json!({ "stateMachineArn": MACHINE }),
    )
    .await
    .json();
    assert_eq!(list["executions"].as_array().map(Vec::len), Some(1));
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_recorded_and_settled_is_there_after_a_restart() {
    let state = Folder::new("restart");
    let engine = Engine::start(&state.0).await;
    post(engine.address, &payment("pay_3")).await;
    engine.wait_for_endings(1).await;
    let before = facts(engine.address).await;
    let secret = aws(
        engine.address,
        "AmazonSSM.GetParameter",
        &json!({ "Name": "/payments/local/webhook-key", "WithDecryption": true }),
    )
    .await
    .json();
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
    let engine = Engine::start(&state.0).await;
    assert_eq!(facts(engine.address).await, before);
    let again = aws(
        engine.address,
        "AmazonSSM.GetParameter",
        &json!({ "Name": "/payments/local/webhook-key", "WithDecryption": true }),
    )
    .await
    .json();
    assert_eq!(secret["Parameter"]["Value"], again["Parameter"]["Value"]);
    assert_eq!(
        secret["Parameter"]["Value"].as_str().map(str::len),
        Some(64)
    );
    let list = aws(
        engine.address,
        "AWSStepFunctions.ListExecutions",
        &json!({ "stateMachineArn": MACHINE }),
    )
    .await
    .json();
    assert_eq!(list["executions"].as_array().map(Vec::len), Some(1));
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_crashes_or_answers_nonsense_is_a_502() {
    let state = Folder::new("crash");
    let engine = Engine::start(&state.0).await;
    for id in ["crash-1", "malformed-1", "crash-2"] {
        let answer = post(engine.address, &payment(id)).await;
        assert_eq!(
            (answer.status, answer.json()["message"].as_str()),
            (502, Some("Internal server error")),
            "{id}"
        );
    }
    assert_eq!(
        post(engine.address, &payment("pay_4")).await.status,
        200,
        "a new environment takes over"
    );
    let ended = engine
        .kinds()
        .iter()
        .filter(|kind| matches!(kind, StepKind::EnvironmentEnded { .. }))
        .count();
    assert_eq!(ended, 2);
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_environment_was_given_and_never_saw_goes_to_another() {
    let state = Folder::new("quit");
    let engine = Engine::start(&state.0).await;
    for id in ["quit-1", "quit-2", "pay_5"] {
        let answer = post(engine.address, &payment(id)).await;
        assert_eq!(answer.status, 200, "{id}: {answer:?}");
    }
    let quit = |kind: &&StepKind| matches!(kind, StepKind::EnvironmentEnded { function, .. } if function == "validate-local");
    let ended = || engine.kinds().iter().filter(quit).count();
    let deadline = Instant::now() + Duration::from_secs(10);
    while ended() < 2 && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(ended(), 2);
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_asks_for_nothing_more_is_given_up() {
    let state = Folder::new("hang");
    let engine = Engine::start(&state.0).await;
    for id in ["hang-1", "pay_9"] {
        let answer = post(engine.address, &payment(id)).await;
        assert_eq!(answer.status, 200, "{id}: {answer:?}");
    }
    assert!(engine.kinds().iter().any(
        |kind| matches!(kind, StepKind::EnvironmentEnded { reason, .. } if reason.contains("nothing more within 10 s"))
    ));
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

/// An engine with a copy of the handler, and the open file that keeps this from being started: a program that is being
/// written cannot be, like one for which there is no process, port or memory left.
#[cfg(target_os = "linux")]
async fn with_busy_handler(folder: &Folder) -> Option<(Engine, std::fs::File)> {
    let handler = folder.0.join("handler");
    std::fs::copy(support::handler(), &handler).expect("the handler can be copied");
    let writing = std::fs::OpenOptions::new()
        .append(true)
        .open(&handler)
        .expect("the copy is ours");
    if let Ok(mut child) = std::process::Command::new(&handler).spawn() {
        eprintln!("SKIPPED: this kernel starts programs that are being written");
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        return None;
    }
    let engine = Engine::start_handler(handler, &folder.0.join("state")).await;
    Some((engine, writing))
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_cannot_be_started_now_is_started_later() {
    let folder = Folder::new("busy");
    let Some((engine, writing)) = with_busy_handler(&folder).await else {
        return;
    };
    let address = engine.address;
    let asked = tokio::spawn(async move { post(address, &payment("pay_6")).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(writing);
    assert_eq!(asked.await.expect("no panic").status, 200);
    engine.wait_for_endings(1).await;
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_cannot_be_started_for_long_is_no_fault_of_the_function() {
    let folder = Folder::new("busy-long");
    let Some((engine, writing)) = with_busy_handler(&folder).await else {
        return;
    };
    let answer = post(engine.address, &payment("pay_8")).await;
    assert_eq!(
        answer.status, 500,
        "502 would be the function's: {answer:?}"
    );
    drop(writing);
    assert_eq!(post(engine.address, &payment("pay_8")).await.status, 200);
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_is_no_program_is_told_at_once() {
    let folder = Folder::new("no-program");
    let handler = folder.0.join("handler");
    std::fs::write(&handler, "no program").expect("the folder is ours");
    let engine = Engine::start_handler(handler, &folder.0.join("state")).await;
    let answer = post(engine.address, &payment("pay_7")).await;
    assert_eq!(answer.status, 502, "{answer:?}");
    assert!(
        engine.kinds().iter().any(
            |kind| matches!(kind, StepKind::EnvironmentEnded { reason, .. } if reason.contains("cannot be started"))
        ),
        "{:#?}",
        engine.kinds()
    );
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_takes_too_long_is_ended() {
    let state = Folder::new("timeout");
    let engine = Engine::start(&state.0).await;
    let answer = post(engine.address, &payment("sleep-1")).await;
    assert_eq!(
        answer.status, 502,
        "the template gives validate 10 s: {answer:?}"
    );
    assert!(engine.kinds().iter().any(
        |kind| matches!(kind, StepKind::EnvironmentEnded { reason, .. } if reason.contains("10 s"))
    ));
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_event_carries_the_exact_bytes_and_the_request() {
    let state = Folder::new("proxy");
    let engine = Engine::start(&state.0).await;
    let mut body = payment("echo-1");
    body.extend_from_slice(b" \t");
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Many", "1"),
        ("X-Many", "2"),
    ];
    let answer = http(
        engine.address,
        "POST",
        "/v1/webhooks?a=1&a=2&b=%20",
        &headers,
        &body,
    )
    .await;
    assert!(
        answer.head.to_ascii_lowercase().matches("x-twice").count() == 2,
        "{}",
        answer.head
    );
    let event = answer.json();
    use base64::Engine as _;
    let received = base64::engine::general_purpose::STANDARD
        .decode(event["body"].as_str().expect("text"))
        .expect("base64");
    assert_eq!(received, body);
    assert_eq!(event["path"], "/webhooks");
    assert_eq!(event["requestContext"]["path"], "/v1/webhooks");
    assert_eq!(event["multiValueHeaders"]["x-many"], json!(["1", "2"]));
    assert_eq!(
        event["multiValueQueryStringParameters"],
        json!({ "a": ["1", "2"], "b": [" "] })
    );
    assert_eq!(event["requestContext"]["stage"], "v1");
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_offered_is_answered_with_a_clear_error() {
    let state = Folder::new("unknown");
    let engine = Engine::start(&state.0).await;
    let unknown = aws(
        engine.address,
        "DynamoDB_20120810.CreateBackup",
        &json!({ "TableName": TABLE }),
    )
    .await;
    assert_eq!(unknown.status, 400);
    assert!(
        unknown.json()["__type"]
            .as_str()
            .is_some_and(|kind| kind.contains("UnknownOperationException")),
        "{unknown:?}"
    );
    assert!(
        unknown.head.to_ascii_lowercase().contains("x-amz-crc32"),
        "{}",
        unknown.head
    );
    let service = aws(engine.address, "Kinesis_20131202.PutRecord", &json!({})).await;
    assert!(
        service.status == 400
            && service.json()["message"]
                .as_str()
                .is_some_and(|it| it.contains("Kinesis")),
        "{service:?}"
    );
    let form = [
        (
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=x/20261120/us-east-1/rds/aws4_request, Signature=0",
        ),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let query = http(
        engine.address,
        "POST",
        "/",
        &form,
        b"Action=DescribeDBInstances&Version=2014-10-31",
    )
    .await;
    assert!(
        query.status == 400
            && String::from_utf8_lossy(&query.body).contains("rds DescribeDBInstances"),
        "{query:?}"
    );
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn api_gateway_answers_by_itself_what_no_route_is_for() {
    let state = Folder::new("no-route");
    let engine = Engine::start(&state.0).await;
    assert_eq!(
        http(engine.address, "POST", "/nowhere", &[], b"{}")
            .await
            .status,
        404
    );
    assert_eq!(
        http(engine.address, "GET", "/webhooks", &[], b"")
            .await
            .status,
        404
    );
    assert_eq!(
        http(
            engine.address,
            "POST",
            "/webhooks",
            &[],
            &vec![b'x'; 10 * 1024 * 1024 + 1]
        )
        .await
        .status,
        413
    );
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}
