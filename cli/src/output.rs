//! What is said on standard output. It may be a file on a full disk, or a pipe whose reader has gone, so no word on it goes without being looked after.

use crate::exit::{self, Exit};
use std::io::{ErrorKind, Write as _};

/// Prints the text, with its colours where a terminal shows them.
pub(crate) fn print(text: &str) -> Result<(), Exit> {
    let mut out = anstream::stdout().lock();
    heard(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Prints the text as it is, with any signs that would steer a terminal.
pub(crate) fn print_verbatim(text: &[u8]) -> Result<(), Exit> {
    let mut out = std::io::stdout().lock();
    heard(out.write_all(text).and_then(|()| out.flush()))
}

/// What became of writing to standard output. An error ends the command: with [`exit::FINE`] and in silence where the reader has gone, as `head`
/// does when it has read enough, and else with why it could not be written.
pub(crate) fn heard(written: std::io::Result<()>) -> Result<(), Exit> {
    match written {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(exit::FINE),
        Err(error) => {
            let help = "it must lead to something that has room and can be written";
            let message = format!("standard output: {error}");
            Err(exit::say(exit::USAGE, &message, Some(help)))
        }
    }
}
