//! Files that an earlier compile wrote and this one does not: a removed workflow's state machine, a module that is not needed any more.

use pipe_compiler::Artifact;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// Artifacts that come and go with the spec, by their folder and how their names end; all others are written each time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    folder: &'static str,
    ending: &'static str,
}

/// State machines.
pub(crate) const MACHINES: Kind = Kind {
    folder: "",
    ending: ".asl.json",
};
/// Modules of the generated crate.
pub(crate) const MODULES: Kind = Kind {
    folder: "handlers/src",
    ending: ".rs",
};

impl Kind {
    /// Where they lie.
    pub(crate) fn within(self, artifacts: &Path) -> PathBuf {
        artifacts.join(self.folder)
    }
}

/// Removes from the folder of one pipeline what is of this kind and not among `written`, and says so. Folders, links, files of other kinds
/// and files that do not name the spec, as all that is compiled does, are not ours. Costs one look into a folder.
pub(crate) fn remove(
    artifacts: &Path,
    spec: &str,
    kind: Kind,
    written: &[Artifact],
) -> Result<(), (PathBuf, Error)> {
    let within = kind.within(artifacts);
    let entries = std::fs::read_dir(&within).map_err(|error| (within.clone(), error))?;
    for entry in entries {
        let entry = entry.map_err(|error| (within.clone(), error))?;
        let path = entry.path();
        let name = entry.file_name();
        let is_of_kind = name.to_str().is_some_and(|it| it.ends_with(kind.ending));
        if !is_of_kind
            || written.iter().any(|it| artifacts.join(&it.path) == path)
            || !entry.file_type().is_ok_and(|it| it.is_file())
            || !names(&path, spec)
        {
            continue;
        }
        match std::fs::remove_file(&path) {
            Ok(()) => anstream::eprintln!(
                "removed {}, which the spec no longer asks for",
                path.display()
            ),
            // Another compile of the same spec was faster.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err((path, error)),
        }
    }
    Ok(())
}

/// Whether a file names the spec that it was compiled from.
fn names(path: &Path, spec: &str) -> bool {
    std::fs::read_to_string(path).is_ok_and(|it| it.contains(spec))
}
