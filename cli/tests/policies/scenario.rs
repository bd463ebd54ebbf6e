//! What is done with each system, so that it makes every call that its spec provides for.

use pipe_engine::artifacts::Deployment;
use serde_json::json;
use std::path::PathBuf;

use crate::pipeline;
use crate::system::System;

/// Bodies for the system's routes: provider, where there are several, and file.
fn bodies(name: &str) -> Vec<(Option<String>, PathBuf)> {
    let samples = pipeline::root().join(format!("specs/{name}/samples"));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(samples).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            found.push((None, path));
            continue;
        }
        let provider = path.file_name().unwrap().to_str().unwrap().to_owned();
        let files = std::fs::read_dir(&path).unwrap();
        found.extend(files.map(|it| (Some(provider.clone()), it.unwrap().path())));
    }
    found.sort();
    found
}

/// Sends every sample twice, as providers do.
pub(crate) fn send_samples(system: &System, name: &str) {
    for (provider, path) in bodies(name) {
        // Nobody else has PayPal's key.
        if provider.as_deref() == Some("paypal") {
            continue;
        }
        send(system, provider.as_deref(), path.to_str().unwrap());
    }
    if name == "refunds" {
        // Nobody has approved it yet, so people are told.
        let body = r#"{"refundId":"re_later","email":"ann@example.com","amount":900.11,"lines":[],"dueAt":"2026-11-20T19:30:00Z"}"#;
        let path = system.folder.join("later.json");
        std::fs::write(&path, body).unwrap();
        send(system, None, path.to_str().unwrap());
    }
}

fn send(system: &System, provider: Option<&str>, path: &str) {
    let mut arguments = vec!["--duplicate", "--body", path];
    arguments.extend(provider.iter().flat_map(|it| ["--provider", it]));
    if provider == Some("square") {
        // What is set at deploy is `local` in a local run: the URL that Square signs.
        arguments.extend(["--argument", "url=local"]);
    }
    system.send(&arguments);
}

/// Everything beside the samples.
pub(crate) fn drill(system: &System, name: &str, deployment: &Deployment) {
    for alarm in &deployment.alarms {
        let input =
            json!({ "AlarmName": alarm.name, "StateValue": "ALARM", "StateReason": "a drill" });
        system.call("GraniteServiceVersion20100801.SetAlarmState", &input);
    }
    for table in &deployment.tables {
        change_history(system, &table.name);
    }
    match name {
        "archive" => {
            assert_eq!(system.get("/_url/webhook-receiver-local/health"), 200);
            // The grant lets its code read by index too, which it does not do today.
            let query = json!({ "TableName": "payment-events-local", "IndexName": "ProviderTimestampIndex",
                "KeyConditionExpression": "provider = :it", "ExpressionAttributeValues": { ":it": { "S": "x" } } });
            system.call_as(
                ("notification-handler", "/index/"),
                "DynamoDB_20120810.Query",
                &query,
            );
        }
        "webhook_processing" => providers(system),
        _ => {}
    }
}

/// Somebody removes something from the history, which the log of changes must show.
fn change_history(system: &System, table: &str) {
    let described = system.call(
        "DynamoDB_20120810.DescribeTable",
        &json!({ "TableName": table }),
    );
    let table_of = &described["Table"];
    let mut item = serde_json::Map::new();
    for key in table_of["KeySchema"].as_array().unwrap() {
        let attributes = table_of["AttributeDefinitions"].as_array().unwrap();
        let mut attributes = attributes.iter();
        let own = attributes.find(|it| it["AttributeName"] == key["AttributeName"]);
        let kind = own.unwrap()["AttributeType"].as_str().unwrap();
        let name = key["AttributeName"].as_str().unwrap();
        item.insert(name.to_owned(), json!({ kind: "1" }));
    }
    let key = item.clone();
    item.insert("_event".to_owned(), json!({ "S": "Drill" }));
    let put = json!({ "TableName": table, "Item": item });
    system.call("DynamoDB_20120810.PutItem", &put);
    let delete = json!({ "TableName": table, "Key": key });
    system.call("DynamoDB_20120810.DeleteItem", &delete);
}

/// The way of a PayPal webhook, which nobody else can sign, and events that the operators hear of or nobody can handle.
fn providers(system: &System) {
    let parameter = json!({ "Name": "/webhook-processing/local/paypal-webhook-id" });
    system.call_as(
        ("validator", "paypal"),
        "AmazonSSM.GetParameter",
        &parameter,
    );
    for provider in ["stripe", "square", "paypal"] {
        let message = json!({ "webhook_id": format!("{provider}:again"), "payment_id": "pay_1", "provider": provider,
            "amount": 5, "currency": "USD", "status": "succeeded" });
        // The same message twice, as if the queue had forgotten that it had it: the second one acts on what was recorded.
        for turn in ["1", "2"] {
            let queue = format!("http://localhost/123456789012/lane-{provider}-local.fifo");
            let input = json!({ "QueueUrl": queue, "MessageGroupId": "pay_1", "MessageDeduplicationId": turn,
                "MessageBody": message.to_string() });
            if provider == "paypal" {
                system.call_as(("validator", "paypal"), "AmazonSQS.SendMessage", &input);
            }
            system.call("AmazonSQS.SendMessage", &input);
        }
    }
    for amount in [5, 500, 5000, 50_000] {
        // Nobody can read it: the function fails until the event is a dead letter.
        let detail = json!({ "webhook_id": "stripe:bad", "payment_id": "ch_1", "amount": amount, "status": "failed" });
        let entry = json!({ "EventBusName": "payment-events", "Source": "payment.processor",
            "DetailType": "PaymentProcessed", "Detail": detail.to_string() });
        system.call("AWSEvents.PutEvents", &json!({ "Entries": [entry] }));
    }
}
