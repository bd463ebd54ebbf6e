//! `pipec compile`: one folder of artifacts per pipeline, and the user's crate once.

use crate::arguments::Compile;
use crate::exit::Exit;
use crate::spec;

pub(crate) fn run(arguments: &Compile) -> Result<(), Exit> {
    let (out, format) = (&arguments.out, arguments.message_format);
    match arguments.specs.as_slice() {
        [only] => spec::compile(only, out, format).map(|_| ()),
        specs => spec::compile_all(specs, out, format),
    }
}
