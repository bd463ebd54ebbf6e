//! `pipec completions`: a script by which a shell asks this program what can come next.

use crate::arguments::Shell;
use crate::completion::VARIABLE;
use crate::exit::{self, Exit};
use clap_complete::env::{Bash, EnvCompleter, Fish, Zsh};

/// What is typed, and what the script calls.
const PROGRAM: &str = "pipec";

pub(crate) fn run(shell: Shell) -> Result<(), Exit> {
    let completer: &dyn EnvCompleter = match shell {
        Shell::Bash => &Bash,
        Shell::Zsh => &Zsh,
        Shell::Fish => &Fish,
    };
    completer
        .write_registration(
            VARIABLE,
            PROGRAM,
            PROGRAM,
            PROGRAM,
            &mut std::io::stdout().lock(),
        )
        .map_err(|error| exit::say(exit::USAGE, &error.to_string(), None))
}
