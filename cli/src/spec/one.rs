//! One spec compiled: its two halves beside each other.

use super::writing::{Made, tell, write_all, write_stubs};
use super::{Read, read};
use crate::arguments::MessageFormat;
use crate::cores;
use crate::exit::Exit;
use crate::project::Project;
use crate::stale;
use pipe_compiler::diag::Diagnostic;
use pipe_compiler::lower::lower;
use pipe_compiler::model::Pipeline;
use pipe_compiler::{check_declared_bytes, compile_declared, compile_lowered, oversize};
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc;

/// Compiles one spec into its folder of `out`, and writes the user's crate where it is missing.
pub(crate) fn compile(spec: &Path, out: &Path, format: MessageFormat) -> Result<Pipeline, Exit> {
    let mut read = read(spec, check_declared_bytes).map_err(|it| it.say())?;
    let project = Project::new(spec, out);
    let written = read.compile(&project);
    let told = read.print(spec, format);
    if let Some(made) = written {
        tell(&project, &made.map_err(|it| it.say())?);
    }
    read.pipeline(told)
}

impl Read {
    /// Emits what the spec says and writes it, if it is to be had; gives the user's files that were made.
    fn compile(&mut self, project: &Project) -> Option<Made> {
        let pipeline = self.checked.pipeline.as_ref()?;
        emit(pipeline, project)
            .map_err(|errors| self.checked.refuse(errors))
            .ok()
    }
}

/// Emits and writes a pipeline, or says why AWS would not take it. The crate and the graph need nothing of what AWS reads, but are not written
/// for a pipeline that it does not take.
fn emit(pipeline: &Pipeline, project: &Project) -> Result<Made, Vec<Diagnostic>> {
    std::thread::scope(|scope| {
        let (verdict, fits) = mpsc::channel();
        let declared = cores::beside(scope, move || {
            let declared = compile_declared(pipeline);
            match fits.recv() {
                Ok(()) => write_all(project, pipeline, stale::MODULES, &declared),
                Err(_) => Ok(()),
            }
        });
        let lowered = lower(pipeline);
        let errors = oversize(pipeline, &lowered);
        if !errors.is_empty() {
            return Err(errors);
        }
        // Nobody hears it only after a panic, which is passed on below.
        let _ = verdict.send(());
        let lowered = compile_lowered(pipeline, lowered);
        let written = write_all(project, pipeline, stale::MACHINES, &lowered);
        let declared = declared.join().unwrap_or_else(|panic| resume_unwind(panic));
        Ok(written
            .and(declared)
            .and_then(|()| write_stubs(project, pipeline)))
    })
}
