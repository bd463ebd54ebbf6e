//! Controls over tables, functions, outputs and the template itself.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::spoiled::{first, forget, of, of_first};
use super::{Rule, archive, each, fixture, is_key, left_out, of_type, referred, resources, text};

const TABLE: &str = "AWS::DynamoDB::Table";
const FUNCTION: &str = "AWS::Lambda::Function";

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "TPL-04 tables restore, encrypt and grow, and say what becomes of them",
        check: tables,
        spoil: &[
            fixture("not to be restored", |it| {
                of_first(it, TABLE)["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] =
                    json!(false);
            }),
            archive("encryption off", |it| {
                of(it, "PaymentEventsTable")["SSESpecification"]["SSEEnabled"] = json!(false)
            }),
            archive("AWS's own key", |it| {
                forget(
                    &mut of(it, "PaymentEventsTable")["SSESpecification"],
                    "KMSMasterKeyId",
                );
            }),
            archive("so many writes and no more", |it| {
                of(it, "PaymentEventsTable")["BillingMode"] = json!("PROVISIONED")
            }),
            archive("deleted by anyone who may", |it| {
                of(it, "PaymentEventsTable")["DeletionProtectionEnabled"] = json!(false)
            }),
            archive("gone with the stack", |it| {
                it["Resources"]["PaymentEventsTable"]["DeletionPolicy"] = json!("Delete")
            }),
            archive("gone when it is replaced", |it| {
                it["Resources"]["PaymentEventsTable"]["UpdateReplacePolicy"] = json!("Delete")
            }),
        ],
    },
    Rule {
        id: "TPL-06 functions are arm64, limited, traced, and log where it is said",
        check: functions,
        spoil: &[
            fixture("not traced", |it| {
                of_first(it, FUNCTION)["TracingConfig"]["Mode"] = json!("PassThrough")
            }),
            archive("another processor", |it| {
                of(it, "EventProcessorFunction")["Architectures"] = json!(["x86_64"])
            }),
            archive("a runtime of the past", |it| {
                of(it, "EventProcessorFunction")["Runtime"] = json!("provided.al2")
            }),
            archive("no time limit", |it| {
                forget(of(it, "EventProcessorFunction"), "Timeout")
            }),
            archive("no memory", |it| {
                forget(of(it, "EventProcessorFunction"), "MemorySize")
            }),
            archive("never to run", |it| {
                of(it, "EventProcessorFunction")["ReservedConcurrentExecutions"] = json!(0)
            })
            .also(&["DEL-16"]),
            archive("as many at once as there are", |it| {
                forget(
                    of(it, "WebhookReceiverFunction"),
                    "ReservedConcurrentExecutions",
                );
            }),
            archive("a group of Lambda's own", |it| {
                forget(
                    &mut of(it, "EventProcessorFunction")["LoggingConfig"],
                    "LogGroup",
                );
            }),
            archive("AWS's own key", |it| {
                forget(of(it, "EventProcessorFunction"), "KmsKeyArn")
            }),
        ],
    },
    Rule {
        id: "TPL-11 outputs refer and hold nothing themselves",
        check: outputs,
        spoil: &[
            fixture("a literal", |it| {
                it["Outputs"]["KeyId"]["Value"] = json!("s3cret")
            }),
            archive("a literal that is substituted", |it| {
                it["Outputs"]["KeyId"]["Value"] = json!({"Fn::Sub": "sk_live_s3cret"})
            }),
            archive("a literal after a reference", |it| {
                it["Outputs"]["ApiEndpoint"]["Value"] = json!({"Fn::Sub":
                    "https://${ProdApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/sk_live_s3cret"});
            }),
            archive("a literal that is joined", |it| {
                it["Outputs"]["KeyId"]["Value"] = json!({"Fn::Join": ["", ["sk_live_", "s3cret"]]})
            }),
            archive("a parameter, which may be secret", |it| {
                it["Outputs"]["KeyId"]["Value"] = json!({"Ref": "AlertEmail"})
            }),
            archive("a parameter's value", |it| {
                it["Outputs"]["KeyId"]["Value"] =
                    json!({"Fn::GetAtt": ["ConfigParameter", "Value"]})
            }),
        ],
    },
    Rule {
        id: "TPL-13 the template is within CloudFormation's limits",
        check: |it| {
            let size = serde_json::to_vec(it).unwrap().len();
            let mut objections = Vec::new();
            if size > 1_000_000 || resources(it).len() > 500 {
                objections.push(format!("{size} bytes, {} resources", resources(it).len()));
            }
            objections
        },
        spoil: &[
            fixture("a byte too many", |it| {
                it["Metadata"]["ballast"] = json!("x".repeat(1_000_001))
            }),
            archive("a resource too many", |it| {
                for number in resources(it).len()..=500 {
                    it["Resources"][format!("Group{number}")] = json!({
                        "Type": "AWS::SSM::Parameter",
                        "Metadata": {"pipe": "archive.pipe:1"},
                        "Properties": {},
                    });
                }
            }),
        ],
    },
    Rule {
        id: "SEC-03 nothing is resolved from a parameter store at deployment",
        check: |it| {
            if it.to_string().contains("{{resolve:") {
                vec!["a dynamic reference".to_owned()]
            } else {
                Vec::new()
            }
        },
        spoil: &[
            fixture("in the description", |it| {
                it["Description"] = json!("{{resolve:ssm-secure:/key}}")
            }),
            archive("in a property", |it| {
                of(it, "PaymentAlertsTopic")["DisplayName"] =
                    json!("{{resolve:secretsmanager:key}}");
            }),
        ],
    },
    Rule {
        id: "SEC-02 environments hold names and never values",
        check: |it| {
            each(it, FUNCTION, "a literal in the environment", |it| {
                let variables = it["Environment"]["Variables"].as_object();
                variables
                    .into_iter()
                    .flatten()
                    .all(|(name, value)| name.starts_with("PIPE_") && value.is_object())
            })
        },
        spoil: &[
            fixture("a literal", |it| {
                let function = of(it, "ValidateFunction");
                function["Environment"]["Variables"]["PIPE_SECRET_WEBHOOK_KEY"] =
                    json!("whsec_canary");
            }),
            archive("a variable of somebody else", |it| {
                let function = of(it, "WebhookReceiverFunction");
                function["Environment"]["Variables"]["API_KEY"] = json!({"Ref": "AlertEmail"});
            }),
        ],
    },
    Rule {
        id: "CMP-02 every resource says where it comes from",
        check: |it| {
            let sourced = |it: &Value| {
                it["Metadata"]["pipe"]
                    .as_str()
                    .is_some_and(|it| it.contains(".pipe:"))
            };
            resources(it)
                .iter()
                .filter(|(_, it)| !sourced(it))
                .map(|(id, _)| format!("{id}: from nowhere"))
                .collect()
        },
        spoil: &[
            fixture("no metadata", |it| {
                first(it, "AWS::Pipes::Pipe")["Metadata"] = json!({})
            }),
            archive("a file without a line", |it| {
                first(it, "AWS::Pipes::Pipe")["Metadata"]["pipe"] = json!("archive.pipe")
            }),
        ],
    },
];

fn tables(template: &Value) -> Vec<String> {
    let mut objections = each(
        template,
        TABLE,
        "not on demand, not restorable, or not encrypted with the key",
        |it| {
            it["BillingMode"] == "PAY_PER_REQUEST"
                && it["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] == true
                && it["SSESpecification"]["SSEEnabled"] == true
                && it["SSESpecification"]["SSEType"] == "KMS"
                && is_key(&it["SSESpecification"]["KMSMasterKeyId"])
                && it["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
        },
    );
    for (id, table) in of_type(template, TABLE) {
        let protected = table["DeletionPolicy"] == "Retain"
            && table["Properties"]["DeletionProtectionEnabled"] == true;
        if !(protected || left_out(table, "TPL-04"))
            || table["DeletionPolicy"] != table["UpdateReplacePolicy"]
        {
            objections.push(format!("{id}: does not say what becomes of it"));
        }
    }
    objections
}

fn functions(template: &Value) -> Vec<String> {
    each(template, FUNCTION, "a default is off", |it| {
        let positive = |name: &str| it[name].as_u64().is_some_and(|it| it > 0);
        it["Runtime"] == "provided.al2023"
            && it["Architectures"] == json!(["arm64"])
            && positive("Timeout")
            && positive("MemorySize")
            && positive("ReservedConcurrentExecutions")
            && it["TracingConfig"]["Mode"] == "Active"
            && is_key(&it["KmsKeyArn"])
            // Whether the group is declared is for TPL-07.
            && !referred(&it["LoggingConfig"]["LogGroup"]).is_empty()
    })
}

/// Outputs that are neither a reference to a resource nor an address that the template's own routes and dashboards make up.
fn outputs(template: &Value) -> Vec<String> {
    let known = addresses(template);
    let refers = |value: &Value| {
        let attribute = value["Fn::GetAtt"][1].as_str();
        // `Value` of a parameter is what it holds.
        resources(template).contains_key(referred(value)) && attribute != Some("Value")
    };
    let outputs = template["Outputs"].as_object().unwrap();
    let plain = outputs.iter().filter(|(_, it)| {
        let value = &it["Value"];
        !refers(value) && !known.contains(&text(value))
    });
    plain
        .map(|(name, _)| format!("{name}: a value of its own"))
        .collect()
}

fn addresses(template: &Value) -> Vec<String> {
    let routes = || {
        let routes = template["Metadata"]["pipec"]["routes"].as_array();
        routes.into_iter().flatten()
    };
    let path = |route: &Value| route["path"].as_str().unwrap_or_default().to_owned();
    let mut known = Vec::new();
    for (_, stage) in of_type(template, "AWS::ApiGateway::Stage") {
        let it = &stage["Properties"];
        let (api, name) = (text(&it["RestApiId"]), text(&it["StageName"]));
        let base = format!("https://{api}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/{name}");
        known.extend(routes().map(|it| format!("{base}{}", path(it))));
        known.push(base);
    }
    for (url, _) in of_type(template, "AWS::Lambda::Url") {
        let below = |it: &Value| path(it).trim_start_matches('/').to_owned();
        known.extend(routes().map(|it| format!("${{{url}.FunctionUrl}}{}", below(it))));
    }
    for (dashboard, _) in of_type(template, "AWS::CloudWatch::Dashboard") {
        let console =
            "https://${AWS::Region}.console.aws.amazon.com/cloudwatch/home?region=${AWS::Region}";
        known.push(format!("{console}#dashboards:name=${{{dashboard}}}"));
    }
    known
}
