//! Where the time of a compile goes: median microseconds of each phase over many runs in one process. With the name of a phase that one
//! alone runs, for tools that count instructions.
//!
//!     cargo run --release -p pipe-bench --bin phases -- specs/archive.pipe [Rust]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use pipe_compiler::emit::{graph, json, permissions, rust};
use pipe_compiler::lower::{lower, oversize, physical_names};

const RUNS: usize = 200;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("phases SPEC [PHASE]");
        return ExitCode::from(2);
    };
    let only = std::env::args().nth(2);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::from(2);
        }
    };
    let checked = pipe_compiler::check(&path, &text);
    let Some(pipeline) = checked.pipeline else {
        eprintln!("{path} does not check");
        return ExitCode::FAILURE;
    };
    let lowered = lower(&pipeline);
    lowered.template_text();
    let mut phases = Phases { only, run: 0 };
    phases.run("parse", || pipe_dsl::parse(&text));
    phases.run("parse and check", || {
        pipe_compiler::check_declared_bytes(&path, text.as_bytes())
    });
    phases.run("lower", || lower(&pipeline));
    phases.run("template as text", || json::file(&lowered.template));
    // The text of the template, of which the size is asked, is made before the first run.
    phases.run("oversize and names", || {
        (oversize(&pipeline, &lowered), physical_names(&lowered))
    });
    phases.run("permissions", || permissions::render(&pipeline, &lowered));
    phases.run("graph", || graph::render(&pipeline));
    phases.run("Rust", || rust::artifacts(&pipeline));
    phases.run("everything but the check", || {
        pipe_compiler::compile(&pipeline)
    });
    if phases.run == 0 {
        eprintln!("there is no such phase");
        return ExitCode::from(2);
    }
    ExitCode::SUCCESS
}

struct Phases {
    /// The one that is asked for, if only one is.
    only: Option<String>,
    run: usize,
}

impl Phases {
    fn run<T>(&mut self, name: &str, work: impl Fn() -> T) {
        if self.only.as_ref().is_some_and(|it| it != name) {
            return;
        }
        self.run += 1;
        let mut runs: Vec<u128> = (0..RUNS)
            .map(|_| {
                let began = Instant::now();
                black_box(work());
                began.elapsed().as_nanos()
            })
            .collect();
        runs.sort_unstable();
        let median = runs.get(RUNS / 2).copied().unwrap_or_default();
        #[expect(
            clippy::cast_precision_loss,
            reason = "nanoseconds of one phase are far below 2^53"
        )]
        let median_us = median as f64 / 1000.0;
        println!("{name:<26} {median_us:>9.1} us");
    }
}
