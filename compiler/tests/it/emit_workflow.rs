//! Statements of a workflow as states: every form, alone and inside each other, gives a machine in which each arrow arrives.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper of a test file is part of its tests"
)]

use crate::emit_fixture::{at, fail, failed, field, path, payments, text};
use pipe_compiler::compile;
use pipe_compiler::lower::refusals;
use pipe_compiler::model::{Catch, Expression, Pipeline, Statement, Type};
use serde_json::{Value, json};

fn pipeline(body: Vec<Statement>) -> Pipeline {
    let mut pipeline = payments();
    pipeline.workflows.get_mut("settle_payment").unwrap().body = body;
    pipeline
}

/// The states of the machine with that body, after every control has looked at them.
fn states(body: Vec<Statement>) -> Value {
    let pipeline = pipeline(body);
    assert_eq!(refusals(&pipeline), []);
    let artifacts = compile(&pipeline);
    let template = artifacts
        .iter()
        .find(|it| it.path == "template.json")
        .unwrap();
    let template: Value = serde_json::from_slice(&template.contents).unwrap();
    for rule in crate::audit_rules::rules() {
        assert_eq!((rule.check)(&template), Vec::<String>::new(), "{}", rule.id);
    }
    template["Resources"]["SettlePaymentStateMachine"]["Properties"]["Definition"]["States"].clone()
}

fn call(binding: Option<&str>, retry: Option<&str>, catches: Vec<Catch>) -> Statement {
    Statement::Call {
        binding: binding.map(str::to_owned),
        function: "process".into(),
        argument: path(&["payment"], Type::Event("PaymentReceived".into())),
        retry: retry.map(str::to_owned),
        catches,
        origin: at(72),
    }
}

fn catch(errors: &[&str], binding: Option<&str>, body: Vec<Statement>) -> Catch {
    let errors = errors.iter().map(|it| (*it).to_owned()).collect();
    Catch {
        errors,
        binding: binding.map(str::to_owned),
        body,
        origin: at(73),
    }
}

#[test]
fn an_empty_body_ends_after_the_claim() {
    let states = states(vec![]);
    assert_eq!(states["Claim payment"]["Next"], "Done");
    assert_eq!(states["Done"]["Type"], "Succeed");
}

#[test]
fn a_call_without_a_name_keeps_nothing_of_its_answer() {
    let states = states(vec![call(None, None, vec![])]);
    assert_eq!(states["process"]["ResultPath"], Value::Null);
    assert!(
        states["process"]
            .as_object()
            .unwrap()
            .contains_key("ResultPath")
    );
    assert_eq!(states["process"]["ResultSelector"], Value::Null);
    assert_eq!(states["process"]["End"], true);
}

#[test]
fn a_call_without_a_policy_is_tried_again_when_it_did_not_happen() {
    let states = states(vec![call(None, None, vec![])]);
    let retry = states["process"]["Retry"].as_array().unwrap();
    assert_eq!(retry.len(), 1);
    assert_eq!(
        retry[0]["ErrorEquals"][0],
        "Lambda.TooManyRequestsException"
    );
}

#[test]
fn the_policy_of_the_spec_is_the_retrier() {
    let states = states(vec![call(None, Some("gently"), vec![])]);
    let retry = &states["process"]["Retry"];
    assert_eq!(
        retry.as_array().unwrap().len(),
        1,
        "it speaks of throttling itself"
    );
    assert_eq!(retry[0]["ErrorEquals"][0], "GatewayDown");
    let numbers = [
        &retry[0]["MaxAttempts"],
        &retry[0]["IntervalSeconds"],
        &retry[0]["MaxDelaySeconds"],
    ];
    assert_eq!(numbers, [&json!(3), &json!(2), &json!(30)]);
    assert_eq!(
        (&retry[0]["BackoffRate"], &retry[0]["JitterStrategy"]),
        (&json!(2.0), &json!("FULL"))
    );
}

#[test]
fn the_functions_own_timeout_comes_before_the_states() {
    let states = states(vec![call(None, None, vec![])]);
    assert!(
        states["process"]["TimeoutSeconds"].as_u64() > Some(30 + 10),
        "a cold start takes up to ten seconds more"
    );
}

#[test]
fn an_empty_catch_goes_on_to_what_follows() {
    let states = states(vec![
        call(None, None, vec![catch(&[], None, vec![])]),
        failed(text("x"), 80),
    ]);
    assert_eq!(
        states["process"]["Catch"][0]["Next"],
        "append PaymentFailed"
    );
    assert_eq!(
        states["process"]["Catch"][0]["ErrorEquals"],
        json!(["States.ALL"])
    );
}

#[test]
fn a_catch_that_does_not_fail_goes_on_to_what_follows() {
    let branch = catch(&["Declined"], None, vec![failed(text("declined"), 74)]);
    let states = states(vec![call(None, None, vec![branch]), fail(text("over"), 80)]);
    assert_eq!(
        states["Declined: append PaymentFailed"]["Next"],
        "fail Unsettled"
    );
}

#[test]
fn built_in_errors_have_the_names_of_the_service() {
    let states = states(vec![call(
        None,
        None,
        vec![catch(&["Timeout"], Some("late"), vec![])],
    )]);
    let catcher = &states["process"]["Catch"][0];
    assert_eq!(
        catcher["ErrorEquals"],
        json!(["States.Timeout", "Sandbox.Timedout"])
    );
    assert_eq!(
        states["Timeout: name"]["Parameters"],
        json!({"value": {"error.$": "$.late.Error"}})
    );
}

#[test]
fn calls_inside_branches_have_names_of_their_own() {
    let inner = catch(
        &["Declined"],
        Some("again"),
        vec![call(None, None, vec![catch(&[], None, vec![])])],
    );
    let states = states(vec![
        call(None, None, vec![inner]),
        call(None, None, vec![]),
    ]);
    let names: Vec<&String> = states
        .as_object()
        .unwrap()
        .keys()
        .filter(|it| it.contains("process"))
        .collect();
    assert_eq!(names, ["Declined: process", "process", "process 2"]);
    assert_eq!(states["Declined: process"]["Next"], "process 2");
}

#[test]
fn a_failure_with_data_carries_its_fields_as_json() {
    let states = states(vec![fail(path(&["payment", "provider"], Type::String), 75)]);
    assert_eq!(
        states["fail Unsettled"]["Parameters"],
        json!({"reason.$": "$.payment.provider"})
    );
    let end = &states["Unsettled with its cause"];
    assert_eq!(end["CausePath"], "States.JsonToString($._cause)");
    assert_eq!(end["Error"], "Unsettled");
}

#[test]
fn decimals_travel_as_text_and_are_numbers_in_the_table() {
    let mut pipeline = pipeline(vec![]);
    let event = pipeline.events.get_mut("PaymentFailed").unwrap();
    event.fields.push(field("amount", Type::Decimal, 28));
    let mut append = failed(text("x"), 80);
    if let Statement::Append { fields, .. } = &mut append {
        fields.push(("amount".into(), path(&["payment", "amount"], Type::Decimal)));
    }
    pipeline.workflows.get_mut("settle_payment").unwrap().body = vec![append];
    let artifacts = compile(&pipeline);
    let machine = artifacts
        .iter()
        .find(|it| it.path == "settle_payment.asl.json")
        .unwrap();
    let machine: Value = serde_json::from_slice(&machine.contents).unwrap();
    assert_eq!(
        machine["States"]["Read payment"]["Parameters"]["payment"]["amount.$"],
        "$.image.amount.N"
    );
    let item =
        &machine["States"]["append PaymentFailed"]["Parameters"]["TransactItems"][0]["Put"]["Item"];
    assert_eq!(item["amount"], json!({"N.$": "$.payment.amount"}));
}

#[test]
fn a_fact_stands_before_its_claim_and_both_carry_the_condition() {
    let states = states(vec![failed(text("x"), 80)]);
    let items = &states["append PaymentFailed"]["Parameters"]["TransactItems"];
    assert_eq!(
        items[0]["Put"]["Item"]["_event"],
        json!({"S": "PaymentFailed"})
    );
    assert_eq!(
        items[1]["Put"]["Item"]["_claim"],
        json!({"S": "PaymentFailed"})
    );
}

#[test]
fn an_optional_value_cannot_be_appended_and_that_is_said() {
    let mut append = failed(text("x"), 80);
    if let Statement::Append { fields, .. } = &mut append {
        fields[2].1 = Expression {
            ty: Type::Optional(Box::new(Type::String)),
            ..fields[2].1.clone()
        };
    }
    let found = refusals(&pipeline(vec![append]));
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "field `reason` of `PaymentFailed` cannot be appended here: a workflow cannot leave an absent value out of an item"
    );
}

#[test]
fn an_event_with_a_list_of_records_cannot_start_a_workflow_and_that_is_said() {
    let mut pipeline = pipeline(vec![]);
    let event = pipeline.events.get_mut("PaymentReceived").unwrap();
    event.fields.push(field(
        "lines",
        Type::List(Box::new(Type::Record("Receipt".into()))),
        16,
    ));
    let found = refusals(&pipeline);
    assert!(
        found[0]
            .message
            .starts_with("`PaymentReceived` cannot start a workflow with its field `lines`: "),
        "{found:?}"
    );
}

/// A workflow that records notes under a partition made so, in a table with that sort key; what is asked before it appends.
fn asked_of(partition: &str, sort: &str, workflow: &str) -> Option<Value> {
    let spec = include_str!("emit_workflow/notes.txt")
        .replace("PARTITION", partition)
        .replace("SORT", sort)
        .replace("BESIDE", workflow);
    let checked = pipe_compiler::check("shop.pipe", &spec);
    let shown = pipe_compiler::diag::render_short(&checked.diagnostics, "shop.pipe", &spec);
    let artifacts = compile(&checked.pipeline.ok_or(shown).unwrap());
    let machine = artifacts.iter().find(|it| it.path == "keep.asl.json");
    let machine: Value = serde_json::from_slice(&machine.unwrap().contents).unwrap();
    let states = &machine["States"];
    let asked = states.get("append Noted: reserved?")?;
    assert_eq!(asked["Default"], "append Noted");
    assert_eq!(states["Reserved for claims"]["Error"], "Fault");
    assert_eq!(asked["Choices"][0]["Next"], "Reserved for claims");
    let mut rule = asked["Choices"][0].clone();
    rule.as_object_mut().unwrap().remove("Next");
    Some(rule)
}

/// A fact under a claim's key would keep another from being recorded, or a workflow from being begun.
#[test]
fn a_value_that_may_be_a_claims_partition_is_asked_about() {
    let begins = |of: &str, with: &str| json!({ "Variable": of, "StringMatches": with });
    let is = |of: &str, text: &str| json!({ "Variable": of, "StringEquals": text });
    for (partition, rule) in [
        // What the handler's append has looked at, what cannot have the sign, and what begins otherwise.
        ("order.id", None),
        ("\"n-${order.note}\"", None),
        ("\"${order.count}#${order.note}\"", None),
        ("\"${order.at.date}${order.note}\"", None),
        ("\"note\"", None),
        ("order.note", Some(begins("$.order.note", "claim#*"))),
        (
            "\"${order.note}-${order.id}\"",
            Some(begins("$.order.note", "claim#*")),
        ),
        ("\"cl${order.note}\"", Some(begins("$.order.note", "aim#*"))),
        (
            "\"${order.kind}#${order.note}\"",
            Some(json!({ "Or": [begins("$.order.kind", "claim#*"), is("$.order.kind", "claim")] })),
        ),
    ] {
        assert_eq!(asked_of(partition, "", ""), rule, "{partition}");
    }
    // Where facts and claims have sort keys of their own, only what begins a workflow can meet its claim.
    assert_eq!(asked_of("order.note", "sort: at, ", ""), None);
    let reader = r#"workflow read(note: Noted) {
  on: notes
  watch: off because "a test"
  look(note)
}
grant read { call: look }"#;
    assert!(asked_of("order.note", "sort: at, ", reader).is_some());
}
