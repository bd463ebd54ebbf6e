//! DynamoDB's expressions: parsed once per request, then tried on or applied to items.
//!
//! Text becomes tokens (`token`), a plain tree (`parse`), and with the request's placeholders
//! (`placeholders`, `resolve`) a condition, an update or a projection.

mod apply;
mod condition;
mod evaluate;
mod parse;
mod path;
mod placeholders;
mod projection;
mod reserved;
mod resolve;
mod token;
mod update;

pub(crate) use condition::{Condition, Operand};
pub(crate) use parse::Comparator;
pub(crate) use path::{View, Visible};
pub(crate) use placeholders::Placeholders;
pub(crate) use projection::Projection;
pub(crate) use update::Update;
