//! `pipec check`: what is wrong with these specs, and nothing written.

use crate::arguments::Check;
use crate::exit::Exit;

pub(crate) fn run(arguments: &Check) -> Result<(), Exit> {
    let mut worst = Ok(());
    // Every spec is checked, also behind one that has errors.
    for spec in &arguments.specs {
        if let Err(exit) =
            crate::spec::judge(spec, arguments.message_format, arguments.deny_warnings)
        {
            worst = Err(crate::exit::worse(worst.err(), exit));
        }
    }
    worst
}
