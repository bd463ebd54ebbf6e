//! How a declared resource is called in a local run.

/// Suffix of physical names in a local run, as the template's parameter `EnvironmentSuffix` would be.
pub(crate) const SUFFIX: &str = "local";

/// The physical spelling of a declared name in a local run.
pub(crate) fn name(name: &str) -> String {
    format!("{}-{SUFFIX}", name.replace('_', "-"))
}
