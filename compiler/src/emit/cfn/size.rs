//! What of a resource a spec can make too large: each type says it beside its properties, and `lower::sizes` measures it in a finished template.

use std::fmt::Debug;

use super::value::{Text, Value};
use crate::limits::Limit;

/// Nothing that a template refers to is longer than this: the ARN of the alarm or log group with the longest name.
const REFERRED_MAX: usize = 200;
/// What stands around one text of a list or one member: quotes, brackets, colon and comma.
pub(super) const TEXT_FRAME: usize = 8;

/// More bytes than a value can have once it is deployed. A name that a spec chooses, such as a parameter's, can be longer than all that
/// the compiler makes.
pub(super) fn value_most<T>(value: &Value<T>) -> usize {
    match value.spelled() {
        Some(text) if text.len() > REFERRED_MAX / 2 => REFERRED_MAX + text.len(),
        Some(_) | None => REFERRED_MAX,
    }
}

/// Each limit that a spec can make a resource of kind `R` cross, with what is held to it; empty where there is none.
pub type Limits<R> = &'static [(&'static Limit, fn(&R) -> Size<'_>)];

/// What is held to a limit.
#[derive(Clone, Copy, Debug)]
pub enum Size<'a> {
    /// So many.
    Count(usize),
    /// The characters of a text.
    Characters(&'a str),
    /// The characters of what a text is once it is deployed.
    Deployed(&'a Value<Text>),
    /// The bytes of a document's JSON once it is deployed.
    Document(&'a dyn Document),
}

/// JSON that has references in it, so that its length is known only when each is followed.
pub trait Document: Debug {
    /// More bytes than it can have, which is a sum and quickly found: most documents need no other measure.
    fn bytes_most(&self) -> usize;

    /// What is measured where that is too much.
    fn json(&self) -> serde_json::Value;
}
