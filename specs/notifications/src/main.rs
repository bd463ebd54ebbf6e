//! The functions of `notifications.pipe`. One program serves them all; Lambda says which one a process is for.

mod receive;
mod webhook_processor;

use std::process::ExitCode;

/// What the functions share: nothing.
#[derive(Debug, Default)]
struct Notifications;

fn main() -> ExitCode {
    notifications_handlers::run(Notifications)
}
