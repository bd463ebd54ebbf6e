//! A store that ends with the process, for tests of everything above it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Entry, Store, StoreError};
use crate::change::Change;

/// Keys and values in memory. Clones share them, so that a test can "restart" on the same content.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    content: Arc<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>>,
}

impl Store for MemoryStore {
    fn load(&mut self) -> Result<Vec<Entry>, StoreError> {
        let content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(content
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            match &change.value {
                Some(value) => content.insert(change.key.clone(), value.clone()),
                None => content.remove(&change.key),
            };
        }
        Ok(())
    }
}
