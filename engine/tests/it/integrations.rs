//! Tasks that call services: what they do there, what they give back, and how their errors are spelled. On the template of
//! `refunds.pipe`, with the role that it gives its workflow and one task in place of its machine.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

use crate::simulation::Simulation;
use pipe_engine::core::{Input, Service};
use serde_json::{Value, json};

const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:refund-payment-local";
const FOLLOW_UP: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:follow-up-local";
const OPS: &str = "arn:aws:sns:us-east-1:123456789012:ops-local";
const PAPERS: &str = "refunds-papers-local-123456789012";
const QUEUE: &str = "https://sqs.us-east-1.amazonaws.com/123456789012/intake-dead-local";

/// The template with one task as the workflow; `follow_up` only waits.
fn template(resource: &str, parameters: Value) -> Value {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra-out/refunds/template.json");
    let mut template: Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let resources = template["Resources"].as_object_mut().unwrap();
    resources.retain(|_, it| it["Type"] != "AWS::CloudWatch::Alarm");
    let task = json!({
        "Type": "Task", "Resource": format!("arn:aws:states:::{resource}"), "Parameters": parameters, "End": true,
    });
    let wait = json!({ "Type": "Wait", "Seconds": 60, "End": true });
    for (machine, state) in [
        ("RefundPaymentStateMachine", task),
        ("FollowUpStateMachine", wait),
    ] {
        template["Resources"][machine]["Properties"]["Definition"] =
            json!({ "StartAt": "S", "States": { "S": state } });
    }
    template
}

fn statements<'a>(template: &'a mut Value, role: &str) -> &'a mut Vec<Value> {
    template["Resources"][role]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        .as_array_mut()
        .unwrap()
}

/// The template without a statement of the workflow's role.
fn without(mut template: Value, sid: &str) -> Value {
    let statements = statements(&mut template, "RefundPaymentRole");
    let before = statements.len();
    statements.retain(|it| it["Sid"] != sid);
    assert_eq!(statements.len() + 1, before, "the role has {sid}");
    template
}

fn allow(mut template: Value, role: &str, action: &str, resource: &str) -> Value {
    statements(&mut template, role)
        .push(json!({ "Effect": "Allow", "Action": action, "Resource": resource }));
    template
}

fn started(template: &Value) -> Simulation {
    let mut it = Simulation::new(template, 1.0);
    while it.step(None) {}
    it
}

/// Runs the task once: its output, or error and cause.
fn perform(it: &mut Simulation) -> Result<Value, (String, String)> {
    let input = json!({ "refund": { "refundId": "re_1", "amount": 20 } }).to_string();
    let (status, begun) = it.states(
        "StartExecution",
        json!({ "stateMachineArn": MACHINE, "input": input }),
    );
    assert_eq!(status, 200, "{begun}");
    while it.step(None) {}
    let (_, ended) = it.states(
        "DescribeExecution",
        json!({ "executionArn": begun["executionArn"] }),
    );
    let text = |key: &str| ended[key].as_str().unwrap_or_default().to_owned();
    match ended["status"].as_str() {
        Some("SUCCEEDED") => Ok(serde_json::from_str(&text("output")).unwrap()),
        Some("FAILED") => Err((text("error"), text("cause"))),
        other => panic!("{other:?}"),
    }
}

fn told(it: &Simulation, part: &str) -> bool {
    it.trace.iter().any(|step| step.contains(part))
}

fn messages(it: &mut Simulation) -> Vec<Value> {
    let (_, body) = it.aws(
        Service::Sqs,
        "ReceiveMessage",
        json!({ "QueueUrl": QUEUE, "VisibilityTimeout": 0 }),
    );
    body["Messages"].as_array().cloned().unwrap_or_default()
}

fn logged(it: &mut Simulation) -> Vec<Value> {
    let (_, groups) = it.aws(
        Service::Logs,
        "DescribeLogGroups",
        json!({ "logGroupNamePrefix": "/aws/events/" }),
    );
    let name = &groups["logGroups"][0]["logGroupName"];
    let (status, found) = it.aws(
        Service::Logs,
        "FilterLogEvents",
        json!({ "logGroupName": name }),
    );
    assert_eq!(status, 200, "{found}");
    found["events"].as_array().cloned().unwrap_or_default()
}

/// A denial has this error, names what is missing, and nothing was done.
fn denied(template: Value, sid: &str, error: &str) -> Simulation {
    let mut it = started(&without(template, sid));
    let (said, cause) = perform(&mut it).expect_err("denied");
    assert_eq!(said, error);
    assert!(
        cause.contains("assumed-role/") && cause.contains("is not authorized to perform"),
        "{cause}"
    );
    it
}

#[test]
fn sns_publish() {
    let task = |message: Value| {
        template(
            "sns:publish",
            json!({ "TopicArn": OPS, "Subject": "half done", "Message": message }),
        )
    };
    let mut it = started(&task(json!({ "amount": 1 })));
    let output = perform(&mut it).unwrap();
    assert!(output["MessageId"].is_string() && output["SdkHttpMetadata"].is_object());
    assert!(
        told(&it, "Emailed") && told(&it, r#"{\"amount\":1}"#),
        "an object is published as its JSON: {:#?}",
        it.trace
    );
    let it = denied(
        task(json!("text")),
        "SendOps",
        "SNS.AuthorizationErrorException",
    );
    assert!(!told(&it, "Emailed"));
    let mut it = started(&task(json!("")));
    let (error, cause) = perform(&mut it).unwrap_err();
    assert_eq!(error, "SNS.InvalidParameterException", "{cause}");
}

#[test]
fn events_put_events() {
    let task = |detail: Value| {
        let entry = json!({
            "EventBusName": "books-local", "Source": "shop.refunds", "DetailType": "RefundCompleted", "Detail": detail,
            "Resources": ["mine"], "TraceHeader": "Root=1-65000000-000000000000000000000000",
        });
        template("events:putEvents", json!({ "Entries": [entry] }))
    };
    for detail in [json!({ "amount": 20.5 }), json!(r#"{"amount":20.5}"#)] {
        let mut it = started(&task(detail));
        let output = perform(&mut it).unwrap();
        assert_eq!(output["FailedEntryCount"], 0);
        assert!(output["Entries"][0]["EventId"].is_string());
        let lines = logged(&mut it);
        assert_eq!(lines.len(), 1, "{lines:?}");
        let event: Value = serde_json::from_str(lines[0]["message"].as_str().unwrap()).unwrap();
        assert_eq!(event["detail"], json!({ "amount": 20.5 }));
        let resources = event["resources"].as_array().unwrap();
        assert_eq!(resources[0], "mine");
        assert!(
            resources[1]
                .as_str()
                .unwrap()
                .contains(":execution:refund-payment-local:")
        );
        assert_eq!(resources[2], MACHINE);
    }
    let mut it = started(&task(json!("no JSON")));
    let (error, cause) = perform(&mut it).unwrap_err();
    assert_eq!(error, "EventBridge.FailedEntry");
    let cause: Value = serde_json::from_str(&cause).unwrap();
    assert_eq!(cause["Entries"][0]["ErrorCode"], "MalformedDetail");
    let mut it = denied(
        task(json!({})),
        "SendBooks",
        "EventBridge.AmazonEventBridgeException",
    );
    assert!(logged(&mut it).is_empty());
}

#[test]
fn s3_put_object() {
    let task = |bucket: &str, more: &[(&str, Value)]| {
        let mut parameters = json!({
            "Bucket": bucket, "Key.$": "States.Format('{}.json', $.refund.refundId)", "Body": { "a": 1 },
            "ContentType": "application/json",
        });
        for (key, value) in more {
            parameters[*key] = value.clone();
        }
        template("aws-sdk:s3:putObject", parameters)
    };
    let read = |it: &mut Simulation| {
        it.aws(
            Service::S3,
            "GetObject",
            json!({ "Bucket": PAPERS, "Key": "re_1.json" }),
        )
    };
    let mut it = started(&task(PAPERS, &[]));
    let output = perform(&mut it).unwrap();
    assert!(output["ETag"].as_str().unwrap().starts_with('"'));
    assert!(output["VersionId"].is_string() && output.get("SdkHttpMetadata").is_none());
    assert_eq!(output["ServerSideEncryption"], "aws:kms");
    it.restart();
    while it.step(None) {}
    assert_eq!(read(&mut it), (200, json!({ "a": 1 })), "and it stays");
    let mut it = started(&task(PAPERS, &[("Body", json!("\"as it is\""))]));
    perform(&mut it).unwrap();
    assert_eq!(read(&mut it), (200, json!("as it is")));
    let mut it = denied(task(PAPERS, &[]), "WritePapers", "S3.S3Exception");
    assert_eq!(read(&mut it).0, 404);
    let unknown = started(&task(PAPERS, &[("GrantRead", json!("all"))]));
    let (error, cause) = perform(&mut { unknown }).unwrap_err();
    assert!(
        error == "S3.S3Exception" && cause.contains("GrantRead"),
        "{cause}"
    );
    let nowhere = task("nowhere", &[]);
    let nowhere = allow(nowhere, "RefundPaymentRole", "s3:PutObject", "*");
    let (error, _) = perform(&mut started(&nowhere)).unwrap_err();
    assert_eq!(error, "S3.NoSuchBucketException");
}

#[test]
fn dynamodb_update_item() {
    let key = json!({ "refundId": { "S": "re_1" }, "timestamp": { "S": "t" } });
    let task = |resource: &str| {
        template(
            resource,
            json!({
                "TableName": "refunds-local", "Key": key, "UpdateExpression": "SET stage = :value",
                "ExpressionAttributeValues": { ":value": { "S": "refunded" } }, "ReturnValues": "UPDATED_NEW",
            }),
        )
    };
    for (resource, prefix) in [
        ("dynamodb:updateItem", "DynamoDB.AmazonDynamoDBException"),
        ("aws-sdk:dynamodb:updateItem", "DynamoDb.DynamoDbException"),
    ] {
        let mut it = started(&task(resource));
        let output = perform(&mut it).unwrap();
        assert_eq!(output["Attributes"]["stage"]["S"], "refunded");
        assert_eq!(
            output.get("SdkHttpMetadata").is_some(),
            resource.starts_with("dynamodb")
        );
        let mut it = denied(task(resource), "UpdateRefundsStage", prefix);
        let asked = json!({ "TableName": "refunds-local", "Key": key });
        let (_, found) = it.aws(Service::DynamoDb, "GetItem", asked);
        assert_eq!(found.get("Item"), None);
    }
}

#[test]
fn sqs_send_message() {
    let task = |url: &str| {
        template(
            "sqs:sendMessage",
            json!({ "QueueUrl": url, "MessageBody": { "amount": 1 }, "DelaySeconds": 0 }),
        )
    };
    let allowed = |template: Value| {
        let template = allow(template, "RefundPaymentRole", "sqs:SendMessage", "*");
        allow(template, "RefundPaymentRole", "kms:*", "*")
    };
    let mut it = started(&allowed(task(QUEUE)));
    let output = perform(&mut it).unwrap();
    let found = messages(&mut it);
    assert_eq!(found[0]["Body"], r#"{"amount":1}"#);
    assert_eq!(output["MessageId"], found[0]["MessageId"]);
    assert_eq!(output["MD5OfMessageBody"], found[0]["MD5OfBody"]);
    assert!(output["SdkResponseMetadata"]["RequestId"].is_string());
    let mut it = started(&task(QUEUE));
    let (error, cause) = perform(&mut it).unwrap_err();
    assert_eq!(error, "SQS.AmazonSQSException", "{cause}");
    assert!(messages(&mut it).is_empty());
    let mut it = started(&allowed(task("https://sqs/1/nowhere")));
    let (error, _) = perform(&mut it).unwrap_err();
    assert_eq!(error, "SQS.QueueDoesNotExistException");
}

#[test]
fn states_start_execution() {
    let task = || {
        template(
            "states:startExecution",
            json!({ "StateMachineArn": FOLLOW_UP, "Name": "one", "Input": { "refund.$": "$.refund" } }),
        )
    };
    let mut it = started(&task());
    let output = perform(&mut it).unwrap();
    let arn = FOLLOW_UP.replace(":stateMachine:", ":execution:") + ":one";
    assert_eq!(output["ExecutionArn"], arn);
    assert_eq!(output["StartDate"], it.now_ms);
    let describe = |it: &mut Simulation| {
        it.states("DescribeExecution", json!({ "executionArn": arn }))
            .1
    };
    let input = describe(&mut it)["input"].as_str().unwrap().to_owned();
    assert_eq!(
        serde_json::from_str::<Value>(&input).unwrap(),
        json!({ "refund": { "refundId": "re_1", "amount": 20 } })
    );
    assert_eq!(
        perform(&mut it).unwrap()["ExecutionArn"],
        arn,
        "it runs, and with the same input it is the same"
    );
    it.now_ms += 60_000;
    it.give(Input::Tick);
    while it.step(None) {}
    assert_eq!(describe(&mut it)["status"], "SUCCEEDED");
    let (error, cause) = perform(&mut it).unwrap_err();
    assert_eq!(error, "StepFunctions.ExecutionAlreadyExistsException");
    assert!(cause.contains(&arn), "{cause}");
    let mut it = denied(
        task(),
        "StartFollowUp",
        "StepFunctions.AWSStepFunctionsException",
    );
    assert_eq!(describe(&mut it)["__type"], "ExecutionDoesNotExist");
}

#[test]
fn a_machine_that_starts_itself_goes_on_step_by_step_and_through_a_restart() {
    let mut template = template(
        "states:startExecution",
        json!({ "StateMachineArn": FOLLOW_UP, "Input": {} }),
    );
    let own =
        template["Resources"]["RefundPaymentStateMachine"]["Properties"]["Definition"].clone();
    template["Resources"]["FollowUpStateMachine"]["Properties"]["Definition"] = own;
    let template = allow(template, "FollowUpRole", "states:StartExecution", FOLLOW_UP);
    let mut it = started(&template);
    perform(&mut it).unwrap();
    let count = |it: &mut Simulation| {
        let asked = json!({ "stateMachineArn": FOLLOW_UP });
        let (_, listed) = it.states("ListExecutions", asked);
        listed["executions"].as_array().unwrap().len()
    };
    let mut before = count(&mut it);
    assert!((1..10).contains(&before), "{before}");
    assert!(
        it.core.next_timer_ms().is_some_and(|at| at <= it.now_ms),
        "the next one is due"
    );
    for _ in 0..3 {
        it.restart();
        while it.step(None) {}
        let after = count(&mut it);
        assert!(
            after > before && after < before + 10,
            "{before} then {after}"
        );
        before = after;
    }
}
