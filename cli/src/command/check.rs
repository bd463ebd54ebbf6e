//! `pipec check`: what is wrong with these specs, and nothing written.

use crate::arguments::Check;
use crate::exit::Exit;
use pipe_compiler::Together;
use std::collections::BTreeSet;

pub(crate) fn run(arguments: &Check) -> Result<(), Exit> {
    let mut worst = Ok(());
    let mut together = Together::default();
    let mut places = BTreeSet::new();
    let (format, deny_warnings) = (arguments.message_format, arguments.deny_warnings);
    // Every spec is checked, also behind one that has errors.
    for spec in &arguments.specs {
        // A spec that is named twice does not meet itself.
        let is_new = places.insert(super::compile::place(spec));
        let others = (is_new && arguments.specs.len() > 1).then_some(&mut together);
        if let Err(exit) = crate::spec::judge(spec, format, deny_warnings, others) {
            worst = Err(crate::exit::worse(worst.err(), exit));
        }
    }
    crate::spec::tell_of_more(&together);
    worst
}
