//! The functions of `refunds.pipe`. One program serves them all; Lambda says which one a process is for.

mod approval;
mod intake;
mod ledger;
mod payments;
mod payout;
mod shop;

use std::process::ExitCode;

/// What the functions share: nothing.
#[derive(Debug, Default)]
struct Refunds;

fn main() -> ExitCode {
    refunds_handlers::run(Refunds)
}
