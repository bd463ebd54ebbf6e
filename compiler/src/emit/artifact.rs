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
    let mut artifacts = compile_lowered(pipeline, lower(pipeline));
    artifacts.extend(compile_declared(pipeline));
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts
}

/// What is made of the lowered pipeline: the template, the state machines and the permissions. One half of [`compile`], for a thread of its own.
pub fn compile_lowered(pipeline: &Pipeline, lowered: Lowered) -> Vec<Artifact> {
    let permissions = permissions::render(pipeline, &lowered);
    let machines = lowered.machines.iter();
    let mut artifacts: Vec<Artifact> = machines
        .map(|(name, machine)| bytes(&format!("{name}.asl.json"), json::file(machine)))
        .collect();
    artifacts.push(text("permissions.md", permissions));
    artifacts.push(bytes("template.json", lowered.into_template_text()));
    artifacts
}

/// What is made of the pipeline as it was declared: the generated crate and the graph. The other half of [`compile`], and as much work.
pub fn compile_declared(pipeline: &Pipeline) -> Vec<Artifact> {
    let mut artifacts = rust::artifacts(pipeline);
    artifacts.push(text("graph.svg", graph::render(pipeline)));
    artifacts
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
