//! Only events are recorded.

#[path = "../../../../infra-out/payments/handlers/src/capabilities.rs"]
mod capabilities;
#[path = "../../../../infra-out/payments/handlers/src/functions.rs"]
mod functions;
#[path = "../../../../infra-out/payments/handlers/src/types.rs"]
mod types;

use capabilities::payment_events;
use pipe_runtime::entry::{Entry, Provenance};
use types::Receipt;

pub fn entry(receipt: &Receipt, provenance: &Provenance) {
    let _ = Entry::new::<payment_events, Receipt>(receipt, provenance);
}

fn main() {}
