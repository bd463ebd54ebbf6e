//! EventBridge event patterns, as the filters of pipes use them: a pattern is parsed once and then asked about events.
//!
//! A field of the pattern holds for an array in the event when it holds for one element, and all fields below one key
//! must hold for the same element.

mod matcher;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use matcher::Matcher;

/// A valid pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    root: Fields,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError(pub(crate) String);

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PatternError {}

/// Each of these must hold, and one of the alternatives where there are some. What an alternative says about a field
/// replaces what stands beside `$or`.
#[derive(Debug, Clone, PartialEq, Default)]
struct Fields {
    each: BTreeMap<String, Node>,
    alternatives: Vec<Fields>,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Below(Fields),
    Leaf(Vec<Matcher>),
}

impl Pattern {
    /// Parses the JSON text of a pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| PatternError(format!("is no JSON: {error}")))?;
        Self::from_value(&value)
    }

    /// A pattern that is already parsed JSON.
    pub fn from_value(value: &Value) -> Result<Self, PatternError> {
        match value {
            Value::Object(map) if !map.is_empty() => Ok(Self {
                root: parse_fields(map)?,
            }),
            _ => Err(PatternError(
                "a pattern is a JSON object with at least one field".to_owned(),
            )),
        }
    }

    /// Whether the pattern holds for `event`.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        if has_dotted_key(event) {
            fields_hold(&self.root, &nest(event))
        } else {
            fields_hold(&self.root, event)
        }
    }
}

/// Whether some key holds a dot: to a pattern `{"a.b": 1}` and `{"a": {"b": 1}}` are the same event.
fn has_dotted_key(event: &Value) -> bool {
    match event {
        Value::Object(map) => map
            .iter()
            .any(|(key, value)| key.contains('.') || has_dotted_key(value)),
        Value::Array(items) => items.iter().any(has_dotted_key),
        _ => false,
    }
}

/// The event with each dotted key written as nested objects.
fn nest(event: &Value) -> Value {
    match event {
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, value) in map {
                let mut parts: Vec<&str> = key.split('.').collect();
                let last = parts.pop().unwrap_or_default();
                let mut at = &mut out;
                for part in parts {
                    let below = at.entry(part).or_insert_with(|| Value::Object(Map::new()));
                    if !below.is_object() {
                        *below = Value::Object(Map::new());
                    }
                    match below {
                        Value::Object(map) => at = map,
                        _ => return event.clone(),
                    }
                }
                at.insert(last.to_owned(), nest(value));
            }
            Value::Object(out)
        }
        Value::Array(items) => items.iter().map(nest).collect(),
        scalar => scalar.clone(),
    }
}

fn parse_fields(map: &Map<String, Value>) -> Result<Fields, PatternError> {
    let mut fields = Fields::default();
    for (key, value) in map {
        let node = match value {
            Value::Array(items) if key == "$or" => {
                fields.alternatives = parse_alternatives(items)?;
                continue;
            }
            _ if key == "$or" => {
                return Err(PatternError(
                    "`$or` takes a list of at least two patterns".to_owned(),
                ));
            }
            Value::Array(items) if items.is_empty() => {
                return Err(PatternError(format!("`{key}` lists no value to match")));
            }
            Value::Array(items) => {
                Node::Leaf(items.iter().map(Matcher::parse).collect::<Result<_, _>>()?)
            }
            Value::Object(below) if !below.is_empty() => Node::Below(parse_fields(below)?),
            _ => {
                return Err(PatternError(format!(
                    "`{key}` must be an object or a list of values to match"
                )));
            }
        };
        // `a.b` is `b` below `a`.
        let mut parts: Vec<&str> = key.split('.').collect();
        let last = parts.pop().unwrap_or_default();
        let mut at = &mut fields;
        for part in parts {
            match at
                .each
                .entry(part.to_owned())
                .or_insert_with(|| Node::Below(Fields::default()))
            {
                Node::Below(below) => at = below,
                Node::Leaf(_) => {
                    return Err(PatternError(format!(
                        "`{key}` and `{part}` say different things about one field"
                    )));
                }
            }
        }
        at.each.insert(last.to_owned(), node);
    }
    Ok(fields)
}

fn parse_alternatives(items: &[Value]) -> Result<Vec<Fields>, PatternError> {
    if items.len() < 2 {
        return Err(PatternError(
            "`$or` takes a list of at least two patterns".to_owned(),
        ));
    }
    let mut alternatives = Vec::new();
    for item in items {
        match item {
            Value::Object(map)
                if !map.is_empty() && !map.keys().any(|key| matcher::is_operator(key)) =>
            {
                alternatives.push(parse_fields(map)?)
            }
            _ => {
                return Err(PatternError(
                    "`$or` takes patterns, not match expressions".to_owned(),
                ));
            }
        }
    }
    Ok(alternatives)
}

fn fields_hold(fields: &Fields, event: &Value) -> bool {
    let each = |replaced: Option<&Fields>| {
        let own = fields
            .each
            .iter()
            .filter(|(key, _)| replaced.is_none_or(|it| !it.each.contains_key(*key)));
        own.into_iter()
            .all(|(key, node)| node_holds(node, event.get(key)))
    };
    if fields.alternatives.is_empty() {
        return each(None);
    }
    fields
        .alternatives
        .iter()
        .any(|alternative| each(Some(alternative)) && fields_hold(alternative, event))
}

fn node_holds(node: &Node, value: Option<&Value>) -> bool {
    match node {
        Node::Below(fields) => match value {
            Some(Value::Array(items)) => {
                // No element at all is as if the field were not there.
                if items.is_empty() {
                    fields_hold(fields, &Value::Null)
                } else {
                    items.iter().any(|item| node_holds(node, Some(item)))
                }
            }
            Some(other) => fields_hold(fields, other),
            None => fields_hold(fields, &Value::Null),
        },
        Node::Leaf(matchers) => {
            let mut leaves = Vec::new();
            collect_leaves(value, &mut leaves);
            matchers.iter().any(|matcher| matcher.holds(&leaves))
        }
    }
}

/// The scalars that a leaf of the pattern sees: a scalar itself, or those in an array. Objects are no leaves.
fn collect_leaves<'a>(value: Option<&'a Value>, leaves: &mut Vec<&'a Value>) {
    match value {
        None | Some(Value::Object(_)) => {}
        Some(Value::Array(items)) => items
            .iter()
            .for_each(|item| collect_leaves(Some(item), leaves)),
        Some(scalar) => leaves.push(scalar),
    }
}
