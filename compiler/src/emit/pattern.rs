//! Event patterns, as EventBridge rules and SNS filter policies write them.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Number;

use super::ordered::Ordered;

/// What is asked of the fields of an object. All of it must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pattern {
    /// Fields with the values that they may have; one match is enough.
    pub fields: Ordered<Vec<Match>>,
    /// At least one of these must hold; none are asked where there are none.
    pub or: Vec<Pattern>,
}

impl Pattern {
    /// True where nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.or.is_empty()
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (field, matches) in &self.fields.0 {
            map.serialize_entry(field, matches)?;
        }
        if !self.or.is_empty() {
            map.serialize_entry("$or", &self.or)?;
        }
        map.end()
    }
}

/// What a value may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Match {
    /// This text.
    Text(String),
    /// This truth value.
    Bool(bool),
    /// A text that begins with this one.
    Prefix(String),
    /// Some text, but none of these. An absent field does not match.
    AnythingBut(Vec<String>),
    /// Some text that begins with none of these. An absent field does not match.
    AnythingButPrefix(Vec<String>),
    /// A number that passes each test: `[">=", 10, "<=", 1000]`.
    Numeric(Vec<(&'static str, Number)>),
    /// Whether the field is there at all.
    Exists(bool),
}

impl Serialize for Match {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// One text stands alone: SNS takes no list here.
        #[derive(Serialize)]
        struct Prefixes<'a> {
            prefix: OneOrMore<'a>,
        }
        #[derive(Serialize)]
        #[serde(untagged)]
        enum OneOrMore<'a> {
            One(&'a str),
            More(&'a [String]),
        }
        struct Tests<'a>(&'a [(&'static str, Number)]);
        impl Serialize for Tests<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let parts = self.0.iter().flat_map(|(operator, number)| {
                    [
                        serde_json::Value::from(*operator),
                        serde_json::Value::Number(number.clone()),
                    ]
                });
                serializer.collect_seq(parts)
            }
        }
        match self {
            Self::Text(text) => return serializer.serialize_str(text),
            Self::Bool(value) => return serializer.serialize_bool(*value),
            Self::Prefix(_)
            | Self::AnythingBut(_)
            | Self::AnythingButPrefix(_)
            | Self::Numeric(_)
            | Self::Exists(_) => {}
        }
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::Text(_) | Self::Bool(_) => {}
            Self::Prefix(text) => map.serialize_entry("prefix", text)?,
            Self::AnythingBut(values) => map.serialize_entry("anything-but", values)?,
            Self::AnythingButPrefix(texts) => {
                let prefix = match texts.as_slice() {
                    [one] => OneOrMore::One(one),
                    more => OneOrMore::More(more),
                };
                map.serialize_entry("anything-but", &Prefixes { prefix })?;
            }
            Self::Numeric(tests) => map.serialize_entry("numeric", &Tests(tests))?,
            Self::Exists(value) => map.serialize_entry("exists", value)?,
        }
        map.end()
    }
}
