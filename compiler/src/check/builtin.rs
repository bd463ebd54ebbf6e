//! Words that mean something without a declaration.

/// Errors that any call may end with.
pub(crate) const ERRORS: &[&str] = &["Throttled", "Timeout"];

/// What a `catch` takes besides declared errors.
pub(crate) const CAUGHT: &[&str] = &["any", "Throttled", "Timeout"];

/// What the handler of a route may take besides declared events and types.
pub(crate) const INPUTS: &[&str] = &["Request", "Accepted"];

/// Types.
pub const TYPES: &[&str] = &[
    "string",
    "int",
    "decimal",
    "bool",
    "timestamp",
    "epoch_millis",
];

/// Names that generated code or a later version needs for itself.
pub(crate) const RESERVED: &[&str] = &[
    "Throttled",
    "Timeout",
    "Fault",
    "Request",
    "Accepted",
    "Provider",
    "Self",
    "String",
    "Option",
    "Vec",
    "Box",
    "Result",
    "Ok",
    "Err",
    "Some",
    "None",
    "any",
    "none",
    "started_at",
    "received_at",
    "uuid",
    "true",
    "false",
    "self",
    "super",
    "crate",
    "string",
    "int",
    "decimal",
    "bool",
    "timestamp",
    "epoch_millis",
];

/// Names that no field or variant can have: Rust has no raw form of them.
pub(crate) const UNSPEAKABLE: &[&str] = &["self", "Self", "super", "crate"];

/// True for a built-in error.
pub(crate) fn is_error(name: &str) -> bool {
    ERRORS.contains(&name)
}
