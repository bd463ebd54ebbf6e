//! `Cargo.toml` of both crates, and what keeps `cargo fmt` away from generated files.

use std::collections::BTreeSet;

use pipe_runtime::sign;

use crate::model::{Pipeline, Verify};

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

/// Exactly the features that the pipeline uses.
fn features(pipeline: &Pipeline) -> BTreeSet<&'static str> {
    let mut features = BTreeSet::from(["lambda"]);
    let granted = |name: &str| {
        let of_functions = pipeline
            .grants
            .values()
            .filter(|it| pipeline.functions.contains_key(&it.to));
        of_functions
            .flat_map(|it| &it.permissions)
            .any(|it| it.resource == name)
    };
    if pipeline.tables.keys().any(|it| granted(it)) {
        features.insert("dynamodb");
    }
    if pipeline.secrets.keys().any(|it| granted(it)) {
        features.insert("ssm");
    }
    for route in &pipeline.routes {
        if let Verify::Scheme { scheme, .. } = &route.verify {
            features.extend(sign::scheme(scheme).and_then(|it| it.feature));
        }
    }
    features
}

/// The user's manifest.
pub(super) fn user(pipeline: &Pipeline) -> String {
    format!(
        "[package]\n\
         name = \"{name}\"\n\
         version = \"0.1.0\"\n\
         edition = \"2024\"\n\
         publish = false\n\
         description = \"The business logic of {file}\"\n\
         \n\
         [dependencies]\n\
         {handlers} = {{ path = \"../../infra-out/{name}/handlers\" }}\n",
        name = pipeline.name,
        file = pipeline.file,
        handlers = handlers_name(pipeline),
    )
}
