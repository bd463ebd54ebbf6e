//! Controls over the API: what it logs, how much it takes, how it answers.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::spoiled::{first, forget, of, of_first, without};
use super::{Rule, archive, each, fixture, of_type, referred, webhooks};

const STAGE: &str = "AWS::ApiGateway::Stage";
const METHOD: &str = "AWS::ApiGateway::Method";

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "TPL-01 each method logs its execution, and no bodies",
        check: |it| {
            let logged = |it: &Value| {
                (it["LoggingLevel"] == "ERROR" || it["LoggingLevel"] == "INFO")
                    && it["DataTraceEnabled"] == false
            };
            methods_without(it, "not logged, or with its bodies", logged)
        },
        spoil: &[
            fixture("bodies in the log", |it| {
                of_first(it, STAGE)["MethodSettings"][0]["DataTraceEnabled"] = json!(true)
            }),
            archive("bodies in the log, unless said otherwise", |it| {
                forget(
                    &mut of(it, "ProdStage")["MethodSettings"][0],
                    "DataTraceEnabled",
                );
            }),
            archive("no log", |it| {
                of(it, "ProdStage")["MethodSettings"][0]["LoggingLevel"] = json!("OFF")
            }),
            archive("the log of another path", |it| {
                of(it, "ProdStage")["MethodSettings"][0]["ResourcePath"] = json!("/~1nothing")
            })
            .also(&["ING-12"]),
            webhooks("the log of the path above", |it| {
                of(it, "V1Stage")["MethodSettings"][0]["ResourcePath"] = json!("/~1webhooks")
            })
            .also(&["ING-12"]),
        ],
    },
    Rule {
        id: "TPL-01 API Gateway has a role to write its log with",
        check: |it| {
            let able = of_type(it, "AWS::ApiGateway::Account").any(|(_, account)| {
                let role = referred(&account["Properties"]["CloudWatchRoleArn"]);
                let trust = &it["Resources"][role]["Properties"]["AssumeRolePolicyDocument"];
                trust["Statement"][0]["Principal"]["Service"] == "apigateway.amazonaws.com"
            });
            let mute = of_type(it, STAGE).filter(|_| !able);
            mute.map(|(id, _)| format!("{id}: nothing to write its log with"))
                .collect()
        },
        spoil: &[
            archive("no setting of the account", |it| {
                without(it, "ApiGatewayAccount")
            }),
            archive("a setting without a role", |it| {
                forget(of(it, "ApiGatewayAccount"), "CloudWatchRoleArn");
            })
            .also(&["IAM-01"]),
        ],
    },
    Rule {
        id: "TPL-01 the access log has what an operator looks for",
        check: access_log,
        spoil: &[
            fixture("a status alone", |it| {
                of_first(it, STAGE)["AccessLogSetting"]["Format"] =
                    json!("{\"status\":\"$context.status\"}");
            }),
            archive("another value whose name begins as one of them", |it| {
                let format = &mut of(it, "ProdStage")["AccessLogSetting"]["Format"];
                let text = format.as_str().unwrap();
                *format = json!(text.replace("$context.status\"", "$context.statusText\""));
            }),
            archive("lines that are not JSON", |it| {
                of(it, "ProdStage")["AccessLogSetting"]["Format"] =
                    json!("$context.requestId $context.status");
            }),
            archive("written nowhere", |it| {
                forget(
                    &mut of(it, "ProdStage")["AccessLogSetting"],
                    "DestinationArn",
                );
            }),
            archive("no access log", |it| {
                forget(of(it, "ProdStage"), "AccessLogSetting")
            }),
        ],
    },
    Rule {
        id: "OBS-05 requests are traced, as functions (TPL-06) and workflows (TPL-08) are",
        check: |it| each(it, STAGE, "not traced", |it| it["TracingEnabled"] == true),
        spoil: &[
            fixture("off", |it| {
                of_first(it, STAGE)["TracingEnabled"] = json!(false)
            }),
            archive("not said, which is off", |it| {
                forget(of(it, "ProdStage"), "TracingEnabled")
            }),
        ],
    },
    Rule {
        id: "ING-02 bodies pass as bytes",
        check: |it| {
            each(it, "AWS::ApiGateway::RestApi", "text conversion", |it| {
                it["BinaryMediaTypes"] == json!(["*/*"])
            })
        },
        spoil: &[
            fixture("none", |it| {
                of_first(it, "AWS::ApiGateway::RestApi")["BinaryMediaTypes"] = json!([])
            }),
            archive("images alone", |it| {
                of(it, "ProdApi")["BinaryMediaTypes"] = json!(["image/png"])
            }),
        ],
    },
    Rule {
        id: "ING-11 API Gateway waits for less than half a minute",
        check: |it| {
            each(it, METHOD, "waits too long", |it| {
                it["Integration"]["TimeoutInMillis"]
                    .as_u64()
                    .is_some_and(|it| it <= 29_000)
            })
        },
        spoil: &[
            fixture("a minute", |it| {
                of_first(it, METHOD)["Integration"]["TimeoutInMillis"] = json!(60_000)
            }),
            archive("not said", |it| {
                forget(
                    &mut of(it, "ProdPostWebhookMethod")["Integration"],
                    "TimeoutInMillis",
                );
            }),
        ],
    },
    Rule {
        id: "ING-12 every method has a rate and a burst",
        check: |it| {
            let positive = |it: &Value| it.as_u64().is_some_and(|it| it > 0);
            let limited = |it: &Value| {
                positive(&it["ThrottlingRateLimit"]) && positive(&it["ThrottlingBurstLimit"])
            };
            methods_without(it, "no throttle", limited)
        },
        spoil: &[
            fixture("no burst", |it| {
                let settings = of_first(it, STAGE)["MethodSettings"]
                    .as_array_mut()
                    .unwrap();
                for setting in settings {
                    setting["ThrottlingBurstLimit"] = json!(0);
                }
            }),
            archive("no rate", |it| {
                forget(
                    &mut of(it, "ProdStage")["MethodSettings"][0],
                    "ThrottlingRateLimit",
                );
            }),
        ],
    },
    Rule {
        id: "API-01 a deployment waits for its methods, and unknown paths are 404",
        check: deployed,
        spoil: &[
            fixture("a deployment that does not wait", |it| {
                forget(first(it, "AWS::ApiGateway::Deployment"), "DependsOn");
            }),
            archive("unknown paths as they are", |it| {
                without(it, "ProdNotFoundResponse")
            }),
        ],
    },
];

/// Methods for which no setting of their own path satisfies the condition, or one does not.
fn methods_without(
    template: &Value,
    objection: &str,
    holds: impl Fn(&Value) -> bool,
) -> Vec<String> {
    let mut objections = Vec::new();
    for (id, method) in of_type(template, METHOD) {
        let it = &method["Properties"];
        let path = format!("/{}", path(template, &it["ResourceId"]).replace('/', "~1"));
        let stages = of_type(template, STAGE)
            .filter(|(_, stage)| stage["Properties"]["RestApiId"] == it["RestApiId"]);
        let settings = stages.flat_map(|(_, it)| {
            let settings = it["Properties"]["MethodSettings"].as_array();
            settings.into_iter().flatten()
        });
        let mut own = settings
            .filter(|setting| {
                setting["ResourcePath"] == path && setting["HttpMethod"] == it["HttpMethod"]
            })
            .peekable();
        if own.peek().is_none() || !own.all(&holds) {
            objections.push(format!("{id}: {objection}"));
        }
    }
    objections
}

/// The path of a resource of the API: `/webhooks/{provider}`.
fn path(template: &Value, resource: &Value) -> String {
    let Some(id) = resource["Ref"].as_str() else {
        return String::new();
    };
    let it = &template["Resources"][id]["Properties"];
    let part = it["PathPart"].as_str().unwrap();
    format!("{}/{part}", path(template, &it["ParentId"]))
}

fn access_log(template: &Value) -> Vec<String> {
    each(
        template,
        STAGE,
        "no access log, or a field is missing from it",
        |it| {
            let setting = &it["AccessLogSetting"];
            let format = setting["Format"].as_str().unwrap_or_default();
            let format: Value = serde_json::from_str(format).unwrap_or_default();
            let wanted = [
                "requestId",
                "identity.sourceIp",
                "status",
                "responseLatency",
                "integrationErrorMessage",
            ];
            let has = |name: &&str| {
                let mut fields = format.as_object().into_iter().flatten();
                fields.any(|(_, it)| *it == format!("$context.{name}"))
            };
            // Whether the group is declared is for TPL-07.
            !referred(&setting["DestinationArn"]).is_empty() && wanted.iter().all(has)
        },
    )
}

fn deployed(template: &Value) -> Vec<String> {
    let methods: Vec<&String> = of_type(template, METHOD).map(|(id, _)| id).collect();
    let mut objections = Vec::new();
    for (id, deployment) in of_type(template, "AWS::ApiGateway::Deployment") {
        let after = super::list(&deployment["DependsOn"]);
        if !methods.iter().all(|it| after.contains(&&json!(it))) {
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
