//! Controls over tables, functions, queues, logs and the API.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::{Rule, each, first, is_key, left_out, of_type, resources};

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "TPL-01 the stage logs requests, and errors without bodies",
        check: stage_logs,
        spoil: |it| {
            first(it, "AWS::ApiGateway::Stage")["Properties"]["MethodSettings"][0]["DataTraceEnabled"] =
                json!(true)
        },
    },
    Rule {
        id: "TPL-01 the access log has what an operator looks for",
        check: access_log,
        spoil: |it| {
            first(it, "AWS::ApiGateway::Stage")["Properties"]["AccessLogSetting"]["Format"] =
                json!("{\"status\":\"$context.status\"}")
        },
    },
    Rule {
        id: "TPL-04 tables restore, encrypt and grow, and say what becomes of them",
        check: tables,
        spoil: |it| {
            first(it, "AWS::DynamoDB::Table")["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] =
                json!(false);
        },
    },
    Rule {
        id: "TPL-06 functions are arm64, limited, traced, and log where it is declared",
        check: functions,
        spoil: |it| {
            first(it, "AWS::Lambda::Function")["Properties"]["TracingConfig"]["Mode"] =
                json!("PassThrough")
        },
    },
    Rule {
        id: "TPL-07 log groups are kept for a year or for a reason, with the key",
        check: |it| {
            let bad = of_type(it, "AWS::Logs::LogGroup").filter(|(_, it)| {
                let days = it["Properties"]["RetentionInDays"].as_u64();
                !is_key(&it["Properties"]["KmsKeyId"])
                    || days.is_none()
                    || days < Some(365) && !left_out(it, "TPL-07")
            });
            bad.map(|(id, _)| format!("{id}: no retention or no key"))
                .collect()
        },
        spoil: |it| {
            first(it, "AWS::Logs::LogGroup")["Properties"]
                .as_object_mut()
                .unwrap()
                .remove("RetentionInDays");
        },
    },
    Rule {
        id: "TPL-11 outputs refer and hold nothing themselves",
        check: |it| {
            let outputs = it["Outputs"].as_object().unwrap();
            let plain = outputs.iter().filter(|(_, it)| !it["Value"].is_object());
            plain
                .map(|(name, _)| format!("{name}: a literal value"))
                .collect()
        },
        spoil: |it| it["Outputs"]["KeyId"]["Value"] = json!("s3cret"),
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
        spoil: |it| it["Metadata"]["ballast"] = json!("x".repeat(1_000_001)),
    },
    Rule {
        id: "ING-11 API Gateway waits for less than half a minute",
        check: |it| {
            each(it, "AWS::ApiGateway::Method", "waits too long", |it| {
                it["Integration"]["TimeoutInMillis"]
                    .as_u64()
                    .is_some_and(|it| it <= 29_000)
            })
        },
        spoil: |it| {
            first(it, "AWS::ApiGateway::Method")["Properties"]["Integration"]["TimeoutInMillis"] =
                json!(60_000)
        },
    },
    Rule {
        id: "ING-12 every method has a rate and a burst",
        check: |it| {
            let settings: Vec<Value> = of_type(it, "AWS::ApiGateway::Stage")
                .flat_map(|(_, it)| {
                    it["Properties"]["MethodSettings"]
                        .as_array()
                        .unwrap()
                        .clone()
                })
                .collect();
            let limited = |method: &Value| {
                settings.iter().any(|it| {
                    it["HttpMethod"] == method["HttpMethod"]
                        && it["ThrottlingRateLimit"].as_u64().is_some_and(|it| it > 0)
                        && it["ThrottlingBurstLimit"].as_u64().is_some_and(|it| it > 0)
                })
            };
            each(it, "AWS::ApiGateway::Method", "no throttle", limited)
        },
        spoil: |it| {
            for setting in first(it, "AWS::ApiGateway::Stage")["Properties"]["MethodSettings"]
                .as_array_mut()
                .unwrap()
            {
                setting["ThrottlingBurstLimit"] = json!(0);
            }
        },
    },
    Rule {
        id: "OBS-01 log lines are JSON",
        check: |it| {
            each(it, "AWS::Lambda::Function", "lines of text", |it| {
                it["LoggingConfig"]["LogFormat"] == "JSON"
            })
        },
        spoil: |it| {
            first(it, "AWS::Lambda::Function")["Properties"]["LoggingConfig"]["LogFormat"] =
                json!("Text")
        },
    },
    Rule {
        id: "OBS-04 pipes log no data",
        check: |it| {
            each(it, "AWS::Pipes::Pipe", "bodies in its log", |it| {
                it["LogConfiguration"]["IncludeExecutionData"].is_null()
            })
        },
        spoil: |it| {
            first(it, "AWS::Pipes::Pipe")["Properties"]["LogConfiguration"]["IncludeExecutionData"] =
                json!(["ALL"])
        },
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
        spoil: |it| it["Description"] = json!("{{resolve:ssm-secure:/key}}"),
    },
    Rule {
        id: "SEC-02 environments hold names and never values",
        check: |it| {
            let environments = |it: &Value| {
                it["Environment"]["Variables"]
                    .as_object()
                    .cloned()
                    .unwrap_or_default()
            };
            each(
                it,
                "AWS::Lambda::Function",
                "a literal in the environment",
                |it| {
                    environments(it)
                        .iter()
                        .all(|(name, value)| name.starts_with("PIPE_") && value.is_object())
                },
            )
        },
        spoil: |it| {
            let function = &mut it["Resources"]["ValidateFunction"]["Properties"];
            function["Environment"]["Variables"]["PIPE_SECRET_WEBHOOK_KEY"] = json!("whsec_canary");
        },
    },
    Rule {
        id: "ING-02 bodies pass as bytes",
        check: |it| {
            each(it, "AWS::ApiGateway::RestApi", "text conversion", |it| {
                it["BinaryMediaTypes"] == json!(["*/*"])
            })
        },
        spoil: |it| {
            first(it, "AWS::ApiGateway::RestApi")["Properties"]["BinaryMediaTypes"] = json!([])
        },
    },
    Rule {
        id: "API-01 a deployment waits for its methods, and unknown paths are 404",
        check: api,
        spoil: |it| {
            first(it, "AWS::ApiGateway::Deployment")
                .as_object_mut()
                .unwrap()
                .remove("DependsOn");
        },
    },
    Rule {
        id: "OBS-05 requests, functions and workflows are traced",
        check: |it| {
            each(it, "AWS::ApiGateway::Stage", "not traced", |it| {
                it["TracingEnabled"] == true
            })
        },
        spoil: |it| {
            first(it, "AWS::ApiGateway::Stage")["Properties"]["TracingEnabled"] = json!(false)
        },
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
        spoil: |it| first(it, "AWS::Pipes::Pipe")["Metadata"] = json!({}),
    },
];

fn stage_logs(template: &Value) -> Vec<String> {
    each(
        template,
        "AWS::ApiGateway::Stage",
        "execution log off, throttle missing, or bodies in the log",
        |it| {
            let settings = it["MethodSettings"].as_array().unwrap();
            !settings.is_empty()
                && settings.iter().all(|it| {
                    (it["LoggingLevel"] == "ERROR" || it["LoggingLevel"] == "INFO")
                        && it["DataTraceEnabled"] == false
                        && it["ThrottlingRateLimit"].as_u64().is_some_and(|it| it > 0)
                })
        },
    )
}

fn access_log(template: &Value) -> Vec<String> {
    each(
        template,
        "AWS::ApiGateway::Stage",
        "a field is missing from the access log",
        |it| {
            let format: Value =
                serde_json::from_str(it["AccessLogSetting"]["Format"].as_str().unwrap()).unwrap();
            let values = format.to_string();
            [
                "requestId",
                "identity.sourceIp",
                "status",
                "responseLatency",
                "integrationErrorMessage",
            ]
            .iter()
            .all(|it| values.contains(&format!("$context.{it}")))
        },
    )
}

fn tables(template: &Value) -> Vec<String> {
    let mut objections = each(
        template,
        "AWS::DynamoDB::Table",
        "not on demand, not restorable, or not encrypted with the key",
        |it| {
            it["BillingMode"] == "PAY_PER_REQUEST"
                && it["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] == true
                && it["SSESpecification"]["SSEType"] == "KMS"
                && is_key(&it["SSESpecification"]["KMSMasterKeyId"])
                && it["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
        },
    );
    for (id, table) in of_type(template, "AWS::DynamoDB::Table") {
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
    each(
        template,
        "AWS::Lambda::Function",
        "a default is off",
        |it| {
            let log = it["LoggingConfig"]["LogGroup"]["Ref"]
                .as_str()
                .unwrap_or_default();
            it["Runtime"] == "provided.al2023"
                && it["Architectures"] == json!(["arm64"])
                && it["Timeout"].is_u64()
                && it["MemorySize"].is_u64()
                && it["ReservedConcurrentExecutions"].is_u64()
                && it["TracingConfig"]["Mode"] == "Active"
                && is_key(&it["KmsKeyArn"])
                && template["Resources"][log]["Type"] == "AWS::Logs::LogGroup"
        },
    )
}

fn api(template: &Value) -> Vec<String> {
    let methods: Vec<&String> = of_type(template, "AWS::ApiGateway::Method")
        .map(|(id, _)| id)
        .collect();
    let mut objections = Vec::new();
    for (id, deployment) in of_type(template, "AWS::ApiGateway::Deployment") {
        let after = deployment["DependsOn"].to_string();
        if !methods.iter().all(|it| after.contains(it.as_str())) {
            objections.push(format!("{id}: does not wait for its methods"));
        }
    }
    let answers = of_type(template, "AWS::ApiGateway::GatewayResponse")
        .any(|(_, it)| it["Properties"]["StatusCode"] == "404");
    if !methods.is_empty() && !answers {
        objections.push("unknown paths are 403".to_owned());
    }
    objections
}
