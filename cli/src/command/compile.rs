//! `pipec compile`: one folder of artifacts per pipeline, and the user's crate once.

use crate::arguments::Compile;
use crate::exit::{self, Exit};
use crate::project::Project;
use crate::spec;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) fn run(arguments: &Compile) -> Result<(), Exit> {
    let (out, format) = (&arguments.out, arguments.message_format);
    match distinct(&arguments.specs, out)?.as_slice() {
        [only] => spec::compile(only, out, format).map(|_| ()),
        specs => spec::compile_all(specs, out, format),
    }
}

/// The specs, each once. Two of one name would be written over each other, since the name is that of their folder, so they are refused.
fn distinct(specs: &[PathBuf], out: &Path) -> Result<Vec<PathBuf>, Exit> {
    let mut distinct: Vec<PathBuf> = Vec::new();
    let mut taken: BTreeMap<String, &Path> = BTreeMap::new();
    for spec in specs {
        let Project {
            name, artifacts, ..
        } = Project::new(spec, out);
        let Some(twin) = taken.get(&name) else {
            taken.insert(name, spec);
            distinct.push(spec.clone());
            continue;
        };
        if place(twin) != place(spec) {
            let message = format!(
                "{} and {} would both be written to {}",
                twin.display(),
                spec.display(),
                artifacts.display()
            );
            let help = "give one of them and its pipeline another name, or compile each by itself with a folder of its own: --out FOLDER";
            return Err(exit::say(exit::USAGE, &message, Some(help)));
        }
    }
    Ok(distinct)
}

/// Where a spec lies, however the way to it is written. It is not followed where it is a link: its handlers lie beside the link.
pub(super) fn place(spec: &Path) -> PathBuf {
    let folder = spec.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let found = folder.canonicalize();
    found
        .unwrap_or_else(|_| folder.to_owned())
        .join(spec.file_name().unwrap_or_default())
}
