//! Controls over who reads which secret, and with what it is encrypted.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::spoiled::{first, forget, of, statement};
use super::{Rule, archive, fixture, is_key, list, of_type, resources};

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "SEC-09 a secret is decrypted with the pipeline's own key, and no other parameter is",
        check: |it| {
            let mut objections = Vec::new();
            for (function, statements) in functions(it) {
                for parameter in read(&statements) {
                    let decrypted = statements.iter().any(|it| {
                        list(&it["Action"]).contains(&&json!("kms:Decrypt"))
                            && is_key(&it["Resource"])
                            && it["Condition"]["StringEquals"]["kms:EncryptionContext:PARAMETER_ARN"]
                                == *parameter
                    });
                    // A parameter that is no secret is not encrypted.
                    if !decrypted && named(it, &function, "PIPE_SECRET_", parameter) {
                        objections.push(format!("{function}: {parameter} by any key"));
                    }
                }
            }
            objections
        },
        spoil: &[
            fixture("any parameter", |it| {
                let statement = secret_statement(it, "kms:Decrypt");
                statement["Condition"]["StringEquals"]["kms:EncryptionContext:PARAMETER_ARN"] =
                    json!("*");
            }),
            archive("no condition", |it| {
                forget(
                    statement(it, "WebhookReceiverRole", "DecryptWebhookKey"),
                    "Condition",
                );
            }),
        ],
    },
    Rule {
        id: "SEC-10 a function reads exactly the parameters that it is told of",
        check: |it| {
            let mut objections = Vec::new();
            for (function, statements) in functions(it) {
                if has_literal(it, &function) {
                    continue;
                }
                let unknown = read(&statements)
                    .into_iter()
                    .filter(|parameter| !named(it, &function, "PIPE_", parameter));
                objections.extend(unknown.map(|it| format!("{function}: {it}")));
            }
            objections
        },
        spoil: &[
            fixture("another parameter", |it| {
                let statement = secret_statement(it, "ssm:GetParameter");
                let own = statement["Resource"]["Fn::Sub"].as_str().unwrap();
                let others = format!("{}/refund-key", own.rsplit_once('/').unwrap().0);
                statement["Resource"] = json!({ "Fn::Sub": others });
            }),
            archive("a parameter that no variable names", |it| {
                let function = of(it, "WebhookReceiverFunction");
                function["Environment"]["Variables"]["PIPE_SECRET_WEBHOOK_KEY"] =
                    json!({"Fn::Sub": "/archive/other"});
            })
            .also(&["SEC-09"]),
        ],
    },
    Rule {
        // A process that is restored from a snapshot begins with the secrets, connections and random numbers of the moment at which it
        // was taken, in every copy alike. The wall clock tells the runtime how old its secrets are; nothing would renew the rest.
        id: "SEC-08 no function starts from a snapshot of another one's memory",
        check: |it| {
            let functions = of_type(it, "AWS::Lambda::Function");
            let frozen = functions.filter(|(_, it)| {
                let applied = &it["Properties"]["SnapStart"]["ApplyOn"];
                !applied.is_null() && applied != "None"
            });
            frozen.map(|(id, _)| format!("{id}: SnapStart")).collect()
        },
        spoil: &[
            fixture("of every version", |it| {
                let function = first(it, "AWS::Lambda::Function");
                function["Properties"]["SnapStart"] = json!({ "ApplyOn": "PublishedVersions" });
            }),
            archive("of whichever word AWS finds next", |it| {
                of(it, "WebhookReceiverFunction")["SnapStart"] = json!({ "ApplyOn": "All" })
            }),
        ],
    },
];

/// Each function's logical id with the statements of its role.
fn functions(template: &Value) -> Vec<(String, Vec<&Value>)> {
    let statements = |function: &Value| {
        let role = function["Properties"]["Role"]["Fn::GetAtt"][0].as_str();
        let role = role.and_then(|it| resources(template).get(it));
        let policies = role.map(|it| list(&it["Properties"]["Policies"]));
        let policies = policies.into_iter().flatten();
        policies
            .flat_map(|it| list(&it["PolicyDocument"]["Statement"]))
            .collect()
    };
    // Two functions with one role are what IAM-02 objects to.
    let role = |it: &Value| it["Properties"]["Role"].to_string();
    let all = || of_type(template, "AWS::Lambda::Function");
    all()
        .filter(|(_, function)| all().filter(|(_, it)| role(it) == role(function)).count() == 1)
        .map(|(id, it)| (id.clone(), statements(it)))
        .collect()
}

/// What of Parameter Store these statements read.
fn read<'a>(statements: &[&'a Value]) -> Vec<&'a Value> {
    let reading = statements.iter().filter(|it| {
        list(&it["Action"])
            .iter()
            .any(|it| it.as_str().unwrap().starts_with("ssm:"))
    });
    let resources = reading.flat_map(|it| list(&it["Resource"]));
    // Whatever is no ARN of its own is what IAM-01 objects to.
    resources.filter(|it| it.is_object()).collect()
}

/// True where a variable of the function with this prefix holds the name of the parameter, whole.
fn named(template: &Value, function: &str, prefix: &str, parameter: &Value) -> bool {
    let arn = parameter["Fn::Sub"].as_str().unwrap_or_default();
    let name = arn.split_once(":parameter").map(|it| it.1);
    let variables = &resources(template)[function]["Properties"]["Environment"]["Variables"];
    let mut variables = variables.as_object().into_iter().flatten();
    variables.any(|(variable, value)| {
        variable.starts_with(prefix) && name.is_some() && value["Fn::Sub"].as_str() == name
    })
}

/// True where a variable is a value and no name, to which SEC-02 objects.
fn has_literal(template: &Value, function: &str) -> bool {
    let variables = &resources(template)[function]["Properties"]["Environment"]["Variables"];
    let mut variables = variables.as_object().into_iter().flatten();
    variables.any(|(_, value)| !value.is_object())
}

/// A role's statement about a secret, to be spoiled.
fn secret_statement<'a>(template: &'a mut Value, action: &str) -> &'a mut Value {
    let role = &mut template["Resources"]["ValidateRole"]["Properties"];
    let statements = role["Policies"][0]["PolicyDocument"]["Statement"]
        .as_array_mut()
        .unwrap();
    let found = statements
        .iter_mut()
        .find(|it| it["Action"] == action && it.to_string().contains(":parameter/"));
    found.unwrap()
}
