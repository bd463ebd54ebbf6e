//! SNS: topics of the template, what is published to them, and who gets it.

mod deliver;
mod message;
mod operations;

pub(super) use message::Notification;
