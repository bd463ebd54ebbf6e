//! Controls over the pipeline's key: who administers it, who uses it through what, and that nobody who has to is left out.

#![expect(
    clippy::indexing_slicing,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::policy::{Statement, is_own_account, is_own_root, statements};
use super::spoiled::{first, forget, of, of_first, statement, without_statement};
use super::{
    Rule, archive, each, fixture, is_key, left_out, of_type, own_arn, referred, refunds, text,
};

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "IAM-10 the key rotates, can be administered, and goes slowly",
        check: |it| {
            let mut objections = each(it, "AWS::KMS::Key", "no rotation, or gone at once", |it| {
                it["EnableKeyRotation"] == true && it["PendingWindowInDays"] == 30
            });
            let all = of_key(it);
            let administers = |it: &&Statement<'_>| {
                it.allows()
                    && it.principals("AWS").iter().any(|it| is_own_root(it))
                    && it.has_action("kms:PutKeyPolicy")
                    && it.member("Condition").is_null()
            };
            if !all.iter().any(|it| administers(&it)) {
                objections.push("nobody administers the key".to_owned());
            }
            objections
        },
        spoil: &[
            fixture("no rotation", |it| {
                of_first(it, "AWS::KMS::Key")["EnableKeyRotation"] = json!(false)
            }),
            fixture("gone in a week", |it| {
                of_first(it, "AWS::KMS::Key")["PendingWindowInDays"] = json!(7)
            }),
            archive("no administrator", |it| {
                without_statement(it, "PipelineKey", "Administer")
            }),
            archive("an administrator of another account", |it| {
                statement(it, "PipelineKey", "Administer")["Principal"] =
                    json!({"AWS": "arn:aws:iam::999999999999:root"});
            }),
        ],
    },
    Rule {
        id: "IAM-10 the key serves roles of this account, each through its service only",
        check: any_use,
        spoil: &[
            fixture("any use in the account", |it| {
                let used = statement(it, "PipelineKey", "UseThroughServices");
                used["Condition"] =
                    json!({"StringEquals": {"kms:CallerAccount": {"Ref": "AWS::AccountId"}}});
            }),
            archive("through any service", |it| {
                let used = statement(it, "PipelineKey", "UseThroughServices");
                used["Condition"] = json!({"StringLike": {"kms:ViaService": "*"}});
            }),
            archive("through services, of any account", |it| {
                let used = statement(it, "PipelineKey", "UseThroughServices");
                forget(&mut used["Condition"]["StringEquals"], "kms:CallerAccount");
            }),
            archive("through every service but one", |it| {
                let used = &mut statement(it, "PipelineKey", "UseThroughServices")["Condition"];
                used["StringNotEquals"] = used["StringEquals"].take();
                forget(used, "StringEquals");
            }),
            archive("grants to anyone", |it| {
                let granted = statement(it, "PipelineKey", "GrantToServices");
                forget(&mut granted["Condition"], "Bool");
            }),
            refunds("any execution's data", |it| {
                let used = statement(it, "PipelineKey", "EncryptExecutions");
                used["Condition"] = json!({"StringLike":
                    {"kms:EncryptionContext:aws:states:stateMachineArn": "*"}});
            }),
        ],
    },
    Rule {
        id: "IAM-10 the key encrypts every group of logs",
        check: |it| {
            let all = of_key(it);
            let groups = of_type(it, "AWS::Logs::LogGroup").filter(|(_, group)| {
                let name = text(&group["Properties"]["LogGroupName"]);
                let arn = own_arn("logs", &format!("log-group:{name}"));
                !all.iter().any(|it| {
                    it.services()
                        .contains(&"logs.${AWS::Region}.amazonaws.com".to_owned())
                        && uses(it)
                        && it.names("kms:EncryptionContext:aws:logs:arn", &arn)
                })
            });
            groups
                .map(|(id, _)| format!("{id}: cannot be made with the key"))
                .collect()
        },
        spoil: &[
            archive("no group of logs", |it| {
                without_statement(it, "PipelineKey", "EncryptLogGroups")
            }),
            archive("another group's name", |it| {
                of(it, "ProdAccessLogGroup")["LogGroupName"] = json!("/aws/apigateway/other");
            }),
        ],
    },
    Rule {
        id: "IAM-10 the key stays, or goes because the spec lets it",
        check: |it| {
            let gone = of_type(it, "AWS::KMS::Key")
                .filter(|(_, it)| it["DeletionPolicy"] != "Retain" && !left_out(it, "IAM-10"));
            gone.map(|(id, _)| format!("{id}: what it encrypted is lost"))
                .collect()
        },
        spoil: &[
            fixture("a reason without words", |it| {
                first(it, "AWS::KMS::Key")["Metadata"]["audit"] =
                    json!({"skip": [{"id": "IAM-10", "comment": " "}]});
            }),
            archive("it goes with the stack", |it| {
                first(it, "AWS::KMS::Key")["DeletionPolicy"] = json!("Delete")
            }),
        ],
    },
    Rule {
        id: "IAM-11 the key lets senders reach what is encrypted",
        check: senders,
        spoil: &[
            fixture("nothing of EventBridge", |it| {
                let statements = &mut of_first(it, "AWS::KMS::Key")["KeyPolicy"]["Statement"];
                if let Some(statements) = statements.as_array_mut() {
                    statements.retain(|it| it["Principal"]["Service"] != "events.amazonaws.com");
                }
            }),
            archive("no event delivered", |it| {
                without_statement(it, "PipelineKey", "DeliverEvents")
            }),
            archive("one rule's events not delivered", |it| {
                let from = statement(it, "PipelineKey", "DeliverEvents");
                let sources = &mut from["Condition"]["ArnEquals"]["aws:SourceArn"];
                if let Some(sources) = sources.as_array_mut() {
                    sources.pop();
                }
            }),
            archive("no message of a topic delivered", |it| {
                without_statement(it, "PipelineKey", "DeliverMessages")
            }),
            archive("no bus encrypted", |it| {
                without_statement(it, "PipelineKey", "EncryptBuses")
            }),
            archive("no alarm told", |it| {
                without_statement(it, "PipelineKey", "TellOfAlarms")
            }),
            archive("alarms that may not decrypt", |it| {
                statement(it, "PipelineKey", "TellOfAlarms")["Action"] =
                    json!("kms:GenerateDataKey");
            }),
        ],
    },
];

fn of_key(template: &Value) -> Vec<Statement<'_>> {
    let mut all = statements(template);
    all.retain(|it| it.kind == "AWS::KMS::Key");
    all
}

/// True where a statement is about what is encrypted, rather than about the key.
fn uses(statement: &Statement<'_>) -> bool {
    let mut actions = statement.actions().into_iter();
    actions.any(|it| {
        it.contains("Decrypt") || it.contains("Encrypt") || it.contains("GenerateDataKey")
    })
}

fn any_use(template: &Value) -> Vec<String> {
    let all = of_key(template);
    // Services are IAM-04's, and whoever is nobody's in particular IAM-08's.
    let to_roles = all
        .iter()
        .filter(|it| it.allows() && it.services().is_empty());
    let open = to_roles.filter(|it| {
        let own = it.principals("AWS").iter().all(|it| is_own_root(it))
            && !it.principals("AWS").is_empty();
        let of_account = it.demands_of("kms:CallerAccount", false, |_, it| is_own_account(it));
        let through = it.demands_of("kms:ViaService", false, |_, it| is_own_service(it));
        let for_services = it.member("Condition")["Bool"]["kms:GrantIsForAWSResource"] == "true";
        let granted = !it.has_action("kms:CreateGrant") || for_services && of_account;
        let used = !uses(it) || through && of_account || it.is_of_context();
        !own || !granted || !used
    });
    open.map(Statement::objection).collect()
}

/// True for a service in the stack's region: `sqs.${AWS::Region}.amazonaws.com`.
fn is_own_service(value: &Value) -> bool {
    let text = text(value);
    let service = text.strip_suffix(".${AWS::Region}.amazonaws.com");
    service.is_some_and(|it| {
        !it.is_empty()
            && it
                .chars()
                .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
    })
}

/// Who sends to what is encrypted with the key: the service, the condition that names the sender, the sender's ARN.
fn senders(template: &Value) -> Vec<String> {
    let encrypted = |value: &Value| {
        let it = &template["Resources"][referred(value)]["Properties"];
        is_key(&it["KmsMasterKeyId"])
    };
    let mut wanted: Vec<(&str, &str, String)> = Vec::new();
    let (source, bus_context) = (
        "aws:SourceArn",
        "kms:EncryptionContext:aws:events:event-bus:arn",
    );
    let events = "events.amazonaws.com";
    let bus_arn = |it: &Value| own_arn("events", &format!("event-bus/{}", text(&it["Name"])));
    for (_, bus) in of_type(template, "AWS::Events::EventBus") {
        let it = &bus["Properties"];
        if is_key(&it["KmsKeyIdentifier"]) {
            wanted.push((events, bus_context, bus_arn(it)));
        }
        if encrypted(&it["DeadLetterConfig"]["Arn"]) {
            wanted.push((events, source, bus_arn(it)));
        }
    }
    for (_, rule) in of_type(template, "AWS::Events::Rule") {
        let it = &rule["Properties"];
        let targets = it["Targets"].as_array().into_iter().flatten();
        let mut places = targets.flat_map(|it| [&it["Arn"], &it["DeadLetterConfig"]["Arn"]]);
        if places.any(encrypted) {
            let bus = &template["Resources"][referred(&it["EventBusName"])]["Properties"]["Name"];
            let name = format!("rule/{}/{}", text(bus), text(&it["Name"]));
            wanted.push((events, source, own_arn("events", &name)));
        }
    }
    for (_, subscription) in of_type(template, "AWS::SNS::Subscription") {
        let it = &subscription["Properties"];
        if encrypted(&it["Endpoint"]) || encrypted(&it["RedrivePolicy"]["deadLetterTargetArn"]) {
            let topic = &template["Resources"][referred(&it["TopicArn"])]["Properties"];
            let name = text(&topic["TopicName"]);
            wanted.push(("sns.amazonaws.com", source, own_arn("sns", &name)));
        }
    }
    for (_, alarm) in of_type(template, "AWS::CloudWatch::Alarm") {
        let it = &alarm["Properties"];
        if it["AlarmActions"]
            .as_array()
            .into_iter()
            .flatten()
            .any(encrypted)
        {
            let name = format!("alarm:{}", text(&it["AlarmName"]));
            wanted.push((
                "cloudwatch.amazonaws.com",
                source,
                own_arn("cloudwatch", &name),
            ));
        }
    }
    let all = of_key(template);
    wanted.retain(|(service, key, arn)| {
        !all.iter().any(|it| {
            let context = it.demands().iter().any(|it| it.key() == bus_context);
            it.services().iter().any(|it| it == service)
                && it.has_action("kms:Decrypt")
                && it.has_action("kms:GenerateDataKey")
                && it.names(key, arn)
                // A request that sends no such context is not let through by a statement that asks for one.
                && context == (*key == bus_context)
        })
    });
    wanted
        .into_iter()
        .map(|(service, _, arn)| format!("{service} cannot use the key for {arn}"))
        .collect()
}
