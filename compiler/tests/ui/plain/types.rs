//! The events, types and errors of `plain.pipe`.

use pipe_runtime::serde::{Deserialize, Serialize};
use pipe_runtime::value::{Fields, Invalid, Map, Record, Value, map};

/// `type Ping`, plain.pipe:5.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Ping {
    pub id: String,
}

impl Record for Ping {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        Ok(Self { id: fields.get("id")? })
    }

    fn to_fields(&self) -> Map {
        map([("id", self.id.write())])
    }
}

/// `type Nothing`, plain.pipe:7.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "pipe_runtime::serde")]
pub struct Nothing {}

impl Record for Nothing {
    fn from_fields(fields: &Fields<'_>) -> Result<Self, Invalid> {
        let _ = fields;
        Ok(Self {})
    }

    fn to_fields(&self) -> Map {
        map([])
    }
}
