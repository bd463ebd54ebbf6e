//! A JSON object whose members keep the order in which a person should read them.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};

/// Members in reading order. Keys are unique because they come from maps by declared name.
#[derive(Clone, Debug, PartialEq)]
pub struct Ordered<V>(pub Vec<(Cow<'static, str>, V)>);

impl<V> Default for Ordered<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Ordered<V> {
    /// Adds a member at the end.
    pub fn push(&mut self, key: impl Into<Cow<'static, str>>, value: V) {
        self.0.push((key.into(), value));
    }

    /// The same, as an expression.
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'static, str>>, value: V) -> Self {
        self.push(key, value);
        self
    }

    /// True without members.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<V: Serialize> Serialize for Ordered<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}
