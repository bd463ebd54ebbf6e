//! Where the time of a compile goes: median microseconds of each phase over many runs in one process.
//!
//!     cargo run --release -p pipe-bench --bin phases -- specs/archive.pipe

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use pipe_compiler::emit::{graph, permissions, rust};
use pipe_compiler::lower::lower;

const RUNS: usize = 200;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("phases SPEC");
        return ExitCode::from(2);
    };
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
    phase("parse", || pipe_dsl::parse(&text));
    phase("parse and check", || {
        pipe_compiler::check_declared_bytes(&path, text.as_bytes())
    });
    phase("lower", || lower(&pipeline));
    phase("template as text", || {
        serde_json::to_vec_pretty(&lowered.template)
    });
    phase("permissions", || permissions::render(&pipeline, &lowered));
    phase("graph", || graph::render(&pipeline));
    phase("Rust", || rust::artifacts(&pipeline));
    phase("everything but the check", || {
        pipe_compiler::compile(&pipeline)
    });
    ExitCode::SUCCESS
}

fn phase<T>(name: &str, work: impl Fn() -> T) {
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
