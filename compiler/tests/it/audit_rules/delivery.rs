//! Controls over queues, topics, buses, rules, mappings and alarms: nothing is lost, and somebody is told.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::{Rule, each, is_key, left_out, of_type};

/// SQS keeps a message for at most 14 days.
const LONGEST_S: u64 = 1_209_600;

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "TPL-05 queues are encrypted with the key",
        check: |it| {
            each(it, "AWS::SQS::Queue", "not encrypted with the key", |it| {
                is_key(&it["KmsMasterKeyId"])
            })
        },
        spoil: |it| {
            it["Resources"]["InboxQueue"]["Properties"]["KmsMasterKeyId"] = json!("alias/aws/sqs")
        },
    },
    Rule {
        id: "TPL-05 topics and buses are encrypted with the key",
        check: |it| {
            let mut objections = each(it, "AWS::SNS::Topic", "not encrypted with the key", |it| {
                is_key(&it["KmsMasterKeyId"])
            });
            objections.extend(each(
                it,
                "AWS::Events::EventBus",
                "not encrypted with the key",
                |it| is_key(&it["KmsKeyIdentifier"]),
            ));
            objections
        },
        spoil: |it| {
            it["Resources"]["OpsTopic"]["Properties"]["KmsMasterKeyId"] = json!("alias/aws/sns")
        },
    },
    Rule {
        id: "TPL-06 what is called asynchronously has a place for what fails",
        check: asynchronous,
        spoil: |it| {
            it["Resources"]["AfterInvokeConfig"]["Properties"]["FunctionName"] =
                json!({"Ref": "ProcessFunction"});
        },
    },
    Rule {
        id: "TPL-09 dead letters raise an alarm",
        check: unwatched,
        spoil: |it| {
            it["Resources"]
                .as_object_mut()
                .unwrap()
                .remove("DeadLettersAlarm");
        },
    },
    Rule {
        id: "TPL-09 an alarm tells somebody",
        check: |it| {
            let silent = of_type(it, "AWS::CloudWatch::Alarm").filter(|(_, it)| {
                let actions = it["Properties"]["AlarmActions"].as_array();
                actions.is_none_or(Vec::is_empty) && !left_out(it, "TPL-09")
            });
            silent
                .map(|(id, _)| format!("{id}: tells nobody"))
                .collect()
        },
        spoil: |it| it["Resources"]["ErrorsAlarm"]["Properties"]["AlarmActions"] = json!([]),
    },
    Rule {
        id: "DEL-01 consumers answer for each message",
        check: |it| {
            each(
                it,
                "AWS::Lambda::EventSourceMapping",
                "one failure fails the batch",
                |it| it["FunctionResponseTypes"] == json!(["ReportBatchItemFailures"]),
            )
        },
        spoil: |it| {
            let mapping = it["Resources"]["ConsumerMapping"]["Properties"]
                .as_object_mut()
                .unwrap();
            mapping.remove("FunctionResponseTypes");
        },
    },
    Rule {
        id: "DEL-06 pipes and stream mappings give up, and say where to",
        check: streams,
        spoil: |it| {
            let pipe = &mut it["Resources"]["SettlePaymentPipe"]["Properties"]["SourceParameters"];
            pipe["DynamoDBStreamParameters"]["MaximumRetryAttempts"] = json!(-1);
        },
    },
    Rule {
        id: "DEL-08 dead letters outlive their source, and come after enough tries",
        check: dead_letters,
        spoil: |it| {
            it["Resources"]["InboxDlqQueue"]["Properties"]["MessageRetentionPeriod"] =
                json!(345_600);
        },
    },
    Rule {
        id: "DEL-08 a message stays hidden for six times as long as its function may take",
        check: visibility,
        spoil: |it| it["Resources"]["InboxQueue"]["Properties"]["VisibilityTimeout"] = json!(60),
    },
    Rule {
        id: "DEL-09 every queue has dead letters, and so has every rule, subscription and bus",
        check: undelivered,
        spoil: |it| {
            let target = &mut it["Resources"]["LargeRule"]["Properties"]["Targets"][0];
            target.as_object_mut().unwrap().remove("DeadLetterConfig");
        },
    },
    Rule {
        id: "DEL-16 a mapping takes no more at once than its function may run",
        check: |it| {
            each(
                it,
                "AWS::Lambda::EventSourceMapping",
                "unlimited, or more than reserved",
                |mapping| {
                    let function = mapping["FunctionName"]["Fn::GetAtt"][0]
                        .as_str()
                        .or(mapping["FunctionName"]["Ref"].as_str());
                    let reserved = it["Resources"][function.unwrap_or_default()]["Properties"]["ReservedConcurrentExecutions"].as_u64();
                    // Streams have one reader for each shard instead.
                    is_stream(mapping)
                        || mapping["ScalingConfig"]["MaximumConcurrency"]
                            .as_u64()
                            .is_some_and(|it| Some(it) <= reserved)
                },
            )
        },
        spoil: |it| {
            let scaling = &mut it["Resources"]["ConsumerMapping"]["Properties"]["ScalingConfig"];
            scaling["MaximumConcurrency"] = json!(900);
        },
    },
    Rule {
        id: "IAM-11 the key lets EventBridge and alarms reach what is encrypted",
        check: key_for_senders,
        spoil: |it| {
            let statements = it["Resources"]["PipelineKey"]["Properties"]["KeyPolicy"]["Statement"]
                .as_array_mut()
                .unwrap();
            statements.retain(|it| it["Principal"]["Service"] != "events.amazonaws.com");
        },
    },
];

fn is_stream(mapping: &Value) -> bool {
    mapping["EventSourceArn"]["Fn::GetAtt"][1] == "StreamArn"
}

/// Logical id that an ARN refers to.
fn referred(arn: &Value) -> &str {
    arn["Fn::GetAtt"][0]
        .as_str()
        .or(arn["Ref"].as_str())
        .unwrap_or_default()
}

/// Functions that a rule or a topic calls.
fn asynchronous(template: &Value) -> Vec<String> {
    let mut called = Vec::new();
    for (_, rule) in of_type(template, "AWS::Events::Rule") {
        for target in rule["Properties"]["Targets"].as_array().unwrap() {
            called.push(referred(&target["Arn"]));
        }
    }
    for (_, subscription) in of_type(template, "AWS::SNS::Subscription") {
        called.push(referred(&subscription["Properties"]["Endpoint"]));
    }
    called.retain(|it| template["Resources"][it]["Type"] == "AWS::Lambda::Function");
    called.sort_unstable();
    called.dedup();
    called.retain(|function| {
        !of_type(template, "AWS::Lambda::EventInvokeConfig").any(|(_, it)| {
            referred(&it["Properties"]["FunctionName"]) == *function
                && it["Properties"]["DestinationConfig"]["OnFailure"]["Destination"].is_object()
        })
    });
    called
        .into_iter()
        .map(|it| format!("{it}: what fails is lost"))
        .collect()
}

/// Queues that something sends dead letters to: other queues, pipes, rules, buses, mappings, subscriptions, functions.
fn for_dead_letters(template: &Value) -> Vec<String> {
    fn collect(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match name.as_str() {
                        "deadLetterTargetArn" => found.push(referred(value).to_owned()),
                        "DeadLetterConfig" => found.push(referred(&value["Arn"]).to_owned()),
                        "OnFailure" => found.push(referred(&value["Destination"]).to_owned()),
                        _ => collect(value, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|it| collect(it, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    collect(&template["Resources"], &mut found);
    found.sort();
    found.dedup();
    found
}

fn unwatched(template: &Value) -> Vec<String> {
    let alarms: String = of_type(template, "AWS::CloudWatch::Alarm")
        .map(|(_, it)| it.to_string())
        .collect();
    let unwatched = for_dead_letters(template).into_iter().filter(|id| {
        !alarms.contains(&format!("\"{id}\"")) && !left_out(&template["Resources"][id], "TPL-09")
    });
    unwatched
        .map(|id| format!("{id}: nobody is told"))
        .collect()
}

fn streams(template: &Value) -> Vec<String> {
    let ends = |it: &Value, place: &Value| {
        it["MaximumRetryAttempts"]
            .as_i64()
            .is_some_and(|it| it >= 0)
            && it["MaximumRecordAgeInSeconds"]
                .as_i64()
                .is_some_and(|it| it > 0)
            && !place.is_null()
    };
    let mut objections = each(
        template,
        "AWS::Pipes::Pipe",
        "retries for ever, or loses what it gives up on",
        |it| {
            let stream = &it["SourceParameters"]["DynamoDBStreamParameters"];
            ends(stream, &stream["DeadLetterConfig"]["Arn"]) && stream["BatchSize"] == 1
        },
    );
    objections.extend(each(
        template,
        "AWS::Lambda::EventSourceMapping",
        "retries for ever, or loses what it gives up on",
        |it| {
            !is_stream(it)
                || ends(it, &it["DestinationConfig"]["OnFailure"]["Destination"])
                    && it["BisectBatchOnFunctionError"] == true
        },
    ));
    objections
}

fn dead_letters(template: &Value) -> Vec<String> {
    let mut objections = Vec::new();
    for id in for_dead_letters(template) {
        if template["Resources"][&id]["Properties"]["MessageRetentionPeriod"] != LONGEST_S {
            objections.push(format!("{id}: dead letters are kept for less than 14 days"));
        }
    }
    objections.extend(each(
        template,
        "AWS::SQS::Queue",
        "too few tries, or kept as long as its dead letters",
        |it| {
            let redrive = &it["RedrivePolicy"];
            redrive.is_null()
                || redrive["maxReceiveCount"]
                    .as_u64()
                    .is_some_and(|it| it >= 5)
                    && it["MessageRetentionPeriod"]
                        .as_u64()
                        .is_some_and(|it| it < LONGEST_S)
        },
    ));
    objections
}

fn visibility(template: &Value) -> Vec<String> {
    let mut objections = Vec::new();
    for (id, mapping) in of_type(template, "AWS::Lambda::EventSourceMapping") {
        let properties = &mapping["Properties"];
        if is_stream(properties) {
            continue;
        }
        let number = |resource: &str, name: &str| {
            template["Resources"][resource]["Properties"][name]
                .as_u64()
                .unwrap()
        };
        let hidden = number(referred(&properties["EventSourceArn"]), "VisibilityTimeout");
        let window = properties["MaximumBatchingWindowInSeconds"]
            .as_u64()
            .unwrap_or(0);
        if hidden < 6 * number(referred(&properties["FunctionName"]), "Timeout") + window {
            objections.push(format!("{id}: a message comes again while it is worked on"));
        }
    }
    objections
}

fn undelivered(template: &Value) -> Vec<String> {
    let for_dead = for_dead_letters(template);
    let queues = of_type(template, "AWS::SQS::Queue")
        .filter(|(id, it)| it["Properties"]["RedrivePolicy"].is_null() && !for_dead.contains(id));
    let mut objections: Vec<String> = queues
        .map(|(id, _)| format!("{id}: no dead letters"))
        .collect();
    objections.extend(each(
        template,
        "AWS::Events::Rule",
        "a target without dead letters",
        |it| {
            let targets = it["Targets"].as_array().unwrap();
            targets
                .iter()
                .all(|it| it["DeadLetterConfig"]["Arn"].is_object())
        },
    ));
    objections.extend(each(
        template,
        "AWS::Events::EventBus",
        "no dead letters",
        |it| it["DeadLetterConfig"]["Arn"].is_object(),
    ));
    // E-mail is told to people; SNS keeps no letters that no mailbox took.
    objections.extend(each(
        template,
        "AWS::SNS::Subscription",
        "no dead letters",
        |it| it["Protocol"] == "email" || it["RedrivePolicy"]["deadLetterTargetArn"].is_object(),
    ));
    objections
}

fn key_for_senders(template: &Value) -> Vec<String> {
    let statements = of_type(template, "AWS::KMS::Key").next().unwrap().1["Properties"]["KeyPolicy"]["Statement"].as_array().unwrap().clone();
    let allowed = |service: &str| {
        statements.iter().any(|it| {
            let actions = it["Action"].to_string();
            it["Principal"]["Service"] == service
                && actions.contains("kms:Decrypt")
                && actions.contains("kms:GenerateDataKey")
        })
    };
    let mut objections = Vec::new();
    if of_type(template, "AWS::Events::Rule").next().is_some() && !allowed("events.amazonaws.com") {
        objections.push("EventBridge cannot use the key".to_owned());
    }
    let told = of_type(template, "AWS::CloudWatch::Alarm")
        .any(|(_, it)| !it["Properties"]["AlarmActions"].is_null());
    if told && !allowed("cloudwatch.amazonaws.com") {
        objections.push("alarms cannot use the key".to_owned());
    }
    objections
}
