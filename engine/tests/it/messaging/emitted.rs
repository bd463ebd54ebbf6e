//! The compiled systems: every edge between their topics, buses, alarms and queues is allowed by what the compiler emitted for it.

use pipe_engine::core::Service;
use serde_json::{Value, json};

use super::stack::{started, told};
use crate::simulation::Simulation;

fn template(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../infra-out/{name}/template.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

const SYSTEMS: [&str; 4] = ["payments", "notifications", "webhook_processing", "archive"];

fn assert_all_delivered(simulation: &Simulation, system: &str) {
    for fault in ["is not authorized", "Undelivered {", "is lost"] {
        let told = simulation.trace.iter().find(|it| it.contains(fault));
        assert!(told.is_none(), "{system}: {}", told.unwrap());
    }
}

#[test]
fn roles_allow_logs_traces_networks_and_environments() {
    for system in SYSTEMS {
        assert_all_delivered(&started(&template(system)), system);
    }
}

#[test]
fn every_alarm_reaches_whom_it_tells() {
    for system in SYSTEMS {
        let mut simulation = started(&template(system));
        let alarms = simulation.deployment.alarms.clone();
        assert!(!alarms.is_empty(), "{system}");
        for alarm in &alarms {
            let set =
                json!({ "AlarmName": alarm.name, "StateValue": "ALARM", "StateReason": "a drill" });
            let (status, body) = simulation.aws(Service::CloudWatch, "SetAlarmState", set);
            assert_eq!(status, 200, "{body}");
        }
        assert_all_delivered(&simulation, system);
        let tells = alarms.iter().any(|it| !it.alarm_actions.is_empty());
        assert_eq!(told(&simulation, "Published {"), tells, "{system}");
    }
}

#[test]
fn every_message_reaches_every_subscriber() {
    for system in SYSTEMS {
        let mut simulation = started(&template(system));
        for topic in simulation.deployment.topics.clone() {
            let request = json!({ "TopicArn": topic.arn, "Subject": "s", "Message": "{}" });
            assert_eq!(simulation.aws(Service::Sns, "Publish", request).0, 200);
        }
        assert_all_delivered(&simulation, system);
    }
}

#[test]
fn every_rule_reaches_its_targets() {
    for system in ["webhook_processing", "archive"] {
        let mut simulation = started(&template(system));
        let rules = simulation.deployment.rules.clone();
        let first = |rule: &Value, key: &str| rule[key][0].as_str().unwrap().to_owned();
        for (amount, status) in [
            ("5", "succeeded"),
            ("500.10", "refunded"),
            ("5000", "failed"),
            ("20000.50", "failed"),
        ] {
            let pattern: Value = serde_json::from_str(&rules[0].text).unwrap();
            let detail =
                format!(r#"{{"payment_id":"ch_1","amount":{amount},"status":"{status}"}}"#);
            let entry = json!({
                "EventBusName": rules[0].bus, "Source": first(&pattern, "source"), "DetailType": first(&pattern, "detail-type"),
                "Detail": detail,
            });
            let (_, body) =
                simulation.aws(Service::Events, "PutEvents", json!({ "Entries": [entry] }));
            assert_eq!(body["FailedEntryCount"], 0, "{body}");
        }
        for rule in &rules {
            assert!(
                told(&simulation, &format!("rule: \"{}\"", rule.name)),
                "{system}: {} matched",
                rule.name
            );
        }
        assert_all_delivered(&simulation, system);
    }
}

#[test]
fn without_the_statement_for_it_a_role_loses_its_log_its_traces_or_its_network() {
    for (sid, said) in [
        ("WriteLog", "writes no log. User: "),
        ("SendTraces", "sends no traces. User: "),
        ("ConnectToNetwork", "cannot start. User: "),
        ("SetUpLogDelivery", "writes no execution log. User: "),
        ("EncryptExecutionLogs", "writes no execution log. User: "),
        ("DecryptEnvironment", "cannot start. User: "),
    ] {
        let mut found = false;
        for system in SYSTEMS {
            let mut template = template(system);
            let mut removed = false;
            for role in template["Resources"].as_object_mut().unwrap().values_mut() {
                let policies = role.pointer_mut("/Properties/Policies");
                for policy in policies.and_then(Value::as_array_mut).into_iter().flatten() {
                    let statements = policy["PolicyDocument"]["Statement"]
                        .as_array_mut()
                        .unwrap();
                    let before = statements.len();
                    statements.retain(|it| it["Sid"] != sid);
                    removed |= statements.len() < before;
                }
            }
            if removed {
                found = true;
                assert!(told(&started(&template), said), "{system} without {sid}");
            }
        }
        assert!(found, "{sid} is emitted");
    }
}
