//! Many specs compiled: on all cores, and on each in batches that go from stage to stage together. A compile runs through more code than a core
//! keeps at hand, and each stage by itself through less, so that all but the first spec of a batch find it there.

use super::writing::{Made, tell, write_all, write_stubs};
use super::{Read, Trouble, read, tell_of_more};
use crate::arguments::MessageFormat;
use crate::cores;
use crate::exit::{self, Exit};
use crate::project::Project;
use crate::stale;
use pipe_compiler::lower::{Lowered, lower, physical_names};
use pipe_compiler::{Together, check_declared_bytes, compile_declared, compile_lowered, oversize};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Specs in a batch. With more of them what they hold no longer fits where a core finds it quickly.
const BATCH_MAX: usize = 16;

/// What became of one spec: what was read, and the files made if it compiled.
type Outcome = Result<(Read, Option<Made>), Trouble>;

/// A spec, and where its outcome goes.
type Slot<'a> = (&'a Path, OnceLock<Outcome>);

/// Compiles many specs on all cores. What is printed comes in the order of the specs, as if one came after the other.
pub(crate) fn compile_all(
    specs: &[PathBuf],
    out: &Path,
    format: MessageFormat,
) -> Result<(), Exit> {
    let slots: Vec<Slot<'_>> = specs.iter().map(|it| (&**it, OnceLock::new())).collect();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = cores.min(specs.len());
    let rest = Mutex::new(&*slots);
    let work = || {
        while let Some(batch) = next_batch(&rest, workers) {
            compile_batch(batch, out);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..workers {
            cores::beside(scope, work);
        }
        work();
    });
    let mut worst = None;
    let mut together = Together::default();
    for (spec, slot) in slots {
        let told = slot.into_inner().map_or(Err(exit::FINDINGS), |outcome| {
            report(spec, outcome, out, format, &mut together)
        });
        if let Err(exit) = told {
            worst = Some(exit::worse(worst, exit));
        }
    }
    tell_of_more(&together);
    worst.map_or(Ok(()), Err)
}

/// Says what became of a spec.
fn report(
    spec: &Path,
    outcome: Outcome,
    out: &Path,
    format: MessageFormat,
    together: &mut Together,
) -> Result<(), Exit> {
    let (mut read, written) = outcome.map_err(|it| it.say())?;
    read.compare(spec, together);
    let told = read.print(spec, format);
    match written {
        None => return Err(exit::worse(told.err(), exit::FINDINGS)),
        Some(made) => tell(&Project::new(spec, out), &made.map_err(|it| it.say())?),
    }
    told
}

/// Takes some of what is left: large batches first, small ones in the end, so that all workers are done at about the same time.
fn next_batch<'a, 'b>(rest: &Mutex<&'b [Slot<'a>]>, workers: usize) -> Option<&'b [Slot<'a>]> {
    let mut rest = rest.lock().unwrap_or_else(PoisonError::into_inner);
    let share = rest.len() / workers.max(1);
    let (batch, left) = rest.split_at_checked(share.clamp(1, BATCH_MAX))?;
    *rest = left;
    Some(batch)
}

/// Compiles specs that go from stage to stage together. A panic, which is a bug of ours and ends the call, takes along what they had.
fn compile_batch(batch: &[Slot<'_>], out: &Path) {
    let mut jobs: Vec<Result<Job, Trouble>> = batch
        .iter()
        .map(|(spec, _)| {
            let read = read(spec, check_declared_bytes)?;
            Ok(Job::new(read, Project::new(spec, out)))
        })
        .collect();
    for stage in STAGES {
        for job in jobs.iter_mut().flatten() {
            stage(job);
        }
    }
    for ((_, slot), job) in batch.iter().zip(jobs) {
        slot.get_or_init(|| job.map(Job::outcome));
    }
}

/// A spec that was read and checked, on its way through the stages.
struct Job {
    read: Read,
    project: Project,
    lowered: Option<Lowered>,
    written: Option<Made>,
}

/// What is done with a spec, in this order. A spec with errors passes all of them untouched.
const STAGES: [fn(&mut Job); 3] = [Job::lower, Job::emit_lowered, Job::emit_declared];

impl Job {
    fn new(read: Read, project: Project) -> Self {
        Self {
            read,
            project,
            lowered: None,
            written: None,
        }
    }

    fn lower(&mut self) {
        self.lowered = self.read.checked.pipeline.as_ref().map(lower);
    }

    /// Writes what AWS reads, or refuses what is more than it takes.
    fn emit_lowered(&mut self) {
        let pipeline = self.read.checked.pipeline.as_ref();
        let (Some(pipeline), Some(lowered)) = (pipeline, self.lowered.take()) else {
            return;
        };
        let errors = oversize(pipeline, &lowered);
        if !errors.is_empty() {
            return self.read.checked.refuse(errors);
        }
        self.read.names = physical_names(&lowered);
        let artifacts = compile_lowered(pipeline, lowered);
        let written = write_all(&self.project, pipeline, stale::MACHINES, &artifacts);
        self.written = Some(written.map(|()| Vec::new()));
    }

    /// Writes the crate and the graph, after which the pipeline is not needed any more.
    fn emit_declared(&mut self) {
        let pipeline = self.read.checked.pipeline.take();
        let (Some(pipeline), Some(written)) = (pipeline, self.written.take()) else {
            return;
        };
        let artifacts = compile_declared(&pipeline);
        // What can be written is, also where the rest cannot.
        let declared = write_all(&self.project, &pipeline, stale::MODULES, &artifacts);
        let stubs = || write_stubs(&self.project, &pipeline);
        self.written = Some(written.and(declared).and_then(|()| stubs()));
    }

    fn outcome(self) -> (Read, Option<Made>) {
        (self.read, self.written)
    }
}
