//! `where`: what goes into the stream filter, and what into a Choice.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a helper of a test file is part of its tests"
)]

use crate::emit_fixture::{field, payments, status};
use pipe_compiler::compile;
use pipe_compiler::model::{Condition, Literal, Operator, Type};
use serde_json::{Value, json};

struct Lowered {
    filter: Value,
    first: Value,
    second: Option<Value>,
    operands: Value,
}

fn lower(filter: Option<Condition>) -> Lowered {
    let mut pipeline = payments();
    let event = pipeline.events.get_mut("PaymentReceived").unwrap();
    event
        .fields
        .push(field("note", Type::Optional(Box::new(Type::String)), 16));
    event.fields.push(field("attempt", Type::Int, 17));
    event.fields.push(field("test", Type::Bool, 17));
    event
        .fields
        .push(field("fee", Type::Optional(Box::new(Type::Decimal)), 17));
    pipeline.workflows.get_mut("settle_payment").unwrap().filter = filter;
    let artifacts = compile(&pipeline);
    let template = artifacts
        .iter()
        .find(|it| it.path == "template.json")
        .unwrap();
    let template: Value = serde_json::from_slice(&template.contents).unwrap();
    let resources = &template["Resources"];
    let pipe = &resources["SettlePaymentPipe"]["Properties"]["SourceParameters"];
    let pattern = pipe["FilterCriteria"]["Filters"][0]["Pattern"]
        .as_str()
        .unwrap();
    let pattern: Value = serde_json::from_str(pattern).unwrap();
    let states = &resources["SettlePaymentStateMachine"]["Properties"]["Definition"]["States"];
    let rule = |name: &str| {
        let mut rule = states.get(name)?["Choices"][0].clone();
        rule.as_object_mut().unwrap().remove("Next");
        Some(rule)
    };
    let mut filter = pattern["dynamodb"]["NewImage"].clone();
    assert_eq!(
        filter.as_object_mut().unwrap().remove("_event"),
        Some(json!({"S": ["PaymentReceived"]}))
    );
    Lowered {
        filter,
        first: Value::Array(
            rule("Is it for this workflow?").unwrap()["And"]
                .as_array()
                .unwrap()[3..]
                .to_vec(),
        ),
        second: rule("Does where hold?"),
        operands: states["Read payment"]["Parameters"]["_where"].clone(),
    }
}

fn compare(field: &str, ty: Type, operator: Operator, value: Literal) -> Condition {
    Condition::Compare {
        field: field.into(),
        ty,
        operator,
        value,
    }
}

fn variant(value: &str, operator: Operator) -> Condition {
    compare("status", status(), operator, Literal::Variant(value.into()))
}

#[test]
fn equality_of_texts_is_the_filters_and_is_tested_again() {
    let lowered = lower(Some(variant("pending", Operator::Equal)));
    assert_eq!(lowered.filter, json!({"status": {"S": ["pending"]}}));
    assert_eq!(
        lowered.first,
        json!([{"Variable": "$[0].dynamodb.NewImage.status.S", "StringEquals": "pending"}])
    );
    assert_eq!(lowered.second, None);
}

#[test]
fn no_condition_means_every_event_of_the_type() {
    let lowered = lower(None);
    assert_eq!(
        (lowered.filter, lowered.first, lowered.second),
        (json!({}), json!([]), None)
    );
}

#[test]
fn alternatives_of_one_field_are_one_list() {
    let lowered = lower(Some(Condition::Or(vec![
        variant("pending", Operator::Equal),
        variant("failed", Operator::Equal),
    ])));
    assert_eq!(
        lowered.filter,
        json!({"status": {"S": ["pending", "failed"]}})
    );
    assert_eq!(lowered.first[0]["Or"].as_array().unwrap().len(), 2);
}

#[test]
fn inequality_is_anything_but() {
    let lowered = lower(Some(variant("failed", Operator::NotEqual)));
    assert_eq!(
        lowered.filter,
        json!({"status": {"S": [{"anything-but": ["failed"]}]}})
    );
    assert_eq!(lowered.first[0]["Not"]["StringEquals"], "failed");
}

#[test]
fn what_is_not_the_one_truth_value_is_the_other() {
    let unequal = compare("test", Type::Bool, Operator::NotEqual, Literal::Bool(true));
    let lowered = lower(Some(unequal));
    assert_eq!(lowered.filter, json!({"test": {"BOOL": [false]}}));
    assert_eq!(
        lowered.first,
        json!([{"Variable": "$[0].dynamodb.NewImage.test.BOOL", "BooleanEquals": false}])
    );
}

#[test]
fn an_amount_is_compared_in_the_machine_because_a_filter_cannot() {
    let lowered = lower(Some(compare(
        "amount",
        Type::Decimal,
        Operator::GreaterOrEqual,
        Literal::Number("10.50".into()),
    )));
    assert_eq!(lowered.filter, json!({}));
    // The digits before the point as a number, those behind it as text: no double is in between.
    assert_eq!(
        lowered.operands["amount"]["number.$"],
        "States.StringToJson(States.ArrayGetItem(States.StringSplit(States.Format('{}.0', $.image.amount.N), '-.'), 0))"
    );
    let second = lowered.second.unwrap();
    let same_whole = json!({"And": [
        {"Variable": "$._where.amount.number", "NumericEquals": 10},
        {"Variable": "$._where.amount.padded", "StringGreaterThanEquals": "50"},
    ]});
    assert_eq!(second["And"][1]["Or"][1], same_whole, "{second}");
}

#[test]
fn an_absent_amount_is_not_compared() {
    let fee = compare(
        "fee",
        Type::Optional(Box::new(Type::Decimal)),
        Operator::Less,
        Literal::Number("1".into()),
    );
    let lowered = lower(Some(fee));
    let tests = lowered.second.unwrap()["And"].clone();
    assert_eq!(
        tests[0],
        json!({"Not": {"Variable": "$.payment.fee", "IsNull": true}})
    );
    assert!(tests[1]["Not"].is_object(), "less is not at least: {tests}");
}

#[test]
fn whole_numbers_are_equal_as_text_and_ordered_as_numbers() {
    let equal = lower(Some(compare(
        "attempt",
        Type::Int,
        Operator::Equal,
        Literal::Number("3".into()),
    )));
    assert_eq!(equal.filter, json!({"attempt": {"N": ["3"]}}));
    let less = lower(Some(compare(
        "attempt",
        Type::Int,
        Operator::Less,
        Literal::Number("3".into()),
    )));
    assert_eq!(less.filter, json!({}));
    assert_eq!(
        less.second,
        Some(json!({"Variable": "$.payment.attempt", "NumericLessThan": 3}))
    );
}

#[test]
fn truth_values_are_filtered_as_such() {
    let lowered = lower(Some(compare(
        "test",
        Type::Bool,
        Operator::Equal,
        Literal::Bool(false),
    )));
    assert_eq!(lowered.filter, json!({"test": {"BOOL": [false]}}));
    assert_eq!(
        lowered.first,
        json!([{"Variable": "$[0].dynamodb.NewImage.test.BOOL", "BooleanEquals": false}])
    );
}

#[test]
fn an_optional_text_is_looked_for_before_it_is_compared() {
    let note = compare(
        "note",
        Type::Optional(Box::new(Type::String)),
        Operator::Equal,
        Literal::String("urgent".into()),
    );
    let lowered = lower(Some(note));
    assert_eq!(
        lowered.first[0],
        json!({"Variable": "$[0].dynamodb.NewImage.note.S", "IsPresent": true})
    );
}

#[test]
fn the_beginning_of_a_text_is_the_filters_and_is_tested_again() {
    // `*` and `\\` would mean something else in a Choice.
    let begins = |field: &str, optional| Condition::StartsWith {
        field: field.into(),
        optional,
        prefix: r"50*\".into(),
    };
    let lowered = lower(Some(begins("provider", false)));
    assert_eq!(
        lowered.filter,
        json!({"provider": {"S": [{"prefix": r"50*\"}]}})
    );
    let matches = |variable: &str| json!({"Variable": variable, "StringMatches": r"50\*\\*"});
    assert_eq!(
        lowered.first,
        json!([matches("$[0].dynamodb.NewImage.provider.S")])
    );
    let either = Condition::Or(vec![
        begins("provider", false),
        compare(
            "provider",
            Type::String,
            Operator::Equal,
            Literal::String("stripe".into()),
        ),
    ]);
    assert_eq!(
        lower(Some(either)).filter,
        json!({"provider": {"S": [{"prefix": r"50*\"}, "stripe"]}})
    );
    // A filter of a Pipe cannot say that a text does not begin so.
    let not = lower(Some(Condition::Not(Box::new(begins("note", true)))));
    assert_eq!(not.filter, json!({}));
    let absent = json!({"Not": {"Variable": "$.payment.note", "IsNull": true}});
    assert_eq!(
        not.second,
        Some(json!({"Not": {"And": [absent, matches("$.payment.note")]}}))
    );
}

fn present(field: &str, ty: Type) -> Condition {
    Condition::Present {
        field: field.into(),
        ty: Type::Optional(Box::new(ty)),
    }
}

#[test]
fn a_field_that_is_there_is_the_filters_and_its_absence_the_machines() {
    let fee = lower(Some(present("fee", Type::Decimal)));
    assert_eq!(fee.filter, json!({"fee": {"N": [{"exists": true}]}}));
    assert_eq!(
        fee.first,
        json!([{"Variable": "$[0].dynamodb.NewImage.fee.N", "IsPresent": true}])
    );
    assert_eq!(fee.second, None);
    let is_null = json!({"Variable": "$.payment.note", "IsNull": true});
    let not = lower(Some(Condition::Not(Box::new(present(
        "note",
        Type::String,
    )))));
    assert_eq!((not.filter, not.first), (json!({}), json!([])));
    assert_eq!(not.second, Some(json!({"Not": {"Not": is_null}})));
}

#[test]
fn a_field_that_is_there_may_be_asked_for_twice() {
    let urgent = |operator| {
        compare(
            "note",
            Type::Optional(Box::new(Type::String)),
            operator,
            Literal::String("${x}".into()),
        )
    };
    // The pattern takes the first of both, the Choices ask both.
    let other = lower(Some(Condition::And(vec![
        present("note", Type::String),
        urgent(Operator::NotEqual),
    ])));
    assert_eq!(other.filter, json!({"note": {"S": [{"exists": true}]}}));
    assert!(other.second.is_some());
    let either = lower(Some(Condition::Or(vec![
        present("note", Type::String),
        urgent(Operator::Equal),
    ])));
    assert_eq!(
        either.filter,
        json!({"note": {"S": [{"exists": true}, "${x}"]}})
    );
    assert_eq!(
        either.second.unwrap()["Or"][0],
        json!({"Not": {"Variable": "$.payment.note", "IsNull": true}})
    );
}

#[test]
fn the_sort_key_is_compared_by_its_value() {
    let later = Literal::String("2026-01-01T00:00:00Z".into());
    let lowered = lower(Some(compare(
        "timestamp",
        Type::Timestamp,
        Operator::Greater,
        later,
    )));
    assert_eq!(lowered.filter, json!({}));
    let test =
        json!({"Variable": "$.payment.timestamp", "TimestampGreaterThan": "2026-01-01T00:00:00Z"});
    assert_eq!(lowered.second, Some(test));
}

#[test]
fn a_conjunction_is_split_between_filter_and_machine() {
    let big = compare(
        "amount",
        Type::Decimal,
        Operator::Greater,
        Literal::Number("100".into()),
    );
    let lowered = lower(Some(Condition::And(vec![
        variant("pending", Operator::Equal),
        Condition::Not(Box::new(big)),
    ])));
    assert_eq!(lowered.filter, json!({"status": {"S": ["pending"]}}));
    let second = lowered.second.unwrap();
    assert!(second["Not"]["Not"].is_object(), "{second}");
    assert!(
        second.to_string().contains(r#""NumericLessThan":100"#),
        "{second}"
    );
}
