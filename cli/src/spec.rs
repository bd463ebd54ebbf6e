//! Reads a spec, prints its diagnostics, writes its artifacts.

use crate::arguments::MessageFormat;
use crate::exit::{self, Exit};
use crate::project::Project;
use pipe_compiler::lower::lower;
use pipe_compiler::model::Pipeline;
use pipe_compiler::{Artifact, Checked, check_bytes, check_declared_bytes, diag};
use std::io::Write as _;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{OnceLock, mpsc};

/// A spec that was read and checked, with nothing printed yet.
struct Read {
    checked: Checked,
    text: String,
}

/// Why a file could not be read or written: what to say, and what to do.
struct Trouble {
    message: String,
    help: Option<&'static str>,
}

impl Trouble {
    fn at(path: &Path, error: &std::io::Error) -> Self {
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
            std::io::ErrorKind::NotFound => {
                Some("specs lie in the folder `specs`; `pipec new NAME` makes a project with one")
            }
            std::io::ErrorKind::IsADirectory => Some("name the `.pipe` file itself"),
            _ => None,
        },
        ..Trouble::at(spec, &error)
    })?;
    let file_name = spec.file_name().unwrap_or_default().to_string_lossy();
    let (checked, text) = check(&file_name, &bytes);
    Ok(Read { checked, text })
}

impl Read {
    fn print(&self, spec: &Path, format: MessageFormat) {
        let shown = spec.display().to_string();
        print(&self.checked.diagnostics, &shown, &self.text, format);
    }
}

/// Checks one spec and prints what is wrong with it; `Ok` means that it compiles.
pub(crate) fn check(spec: &Path, format: MessageFormat) -> Result<Pipeline, Exit> {
    let read = read(spec, check_bytes).map_err(|it| it.say())?;
    read.print(spec, format);
    read.checked.pipeline.ok_or(exit::FINDINGS)
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
        && let Some(first) = first(diagnostics)
    {
        eprint(&format!(
            "For more about the first one: pipec explain {}\n",
            first.code.id
        ));
    }
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
    let written = read.compile(&Project::new(spec, out), true);
    read.print(spec, format);
    tell(&written.unwrap_or(Ok(Vec::new())).map_err(|it| it.say())?);
    read.checked.pipeline.ok_or(exit::FINDINGS)
}

impl Read {
    /// Emits what the spec says and writes it, if it is to be had; gives the user's files that were made.
    fn compile(&mut self, project: &Project, on_two_cores: bool) -> Option<Made> {
        let pipeline = self.checked.pipeline.as_ref()?;
        let done = std::thread::scope(|scope| {
            let (verdict, fits) = mpsc::channel();
            // The crate needs nothing of what AWS reads, but is not written for a pipeline that AWS does not take.
            let handlers = move || {
                let handlers = pipe_compiler::compile_handlers(pipeline);
                let is_wanted = fits.recv().is_ok();
                write_all(project, if is_wanted { &handlers } else { &[] })
            };
            let handlers = if on_two_cores {
                Ok(scope.spawn(handlers))
            } else {
                Err(handlers)
            };
            let lowered = lower(pipeline);
            let errors = pipe_compiler::oversize(pipeline, &lowered);
            if !errors.is_empty() {
                return Err(errors);
            }
            // Nobody hears it only after a panic, which is passed on below.
            let _ = verdict.send(());
            let infrastructure = pipe_compiler::compile_infrastructure(pipeline, lowered);
            let written = write_all(project, &infrastructure);
            let handlers = match handlers {
                Ok(beside) => beside.join().unwrap_or_else(|panic| resume_unwind(panic)),
                Err(after) => after(),
            };
            Ok(written
                .and(handlers)
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
        let written = read.compile(&Project::new(spec, out), false);
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
    for (spec, slot) in specs.iter().zip(slots) {
        let exit = match slot.into_inner() {
            None => exit::FINDINGS,
            Some(Err(trouble)) => trouble.say(),
            Some(Ok((read, written))) => {
                read.print(spec, format);
                match written {
                    None => exit::FINDINGS,
                    Some(Err(trouble)) => trouble.say(),
                    Some(Ok(made)) => {
                        tell(&made);
                        continue;
                    }
                }
            }
        };
        worst = Some(exit::worse(worst, exit));
    }
    worst.map_or(Ok(()), Err)
}

/// The user's files that were made.
type Made = Result<Vec<PathBuf>, Trouble>;

fn write_all(project: &Project, artifacts: &[Artifact]) -> Result<(), Trouble> {
    artifacts
        .iter()
        .try_for_each(|it| write(&project.artifacts.join(&it.path), &it.contents))
}

/// Writes the user's files that are missing.
fn write_stubs(project: &Project, pipeline: &Pipeline) -> Made {
    // The user's crate is the user's: made once, never touched again, however it is arranged.
    if project.handlers.join("Cargo.toml").exists() {
        return Ok(Vec::new());
    }
    let mut made = Vec::new();
    for stub in pipe_compiler::user_stubs(pipeline) {
        let path = project.handlers.join(&stub.path);
        if !path.exists() {
            write(&path, &stub.contents)?;
            made.push(path);
        }
    }
    Ok(made)
}

fn tell(made: &[PathBuf]) {
    for path in made {
        anstream::eprintln!("made {}, which is yours to edit", path.display());
    }
}

/// Writes a file unless it is there with these very bytes, so that nothing downstream is rebuilt for nothing.
fn write(path: &Path, contents: &[u8]) -> Result<(), Trouble> {
    if std::fs::read(path).is_ok_and(|there| there == contents) {
        return Ok(());
    }
    let written = std::fs::write(path, contents).or_else(|_| {
        // The usual reason is that its folder is missing.
        path.parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(path, contents))
    });
    written.map_err(|error| Trouble::at(path, &error))
}
