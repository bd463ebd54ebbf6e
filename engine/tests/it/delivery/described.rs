//! What Lambda tells of functions, addresses and mappings: what the template says.

use pipe_engine::core::Service;
use serde_json::{Value, json};

use super::functions::started;
use crate::simulation::{Simulation, delivery};

fn ask(it: &mut Simulation, operation: &str, body: Value) -> (u16, Value) {
    it.aws(Service::Lambda, operation, body)
}

#[test]
fn mappings_are_told_as_the_template_has_them() {
    let mut it = started(1.0);
    let (status, all) = ask(&mut it, "ListEventSourceMappings", json!({}));
    let all = all["EventSourceMappings"].as_array().unwrap().clone();
    assert_eq!((status, all.len()), (200, it.deployment.mappings.len()));
    let mut ids: Vec<Value> = Vec::new();
    let mut marker = json!({ "MaxItems": "1" });
    loop {
        let (_, page) = ask(&mut it, "ListEventSourceMappings", marker);
        ids.push(page["EventSourceMappings"][0]["UUID"].clone());
        match page.get("NextMarker") {
            Some(next) => marker = json!({ "MaxItems": "1", "Marker": next }),
            None => break,
        }
    }
    assert_eq!(
        ids,
        all.iter().map(|it| it["UUID"].clone()).collect::<Vec<_>>()
    );
    let queue = "arn:aws:sqs:us-east-1:123456789012:inbox-local";
    let (_, of_queue) = ask(
        &mut it,
        "ListEventSourceMappings",
        json!({ "EventSourceArn": queue }),
    );
    let of_queue = of_queue["EventSourceMappings"].as_array().unwrap().clone();
    assert_eq!(of_queue.len(), 1);
    let one = &of_queue[0];
    assert_eq!(
        (
            &one["EventSourceArn"],
            &one["BatchSize"],
            &one["State"],
            &one["FunctionResponseTypes"]
        ),
        (
            &json!(queue),
            &json!(10),
            &json!("Enabled"),
            &json!(["ReportBatchItemFailures"])
        )
    );
    let named = ask(
        &mut it,
        "GetEventSourceMapping",
        json!({ "UUID": one["UUID"] }),
    );
    assert_eq!(named, (200, one.clone()));
    let of_function = json!({ "FunctionName": one["FunctionArn"] });
    let (_, of_function) = ask(&mut it, "ListEventSourceMappings", of_function);
    assert_eq!(of_function["EventSourceMappings"], json!([one]));
    let stream = all
        .iter()
        .find(|it| it["StartingPosition"] == "TRIM_HORIZON")
        .unwrap();
    assert_eq!(
        (
            &stream["MaximumRetryAttempts"],
            &stream["BisectBatchOnFunctionError"]
        ),
        (&json!(3), &json!(true))
    );
    for (operation, body) in [
        ("GetEventSourceMapping", json!({ "UUID": "none" })),
        ("ListEventSourceMappings", json!({ "FunctionName": "none" })),
    ] {
        let (status, error) = ask(&mut it, operation, body);
        assert_eq!(
            (status, &error["__type"]),
            (404, &json!("ResourceNotFoundException"))
        );
    }
}

#[test]
fn a_mapping_that_is_switched_off_is_told_and_reads_nothing() {
    let mut template = delivery();
    let (name, mapping) = template["Resources"]
        .as_object_mut()
        .unwrap()
        .iter_mut()
        .find(|(_, it)| {
            it["Type"] == "AWS::Lambda::EventSourceMapping"
                && it["Properties"]["EventSourceArn"]["Fn::GetAtt"][0] == "InboxQueue"
        })
        .unwrap();
    mapping["Properties"]["Enabled"] = json!(false);
    let name = name.clone();
    let mut it = Simulation::new(&template, 1.0);
    it.step(None);
    super::functions::send(&mut it, "inbox-local", "one");
    while it.step(None) {}
    assert!(it.invocations.is_empty(), "{name}");
    let (_, all) = ask(&mut it, "ListEventSourceMappings", json!({}));
    let all = all["EventSourceMappings"].as_array().unwrap();
    let states = all.iter().filter(|it| it["State"] == "Disabled");
    assert_eq!(states.count(), 1);
}

#[test]
fn functions_are_told_as_the_template_has_them() {
    let mut it = started(1.0);
    let (_, all) = ask(&mut it, "ListFunctions", json!({}));
    let all = all["Functions"].as_array().unwrap().clone();
    assert_eq!(all.len(), it.deployment.functions.len());
    let function = it
        .deployment
        .functions
        .iter()
        .find(|it| it.url.is_some())
        .unwrap()
        .clone();
    let named = json!({ "FunctionName": function.name, "host": "127.0.0.1:4700" });
    let (_, configuration) = ask(&mut it, "GetFunctionConfiguration", named.clone());
    assert!(all.contains(&configuration));
    assert_eq!(configuration["FunctionArn"], json!(function.arn));
    assert_eq!(configuration["Timeout"], json!(function.timeout_s));
    assert_eq!(
        configuration["Environment"]["Variables"],
        json!(function.environment)
    );
    assert!(configuration.get("CodeSize").is_none(), "nobody knows it");
    let (_, whole) = ask(&mut it, "GetFunction", named.clone());
    assert_eq!(whole["Configuration"], configuration);
    let (_, concurrency) = ask(&mut it, "GetFunctionConcurrency", named.clone());
    assert_eq!(
        concurrency.get("ReservedConcurrentExecutions"),
        function.reserved_concurrency.map(|it| json!(it)).as_ref()
    );
    let (_, url) = ask(&mut it, "GetFunctionUrlConfig", named.clone());
    let address = format!("http://127.0.0.1:4700/_url/{}/", function.name);
    assert_eq!(
        (&url["FunctionUrl"], &url["AuthType"]),
        (&json!(address), &json!("NONE"))
    );
    let closed = it
        .deployment
        .functions
        .iter()
        .find(|it| it.url.is_none())
        .unwrap()
        .name
        .clone();
    for (operation, body) in [
        ("GetFunctionUrlConfig", json!({ "FunctionName": closed })),
        ("GetFunction", json!({ "FunctionName": "none" })),
        (
            "GetFunction",
            json!({ "FunctionName": closed, "Qualifier": "7" }),
        ),
        (
            "GetFunctionConfiguration",
            json!({ "FunctionName": format!("{closed}:live") }),
        ),
    ] {
        let (status, error) = ask(&mut it, operation, body);
        assert_eq!(
            (status, &error["__type"]),
            (404, &json!("ResourceNotFoundException")),
            "{operation}"
        );
    }
    let (status, error) = ask(&mut it, "DeleteFunction", json!({ "FunctionName": closed }));
    assert_eq!(
        (status, &error["__type"]),
        (400, &json!("UnknownOperationException"))
    );
}
