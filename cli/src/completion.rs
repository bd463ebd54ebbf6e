//! Answers a shell that asks what can come next. The shell's script, which `pipec completions` prints, sets a variable and gives the words typed so far.

mod bash;

use crate::arguments::{Arguments, Shell};
use crate::exit::{self, Exit};
use clap::{CommandFactory as _, ValueEnum as _};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter};
use clap_complete::env::{EnvCompleter, Fish, Zsh};
use pipe_compiler::explain::{self, Topic};
use std::ffi::{OsStr, OsString};

/// Set by the script, to the name of the shell.
const VARIABLE: &str = "PIPEC_COMPLETE";
/// What is typed, and what the script calls.
const PROGRAM: &str = "pipec";

/// True when a shell asks, and nobody wants a command to be run.
pub(crate) fn is_asked() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Prints the script by which the shell asks.
pub(crate) fn script(shell: Shell) -> Result<(), Exit> {
    let mut script = Vec::new();
    completer(shell)
        .write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)
        .map_err(|error| exit::say(exit::USAGE, &error.to_string(), None))?;
    crate::output::print_verbatim(&script)
}

/// Prints what can come next.
pub(crate) fn answer() -> Result<(), Exit> {
    let name = std::env::var(VARIABLE).unwrap_or_default();
    let Ok(shell) = Shell::from_str(&name, false) else {
        let known = Shell::value_variants().iter();
        let known =
            known.filter_map(|it| Some(format!("`{}`", it.to_possible_value()?.get_name())));
        let help = format!(
            "{VARIABLE} is one of {}",
            known.collect::<Vec<_>>().join(", ")
        );
        let message = format!("no completion is known for the shell `{name}`");
        return Err(exit::say(exit::USAGE, &message, Some(&help)));
    };
    // What is typed stands behind `--`, which stands behind the program's own name.
    let typed: Vec<OsString> = std::env::args_os()
        .skip_while(|it| it != "--")
        .skip(1)
        .collect();
    let here = std::env::current_dir().ok();
    let mut command = command();
    command.build();
    let mut offered = Vec::new();
    completer(shell)
        .write_complete(&mut command, typed, here.as_deref(), &mut offered)
        .map_err(|error| exit::say(exit::USAGE, &error.to_string(), None))?;
    crate::output::print_verbatim(&offered)
}

fn completer(shell: Shell) -> &'static dyn EnvCompleter {
    match shell {
        Shell::Bash => &bash::Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
    }
}

/// The command line with what is known of its values beyond their types: words that can be explained, and paths that are specs.
fn command() -> clap::Command {
    Arguments::command().mut_subcommands(|it| {
        it.mut_args(|it| match it.get_id().as_str() {
            "word" => it.add(ArgValueCompleter::new(words)),
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

/// Every word that can be explained and begins so. A code is taken in small letters too, so it is completed in those that were typed; of `p` alone
/// it is not the beginning, as other words are.
fn words(typed: &OsStr) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let is_small_code = typed.starts_with("p0");
    let candidate = |it: Topic| {
        let word = match it {
            Topic::Code(_) if is_small_code => it.word().to_ascii_lowercase(),
            Topic::Code(_) if typed == "p" => return None,
            _ => it.word(),
        };
        Some(CompletionCandidate::new(word).help(Some(it.summary().to_owned().into())))
    };
    explain::beginning_with(&typed)
        .filter_map(candidate)
        .collect()
}
