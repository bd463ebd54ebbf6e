//! The AWS query protocol, which SNS and STS speak and CloudWatch did: forms in, XML out.
//!
//! Source: Smithy, "AWS query protocol". A form says nothing of types, so numbers and truths come as texts, and the core reads both.

use serde_json::{Map, Value};

use crate::core::{Answer, Service, decode_percent};

/// The services that speak it, by the version that a request names, with the namespace of their answers.
const VERSIONS: [(&str, Service, &str); 3] = [
    (
        "2010-03-31",
        Service::Sns,
        "http://sns.amazonaws.com/doc/2010-03-31/",
    ),
    (
        "2010-08-01",
        Service::CloudWatch,
        "http://monitoring.amazonaws.com/doc/2010-08-01/",
    ),
    (
        "2011-06-15",
        Service::Sts,
        "https://sts.amazonaws.com/doc/2011-06-15/",
    ),
];

/// What answers of this protocol are written with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rim) struct Query {
    operation: String,
    namespace: &'static str,
}

/// A request read from its form; nothing when the service is not here.
pub(super) fn decode(body: &[u8]) -> Option<(Service, String, Value, Query)> {
    let form = std::str::from_utf8(body).ok()?;
    let mut root = Value::Object(Map::new());
    let (mut operation, mut version) = (String::new(), String::new());
    for pair in form.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let text = |part: &str| decode_percent(&part.replace('+', " "));
        let (key, value) = (text(key), text(value));
        match key.as_str() {
            "Action" => operation = value,
            "Version" => version = value,
            _ => set(&mut root, &key.split('.').collect::<Vec<_>>(), value),
        }
    }
    let (_, service, namespace) = VERSIONS.into_iter().find(|(it, _, _)| *it == version)?;
    let query = Query {
        operation: operation.clone(),
        namespace,
    };
    Some((service, operation, folded(root), query))
}

/// Puts a value under a path of keys.
fn set(at: &mut Value, path: &[&str], value: String) {
    let Some((key, below)) = path.split_first() else {
        *at = Value::String(value);
        return;
    };
    if !at.is_object() {
        *at = Value::Object(Map::new());
    }
    if let Some(map) = at.as_object_mut() {
        set(map.entry(*key).or_insert(Value::Null), below, value);
    }
}

/// `{"member": {"1": a, "2": b}}` as a list, `{"entry": {"1": {"key": k, "value": v}}}` as a map.
fn folded(value: Value) -> Value {
    let Value::Object(map) = value else {
        return value;
    };
    if map.len() == 1 {
        if let Some(Value::Object(members)) = map.get("member") {
            return numbered(members).into_iter().map(folded).collect();
        }
        if let Some(Value::Object(entries)) = map.get("entry") {
            let entries = numbered(entries).into_iter().filter_map(|entry| {
                let part = |names: [&str; 2]| names.iter().find_map(|it| entry.get(it)).cloned();
                let key = part(["key", "Name"])?.as_str()?.to_owned();
                Some((key, folded(part(["value", "Value"])?)))
            });
            return Value::Object(entries.collect());
        }
    }
    // An empty list is written as its bare name.
    let fields = map.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(fields.map(|(key, value)| (key, folded(value))).collect())
}

/// The values under 1, 2, 3 … in that order.
fn numbered(members: &Map<String, Value>) -> Vec<Value> {
    let mut list: Vec<(u64, &Value)> = members
        .iter()
        .filter_map(|(number, value)| Some((number.parse().ok()?, value)))
        .collect();
    list.sort_by_key(|(number, _)| *number);
    list.into_iter().map(|(_, value)| value.clone()).collect()
}

impl Query {
    /// The core's answer as XML.
    pub(super) fn encode(&self, mut answer: Answer) -> Answer {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        let request_id = answer
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("x-amzn-requestid"))
            .map(|(_, value)| value.clone())
            .unwrap_or_default();
        let mut xml = String::new();
        let (name, namespace) = (&self.operation, self.namespace);
        if answer.status == 200 {
            let mut result = String::new();
            write_fields(&body, &mut result);
            xml.push_str(&format!(
                "<{name}Response xmlns=\"{namespace}\"><{name}Result>{result}</{name}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
            ));
        } else {
            let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
            let code = text("__type").rsplit('#').next().unwrap_or_default();
            let message = [text("message"), text("Message")].concat();
            let fault = if answer.status < 500 {
                "Sender"
            } else {
                "Receiver"
            };
            xml.push_str(&format!(
                "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{fault}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
                escaped(code),
                escaped(&message),
            ));
        }
        answer
            .headers
            .retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        answer
            .headers
            .push(("Content-Type".to_owned(), "text/xml".to_owned()));
        answer.body = xml.into_bytes();
        answer
    }
}

fn write_fields(value: &Value, xml: &mut String) {
    for (key, value) in value.as_object().into_iter().flatten() {
        if value.is_null() {
            continue;
        }
        xml.push_str(&format!("<{key}>"));
        write_value(key, value, xml);
        xml.push_str(&format!("</{key}>"));
    }
}

fn write_value(key: &str, value: &Value, xml: &mut String) {
    match value {
        Value::Array(items) => {
            for item in items {
                xml.push_str("<member>");
                write_value(key, item, xml);
                xml.push_str("</member>");
            }
        }
        // The one map in these services' answers; everything else with fields is a structure.
        Value::Object(map) if key == "Attributes" => {
            for (name, value) in map {
                xml.push_str(&format!("<entry><key>{}</key><value>", escaped(name)));
                write_value("", value, xml);
                xml.push_str("</value></entry>");
            }
        }
        Value::Object(_) => write_fields(value, xml),
        Value::Number(seconds) if super::is_instant(key) => {
            xml.push_str(&super::rfc3339(seconds.as_f64().unwrap_or(0.0)));
        }
        Value::String(text) => xml.push_str(&escaped(text)),
        scalar => xml.push_str(&scalar.to_string()),
    }
}

/// What XML keeps for itself, and control characters, which it cannot hold, as the replacement character.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_form_becomes_lists_and_maps() {
        let form = "Action=Publish&Version=2010-03-31&TopicArn=a%3Ab&Message=a+b%26c&MessageAttributes.entry.1.Name=event\
            &MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=X\
            &L.member.2.Id=two&L.member.1.Id=one&L.member.10.Id=ten";
        let (service, operation, body, _) = decode(form.as_bytes()).unwrap();
        assert_eq!((service, operation.as_str()), (Service::Sns, "Publish"));
        assert_eq!(
            body,
            json!({
                "TopicArn": "a:b", "Message": "a b&c",
                "MessageAttributes": { "event": { "DataType": "String", "StringValue": "X" } },
                "L": [{ "Id": "one" }, { "Id": "two" }, { "Id": "ten" }],
            })
        );
        assert_eq!(
            decode(b"Action=Publish&Version=1999-01-01").map(|it| it.1),
            None
        );
    }

    #[test]
    fn an_answer_becomes_xml() {
        let query = Query {
            operation: "GetTopicAttributes".into(),
            namespace: "n",
        };
        let answer = Answer::json(
            200,
            &json!({ "Attributes": { "A": "<1>" }, "L": [{ "X": 1 }, { "X": true }], "None": null }),
        );
        let xml = String::from_utf8(query.encode(answer).body).unwrap();
        assert!(
            xml.contains(
                "<Attributes><entry><key>A</key><value>&lt;1&gt;</value></entry></Attributes>"
            ),
            "{xml}"
        );
        assert!(
            xml.contains("<L><member><X>1</X></member><member><X>true</X></member></L>"),
            "{xml}"
        );
        assert!(!xml.contains("None"), "{xml}");
        let failed = query.encode(Answer::json(
            404,
            &json!({ "__type": "a#NotFound", "message": "no & none" }),
        ));
        let xml = String::from_utf8(failed.body).unwrap();
        assert!(
            xml.contains("<Code>NotFound</Code><Message>no &amp; none</Message>"),
            "{xml}"
        );
    }
}
