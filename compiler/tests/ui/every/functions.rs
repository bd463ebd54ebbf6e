//! The functions of `every.pipe`: one trait each, and how they may fail.

use pipe_runtime::Fault;

use crate::capabilities::{AllContext, IdleContext, TakeContext, TakeNoteContext};
use crate::types::{Order, Ping};

/// `function all`, every.pipe:41.
pub trait All {
    /// `function all`, every.pipe:41.
    fn all(
        &self,
        input: Ping,
        context: &AllContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

/// `function idle`, every.pipe:42.
pub trait Idle {
    /// `function idle`, every.pipe:42.
    fn idle(
        &self,
        input: Ping,
        context: &IdleContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

/// `function take`, every.pipe:43.
pub trait Take {
    /// `function take`, every.pipe:43.
    fn take(
        &self,
        input: Order,
        context: &TakeContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}

/// `function take_note`, every.pipe:49.
pub trait TakeNote {
    /// `function take_note`, every.pipe:49.
    fn take_note(
        &self,
        input: Order,
        context: &TakeNoteContext,
    ) -> impl Future<Output = Result<(), Fault>>;
}
