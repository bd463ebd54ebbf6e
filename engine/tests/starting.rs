//! What keeps a local run from starting, each with its own error, and what the state folder looks like.
#![allow(clippy::expect_used, reason = "test code outside of test functions")]

mod support;

use std::path::Path;
use std::time::Duration;

use pipe_engine::artifacts::{self, Place};
use pipe_engine::change::Change;
use pipe_engine::store::{DurableStore, Store as _, StoreError};
use pipe_engine::{Config, StartError, StepKind};
use serde_json::{Value, json};
use support::{Engine, Folder, artifacts as folder_of_artifacts, aws, handler, payment, post};

fn config(state: &Folder) -> Config {
    Config {
        artifacts: folder_of_artifacts(),
        handler: handler(),
        state: state.0.join("state"),
        port: 0,
        time_scale: 0.0,
        tell_calls: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_obstacle_has_its_own_error() {
    let folder = Folder::new("obstacles");
    let run = pipe_engine::start(config(&folder), |_| {})
        .await
        .expect("the first run starts");
    let second = pipe_engine::start(config(&folder), |_| {})
        .await
        .expect_err("one state, two processes");
    assert!(matches!(second, StartError::Locked { .. }), "{second}");
    let port = run.address().port();
    let taken = pipe_engine::start(
        Config {
            port,
            ..config(&folder)
        },
        |_| {},
    )
    .await
    .expect_err("one port, two processes");
    assert!(
        matches!(taken, StartError::PortInUse { port: known } if known == port),
        "{taken}"
    );
    run.drain_and_stop(Duration::from_secs(5)).await;
    let missing = Config {
        handler: folder.0.join("nowhere"),
        ..config(&folder)
    };
    let missing = pipe_engine::start(missing, |_| {})
        .await
        .expect_err("no handler");
    assert!(
        matches!(missing, StartError::HandlerMissing { .. }),
        "{missing}"
    );
    let nothing = Config {
        artifacts: folder.0.clone(),
        ..config(&folder)
    };
    let nothing = pipe_engine::start(nothing, |_| {})
        .await
        .expect_err("no artifacts");
    assert!(
        matches!(&nothing, StartError::Artifacts(error) if error.place.ends_with("template.json")),
        "{nothing}"
    );
    let backwards = pipe_engine::start(
        Config {
            time_scale: -1.0,
            ..config(&folder)
        },
        |_| {},
    )
    .await
    .expect_err("no such scale");
    assert!(matches!(backwards, StartError::TimeScale(_)), "{backwards}");
    pipe_engine::start(config(&folder), |_| {})
        .await
        .expect("and then it starts again")
        .drain_and_stop(Duration::from_secs(5))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_another_pipeline_is_left_alone() {
    let folder = Folder::new("another");
    let run = pipe_engine::start(config(&folder), |_| {})
        .await
        .expect("the first run starts");
    run.drain_and_stop(Duration::from_secs(5)).await;
    let artifacts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra-out/refunds");
    let other = Config {
        artifacts,
        ..config(&folder)
    };
    let other = pipe_engine::start(other, |_| {})
        .await
        .expect_err("the state of another pipeline");
    assert!(
        matches!(&other, StartError::OtherPipeline { found, pipeline, .. } if found == "payments" && pipeline == "refunds"),
        "{other}"
    );
    let again = pipe_engine::start(config(&folder), |_| {})
        .await
        .expect("the state is as it was");
    again.drain_and_stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_answers_what_is_at_work() {
    let folder = Folder::new("drain");
    let engine = Engine::start(&folder.0).await;
    let address = engine.address;
    let deliveries: Vec<_> = (0..20)
        .map(|number| {
            tokio::spawn(async move {
                post(address, &payment(&format!("pay-{number}")))
                    .await
                    .status
            })
        })
        .collect();
    let received = |engine: &Engine| {
        engine
            .kinds()
            .iter()
            .filter(|kind| matches!(kind, StepKind::Received { .. }))
            .count()
    };
    while received(&engine) < 5 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let at_work = received(&engine);
    engine.running.drain_and_stop(Duration::from_secs(20)).await;
    let mut acknowledged = 0;
    for delivery in deliveries {
        acknowledged += usize::from(delivery.await.is_ok_and(|status| status == 200));
    }
    let again = Engine::start(&folder.0).await;
    let facts = support::facts(again.address).await;
    let recorded = facts
        .iter()
        .filter(|(_, event)| event == "PaymentReceived")
        .count();
    assert!(
        acknowledged >= at_work && recorded >= acknowledged,
        "{at_work} at work, {acknowledged} acknowledged, {recorded} recorded"
    );
    again.running.drain_and_stop(Duration::from_secs(5)).await;
}

#[test]
fn a_store_of_a_newer_version_is_refused() {
    let folder = Folder::new("newer");
    let mut store = DurableStore::open(&folder.0).expect("a new store");
    store
        .commit(&[Change::put(b"_schema".to_vec(), b"99".to_vec())])
        .expect("it is written");
    drop(store);
    let refused = DurableStore::open(&folder.0).expect_err("it is newer");
    assert!(
        matches!(refused, StoreError::Newer { found: 99, .. }),
        "{refused}"
    );
}

#[test]
fn changes_survive_and_secrets_lie_apart_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("secrets");
    let state = folder.0.join("state");
    let mut store = DurableStore::open(&state).expect("a new store");
    let changes = [
        Change::put(b"a".to_vec(), b"1".to_vec()),
        Change::put(b"b".to_vec(), b"2".to_vec()),
        Change::put(b"secret/key".to_vec(), b"CANARY-4711".to_vec()),
    ];
    store.commit(&changes).expect("it is written");
    store
        .commit(&[Change::delete(b"a".to_vec())])
        .expect("it is written");
    drop(store);
    let content = DurableStore::open(&state)
        .expect("it opens again")
        .load()
        .expect("it is read");
    assert_eq!(
        content,
        [
            (b"b".to_vec(), b"2".to_vec()),
            (b"secret/key".to_vec(), b"CANARY-4711".to_vec())
        ]
    );
    let mode = |path: &std::path::Path| {
        std::fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(
        (mode(&state), mode(&state.join("secrets.json"))),
        (0o700, 0o600)
    );
    let mut files = vec![state.join("store")];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(
                std::fs::read_dir(&path)
                    .expect("a folder")
                    .flatten()
                    .map(|entry| entry.path()),
            );
        } else {
            let bytes = std::fs::read(&path).expect("a file");
            assert!(
                !bytes.windows(6).any(|window| window == b"CANARY"),
                "{} holds a secret",
                path.display()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_local_secret_is_made_once_and_never_told() {
    let folder = Folder::new("told");
    let engine = Engine::start(&folder.0).await;
    post(engine.address, &payment("pay-1")).await;
    let get = json!({ "Name": "/payments/local/webhook-key", "WithDecryption": true });
    let secret = aws(engine.address, "AmazonSSM.GetParameter", &get)
        .await
        .json()["Parameter"]["Value"]
        .as_str()
        .expect("a value")
        .to_owned();
    let told = serde_json::to_string(&*engine.steps.lock().expect("no panic"))
        .expect("steps have a JSON form");
    assert!(secret.len() == 64 && !told.contains(&secret));
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

/// The pipeline `notifications` reads a parameter that only its owner knows.
#[tokio::test(flavor = "multi_thread")]
async fn a_parameter_that_has_been_set_is_not_asked_for() {
    let folder = Folder::new("parameters");
    let artifacts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra-out/notifications");
    let engine = Engine::start_with(artifacts, &folder.0, 0.0).await;
    let asked = "nobody has set /notifications/local/downstream yet";
    let notices = engine.running.notices().await;
    assert!(
        notices.iter().any(|it| it.starts_with(asked)),
        "{notices:?}"
    );
    let put =
        json!({ "Name": "/notifications/local/downstream", "Type": "String", "Value": "abc" });
    aws(engine.address, "AmazonSSM.PutParameter", &put).await;
    let notices = engine.running.notices().await;
    assert!(
        !notices.iter().any(|it| it.starts_with(asked)),
        "{notices:?}"
    );
    engine.running.drain_and_stop(Duration::from_secs(5)).await;
}

fn template() -> Value {
    let text =
        std::fs::read_to_string(folder_of_artifacts().join("template.json")).expect("readable");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn what_a_local_run_does_not_offer_is_named() {
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut template = template();
        change(&mut template);
        artifacts::read(&template, "payments", &Place::default())
            .expect_err("it is refused")
            .to_string()
    };
    let resource = refused(&|it| {
        it["Resources"]["Stream"] = json!({ "Type": "AWS::Kinesis::Stream", "Properties": {} })
    });
    assert!(
        resource.contains("Stream (AWS::Kinesis::Stream)"),
        "{resource}"
    );
    let enrichment = refused(&|it| {
        it["Resources"]["SettlePaymentPipe"]["Properties"]["Enrichment"] = json!("arn")
    });
    assert!(
        enrichment.contains("SettlePaymentPipe.Properties.Enrichment"),
        "{enrichment}"
    );
    let express = refused(&|it| {
        it["Resources"]["SettlePaymentStateMachine"]["Properties"]["StateMachineType"] =
            json!("EXPRESS")
    });
    assert!(express.contains("EXPRESS"), "{express}");
    let integration = refused(&|it| {
        it["Resources"]["V1PostWebhooksMethod"]["Properties"]["Integration"]["Type"] = json!("HTTP")
    });
    assert!(integration.contains("AWS_PROXY"), "{integration}");
    let unknown = refused(&|it| {
        it["Resources"]["PaymentEventsTable"]["Properties"]["TableName"] =
            json!({ "Fn::Magic": [] })
    });
    assert!(unknown.contains("Fn::Magic"), "{unknown}");
    let circle = refused(&|it| {
        it["Resources"]["PaymentEventsTable"]["Properties"]["TableName"] =
            json!({ "Fn::Sub": "x-${PaymentEventsTable}" })
    });
    assert!(circle.contains("circle"), "{circle}");
}

#[test]
fn a_property_without_effect_is_a_notice() {
    let mut template = template();
    template["Resources"]["ValidateFunction"]["Properties"]["SnapStart"] =
        json!({ "ApplyOn": "PublishedVersions" });
    let deployment =
        artifacts::read(&template, "payments", &Place::default()).expect("it can be run");
    assert!(
        deployment.notices.iter().any(|it| it.contains("SnapStart")),
        "{:?}",
        deployment.notices
    );
    assert_eq!(
        deployment
            .functions
            .iter()
            .map(|it| it.name.as_str())
            .collect::<Vec<_>>(),
        ["process-local", "validate-local"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_not_offered_is_refused_before_anything_runs() {
    let folder = Folder::new("task");
    let mut template = template();
    template["Resources"]["SettlePaymentStateMachine"]["Properties"]["Definition"] = json!({ "StartAt": "T", "States": { "T": { "Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": true } } });
    let artifacts = folder.0.join("payments");
    std::fs::create_dir_all(&artifacts).expect("a folder");
    std::fs::write(artifacts.join("template.json"), template.to_string()).expect("a file");
    let refused = pipe_engine::start(
        Config {
            artifacts,
            ..config(&folder)
        },
        |_| {},
    )
    .await
    .expect_err("it is refused");
    assert!(
        matches!(refused, StartError::State(_)) && refused.to_string().contains("glue:startJobRun"),
        "{refused}"
    );
}
