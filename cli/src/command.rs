//! One file per command; this one only dispatches.

use crate::arguments::{Arguments, Command};
use crate::exit::Exit;

mod build;
mod check;
mod compile;
mod completions;
mod events;
mod explain;
mod explain_delivery;
mod fmt;
mod lsp;
mod new;
mod run;
mod send;

/// Runs the command that was typed.
pub(crate) fn run(arguments: Arguments) -> Exit {
    let done = match arguments.command {
        Command::Check(check) => check::run(&check),
        Command::Compile(compile) => compile::run(&compile),
        Command::Explain { word } => explain::run(word.as_deref()),
        Command::Completions { shell } => completions::run(shell),
        Command::Fmt(fmt) => fmt::run(&fmt),
        Command::Lsp(_) => lsp::run(),
        Command::New(new) => new::run(&new),
        Command::Build(build) => build::run(&build),
        Command::Run(run) => run::run(&run),
        Command::Send(send) => send::run(&send),
        Command::ExplainDelivery(it) => explain_delivery::run(&it),
        Command::Events(events) => events::run(&events),
    };
    crate::exit::of(done)
}
