//! Controls over policies that stand on resources: which services act on them, and who else.

#![expect(
    clippy::indexing_slicing,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::policy::{Statement, is_own_account, statements};
use super::spoiled::{first, forget, of, of_first, policy, statement, with, without};
use super::{Rule, archive, fixture, left_out, list, of_type, own_arn, referred, refunds, text};

/// Actions for which AWS does not always send the source. Neither reads nor writes what is held.
const SOURCE_UNSENT: &[&str] = &["kms:DescribeKey", "logs:CreateLogStream"];

/// What has to refuse plain HTTP, and how it says so.
struct Refusing {
    kind: &'static str,
    policy: &'static str,
    /// Where the policy says what it is about.
    property: &'static str,
    actions: &'static [&'static str],
    /// What follows the resource's own ARN where more than that is meant.
    suffixes: &'static [&'static str],
}

const REFUSING: &[Refusing] = &[
    Refusing {
        kind: "AWS::SQS::Queue",
        policy: "AWS::SQS::QueuePolicy",
        property: "Queues",
        actions: &[
            "sqs:SendMessage",
            "sqs:ReceiveMessage",
            "sqs:DeleteMessage",
            "sqs:ChangeMessageVisibility",
            "sqs:PurgeQueue",
        ],
        suffixes: &[""],
    },
    Refusing {
        kind: "AWS::SNS::Topic",
        policy: "AWS::SNS::TopicPolicy",
        property: "Topics",
        actions: &["sns:Publish"],
        suffixes: &[""],
    },
    Refusing {
        kind: "AWS::S3::Bucket",
        policy: "AWS::S3::BucketPolicy",
        property: "Bucket",
        actions: &["s3:*"],
        suffixes: &["", "/*"],
    },
];

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "IAM-04 services act only for this account's resources",
        check: service_grants,
        spoil: &[
            fixture("a call without the source's account", |it| {
                forget(of_first(it, "AWS::Lambda::Permission"), "SourceAccount");
            }),
            archive("a call for any source", |it| {
                of(it, "ProdPostWebhookPermission")["SourceArn"] = json!("*")
            }),
            archive("a call for any API of the account", |it| {
                of(it, "ProdPostWebhookPermission")["SourceArn"] =
                    json!({ "Fn::Sub": own_arn("execute-api", "*") });
            }),
            archive("messages of every source but its own", |it| {
                statement(it, "PaymentAlertsTopicPolicy", "FromRules")["Condition"] =
                    json!({"StringNotEquals": {"aws:SourceArn": "x", "aws:SourceAccount": "y"}});
            }),
            archive("letters of any source", |it| {
                let from = statement(it, "PaymentBusUndeliveredQueuePolicy", "FromBusAndRules");
                from["Condition"]["ArnEquals"]["aws:SourceArn"] = json!("*");
            }),
            archive("any group's entries with the key", |it| {
                let logs = statement(it, "PipelineKey", "EncryptLogGroups");
                logs["Condition"] = json!({"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "*"}});
            })
            .also(&["IAM-10"]),
            archive("entries of any rule, in a policy that is a text", |it| {
                of(it, "RuleLogsPolicy")["PolicyDocument"] =
                    open_text(r#"{"Service":"events.amazonaws.com"}"#);
            }),
        ],
    },
    Rule {
        id: "IAM-08 nothing is public",
        check: public,
        spoil: &[
            fixture("a key for everyone", |it| {
                first(it, "AWS::KMS::Key")["Properties"]["KeyPolicy"]["Statement"][1]["Principal"] =
                    json!({"AWS": "*"});
            })
            .also(&["IAM-10"]),
            archive("a queue for everyone, in a list", |it| {
                policy(it, "ProcessingQueueQueuePolicy").push(json!({
                    "Sid": "Open",
                    "Effect": "Allow",
                    "Principal": {"AWS": ["*"]},
                    "Action": "sqs:SendMessage",
                    "Resource": {"Fn::GetAtt": ["ProcessingQueueQueue", "Arn"]},
                }));
            }),
            archive("a topic for everyone but one", |it| {
                policy(it, "PaymentAlertsTopicPolicy").push(json!({
                    "Sid": "Open",
                    "Effect": "Allow",
                    "NotPrincipal": {"AWS": "123456789012"},
                    "Action": "sns:Publish",
                    "Resource": {"Ref": "PaymentAlertsTopic"},
                }));
            }),
            archive(
                "a function for everyone by a URL that it does not have",
                |it| {
                    with(
                        it,
                        "AWS::Lambda::Permission",
                        &json!({
                            "Action": "lambda:InvokeFunction",
                            "FunctionName": {"Ref": "EventProcessorFunction"},
                            "Principal": "*",
                            "InvokedViaFunctionUrl": true,
                        }),
                    );
                },
            ),
            archive("a function for another account", |it| {
                with(
                    it,
                    "AWS::Lambda::Permission",
                    &json!({
                        "Action": "lambda:InvokeFunction",
                        "FunctionName": {"Ref": "EventProcessorFunction"},
                        "Principal": "123456789012",
                    }),
                );
            }),
            archive("a URL for anyone, without a reason", |it| {
                forget(
                    &mut it["Resources"]["WebhookReceiverUrl"]["Metadata"],
                    "audit",
                );
            }),
            archive(
                "log entries for everyone, in a policy that is a text",
                |it| of(it, "RuleLogsPolicy")["PolicyDocument"] = open_text("\"*\""),
            ),
        ],
    },
    Rule {
        id: "IAM-09 queues, topics and buckets refuse what is not TLS",
        check: plain_http,
        spoil: &[
            fixture("a bucket's denial of everything", |it| {
                statement(it, "WebhookArchiveBucketPolicy", "TlsOnly")["Condition"] = json!({});
            }),
            archive("a bucket's denial of one action", |it| {
                statement(it, "WebhookArchiveBucketPolicy", "TlsOnly")["Action"] =
                    json!("s3:GetBucketAcl");
            }),
            archive("a bucket's denial without its objects", |it| {
                statement(it, "WebhookArchiveBucketPolicy", "TlsOnly")["Resource"] =
                    json!({"Fn::GetAtt": ["WebhookArchiveBucket", "Arn"]});
            }),
            archive("a queue that denies TLS", |it| {
                let denied = statement(it, "ProcessingQueueQueuePolicy", "TlsOnly");
                denied["Condition"]["Bool"]["aws:SecureTransport"] = json!("true");
            }),
            archive("a queue that denies plain HTTP to one", |it| {
                statement(it, "ProcessingQueueQueuePolicy", "TlsOnly")["Principal"] =
                    json!({"AWS": "123456789012"});
            }),
            archive(
                "a queue that denies plain HTTP under one more condition",
                |it| {
                    let denied = statement(it, "ProcessingQueueQueuePolicy", "TlsOnly");
                    denied["Condition"]["StringEquals"] = json!({"aws:PrincipalAccount": "1"});
                },
            ),
            fixture("a queue without a policy", |it| {
                without(it, "SettlePaymentUndeliveredQueuePolicy")
            }),
            refunds("a topic's denial of another action", |it| {
                statement(it, "OpsTopicPolicy", "TlsOnly")["Action"] = json!("sns:Subscribe");
            }),
        ],
    },
];

/// A policy of CloudWatch Logs without conditions.
fn open_text(principal: &str) -> Value {
    let resource = own_arn("logs", "log-group:/aws/events/standard-payments:*");
    json!({ "Fn::Sub": format!(
        r#"{{"Statement":[{{"Sid":"Open","Effect":"Allow","Principal":{principal},"Action":"logs:PutLogEvents","Resource":"{resource}"}}]}}"#
    ) })
}

fn service_grants(template: &Value) -> Vec<String> {
    let mut objections = Vec::new();
    for (id, permission) in of_type(template, "AWS::Lambda::Permission") {
        let it = &permission["Properties"];
        if !text(&it["Principal"]).ends_with(".amazonaws.com") {
            continue;
        }
        // The rest of what Lambda takes as a statement, in a statement's words.
        let source = json!({
            "ArnLike": {"aws:SourceArn": it["SourceArn"]},
            "StringEquals": {"aws:SourceAccount": it["SourceAccount"]},
        });
        let condition = json!({"Resources": {id: {"Type": "AWS::Lambda::Permission", "Properties":
            {"Statement": {"Condition": source}}}}});
        let bound = statements(&condition);
        if !bound.iter().all(|it| it.is_of_source(false, |_| false)) {
            objections.push(format!("{id}: callable for anyone"));
        }
    }
    let all = statements(template);
    let granted = all
        .iter()
        .filter(|it| it.allows() && !it.is_trust() && !it.services().is_empty());
    let unbound = granted.filter(|it| {
        let actions = it.actions();
        let unsent = actions.iter().all(|it| SOURCE_UNSENT.contains(it));
        // CloudWatch Logs names the group, account included, in the encryption context and sends no source.
        !it.is_of_source(unsent, |_| false) && !it.is_of_context()
    });
    objections.extend(unbound.map(Statement::objection));
    objections
}

fn public(template: &Value) -> Vec<String> {
    let all = statements(template);
    // The policy of an endpoint has to name everyone; NET-04 judges it.
    let open = all
        .iter()
        .filter(|it| it.allows() && it.is_public() && it.kind != "AWS::EC2::VPCEndpoint");
    let mut objections: Vec<String> = open.map(Statement::objection).collect();
    let urls = of_type(template, "AWS::Lambda::Url")
        .filter(|(_, it)| it["Properties"]["AuthType"] == "NONE" && !left_out(it, "IAM-08"));
    objections.extend(urls.map(|(id, _)| format!("{id}: anyone may call")));
    for (id, resource) in super::resources(template) {
        let it = &resource["Properties"];
        let principal = &it["Principal"];
        let service = text(principal).ends_with(".amazonaws.com");
        if principal.is_null() || service || is_own_account(principal) {
            continue;
        }
        let by_url = it["Action"] == "lambda:InvokeFunctionUrl"
            && it["FunctionUrlAuthType"] == "NONE"
            || it["Action"] == "lambda:InvokeFunction" && it["InvokedViaFunctionUrl"] == true;
        if !by_url || !has_open_url(template, referred(&it["FunctionName"])) {
            objections.push(format!("{id}: open to {principal}"));
        }
    }
    objections
}

/// True where the function has a URL that anyone may call.
fn has_open_url(template: &Value, function: &str) -> bool {
    of_type(template, "AWS::Lambda::Url").any(|(_, it)| {
        referred(&it["Properties"]["TargetFunctionArn"]) == function
            && it["Properties"]["AuthType"] == "NONE"
    })
}

fn plain_http(template: &Value) -> Vec<String> {
    let mut objections = Vec::new();
    let all = statements(template);
    for refusing in REFUSING {
        for (id, _) in of_type(template, refusing.kind) {
            let denied = all.iter().any(|it| {
                let attached = list(&template["Resources"][it.id]["Properties"][refusing.property]);
                it.kind == refusing.policy
                    && attached.iter().any(|it| referred(it) == id)
                    && denies_plain_http(it, id, refusing)
            });
            if !denied {
                objections.push(format!("{id}: takes plain HTTP"));
            }
        }
    }
    objections
}

fn denies_plain_http(statement: &Statement<'_>, id: &str, refusing: &Refusing) -> bool {
    let resources = list(statement.member("Resource"));
    let covers = |suffix: &&str| match *suffix {
        "" => resources.iter().any(|it| referred(it) == id),
        rest => resources
            .iter()
            .any(|it| text(it) == format!("${{{id}.Arn}}{rest}")),
    };
    statement.member("Effect") == "Deny"
        && statement.member("Principal") == "*"
        && *statement.member("Condition") == json!({"Bool": {"aws:SecureTransport": "false"}})
        && refusing.actions.iter().all(|it| statement.has_action(it))
        && refusing.suffixes.iter().all(covers)
}
