//! `TransactWriteItems`: its request as JSON, written straight from an entry, and what an answer says of the log.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Attempt;
use crate::aws_json::Answer;
use crate::entry::Entry;
use crate::event_log::{Appended, Unavailable, collision};
use crate::json::write_text;
use crate::value::{Map, Wire};

pub(super) const TARGET: &str = "DynamoDB_20120810.TransactWriteItems";

/// The fact, then the claim, then what ties a transmission to its body.
pub(super) fn request(table: &str, entry: &Entry, token: &str) -> String {
    // Half as much again as the items leaves room for what stands around and between them.
    let bytes = entry.bytes();
    let mut text = String::with_capacity(1024 + bytes + bytes / 2);
    text.push_str(r#"{"TransactItems":["#);
    for (index, (item, may_have_the_body)) in entry.items().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let or_body = may_have_the_body.then_some(entry.body_sha256.as_str());
        put(&mut text, table, entry, item, or_body);
    }
    text.push_str(r#"],"ClientRequestToken":"#);
    write_text(token, &mut text);
    text.push('}');
    text
}

/// A put where nothing is yet, or what is there has the same body.
fn put(to: &mut String, table: &str, entry: &Entry, item: &Map, or_body: Option<&str>) {
    to.push_str(r#"{"Put":{"TableName":"#);
    write_text(table, to);
    to.push_str(r##","ReturnValuesOnConditionCheckFailure":"ALL_OLD","ExpressionAttributeNames":{"#partition":"##);
    write_text(entry.keys.partition, to);
    let absent = r##""ConditionExpression":"attribute_not_exists(#partition)"##;
    if let Some(body_sha256) = or_body {
        to.push_str(r##","#body":"_body_sha256"},"ExpressionAttributeValues":{":body":{"S":"##);
        write_text(body_sha256, to);
        to.push_str("}},");
        to.push_str(absent);
        to.push_str(r##" OR #body = :body","##);
    } else {
        to.push_str("},");
        to.push_str(absent);
        to.push_str(r#"","#);
    }
    to.push_str(r#""Item":"#);
    write_item(item, to);
    to.push_str("}}");
}

fn write_item(item: &Map, to: &mut String) {
    to.push('{');
    for (index, (name, value)) in item.iter().enumerate() {
        if index > 0 {
            to.push(',');
        }
        write_text(name, to);
        to.push(':');
        write_attribute(value, to);
    }
    to.push('}');
}

fn write_attribute(value: &Wire, to: &mut String) {
    match value {
        Wire::Null => to.push_str(r#"{"NULL":true"#),
        Wire::Bool(it) => to.push_str(if *it {
            r#"{"BOOL":true"#
        } else {
            r#"{"BOOL":false"#
        }),
        Wire::Number(digits) => {
            to.push_str(r#"{"N":"#);
            write_text(digits, to);
        }
        Wire::Text(text) => {
            to.push_str(r#"{"S":"#);
            write_text(text, to);
        }
        Wire::Binary(bytes) => {
            to.push_str(r#"{"B":"#);
            write_text(&STANDARD.encode(bytes), to);
        }
        Wire::List(items) => {
            to.push_str(r#"{"L":["#);
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    to.push(',');
                }
                write_attribute(item, to);
            }
            to.push(']');
        }
        Wire::Record(map) => {
            to.push_str(r#"{"M":"#);
            write_item(map, to);
        }
    }
    to.push('}');
}

/// An item as DynamoDB writes it; `None` where an attribute has a type that no event has.
fn read_item(item: Value) -> Option<Map> {
    let Value::Object(item) = item else {
        return None;
    };
    let read = |(name, value)| Some((name, read_attribute(value)?));
    item.into_iter().map(read).collect()
}

fn read_attribute(value: Value) -> Option<Wire> {
    let Value::Object(value) = value else {
        return None;
    };
    let (kind, value) = value.into_iter().next()?;
    Some(match (kind.as_str(), value) {
        ("NULL", _) => Wire::Null,
        ("BOOL", Value::Bool(it)) => Wire::Bool(it),
        ("N", Value::String(digits)) => Wire::Number(digits),
        ("S", Value::String(text)) => Wire::Text(text),
        ("B", Value::String(text)) => Wire::Binary(STANDARD.decode(text).ok()?),
        ("L", Value::Array(items)) => {
            let items = items.into_iter().map(read_attribute);
            Wire::List(items.collect::<Option<_>>()?)
        }
        ("M", map) => Wire::Record(read_item(map)?),
        _ => return None,
    })
}

/// What the answer to one transaction has shown.
pub(super) fn judge(answer: Answer, entry: &Entry) -> Attempt {
    let status = answer.status;
    let body = serde_json::from_slice(&answer.body).unwrap_or_default();
    let Value::Object(mut body) = body else {
        let detail = format!("HTTP {status} without a JSON object");
        return Attempt::Unknown(Unavailable::new("server", detail));
    };
    if (200..300).contains(&status) {
        return Attempt::Done(Appended::Recorded);
    }
    let text = |names: [&str; 2]| {
        let mut texts = names.iter().filter_map(|it| body.get(*it)?.as_str());
        texts.next().unwrap_or_default().to_owned()
    };
    let error_type = answer.error_type;
    let error_type = error_type.unwrap_or_else(|| text(["code", "__type"]));
    let message = text(["message", "Message"]);
    let code = without_namespace(&error_type);
    if code == "TransactionCanceledException" {
        let reasons = body.remove("CancellationReasons").unwrap_or_default();
        return judge_reasons(reasons, entry);
    }
    let why = |reason| Unavailable::new(reason, format!("{code}: {message}"));
    match code {
        "TransactionInProgressException" => Attempt::Unknown(why("in_progress")),
        "IdempotentParameterMismatchException" => Attempt::NotNow(why("token")),
        "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "ThrottlingException"
        | "Throttling" => Attempt::NotNow(why("throttled")),
        _ if status >= 500 => {
            let detail = format!("HTTP {status} {code}: {message}");
            Attempt::Unknown(Unavailable::new("server", detail))
        }
        _ => Attempt::Never(why("request")),
    }
}

/// The name in `NAMESPACE#NAME:URL`, of which AWS may leave out all but the name.
fn without_namespace(error_type: &str) -> &str {
    let name = error_type.split(':').next().unwrap_or_default();
    name.split_once('#').map_or(name, |(_, name)| name)
}

/// Why one item of a transaction was not put, or that it was not it.
struct Reason {
    code: String,
    message: Option<String>,
    item: Option<Value>,
}

impl Reason {
    fn read(reason: Value) -> Self {
        let Value::Object(mut reason) = reason else {
            return Self {
                code: String::new(),
                message: None,
                item: None,
            };
        };
        let mut text = |name| match reason.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        Self {
            code: text("Code").unwrap_or_default(),
            message: text("Message"),
            item: reason.remove("Item"),
        }
    }
}

/// Tells cancellations apart. A condition that failed decides, whatever stands beside it: that item is in the log. The one of a
/// transmission fails for another body only, so it decides before the others.
fn judge_reasons(reasons: Value, entry: &Entry) -> Attempt {
    let Value::Array(reasons) = reasons else {
        return Attempt::Never(Unavailable::new("cancelled", "without a reason"));
    };
    let mut reasons: Vec<Reason> = reasons.into_iter().map(Reason::read).collect();
    let refused = reasons
        .iter_mut()
        .rev()
        .find(|it| it.code == "ConditionalCheckFailed");
    if let Some(refused) = refused {
        return match refused.item.take().and_then(read_item) {
            Some(existing) if !existing.is_empty() => Attempt::Done(collision(&existing, entry)),
            _ => Attempt::Never(Unavailable::new(
                "claim_unreadable",
                "the refusal did not show the item in the way",
            )),
        };
    }
    let codes: Vec<&str> = reasons.iter().map(|it| it.code.as_str()).collect();
    let transient = [
        "None",
        "",
        "TransactionConflict",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    ];
    if !codes.is_empty() && codes.iter().all(|it| transient.contains(it)) {
        let conflict = codes.contains(&"TransactionConflict");
        let reason = if conflict { "conflict" } else { "throttled" };
        return Attempt::NotNow(Unavailable::new(reason, codes.join(", ")));
    }
    let messages: Vec<&str> = reasons
        .iter()
        .filter_map(|it| it.message.as_deref())
        .collect();
    let detail = format!("{}: {}", codes.join(", "), messages.join("; "));
    Attempt::Never(Unavailable::new("cancelled", detail))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_wire() -> impl Strategy<Value = Wire> {
        let leaf = prop_oneof![
            Just(Wire::Null),
            any::<bool>().prop_map(Wire::Bool),
            "-?[0-9]{1,9}(\\.[0-9]{1,9})?".prop_map(Wire::Number),
            any::<String>().prop_map(Wire::Text),
            any::<Vec<u8>>().prop_map(Wire::Binary),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Wire::List),
                proptest::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(Wire::Record),
            ]
        })
    }

    proptest! {
        #[test]
        fn an_item_is_read_back_as_it_was_written(
            item in proptest::collection::btree_map(any::<String>(), any_wire(), 0..6),
        ) {
            let mut text = String::new();
            write_item(&item, &mut text);
            prop_assert_eq!(read_item(serde_json::from_str(&text).unwrap()), Some(item));
        }
    }

    /// The item of a transmission may be there already, with the same body.
    #[test]
    fn a_request_is_json_with_a_condition_for_each_item() {
        let mut entry = crate::entry::tests::entry("pay_1", "ab").unwrap();
        entry.transmission = Some(Map::from([("id".to_owned(), Wire::text("claim#t"))]));
        let request = request("payments-\"dev", &entry, "a token");
        let request: Value = serde_json::from_str(&request).unwrap();
        let puts = request["TransactItems"].as_array().unwrap();
        assert_eq!(puts.len(), 3);
        for put in puts {
            assert_eq!(put["Put"]["TableName"], "payments-\"dev");
            assert_eq!(put["Put"]["ReturnValuesOnConditionCheckFailure"], "ALL_OLD");
        }
        let absent = "attribute_not_exists(#partition)";
        let names = serde_json::json!({ "#partition": "id" });
        for put in &puts[..2] {
            assert_eq!(put["Put"]["ConditionExpression"], absent);
            assert_eq!(put["Put"]["ExpressionAttributeNames"], names);
            assert_eq!(put["Put"]["ExpressionAttributeValues"], Value::Null);
        }
        let of_transmission = serde_json::json!({
            "TableName": "payments-\"dev",
            "Item": { "id": { "S": "claim#t" } },
            "ConditionExpression": format!("{absent} OR #body = :body"),
            "ExpressionAttributeNames": { "#partition": "id", "#body": "_body_sha256" },
            "ExpressionAttributeValues": { ":body": { "S": entry.body_sha256 } },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        });
        assert_eq!(puts[2]["Put"], of_transmission);
        assert_eq!(request["ClientRequestToken"], "a token");
    }

    /// What an answer shows to an append of the body `ab`.
    fn shown(status: u16, error_type: Option<&str>, body: &str) -> String {
        let answer = Answer {
            status,
            error_type: error_type.map(str::to_owned),
            body: body.as_bytes().to_vec(),
        };
        match judge(answer, &crate::entry::tests::entry("pay_1", "ab").unwrap()) {
            Attempt::Done(appended) => format!("{appended:?}"),
            Attempt::NotNow(why) => format!("not now, {}", why.reason),
            Attempt::Unknown(why) => format!("unknown, {}", why.reason),
            Attempt::Never(why) => format!("never, {}", why.reason),
        }
    }

    /// Only a whole answer of DynamoDB says that something is stored, or that nothing is.
    #[test]
    fn an_answer_that_is_not_dynamodb_s_leaves_the_outcome_unknown() {
        assert_eq!(shown(200, None, "{}"), "Recorded");
        for status in [200, 204, 301, 400, 403, 413, 421, 429, 500, 502, 503] {
            for body in ["", "<html>", "null", "[]", "\"{}\"", r#"{"a":"#, "{}{}"] {
                assert_eq!(
                    shown(status, None, body),
                    "unknown, server",
                    "{status} {body}"
                );
            }
        }
    }

    #[test]
    fn an_error_is_known_by_its_name_wherever_that_stands() {
        let throttled = "not now, throttled";
        for body in [
            r#"{"__type":"ThrottlingException"}"#,
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","Message":"m"}"#,
            r#"{"__type":"ThrottlingException:http://internal.amazon.com/a#b"}"#,
            r#"{"code":"ThrottlingException","message":"m"}"#,
            r#"{"code":400,"__type":"ThrottlingException"}"#,
        ] {
            assert_eq!(shown(400, None, body), throttled, "{body}");
        }
        for header in ["ThrottlingException", "a#ThrottlingException:http://b/"] {
            assert_eq!(shown(400, Some(header), "{}"), throttled, "{header}");
        }
        let denied = r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"m"}"#;
        assert_eq!(shown(400, None, denied), "never, request");
        assert_eq!(shown(400, None, "{}"), "never, request");
        assert_eq!(shown(503, None, denied), "unknown, server");
        let cancelled = r#"{"__type":"TransactionCanceledException","CancellationReasons":null}"#;
        assert_eq!(shown(400, None, cancelled), "never, cancelled");
    }

    /// DynamoDB nests 32 levels deep, each of which is two in JSON.
    #[test]
    fn the_deepest_item_in_the_way_is_read() {
        let mut attribute = serde_json::json!({ "NULL": true });
        for _ in 0..32 {
            attribute = serde_json::json!({ "M": { "a": attribute } });
        }
        let item = serde_json::json!({ "_body_sha256": { "S": "ab" }, "deep": attribute });
        let body = serde_json::json!({
            "__type": "TransactionCanceledException",
            "CancellationReasons": [{ "Code": "ConditionalCheckFailed", "Item": item }],
        });
        assert_eq!(shown(400, None, &body.to_string()), "Duplicate");
    }

    #[test]
    fn an_attribute_of_a_type_that_no_event_has_is_not_read() {
        for attribute in [
            r#"{"SS":["a"]}"#,
            r#"{"N":1}"#,
            r#"{"B":"?"}"#,
            r#"{}"#,
            r#""a""#,
            r#"{"L":[{"NS":["1"]}]}"#,
        ] {
            let attribute = serde_json::from_str(attribute).unwrap();
            assert_eq!(read_attribute(attribute), None);
        }
    }
}
