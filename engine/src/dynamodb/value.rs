//! Attribute values and items: reading them from the wire, writing them back, comparing, measuring.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::failure::Failure;
use super::number::Number;

/// Deepest nesting of lists and maps that an attribute may have.
const DEPTH_MAX: usize = 32;
/// Longest attribute name in bytes.
const NAME_BYTES_MAX: usize = 65_535;

/// An item: its attributes by name.
pub(crate) type Item = BTreeMap<String, AttributeValue>;

/// One value in any of DynamoDB's ten types. Sets compare without regard to order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AttributeValue {
    S(String),
    N(Number),
    B(Vec<u8>),
    Bool(bool),
    Null,
    M(Item),
    L(Vec<AttributeValue>),
    Ss(BTreeSet<String>),
    Ns(BTreeSet<Number>),
    Bs(BTreeSet<Vec<u8>>),
}

const TYPES: [&str; 10] = ["S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"];

impl AttributeValue {
    /// The text of a key's value; of a binary one nothing.
    pub(crate) fn plain(&self) -> Option<String> {
        match self {
            Self::S(text) => Some(text.clone()),
            Self::N(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Reads `{"S": "…"}` and its like.
    pub(crate) fn from_json(json: &Value) -> Result<Self, Failure> {
        Self::read(json, 0)
    }

    fn read(json: &Value, depth: usize) -> Result<Self, Failure> {
        if depth > DEPTH_MAX {
            return Err(Failure::validation(
                "Nesting Levels have exceeded supported limits",
            ));
        }
        let fields = object(json)?;
        let mut typed = fields
            .iter()
            .filter(|(name, value)| TYPES.contains(&name.as_str()) && !value.is_null());
        let Some((name, value)) = typed.next() else {
            return Err(Failure::validation(
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
            ));
        };
        if typed.next().is_some() {
            return Err(Failure::validation(
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of \
                 the supported datatypes",
            ));
        }
        Ok(match name.as_str() {
            "S" => Self::S(string(value)?.to_owned()),
            "N" => Self::N(number(value)?),
            "B" => Self::B(binary(value)?),
            "BOOL" => Self::Bool(boolean(value)?),
            "NULL" if boolean(value)? => Self::Null,
            "NULL" => {
                return Err(invalid(
                    "Null attribute value types must have the value of true",
                ));
            }
            "M" => Self::M(read_item(value, depth + 1)?),
            "L" => Self::L(
                list(value)?
                    .iter()
                    .map(|entry| Self::read(entry, depth + 1))
                    .collect::<Result<_, _>>()?,
            ),
            "SS" => Self::Ss(string_set(list(value)?)?),
            "NS" => Self::Ns(number_set(list(value)?)?),
            _ => Self::Bs(binary_set(list(value)?)?),
        })
    }

    /// Writes the value as DynamoDB returns it.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::S(text) => json!({ "S": text }),
            Self::N(number) => json!({ "N": number.to_string() }),
            Self::B(bytes) => json!({ "B": STANDARD.encode(bytes) }),
            Self::Bool(value) => json!({ "BOOL": value }),
            Self::Null => json!({ "NULL": true }),
            Self::M(map) => json!({ "M": item_to_json(map) }),
            Self::L(list) => json!({ "L": list.iter().map(Self::to_json).collect::<Vec<_>>() }),
            Self::Ss(set) => json!({ "SS": set }),
            Self::Ns(set) => json!({ "NS": set.iter().map(Number::to_string).collect::<Vec<_>>() }),
            Self::Bs(set) => {
                json!({ "BS": set.iter().map(|bytes| STANDARD.encode(bytes)).collect::<Vec<_>>() })
            }
        }
    }

    /// The short name of the type, as on the wire.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::S(_) => "S",
            Self::N(_) => "N",
            Self::B(_) => "B",
            Self::Bool(_) => "BOOL",
            Self::Null => "NULL",
            Self::M(_) => "M",
            Self::L(_) => "L",
            Self::Ss(_) => "SS",
            Self::Ns(_) => "NS",
            Self::Bs(_) => "BS",
        }
    }

    /// The long name of the type that the errors of ADD and DELETE use.
    pub(crate) fn long_type_name(&self) -> &'static str {
        match self {
            Self::S(_) => "STRING",
            Self::N(_) => "NUMBER",
            Self::B(_) => "BINARY",
            Self::Bool(_) => "BOOLEAN",
            Self::Null => "NULL",
            Self::M(_) => "MAP",
            Self::L(_) => "LIST",
            Self::Ss(_) => "STRING_SET",
            Self::Ns(_) => "NUMBER_SET",
            Self::Bs(_) => "BINARY_SET",
        }
    }

    /// Orders two values of the same orderable type (S, N or B); anything else has no order.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::S(left), Self::S(right)) => Some(left.cmp(right)),
            (Self::N(left), Self::N(right)) => Some(left.cmp(right)),
            (Self::B(left), Self::B(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }

    /// Bytes that the value counts towards the size of its item.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::S(text) => text.len(),
            Self::N(number) => number.size(),
            Self::B(bytes) => bytes.len(),
            Self::Bool(_) | Self::Null => 1,
            Self::M(map) => 3 + map.len() + item_size(map),
            Self::L(list) => 3 + list.iter().map(|entry| 1 + entry.size()).sum::<usize>(),
            Self::Ss(set) => set.iter().map(String::len).sum(),
            Self::Ns(set) => set.iter().map(Number::size).sum(),
            Self::Bs(set) => set.iter().map(Vec::len).sum(),
        }
    }
}

/// Reads an item, or the map of attributes of a key.
pub(crate) fn item_from_json(json: &Value) -> Result<Item, Failure> {
    read_item(json, 0)
}

fn read_item(json: &Value, depth: usize) -> Result<Item, Failure> {
    let mut item = Item::new();
    for (name, value) in object(json)? {
        if name.len() > NAME_BYTES_MAX {
            return Err(invalid(&format!(
                "Attribute name is too large, must be less than {} bytes",
                NAME_BYTES_MAX + 1
            )));
        }
        if name.is_empty() {
            return Err(invalid("An attribute name may not be empty"));
        }
        item.insert(name.clone(), AttributeValue::read(value, depth)?);
    }
    Ok(item)
}

/// Writes an item as DynamoDB returns it.
pub(crate) fn item_to_json(item: &Item) -> Value {
    Value::Object(
        item.iter()
            .map(|(name, value)| (name.clone(), value.to_json()))
            .collect(),
    )
}

/// Bytes of an item: its names and its values.
pub(crate) fn item_size(item: &Item) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + value.size())
        .sum()
}

fn invalid(what: &str) -> Failure {
    Failure::validation(format!("One or more parameter values were invalid: {what}"))
}

fn string_set(members: &[Value]) -> Result<BTreeSet<String>, Failure> {
    let members = members.iter().map(string).collect::<Result<Vec<_>, _>>()?;
    refuse_empty_set(members.len(), "An string set  may not be empty")?;
    let set: BTreeSet<String> = members.iter().map(|&member| member.to_owned()).collect();
    if set.len() < members.len() {
        return Err(invalid(&format!(
            "Input collection [{}] contains duplicates.",
            members.join(", ")
        )));
    }
    Ok(set)
}

fn number_set(members: &[Value]) -> Result<BTreeSet<Number>, Failure> {
    refuse_empty_set(members.len(), "An number set  may not be empty")?;
    let set = members
        .iter()
        .map(number)
        .collect::<Result<BTreeSet<_>, _>>()?;
    if set.len() < members.len() {
        return Err(Failure::validation("Input collection contains duplicates"));
    }
    Ok(set)
}

fn binary_set(members: &[Value]) -> Result<BTreeSet<Vec<u8>>, Failure> {
    refuse_empty_set(members.len(), "Binary sets should not be empty")?;
    let set = members
        .iter()
        .map(binary)
        .collect::<Result<BTreeSet<_>, _>>()?;
    if set.len() < members.len() {
        let names: Vec<&str> = members.iter().filter_map(Value::as_str).collect();
        return Err(invalid(&format!(
            "Input collection [{}]of type BS contains duplicates.",
            names.join(", ")
        )));
    }
    Ok(set)
}

/// The two blanks are DynamoDB's.
fn refuse_empty_set(members: usize, fault: &str) -> Result<(), Failure> {
    if members == 0 {
        Err(invalid(fault))
    } else {
        Ok(())
    }
}

fn number(json: &Value) -> Result<Number, Failure> {
    Number::parse(string(json)?).map_err(Failure::validation)
}

fn binary(json: &Value) -> Result<Vec<u8>, Failure> {
    let text = string(json)?;
    STANDARD.decode(text).map_err(|error| {
        Failure::serialization(format!("'{text}' can not be converted to a Blob: {error}"))
    })
}

fn object(json: &Value) -> Result<&Map<String, Value>, Failure> {
    json.as_object().ok_or_else(|| match json {
        Value::Array(_) => Failure::serialization("Start of list found where not expected"),
        _ => Failure::serialization(format!("Unexpected value type in payload: {}", kind(json))),
    })
}

fn list(json: &Value) -> Result<&Vec<Value>, Failure> {
    json.as_array().ok_or_else(|| match json {
        Value::Object(_) => {
            Failure::serialization("Start of structure or map found where not expected.")
        }
        _ => Failure::serialization(format!("Unexpected value type in payload: {}", kind(json))),
    })
}

fn string(json: &Value) -> Result<&str, Failure> {
    json.as_str().ok_or_else(|| {
        Failure::serialization(format!("{} cannot be converted to String", kind(json)))
    })
}

fn boolean(json: &Value) -> Result<bool, Failure> {
    json.as_bool().ok_or_else(|| {
        Failure::serialization(format!("{} cannot be converted to Boolean", kind(json)))
    })
}

/// How serialization errors name a JSON type.
pub(crate) fn kind(json: &Value) -> &'static str {
    match json {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(number) if number.is_f64() => "DECIMAL_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "LIST_VALUE",
        Value::Object(_) => "MAP_VALUE",
    }
}

/// Whether lists and maps in the item are nested more deeply than DynamoDB stores.
pub(crate) fn exceeds_depth(item: &Item) -> bool {
    fn deeper(value: &AttributeValue, depth: usize) -> bool {
        depth > DEPTH_MAX
            || match value {
                AttributeValue::M(map) => map.values().any(|value| deeper(value, depth + 1)),
                AttributeValue::L(list) => list.iter().any(|value| deeper(value, depth + 1)),
                _ => false,
            }
    }
    item.values().any(|value| deeper(value, 0))
}
