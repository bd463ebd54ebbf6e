//! What a generated handler links: signatures, event log, capabilities, telemetry.

pub mod secret;
pub mod sign;
