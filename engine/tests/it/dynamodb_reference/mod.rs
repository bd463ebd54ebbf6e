//! A naive reference for conditions, written straight from DynamoDB's documentation, and the
//! strategies that make conditions and items for it.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A condition as the reference sees it. Values are DynamoDB's JSON.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Compare(&'static str, Operand, Operand),
    Between(Operand, Value, Value),
    In(Operand, Vec<Value>),
    Exists(&'static str),
    NotExists(&'static str),
    TypeIs(&'static str, &'static str),
    BeginsWith(&'static str, Value),
    Contains(&'static str, Value),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
}

#[derive(Clone, Debug)]
pub(crate) enum Operand {
    Path(&'static str),
    Value(Value),
    Size(&'static str),
}

/// The paths that conditions use: plain, into a map, into a list, and one that leads nowhere.
const PATHS: [&str; 6] = ["p", "q", "m.x", "l[0]", "l[1]", "m.absent"];

/// Follows one of [`PATHS`], step by step.
fn follow<'i>(item: &'i Value, path: &str) -> Option<&'i Value> {
    match path {
        "p" | "q" => item.get(path),
        "m.x" => item.get("m")?.get("M")?.get("x"),
        "l[0]" => item.get("l")?.get("L")?.get(0),
        "l[1]" => item.get("l")?.get("L")?.get(1),
        _ => None,
    }
}

fn kind(value: &Value) -> &str {
    value
        .as_object()
        .and_then(|object| object.keys().next())
        .map_or("", String::as_str)
}

fn inner(value: &Value) -> &Value {
    &value[kind(value)]
}

/// A number that is small enough for the reference to hold as hundredths.
fn hundredths(text: &str) -> i64 {
    (text.parse::<f64>().expect("number") * 100.0).round() as i64
}

fn equal(left: &Value, right: &Value) -> bool {
    match (kind(left), kind(right)) {
        ("N", "N") => number(left) == number(right),
        ("SS", "SS") => sorted(left) == sorted(right),
        ("NS", "NS") => {
            let numbers = |value: &Value| {
                let mut all: Vec<i64> = sorted(value).iter().map(|text| hundredths(text)).collect();
                all.sort_unstable();
                all
            };
            numbers(left) == numbers(right)
        }
        ("L", "L") => {
            let (left, right) = (
                inner(left).as_array().expect("l"),
                inner(right).as_array().expect("l"),
            );
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| equal(left, right))
        }
        ("M", "M") => {
            let (left, right) = (
                inner(left).as_object().expect("m"),
                inner(right).as_object().expect("m"),
            );
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, value)| right.get(name).is_some_and(|other| equal(value, other)))
        }
        (left_kind, right_kind) => left_kind == right_kind && left == right,
    }
}

fn number(value: &Value) -> i64 {
    hundredths(inner(value).as_str().expect("N"))
}

fn sorted(value: &Value) -> Vec<String> {
    let members = inner(value).as_array().expect("set");
    let mut all: Vec<String> = members
        .iter()
        .map(|member| member.as_str().expect("s").to_owned())
        .collect();
    all.sort();
    all
}

fn order(left: &Value, right: &Value) -> Option<std::cmp::Ordering> {
    match (kind(left), kind(right)) {
        ("N", "N") => Some(number(left).cmp(&number(right))),
        ("S", "S") => Some(
            inner(left)
                .as_str()?
                .as_bytes()
                .cmp(inner(right).as_str()?.as_bytes()),
        ),
        _ => None,
    }
}

impl Operand {
    fn value(&self, item: &Value) -> Option<Value> {
        match self {
            Self::Path(path) => follow(item, path).cloned(),
            Self::Value(value) => Some(value.clone()),
            Self::Size(path) => {
                let value = follow(item, path)?;
                let size = match kind(value) {
                    "S" => inner(value).as_str()?.len(),
                    "L" | "SS" | "NS" => inner(value).as_array()?.len(),
                    "M" => inner(value).as_object()?.len(),
                    _ => return None,
                };
                Some(json!({"N": size.to_string()}))
            }
        }
    }

    fn text(&self, values: &mut Map<String, Value>) -> String {
        match self {
            Self::Path(path) => (*path).to_owned(),
            Self::Value(value) => placeholder(value, values),
            Self::Size(path) => format!("size({path})"),
        }
    }
}

fn placeholder(value: &Value, values: &mut Map<String, Value>) -> String {
    let name = format!(":v{}", values.len());
    values.insert(name.clone(), value.clone());
    name
}

impl Condition {
    /// What DynamoDB's documentation says, word for word and without any cleverness.
    pub(crate) fn holds(&self, item: &Value) -> bool {
        match self {
            Self::Compare(comparator, left, right) => {
                let (left, right) = (left.value(item), right.value(item));
                let (Some(left), Some(right)) = (left, right) else {
                    return *comparator == "<>";
                };
                match *comparator {
                    "=" => equal(&left, &right),
                    "<>" => !equal(&left, &right),
                    "<" => order(&left, &right).is_some_and(|order| order.is_lt()),
                    "<=" => order(&left, &right).is_some_and(|order| order.is_le()),
                    ">" => order(&left, &right).is_some_and(|order| order.is_gt()),
                    _ => order(&left, &right).is_some_and(|order| order.is_ge()),
                }
            }
            Self::Between(value, low, high) => value.value(item).is_some_and(|value| {
                order(&value, low).is_some_and(|order| order.is_ge())
                    && order(&value, high).is_some_and(|order| order.is_le())
            }),
            Self::In(value, list) => value
                .value(item)
                .is_some_and(|value| list.iter().any(|entry| equal(&value, entry))),
            Self::Exists(path) => follow(item, path).is_some(),
            Self::NotExists(path) => follow(item, path).is_none(),
            Self::TypeIs(path, name) => {
                follow(item, path).is_some_and(|value| kind(value) == *name)
            }
            Self::BeginsWith(path, prefix) => follow(item, path).is_some_and(|value| {
                kind(value) == "S"
                    && inner(value)
                        .as_str()
                        .expect("S")
                        .starts_with(inner(prefix).as_str().expect("S"))
            }),
            Self::Contains(path, member) => follow(item, path).is_some_and(|value| {
                let element = |kind: &str| {
                    let members = inner(value).as_array().expect("collection");
                    members.iter().any(|entry| match kind {
                        "L" => equal(entry, member),
                        kind => equal(&json!({ kind: entry }), member),
                    })
                };
                match (kind(value), kind(member)) {
                    ("S", "S") => inner(value)
                        .as_str()
                        .expect("S")
                        .contains(inner(member).as_str().expect("S")),
                    ("SS", "S") => element("S"),
                    ("NS", "N") => element("N"),
                    ("L", _) => element("L"),
                    _ => false,
                }
            }),
            Self::And(left, right) => left.holds(item) && right.holds(item),
            Self::Or(left, right) => left.holds(item) || right.holds(item),
            Self::Not(inner) => !inner.holds(item),
        }
    }

    pub(crate) fn text(&self, values: &mut Map<String, Value>) -> String {
        match self {
            Self::Compare(comparator, left, right) => {
                format!("{} {comparator} {}", left.text(values), right.text(values))
            }
            Self::Between(value, low, high) => format!(
                "{} BETWEEN {} AND {}",
                value.text(values),
                placeholder(low, values),
                placeholder(high, values)
            ),
            Self::In(value, list) => {
                let value = value.text(values);
                let list: Vec<String> = list
                    .iter()
                    .map(|entry| placeholder(entry, values))
                    .collect();
                format!("{value} IN ({})", list.join(", "))
            }
            Self::Exists(path) => format!("attribute_exists({path})"),
            Self::NotExists(path) => format!("attribute_not_exists({path})"),
            Self::TypeIs(path, name) => {
                format!(
                    "attribute_type({path}, {})",
                    placeholder(&json!({"S": name}), values)
                )
            }
            Self::BeginsWith(path, prefix) => {
                format!("begins_with({path}, {})", placeholder(prefix, values))
            }
            Self::Contains(path, member) => {
                format!("contains({path}, {})", placeholder(member, values))
            }
            Self::And(left, right) => {
                format!("{} AND {}", left.factor(values), right.factor(values))
            }
            Self::Or(left, right) => format!("{} OR {}", left.text(values), right.text(values)),
            Self::Not(inner) => format!("NOT {}", inner.factor(values)),
        }
    }

    /// In parentheses where AND and NOT would otherwise tear it apart.
    fn factor(&self, values: &mut Map<String, Value>) -> String {
        match self {
            Self::Or(..) | Self::And(..) => format!("({})", self.text(values)),
            _ => self.text(values),
        }
    }
}

fn number_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        "0", "-0.0", "1", "1.00", "10e-1", "2", "-1", "0.5", "12", "1.2e1",
    ])
    .prop_map(|text| json!({"N": text}))
}

fn string_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec!["", "a", "ab", "abc", "b", "é", "1"])
        .prop_map(|text| json!({"S": text}))
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => number_value(),
        3 => string_value(),
        1 => any::<bool>().prop_map(|value| json!({"BOOL": value})),
        1 => Just(json!({"NULL": true})),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => scalar(),
        1 => prop::sample::subsequence(vec!["a", "ab", "1"], 1..=3).prop_map(|set| json!({"SS": set})),
        1 => prop::sample::subsequence(vec!["0", "1.0", "12"], 1..=3).prop_map(|set| json!({"NS": set})),
        1 => prop::collection::vec(scalar(), 0..3).prop_map(|list| json!({"L": list})),
        1 => prop::collection::btree_map("[xy]", scalar(), 0..2).prop_map(|map| json!({"M": map})),
    ]
}

fn path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(PATHS.to_vec())
}

fn operand(value: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Operand> {
    prop_oneof![
        3 => path().prop_map(Operand::Path),
        3 => value.prop_map(Operand::Value),
        1 => path().prop_map(Operand::Size),
    ]
}

/// Two operands that are not the same path, which DynamoDB refuses.
fn pair(
    value: impl Strategy<Value = Value> + Clone + 'static,
) -> impl Strategy<Value = (Operand, Operand)> {
    (operand(value.clone()), operand(value)).prop_filter("the same path twice", |(left, right)| {
        !matches!((left, right), (Operand::Path(left), Operand::Path(right)) if left == right)
    })
}

fn bounds() -> impl Strategy<Value = (Value, Value)> {
    let ordered = |values: (Value, Value)| match order(&values.0, &values.1) {
        Some(std::cmp::Ordering::Greater) => (values.1, values.0),
        _ => values,
    };
    prop_oneof![
        (number_value(), number_value()).prop_map(ordered),
        (string_value(), string_value()).prop_map(ordered),
    ]
}

pub(crate) fn condition() -> impl Strategy<Value = Condition> {
    let orderable = prop_oneof![number_value().boxed(), string_value().boxed()].boxed();
    let types = prop::sample::select(vec![
        "S", "N", "BOOL", "NULL", "L", "M", "SS", "NS", "B", "BS",
    ]);
    let leaf = prop_oneof![
        (prop::sample::select(vec!["=", "<>"]), pair(value().boxed()))
            .prop_map(|(comparator, (left, right))| Condition::Compare(comparator, left, right)),
        (
            prop::sample::select(vec!["<", "<=", ">", ">="]),
            pair(orderable.clone())
        )
            .prop_map(|(comparator, (left, right))| Condition::Compare(comparator, left, right)),
        (operand(orderable), bounds())
            .prop_map(|(value, (low, high))| Condition::Between(value, low, high)),
        (operand(value()), prop::collection::vec(value(), 1..4))
            .prop_map(|(value, list)| Condition::In(value, list)),
        path().prop_map(Condition::Exists),
        path().prop_map(Condition::NotExists),
        (path(), types).prop_map(|(path, name)| Condition::TypeIs(path, name)),
        (path(), string_value()).prop_map(|(path, prefix)| Condition::BeginsWith(path, prefix)),
        (path(), value()).prop_map(|(path, member)| Condition::Contains(path, member)),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone())
                .prop_map(|(left, right)| Condition::And(Box::new(left), Box::new(right))),
            (inner.clone(), inner.clone())
                .prop_map(|(left, right)| Condition::Or(Box::new(left), Box::new(right))),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

pub(crate) fn item() -> impl Strategy<Value = Value> {
    let attributes = (
        prop::option::of(value()),
        prop::option::of(value()),
        prop::option::of(value()),
        prop::option::of(prop::collection::vec(value(), 0..3)),
    );
    attributes.prop_map(|(p, q, x, l)| {
        let mut item = BTreeMap::from([("key", json!({"S": "k"})), ("order", json!({"N": "1"}))]);
        item.extend(p.map(|value| ("p", value)));
        item.extend(q.map(|value| ("q", value)));
        item.extend(x.map(|value| ("m", json!({"M": {"x": value}}))));
        item.extend(l.map(|list| ("l", json!({"L": list}))));
        json!(item)
    })
}
