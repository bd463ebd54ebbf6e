//! Calls are checked against the roles of the template: what a grant does not give fails here as it would on AWS.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

use crate::simulation::{MACHINE, Simulation, TABLE, append, template};
use pipe_engine::artifacts::{self, Place};
use pipe_engine::core::{ApiRequest, Caller, Input, Outcome, Service};
use serde_json::{Value, json};

/// The template with the statement of this id taken out of the role whose logical id begins so.
fn without(role: &str, sid: &str) -> Value {
    let mut template = template();
    let mut removed = 0;
    for (id, resource) in template["Resources"].as_object_mut().expect("resources") {
        if resource["Type"] != "AWS::IAM::Role" || !id.starts_with(role) {
            continue;
        }
        for policy in resource["Properties"]["Policies"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            let statements = policy["PolicyDocument"]["Statement"]
                .as_array_mut()
                .expect("statements");
            let before = statements.len();
            statements.retain(|statement| statement["Sid"] != sid);
            removed += before - statements.len();
        }
    }
    assert_eq!(removed, 1, "{role} has a statement {sid}");
    template
}

fn as_validate(simulation: &mut Simulation, operation: &str, body: Value) -> (u16, Value) {
    as_function(
        simulation,
        "validate-local",
        Service::DynamoDb,
        operation,
        body,
    )
}

fn as_function(
    simulation: &mut Simulation,
    name: &str,
    service: Service,
    operation: &str,
    body: Value,
) -> (u16, Value) {
    let caller = Caller::Function {
        name: name.into(),
        invocation: None,
    };
    let request = ApiRequest {
        service,
        operation: operation.into(),
        body,
        payload: Vec::new(),
    };
    simulation.give(Input::Call {
        call: 7,
        caller,
        request,
    });
    while simulation.step(None) {}
    let answer = simulation.answers.remove(&7).expect("an answer");
    (
        answer.status,
        serde_json::from_slice(&answer.body).expect("JSON"),
    )
}

fn settle(simulation: &mut Simulation) {
    while simulation.step(None) {}
    simulation.aws(Service::DynamoDb, "TransactWriteItems", append("pay-1"));
    simulation.run(&mut |_, _, _| Outcome::Success(br#"{"id":"rcpt"}"#.to_vec()));
}

fn failure(simulation: &mut Simulation) -> (String, String) {
    let executions = simulation.executions();
    let (_, described) = simulation.states(
        "DescribeExecution",
        json!({ "executionArn": executions[0]["executionArn"] }),
    );
    (
        described["error"].as_str().unwrap_or_default().to_owned(),
        described["cause"].as_str().unwrap_or_default().to_owned(),
    )
}

#[test]
fn a_function_may_do_what_was_granted_and_nothing_else() {
    let mut simulation = Simulation::new(&template(), 0.0);
    let (status, body) = as_validate(&mut simulation, "TransactWriteItems", append("pay-1"));
    assert_eq!(status, 200, "{body}");
    let key = json!({ "paymentId": { "S": "pay-1" }, "timestamp": { "S": "2026-11-20T19:23:00.123Z#PaymentReceived#pending" } });
    let (status, body) = as_validate(
        &mut simulation,
        "DeleteItem",
        json!({ "TableName": TABLE, "Key": key }),
    );
    assert_eq!(
        (status, body["__type"].as_str()),
        (400, Some("com.amazon.coral.service#AccessDeniedException"))
    );
    let message = body["Message"].as_str().expect("a message");
    let user = "User: arn:aws:sts::123456789012:assumed-role/";
    assert!(message.starts_with(user) && message.contains("/validate-local is not authorized to perform: dynamodb:DeleteItem on resource: arn:aws:dynamodb:us-east-1:123456789012:table/payment-events-local because no identity-based policy allows the dynamodb:DeleteItem action"), "{message}");
    let (_, body) = as_validate(
        &mut simulation,
        "GetItem",
        json!({ "TableName": TABLE, "Key": key }),
    );
    assert!(
        body["Message"]
            .as_str()
            .is_some_and(|it| it.contains("grant validate { read: payment_events }")),
        "{body}"
    );
    assert_eq!(simulation.facts().len(), 1, "nothing was deleted");
}

/// An update is granted field by field, so the mend names the fields and leaves out the key and what is ours.
#[test]
fn a_denied_update_names_the_fields_that_would_be_granted() {
    let mut simulation = Simulation::new(&template(), 0.0);
    let mut update = |expression: &str| {
        let request = json!({
            "TableName": TABLE, "Key": { "paymentId": { "S": "p" }, "timestamp": { "S": "t" } },
            "UpdateExpression": expression, "ConditionExpression": "attribute_exists(#event)",
            "ExpressionAttributeNames": { "#event": "_event", "#stage": "stage" },
            "ExpressionAttributeValues": { ":one": { "S": "1" }, ":two": { "S": "2" } },
        });
        let (status, body) = as_validate(&mut simulation, "UpdateItem", request);
        assert_eq!(status, 400, "{body}");
        body["Message"].as_str().expect("a message").to_owned()
    };
    let one = update("SET #stage = :one");
    assert!(
        one.ends_with("(the spec lacks: grant validate { update: payment_events.stage })"),
        "{one}"
    );
    let two = update("SET #stage = :one, note = :two");
    let both = "grant validate { update: payment_events.note, payment_events.stage }";
    assert!(two.contains(both), "{two}");
    // Nothing that a spec can say lets a function change what is ours.
    let ours = update("SET #event = :one");
    assert!(!ours.contains("the spec lacks"), "{ours}");
}

/// A family has one grant for all its members, and everybody else chooses one of them: what is told must compile.
#[test]
fn a_denied_member_is_told_what_its_family_lacks() {
    let path = "../infra-out/webhook_processing/template.json";
    let text = std::fs::read_to_string(path).expect("the template is readable");
    let template: Value = serde_json::from_str(&text).expect("the template is JSON");
    let mut simulation = Simulation::new(&template, 0.0);
    let queue = |name: &str| {
        let url = format!("http://localhost/123456789012/{name}");
        json!({ "QueueUrl": url, "MessageBody": "{}", "MessageGroupId": "g" })
    };
    let get = json!({ "TableName": "unread-local", "Key": { "body_sha256": { "S": "x" } } });
    for (who, service, operation, body, mend) in [
        (
            "process-stripe-local",
            Service::DynamoDb,
            "GetItem",
            get,
            "grant process { read: unread }",
        ),
        (
            "process-stripe-local",
            Service::Sqs,
            "SendMessage",
            queue("lane-stripe-local.fifo"),
            "grant process { send: lane }",
        ),
        (
            "status-updates-local",
            Service::Sqs,
            "SendMessage",
            queue("lane-stripe-local.fifo"),
            "grant status_updates { send: lane[stripe] }",
        ),
    ] {
        let (status, body) = as_function(&mut simulation, who, service, operation, body);
        let told = format!("(the spec lacks: {mend})");
        assert!(status >= 400 && body.to_string().contains(&told), "{body}");
    }
}

#[test]
fn every_grant_that_the_pipeline_uses_is_needed() {
    let mut simulation = Simulation::new(&without("ValidateRole", "AppendPaymentEvents"), 0.0);
    let (_, body) = as_validate(&mut simulation, "TransactWriteItems", append("pay-1"));
    assert!(
        body["Message"]
            .as_str()
            .is_some_and(|it| it.contains("grant validate { append: payment_events }")),
        "{body}"
    );

    let mut simulation = Simulation::new(&without("SettlePaymentRole", "AppendPaymentEvents"), 0.0);
    settle(&mut simulation);
    let (error, cause) = failure(&mut simulation);
    assert!(
        error == "DynamoDb.DynamoDbException"
            && cause.contains("grant settle_payment { append: payment_events }"),
        "{error}: {cause}"
    );

    let mut simulation = Simulation::new(&without("SettlePaymentRole", "CallProcess"), 0.0);
    settle(&mut simulation);
    assert!(
        simulation
            .trace
            .iter()
            .any(|it| it.contains("Lambda.AWSLambdaException")
                && it.contains("grant settle_payment { call: process }"))
    );
    assert_eq!(
        simulation
            .facts()
            .last()
            .map(|(_, event)| event.clone())
            .as_deref(),
        Some("PaymentReceived"),
        "{:?}",
        simulation.facts()
    );
}

#[test]
fn a_pipe_needs_its_role_to_read_and_to_start() {
    let mut simulation =
        Simulation::new(&without("SettlePaymentPipeRole", "StartSettlePayment"), 1.0);
    settle(&mut simulation);
    assert!(simulation.executions().is_empty());
    assert!(
        simulation
            .trace
            .iter()
            .any(|it| it.contains("PipeFailed") && it.contains("states:StartExecution"))
    );
    assert!(simulation.core.next_timer_ms().is_some(), "it tries again");
    let mut simulation = Simulation::new(
        &without("SettlePaymentPipeRole", "ReadPaymentEventsStream"),
        1.0,
    );
    settle(&mut simulation);
    assert!(simulation.executions().is_empty());
    assert!(
        simulation
            .trace
            .iter()
            .any(|it| it.contains("reads nothing") && it.contains("dynamodb:DescribeStream"))
    );
}

#[test]
fn api_gateway_needs_a_permission_to_call_the_function() {
    let mut template = template();
    template["Resources"]
        .as_object_mut()
        .expect("resources")
        .retain(|_, resource| resource["Type"] != "AWS::Lambda::Permission");
    let mut simulation = Simulation::new(&template, 0.0);
    simulation.post(1, "pay-1");
    while simulation.step(None) {}
    assert_eq!(simulation.answers[&1].status, 500);
}

#[test]
fn a_role_that_its_service_may_not_take_is_refused_at_start() {
    let mut template = template();
    let role = &mut template["Resources"]["SettlePaymentPipeRole"]["Properties"]["AssumeRolePolicyDocument"]
        ["Statement"][0];
    role["Condition"]["StringEquals"]["aws:SourceAccount"] = json!("999999999999");
    let error =
        artifacts::read(&template, "payments", &Place::default()).expect_err("it is refused");
    assert!(
        error
            .to_string()
            .contains("pipes.amazonaws.com may not take the role"),
        "{error}"
    );
}

#[test]
fn a_person_may_do_everything() {
    let mut simulation = Simulation::new(&template(), 0.0);
    while simulation.step(None) {}
    let (status, _) = simulation.states(
        "StartExecution",
        json!({ "stateMachineArn": MACHINE, "input": "[]" }),
    );
    assert_eq!(status, 200);
}
