//! Everything around the core that has a clock, a socket, a process or a file.

pub(crate) mod clock;
pub(crate) mod driver;
mod environment;
pub(crate) mod mailbox;
mod output;
pub(crate) mod pool;
mod process;
pub(crate) mod published;
mod runtime_api;
mod s3;
pub(crate) mod server;
mod wire;
