//! `process` cannot fail with an error that its declaration does not list.

#[path = "../../../../infra-out/payments/handlers/src/capabilities.rs"]
mod capabilities;
#[path = "../../../../infra-out/payments/handlers/src/functions.rs"]
mod functions;
#[path = "../../../../infra-out/payments/handlers/src/types.rs"]
mod types;

use functions::ProcessError;
use types::{Receipt, Rejected};

pub fn process() -> Result<Receipt, ProcessError> {
    Err(Rejected { reason: String::new() })?
}

fn main() {}
