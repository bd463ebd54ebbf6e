//! AWS::KMS::Key

use serde::Serialize;

use super::iam::Policy;
use super::size::{Limits, Size};
use super::value::{HasArn, Naming, Resource};
use crate::limits;

/// AWS::KMS::Key
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Key {
    /// What the console shows.
    pub description: String,
    /// New key material every year; old material still decrypts.
    pub enable_key_rotation: bool,
    /// Days between the order to delete and the deletion, 7 to 30.
    pub pending_window_in_days: u32,
    /// Who may do what with the key.
    pub key_policy: Policy,
}

impl Resource for Key {
    const TYPE: &'static str = "AWS::KMS::Key";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[(&limits::KEY_POLICY, |it| Size::Document(&it.key_policy))];
}
impl HasArn for Key {}
