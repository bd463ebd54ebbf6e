//! `pipec explain`: what a diagnostic means and how it is mended, and what a provider's events hold.

use crate::exit::{self, Exit};
use pipe_compiler::{diag, providers};
use std::io::Write as _;

pub(crate) fn run(code: Option<&str>) -> Result<(), Exit> {
    let text = match code {
        None => list(),
        Some(name) => match providers::explain(name) {
            Some(text) => text,
            None => page(name)?,
        },
    };
    // `pipec explain | head` closes standard output early, which is no error.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}

/// Every diagnostic, and every provider whose events `accept:` can name.
fn list() -> String {
    let codes = diag::CODES.iter();
    let codes = codes.map(|code| format!("{}  {}\n", code.id, code.title));
    let known = providers::PROVIDERS.iter();
    let known = known.map(|it| format!("{}  {}\n", it.name, it.version));
    codes.chain(known).collect()
}

fn page(code: &str) -> Result<String, Exit> {
    let wanted = code.to_uppercase();
    diag::CODES
        .iter()
        .find(|code| code.id == wanted)
        .map(|code| code.page.to_owned())
        .ok_or_else(|| {
            exit::say(
                exit::USAGE,
                &format!("there is no diagnostic, provider or event `{code}`"),
                Some("`pipec explain` lists them"),
            )
        })
}
