//! The `pipec` command: the only place with files, exit codes and a terminal.

use clap::Parser as _;
use std::process::ExitCode;

mod address;
mod arguments;
mod cargo;
mod command;
mod completion;
mod exit;
mod fields;
mod lsp;
mod parameter;
mod physical;
mod project;
mod refusal;
mod sample;
mod signing;
mod spec;
mod stale;
mod stand_in;
mod terminal;
mod timeline;
mod webhook;
mod wire;
mod workspace;

fn main() -> ExitCode {
    exit::report_bugs();
    if completion::is_asked() {
        return completion::answer().into();
    }
    let arguments = match arguments::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // `--help` and `--version` arrive here too, and are no errors.
            let code = if error.use_stderr() {
                exit::USAGE
            } else {
                exit::FINE
            };
            // Nothing is left to say when the terminal itself is gone.
            let _ = error.print();
            return code.into();
        }
    };
    command::run(arguments).into()
}
