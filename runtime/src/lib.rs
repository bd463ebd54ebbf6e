//! What a generated handler links: signatures, event log, capabilities, telemetry.
