//! The files of `infra-out/NAME/`, as bytes.

use serde::Serialize;

use super::{graph, permissions, rust};
use crate::lower::lower;
use crate::model::Pipeline;

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Below `infra-out/NAME/`, with `/`.
    pub path: String,
    /// Its bytes.
    pub contents: Vec<u8>,
}

/// Everything that is emitted for a pipeline without `lower::refusals`, in order of path. The same pipeline gives the same bytes.
pub fn compile(pipeline: &Pipeline) -> Vec<Artifact> {
    let mut artifacts = compile_infrastructure(pipeline);
    artifacts.extend(compile_handlers(pipeline));
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts
}

/// What AWS and people read: the template, the state machines, permissions and graph. One half of [`compile`], for a thread of its own.
pub fn compile_infrastructure(pipeline: &Pipeline) -> Vec<Artifact> {
    let lowered = lower(pipeline);
    let mut artifacts = vec![json("template.json", &lowered.template)];
    for (name, machine) in &lowered.machines {
        artifacts.push(json(&format!("{name}.asl.json"), machine));
    }
    artifacts.push(text(
        "permissions.md",
        permissions::render(pipeline, &lowered),
    ));
    artifacts.push(text("graph.svg", graph::render(pipeline)));
    artifacts
}

/// The generated crate: the other half of [`compile`].
pub fn compile_handlers(pipeline: &Pipeline) -> Vec<Artifact> {
    rust::artifacts(pipeline)
}

/// Two spaces, members in the order of the types, a newline at the end.
fn json<T: Serialize>(path: &str, value: &T) -> Artifact {
    // Our types have text keys and finite numbers, so this cannot fail; an empty file would not pass any test.
    let mut contents = serde_json::to_vec_pretty(value).unwrap_or_default();
    contents.push(b'\n');
    Artifact {
        path: path.to_owned(),
        contents,
    }
}

fn text(path: &str, contents: String) -> Artifact {
    Artifact {
        path: path.to_owned(),
        contents: contents.into_bytes(),
    }
}
