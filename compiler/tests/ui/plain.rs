//! What is emitted for a spec with next to nothing compiles without a warning.

#![deny(warnings)]
#![allow(dead_code, reason = "only `lib.rs`, which needs the Lambda runtime, would use everything")]

#[path = "plain/capabilities.rs"]
mod capabilities;
#[path = "plain/functions.rs"]
mod functions;
#[path = "plain/types.rs"]
mod types;

struct Plain;

impl functions::PingFunction for Plain {
    async fn ping(&self, _: types::Ping, _: &capabilities::PingContext) -> Result<types::Nothing, pipe_runtime::Fault> {
        Ok(types::Nothing {})
    }
}

fn main() {}
