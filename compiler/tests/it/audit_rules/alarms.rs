//! Controls over alarms: what has to be heard of raises one, and each tells somebody.
//!
//! Which of the checklist's other alarms a pipeline has is the spec's to say; of dead letters and failed workflows it has to say why not.

#![expect(
    clippy::indexing_slicing,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::delivery::for_dead_letters;
use super::spoiled::{forget, of, without};
use super::{
    Rule, archive, fixture, is_declared, left_out, list, of_type, referred, refunds, resources,
    webhooks,
};

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "TPL-09 dead letters raise an alarm",
        check: |it| {
            let unwatched = for_dead_letters(it)
                .into_iter()
                .filter(|id| !left_out(&it["Resources"][id], "TPL-09") && !of_dead_letters(it, id));
            unwatched
                .map(|id| format!("{id}: nobody is told"))
                .collect()
        },
        spoil: &[
            fixture("an alarm taken away", |it| without(it, "DeadLettersAlarm")),
            refunds("a threshold that is never crossed", |it| {
                of(it, "IntakeStuckAlarm")["Threshold"] = json!(1_000_000_000)
            }),
            refunds("an alarm on another queue", |it| {
                let dimension = &mut of(it, "IntakeStuckAlarm")["Dimensions"][0]["Value"];
                *dimension = json!({"Fn::GetAtt": ["IntakeQueue", "QueueName"]});
            }),
            refunds("an alarm on messages sent", |it| {
                of(it, "IntakeStuckAlarm")["MetricName"] = json!("NumberOfMessagesSent")
            }),
            refunds("an alarm that is raised by an empty queue", |it| {
                of(it, "IntakeStuckAlarm")["ComparisonOperator"] =
                    json!("LessThanOrEqualToThreshold");
            }),
            archive("a reason taken away", |it| {
                forget(
                    &mut it["Resources"]["ProcessingDlqQueue"]["Metadata"],
                    "audit",
                );
            }),
        ],
    },
    Rule {
        id: "TPL-09 failed executions raise an alarm",
        check: |it| {
            let unwatched = of_type(it, "AWS::StepFunctions::StateMachine")
                .filter(|(id, machine)| !left_out(machine, "TPL-09") && !of_failures(it, id));
            unwatched
                .map(|(id, _)| format!("{id}: nobody is told"))
                .collect()
        },
        spoil: &[
            fixture("a reason taken away", |it| {
                forget(
                    &mut it["Resources"]["SettlePaymentStateMachine"]["Metadata"],
                    "audit",
                );
            }),
            refunds("an alarm taken away", |it| without(it, "RefundsFailAlarm")),
            refunds("an alarm on another machine", |it| {
                let dimension = &mut of(it, "RefundsFailAlarm")["Dimensions"][0]["Value"];
                *dimension = json!({"Ref": "FollowUpStateMachine"});
            }),
            refunds("an alarm on what succeeds", |it| {
                of(it, "RefundsFailAlarm")["MetricName"] = json!("ExecutionsSucceeded")
            }),
            refunds("a threshold that is never crossed", |it| {
                of(it, "RefundsFailAlarm")["Threshold"] = json!(1_000_000_000)
            }),
        ],
    },
    Rule {
        id: "TPL-09 an alarm tells somebody",
        check: |it| {
            let silent = of_type(it, "AWS::CloudWatch::Alarm").filter(|(_, alarm)| {
                let properties = &alarm["Properties"];
                let actions = list(&properties["AlarmActions"]);
                let told = actions
                    .iter()
                    .all(|action| is_declared(it, referred(action), "AWS::SNS::Topic"));
                let off = properties["ActionsEnabled"] == false;
                (off || actions.is_empty() || !told) && !left_out(alarm, "TPL-09")
            });
            silent
                .map(|(id, _)| format!("{id}: tells nobody"))
                .collect()
        },
        spoil: &[
            fixture("no action", |it| {
                of(it, "ErrorsAlarm")["AlarmActions"] = json!([])
            }),
            archive("actions that are not taken", |it| {
                of(it, "ReceiverErrorsAlarm")["ActionsEnabled"] = json!(false)
            }),
            webhooks("a topic that is not there", |it| {
                of(it, "ForgedWebhooksAlarm")["AlarmActions"] = json!([{"Ref": "NobodyTopic"}])
            }),
        ],
    },
];

/// An alarm on a metric of AWS of this resource.
fn watching<'a>(
    template: &'a Value,
    metrics: &'a [(&'a str, &'a str)],
    dimension: &'a Value,
) -> impl Iterator<Item = &'a Value> {
    let alarms = resources(template)
        .values()
        .filter(|it| it["Type"] == "AWS::CloudWatch::Alarm");
    alarms.map(|it| &it["Properties"]).filter(move |it| {
        let metric = |(namespace, name): &(&str, &str)| {
            it["Namespace"] == *namespace && it["MetricName"] == *name
        };
        // The least of a period hides what was there for a part of it.
        metrics.iter().any(metric)
            && it["Statistic"] != "Minimum"
            && it["Dimensions"] == json!([dimension])
    })
}

/// True where the first of what is counted raises the alarm.
fn is_raised_by_one(alarm: &Value) -> bool {
    let threshold = alarm["Threshold"].as_f64();
    threshold.is_some_and(|it| match alarm["ComparisonOperator"].as_str() {
        Some("GreaterThanThreshold") => (0.0..1.0).contains(&it),
        Some("GreaterThanOrEqualToThreshold") => it > 0.0 && it <= 1.0,
        _ => false,
    })
}

/// True where somebody is told of a message in the queue, at once or when it has been there for too long.
fn of_dead_letters(template: &Value, queue: &str) -> bool {
    let dimension = json!({"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}});
    let kept = template["Resources"][queue]["Properties"]["MessageRetentionPeriod"].as_f64();
    let depth = [("AWS/SQS", "ApproximateNumberOfMessagesVisible")];
    let age = [("AWS/SQS", "ApproximateAgeOfOldestMessage")];
    let old = |it: &Value| {
        it["ComparisonOperator"]
            .as_str()
            .is_some_and(|it| it.starts_with("GreaterThan"))
            && it["Threshold"].as_f64() < kept
    };
    watching(template, &depth, &dimension).any(is_raised_by_one)
        || watching(template, &age, &dimension).any(old)
}

fn of_failures(template: &Value, machine: &str) -> bool {
    let dimension = json!({"Name": "StateMachineArn", "Value": {"Ref": machine}});
    let failed = [("AWS/States", "ExecutionsFailed")];
    watching(template, &failed, &dimension).any(is_raised_by_one)
}
