//! Controls over logs: where they go, and how long they are kept.

#![expect(
    clippy::indexing_slicing,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::spoiled::{forget, of, of_first, without};
use super::{
    Rule, archive, each, fixture, is_declared, is_key, of_type, reason, referred, refunds,
    resources, text,
};

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "TPL-07 log groups are kept for a year or for a reason, with the key",
        check: |it| {
            let bad = of_type(it, "AWS::Logs::LogGroup").filter(|(_, it)| {
                let kept = it["Properties"]["RetentionInDays"].as_u64();
                let long = kept.is_some_and(|days| days >= 365 || is_reason_for(it, days));
                !is_key(&it["Properties"]["KmsKeyId"]) || !long
            });
            bad.map(|(id, _)| format!("{id}: no retention or no key"))
                .collect()
        },
        spoil: &[
            fixture("kept for ever", |it| {
                forget(of_first(it, "AWS::Logs::LogGroup"), "RetentionInDays");
            }),
            archive("kept for a month without a reason", |it| {
                of(it, "ProdAccessLogGroup")["RetentionInDays"] = json!(30)
            }),
            archive("kept for a day, with the reason of a month", |it| {
                of(it, "EventProcessorLogGroup")["RetentionInDays"] = json!(1)
            }),
            archive("a reason taken away", |it| {
                forget(
                    &mut it["Resources"]["EventProcessorLogGroup"]["Metadata"],
                    "audit",
                );
            }),
            archive("no key", |it| {
                forget(of(it, "ProdAccessLogGroup"), "KmsKeyId")
            }),
            archive("AWS's own key", |it| {
                of(it, "ProdAccessLogGroup")["KmsKeyId"] = json!("alias/aws/logs")
            }),
        ],
    },
    Rule {
        id: "TPL-07 every log goes to a group that is declared",
        check: undeclared,
        spoil: &[
            archive("the execution log of an API", |it| {
                without(it, "ProdExecutionLogGroup")
            }),
            archive("the execution log of another stage", |it| {
                of(it, "ProdExecutionLogGroup")["LogGroupName"] =
                    json!({"Fn::Sub": "API-Gateway-Execution-Logs_${ProdApi}/test"});
            })
            .also(&["IAM-10"]),
            archive("the access log of an API", |it| {
                without(it, "ProdAccessLogGroup")
            }),
            refunds("the log of a workflow", |it| {
                without(it, "RefundPaymentLogGroup")
            }),
            archive("the log of a function", |it| {
                without(it, "EventProcessorLogGroup")
            }),
            archive("the log of a pipe", |it| {
                without(it, "PaymentEventsChangesPipeLogGroup")
            }),
            archive("the log of a network", |it| {
                without(it, "PrivateFlowLogGroup")
            }),
            archive("the log of a rule", |it| {
                without(it, "StandardPaymentsEventsLogGroup")
            }),
        ],
    },
    Rule {
        id: "OBS-01 log lines are JSON",
        check: |it| {
            each(it, "AWS::Lambda::Function", "lines of text", |it| {
                it["LoggingConfig"]["LogFormat"] == "JSON"
            })
        },
        spoil: &[
            fixture("lines of text", |it| {
                of_first(it, "AWS::Lambda::Function")["LoggingConfig"]["LogFormat"] = json!("Text");
            }),
            archive("Lambda's own format, which is text", |it| {
                forget(
                    &mut of(it, "EventProcessorFunction")["LoggingConfig"],
                    "LogFormat",
                );
            }),
        ],
    },
    Rule {
        id: "OBS-04 pipes log no data",
        check: |it| {
            each(it, "AWS::Pipes::Pipe", "bodies in its log", |it| {
                it["LogConfiguration"]["IncludeExecutionData"].is_null()
            })
        },
        spoil: &[
            fixture("all data", |it| {
                of_first(it, "AWS::Pipes::Pipe")["LogConfiguration"]["IncludeExecutionData"] =
                    json!(["ALL"]);
            }),
            archive("all data, in one more pipe's log", |it| {
                of(it, "PaymentEventsChangesPipe")["LogConfiguration"]["IncludeExecutionData"] =
                    json!(["ALL"]);
            }),
        ],
    },
];

/// True where the reason for keeping the group for less than a year is about as many days.
fn is_reason_for(group: &Value, days: u64) -> bool {
    reason(group, "TPL-07").is_some_and(|it| it.starts_with(&format!("kept {days} days,")))
}

fn undeclared(template: &Value) -> Vec<String> {
    let mut objections = Vec::new();
    for (id, resource) in resources(template) {
        let it = &resource["Properties"];
        let group = match resource["Type"].as_str() {
            Some("AWS::Lambda::Function") => &it["LoggingConfig"]["LogGroup"],
            Some("AWS::ApiGateway::Stage") => &it["AccessLogSetting"]["DestinationArn"],
            Some("AWS::Pipes::Pipe") => {
                &it["LogConfiguration"]["CloudwatchLogsLogDestination"]["LogGroupArn"]
            }
            Some("AWS::StepFunctions::StateMachine") => {
                &it["LoggingConfiguration"]["Destinations"][0]["CloudWatchLogsLogGroup"]["LogGroupArn"]
            }
            Some("AWS::EC2::FlowLog") => &it["LogGroupName"],
            _ => continue,
        };
        // Where nothing is named at all is what TPL-01, TPL-06, TPL-08 and NET-02 object to.
        if !group.is_null() && !is_declared(template, referred(group), "AWS::Logs::LogGroup") {
            objections.push(format!(
                "{id}: its log's group is made without being declared"
            ));
        }
    }
    let names: Vec<String> = of_type(template, "AWS::Logs::LogGroup")
        .map(|(_, it)| text(&it["Properties"]["LogGroupName"]))
        .collect();
    for (id, stage) in of_type(template, "AWS::ApiGateway::Stage") {
        let it = &stage["Properties"];
        let (api, name) = (text(&it["RestApiId"]), text(&it["StageName"]));
        if !names.contains(&format!("API-Gateway-Execution-Logs_{api}/{name}")) {
            objections.push(format!("{id}: API Gateway makes its execution log's group"));
        }
    }
    for (id, rule) in of_type(template, "AWS::Events::Rule") {
        let targets = rule["Properties"]["Targets"]
            .as_array()
            .into_iter()
            .flatten();
        for target in targets {
            let arn = text(&target["Arn"]);
            let group = arn
                .split_once(":log-group:${")
                .map(|it| it.1.trim_end_matches('}'));
            if group.is_some_and(|it| !is_declared(template, it, "AWS::Logs::LogGroup")) {
                objections.push(format!(
                    "{id}: its log's group is made without being declared"
                ));
            }
        }
    }
    objections
}
