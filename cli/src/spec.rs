//! Reads a spec, prints its diagnostics, writes its artifacts.

use crate::arguments::MessageFormat;
use crate::exit::{self, Exit};
use crate::project::Project;
use pipe_compiler::diag;
use pipe_compiler::model::Pipeline;
use std::io::Write as _;
use std::path::Path;

/// Checks one spec and prints what is wrong with it; `Ok` means that it compiles.
pub(crate) fn check(spec: &Path, format: MessageFormat) -> Result<Pipeline, Exit> {
    let bytes = std::fs::read(spec).map_err(|error| {
        let help = match error.kind() {
            std::io::ErrorKind::NotFound => {
                Some("specs lie in the folder `specs`; `pipec new NAME` makes a project with one")
            }
            std::io::ErrorKind::IsADirectory => Some("name the `.pipe` file itself"),
            _ => None,
        };
        exit::say(exit::USAGE, &format!("{}: {error}", spec.display()), help)
    })?;
    let shown = spec.display().to_string();
    let file_name = spec.file_name().unwrap_or_default().to_string_lossy();
    let (checked, text) = pipe_compiler::check_bytes(&file_name, &bytes);
    print(&checked.diagnostics, &shown, &text, format);
    checked.pipeline.ok_or(exit::FINDINGS)
}

fn print(diagnostics: &[diag::Diagnostic], shown: &str, text: &str, format: MessageFormat) {
    if diagnostics.is_empty() {
        return;
    }
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    match format {
        MessageFormat::Human => eprint(&diag::render_human(diagnostics, shown, text, colour)),
        MessageFormat::Short => eprint(&diag::render_short(diagnostics, shown, text)),
        // Standard output is for machines.
        MessageFormat::Json => {
            let _ =
                std::io::stdout().write_all(diag::render_json(diagnostics, shown, text).as_bytes());
            return;
        }
    }
    if format == MessageFormat::Human
        && let Some(first) = diagnostics.first()
    {
        eprint(&format!(
            "For more about the first one: pipec explain {}\n",
            first.code.id
        ));
    }
}

/// A closed standard error is no reason to fail.
fn eprint(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Compiles one spec into its folder of `out`, and writes the user's crate where it is missing.
pub(crate) fn compile(spec: &Path, out: &Path, format: MessageFormat) -> Result<Pipeline, Exit> {
    let pipeline = check(spec, format)?;
    let project = Project::new(spec, out);
    for artifact in pipe_compiler::compile(&pipeline) {
        write(&project.artifacts.join(&artifact.path), &artifact.contents)?;
    }
    for stub in pipe_compiler::user_stubs(&pipeline) {
        let path = project.handlers.join(&stub.path);
        // The user's files are the user's: made once, never touched again.
        if !path.exists() {
            write(&path, &stub.contents)?;
            anstream::eprintln!("made {}, which is yours to edit", path.display());
        }
    }
    Ok(pipeline)
}

/// Writes a file unless it is there with these very bytes, so that nothing downstream is rebuilt for nothing.
fn write(path: &Path, contents: &[u8]) -> Result<(), Exit> {
    if std::fs::read(path).is_ok_and(|there| there == contents) {
        return Ok(());
    }
    let made = path
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(path, contents));
    made.map_err(|error| exit::say(exit::USAGE, &format!("{}: {error}", path.display()), None))
}
