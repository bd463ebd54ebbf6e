//! What the API shows of the template, and what a template may not ask for.

use pipe_engine::core::Service;
use serde_json::{Value, json};

use super::stack::*;

#[test]
fn the_template_shows_through_the_api() {
    let mut simulation = started(&template());
    let (_, topics) = simulation.aws(Service::Sns, "ListTopics", json!({}));
    assert_eq!(topics["Topics"].as_array().unwrap().len(), 2);
    let (_, shown) = simulation.aws(
        Service::Sns,
        "ListSubscriptionsByTopic",
        json!({ "TopicArn": TOPIC }),
    );
    assert_eq!(shown["Subscriptions"].as_array().unwrap().len(), 4);
    let (_, rules) = simulation.aws(
        Service::Events,
        "ListRules",
        json!({ "EventBusName": "payment-events" }),
    );
    assert_eq!(rules["Rules"].as_array().unwrap().len(), 3);
    let mut request = json!({ "EventBusName": "payment-events", "Limit": 2 });
    let (_, first) = simulation.aws(Service::Events, "ListRules", request.clone());
    request["NextToken"] = first["NextToken"].clone();
    let (_, second) = simulation.aws(Service::Events, "ListRules", request.clone());
    assert_eq!(second.get("NextToken"), None);
    let pages = [&first, &second].map(|it| it["Rules"].as_array().unwrap().clone());
    assert_eq!(json!(pages.concat()), rules["Rules"]);
    for (key, value) in [("Limit", json!(0)), ("NextToken", json!("zz"))] {
        let mut wrong = request.clone();
        wrong[key] = value;
        let (_, refused) = simulation.aws(Service::Events, "ListRules", wrong);
        assert_eq!(refused["__type"], "ValidationException");
    }
    let (_, rule) = simulation.aws(
        Service::Events,
        "DescribeRule",
        json!({ "EventBusName": "payment-events", "Name": "failed-local" }),
    );
    assert_eq!(
        rule["Arn"],
        "arn:aws:events:us-east-1:123456789012:rule/payment-events/failed-local"
    );
    let (_, buses) = simulation.aws(Service::Events, "ListEventBuses", json!({}));
    assert_eq!(buses["EventBuses"].as_array().unwrap().len(), 2);
    let event = json!({ "id": "1", "account": "1", "source": "s", "time": "t", "region": "r", "resources": [], "detail-type": "d", "detail": { "a": 5 } });
    let mut test = |pattern: &str, without: &str| {
        let mut event = event.clone();
        event.as_object_mut().unwrap().remove(without);
        let tested = json!({ "EventPattern": pattern, "Event": event.to_string() });
        simulation
            .aws(Service::Events, "TestEventPattern", tested)
            .1
    };
    let above_4 = r#"{"detail":{"a":[{"numeric":[">",4]}]}}"#;
    for without in ["", "resources"] {
        assert_eq!(test(above_4, without), json!({ "Result": true }));
    }
    assert_eq!(test(above_4, "account")["__type"], "ValidationException");
    let refused = test(r#"{"detail":{"a":[{"numeric":[">",4,">",5]}]}}"#, "");
    assert_eq!(
        refused["message"],
        "Event pattern is not valid. Reason: Bad numeric range operator: >"
    );
}

#[test]
fn what_is_not_offered_is_refused_at_start() {
    use pipe_engine::artifacts::{Place, read};
    let change = |resource: &str, key: &str, value: Value| {
        let mut template = template();
        template["Resources"][resource]["Properties"][key] = value;
        read(&template, "messaging", &Place::default())
            .expect_err("refused")
            .to_string()
    };
    for (resource, key, value, said) in [
        (
            "OpsEmailSubscription",
            "Protocol",
            json!("https"),
            "delivered locally",
        ),
        (
            "RawSubscription",
            "FilterPolicy",
            json!({ "a": [] }),
            "FilterPolicy",
        ),
        ("OpsTopic", "FifoTopic", json!(true), "FIFO topics"),
        (
            "HighRule",
            "ScheduleExpression",
            json!("rate(1 day)"),
            "schedules",
        ),
        (
            "HighRule",
            "EventPattern",
            json!({ "detail": { "a": [{ "like": 1 }] } }),
            "EventPattern",
        ),
        (
            "HighRule",
            "Targets",
            json!([{ "Id": "x", "Arn": "arn:aws:batch:us-east-1:1:job" }]),
            "no such target",
        ),
        (
            "SenderRole",
            "ManagedPolicyArns",
            json!(["arn:aws:iam::aws:policy/AdministratorAccess"]),
            "managed policy",
        ),
        (
            "SenderRole",
            "PermissionsBoundary",
            json!("arn:aws:iam::aws:policy/X"),
            "managed policy",
        ),
    ] {
        let error = change(resource, key, value);
        assert!(error.contains(said), "{error}");
    }
}
