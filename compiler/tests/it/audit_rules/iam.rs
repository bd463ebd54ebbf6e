//! Controls over roles, resource policies and the key.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::{Rule, each, first, left_out, list, of_type};

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

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "IAM-01 no wildcard action",
        check: |it| {
            let statements = all_statements(it).into_iter();
            // A denial of everything is no right.
            let allowed = statements.filter(|(_, it)| it["Effect"] == "Allow");
            let wild = allowed.filter(|(_, it)| {
                list(&it["Action"])
                    .iter()
                    .any(|it| it.as_str().unwrap().contains('*'))
            });
            wild.map(|(id, it)| format!("{id}: {}", it["Sid"]))
                .collect()
        },
        spoil: |it| role_statement(it)["Action"] = json!("ssm:Get*"),
    },
    Rule {
        id: "IAM-01 no wildcard resource without its reason",
        check: wildcard_resources,
        spoil: |it| role_statement(it)["Resource"] = json!("*"),
    },
    Rule {
        id: "IAM-02 one role per function, and no managed policy",
        check: |it| {
            let mut objections = each(it, "AWS::IAM::Role", "a managed policy", |it| {
                it["ManagedPolicyArns"].is_null()
            });
            let mut roles: Vec<String> = of_type(it, "AWS::Lambda::Function")
                .map(|(_, it)| it["Properties"]["Role"].to_string())
                .collect();
            let count = roles.len();
            roles.sort();
            roles.dedup();
            if roles.len() < count {
                objections.push("two functions share a role".to_owned());
            }
            objections
        },
        spoil: |it| {
            let role = it["Resources"]["ValidateFunction"]["Properties"]["Role"].clone();
            it["Resources"]["ProcessFunction"]["Properties"]["Role"] = role;
        },
    },
    Rule {
        id: "IAM-03 every statement names who asked for it",
        check: |it| {
            let named = |role: &Value, sid: &Value| {
                sid.as_str().is_some_and(|sid| {
                    role["Metadata"]["statements"][sid]["pipe"]
                        .as_str()
                        .is_some()
                })
            };
            let roles = of_type(it, "AWS::IAM::Role");
            let statements =
                roles.flat_map(|(id, role)| role_statements(role).map(move |it| (id, role, it)));
            statements
                .filter(|(_, role, it)| !named(role, &it["Sid"]))
                .map(|(id, _, it)| format!("{id}: {}", it["Sid"]))
                .collect()
        },
        spoil: |it| role_statement(it)["Sid"] = json!("Unknown"),
    },
    Rule {
        id: "IAM-04 services act only for this account's resources",
        check: service_grants,
        spoil: |it| {
            first(it, "AWS::Lambda::Permission")["Properties"]
                .as_object_mut()
                .unwrap()
                .remove("SourceAccount");
        },
    },
    Rule {
        id: "IAM-05 roles are taken only for their own resource",
        check: |it| {
            // Lambda sends neither key when it takes a role.
            each(it, "AWS::IAM::Role", "taken for anyone", |it| {
                let statements = it["AssumeRolePolicyDocument"]["Statement"]
                    .as_array()
                    .unwrap();
                statements.iter().all(|it| {
                    let text = it["Condition"].to_string();
                    it["Principal"]["Service"] == "lambda.amazonaws.com"
                        || (text.contains("aws:SourceArn") && text.contains("aws:SourceAccount"))
                })
            })
        },
        spoil: |it| {
            let role = &mut it["Resources"]["SettlePaymentPipeRole"]["Properties"]["AssumeRolePolicyDocument"];
            role["Statement"][0]
                .as_object_mut()
                .unwrap()
                .remove("Condition");
        },
    },
    Rule {
        id: "IAM-07 nothing passes roles",
        check: |it| {
            if it.to_string().contains("iam:PassRole") {
                vec!["iam:PassRole".to_owned()]
            } else {
                Vec::new()
            }
        },
        spoil: |it| role_statement(it)["Action"] = json!("iam:PassRole"),
    },
    Rule {
        id: "IAM-08 nothing is public",
        check: |it| {
            let statements = all_statements(it).into_iter();
            // The policy of an endpoint has to name everyone; NET-04 judges it.
            let endpoint = |id: &str| it["Resources"][id]["Type"] == "AWS::EC2::VPCEndpoint";
            let public = |it: &Value| it["Principal"] == "*" || it["Principal"]["AWS"] == "*";
            let open = statements
                .filter(|(id, it)| it["Effect"] == "Allow" && public(it) && !endpoint(id));
            let mut objections: Vec<String> = open
                .map(|(id, it)| format!("{id}: {}", it["Sid"]))
                .collect();
            let urls = of_type(it, "AWS::Lambda::Url").filter(|(_, it)| {
                it["Properties"]["AuthType"] == "NONE" && !left_out(it, "IAM-08")
            });
            objections.extend(urls.map(|(id, _)| format!("{id}: anyone may call")));
            objections
        },
        spoil: |it| {
            first(it, "AWS::KMS::Key")["Properties"]["KeyPolicy"]["Statement"][1]["Principal"] =
                json!({"AWS": "*"})
        },
    },
    Rule {
        id: "IAM-09 topics and buckets refuse what is not TLS",
        check: |it| {
            let refused = |policy: &str, kind: &str| {
                let refuses = |id: &str| {
                    of_type(it, policy).any(|(_, it)| {
                        let statements = it["Properties"]["PolicyDocument"]["Statement"].as_array();
                        it["Properties"].to_string().contains(&format!("\"{id}\""))
                            && statements.into_iter().flatten().any(|it| {
                                it["Effect"] == "Deny"
                                    && it["Condition"]["Bool"]["aws:SecureTransport"] == "false"
                            })
                    })
                };
                let open = of_type(it, kind).filter(|(id, _)| !refuses(id));
                open.map(|(id, _)| format!("{id}: takes plain HTTP"))
                    .collect::<Vec<_>>()
            };
            [
                refused("AWS::SNS::TopicPolicy", "AWS::SNS::Topic"),
                refused("AWS::S3::BucketPolicy", "AWS::S3::Bucket"),
            ]
            .concat()
        },
        spoil: |it| {
            let policy = &mut it["Resources"]["WebhookArchiveBucketPolicy"]["Properties"];
            policy["PolicyDocument"]["Statement"][0]["Condition"] = json!({});
        },
    },
    Rule {
        id: "IAM-09 queues refuse what is not TLS",
        check: |it| {
            let refuses = |queue: &str| {
                of_type(it, "AWS::SQS::QueuePolicy").any(|(_, it)| {
                    it["Properties"]["Queues"]
                        .to_string()
                        .contains(&format!("\"{queue}\""))
                        && it.to_string().contains("aws:SecureTransport")
                        && it.to_string().contains("\"Deny\"")
                })
            };
            of_type(it, "AWS::SQS::Queue")
                .filter(|(id, _)| !refuses(id))
                .map(|(id, _)| format!("{id}: takes plain HTTP"))
                .collect()
        },
        spoil: |it| {
            let resources = it["Resources"].as_object_mut().unwrap();
            resources.remove("SettlePaymentUndeliveredQueuePolicy");
        },
    },
    Rule {
        id: "IAM-10 the key rotates, can be administered, and goes slowly",
        check: |it| {
            each(
                it,
                "AWS::KMS::Key",
                "no rotation, no administrator, or gone at once",
                |it| {
                    let administers =
                        it["KeyPolicy"]["Statement"]
                            .as_array()
                            .unwrap()
                            .iter()
                            .any(|it| {
                                it["Principal"]["AWS"].to_string().contains(":root")
                                    && it["Action"].to_string().contains("kms:PutKeyPolicy")
                            });
                    it["EnableKeyRotation"] == true
                        && it["PendingWindowInDays"] == 30
                        && administers
                },
            )
        },
        spoil: |it| first(it, "AWS::KMS::Key")["Properties"]["EnableKeyRotation"] = json!(false),
    },
    Rule {
        id: "IAM-10 the key serves the services of this stack only",
        check: |it| {
            // Management apart, every statement of the key's policy says through whom or for what.
            let uses = |it: &Value| {
                it["Action"].to_string().contains("Decrypt")
                    || it["Action"].to_string().contains("Encrypt")
            };
            each(it, "AWS::KMS::Key", "usable for anything", |it| {
                let mut statements = it["KeyPolicy"]["Statement"].as_array().unwrap().iter();
                statements.all(|it| {
                    let text = it["Condition"].to_string();
                    !uses(it)
                        || text.contains("kms:ViaService")
                        || text.contains("kms:EncryptionContext:")
                        || text.contains("aws:SourceArn") && text.contains("aws:SourceAccount")
                })
            })
        },
        spoil: |it| {
            let statement =
                &mut first(it, "AWS::KMS::Key")["Properties"]["KeyPolicy"]["Statement"][1];
            statement["Condition"] =
                json!({"StringEquals": {"kms:CallerAccount": {"Ref": "AWS::AccountId"}}});
        },
    },
    Rule {
        id: "IAM-10 the key stays, or goes because the spec lets it",
        check: |it| {
            let gone = of_type(it, "AWS::KMS::Key")
                .filter(|(_, it)| it["DeletionPolicy"] != "Retain" && !left_out(it, "IAM-10"));
            gone.map(|(id, _)| format!("{id}: what it encrypted is lost"))
                .collect()
        },
        spoil: |it| {
            first(it, "AWS::KMS::Key")["Metadata"]["audit"] =
                json!({"skip": [{"id": "IAM-10", "comment": " "}]})
        },
    },
    Rule {
        id: "IDM-15 no role removes an item, and what may be changed is named",
        check: |it| {
            let changing = ["DeleteItem", "BatchWriteItem", "PartiQL", "DeleteTable"];
            let statements = all_statements(it).into_iter();
            let bad = statements.filter(|(_, it)| {
                let actions = it["Action"].to_string();
                let fields = &it["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"];
                // The policy of an endpoint repeats what roles have, under their conditions.
                let role = it["Principal"].is_null();
                changing.iter().any(|action| actions.contains(action))
                    || role && actions.contains("UpdateItem") && !fields.is_array()
            });
            bad.map(|(id, it)| format!("{id}: {}", it["Sid"])).collect()
        },
        spoil: |it| role_statement(it)["Action"] = json!("dynamodb:DeleteItem"),
    },
];

/// Statements of the inline policies of a role.
fn role_statements(role: &Value) -> impl Iterator<Item = &Value> {
    let policies = role["Properties"]["Policies"]
        .as_array()
        .into_iter()
        .flatten();
    policies.flat_map(|it| it["PolicyDocument"]["Statement"].as_array().unwrap())
}

/// A granted statement of a function's role, to be spoiled.
fn role_statement(template: &mut Value) -> &mut Value {
    &mut template["Resources"]["ValidateRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        [0]
}

/// Statements of every policy in the template, with the resource that carries it.
fn all_statements(template: &Value) -> Vec<(&String, &Value)> {
    fn collect<'a>(id: &'a String, value: &'a Value, found: &mut Vec<(&'a String, &'a Value)>) {
        match value {
            Value::Object(members) => {
                if let Some(statements) = members.get("Statement").and_then(Value::as_array) {
                    found.extend(statements.iter().map(|it| (id, it)));
                }
                members.values().for_each(|it| collect(id, it, found));
            }
            Value::Array(items) => items.iter().for_each(|it| collect(id, it, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for (id, resource) in super::resources(template) {
        collect(id, &resource["Properties"], &mut found);
    }
    found
}

fn wildcard_resources(template: &Value) -> Vec<String> {
    let mut objections = Vec::new();
    for (id, role) in of_type(template, "AWS::IAM::Role") {
        for statement in role_statements(role) {
            let sid = statement["Sid"].as_str().unwrap();
            let explained = role["Metadata"]["statements"][sid]["because"].is_string();
            let all = list(&statement["Resource"]).iter().any(|it| **it == "*");
            let known = list(&statement["Action"])
                .iter()
                .all(|it| UNSCOPED.contains(&it.as_str().unwrap()));
            let pattern = statement["Resource"].to_string().contains('*');
            if all && !(explained && known) || pattern && !explained {
                objections.push(format!("{id}: {sid}"));
            }
        }
    }
    objections
}

fn service_grants(template: &Value) -> Vec<String> {
    let mut objections = each(
        template,
        "AWS::Lambda::Permission",
        "callable for anyone",
        |it| {
            let url = it["FunctionUrlAuthType"] == "NONE" || it["InvokedViaFunctionUrl"] == true;
            url && it["Principal"] == "*"
                || !it["SourceArn"].is_null() && !it["SourceAccount"].is_null()
        },
    );
    for (id, statement) in all_statements(template) {
        let trust = statement["Action"] == "sts:AssumeRole";
        // CloudWatch Logs names the group, account included, in the encryption context and sends no source.
        let bound = statement["Condition"].to_string();
        let bound = bound.contains("aws:SourceArn") && bound.contains("aws:SourceAccount")
            || bound.contains("kms:EncryptionContext:");
        if !statement["Principal"]["Service"].is_null() && !trust && !bound {
            objections.push(format!("{id}: {}", statement["Sid"]));
        }
    }
    objections
}
