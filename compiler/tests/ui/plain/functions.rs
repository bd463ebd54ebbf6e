//! The functions of `plain.pipe`: one trait each, and how they may fail.

use pipe_runtime::Fault;

use crate::capabilities::PingContext;
use crate::types::{Nothing, Ping};

/// `function ping`, plain.pipe:14.
pub trait PingFunction {
    /// `function ping`, plain.pipe:14.
    fn ping(
        &self,
        input: Ping,
        context: &PingContext,
    ) -> impl Future<Output = Result<Nothing, Fault>>;
}
