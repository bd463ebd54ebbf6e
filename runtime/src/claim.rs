//! The items that make sure that an event is recorded, or a workflow begun, once: how their partitions begin. Handlers and workflows write
//! claims in the same tables, so runtime and compiler spell them by the same word.

/// How the partition of every claim begins; no fact may.
pub const PARTITION_PREFIX: &str = "claim#";
