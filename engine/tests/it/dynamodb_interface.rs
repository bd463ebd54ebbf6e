//! What callers of the DynamoDB model rely on beside the operations: permissions, the wire form of
//! errors, and reading a table from a template.

use pipe_engine::dynamodb::{Access, StreamView, TableSpec, Tables, accesses};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PREFIX: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/";

/// The permissions as `[action, resource below the prefix, attributes]`.
fn needs(operation: &str, body: &Value) -> Value {
    let shown = |access: Access| {
        let resource = access
            .resource
            .strip_prefix(PREFIX)
            .unwrap_or(&access.resource);
        let attributes = access.context.get("dynamodb:Attributes");
        json!([
            access.action,
            resource,
            attributes.unwrap_or(&BTreeSet::new())
        ])
    };
    accesses(operation, body, PREFIX, Some(&|_| Some("id".into())))
        .into_iter()
        .map(shown)
        .collect()
}

fn update() -> Value {
    json!({
        "TableName": "webhooks", "Key": {"id": {"S": "a"}}, "UpdateExpression": "SET #s = :s REMOVE m.x ADD n :s",
        "ExpressionAttributeNames": {"#s": "stage"}, "ExpressionAttributeValues": {":s": {"N": "1"}},
    })
}

#[test]
fn a_single_operation_needs_its_own_permission() {
    let by_arn = json!({"TableName": format!("{PREFIX}events")});
    let indexed = json!({"TableName": "events", "IndexName": "by"});
    let cases = [
        (
            "PutItem",
            json!({"TableName": "events"}),
            json!([["dynamodb:PutItem", "events", []]]),
        ),
        (
            "GetItem",
            by_arn,
            json!([["dynamodb:GetItem", "events", []]]),
        ),
        (
            "UpdateItem",
            update(),
            json!([["dynamodb:UpdateItem", "webhooks", ["id", "m", "n", "stage"]]]),
        ),
        (
            "Scan",
            indexed,
            json!([["dynamodb:Scan", "events/index/by", []]]),
        ),
        (
            "ListTables",
            json!({}),
            json!([["dynamodb:ListTables", "*", []]]),
        ),
        (
            "UpdateItem",
            json!([]),
            json!([["dynamodb:UpdateItem", "", []]]),
        ),
    ];
    for (operation, body, expected) in cases {
        assert_eq!(needs(operation, &body), expected, "{operation}");
    }
}

#[test]
fn condition_keys_say_what_a_request_names_and_how_it_reads() {
    let context = |operation: &str, body: Value| {
        let [access] = accesses(operation, &body, PREFIX, Some(&|_| Some("id".into())))
            .try_into()
            .expect("one");
        let Access { context, .. } = access;
        serde_json::to_value(context).expect("texts")
    };
    let mut conditional = update();
    conditional["ConditionExpression"] = json!("attribute_exists(id) AND #s <> :s");
    conditional["ReturnValues"] = json!("ALL_NEW");
    assert_eq!(
        context("UpdateItem", conditional),
        json!({
            "dynamodb:Attributes": ["id", "m", "n", "stage"], "dynamodb:LeadingKeys": ["a"],
            "dynamodb:ReturnValues": ["ALL_NEW"],
        })
    );
    let query = json!({
        "TableName": "events", "KeyConditionExpression": "id = :i AND begins_with(stamp, :a)", "FilterExpression": "n > :a",
        "ExpressionAttributeValues": {":i": {"S": "p"}, ":a": {"S": "2"}}, "ProjectionExpression": "id, amount",
    });
    assert_eq!(
        context("Query", query),
        json!({
            "dynamodb:Attributes": ["amount", "id", "n", "stamp"], "dynamodb:LeadingKeys": ["p"],
            "dynamodb:Select": ["SPECIFIC_ATTRIBUTES"],
        })
    );
    assert_eq!(
        context(
            "GetItem",
            json!({"TableName": "events", "Key": {"id": {"S": "k"}}})
        ),
        json!({"dynamodb:Attributes": ["id"], "dynamodb:LeadingKeys": ["k"], "dynamodb:Select": ["ALL_ATTRIBUTES"]})
    );
}

#[test]
fn a_transaction_needs_what_its_actions_need_each_once() {
    let put = json!({"TableName": "events", "Item": {"id": {"S": "a"}}});
    let body = json!({"TransactItems": [
        {"Put": put}, {"Put": put}, {"Update": update()}, {"Delete": {"TableName": "events"}},
        {"ConditionCheck": {"TableName": "events"}},
    ]});
    let expected = json!([
        ["dynamodb:PutItem", "events", ["id"]],
        ["dynamodb:UpdateItem", "webhooks", ["id", "m", "n", "stage"]],
        ["dynamodb:DeleteItem", "events", []],
        ["dynamodb:ConditionCheckItem", "events", []],
    ]);
    assert_eq!(needs("TransactWriteItems", &body), expected);
    let body = json!({"TransactItems": [{"Get": {"TableName": "events"}}]});
    assert_eq!(
        needs("TransactGetItems", &body),
        json!([["dynamodb:GetItem", "events", []]])
    );
    let body = json!({"RequestItems": {"a": [], "b": []}});
    let expected = json!([
        ["dynamodb:BatchWriteItem", "a", []],
        ["dynamodb:BatchWriteItem", "b", []]
    ]);
    assert_eq!(needs("BatchWriteItem", &body), expected);
    assert_eq!(
        needs(
            "TransactWriteItems",
            &json!({"TransactItems": [1, {"Put": 1}]})
        ),
        json!([["dynamodb:PutItem", "", []]])
    );
}

fn properties() -> Value {
    json!({
        "TableName": "events",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": "true",
        "SSESpecification": {"SSEEnabled": "true", "SSEType": "KMS", "KMSMasterKeyId": "arn:key"},
        "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": true},
    })
}

#[test]
fn a_table_is_read_from_the_properties_of_its_resource() {
    let spec =
        TableSpec::from_cloudformation(&properties(), &format!("{PREFIX}events")).expect("spec");
    assert_eq!(spec.stream, Some(StreamView::KeysOnly));
    assert_eq!(
        spec.stream_arn(),
        Some(format!("{PREFIX}events/stream/{}", spec.stream_label()))
    );
    assert_eq!(spec.kms_key_arn.as_deref(), Some("arn:key"));
    assert_eq!(spec.time_to_live.as_deref(), Some("ttl"));
    assert_eq!(spec.region(), "eu-west-1");
    assert!(spec.on_demand && spec.deletion_protection && !spec.point_in_time_recovery);
}

#[test]
fn properties_that_make_no_table_are_explained() {
    let cases = [
        ("TableName", json!(null), "TableName is missing"),
        (
            "KeySchema",
            json!([]),
            "table events: KeySchema has no HASH key",
        ),
        ("KeySchema", json!({}), "KeySchema is no list"),
        (
            "KeySchema",
            json!([{"AttributeName": "x", "KeyType": "HASH"}]),
            "x is not in AttributeDefinitions",
        ),
        (
            "KeySchema",
            json!([{"AttributeName": "id", "KeyType": "hash"}]),
            "hash is no KeyType",
        ),
        (
            "AttributeDefinitions",
            json!([{"AttributeName": "id", "AttributeType": "M"}]),
            "id cannot be a key of type M",
        ),
        (
            "StreamSpecification",
            json!({"StreamViewType": "ALL"}),
            "StreamViewType is none of the four",
        ),
        (
            "GlobalSecondaryIndexes",
            json!([{"IndexName": "by", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}]),
            "index by has no ProjectionType",
        ),
    ];
    for (name, value, part) in cases {
        let mut properties = properties();
        properties[name] = value;
        let fault = TableSpec::from_cloudformation(&properties, "arn").expect_err(part);
        assert!(fault.message.contains(part), "{fault}");
    }
    let mut properties = properties();
    properties["TableName"] = json!("no");
    let spec = TableSpec::from_cloudformation(&properties, "arn").expect("spec");
    assert!(
        Tables::new().create(spec, 0).is_err(),
        "the name is too short"
    );
}

#[test]
fn errors_have_their_wire_form() {
    let spec =
        TableSpec::from_cloudformation(&properties(), &format!("{PREFIX}events")).expect("spec");
    let mut tables = Tables::new();
    tables.create(spec, 0).expect("table");
    let check = json!({"TableName": "events", "Key": {"id": {"S": "a"}}, "ConditionExpression": "attribute_exists(id)"});
    let cases = [
        (
            "DeleteItem",
            check.clone(),
            json!({
                "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
                "message": "The conditional request failed",
            }),
        ),
        (
            "TransactWriteItems",
            json!({"TransactItems": [{"ConditionCheck": check}]}),
            json!({
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "CancellationReasons": [
                    {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
                ],
                "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons [ConditionalCheckFailed]",
            }),
        ),
        (
            "Query",
            json!({"TableName": "events", "KeyConditionExpression": ""}),
            json!({
                "__type": "com.amazon.coral.validate#ValidationException",
                "message": "Invalid KeyConditionExpression: The expression can not be empty;",
            }),
        ),
        (
            "Query",
            json!({"TableName": 7}),
            json!({
                "__type": "com.amazon.coral.service#SerializationException",
                "Message": "NUMBER_VALUE cannot be converted to String",
            }),
        ),
    ];
    for (operation, body, expected) in cases {
        let failure = tables
            .call(operation, &body, 0)
            .result
            .expect_err(operation);
        assert_eq!(failure.body(), expected);
    }
}
