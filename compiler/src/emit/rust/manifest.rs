//! `Cargo.toml` of both crates, and what keeps `cargo fmt` away from generated files.

use std::collections::BTreeSet;

use pipe_runtime::sign;

use crate::model::{ParameterSource, Pipeline, Verb, Verify};

/// The generated files have the form that they were generated in; a formatter of another width would only make differences.
pub(super) const RUSTFMT: &str =
    "# Generated files keep the form that they were generated in.\ndisable_all_formatting = true\n";

/// Name of the generated crate.
pub(super) fn handlers_name(pipeline: &Pipeline) -> String {
    format!("{}-handlers", pipeline.name.replace('_', "-"))
}

/// The generated crate's manifest.
pub(super) fn handlers(pipeline: &Pipeline) -> String {
    let features: Vec<String> = features(pipeline)
        .iter()
        .map(|it| format!("\"{it}\""))
        .collect();
    format!(
        "# Generated from {file} by `pipec compile`, which writes it anew each time.\n\
         [package]\n\
         name = \"{name}\"\n\
         version = \"0.1.0\"\n\
         edition = \"2024\"\n\
         publish = false\n\
         description = \"Events, function traits and capabilities of the pipeline {pipeline}\"\n\
         \n\
         [lib]\n\
         # Its comments are the spec's words, and may hold examples that are no Rust.\n\
         doctest = false\n\
         \n\
         [dependencies]\n\
         pipe-runtime = {{ workspace = true, features = [{features}] }}\n",
        file = pipeline.file,
        name = handlers_name(pipeline),
        pipeline = pipeline.name,
        features = features.join(", "),
    )
}

/// Exactly the features that the pipeline uses: a service is linked where some function does something with it, by an edge or by itself.
/// Messages of a queue are handed to a function by Lambda, so `receive` links nothing.
fn features(pipeline: &Pipeline) -> BTreeSet<&'static str> {
    let mut features = BTreeSet::from(["lambda"]);
    let of_functions = pipeline
        .grants
        .values()
        .filter(|it| pipeline.functions.contains_key(&it.to));
    for it in of_functions.flat_map(|it| &it.permissions) {
        let name = &it.resource;
        let at_deploy = |name| {
            let parameter = pipeline.parameters.get(name);
            parameter.is_some_and(|it| it.source == ParameterSource::AtDeploy)
        };
        features.extend(match it.verb {
            Verb::Append | Verb::Update => Some("dynamodb"),
            Verb::Read if pipeline.tables.contains_key(name) => Some("dynamodb"),
            Verb::Read if pipeline.buckets.contains_key(name) => Some("s3"),
            Verb::Read if at_deploy(name) => None,
            Verb::Read => Some("ssm"),
            Verb::Write => Some("s3"),
            Verb::Send if pipeline.topics.contains_key(name) => Some("sns"),
            Verb::Send if pipeline.buses.contains_key(name) => Some("events"),
            Verb::Send => Some("sqs"),
            Verb::Start => Some("sfn"),
            Verb::Call | Verb::Receive => None,
        });
    }
    let of_routes = pipeline.routes.iter().map(|it| &it.verify);
    for verify in of_routes.chain(pipeline.providers.values().map(|it| &it.verify)) {
        if let Verify::Scheme { scheme, .. } = verify {
            let needed = sign::scheme(scheme).and_then(|it| it.feature);
            features.extend(needed);
        }
    }
    features
}

/// The user's manifest; `generated` leads from it to the generated crate, with `/`.
pub(super) fn user(pipeline: &Pipeline, generated: &str) -> String {
    format!(
        "[package]\n\
         name = \"{name}\"\n\
         version = \"0.1.0\"\n\
         edition = \"2024\"\n\
         publish = false\n\
         description = \"The business logic of {file}\"\n\
         \n\
         [dependencies]\n\
         {handlers} = {{ path = {generated} }}\n",
        name = pipeline.name,
        file = pipeline.file,
        handlers = handlers_name(pipeline),
        // A JSON string is a TOML string.
        generated = serde_json::Value::from(generated),
    )
}
