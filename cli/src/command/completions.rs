//! `pipec completions`: a script by which a shell asks this program what can come next.

use crate::arguments::Shell;
use crate::completion;
use crate::exit::Exit;

pub(crate) fn run(shell: Shell) -> Result<(), Exit> {
    completion::script(shell)
}
