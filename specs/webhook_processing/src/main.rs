//! The functions of `webhook_processing.pipe`. One program serves them all; Lambda says which one a process is for.

mod process;
mod reading;
mod status_updates;
mod validator;

use std::process::ExitCode;

/// What the functions share: nothing.
#[derive(Debug, Default)]
struct WebhookProcessing;

fn main() -> ExitCode {
    webhook_processing_handlers::run(WebhookProcessing)
}
