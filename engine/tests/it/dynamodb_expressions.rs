//! Properties of DynamoDB's expressions: conditions against a naive reference, and no text that
//! makes the parser panic or recurse without bound.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use crate::dynamodb_reference::{condition, item};
use pipe_engine::dynamodb::{TableSpec, Tables};
use proptest::prelude::*;
use serde_json::{Map, json};

fn tables() -> Tables {
    let properties = json!({
        "TableName": "items",
        "AttributeDefinitions": [
            {"AttributeName": "key", "AttributeType": "S"}, {"AttributeName": "order", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "key", "KeyType": "HASH"}, {"AttributeName": "order", "KeyType": "RANGE"},
        ],
    });
    let spec =
        TableSpec::from_cloudformation(&properties, "arn:aws:dynamodb:eu-west-1:1:table/items");
    let mut tables = Tables::new();
    tables.create(spec.expect("spec"), 0).expect("table");
    tables
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_condition_holds_exactly_when_the_reference_says_so(item in item(), condition in condition()) {
        let mut tables = tables();
        tables.call("PutItem", &json!({"TableName": "items", "Item": item}), 0).result.expect("put");
        let mut values = Map::new();
        let text = condition.text(&mut values);
        let mut request = json!({"TableName": "items", "Select": "COUNT", "FilterExpression": text});
        if !values.is_empty() {
            request["ExpressionAttributeValues"] = json!(values);
        }
        let response = tables.call("Scan", &request, 0).result;
        let response = response.map_err(|failure| TestCaseError::fail(format!("{text}: {}", failure.message)))?;
        prop_assert_eq!(response["Count"] == 1, condition.holds(&item), "{} {:?} on {}", text, values, item);
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in expression_text()) {
        let mut tables = tables();
        let key = json!({"key": {"S": "k"}, "order": {"N": "1"}});
        let values = json!({":v": {"N": "1"}, ":s": {"SS": ["a"]}});
        let names = json!({"#n": "n"});
        for (operation, field) in [
            ("UpdateItem", "UpdateExpression"),
            ("UpdateItem", "ConditionExpression"),
            ("GetItem", "ProjectionExpression"),
            ("Scan", "FilterExpression"),
            ("Query", "KeyConditionExpression"),
        ] {
            let mut request = json!({"TableName": "items", "ExpressionAttributeNames": names});
            if operation != "GetItem" {
                request["ExpressionAttributeValues"] = values.clone();
            }
            if operation.ends_with("Item") {
                request["Key"] = key.clone();
            }
            request[field] = json!(text);
            let outcome = tables.call(operation, &request, 0);
            if let Err(failure) = outcome.result {
                prop_assert!(!failure.message.is_empty());
            }
        }
    }
}

/// Pieces of expressions in any order, and sometimes any text at all.
fn expression_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "(",
        ")",
        "[",
        "]",
        "0",
        "99999999999999999999999",
        ".",
        ",",
        "=",
        "<>",
        "<",
        "<=",
        ">",
        ">=",
        "+",
        "-",
        "a",
        "b.c",
        "l[0]",
        "#n",
        "#undefined",
        ":v",
        ":s",
        ":undefined",
        "NOT",
        "and",
        "OR",
        "BETWEEN",
        "IN",
        "SET",
        "REMOVE",
        "ADD",
        "DELETE",
        "size(",
        "contains(",
        "attribute_exists(",
        "begins_with(",
        "if_not_exists(",
        "list_append(",
        "attribute_type(",
        "f(",
        "#",
        ":",
        "_",
        "é",
        "\u{0}",
        "key = :v",
    ]);
    prop_oneof![
        4 => prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.join(" ")),
        1 => any::<String>(),
    ]
}

/// Runs on a small stack, so that unbounded recursion would be seen.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(1024 * 1024)
        .spawn(test);
    thread.expect("thread").join().expect("no overflow");
}

#[test]
fn deep_nesting_is_an_error_and_no_stack_overflow() {
    on_a_small_stack(|| {
        let mut tables = tables();
        let deep = |open: &str, close: &str, depth: usize| {
            format!("{}a = :v{}", open.repeat(depth), close.repeat(depth))
        };
        let cases = [
            (deep("(", ")", 2000), "nested too deeply"),
            (deep("(", ")", 101), "nested too deeply"),
            (deep("(b = :v OR ", ")", 101), "nested too deeply"),
            (deep("NOT ", "", 1000), "nested too deeply"),
            (deep("size(", ")", 600), "nested too deeply"),
            ("(".repeat(4000), "nested too deeply"),
            (deep("(", ")", 3000), "Expression size has exceeded"),
            (deep("", " AND a = :v", 301), "too many operators"),
        ];
        for (text, message) in cases {
            let request = json!({"TableName": "items", "FilterExpression": text, "ExpressionAttributeValues": {":v": {"N": "1"}}});
            let failure = tables
                .call("Scan", &request, 0)
                .result
                .expect_err("an error");
            assert!(failure.message.contains(message), "{}", failure.message);
        }
        let request = json!({"TableName": "items", "FilterExpression": deep("(b = :v OR ", ")", 99), "ExpressionAttributeValues": {":v": {"N": "1"}}});
        tables
            .call("Scan", &request, 0)
            .result
            .expect("99 levels are allowed");
    });
}

#[test]
fn deep_nesting_in_an_update_is_an_error_too() {
    on_a_small_stack(|| {
        let mut tables = tables();
        for open in ["(", "if_not_exists(b, "] {
            let text = format!("SET a = {}b{}", open.repeat(200), ")".repeat(200));
            let request = json!({
                "TableName": "items", "Key": {"key": {"S": "k"}, "order": {"N": "1"}}, "UpdateExpression": text,
            });
            let failure = tables
                .call("UpdateItem", &request, 0)
                .result
                .expect_err("an error");
            assert!(
                failure.message.contains("nested too deeply"),
                "{}",
                failure.message
            );
        }
    });
}

#[test]
fn a_value_may_be_nested_32_deep_and_no_deeper() {
    let mut tables = tables();
    let mut put = |depth: usize| {
        let nested = (0..depth).fold(json!({"N": "1"}), |inner, _| json!({"L": [inner]}));
        let item = json!({"key": {"S": "k"}, "order": {"N": "1"}, "nested": nested});
        tables
            .call("PutItem", &json!({"TableName": "items", "Item": item}), 0)
            .result
    };
    assert!(put(32).is_ok());
    assert!(
        put(33)
            .expect_err("too deep")
            .message
            .contains("Nesting Levels")
    );
}

/// Conditions that a parser could misread, with what they yield for `a` = 1, `b` = 2, `c` = 3.
#[test]
fn precedence_and_parentheses_are_those_of_dynamodb() {
    let mut tables = tables();
    let item = json!({"key": {"S": "k"}, "order": {"N": "1"}, "a": {"N": "1"}, "b": {"N": "2"}, "c": {"N": "3"}});
    tables
        .call("PutItem", &json!({"TableName": "items", "Item": item}), 0)
        .result
        .expect("put");
    let cases = [
        ("a < b OR c < b AND b < a", Ok(true)),
        ("(a < b OR c < b) AND b < a", Ok(false)),
        ("NOT a < b AND c < b", Ok(false)),
        ("NOT (a < b AND c < b)", Ok(true)),
        ("NOT NOT NOT NOT a < b", Ok(true)),
        ("b BETWEEN a AND c AND a < b", Ok(true)),
        ("b between a and c", Ok(true)),
        ("(a) < (b)", Ok(true)),
        ("((a < b) AND (b < c))", Ok(true)),
        ("(a<b)AND(b<c)", Ok(true)),
        ("a IN (c, b)", Ok(false)),
        ("absent <> nada", Ok(true)),
        ("absent = nada", Ok(false)),
        ("absent IN (nada)", Ok(false)),
        ("absent IN (a, nada)", Ok(false)),
        ("absent <= nada", Ok(false)),
        ("((a < b))", Err("redundant parentheses")),
        ("a < ((b))", Err("redundant parentheses")),
        ("a", Err("Syntax error; token: \"<EOF>\"")),
        ("a AND b", Err("Syntax error")),
        ("a = b = c", Err("Syntax error")),
        ("(a < b) = c", Err("Syntax error")),
        ("a != b", Err("Syntax error; token: \"!\", near: \"a !=\"")),
        ("a < b AND", Err("token: \"<EOF>\", near: \"AND\"")),
        (
            "size(a)",
            Err("not allowed to be used this way in an expression; function: size"),
        ),
        ("attribute_exists(a) < b", Err("function: attribute_exists")),
        ("if_not_exists(a, b) = c", Err("function: if_not_exists")),
        ("dog(a) = b", Err("Invalid function name; function: dog")),
        ("SIZE(a) = b", Err("Invalid function name; function: SIZE")),
        ("size(a, b) = c", Err("number of operands: 2")),
        ("contains(a, a)", Err("The first operand must be distinct")),
        ("a = a", Err("The first operand must be distinct")),
        (
            "attribute_type(a, b)",
            Err("{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"),
        ),
        ("attribute_exists(size(a))", Err("requires a document path")),
        ("year = b", Err("reserved keyword: year")),
        ("a.name = b", Err("reserved keyword: name")),
        ("a[b] = c", Err("Syntax error")),
        ("a[-1] = c", Err("Syntax error")),
    ];
    for (text, expected) in cases {
        let request = json!({"TableName": "items", "FilterExpression": text, "Select": "COUNT"});
        match (tables.call("Scan", &request, 0).result, expected) {
            (Ok(response), Ok(expected)) => assert_eq!(response["Count"] == 1, expected, "{text}"),
            (Err(failure), Err(part)) => {
                assert!(
                    failure.message.contains(part),
                    "{text}: {}",
                    failure.message
                );
            }
            (found, _) => panic!("{text}: {found:?}"),
        }
    }
}
