//! Parameters and secrets of a local run: where they are stored, and `--param NAME=VALUE`.

use crate::exit::{self, Exit};
use crate::physical::SUFFIX;
use crate::wire::Endpoint;
use pipe_compiler::model::{ParameterSource, Piece, Pipeline};
use serde_json::json;

/// A value for a declared parameter that is made outside the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    name: String,
    value: String,
}

/// Reads what `--param` was given, before anything is started.
pub(crate) fn settings(pipeline: &Pipeline, written: &[String]) -> Result<Vec<Setting>, Exit> {
    written.iter().map(|it| setting(pipeline, it)).collect()
}

fn setting(pipeline: &Pipeline, written: &str) -> Result<Setting, Exit> {
    let usage = |message: String, help: &str| exit::say(exit::USAGE, &message, Some(help));
    let Some((declared, value)) = written.split_once('=') else {
        let message = format!("--param takes NAME=VALUE, not `{written}`");
        return Err(usage(
            message,
            "NAME is what the spec declares with `param`",
        ));
    };
    let source = pipeline.parameters.get(declared).map(|it| &it.source);
    match source {
        Some(ParameterSource::External) => Ok(Setting {
            name: stored_as(pipeline, declared),
            value: value.to_owned(),
        }),
        Some(ParameterSource::Value(_)) => Err(usage(
            format!("`{declared}` has its value in the spec"),
            "only a parameter that is made outside the stack can be set here",
        )),
        Some(ParameterSource::AtDeploy) => Err(usage(
            format!("`{declared}` is set at deploy, and a local run deploys nothing"),
            "its value in a local run is `local`",
        )),
        None => Err(usage(
            format!("the spec declares no parameter `{declared}`"),
            "secrets are made by themselves; the state folder holds them",
        )),
    }
}

/// Puts the values where the handlers read them.
pub(crate) fn set(settings: &[Setting], port: u16) -> Result<(), Exit> {
    let endpoint = Endpoint::new(port);
    for Setting { name, value } in settings {
        let input = json!({ "Name": name, "Value": value, "Type": "String", "Overwrite": true });
        endpoint
            .call("AmazonSSM.PutParameter", &input)
            .map_err(|error| exit::say(exit::USAGE, &error, None))?;
    }
    Ok(())
}

/// The physical name in a local run: as the spec writes it, else `/<pipeline>/local/<name>`.
pub(crate) fn stored_as(pipeline: &Pipeline, declared: &str) -> String {
    let named = pipeline.parameters.get(declared);
    let kebab = |name: &str| name.replace('_', "-");
    match named.and_then(|it| it.physical.as_ref()) {
        Some(pieces) => pieces.iter().map(text_of).collect(),
        None => format!("/{}/{SUFFIX}/{}", kebab(&pipeline.name), kebab(declared)),
    }
}

fn text_of(piece: &Piece) -> &str {
    match piece {
        Piece::Suffix => SUFFIX,
        Piece::Text(text) | Piece::Field(text) | Piece::Date(text) => text,
    }
}
