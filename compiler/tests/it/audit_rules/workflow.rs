//! Controls over pipes, state machines and their definitions.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::spoiled::{forget, of, of_first};
use super::{Rule, each, fixture, is_key, of_type, referred, refunds};

const MACHINE: &str = "AWS::StepFunctions::StateMachine";

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "TPL-08 machines log, trace and encrypt",
        check: |it| {
            each(it, MACHINE, "a default is off", |it| {
                let places = it["LoggingConfiguration"]["Destinations"].as_array();
                let group = |it: &Value| {
                    // Whether the group is declared is for TPL-07.
                    !referred(&it["CloudWatchLogsLogGroup"]["LogGroupArn"]).is_empty()
                };
                it["TracingConfiguration"]["Enabled"] == true
                    && it["EncryptionConfiguration"]["Type"] == "CUSTOMER_MANAGED_KMS_KEY"
                    && is_key(&it["EncryptionConfiguration"]["KmsKeyId"])
                    && places.is_some_and(|it| !it.is_empty() && it.iter().all(group))
            })
        },
        spoil: &[
            fixture("not traced", |it| {
                of_first(it, MACHINE)["TracingConfiguration"]["Enabled"] = json!(false)
            }),
            refunds("logged nowhere", |it| {
                of_logging(it)["Destinations"] = json!([])
            }),
            refunds("logged to what has no name", |it| {
                of_logging(it)["Destinations"] = json!([{}])
            }),
            refunds("not logged", |it| {
                forget(of(it, "RefundPaymentStateMachine"), "LoggingConfiguration")
            })
            .also(&["WF-16"]),
            refunds("AWS's own key", |it| {
                of(it, "RefundPaymentStateMachine")["EncryptionConfiguration"] =
                    json!({"Type": "AWS_OWNED_KEY"});
            }),
        ],
    },
    Rule {
        id: "WF-01 machines are standard",
        check: |it| {
            each(it, MACHINE, "not standard", |it| {
                it["StateMachineType"] == "STANDARD"
            })
        },
        spoil: &[
            fixture("express", |it| {
                of_first(it, MACHINE)["StateMachineType"] = json!("EXPRESS")
            }),
            refunds("not said", |it| {
                forget(of(it, "RefundPaymentStateMachine"), "StateMachineType")
            }),
        ],
    },
    Rule {
        id: "WF-16 machines log every event and no data",
        check: |it| {
            each(it, MACHINE, "logs too little or too much", |it| {
                let logging = &it["LoggingConfiguration"];
                logging["Level"] == "ALL" && logging["IncludeExecutionData"] == false
            })
        },
        spoil: &[
            fixture("data", |it| {
                of_first(it, MACHINE)["LoggingConfiguration"]["IncludeExecutionData"] = json!(true);
            }),
            refunds("errors alone", |it| {
                of_logging(it)["Level"] = json!("ERROR")
            }),
        ],
    },
    Rule {
        id: "WF-05 every task times out, and retries with jitter and a cap",
        check: |it| {
            let mut objections = Vec::new();
            for (id, name, state) in states(it).filter(|(_, _, it)| it["Type"] == "Task") {
                let capped = |it: &Value| {
                    it["MaxDelaySeconds"].as_u64() > it["IntervalSeconds"].as_u64()
                        && it["IntervalSeconds"].as_u64() > Some(0)
                        && it["BackoffRate"].as_f64() >= Some(1.0)
                        && it["JitterStrategy"] == "FULL"
                };
                let retries = state["Retry"]
                    .as_array()
                    .is_some_and(|it| !it.is_empty() && it.iter().all(capped));
                if !state["TimeoutSeconds"].is_u64() || !retries {
                    objections.push(format!("{id}: {name}"));
                }
            }
            objections
        },
        spoil: &[
            fixture("no time limit", |it| {
                forget(of_receipt(it), "TimeoutSeconds")
            }),
            refunds("no jitter", |it| {
                forget(&mut of_pay_back(it)["Retry"][0], "JitterStrategy")
            }),
            refunds("no retry", |it| forget(of_pay_back(it), "Retry")),
        ],
    },
    Rule {
        id: "WF-06 nothing is retried on every error",
        check: |it| {
            let wild =
                states(it).filter(|(_, _, it)| it["Retry"].to_string().contains("States.ALL"));
            wild.map(|(id, name, _)| format!("{id}: {name}")).collect()
        },
        spoil: &[
            fixture("every error", |it| {
                of_receipt(it)["Retry"][0]["ErrorEquals"] = json!(["States.ALL"])
            }),
            refunds("every error among others", |it| {
                of_pay_back(it)["Retry"][0]["ErrorEquals"] = json!(["Busy", "States.ALL"])
            }),
        ],
    },
    Rule {
        id: "WF-07 every call carries its idempotency key",
        check: |it| {
            let calls =
                states(it).filter(|(_, _, it)| it["Resource"] == "arn:aws:states:::lambda:invoke");
            let keyless = calls
                .filter(|(_, _, it)| !it["Parameters"]["Payload"]["idempotency_key.$"].is_string());
            keyless
                .map(|(id, name, _)| format!("{id}: {name}"))
                .collect()
        },
        spoil: &[
            fixture("no key", |it| {
                forget(
                    &mut of_receipt(it)["Parameters"]["Payload"],
                    "idempotency_key.$",
                );
            }),
            refunds("a key that is not one of the execution", |it| {
                let payload = &mut of_pay_back(it)["Parameters"]["Payload"];
                forget(payload, "idempotency_key.$");
                payload["idempotency_key"] = json!("1");
            }),
        ],
    },
    Rule {
        id: "WF-10 every state leads to a state, and every state is reached",
        check: flow,
        spoil: &[
            fixture("nowhere", |it| of_receipt(it)["Next"] = json!("nowhere")),
            refunds("a state that nothing leads to", |it| {
                let machine = &mut of(it, "RefundPaymentStateMachine")["Definition"];
                machine["States"]["left"] = json!({"Type": "Succeed"});
            }),
        ],
    },
    Rule {
        id: "IDM-09 every write of a machine carries its condition",
        check: |it| {
            let bare = states(it).filter(|(_, _, it)| has_unconditional_write(it));
            bare.map(|(id, name, _)| format!("{id}: {name}")).collect()
        },
        spoil: &[
            fixture("no condition", |it| {
                let states = &mut of_first(it, MACHINE)["Definition"]["States"];
                forget(
                    &mut states["Claim payment"]["Parameters"],
                    "ConditionExpression",
                );
            }),
            refunds("another condition", |it| {
                let states = &mut of(it, "RefundPaymentStateMachine")["Definition"]["States"];
                let writes = &mut states["append RefundCompleted"]["Parameters"]["TransactItems"];
                writes[1]["Put"]["ConditionExpression"] = json!("attribute_exists(#partition)");
            }),
        ],
    },
];

/// How the workflow of refunds is logged, to be spoiled.
fn of_logging(template: &mut Value) -> &mut Value {
    &mut of(template, "RefundPaymentStateMachine")["LoggingConfiguration"]
}

/// The fixture's one call of a function, to be spoiled.
fn of_receipt(template: &mut Value) -> &mut Value {
    &mut of_first(template, MACHINE)["Definition"]["States"]["receipt: process"]
}

/// The call that pays a refund, to be spoiled.
fn of_pay_back(template: &mut Value) -> &mut Value {
    &mut of(template, "RefundPaymentStateMachine")["Definition"]["States"]["pay_back"]
}

/// Every state of every machine: the machine's logical id, the state's name, the state.
fn states(template: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    of_type(template, MACHINE).flat_map(|(id, it)| {
        let states = it["Properties"]["Definition"]["States"]
            .as_object()
            .unwrap();
        states.iter().map(move |(name, state)| (id, name, state))
    })
}

/// True where an item is put, alone or in a transaction, over one that another state has put.
fn has_unconditional_write(value: &Value) -> bool {
    let condition = "attribute_not_exists(#partition) OR #by = :by";
    match value {
        Value::Object(members) => {
            members.contains_key("Item") && value["ConditionExpression"] != condition
                || members.values().any(has_unconditional_write)
        }
        Value::Array(items) => items.iter().any(has_unconditional_write),
        _ => false,
    }
}

fn flow(template: &Value) -> Vec<String> {
    let mut objections = Vec::new();
    for (id, machine) in of_type(template, MACHINE) {
        let definition = &machine["Properties"]["Definition"];
        let states = definition["States"].as_object().unwrap();
        let mut reached = vec![definition["StartAt"].as_str().unwrap()];
        let mut index = 0;
        while let Some(name) = reached.get(index).copied() {
            index += 1;
            let Some(state) = states.get(name) else {
                objections.push(format!("{id}: no state {name}"));
                continue;
            };
            let branches = ["Choices", "Catch"]
                .iter()
                .flat_map(|it| state[it].as_array().into_iter().flatten());
            let targets = branches
                .map(|it| &it["Next"])
                .chain([&state["Next"], &state["Default"]]);
            for target in targets.filter_map(Value::as_str) {
                if !reached.contains(&target) {
                    reached.push(target);
                }
            }
        }
        let unreached = states.keys().filter(|it| !reached.contains(&it.as_str()));
        // A broken arrow leaves states behind it unreached; that is one fault, not many.
        if objections.is_empty() {
            objections.extend(unreached.map(|it| format!("{id}: {it} is never reached")));
        }
    }
    objections
}
