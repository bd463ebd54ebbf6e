//! Patterns of conditions, as they are emitted.

use crate::model::{Condition, Literal, Operator, Type};

use super::{EVENT_BRIDGE, SNS, pattern};

fn compare(field: &str, ty: Type, operator: Operator, value: &str) -> Condition {
    let value = match ty {
        Type::Decimal | Type::Int => Literal::Number(value.to_owned()),
        _ => Literal::Variant(value.to_owned()),
    };
    Condition::Compare {
        field: field.to_owned(),
        ty,
        operator,
        value,
    }
}

fn amount(operator: Operator, value: &str) -> Condition {
    compare("amount", Type::Decimal, operator, value)
}

fn status(operator: Operator, value: &str) -> Condition {
    compare("status", Type::Enum(Vec::new()), operator, value)
}

fn json(condition: &Condition) -> String {
    serde_json::to_string(&pattern(EVENT_BRIDGE, condition).expect("a pattern")).expect("JSON")
}

#[test]
fn a_range_is_one_match() {
    let both = Condition::And(vec![
        amount(Operator::GreaterOrEqual, "10"),
        amount(Operator::LessOrEqual, "1000.50"),
    ]);
    assert_eq!(
        json(&both),
        r#"{"amount":[{"numeric":[">=",10,"<=",1000.5]}]}"#
    );
}

#[test]
fn alternatives_of_one_field_are_a_list() {
    let either = Condition::Or(vec![
        status(Operator::Equal, "failed"),
        status(Operator::Equal, "refunded"),
    ]);
    assert_eq!(json(&either), r#"{"status":["failed","refunded"]}"#);
    let neither = Condition::Not(Box::new(either));
    assert_eq!(
        json(&neither),
        r#"{"status":[{"anything-but":["failed","refunded"]}]}"#
    );
}

#[test]
fn alternatives_of_two_fields_are_an_or_behind_what_they_share() {
    let either = Condition::And(vec![
        compare("currency", Type::String, Operator::Equal, "USD"),
        Condition::Or(vec![
            amount(Operator::Greater, "10000"),
            status(Operator::Equal, "failed"),
        ]),
    ]);
    assert_eq!(
        json(&either),
        r#"{"currency":["USD"],"$or":[{"amount":[{"numeric":[">",10000]}]},{"status":["failed"]}]}"#
    );
}

#[test]
fn an_unequal_number_is_two_ranges_and_its_opposite_one_number() {
    let unequal = amount(Operator::NotEqual, "10");
    assert_eq!(
        json(&unequal),
        r#"{"amount":[{"numeric":["<",10]},{"numeric":[">",10]}]}"#
    );
    let equal = Condition::Not(Box::new(unequal));
    assert_eq!(json(&equal), r#"{"amount":[{"numeric":["=",10]}]}"#);
}

#[test]
fn the_opposite_of_a_comparison_holds_for_an_absent_field() {
    let optional = Condition::Compare {
        field: "fee".to_owned(),
        ty: Type::Optional(Box::new(Type::Decimal)),
        operator: Operator::Greater,
        value: Literal::Number("5".to_owned()),
    };
    assert_eq!(json(&optional), r#"{"fee":[{"numeric":[">",5]}]}"#);
    let opposite = Condition::Not(Box::new(optional));
    assert_eq!(
        json(&opposite),
        r#"{"fee":[{"numeric":["<=",5]},{"exists":false}]}"#
    );
}

#[test]
fn ranges_that_touch_become_one() {
    let all = Condition::Or(vec![
        amount(Operator::Less, "10"),
        amount(Operator::GreaterOrEqual, "10"),
    ]);
    assert_eq!(json(&all), r#"{"amount":[{"exists":true}]}"#);
}

#[test]
fn what_cannot_be_said_is_refused_with_its_reason() {
    let never = Condition::And(vec![
        amount(Operator::Less, "1"),
        amount(Operator::Greater, "2"),
    ]);
    assert!(pattern(EVENT_BRIDGE, &never).is_err());
    let large = amount(Operator::Less, "5000000000.01");
    let message = pattern(EVENT_BRIDGE, &large).expect_err("too large");
    assert!(message.contains("5000000000.01"), "{message}");
    assert!(pattern(EVENT_BRIDGE, &amount(Operator::Less, "-5000000000")).is_ok());
    assert!(pattern(SNS, &amount(Operator::Less, "0.000001")).is_err());
    let instant = compare("at", Type::EpochMillis, Operator::Greater, "1");
    assert!(pattern(EVENT_BRIDGE, &instant).is_err());
}

fn starts_with(prefix: &str) -> Condition {
    Condition::StartsWith {
        field: "reference".to_owned(),
        optional: false,
        prefix: prefix.to_owned(),
    }
}

fn is(text: &str) -> Condition {
    compare("reference", Type::String, Operator::Equal, text)
}

fn not(condition: Condition) -> Condition {
    Condition::Not(Box::new(condition))
}

#[test]
fn a_beginning_is_a_prefix_and_its_opposite_anything_but_one() {
    assert_eq!(
        json(&starts_with("INV-")),
        r#"{"reference":[{"prefix":"INV-"}]}"#
    );
    assert_eq!(
        json(&not(starts_with("INV-"))),
        r#"{"reference":[{"anything-but":{"prefix":"INV-"}}]}"#
    );
    let optional = Condition::StartsWith {
        field: "reference".to_owned(),
        optional: true,
        prefix: "INV-".to_owned(),
    };
    assert_eq!(
        json(&not(optional)),
        r#"{"reference":[{"anything-but":{"prefix":"INV-"}},{"exists":false}]}"#
    );
}

#[test]
fn beginnings_and_texts_of_one_field_are_one_list() {
    let any = Condition::Or(vec![
        is("draft"),
        starts_with("INV-"),
        starts_with("REF-"),
        // Both are within what is there already.
        starts_with("INV-2026-"),
        is("REF-1"),
    ]);
    assert_eq!(
        json(&any),
        r#"{"reference":["draft",{"prefix":"INV-"},{"prefix":"REF-"}]}"#
    );
    let neither = not(Condition::Or(vec![
        starts_with("INV-"),
        starts_with("REF-"),
    ]));
    assert_eq!(
        json(&neither),
        r#"{"reference":[{"anything-but":{"prefix":["INV-","REF-"]}}]}"#
    );
    let narrow = Condition::And(vec![starts_with("INV-"), starts_with("INV-2026-")]);
    assert_eq!(json(&narrow), r#"{"reference":[{"prefix":"INV-2026-"}]}"#);
    let back_in = Condition::Or(vec![not(starts_with("INV-")), is("INV-0")]);
    assert_eq!(
        json(&back_in),
        r#"{"reference":["INV-0",{"anything-but":{"prefix":"INV-"}}]}"#
    );
    let every = Condition::Or(vec![not(starts_with("INV-")), starts_with("I")]);
    assert_eq!(json(&every), r#"{"reference":[{"exists":true}]}"#);
}

#[test]
fn a_beginning_without_some_of_its_texts_is_refused() {
    for (condition, why) in [
        (
            Condition::And(vec![starts_with("INV-"), not(is("INV-0"))]),
            r#"to begin with "INV-" and not to be "INV-0""#,
        ),
        (
            Condition::And(vec![starts_with("INV-"), not(starts_with("INV-2025-"))]),
            r#"to begin with "INV-" and not with "INV-2025-""#,
        ),
        (
            not(Condition::Or(vec![starts_with("INV-"), is("draft")])),
            r#"not to be "draft" and not to begin with "INV-""#,
        ),
    ] {
        let message = pattern(EVENT_BRIDGE, &condition).expect_err("no pattern says this");
        assert!(message.contains(why), "{message}");
    }
    let nothing = Condition::And(vec![starts_with("INV-"), starts_with("REF-")]);
    assert!(pattern(EVENT_BRIDGE, &nothing).is_err());
    let neither = not(Condition::Or(vec![
        starts_with("INV-"),
        starts_with("REF-"),
    ]));
    let message = pattern(SNS, &neither).expect_err("SNS takes one beginning");
    assert!(message.contains("neither with"), "{message}");
}

fn present(field: &str, ty: Type) -> Condition {
    Condition::Present {
        field: field.to_owned(),
        ty: Type::Optional(Box::new(ty)),
    }
}

#[test]
fn a_field_that_is_there_is_asked_for_by_exists() {
    for ty in [
        Type::String,
        Type::Enum(vec!["a".to_owned()]),
        Type::Timestamp,
        Type::Provider,
        Type::Int,
        Type::Decimal,
        Type::EpochMillis,
        Type::Bool,
    ] {
        let is = present("x", ty);
        assert_eq!(json(&is), r#"{"x":[{"exists":true}]}"#);
        assert_eq!(json(&not(not(is.clone()))), json(&is));
        assert_eq!(json(&not(is)), r#"{"x":[{"exists":false}]}"#);
    }
    for ty in [
        Type::Record("Address".to_owned()),
        Type::List(Box::new(Type::String)),
    ] {
        for matcher in [EVENT_BRIDGE, SNS] {
            let message = pattern(matcher, &not(present("x", ty.clone()))).expect_err("no leaf");
            assert!(message.contains("`x`"), "{message}");
        }
    }
}

#[test]
fn what_is_there_and_what_it_is_are_one_match() {
    let noted = || present("reference", Type::String);
    let never = Condition::And(vec![noted(), not(noted())]);
    assert!(pattern(EVENT_BRIDGE, &never).is_err());
    let optional = Condition::StartsWith {
        field: "reference".to_owned(),
        optional: true,
        prefix: "INV-".to_owned(),
    };
    let other = Condition::And(vec![noted(), not(optional.clone())]);
    assert_eq!(
        json(&other),
        r#"{"reference":[{"anything-but":{"prefix":"INV-"}}]}"#
    );
    let either = Condition::Or(vec![not(noted()), optional]);
    assert_eq!(
        json(&either),
        r#"{"reference":[{"prefix":"INV-"},{"exists":false}]}"#
    );
    let or_large = Condition::Or(vec![noted(), amount(Operator::Greater, "1")]);
    assert_eq!(
        json(&or_large),
        r#"{"$or":[{"reference":[{"exists":true}]},{"amount":[{"numeric":[">",1]}]}]}"#
    );
}

#[test]
fn every_text_begins_with_nothing() {
    assert_eq!(json(&starts_with("")), r#"{"reference":[{"exists":true}]}"#);
    assert!(pattern(EVENT_BRIDGE, &not(starts_with(""))).is_err());
}

#[test]
fn no_alternative_is_about_a_field_that_is_called_as_an_operator() {
    let prefix = || compare("prefix", Type::String, Operator::Equal, "x");
    let both = Condition::And(vec![prefix(), amount(Operator::Greater, "1")]);
    assert!(pattern(EVENT_BRIDGE, &both).is_ok());
    let either = Condition::Or(vec![prefix(), amount(Operator::Greater, "1")]);
    for matcher in [EVENT_BRIDGE, SNS] {
        let message = pattern(matcher, &either).expect_err("the name is kept");
        assert!(message.contains("`prefix`"), "{message}");
    }
}
