//! The store on disk: fjall with one fdatasync for each group of changes, and the secrets in a file of their own.

use std::fmt;
use std::path::{Path, PathBuf};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::secrets::SecretFile;
use super::{Entry, SCHEMA_VERSION, SECRET_PREFIX, Store, StoreError};
use crate::change::Change;

/// Key of the schema version; no service's keys begin so.
const SCHEMA_KEY: &[u8] = b"_schema";

/// A folder with the engine's state, open in this process alone.
pub struct DurableStore {
    path: PathBuf,
    database: Database,
    state: Keyspace,
    secrets: SecretFile,
}

impl fmt::Debug for DurableStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DurableStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl DurableStore {
    /// Opens the state in `path`, or begins one there. The folder is for its owner alone.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |message: String| StoreError::Failed {
            path: path.to_owned(),
            message,
        };
        make_private_folder(path)
            .map_err(|error| failed(format!("the folder cannot be made: {error}")))?;
        let opened = Database::builder(path.join("store"))
            .worker_threads(1)
            .open();
        let database = opened.map_err(|error| match error {
            fjall::Error::Locked => StoreError::Locked(path.to_owned()),
            other => failed(describe(&other)),
        })?;
        let state = database
            .keyspace("state", KeyspaceCreateOptions::default)
            .map_err(|error| failed(describe(&error)))?;
        let mut store = Self {
            path: path.to_owned(),
            database,
            state,
            secrets: SecretFile::new(path),
        };
        store.check_schema()?;
        Ok(store)
    }

    fn failed(&self, error: &fjall::Error) -> StoreError {
        StoreError::Failed {
            path: self.path.clone(),
            message: describe(error),
        }
    }

    fn check_schema(&mut self) -> Result<(), StoreError> {
        let found = self
            .state
            .get(SCHEMA_KEY)
            .map_err(|error| self.failed(&error))?;
        let Some(found) = found else {
            return self.commit(&[Change::put(
                SCHEMA_KEY.to_vec(),
                SCHEMA_VERSION.to_string().into_bytes(),
            )]);
        };
        match std::str::from_utf8(&found)
            .ok()
            .and_then(|text| text.parse::<u32>().ok())
        {
            Some(version) if version <= SCHEMA_VERSION => Ok(()),
            Some(found) => Err(StoreError::Newer {
                found,
                path: self.path.clone(),
            }),
            None => Err(StoreError::Failed {
                path: self.path.clone(),
                message: "the schema version is no number".to_owned(),
            }),
        }
    }
}

impl Store for DurableStore {
    fn load(&mut self) -> Result<Vec<Entry>, StoreError> {
        let mut content = Vec::new();
        for entry in self.state.iter() {
            let (key, value) = entry.into_inner().map_err(|error| self.failed(&error))?;
            if &*key != SCHEMA_KEY {
                content.push((key.to_vec(), value.to_vec()));
            }
        }
        content.extend(self.secrets.load()?);
        Ok(content)
    }

    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        // fjall's default reaches only the operating system's buffers, so that durability is asked for at each commit.
        let mut batch = self
            .database
            .batch()
            .durability(Some(PersistMode::SyncData));
        let mut secrets = Vec::new();
        for change in changes {
            if change.key.starts_with(SECRET_PREFIX) {
                secrets.push(change);
                continue;
            }
            match &change.value {
                Some(value) => batch.insert(&self.state, change.key.as_slice(), value.as_slice()),
                None => batch.remove(&self.state, change.key.as_slice()),
            }
        }
        // The secrets come first: what refers to one must never be durable without it.
        if !secrets.is_empty() {
            self.secrets.save(&secrets)?;
        }
        if batch.is_empty() {
            return Ok(());
        }
        batch.commit().map_err(|error| self.failed(&error))
    }
}

fn describe(error: &fjall::Error) -> String {
    match error {
        fjall::Error::Io(error) => error.to_string(),
        other => format!("{other:?}"),
    }
}

fn make_private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}
