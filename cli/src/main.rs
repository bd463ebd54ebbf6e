//! The `pipec` command: the only place with files, exit codes and a terminal.

use clap::Parser as _;
use std::process::ExitCode;

mod address;
mod arguments;
mod cargo;
mod command;
mod completion;
mod cores;
mod exit;
mod fields;
mod lsp;
mod output;
mod parameter;
mod physical;
mod project;
mod refusal;
mod sample;
mod signing;
mod spec;
mod stale;
mod stand_in;
mod tamper;
mod terminal;
mod timeline;
mod webhook;
mod wire;
mod workspace;

/// Compiling makes and drops thousands of small values, on all cores at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    exit::report_bugs();
    if completion::is_asked() {
        return exit::of(completion::answer()).into();
    }
    let arguments = match arguments::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // `--help` and `--version` arrive here too, and are no errors.
            let printed = error.print();
            if error.use_stderr() {
                // Nothing is left to say when the terminal itself is gone.
                return exit::USAGE.into();
            }
            return exit::of(output::heard(printed)).into();
        }
    };
    command::run(arguments).into()
}
