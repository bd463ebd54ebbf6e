//! The Amazon States Language, interpreted: a definition, an execution's state and one input give the next state and
//! commands. No clock, randomness, file or network in here: time and seed are arguments, effects are [`Command`]s.
//!
//! ```text
//! Machine::parse(text) ──▶ Machine ─┐
//! Execution::new(id, facts, seed) ──┼─▶ step(machine, execution, input, now_ms) ──▶ [Command]
//! Start, TaskSucceeded, TimerFired ─┘        (store `execution`, then carry out the commands)
//! ```
//!
//! An [`Execution`] is data: stored after each step and read back, it goes on as if nothing had happened
//! ([`Execution::outstanding`] gives the commands that were perhaps not carried out). JSONPath is the only query
//! language; JSONata, item readers, batches and result writers are refused when a definition is read.

mod choice;
mod command;
mod error;
mod execution;
mod history;
mod intrinsic;
mod json;
mod machine;
mod path;
mod random;
mod run;
mod scope;
mod template;
mod timestamp;

pub use command::{Command, Input, TaskId, TaskStart, TimerId, TimerKind};
pub use error::{DefinitionError, Failure, names};
pub use execution::{Execution, Facts, Status};
pub use history::HistoryEvent;
pub use json::{Json, Number, Object, SyntaxError};
pub use machine::{Machine, Pattern, Resource, ResourceKind};
pub use run::step;

/// Bytes of JSON text that an input or output may have (AWS quota: 256 KiB).
pub const PAYLOAD_BYTES_MAX: usize = 262_144;
/// Levels of arrays and objects that an input or output may have; a bound of ours, so that any JSON library reads it.
pub const PAYLOAD_LEVELS_MAX: usize = 100;
/// Events that the history of an execution may have (AWS quota).
pub const HISTORY_EVENTS_MAX: u64 = 25_000;
/// Iterations of an inline Map state that run at the same time (AWS quota).
pub const MAP_CONCURRENCY_MAX: usize = 40;
