//! The JSON value that flows through a state machine: shared instead of copied, keys in the order they came,
//! numbers with the digits they were written with.
//!
//! `serde_json::Value` would copy whole payloads at each state, sort keys and turn `10.10` into a float; none of
//! that is what Step Functions does or what money survives.

mod number;
mod read;
mod write;

pub use number::Number;
pub use read::SyntaxError;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A JSON value; cloning one is cheap whatever its size.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Json {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    Array(Arc<Vec<Json>>),
    Object(Arc<Object>),
}

/// The members of a JSON object in the order in which they were written, each key once.
#[derive(Clone, Debug, Default)]
pub struct Object {
    entries: Vec<(Arc<str>, Json)>,
}

impl Object {
    /// Builds an object; of a repeated key the last value wins and keeps the first place.
    pub fn from_entries(entries: Vec<(Arc<str>, Json)>) -> Self {
        if !has_repeated_key(&entries) {
            return Object { entries };
        }
        let mut place: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        let mut unique: Vec<(Arc<str>, Json)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            match place.get(&key).and_then(|index| unique.get_mut(*index)) {
                Some(entry) => entry.1 = value,
                None => {
                    place.insert(key.clone(), unique.len());
                    unique.push((key, value));
                }
            }
        }
        Object { entries: unique }
    }

    /// Builds an object of members whose keys the caller knows to be different.
    pub(super) fn of_unique(entries: Vec<(Arc<str>, Json)>) -> Self {
        Object { entries }
    }

    pub fn get(&self, key: &str) -> Option<&Json> {
        self.entries
            .iter()
            .find(|(name, _)| &**name == key)
            .map(|(_, value)| value)
    }

    /// Replaces the value under `key`, or adds it as the last member.
    pub fn insert(&mut self, key: Arc<str>, value: Json) {
        match self.entries.iter_mut().find(|(name, _)| *name == key) {
            Some(entry) => entry.1 = value,
            None => self.entries.push((key, value)),
        }
    }

    /// The value under `key`, added as null where it is missing.
    pub fn entry(&mut self, key: &Arc<str>) -> &mut Json {
        let index = match self.entries.iter().position(|(name, _)| name == key) {
            Some(index) => index,
            None => {
                self.entries.push((key.clone(), Json::Null));
                self.entries.len() - 1
            }
        };
        #[expect(
            clippy::indexing_slicing,
            reason = "the index was found or pushed two lines above"
        )]
        &mut self.entries[index].1
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Json)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Looks for a repeated key; small objects, which nearly all are, need no allocation.
fn has_repeated_key(entries: &[(Arc<str>, Json)]) -> bool {
    if entries.len() <= 16 {
        return entries.iter().enumerate().any(|(index, (key, _))| {
            entries
                .iter()
                .skip(index + 1)
                .any(|(other, _)| other == key)
        });
    }
    let mut keys: Vec<&str> = entries.iter().map(|(key, _)| &**key).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair.first() == pair.last())
}

/// Two objects are equal when they have the same members, in whatever order.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        if self.len() != other.len() {
            return false;
        }
        if self.len() <= 16 {
            return self
                .iter()
                .all(|(key, value)| other.get(key) == Some(value));
        }
        let sorted: BTreeMap<&str, &Json> =
            other.iter().map(|(key, value)| (&**key, value)).collect();
        self.iter()
            .all(|(key, value)| sorted.get(&**key) == Some(&value))
    }
}

impl Json {
    pub fn string(text: impl Into<Arc<str>>) -> Json {
        Json::String(text.into())
    }

    pub fn array(items: Vec<Json>) -> Json {
        Json::Array(Arc::new(items))
    }

    pub fn object(entries: Vec<(Arc<str>, Json)>) -> Json {
        Json::Object(Arc::new(Object::from_entries(entries)))
    }

    /// An object with the given members; the short form for objects whose keys are known.
    pub fn record<const N: usize>(entries: [(&str, Json); N]) -> Json {
        Json::object(
            entries
                .into_iter()
                .map(|(key, value)| (Arc::from(key), value))
                .collect(),
        )
    }

    pub fn empty_object() -> Json {
        Json::Object(Arc::default())
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Json::Number(number) => Some(number),
            _ => None,
        }
    }

    pub fn as_array(&self) -> Option<&Arc<Vec<Json>>> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_object(&self) -> Option<&Arc<Object>> {
        match self {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The member `key` of an object; nothing for any other value.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.as_object().and_then(|object| object.get(key))
    }

    /// Whether both are the same shared value, which costs nothing to find out; false proves nothing.
    pub fn same(&self, other: &Json) -> bool {
        match (self, other) {
            (Json::Object(left), Json::Object(right)) => Arc::ptr_eq(left, right),
            (Json::Array(left), Json::Array(right)) => Arc::ptr_eq(left, right),
            (Json::String(left), Json::String(right)) => Arc::ptr_eq(left, right),
            _ => false,
        }
    }

    /// How many levels of arrays and objects lie inside each other, counting no further than `limit + 1`.
    pub fn depth_up_to(&self, limit: usize) -> usize {
        let deepest = |items: &mut dyn Iterator<Item = &Json>| match limit {
            0 => 1,
            _ => {
                1 + items
                    .map(|item| item.depth_up_to(limit - 1))
                    .max()
                    .unwrap_or(0)
            }
        };
        match self {
            Json::Array(items) => deepest(&mut items.iter()),
            Json::Object(object) => deepest(&mut object.iter().map(|(_, value)| value)),
            _ => 0,
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::String(Arc::from(text))
    }
}

impl From<i64> for Json {
    fn from(value: i64) -> Self {
        Json::Number(Number::from(value))
    }
}

impl From<&serde_json::Value> for Json {
    fn from(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Json::Null,
            serde_json::Value::Bool(flag) => Json::Bool(*flag),
            serde_json::Value::Number(number) => {
                Json::Number(Number::from_text(&number.to_string()))
            }
            serde_json::Value::String(text) => Json::from(text.as_str()),
            serde_json::Value::Array(items) => Json::array(items.iter().map(Json::from).collect()),
            serde_json::Value::Object(members) => Json::object(
                members
                    .iter()
                    .map(|(key, value)| (Arc::from(key.as_str()), Json::from(value)))
                    .collect(),
            ),
        }
    }
}

/// Loses the digits of a number that a float cannot hold; meant for places that show JSON, not for data.
impl From<&Json> for serde_json::Value {
    fn from(value: &Json) -> Self {
        match value {
            Json::Null => serde_json::Value::Null,
            Json::Bool(flag) => serde_json::Value::Bool(*flag),
            Json::Number(number) => match number.as_i64() {
                Some(integer) => integer.into(),
                None => serde_json::Number::from_f64(number.as_f64())
                    .map_or(serde_json::Value::Null, Into::into),
            },
            Json::String(text) => serde_json::Value::String(text.to_string()),
            Json::Array(items) => items.iter().map(serde_json::Value::from).collect(),
            Json::Object(object) => object
                .iter()
                .map(|(key, item)| (key.to_string(), serde_json::Value::from(item)))
                .collect(),
        }
    }
}

/// Written as raw JSON text, so that a number keeps its digits; only `serde_json` can write that.
impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = serde_json::value::RawValue::from_string(self.to_text())
            .map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
        raw.get().parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Json {
        text.parse().expect("the text is JSON")
    }

    #[test]
    fn numbers_keep_the_digits_they_were_written_with() {
        for text in [
            "10.10",
            "12345678901234567890.123456789",
            "1E+2",
            "-0.0",
            "9223372036854775807",
        ] {
            let value = parse(text);
            assert_eq!(value.to_string(), text);
            let stored = serde_json::to_string(&value).expect("it serializes");
            assert_eq!(
                serde_json::from_str::<Json>(&stored)
                    .expect("it reads back")
                    .to_string(),
                text
            );
        }
    }

    #[test]
    fn keys_keep_their_order_and_the_last_of_a_repeated_key_wins() {
        assert_eq!(
            parse(r#"{"b":1,"a":2,"b":3}"#).to_string(),
            r#"{"b":3,"a":2}"#
        );
        let many: String = (0..40).map(|n| format!("\"k{}\":{n},", n % 39)).collect();
        let object = parse(&format!("{{{}\"z\":0}}", many));
        assert_eq!(object.get("k0"), Some(&Json::from(39)));
        assert_eq!(object.as_object().map(|object| object.len()), Some(40));
    }

    #[test]
    fn equality_is_by_value_and_ignores_the_order_of_members() {
        assert_eq!(parse(r#"{"a":3,"b":[1.0]}"#), parse(r#"{"b":[1],"a":3.0}"#));
        assert_ne!(parse(r#"{"a":3}"#), parse(r#"{"a":"3"}"#));
    }

    #[test]
    fn depth_is_counted_up_to_a_limit() {
        assert_eq!(parse("[[[1]]]").depth_up_to(10), 3);
        assert_eq!(parse("[[[1]]]").depth_up_to(1), 2);
        assert_eq!(parse("7").depth_up_to(10), 0);
    }
}
