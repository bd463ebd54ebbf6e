//! IAM as the engine decides it: policy documents, requests, and who may do what. Pure; a document with a part that is not offered is refused
//! when it is read, never ignored.
//!
//! Source: AWS IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements reference".

mod condition;
mod decide;
mod grammar;
mod key;
mod pattern;
mod policy;
mod resource_form;
mod value;

pub use decide::{Decision, Request, decide, decide_endpoint};
pub use key::{KeyDecision, decide_key};
pub use policy::{Policy, PolicyError};
