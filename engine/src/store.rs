//! Where the engine's state survives: changes go in as one atomic group, and everything comes back at start.

mod durable;
mod memory;
mod secrets;

use std::fmt;
use std::path::PathBuf;

use crate::change::Change;

pub use durable::DurableStore;
pub use memory::MemoryStore;

/// The layout of keys and values that this build writes. A store with a higher number is refused.
pub const SCHEMA_VERSION: u32 = 1;

/// Keys that begin so hold secret values, and are kept apart from everything else.
pub const SECRET_PREFIX: &[u8] = b"secret/";

/// A key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// An ordered store of keys and values with atomic, durable groups of changes.
pub trait Store: Send + fmt::Debug {
    /// Every key and value, in the order of the keys.
    fn load(&mut self) -> Result<Vec<Entry>, StoreError>;

    /// Makes all `changes` durable, or none of them. Returns only when they would survive a power cut.
    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError>;
}

/// Why a store cannot be opened, read or written.
#[derive(Debug)]
pub enum StoreError {
    /// Another process has the folder open.
    Locked(PathBuf),
    /// The store was written by a newer build; it says which version.
    Newer { found: u32, path: PathBuf },
    /// The disk, the file system or the store's own files failed.
    Failed { path: PathBuf, message: String },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked(path) => write!(f, "{} is in use by another process", path.display()),
            Self::Newer { found, path } => {
                write!(
                    f,
                    "{} was written by a newer version (schema {found}, this one knows {SCHEMA_VERSION})",
                    path.display()
                )
            }
            Self::Failed { path, message } => write!(f, "{}: {message}", path.display()),
        }
    }
}

impl std::error::Error for StoreError {}
