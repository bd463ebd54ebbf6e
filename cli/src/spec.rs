//! Reads a spec, prints its diagnostics, writes its artifacts.

use crate::arguments::MessageFormat;
use crate::exit::{self, Exit};
use crate::project::Project;
use crate::stale;
use crate::workspace::Crates;
use pipe_compiler::lower::{PhysicalName, lower, physical_names};
use pipe_compiler::model::Pipeline;
use pipe_compiler::{Artifact, Checked, Together, check_bytes, check_declared_bytes, diag};
use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{OnceLock, mpsc};

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

/// Compiles one spec into its folder of `out`, and writes the user's crate where it is missing.
pub(crate) fn compile(spec: &Path, out: &Path, format: MessageFormat) -> Result<Pipeline, Exit> {
    let mut read = read(spec, check_declared_bytes).map_err(|it| it.say())?;
    let project = Project::new(spec, out);
    let written = read.compile(&project, Alone::Yes);
    let told = read.print(spec, format);
    if let Some(made) = written {
        tell(&project, &made.map_err(|it| it.say())?);
    }
    read.pipeline(told)
}

/// Whether a spec is the only one of its call: then both cores are its own, and no other can have its names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Alone {
    Yes,
    No,
}

impl Read {
    /// Emits what the spec says and writes it, if it is to be had; gives the user's files that were made.
    fn compile(&mut self, project: &Project, alone: Alone) -> Option<Made> {
        let pipeline = self.checked.pipeline.as_ref()?;
        let names = &mut self.names;
        let done = std::thread::scope(|scope| {
            let (verdict, fits) = mpsc::channel();
            // The crate and the graph need nothing of what AWS reads, but are not written for a pipeline that AWS does not take.
            let declared = move || {
                let declared = pipe_compiler::compile_declared(pipeline);
                match fits.recv() {
                    Ok(()) => write_all(project, pipeline, stale::MODULES, &declared),
                    Err(_) => Ok(()),
                }
            };
            let declared = match alone {
                Alone::Yes => Ok(scope.spawn(declared)),
                Alone::No => Err(declared),
            };
            let lowered = lower(pipeline);
            let errors = pipe_compiler::oversize(pipeline, &lowered);
            if !errors.is_empty() {
                return Err(errors);
            }
            // Nobody hears it only after a panic, which is passed on below.
            let _ = verdict.send(());
            if alone == Alone::No {
                *names = physical_names(&lowered);
            }
            let lowered = pipe_compiler::compile_lowered(pipeline, lowered);
            let written = write_all(project, pipeline, stale::MACHINES, &lowered);
            let declared = match declared {
                Ok(beside) => beside.join().unwrap_or_else(|panic| resume_unwind(panic)),
                Err(after) => after(),
            };
            Ok(written
                .and(declared)
                .and_then(|()| write_stubs(project, pipeline)))
        });
        done.map_err(|errors| self.checked.refuse(errors)).ok()
    }
}

/// Compiles many specs on all cores. What is printed comes in the order of the specs, as if one came after the other.
pub(crate) fn compile_all(
    specs: &[PathBuf],
    out: &Path,
    format: MessageFormat,
) -> Result<(), Exit> {
    /// What became of one spec: what was read, and the files made if it compiled.
    type Outcome = Result<(Read, Option<Made>), Trouble>;
    let outcome = |spec: &Path| -> Outcome {
        let mut read = read(spec, check_declared_bytes)?;
        let written = read.compile(&Project::new(spec, out), Alone::No);
        Ok((read, written))
    };
    let slots: Vec<OnceLock<Outcome>> = specs.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers.min(specs.len()) {
            scope.spawn(|| {
                let mut index = next.fetch_add(1, Ordering::Relaxed);
                while let (Some(spec), Some(slot)) = (specs.get(index), slots.get(index)) {
                    slot.get_or_init(|| outcome(spec));
                    index = next.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let mut worst = None;
    let mut together = Together::default();
    for (spec, slot) in specs.iter().zip(slots) {
        let exit = match slot.into_inner() {
            None => exit::FINDINGS,
            Some(Err(trouble)) => trouble.say(),
            Some(Ok((mut read, written))) => {
                read.compare(spec, &mut together);
                if let Err(exit) = read.print(spec, format) {
                    worst = Some(exit::worse(worst, exit));
                }
                match written {
                    None => exit::FINDINGS,
                    Some(Err(trouble)) => trouble.say(),
                    Some(Ok(made)) => {
                        tell(&Project::new(spec, out), &made);
                        continue;
                    }
                }
            }
        };
        worst = Some(exit::worse(worst, exit));
    }
    tell_of_more(&together);
    worst.map_or(Ok(()), Err)
}

/// Says that there are more specs with names of others than were told of it.
pub(crate) fn tell_of_more(together: &Together) {
    let untold = together.untold();
    if untold > 0 {
        let message = format!("{untold} more specs would make names that others make");
        exit::note(&message, "pipec explain P0123");
    }
}

/// The user's files that were made.
type Made = Result<Vec<PathBuf>, Trouble>;

/// Writes these artifacts, and removes those of the kind that an earlier compile wrote and this one does not.
fn write_all(
    project: &Project,
    pipeline: &Pipeline,
    kind: stale::Kind,
    artifacts: &[Artifact],
) -> Result<(), Trouble> {
    let is_new = make_folder(&kind.within(&project.artifacts))?;
    for it in artifacts {
        write(&project.artifacts.join(&it.path), &it.contents)?;
    }
    if is_new {
        return Ok(());
    }
    stale::remove(&project.artifacts, &pipeline.file, kind, artifacts)
        .map_err(|(path, error)| Trouble::at(&path, &error))
}

/// Writes the user's files that are missing.
fn write_stubs(project: &Project, pipeline: &Pipeline) -> Made {
    // The user's crate is the user's: made once, never touched again, however it is arranged.
    if project.handlers.join("Cargo.toml").exists() {
        return Ok(Vec::new());
    }
    let crates = Crates::of(project).map_err(|error| Trouble::at(&project.artifacts, &error))?;
    let mut made = Vec::new();
    for stub in pipe_compiler::user_stubs(pipeline, &crates.path_to_generated()) {
        let path = project.handlers.join(&stub.path);
        if !path.exists() {
            write(&path, &stub.contents)?;
            made.push(path);
        }
    }
    Ok(made)
}

/// Says what was made of the user's. A new crate also needs its place in a workspace, which is looked for here, where one spec comes after the
/// other: two must not write the same manifest at once.
fn tell(project: &Project, made: &[PathBuf]) {
    for path in made {
        anstream::eprintln!("made {}, which is yours to edit", path.display());
    }
    if made.is_empty() {
        return;
    }
    match Crates::of(project).map(|it| it.join()) {
        Ok(Ok(Some(done))) => anstream::eprintln!("{done}"),
        Ok(Err(missing)) => exit::note(&missing.message, &missing.help),
        // Both folders were there a moment ago; if not, cargo says so.
        Ok(Ok(None)) | Err(_) => {}
    }
}

/// Makes a folder, and those around it; true if it was not there, so that it holds nothing of an earlier compile.
fn make_folder(folder: &Path) -> Result<bool, Trouble> {
    let made = match std::fs::create_dir(folder) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            std::fs::create_dir_all(folder).map(|()| true)
        }
        Err(error) => Err(error),
    };
    made.map_err(|error| Trouble::at(folder, &error))
}

/// Writes a file unless it is there with these very bytes, so that nothing downstream is rebuilt for nothing.
fn write(path: &Path, contents: &[u8]) -> Result<(), Trouble> {
    let made = File::create_new(path).or_else(|error| match (error.kind(), path.parent()) {
        (ErrorKind::NotFound, Some(folder)) => {
            std::fs::create_dir_all(folder).and_then(|()| File::create_new(path))
        }
        _ => Err(error),
    });
    let written = match made {
        Ok(mut file) => file.write_all(contents),
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        Err(_) if std::fs::read(path).is_ok_and(|there| there == contents) => Ok(()),
        Err(_) => std::fs::write(path, contents),
    };
    written.map_err(|error| Trouble::at(path, &error))
}
