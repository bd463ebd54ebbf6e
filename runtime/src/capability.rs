//! The verbs of grants, as types. They are written in small letters because the compiler's messages then read as the spec does:
//! `append: payment_events`.

#![expect(
    non_camel_case_types,
    reason = "so that messages show a grant as the spec writes it"
)]

/// `read: …`, of a table's events or of a secret.
#[derive(Clone, Copy, Debug)]
pub struct read;

/// `append: …`, to a table.
#[derive(Clone, Copy, Debug)]
pub struct append;

/// A secret of the spec.
pub trait SecretName: Copy + 'static {
    /// Declared name: `webhook_key`.
    const NAME: &'static str;
}
