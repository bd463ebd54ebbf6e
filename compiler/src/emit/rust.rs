//! The generated handlers crate and the first version of the user's: Rust as syntax, never as text with holes, so that nothing in a spec
//! can become code.
//!
//! What is generated is glue: types, traits, capabilities and a dispatch. Everything that decides lives in `pipe-runtime`.

mod accepted;
mod capabilities;
mod functions;
mod library;
mod manifest;
mod names;
mod resources;
mod sinks;
mod source;
mod stubs;
mod types;

use crate::emit::artifact::Artifact;
use crate::model::Pipeline;
use names::Names;

pub use stubs::user_stubs;

/// The files of `infra-out/NAME/handlers/`, with paths below `infra-out/NAME/`.
pub fn artifacts(pipeline: &Pipeline) -> Vec<Artifact> {
    let names = Names::new(pipeline);
    let file = |path: &str, contents: String| Artifact {
        path: format!("handlers/{path}"),
        contents: contents.into_bytes(),
    };
    let mut files = vec![
        file("Cargo.toml", manifest::handlers(pipeline)),
        file("rustfmt.toml", manifest::RUSTFMT.to_owned()),
        file(
            "src/capabilities.rs",
            capabilities::render(pipeline, &names),
        ),
        file("src/functions.rs", functions::render(pipeline, &names)),
        file("src/lib.rs", library::render(pipeline, &names)),
        file("src/types.rs", types::render(pipeline, &names)),
    ];
    files.extend(accepted::render(pipeline, &names).map(|it| file("src/accepted.rs", it)));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}
