//! One durable effect of an operation, as a key and a value, so that any ordered store can hold it.

/// What to write durably: `Some` puts the value under the key, `None` deletes the key.
///
/// A key begins with the name of the service that owns it (`dynamodb/item/…`), so that the changes
/// of several services can share one store and one atomic batch. Feeding every surviving key and
/// value back to its service rebuilds that service's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where the value belongs; compared byte by byte.
    pub key: Vec<u8>,
    /// The new value, or `None` when the key is to be deleted.
    pub value: Option<Vec<u8>>,
}

impl Change {
    /// Puts `value` under `key`.
    #[must_use]
    pub fn put(key: Vec<u8>, value: Vec<u8>) -> Self {
        Self {
            key,
            value: Some(value),
        }
    }

    /// Deletes `key`.
    #[must_use]
    pub fn delete(key: Vec<u8>) -> Self {
        Self { key, value: None }
    }
}
