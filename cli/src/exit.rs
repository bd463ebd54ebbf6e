//! Exit codes, and what is said when the fault is ours.

use std::process::ExitCode;

/// An exit code of `pipec`; documented in `README.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit(u8);

/// Done.
pub(crate) const FINE: Exit = Exit(0);
/// The spec, or code that it needs, has errors.
pub(crate) const FINDINGS: Exit = Exit(1);
/// The call itself cannot work: wrong arguments, a missing file, a port in use.
pub(crate) const USAGE: Exit = Exit(2);

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

/// The exit code of what was done, or not.
pub(crate) fn of(done: Result<(), Exit>) -> Exit {
    done.err().unwrap_or(FINE)
}

/// The one of two exit codes that a caller must see: wrong usage hides findings.
pub(crate) fn worse(first: Option<Exit>, second: Exit) -> Exit {
    first.map_or(second, |first| Exit(first.0.max(second.0)))
}

/// Prints `error: …` and, where there is a next step, `  help: …`.
pub(crate) fn say(exit: Exit, message: &str, help: Option<&str>) -> Exit {
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let cyan = anstyle::AnsiColor::Cyan.on_default();
    anstream::eprintln!("{red}error{red:#}: {message}");
    if let Some(help) = help {
        anstream::eprintln!("  {cyan}help{cyan:#}: {help}");
    }
    exit
}

/// Prints `note: …` and the next step, where all that was asked for was done and something else is left to do.
pub(crate) fn note(message: &str, help: &str) {
    let cyan = anstyle::AnsiColor::Cyan.on_default();
    anstream::eprintln!("{cyan}note{cyan:#}: {message}\n  {cyan}help{cyan:#}: {help}");
}

/// A panic is a bug of ours (exit code 101, which is Rust's own): say so, and what helps to mend it.
pub(crate) fn report_bugs() {
    let standard = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        standard(panic);
        anstream::eprintln!(
            "\npipec {} has met a bug of its own. Please report the lines above with the spec that caused them.",
            env!("CARGO_PKG_VERSION")
        );
    }));
}
