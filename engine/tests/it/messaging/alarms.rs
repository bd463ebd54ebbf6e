//! Metrics and alarms: what the engine counts, when an alarm goes off, and whom it tells.

use pipe_engine::core::{Input, Outcome, Service};
use serde_json::{Value, json};

use super::stack::{TOPIC, started_at, template};
use crate::simulation::{START_MS, Simulation};

const MINUTE_MS: u64 = 60_000;

/// The clock goes on, and every timer on the way is due.
fn pass(simulation: &mut Simulation, ms: u64) {
    let end_ms = simulation.now_ms + ms;
    while let Some(at_ms) = simulation.core.next_timer_ms().filter(|at| *at <= end_ms) {
        simulation.now_ms = simulation.now_ms.max(at_ms);
        simulation.give(Input::Tick);
        while simulation.step(None) {}
    }
    simulation.now_ms = end_ms;
}

fn publish_nothing(simulation: &mut Simulation) {
    let request = json!({ "TopicArn": TOPIC, "Message": "{}" });
    assert_eq!(simulation.aws(Service::Sns, "Publish", request).0, 200);
}

/// The listener is called once, and answers so.
fn listen(simulation: &mut Simulation, outcome: &Outcome) {
    publish_nothing(simulation);
    let invocation = simulation.invocations.remove(0);
    simulation.give(Input::Invoked {
        invocation: invocation.id,
        outcome: outcome.clone(),
    });
    while simulation.step(None) {}
}

fn failure() -> Outcome {
    Outcome::Failure(br#"{"errorType":"Fault","errorMessage":"x"}"#.to_vec())
}

fn state(simulation: &mut Simulation, alarm: &str) -> String {
    let (_, body) = simulation.aws(
        Service::CloudWatch,
        "DescribeAlarms",
        json!({ "AlarmNames": [alarm] }),
    );
    body["MetricAlarms"][0]["StateValue"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn times_told(simulation: &Simulation, part: &str) -> usize {
    simulation
        .trace
        .iter()
        .filter(|it| it.contains(part))
        .count()
}

#[test]
fn an_alarm_goes_off_and_back_and_its_topic_is_told() {
    let mut simulation = started_at(&template(), 1.0);
    assert_eq!(
        state(&mut simulation, "listener-errors-local"),
        "INSUFFICIENT_DATA"
    );
    pass(&mut simulation, MINUTE_MS);
    assert_eq!(
        state(&mut simulation, "listener-errors-local"),
        "OK",
        "no data is not breaching"
    );
    listen(&mut simulation, &failure());
    pass(&mut simulation, MINUTE_MS);
    assert_eq!(state(&mut simulation, "listener-errors-local"), "ALARM");
    let mail = simulation
        .trace
        .iter()
        .find(|it| it.contains("Emailed") && it.contains("ALARM: "))
        .expect("an e-mail");
    for part in [
        r#"subject: Some("ALARM: \"listener-errors-local\" in us-east-1")"#,
        r#"\"NewStateValue\":\"ALARM\""#,
        r#"\"OldStateValue\":\"OK\""#,
        r#"\"Statistic\":\"SUM\""#,
        "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (",
    ] {
        assert!(mail.contains(part), "{part} in {mail}");
    }
    pass(&mut simulation, 25 * MINUTE_MS);
    assert_eq!(
        state(&mut simulation, "listener-errors-local"),
        "OK",
        "the error is long ago"
    );
    assert!(times_told(&simulation, "OK: \\\"listener-errors-local") > 0);
}

#[test]
fn a_depth_must_last_before_the_alarm_goes_off() {
    let mut template = template();
    // Nothing reaches the wrapped queue, so its messages are undelivered.
    template["Resources"]
        .as_object_mut()
        .unwrap()
        .remove("WrappedQueuePolicy");
    let mut simulation = started_at(&template, 1.0);
    pass(&mut simulation, 2 * MINUTE_MS);
    publish_nothing(&mut simulation);
    pass(&mut simulation, MINUTE_MS);
    assert_eq!(
        state(&mut simulation, "undelivered-local"),
        "OK",
        "one minute of two"
    );
    pass(&mut simulation, MINUTE_MS);
    assert_eq!(state(&mut simulation, "undelivered-local"), "ALARM");
}

#[test]
fn a_rate_is_metric_math_and_a_quiet_minute_has_none() {
    let mut simulation = started_at(&template(), 1.0);
    pass(&mut simulation, MINUTE_MS);
    (0..50).for_each(|_| listen(&mut simulation, &Outcome::Success(b"{}".to_vec())));
    pass(&mut simulation, MINUTE_MS);
    assert_eq!(state(&mut simulation, "error-rate-local"), "OK");
    listen(&mut simulation, &failure());
    pass(&mut simulation, MINUTE_MS);
    assert_eq!(
        state(&mut simulation, "error-rate-local"),
        "ALARM",
        "1 of 1 is above 1 %"
    );
}

#[test]
fn the_time_scale_shortens_the_minute() {
    let mut simulation = started_at(&template(), 0.05);
    pass(&mut simulation, 3_000);
    listen(&mut simulation, &failure());
    pass(&mut simulation, 3_000);
    assert_eq!(
        state(&mut simulation, "listener-errors-local"),
        "ALARM",
        "a minute is three seconds"
    );
}

#[test]
fn states_and_metrics_survive_a_restart() {
    let mut simulation = started_at(&template(), 1.0);
    listen(&mut simulation, &failure());
    pass(&mut simulation, MINUTE_MS);
    assert_eq!(state(&mut simulation, "listener-errors-local"), "ALARM");
    simulation.restart();
    while simulation.step(None) {}
    assert_eq!(state(&mut simulation, "listener-errors-local"), "ALARM");
    assert_eq!(
        sum(
            &mut simulation,
            "AWS/Lambda",
            "Errors",
            "FunctionName",
            "listener-local"
        ),
        1.0
    );
}

#[test]
fn a_topic_that_cloudwatch_may_not_publish_to_is_not_told() {
    for (resource, policy, sid) in [
        ("OpsTopicPolicy", "PolicyDocument", "FromAlarms"),
        ("PipelineKey", "KeyPolicy", "DeliverFromAlarms"),
    ] {
        let mut template = template();
        let statements = template["Resources"][resource]["Properties"][policy]["Statement"]
            .as_array_mut()
            .unwrap();
        statements.retain(|it| it["Sid"] != sid);
        let mut simulation = started_at(&template, 1.0);
        listen(&mut simulation, &failure());
        pass(&mut simulation, MINUTE_MS);
        assert_eq!(state(&mut simulation, "listener-errors-local"), "ALARM");
        assert_eq!(times_told(&simulation, "Emailed"), 0);
        assert!(
            times_told(
                &simulation,
                "User: cloudwatch.amazonaws.com is not authorized"
            ) > 0
        );
    }
}

#[test]
fn alarms_are_described_page_by_page_and_by_what_is_asked_for() {
    let mut simulation = started_at(&template(), 1.0);
    let mut describe = |body: Value| {
        let (_, answer) = simulation.aws(Service::CloudWatch, "DescribeAlarms", body);
        answer
    };
    let names = |answer: &Value| -> Vec<Value> {
        let alarms = answer["MetricAlarms"].as_array().into_iter().flatten();
        alarms.map(|it| it["AlarmName"].clone()).collect()
    };
    let all = names(&describe(json!({})));
    let (mut seen, mut request) = (Vec::new(), json!({ "MaxRecords": 1 }));
    loop {
        let page = describe(request.clone());
        assert_eq!(names(&page).len(), 1, "{page}");
        seen.extend(names(&page));
        match page.get("NextToken") {
            Some(token) => request["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert!(seen.len() > 1);
    assert_eq!(seen, all);
    let composite = json!({ "AlarmTypes": ["CompositeAlarm"] });
    assert_eq!(names(&describe(composite)), Vec::<Value>::new());
    let both = json!({ "AlarmTypes": ["CompositeAlarm", "MetricAlarm"] });
    assert_eq!(names(&describe(both)), all);
    for (wrong, kind) in [
        (json!({ "NextToken": "zz" }), "InvalidNextToken"),
        (json!({ "MaxRecords": 101 }), "ValidationError"),
        (
            json!({ "AlarmNames": ["a"], "AlarmNamePrefix": "a" }),
            "InvalidParameterCombination",
        ),
    ] {
        assert_eq!(describe(wrong)["__type"], kind);
    }
}

#[test]
fn a_person_can_set_a_state() {
    let mut simulation = started_at(&template(), 1.0);
    let set = json!({ "AlarmName": "listener-errors-local", "StateValue": "ALARM", "StateReason": "a drill" });
    assert_eq!(
        simulation.aws(Service::CloudWatch, "SetAlarmState", set).0,
        200
    );
    assert_eq!(times_told(&simulation, "Emailed"), 1);
    let broken = json!({ "AlarmName": "listener-errors-local", "StateValue": "OK", "StateReason": "x", "StateReasonData": "{" });
    assert_eq!(
        simulation
            .aws(Service::CloudWatch, "SetAlarmState", broken)
            .1["__type"],
        "InvalidFormat"
    );
    let none = json!({ "AlarmName": "none", "StateValue": "ALARM", "StateReason": "a drill" });
    assert_eq!(
        simulation.aws(Service::CloudWatch, "SetAlarmState", none).1["__type"],
        "ResourceNotFound"
    );
    pass(&mut simulation, MINUTE_MS);
    assert_eq!(
        state(&mut simulation, "listener-errors-local"),
        "OK",
        "the metric has the next word"
    );
}

fn sum(
    simulation: &mut Simulation,
    namespace: &str,
    name: &str,
    dimension: &str,
    value: &str,
) -> f64 {
    let request = json!({
        "Namespace": namespace, "MetricName": name, "Dimensions": [{ "Name": dimension, "Value": value }],
        "StartTime": (START_MS - 3_600_000) / 1000, "EndTime": (simulation.now_ms + 60_000) / 1000, "Period": 60, "Statistics": ["Sum"],
    });
    let (status, body) = simulation.aws(Service::CloudWatch, "GetMetricStatistics", request);
    assert_eq!(status, 200, "{body}");
    body["Datapoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["Sum"].as_f64().unwrap())
        .sum()
}

#[test]
fn what_happens_is_counted() {
    let mut simulation = started_at(&template(), 1.0);
    listen(&mut simulation, &Outcome::Success(b"{}".to_vec()));
    let entry = json!({ "EventBusName": "payment-events", "Source": "payment.processor", "DetailType": "Payment Processed", "Detail": "{\"amount\":1}" });
    simulation.aws(Service::Events, "PutEvents", json!({ "Entries": [entry] }));
    for (namespace, name, dimension, value, expected) in [
        (
            "AWS/Lambda",
            "Invocations",
            "FunctionName",
            "listener-local",
            1.0,
        ),
        (
            "AWS/Lambda",
            "Errors",
            "FunctionName",
            "listener-local",
            0.0,
        ),
        (
            "AWS/SNS",
            "NumberOfMessagesPublished",
            "TopicName",
            "payments-local",
            1.0,
        ),
        (
            "AWS/SNS",
            "NumberOfNotificationsFilteredOut",
            "TopicName",
            "payments-local",
            2.0,
        ),
        (
            "AWS/SQS",
            "NumberOfMessagesSent",
            "QueueName",
            "wrapped-local",
            1.0,
        ),
        (
            "AWS/Events",
            "Invocations",
            "RuleName",
            "value-standard-local",
            1.0,
        ),
        (
            "AWS/Logs",
            "IncomingLogEvents",
            "LogGroupName",
            "/aws/events/standard-payments-local",
            1.0,
        ),
    ] {
        assert_eq!(
            sum(&mut simulation, namespace, name, dimension, value),
            expected,
            "{namespace} {name}"
        );
    }
}

#[test]
fn own_metrics_come_back_by_period_statistic_and_expression() {
    let mut simulation = started_at(&template(), 1.0);
    let at_s = START_MS / 1000;
    let data: Vec<Value> = [1.0, 2.0, 6.0].iter().map(|value| json!({ "MetricName": "Age", "Value": value, "Timestamp": at_s, "Dimensions": [{ "Name": "k", "Value": "v" }] })).collect();
    let put = json!({ "Namespace": "Own", "MetricData": data });
    assert_eq!(
        simulation.aws(Service::CloudWatch, "PutMetricData", put).0,
        200
    );
    simulation.restart();
    while simulation.step(None) {}
    let metric = json!({ "Namespace": "Own", "MetricName": "Age", "Dimensions": [{ "Name": "k", "Value": "v" }] });
    let stat = |id: &str, stat: &str| json!({ "Id": id, "ReturnData": id != "hidden", "MetricStat": { "Metric": metric, "Period": 60, "Stat": stat } });
    let queries = json!([stat("a", "Average"), stat("p", "p50"), stat("hidden", "Sum"), { "Id": "e", "Expression": "100 * a / hidden" }, { "Id": "f", "Expression": "e + a" }]);
    let request =
        json!({ "MetricDataQueries": queries, "StartTime": at_s - 60, "EndTime": at_s + 60 });
    let (_, body) = simulation.aws(Service::CloudWatch, "GetMetricData", request.clone());
    let values: Vec<(&str, f64)> = body["MetricDataResults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["Id"].as_str().unwrap(),
                it["Values"][0].as_f64().unwrap(),
            )
        })
        .collect();
    let e = 100.0 * 3.0 / 9.0;
    assert_eq!(values, [("a", 3.0), ("p", 2.0), ("e", e), ("f", e + 3.0)]);
    // An unknown id, a circle, an id that is none, one that is there twice, and a period that CloudWatch has not.
    let expression = |id: &str, text: &str| json!({ "Id": id, "Expression": text });
    let mut odd = stat("a", "Sum");
    odd["MetricStat"]["Period"] = json!(61);
    for (queries, kind) in [
        (json!([expression("e", "2 * z")]), "ValidationError"),
        (
            json!([expression("e", "f"), expression("f", "e")]),
            "ValidationError",
        ),
        (json!([stat("A", "Sum")]), "ValidationError"),
        (
            json!([stat("a", "Sum"), stat("a", "Sum")]),
            "ValidationError",
        ),
        (json!([odd]), "InvalidParameterValue"),
    ] {
        let mut wrong = request.clone();
        wrong["MetricDataQueries"] = queries;
        let (_, refused) = simulation.aws(Service::CloudWatch, "GetMetricData", wrong);
        assert_eq!(refused["__type"], kind, "{refused}");
    }
    for (body, kind) in [
        (
            json!({ "Namespace": "AWS/SQS", "MetricData": [{ "MetricName": "a", "Value": 1 }] }),
            "InvalidParameterValue",
        ),
        (
            json!({ "Namespace": "Own", "MetricData": [] }),
            "InvalidParameterValue",
        ),
        (
            json!({ "Namespace": "Own", "MetricData": [{ "MetricName": "a" }] }),
            "MissingParameter",
        ),
    ] {
        assert_eq!(
            simulation.aws(Service::CloudWatch, "PutMetricData", body).1["__type"],
            kind
        );
    }
}

#[test]
fn dashboards_are_shown_as_they_were_written() {
    let mut simulation = started_at(&template(), 1.0);
    let (_, shown) = simulation.aws(
        Service::CloudWatch,
        "GetDashboard",
        json!({ "DashboardName": "overview-local" }),
    );
    assert_eq!(shown["DashboardBody"], r#"{"widgets":[]}"#);
    let (_, listed) = simulation.aws(Service::CloudWatch, "ListDashboards", json!({}));
    assert_eq!(listed["DashboardEntries"].as_array().unwrap().len(), 1);
}
