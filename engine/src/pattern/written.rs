//! A pattern as it was written. AWS reads its text from front to back, so the order of keys, a key that stands twice and the digits of a
//! number mean something, and a [`Value`] has lost them.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::PatternError;

/// As deep as serde_json reads, so that no text can exhaust the stack.
const DEPTH_MAX: usize = 127;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Written {
    /// Each key as often as it stands there.
    Object(Vec<(String, Written)>),
    Array(Vec<Written>),
    Text(String),
    /// The digits.
    Number(String),
    /// `null`, `true` or `false`.
    Word(Value),
}

/// The keys of an object with what they stand for, in order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl Written {
    pub(super) fn parse(text: &str) -> Result<Self, PatternError> {
        let raw: &RawValue = read(text)?;
        Self::read(raw, DEPTH_MAX)
    }

    fn read(raw: &RawValue, depth: usize) -> Result<Self, PatternError> {
        let text = raw.get();
        let Some(below) = depth.checked_sub(1) else {
            return Err(PatternError("is nested too deeply".to_owned()));
        };
        match text.as_bytes().first() {
            Some(b'{') => {
                let Members(members) = read(text)?;
                let members = members.into_iter();
                let members = members.map(|(key, raw)| Ok((key, Self::read(raw, below)?)));
                Ok(Self::Object(members.collect::<Result<_, _>>()?))
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = read(text)?;
                let items = items.into_iter().map(|raw| Self::read(raw, below));
                Ok(Self::Array(items.collect::<Result<_, _>>()?))
            }
            Some(b'"') => Ok(Self::Text(read(text)?)),
            Some(b'-' | b'0'..=b'9') => Ok(Self::Number(text.to_owned())),
            _ => Ok(Self::Word(read(text)?)),
        }
    }

    /// The order is lost there, so `$or` is taken to stand last: what an alternative says then holds against what stands beside it.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Object(map) => {
                let members = map.iter().map(|(key, it)| (key.clone(), Self::of(it)));
                let (or, mut members): (Vec<_>, Vec<_>) = members.partition(|it| it.0 == "$or");
                members.extend(or);
                Self::Object(members)
            }
            Value::Array(items) => Self::Array(items.iter().map(Self::of).collect()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::Null | Value::Bool(_) => Self::Word(value.clone()),
        }
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, PatternError> {
    serde_json::from_str(text).map_err(|error| PatternError(format!("is no JSON: {error}")))
}
