//! The files of `infra-out/NAME/`, as bytes.

use super::{graph, json, permissions, rust};
use crate::lower::{Lowered, lower};
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
    let mut artifacts = compile_infrastructure(pipeline, lower(pipeline));
    artifacts.extend(compile_handlers(pipeline));
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts
}

/// What AWS and people read: the template, the state machines, permissions and graph. One half of [`compile`], for a thread of its own.
pub fn compile_infrastructure(pipeline: &Pipeline, lowered: Lowered) -> Vec<Artifact> {
    let permissions = permissions::render(pipeline, &lowered);
    let machines = lowered.machines.iter();
    let mut artifacts: Vec<Artifact> = machines
        .map(|(name, machine)| bytes(&format!("{name}.asl.json"), json::file(machine)))
        .collect();
    artifacts.push(text("permissions.md", permissions));
    artifacts.push(text("graph.svg", graph::render(pipeline)));
    artifacts.push(bytes("template.json", lowered.into_template_text()));
    artifacts
}

/// The generated crate: the other half of [`compile`].
pub fn compile_handlers(pipeline: &Pipeline) -> Vec<Artifact> {
    rust::artifacts(pipeline)
}

fn text(path: &str, contents: String) -> Artifact {
    bytes(path, contents.into_bytes())
}

fn bytes(path: &str, contents: Vec<u8>) -> Artifact {
    Artifact {
        path: path.to_owned(),
        contents,
    }
}
