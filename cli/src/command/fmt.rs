//! `pipec fmt`: one way to write a spec.

use crate::arguments::Fmt;
use crate::exit::{self, Exit};
use std::io::Read as _;
use std::path::Path;

pub(crate) fn run(arguments: &Fmt) -> Result<(), Exit> {
    let mut worst = Ok(());
    for spec in &arguments.specs {
        if let Err(exit) = one(spec, arguments.check) {
            worst = Err(exit::worse(worst.err(), exit));
        }
    }
    worst
}

fn one(spec: &Path, check: bool) -> Result<(), Exit> {
    let piped = spec == Path::new("-");
    let unreadable = |error: std::io::Error| {
        exit::say(exit::USAGE, &format!("{}: {error}", spec.display()), None)
    };
    let mut bytes = Vec::new();
    if piped {
        std::io::stdin()
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
    } else {
        bytes = std::fs::read(spec).map_err(unreadable)?;
    }
    let formatted = String::from_utf8(bytes)
        .ok()
        .and_then(|text| Some((pipe_dsl::format(&text)?, text)));
    let Some((formatted, text)) = formatted else {
        let help = format!("`pipec check {}` shows them", spec.display());
        return Err(exit::say(
            exit::FINDINGS,
            &format!("{} has syntax errors", spec.display()),
            Some(&help),
        ));
    };
    if check {
        if formatted == text {
            return Ok(());
        }
        anstream::eprintln!("{} is not formatted", spec.display());
        return Err(exit::FINDINGS);
    }
    if piped {
        return crate::output::print_verbatim(formatted.as_bytes());
    }
    if formatted != text {
        std::fs::write(spec, formatted).map_err(unreadable)?;
    }
    Ok(())
}
