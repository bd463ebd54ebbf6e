//! Controls over pipes, state machines and their definitions.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a control that cannot read its template fails the test"
)]

use serde_json::{Value, json};

use super::{Rule, each, first, is_key, of_type};

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "TPL-08 machines log, trace and encrypt",
        check: |it| {
            each(
                it,
                "AWS::StepFunctions::StateMachine",
                "a default is off",
                |it| {
                    it["TracingConfiguration"]["Enabled"] == true
                        && it["EncryptionConfiguration"]["Type"] == "CUSTOMER_MANAGED_KMS_KEY"
                        && is_key(&it["EncryptionConfiguration"]["KmsKeyId"])
                        && !it["LoggingConfiguration"]["Destinations"]
                            .as_array()
                            .unwrap()
                            .is_empty()
                },
            )
        },
        spoil: |it| {
            first(it, "AWS::StepFunctions::StateMachine")["Properties"]["TracingConfiguration"]["Enabled"] =
                json!(false)
        },
    },
    Rule {
        id: "WF-01 machines are standard",
        check: |it| {
            each(
                it,
                "AWS::StepFunctions::StateMachine",
                "not standard",
                |it| it["StateMachineType"] == "STANDARD",
            )
        },
        spoil: |it| {
            first(it, "AWS::StepFunctions::StateMachine")["Properties"]["StateMachineType"] =
                json!("EXPRESS")
        },
    },
    Rule {
        id: "WF-16 machines log every event and no data",
        check: |it| {
            each(
                it,
                "AWS::StepFunctions::StateMachine",
                "logs too little or too much",
                |it| {
                    let logging = &it["LoggingConfiguration"];
                    logging["Level"] == "ALL" && logging["IncludeExecutionData"] == false
                },
            )
        },
        spoil: |it| {
            let machine = first(it, "AWS::StepFunctions::StateMachine");
            machine["Properties"]["LoggingConfiguration"]["IncludeExecutionData"] = json!(true);
        },
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
        spoil: |it| {
            let states = &mut first(it, "AWS::StepFunctions::StateMachine")["Properties"]["Definition"]
                ["States"];
            states["receipt: process"]
                .as_object_mut()
                .unwrap()
                .remove("TimeoutSeconds");
        },
    },
    Rule {
        id: "WF-06 nothing is retried on every error",
        check: |it| {
            let wild =
                states(it).filter(|(_, _, it)| it["Retry"].to_string().contains("States.ALL"));
            wild.map(|(id, name, _)| format!("{id}: {name}")).collect()
        },
        spoil: |it| {
            let states = &mut first(it, "AWS::StepFunctions::StateMachine")["Properties"]["Definition"]
                ["States"];
            states["receipt: process"]["Retry"][0]["ErrorEquals"] = json!(["States.ALL"]);
        },
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
        spoil: |it| {
            let states = &mut first(it, "AWS::StepFunctions::StateMachine")["Properties"]["Definition"]
                ["States"];
            states["receipt: process"]["Parameters"]["Payload"]
                .as_object_mut()
                .unwrap()
                .remove("idempotency_key.$");
        },
    },
    Rule {
        id: "WF-10 every state leads to a state, and every state is reached",
        check: flow,
        spoil: |it| {
            let states = &mut first(it, "AWS::StepFunctions::StateMachine")["Properties"]["Definition"]
                ["States"];
            states["receipt: process"]["Next"] = json!("nowhere");
        },
    },
    Rule {
        id: "IDM-09 every write of a machine carries its condition",
        check: |it| {
            let mut objections = Vec::new();
            for (id, name, state) in states(it) {
                let text = state.to_string();
                let items = text.matches("\"Item\":").count();
                if items
                    != text
                        .matches("attribute_not_exists(#partition) OR #by = :by")
                        .count()
                {
                    objections.push(format!("{id}: {name}"));
                }
            }
            objections
        },
        spoil: |it| {
            let states = &mut first(it, "AWS::StepFunctions::StateMachine")["Properties"]["Definition"]
                ["States"];
            states["Claim payment"]["Parameters"]
                .as_object_mut()
                .unwrap()
                .remove("ConditionExpression");
        },
    },
];

/// Every state of every machine: the machine's logical id, the state's name, the state.
fn states(template: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    of_type(template, "AWS::StepFunctions::StateMachine").flat_map(|(id, it)| {
        let states = it["Properties"]["Definition"]["States"]
            .as_object()
            .unwrap();
        states.iter().map(move |(name, state)| (id, name, state))
    })
}

fn flow(template: &Value) -> Vec<String> {
    let mut objections = Vec::new();
    for (id, machine) in of_type(template, "AWS::StepFunctions::StateMachine") {
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
