//! What a compile writes: artifacts, and the user's crate where it is missing.

use super::Trouble;
use crate::exit;
use crate::project::Project;
use crate::stale;
use crate::workspace::Crates;
use pipe_compiler::Artifact;
use pipe_compiler::model::Pipeline;
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// The user's files that were made.
pub(super) type Made = Result<Vec<PathBuf>, Trouble>;

/// Writes these artifacts, and removes those of the kind that an earlier compile wrote and this one does not.
pub(super) fn write_all(
    project: &Project,
    pipeline: &Pipeline,
    kind: stale::Kind,
    artifacts: &[Artifact],
) -> Result<(), Trouble> {
    let is_new = make_folder(&kind.within(&project.artifacts))?;
    for it in artifacts {
        write(&project.artifacts.join(&it.path), &it.contents)?;
    }
    if is_new {
        return Ok(());
    }
    stale::remove(&project.artifacts, &pipeline.file, kind, artifacts)
        .map_err(|(path, error)| Trouble::at(&path, &error))
}

/// Writes the user's files that are missing.
pub(super) fn write_stubs(project: &Project, pipeline: &Pipeline) -> Made {
    // The user's crate is the user's: made once, never touched again, however it is arranged.
    if project.handlers.join("Cargo.toml").exists() {
        return Ok(Vec::new());
    }
    let crates = Crates::of(project).map_err(|error| Trouble::at(&project.artifacts, &error))?;
    let mut made = Vec::new();
    for stub in pipe_compiler::user_stubs(pipeline, &crates.path_to_generated()) {
        let path = project.handlers.join(&stub.path);
        if !path.exists() {
            write(&path, &stub.contents)?;
            made.push(path);
        }
    }
    Ok(made)
}

/// Says what was made of the user's. A new crate also needs its place in a workspace, which is looked for here, where one spec comes after the
/// other: two must not write the same manifest at once.
pub(super) fn tell(project: &Project, made: &[PathBuf]) {
    for path in made {
        anstream::eprintln!("made {}, which is yours to edit", path.display());
    }
    if made.is_empty() {
        return;
    }
    match Crates::of(project).map(|it| it.join()) {
        Ok(Ok(Some(done))) => anstream::eprintln!("{done}"),
        Ok(Err(missing)) => exit::note(&missing.message, &missing.help),
        // Both folders were there a moment ago; if not, cargo says so.
        Ok(Ok(None)) | Err(_) => {}
    }
}

/// Makes a folder, and those around it; true if it was not there, so that it holds nothing of an earlier compile.
fn make_folder(folder: &Path) -> Result<bool, Trouble> {
    let made = match std::fs::create_dir(folder) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            std::fs::create_dir_all(folder).map(|()| true)
        }
        Err(error) => Err(error),
    };
    made.map_err(|error| Trouble::at(folder, &error))
}

/// Writes a file unless it is there with these very bytes, so that nothing downstream is rebuilt for nothing.
fn write(path: &Path, contents: &[u8]) -> Result<(), Trouble> {
    let made = File::create_new(path).or_else(|error| match (error.kind(), path.parent()) {
        (ErrorKind::NotFound, Some(folder)) => {
            std::fs::create_dir_all(folder).and_then(|()| File::create_new(path))
        }
        _ => Err(error),
    });
    let written = match made {
        Ok(mut file) => file.write_all(contents),
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        Err(_) if std::fs::read(path).is_ok_and(|there| there == contents) => Ok(()),
        Err(_) => std::fs::write(path, contents),
    };
    written.map_err(|error| Trouble::at(path, &error))
}
