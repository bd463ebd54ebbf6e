//! A made-up body of a described event: every field that it must have, with a value of its kind, and nothing else.

use serde_json::{Map, Value};

use super::{Event, Field, FieldKind, Place, Provider};

/// What tells one made-up body from another, and when it is from.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// Part of every id and text.
    pub serial: &'a str,
    /// Unix seconds.
    pub at_s: i64,
    /// The same instant in RFC 3339.
    pub at: &'a str,
}

/// The body. What a header says of the event is not in it.
#[must_use]
pub fn sample(provider: &Provider, event: &Event, made: Made<'_>) -> Value {
    let mut body = Value::Object(Map::new());
    object(
        provider,
        provider.common.iter().chain(event.fields),
        made,
        &mut body,
    );
    if let Some(Place::Body(path)) = provider.event_id {
        put(&mut body, path, text(provider.name, made));
    }
    if let Place::Body(path) = provider.event_type {
        put(&mut body, path, event.name.into());
    }
    body
}

/// Puts a value at a path, making what is on the way; the step `0` is the only item of a list.
pub fn put(into: &mut Value, path: &str, value: Value) {
    let Some((step, rest)) = path.split_once('.') else {
        *slot(into, path) = value;
        return;
    };
    put(slot(into, step), rest, value);
}

/// The place of one step.
fn slot<'v>(within: &'v mut Value, step: &str) -> &'v mut Value {
    if step == "0" {
        if !within.is_array() {
            *within = Value::Array(vec![Value::Null]);
        }
    } else if !within.is_object() {
        *within = Value::Object(Map::new());
    }
    // An index that is not there is made: a name by the index itself, the first item here.
    match within.as_array_mut() {
        Some(items) if items.is_empty() => items.push(Value::Null),
        _ => (),
    }
    if step == "0" {
        &mut within[0]
    } else {
        &mut within[step]
    }
}

fn object<'f>(
    provider: &Provider,
    fields: impl Iterator<Item = &'f Field>,
    made: Made<'_>,
    into: &mut Value,
) {
    for field in fields.filter(|it| !it.optional) {
        let record = |name: &str| {
            let mut within = Value::Object(Map::new());
            if let Some(record) = provider.record(name) {
                object(provider, record.fields.iter(), made, &mut within);
            }
            within
        };
        let value = match field.kind {
            FieldKind::Text => text(field.name, made),
            FieldKind::Whole => 1.into(),
            FieldKind::Exact => "99.99".into(),
            FieldKind::Flag => true.into(),
            FieldKind::FlagText => "true".into(),
            FieldKind::Instant => made.at.into(),
            FieldKind::Seconds => made.at_s.into(),
            FieldKind::Currency => "USD".into(),
            FieldKind::Minor(currency) => {
                put(into, currency, "USD".into());
                9999.into()
            }
            FieldKind::Texts => Value::Object(Map::new()),
            FieldKind::TextList => Value::Array(Vec::new()),
            FieldKind::Record(name) => record(name),
            FieldKind::Records(name) => Value::Array(vec![record(name)]),
        };
        merge(into, field.path, value);
    }
}

/// As [`put`], but an object that is there already keeps what it has: fields of one object stand at several paths.
fn merge(into: &mut Value, path: &str, value: Value) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                merge(into, &format!("{path}.{name}"), value);
            }
        }
        value => put(into, path, value),
    }
}

fn text(name: &str, made: Made<'_>) -> Value {
    format!("{name}_{}", made.serial).into()
}

#[cfg(test)]
mod tests {
    use super::super::PROVIDERS;
    use super::*;

    const MADE: Made<'_> = Made {
        serial: "1a",
        at_s: 1_795_190_400,
        at: "2026-11-20T16:00:00Z",
    };

    /// Where a path leads to, read by other code than that which writes.
    fn at<'v>(body: &'v Value, path: &str) -> &'v Value {
        let pointer = path.replace('.', "/");
        body.pointer(&format!("/{pointer}")).unwrap_or(&Value::Null)
    }

    fn check(provider: &Provider, fields: &[Field], body: &Value, of: &str) {
        for field in fields.iter().filter(|it| !it.optional) {
            let found = at(body, field.path);
            let fits = match field.kind {
                FieldKind::Whole | FieldKind::Seconds => found.is_i64(),
                FieldKind::Minor(currency) => found.is_i64() && at(body, currency) == "USD",
                FieldKind::Flag => found.is_boolean(),
                FieldKind::Texts => found.is_object(),
                FieldKind::TextList => found.is_array(),
                FieldKind::Record(name) => {
                    check(provider, provider.record(name).unwrap().fields, found, of);
                    found.is_object()
                }
                FieldKind::Records(name) => {
                    check(
                        provider,
                        provider.record(name).unwrap().fields,
                        &found[0],
                        of,
                    );
                    found.is_array()
                }
                _ => found.is_string(),
            };
            assert!(fits, "{of}: {} is {found}", field.path);
        }
    }

    #[test]
    fn a_body_of_every_event_has_what_its_description_demands() {
        for provider in PROVIDERS {
            for event in provider.events {
                let body = sample(provider, event, MADE);
                let of = format!("{}.{}", provider.name, event.name);
                check(provider, provider.common, &body, &of);
                check(provider, event.fields, &body, &of);
                if let Place::Body(path) = provider.event_type {
                    assert_eq!(at(&body, path), event.name, "{of}");
                }
            }
        }
    }

    #[test]
    fn a_value_can_be_put_anywhere() {
        let mut body = serde_json::json!({ "a": { "b": 1 }, "c": "x" });
        for (path, value) in [("a.d", 2), ("c.e", 3), ("f.0.g", 4)] {
            put(&mut body, path, value.into());
        }
        let expected =
            serde_json::json!({ "a": { "b": 1, "d": 2 }, "c": { "e": 3 }, "f": [{ "g": 4 }] });
        assert_eq!(body, expected);
    }
}
