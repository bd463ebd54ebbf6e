//! Runs compiled pipelines on one machine: a deterministic core and a thin rim of wire protocols and storage.
