//! Where things lie: the user's crate, the artifacts and the state that belong to one spec.

use std::path::{Path, PathBuf};

/// The folders of one pipeline, all derived from the spec's path.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// Pipeline name: the spec's file stem.
    pub(crate) name: String,
    /// The user's handler crate, beside the spec: `specs/payments`.
    pub(crate) handlers: PathBuf,
    /// The artifacts: `infra-out/payments`.
    pub(crate) artifacts: PathBuf,
    /// What a local run keeps: `.pipec/payments`.
    pub(crate) state: PathBuf,
}

impl Project {
    /// The folders for `spec`, with artifacts under `out`.
    pub(crate) fn new(spec: &Path, out: &Path) -> Self {
        let name = spec
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Self {
            handlers: spec.with_extension(""),
            artifacts: out.join(&name),
            state: Path::new(".pipec").join(&name),
            name,
        }
    }
}
