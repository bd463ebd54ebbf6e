//! Answers a shell that asks what can come next. The shell's script, which `pipec completions` prints, sets a variable and gives the words typed so far.

use crate::arguments::Arguments;
use crate::exit::{self, Exit};
use clap::CommandFactory as _;
use clap_complete::CompleteEnv;
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter,
};
use pipe_compiler::explain::Topic;

/// Set by the script, to the name of the shell.
pub(crate) const VARIABLE: &str = "PIPEC_COMPLETE";

/// True when a shell asks, and nobody wants a command to be run.
pub(crate) fn is_asked() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Prints what can come next.
pub(crate) fn answer() -> Exit {
    let here = std::env::current_dir().ok();
    let answered = CompleteEnv::with_factory(command)
        .var(VARIABLE)
        .try_complete(std::env::args_os(), here.as_deref());
    match answered {
        Ok(_) => exit::FINE,
        Err(error) => exit::say(exit::USAGE, &error.to_string(), None),
    }
}

/// The command line with what is known of its values beyond their types: words that can be explained, and paths that are specs.
fn command() -> clap::Command {
    Arguments::command().mut_subcommands(|it| {
        it.mut_args(|it| match it.get_id().as_str() {
            "word" => it.add(ArgValueCandidates::new(words)),
            "spec" | "specs" => it.add(ArgValueCompleter::new(specs())),
            _ => it,
        })
    })
}

/// Specs, and folders that may hold some.
fn specs() -> PathCompleter {
    PathCompleter::any()
        .filter(|path| path.is_dir() || path.extension().is_some_and(|it| it == "pipe"))
}

/// Every word that can be explained.
fn words() -> Vec<CompletionCandidate> {
    let candidate = |it: Topic| {
        let known = CompletionCandidate::new(it.word());
        known.help(Some(it.summary().to_owned().into()))
    };
    Topic::all().map(candidate).collect()
}
