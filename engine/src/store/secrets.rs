//! `secrets.json` beside the store: secret values, readable by their owner alone, replaced as a whole.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Entry, StoreError};
use crate::change::Change;

/// Keys and values whose values are secrets. `Debug` shows the path and nothing of them.
#[derive(Debug)]
pub(super) struct SecretFile {
    path: PathBuf,
}

impl SecretFile {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            path: folder.join("secrets.json"),
        }
    }

    fn failed(&self, message: impl ToString) -> StoreError {
        StoreError::Failed {
            path: self.path.clone(),
            message: message.to_string(),
        }
    }

    fn read(&self) -> Result<BTreeMap<String, String>, StoreError> {
        match std::fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| self.failed(format!("no JSON: line {}", error.line()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(self.failed(error)),
        }
    }

    pub(super) fn load(&self) -> Result<Vec<Entry>, StoreError> {
        Ok(self
            .read()?
            .into_iter()
            .map(|(key, value)| (key.into_bytes(), value.into_bytes()))
            .collect())
    }

    /// Writes a new file beside the old one, makes it durable and takes the old one's place with it.
    pub(super) fn save(&self, changes: &[&Change]) -> Result<(), StoreError> {
        let mut content = self.read()?;
        for change in changes {
            let key = String::from_utf8_lossy(&change.key).into_owned();
            match &change.value {
                Some(value) => content.insert(key, String::from_utf8_lossy(value).into_owned()),
                None => content.remove(&key),
            };
        }
        let text = serde_json::to_vec_pretty(&content).map_err(|error| self.failed(error))?;
        let fresh = self.path.with_extension("json.new");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let write = || -> std::io::Result<()> {
            // A leftover of an interrupted save might be readable by others; a new file gets the mode asked for.
            if let Err(error) = std::fs::remove_file(&fresh)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                return Err(error);
            }
            let mut file = options.open(&fresh)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&fresh, &self.path)?;
            if let Some(folder) = self.path.parent() {
                std::fs::File::open(folder)?.sync_all()?;
            }
            Ok(())
        };
        write().map_err(|error| self.failed(error))
    }
}
