//! The functions of `payments.pipe`. One program serves them all; Lambda says which one a process is for.

mod currency;
mod gateway;
mod process;
mod validate;

use std::process::ExitCode;

/// What the functions share.
#[derive(Debug, Default)]
struct Payments {
    gateway: gateway::Gateway,
}

fn main() -> ExitCode {
    payments_handlers::run(Payments::default())
}
