//! `pipec explain`: what a diagnostic means and how it is mended.

use crate::exit::{self, Exit};
use pipe_compiler::diag;
use std::io::Write as _;

pub(crate) fn run(code: Option<&str>) -> Result<(), Exit> {
    let text = match code {
        None => diag::CODES
            .iter()
            .map(|code| format!("{}  {}\n", code.id, code.title))
            .collect(),
        Some(code) => page(code)?,
    };
    // `pipec explain | head` closes standard output early, which is no error.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
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
                &format!("there is no diagnostic `{code}`"),
                Some("`pipec explain` lists them"),
            )
        })
}
