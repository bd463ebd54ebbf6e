//! The durable form of the tables: what is under which key, and how it is read back.
//!
//! - `dynamodb/table/<name>`: the spec and the time of creation, JSON
//! - `dynamodb/sequence/<name>`: how many stream records the table has written, decimal
//! - `dynamodb/item/<name>/<encoded primary key>`: the item in DynamoDB's JSON
//! - `dynamodb/token/<token>`: a finished transaction, JSON

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::spec::TableSpec;
use super::table::Table;
use super::tokens::Token;
use super::value::{Item, item_from_json, item_to_json};
use super::{Tables, key};
use crate::change::Change;

/// What every key of this service begins with.
pub const NAMESPACE: &str = "dynamodb/";

/// Stored data that does not form a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// What is wrong and under which key, for a person to read.
    pub message: String,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for LoadError {}

#[derive(Serialize, Deserialize)]
struct TableRecord {
    spec: TableSpec,
    created_ms: i64,
}

/// A value in the store. Serialising what this module builds cannot fail: it has no map with keys
/// that are not strings.
fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn named(kind: &str, name: &str) -> Vec<u8> {
    format!("{NAMESPACE}{kind}/{name}").into_bytes()
}

pub(crate) fn table_change(table: &Table) -> Change {
    let record = TableRecord {
        spec: table.spec.clone(),
        created_ms: table.created_ms,
    };
    Change::put(named("table", &table.spec.name), json(&record))
}

pub(crate) fn sequence_change(table: &str, sequence: u64) -> Change {
    Change::put(named("sequence", table), sequence.to_string().into_bytes())
}

pub(crate) fn item_change(table: &str, key: &[u8], item: Option<&Item>) -> Change {
    let mut full = format!("{NAMESPACE}item/{table}/").into_bytes();
    full.extend(key);
    Change {
        key: full,
        value: item.map(|item| json(&item_to_json(item))),
    }
}

pub(crate) fn token_change(name: &str, token: Option<&Token>) -> Change {
    Change {
        key: named("token", name),
        value: token.map(json),
    }
}

impl Tables {
    /// Rebuilds the state from what the changes left in the store, in any order. Keys outside of
    /// [`NAMESPACE`] are passed over.
    ///
    /// # Errors
    /// When something under the namespace cannot be read, or an item has no table.
    pub fn load<K: AsRef<[u8]>, V: AsRef<[u8]>>(
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, LoadError> {
        let mut tables = Self::new();
        let mut items = Vec::new();
        let mut sequences = Vec::new();
        for (full, value) in entries {
            let (full, value) = (full.as_ref(), value.as_ref());
            let Some(rest) = full.strip_prefix(NAMESPACE.as_bytes()) else {
                continue;
            };
            let fault = |what: &str| LoadError {
                message: format!("{what} under {}", String::from_utf8_lossy(full)),
            };
            let mut parts = rest.splitn(2, |byte| *byte == b'/');
            let (kind, rest) = (
                parts.next().unwrap_or_default(),
                parts.next().unwrap_or_default(),
            );
            let name = || std::str::from_utf8(rest).map_err(|_| fault("a name that is not UTF-8"));
            match kind {
                b"table" => {
                    let record: TableRecord =
                        serde_json::from_slice(value).map_err(|_| fault("no table"))?;
                    let table = Table::new(record.spec, record.created_ms);
                    tables.tables.insert(table.spec.name.clone(), table);
                }
                b"sequence" => {
                    let text = std::str::from_utf8(value).unwrap_or_default();
                    let sequence: u64 = text.parse().map_err(|_| fault("no sequence"))?;
                    sequences.push((name()?.to_owned(), sequence));
                }
                b"token" => {
                    let token = serde_json::from_slice(value).map_err(|_| fault("no token"))?;
                    tables.tokens.insert(name()?.to_owned(), token);
                }
                b"item" => {
                    let mut parts = rest.splitn(2, |byte| *byte == b'/');
                    let table =
                        String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
                    let json: Value =
                        serde_json::from_slice(value).map_err(|_| fault("no JSON"))?;
                    let item = item_from_json(&json).map_err(|_| fault("no item"))?;
                    items.push((table, parts.next().unwrap_or_default().to_vec(), item));
                }
                _ => return Err(fault("nothing known")),
            }
        }
        tables.fill(items, sequences)?;
        Ok(tables)
    }

    fn fill(
        &mut self,
        items: Vec<(String, Vec<u8>, Item)>,
        sequences: Vec<(String, u64)>,
    ) -> Result<(), LoadError> {
        let missing = |name: &str| LoadError {
            message: format!("the table {name} is not stored"),
        };
        for (name, sequence) in sequences {
            self.tables
                .get_mut(&name)
                .ok_or_else(|| missing(&name))?
                .sequence = sequence;
        }
        for (name, stored_key, item) in items {
            let table = self.tables.get_mut(&name).ok_or_else(|| missing(&name))?;
            if key::of_item(&table.spec.key, &item).as_ref() != Some(&stored_key) {
                let message = format!("an item of table {name} does not belong under its key");
                return Err(LoadError { message });
            }
            table.replace(stored_key, Some(item));
        }
        Ok(())
    }
}
