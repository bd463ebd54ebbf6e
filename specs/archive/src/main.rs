//! The functions of `archive.pipe`. One program serves them all; Lambda says which one a process is for.

mod event_processor;
mod notification_handler;
mod webhook_receiver;

use std::process::ExitCode;

/// What the functions share: nothing.
#[derive(Debug, Default)]
struct Archive;

fn main() -> ExitCode {
    archive_handlers::run(Archive)
}
