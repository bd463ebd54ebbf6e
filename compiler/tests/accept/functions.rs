//! The functions of `deliveries.pipe`: one trait each, and how they may fail.

use pipe_runtime::Fault;

use crate::accepted::TakeInput;
use crate::capabilities::TakeContext;
use crate::types::Seen;

/// Says of each event what it is about, and how much.
pub trait Take {
    /// `function take`, deliveries.pipe:60.
    fn take(
        &self,
        input: TakeInput,
        context: &TakeContext,
    ) -> impl Future<Output = Result<Seen, Fault>>;
}
