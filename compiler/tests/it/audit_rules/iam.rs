//! Controls over roles: what they may do, and who may take them.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::policy::{Statement, names_before_wildcard, statements};
use super::spoiled::{forget, of, policy, statement, with};
use super::{Rule, archive, each, fixture, list, of_type, referred, refunds, resources, text};

/// Actions that know no resources, each with a reason in the statement's metadata.
const UNSCOPED: &[&str] = &[
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
    // Lambda connects a function to its network with the function's role.
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

/// Patterns that a trust may ask for where the source cannot be named: the flow log is made with the role, and the account's role for API
/// Gateway serves every API in it.
const SOURCES: &[(&str, &[&str])] = &[
    (
        "vpc-flow-logs.amazonaws.com",
        &["arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc-flow-log/*"],
    ),
    (
        "apigateway.amazonaws.com",
        &[
            "arn:${AWS::Partition}:apigateway:${AWS::Region}::/*",
            "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:*",
        ],
    ),
];

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "IAM-01 no wildcard action",
        check: wildcard_actions,
        spoil: &[
            fixture("an action with *", |it| {
                of_validate(it)["Action"] = json!("ssm:Get*")
            }),
            archive("an action with ?", |it| {
                of_receiver(it)["Action"] = json!("dynamodb:?utItem")
            }),
            archive("every action but some", |it| {
                forget(of_receiver(it), "Action");
                of_receiver(it)["NotAction"] = json!("iam:DeleteUser");
            }),
            archive("an allowance on a queue of every action", |it| {
                let allowed = statement(it, "PaymentBusUndeliveredQueuePolicy", "FromBusAndRules");
                allowed["Action"] = json!("sqs:*");
            }),
        ],
    },
    Rule {
        id: "IAM-01 no wildcard resource without its reason",
        check: wildcard_resources,
        spoil: &[
            fixture("every resource", |it| {
                of_validate(it)["Resource"] = json!("*")
            }),
            archive("every resource but some", |it| {
                forget(of_receiver(it), "Resource");
                of_receiver(it)["NotResource"] = json!("arn:aws:s3:::x");
            }),
            archive("every resource in a queue's policy", |it| {
                let allowed = statement(it, "PaymentBusUndeliveredQueuePolicy", "FromBusAndRules");
                allowed["Resource"] = json!("*");
            }),
            archive(
                "a wildcard with a reason, and with no name before it",
                |it| {
                    let written = statement(it, "WebhookReceiverRole", "WriteWebhookArchive");
                    written["Resource"] = json!({"Fn::Sub": "arn:${AWS::Partition}:s3:::*"});
                },
            ),
            archive("a reason taken away", |it| {
                let role = &mut it["Resources"]["WebhookReceiverRole"]["Metadata"]["statements"];
                forget(&mut role["WriteWebhookArchive"], "because");
            }),
        ],
    },
    Rule {
        id: "IAM-02 a role serves one resource, and has no policies but its own",
        check: shared_roles,
        spoil: &[
            fixture("two functions with a role", |it| {
                let role = of(it, "ValidateFunction")["Role"].clone();
                of(it, "ProcessFunction")["Role"] = role;
            }),
            archive("a function and a pipe with a role", |it| {
                let role = of(it, "EventProcessorFunction")["Role"].clone();
                of(it, "PaymentEventsChangesPipe")["RoleArn"] = role;
            }),
            archive("a function with a role of elsewhere", |it| {
                of(it, "EventProcessorFunction")["Role"] =
                    json!("arn:aws:iam::123456789012:role/admin");
            }),
            fixture("a managed policy", |it| {
                of(it, "ValidateRole")["ManagedPolicyArns"] =
                    json!(["arn:aws:iam::aws:policy/AdministratorAccess"]);
            }),
            archive("a managed policy that attaches itself", |it| {
                let allowed = json!([{
                    "Sid": "Scan",
                    "Effect": "Allow",
                    "Action": "dynamodb:Scan",
                    "Resource": {"Fn::GetAtt": ["PaymentEventsTable", "Arn"]},
                }]);
                let roles = json!([{"Ref": "EventProcessorRole"}]);
                let properties = json!({"Roles": roles, "PolicyDocument": {"Statement": allowed}});
                with(it, "AWS::IAM::ManagedPolicy", &properties);
            }),
        ],
    },
    Rule {
        id: "IAM-03 every statement names who asked for it",
        check: unasked,
        spoil: &[
            fixture("a statement that nobody asked for", |it| {
                of_validate(it)["Sid"] = json!("Unknown")
            }),
            archive("a statement without a place in the spec", |it| {
                let role = &mut it["Resources"]["WebhookReceiverRole"]["Metadata"]["statements"];
                forget(&mut role["AppendPaymentEvents"], "pipe");
            }),
        ],
    },
    Rule {
        id: "IAM-05 roles are taken by their service alone, for their own resource",
        check: trusts,
        spoil: &[
            fixture("no condition", |it| {
                forget(&mut policy(it, "SettlePaymentPipeRole")[0], "Condition")
            }),
            archive("any source", |it| {
                policy(it, "PaymentEventsChangesPipeRole")[0]["Condition"] =
                    json!({"StringLike": {"aws:SourceArn": "*", "aws:SourceAccount": "*"}});
            }),
            archive("any source in the account", |it| {
                let trust = &mut policy(it, "PaymentEventsChangesPipeRole")[0]["Condition"];
                trust["ArnLike"]["aws:SourceArn"] = json!("*");
            }),
            archive("every source but its own", |it| {
                let trust = &mut policy(it, "PaymentEventsChangesPipeRole")[0]["Condition"];
                let own = trust["ArnLike"].take();
                forget(trust, "ArnLike");
                trust["ArnNotLike"] = own;
            }),
            refunds("a source where one is sent, and anyone where not", |it| {
                let trust = &mut policy(it, "RefundPaymentRole")[0]["Condition"];
                let own = trust["StringEquals"].take();
                forget(trust, "StringEquals");
                trust["StringEqualsIfExists"] = own;
            }),
            archive("another account", |it| {
                policy(it, "EventProcessorRole").push(json!({
                    "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
                    "Action": "sts:AssumeRole",
                }));
            }),
        ],
    },
    Rule {
        id: "IAM-07 nothing passes roles",
        check: |it| {
            let all = statements(it);
            // IAM reads actions without regard to case.
            let passes = |it: &str| it.eq_ignore_ascii_case("iam:PassRole");
            let passing = all.iter().filter(|it| it.actions().into_iter().any(passes));
            passing.map(Statement::objection).collect()
        },
        spoil: &[
            fixture("a role is passed", |it| {
                of_validate(it)["Action"] = json!("iam:PassRole")
            }),
            archive("a role is passed, in small letters, among others", |it| {
                of_receiver(it)["Action"] = json!(["dynamodb:PutItem", "iam:passrole"])
            }),
        ],
    },
    Rule {
        id: "IDM-15 no role removes an item, and what may be changed is named",
        check: |it| {
            let changing = ["DeleteItem", "BatchWriteItem", "PartiQL", "DeleteTable"];
            let all = statements(it);
            let bad = all.iter().filter(|it| {
                let fields =
                    &it.member("Condition")["ForAllValues:StringEquals"]["dynamodb:Attributes"];
                let does = |it: &Statement<'_>, what: &str| {
                    it.actions().iter().any(|it| it.contains(what))
                };
                // The policy of an endpoint repeats what roles have, under their conditions.
                changing.iter().any(|action| does(it, action))
                    || it.is_identity() && does(it, "UpdateItem") && !fields.is_array()
            });
            bad.map(Statement::objection).collect()
        },
        spoil: &[
            fixture("an item is removed", |it| {
                of_validate(it)["Action"] = json!("dynamodb:DeleteItem")
            }),
            refunds("any attribute is changed", |it| {
                forget(
                    statement(it, "RefundPaymentRole", "UpdateRefundsStage"),
                    "Condition",
                );
            }),
        ],
    },
];

/// A granted statement of the fixture's function `validate`.
fn of_validate(template: &mut Value) -> &mut Value {
    let granted = template["Resources"]["ValidateRole"]["Properties"]["Policies"]
        .as_array_mut()
        .unwrap();
    &mut granted[0]["PolicyDocument"]["Statement"][0]
}

/// What the archive's receiver may do to its table.
fn of_receiver(template: &mut Value) -> &mut Value {
    statement(template, "WebhookReceiverRole", "AppendPaymentEvents")
}

fn wildcard_actions(template: &Value) -> Vec<String> {
    let all = statements(template);
    // A denial of everything is no right.
    let allowed = all.iter().filter(|it| it.allows());
    let wild = allowed.filter(|it| {
        let actions = it.actions();
        actions.is_empty() || actions.iter().any(|it| it.contains(['*', '?']))
    });
    wild.map(Statement::objection).collect()
}

fn wildcard_resources(template: &Value) -> Vec<String> {
    let all = statements(template);
    let allowed = all.iter().filter(|it| it.allows() && !it.is_trust());
    let wild = allowed.filter(|it| {
        let resources = list(it.member("Resource"));
        let named = |resource: &&Value| is_named(template, it, resource);
        resources.is_empty() || !resources.iter().all(named)
    });
    wild.map(Statement::objection).collect()
}

/// True where a statement's resource is one, or rightly more than one.
fn is_named(template: &Value, statement: &Statement<'_>, resource: &Value) -> bool {
    // In the policy of a key `*` is that key.
    if !referred(resource).is_empty() || statement.kind == "AWS::KMS::Key" {
        return true;
    }
    let text = text(resource);
    let sid = statement.member("Sid").as_str().unwrap_or_default();
    let metadata = &template["Resources"][statement.id]["Metadata"]["statements"][sid];
    let explained = metadata["because"].is_string() || !statement.is_identity();
    if !text.contains(['*', '?']) {
        return !text.is_empty();
    }
    if text == "*" {
        return explained && statement.actions().iter().all(|it| UNSCOPED.contains(it));
    }
    let name = text.splitn(6, ':').last().unwrap_or_default();
    // One such role serves the account, with APIs that are yet to come.
    explained && (names_before_wildcard(name) || is_account_log_role(template, statement.id))
}

fn is_account_log_role(template: &Value, id: &str) -> bool {
    of_type(template, "AWS::ApiGateway::Account")
        .any(|(_, it)| referred(&it["Properties"]["CloudWatchRoleArn"]) == id)
}

fn shared_roles(template: &Value) -> Vec<String> {
    let mut objections = each(template, "AWS::IAM::Role", "a managed policy", |it| {
        it["ManagedPolicyArns"].is_null()
    });
    let policies = resources(template).iter().filter(|(_, it)| {
        let kind = it["Type"].as_str().unwrap();
        kind.starts_with("AWS::IAM::") && kind != "AWS::IAM::Role"
    });
    objections.extend(policies.map(|(id, _)| format!("{id}: a policy beside the role's own")));
    objections.extend(each(
        template,
        "AWS::Lambda::Function",
        "a role of elsewhere",
        |it| super::is_declared(template, referred(&it["Role"]), "AWS::IAM::Role"),
    ));
    let mut users: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in resources(template).values() {
        for role in roles(template, &resource["Properties"]) {
            *users.entry(role).or_default() += 1;
        }
    }
    let shared = users.into_iter().filter(|(_, users)| *users > 1);
    objections.extend(shared.map(|(role, users)| format!("{role}: {users} resources share it")));
    objections
}

/// Roles that a resource takes or hands on, each once.
fn roles<'a>(template: &Value, properties: &'a Value) -> Vec<&'a str> {
    fn collect<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.push(referred(value));
                members.values().for_each(|it| collect(it, found));
            }
            Value::Array(items) => items.iter().for_each(|it| collect(it, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    // What a policy says about a role takes nothing.
    if properties["PolicyDocument"].is_null() {
        collect(properties, &mut found);
    }
    found.retain(|it| super::is_declared(template, it, "AWS::IAM::Role"));
    found.sort_unstable();
    found.dedup();
    found
}

fn unasked(template: &Value) -> Vec<String> {
    let all = statements(template);
    let bad = all.iter().filter(|it| {
        let sid = it.member("Sid").as_str().unwrap_or_default();
        let source = &template["Resources"][it.id]["Metadata"]["statements"][sid]["pipe"];
        it.kind == "AWS::IAM::Role" && it.is_identity() && !source.is_string()
    });
    bad.map(Statement::objection).collect()
}

fn trusts(template: &Value) -> Vec<String> {
    let all = statements(template);
    let bad = all.iter().filter(|it| it.is_trust()).filter(|it| {
        let services = it.services();
        let only_services = it.member("Principal").as_object().map(|it| it.len()) == Some(1);
        let own = |service: &String| match service.as_str() {
            // Lambda sends neither key when it takes a role.
            "lambda.amazonaws.com" => true,
            service => {
                let known = SOURCES.iter().find(|it| it.0 == service);
                let patterns = known.map_or(&[] as &[&str], |it| it.1);
                // AWS does not say that API Gateway sends the keys for the account's role.
                let unsent = service == "apigateway.amazonaws.com";
                it.is_of_source(unsent, |arn| patterns.contains(&arn))
            }
        };
        services.is_empty() || !only_services || !services.iter().all(own)
    });
    bad.map(Statement::objection).collect()
}
