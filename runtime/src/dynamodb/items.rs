//! Attribute values of the SDK to values on the wire, and back.

use aws_sdk_dynamodb::types::AttributeValue;

use super::Item;
use crate::event_log::Unavailable;
use crate::value::{Map, Wire};

pub(super) fn to_item(map: &Map) -> Item {
    map.iter()
        .map(|(name, wire)| (name.clone(), to_attribute(wire)))
        .collect()
}

pub(super) fn to_attribute(wire: &Wire) -> AttributeValue {
    match wire {
        Wire::Null => AttributeValue::Null(true),
        Wire::Bool(it) => AttributeValue::Bool(*it),
        Wire::Number(digits) => AttributeValue::N(digits.clone()),
        Wire::Text(text) => AttributeValue::S(text.clone()),
        Wire::Binary(bytes) => AttributeValue::B(bytes.clone().into()),
        Wire::List(items) => AttributeValue::L(items.iter().map(to_attribute).collect()),
        Wire::Record(map) => AttributeValue::M(to_item(map)),
    }
}

pub(super) fn to_map(item: Item) -> Result<Map, Unavailable> {
    item.into_iter()
        .map(|(name, value)| Ok((name, to_wire(value)?)))
        .collect()
}

pub(super) fn to_wire(value: AttributeValue) -> Result<Wire, Unavailable> {
    Ok(match value {
        AttributeValue::Null(_) => Wire::Null,
        AttributeValue::Bool(it) => Wire::Bool(it),
        AttributeValue::N(digits) => Wire::Number(digits),
        AttributeValue::S(text) => Wire::Text(text),
        AttributeValue::B(bytes) => Wire::Binary(bytes.into_inner()),
        AttributeValue::L(items) => {
            Wire::List(items.into_iter().map(to_wire).collect::<Result<_, _>>()?)
        }
        AttributeValue::M(map) => Wire::Record(to_map(map)?),
        _ => {
            return Err(Unavailable::new(
                "read",
                "an attribute has a type that no event has",
            ));
        }
    })
}
