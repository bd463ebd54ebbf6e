//! Reads a spec, prints its diagnostics, writes its artifacts.

mod many;
mod one;
mod writing;

pub(crate) use self::many::compile_all;
pub(crate) use self::one::compile;

use crate::arguments::MessageFormat;
use crate::exit::{self, Exit};
use pipe_compiler::lower::{PhysicalName, lower, physical_names};
use pipe_compiler::model::Pipeline;
use pipe_compiler::{Checked, Together, check_bytes, diag};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

/// A spec that was read and checked, with nothing printed yet.
struct Read {
    checked: Checked,
    text: String,
    /// What its stack would make, where there are other specs that could make the same.
    names: Vec<PhysicalName>,
}

/// Why a file could not be read or written: what to say, and what to do.
struct Trouble {
    message: String,
    help: Option<&'static str>,
}

impl Trouble {
    fn at(path: &Path, error: &std::io::Error) -> Self {
        use ErrorKind::{AlreadyExists, NotADirectory};
        if matches!(error.kind(), AlreadyExists | NotADirectory)
            && let Some(file) = path.ancestors().skip(1).find(|it| it.is_file())
        {
            return Self {
                message: format!(
                    "{} is a file, and a folder is needed there for {}",
                    file.display(),
                    path.display()
                ),
                help: Some("move the file away; --out names another folder for the artifacts"),
            };
        }
        Self {
            message: format!("{}: {error}", path.display()),
            help: None,
        }
    }

    fn say(&self) -> Exit {
        exit::say(exit::USAGE, &self.message, self.help)
    }
}

/// Reads a spec and checks it with one of the checkers of `pipe_compiler`.
fn read(spec: &Path, check: fn(&str, &[u8]) -> (Checked, String)) -> Result<Read, Trouble> {
    let bytes = std::fs::read(spec).map_err(|error| Trouble {
        help: match error.kind() {
            ErrorKind::NotFound => {
                Some("specs lie in the folder `specs`; `pipec new NAME` makes a project with one")
            }
            ErrorKind::IsADirectory => Some("name the `.pipe` file itself"),
            _ => None,
        },
        ..Trouble::at(spec, &error)
    })?;
    let file_name = spec.file_name().unwrap_or_default().to_string_lossy();
    let (checked, text) = check(&file_name, &bytes);
    Ok(Read::new(checked, text))
}

impl Read {
    fn new(checked: Checked, text: String) -> Self {
        Self {
            checked,
            text,
            names: Vec::new(),
        }
    }

    /// Finds the names that specs before this one have.
    fn compare(&mut self, spec: &Path, together: &mut Together) {
        let names = std::mem::take(&mut self.names);
        if let Some(it) = together.add(&spec.display().to_string(), &self.text, names) {
            self.checked.add(it);
        }
    }

    fn print(&self, spec: &Path, format: MessageFormat) -> Result<(), Exit> {
        let shown = spec.display().to_string();
        print(&self.checked.diagnostics, &shown, &self.text, format)
    }

    /// The pipeline, if the spec has no errors and what is to be said of it was.
    fn pipeline(self, told: Result<(), Exit>) -> Result<Pipeline, Exit> {
        match self.checked.pipeline {
            Some(pipeline) => told.map(|()| pipeline),
            None => Err(exit::worse(told.err(), exit::FINDINGS)),
        }
    }
}

/// Checks one spec and prints what is wrong with it; `Ok` means that it compiles.
pub(crate) fn check(spec: &Path, format: MessageFormat) -> Result<Pipeline, Exit> {
    let read = read(spec, check_bytes).map_err(|it| it.say())?;
    let told = read.print(spec, format);
    read.pipeline(told)
}

/// Checks one spec, `-` being standard input, where a warning may count as an error, and with the specs before it, where there are others.
pub(crate) fn judge(
    spec: &Path,
    format: MessageFormat,
    deny_warnings: bool,
    together: Option<&mut Together>,
) -> Result<(), Exit> {
    let read = if spec == Path::new("-") {
        piped()
    } else {
        read(spec, check_bytes)
    };
    let mut read = read.map_err(|it| it.say())?;
    if let (Some(together), Some(pipeline)) = (together, &read.checked.pipeline) {
        read.names = physical_names(&lower(pipeline));
        read.compare(spec, together);
    }
    let told = read.print(spec, format);
    let mut warnings = read.checked.diagnostics.iter();
    if read.checked.pipeline.is_none()
        || deny_warnings && warnings.any(|it| it.severity() == diag::Severity::Warning)
    {
        return Err(exit::worse(told.err(), exit::FINDINGS));
    }
    told
}

/// What standard input holds. It has no name, so it is checked under the one that it gives itself.
fn piped() -> Result<Read, Trouble> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| Trouble::at(Path::new("-"), &error))?;
    let text = String::from_utf8_lossy(&bytes);
    let name = text.lines().find_map(|it| it.strip_prefix("pipeline "));
    let name = name.and_then(|it| it.split_whitespace().next());
    let (checked, text) = check_bytes(&format!("{}.pipe", name.unwrap_or("-")), &bytes);
    Ok(Read::new(checked, text))
}

fn print(
    diagnostics: &[diag::Diagnostic],
    shown: &str,
    text: &str,
    format: MessageFormat,
) -> Result<(), Exit> {
    if diagnostics.is_empty() {
        return Ok(());
    }
    let colour = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    match format {
        MessageFormat::Human => eprint(&diag::render_human(diagnostics, shown, text, colour)),
        MessageFormat::Short => eprint(&diag::render_short(diagnostics, shown, text)),
        // Standard output is for machines.
        MessageFormat::Json => {
            let json = diag::render_json(diagnostics, shown, text);
            return crate::output::print_verbatim(json.as_bytes());
        }
    }
    if format == MessageFormat::Human
        && let Some(first) = first(diagnostics)
    {
        eprint(&format!(
            "For more about the first one: pipec explain {}\n",
            first.code.id
        ));
    }
    Ok(())
}

/// The first error, for it is what has to be mended; the first warning where there is none.
fn first(diagnostics: &[diag::Diagnostic]) -> Option<&diag::Diagnostic> {
    let is_error = |it: &&diag::Diagnostic| it.severity() == diag::Severity::Error;
    diagnostics.iter().find(is_error).or(diagnostics.first())
}

/// A closed standard error is no reason to fail.
fn eprint(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Says that there are more specs with names of others than were told of it.
pub(crate) fn tell_of_more(together: &Together) {
    let untold = together.untold();
    if untold > 0 {
        let message = format!("{untold} more specs would make names that others make");
        exit::note(&message, "pipec explain P0123");
    }
}
