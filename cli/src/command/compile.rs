//! `pipec compile`: one folder of artifacts per pipeline, and the user's crate once.

use crate::arguments::Compile;
use crate::exit::Exit;

pub(crate) fn run(arguments: &Compile) -> Result<(), Exit> {
    let mut worst = Ok(());
    for spec in &arguments.specs {
        if let Err(exit) = crate::spec::compile(spec, &arguments.out, arguments.message_format) {
            worst = Err(crate::exit::worse(worst.err(), exit));
        }
    }
    worst
}
