//! EventBridge: buses and rules of the template, what is put on a bus, and where the rules send it.

mod deliver;
mod entry;
mod operations;
mod transform;

pub(crate) use transform::check_input_template;
