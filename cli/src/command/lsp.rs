//! `pipec lsp`: the language server, for as long as an editor talks to it.

use crate::exit::{self, Exit};

pub(crate) fn run() -> Result<(), Exit> {
    crate::lsp::serve().map_err(|why| exit::say(exit::USAGE, &why, None))
}
