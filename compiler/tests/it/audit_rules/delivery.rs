//! Controls over queues, topics, buses, rules and mappings: nothing is lost.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::spoiled::{forget, of, without};
use super::{Rule, archive, each, fixture, is_key, of_type, referred, refunds, webhooks};

/// SQS keeps a message for at most 14 days.
const LONGEST_S: u64 = 1_209_600;
const QUEUE: &str = "AWS::SQS::Queue";
const MAPPING: &str = "AWS::Lambda::EventSourceMapping";

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "TPL-05 queues are encrypted with the key",
        check: |it| {
            each(it, QUEUE, "not encrypted with the key", |it| {
                is_key(&it["KmsMasterKeyId"])
            })
        },
        spoil: &[
            fixture("AWS's own key", |it| {
                of(it, "InboxQueue")["KmsMasterKeyId"] = json!("alias/aws/sqs")
            }),
            archive("a key of another name", |it| {
                of(it, "ProcessingQueueQueue")["KmsMasterKeyId"] =
                    json!({"Fn::GetAtt": ["OtherPipelineKey", "Arn"]});
            }),
            archive("no key on what holds dead letters", |it| {
                forget(of(it, "ProcessingDlqQueue"), "KmsMasterKeyId")
            }),
        ],
    },
    Rule {
        id: "TPL-05 topics and buses are encrypted with the key",
        check: |it| {
            let objection = "not encrypted with the key";
            let topics = each(it, "AWS::SNS::Topic", objection, |it| {
                is_key(&it["KmsMasterKeyId"])
            });
            let buses = each(it, "AWS::Events::EventBus", objection, |it| {
                is_key(&it["KmsKeyIdentifier"])
            });
            [topics, buses].concat()
        },
        spoil: &[
            fixture("AWS's own key for a topic", |it| {
                of(it, "OpsTopic")["KmsMasterKeyId"] = json!("alias/aws/sns")
            }),
            archive("no key for a topic", |it| {
                forget(of(it, "PaymentAlertsTopic"), "KmsMasterKeyId")
            }),
            archive("no key for a bus", |it| {
                forget(of(it, "PaymentBusBus"), "KmsKeyIdentifier")
            }),
        ],
    },
    Rule {
        id: "TPL-06 what is called asynchronously has a place for what fails",
        check: asynchronous,
        spoil: &[
            fixture("a place for another function", |it| {
                of(it, "AfterInvokeConfig")["FunctionName"] = json!({"Ref": "ProcessFunction"});
            }),
            webhooks("no place", |it| without(it, "StatusUpdatesInvokeConfig")).also(&["DEL-09"]),
            webhooks("what succeeds goes there", |it| {
                let config = &mut of(it, "StatusUpdatesInvokeConfig")["DestinationConfig"];
                config["OnSuccess"] = config["OnFailure"].take();
                forget(config, "OnFailure");
            })
            .also(&["DEL-09"]),
        ],
    },
    Rule {
        id: "DEL-01 consumers answer for each message",
        check: |it| {
            each(it, MAPPING, "one failure fails the batch", |it| {
                it["FunctionResponseTypes"] == json!(["ReportBatchItemFailures"])
            })
        },
        spoil: &[
            fixture("not said", |it| {
                forget(of(it, "ConsumerMapping"), "FunctionResponseTypes")
            }),
            archive("none", |it| {
                of(it, "EventProcessorMapping")["FunctionResponseTypes"] = json!([])
            }),
        ],
    },
    Rule {
        id: "DEL-06 pipes and stream mappings give up, and say where to",
        check: streams,
        spoil: &[
            fixture("tried for ever", |it| {
                of_stream(it, "SettlePaymentPipe")["MaximumRetryAttempts"] = json!(-1)
            }),
            archive("of any age", |it| {
                of_stream(it, "PaymentEventsChangesPipe")["MaximumRecordAgeInSeconds"] = json!(-1)
            }),
            archive("lost when given up", |it| {
                let stream = of_stream(it, "PaymentEventsChangesPipe");
                forget(stream, "DeadLetterConfig");
            })
            .also(&["DEL-09"]),
        ],
    },
    Rule {
        id: "DEL-08 dead letters outlive their source, and come after enough tries",
        check: dead_letters,
        spoil: &[
            fixture("kept as long as what waits", |it| {
                of(it, "InboxDlqQueue")["MessageRetentionPeriod"] = json!(345_600)
            }),
            archive("tried once", |it| {
                of(it, "ProcessingQueueQueue")["RedrivePolicy"]["maxReceiveCount"] = json!(1)
            }),
        ],
    },
    Rule {
        id: "DEL-08 a message stays hidden for six times as long as its function may take",
        check: visibility,
        spoil: &[
            fixture("hidden for a minute", |it| {
                of(it, "InboxQueue")["VisibilityTimeout"] = json!(60)
            }),
            archive("a function that takes longer", |it| {
                of(it, "EventProcessorFunction")["Timeout"] = json!(600)
            }),
        ],
    },
    Rule {
        id: "DEL-09 every queue has dead letters, and so has every rule, subscription and bus",
        check: undelivered,
        spoil: &[
            fixture("a rule's target without", |it| {
                forget(&mut of(it, "LargeRule")["Targets"][0], "DeadLetterConfig");
            }),
            archive("a queue without", |it| {
                forget(of(it, "NotificationQueueQueue"), "RedrivePolicy")
            }),
            archive("a bus without", |it| {
                forget(of(it, "PaymentBusBus"), "DeadLetterConfig")
            }),
            refunds("a subscription of another kind without", |it| {
                let subscription = of(it, "OpsEmailSubscription");
                subscription["Protocol"] = json!("https");
                forget(subscription, "RedrivePolicy");
            }),
        ],
    },
    Rule {
        id: "DEL-16 a mapping takes no more at once than its function may run",
        check: |it| {
            each(it, MAPPING, "unlimited, or more than reserved", |mapping| {
                let function = referred(&mapping["FunctionName"]);
                let properties = &it["Resources"][function]["Properties"];
                let reserved = properties["ReservedConcurrentExecutions"].as_u64();
                // Streams have one reader for each shard instead.
                is_stream(mapping)
                    || mapping["ScalingConfig"]["MaximumConcurrency"]
                        .as_u64()
                        .is_some_and(|it| Some(it) <= reserved)
            })
        },
        spoil: &[
            fixture("more than reserved", |it| {
                of(it, "ConsumerMapping")["ScalingConfig"]["MaximumConcurrency"] = json!(900)
            }),
            archive("as many as there are", |it| {
                forget(of(it, "EventProcessorMapping"), "ScalingConfig")
            }),
        ],
    },
];

/// How a pipe reads its stream, to be spoiled.
fn of_stream<'a>(template: &'a mut Value, pipe: &str) -> &'a mut Value {
    &mut of(template, pipe)["SourceParameters"]["DynamoDBStreamParameters"]
}

fn is_stream(mapping: &Value) -> bool {
    mapping["EventSourceArn"]["Fn::GetAtt"][1] == "StreamArn"
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
pub(crate) fn for_dead_letters(template: &Value) -> Vec<String> {
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
            template["Resources"][resource]["Properties"][name].as_u64()
        };
        let hidden = number(referred(&properties["EventSourceArn"]), "VisibilityTimeout");
        let window = properties["MaximumBatchingWindowInSeconds"]
            .as_u64()
            .unwrap_or(0);
        // A function without a time limit is what TPL-06 objects to.
        let longest = number(referred(&properties["FunctionName"]), "Timeout").unwrap_or(0);
        if hidden.is_none_or(|it| it < 6 * longest + window) {
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
