//! AWS::S3::Bucket and AWS::S3::BucketPolicy

use serde::Serialize;

use super::iam::Policy;
use super::kms::Key;
use super::size::Limits;
use super::value::{Arn, HasArn, Name, Naming, OnlyWhen, Resource, Text, Value};

/// AWS::S3::Bucket
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Bucket {
    /// Physical name, unique in the world.
    pub bucket_name: Value<Text>,
    /// Encryption at rest.
    pub bucket_encryption: BucketEncryption,
    /// No object and no policy can open it to the world.
    pub public_access_block_configuration: PublicAccessBlock,
    /// Every object belongs to the bucket's account, and access lists do not count.
    pub ownership_controls: OwnershipControls,
    /// Keeps what is overwritten or deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versioning_configuration: Option<Versioning>,
    /// What becomes of objects with time.
    pub lifecycle_configuration: Lifecycle,
    /// Where S3 writes down who asked for what.
    pub logging_configuration: OnlyWhen<Logging>,
}

impl Resource for Bucket {
    const TYPE: &'static str = "AWS::S3::Bucket";
    const NAME: Naming<Self> = Naming::Unique("bucket", |it| &it.bucket_name);
    const LIMITS: Limits<Self> = &[];
}
impl HasArn for Bucket {}

/// Encryption at rest.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BucketEncryption {
    /// One rule for every object.
    pub server_side_encryption_configuration: [EncryptionRule; 1],
}

/// How objects are encrypted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EncryptionRule {
    /// One data key of KMS serves many objects.
    pub bucket_key_enabled: bool,
    /// When a request does not say.
    pub server_side_encryption_by_default: EncryptionByDefault,
}

/// Algorithm and key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EncryptionByDefault {
    /// `aws:kms`
    #[serde(rename = "SSEAlgorithm")]
    pub algorithm: &'static str,
    /// Which key.
    #[serde(rename = "KMSMasterKeyID")]
    pub key: Value<Arn<Key>>,
}

/// AWS: "Blocking public access to your Amazon S3 storage".
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublicAccessBlock {
    /// No public access list is taken.
    pub block_public_acls: bool,
    /// No public policy is taken.
    pub block_public_policy: bool,
    /// A public access list does not count.
    pub ignore_public_acls: bool,
    /// A public policy does not count.
    pub restrict_public_buckets: bool,
}

/// Who owns objects.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OwnershipControls {
    /// One rule.
    pub rules: [OwnershipRule; 1],
}

/// Who owns objects.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OwnershipRule {
    /// `BucketOwnerEnforced`
    pub object_ownership: &'static str,
}

/// Keeps what is overwritten or deleted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Versioning {
    /// `Enabled`
    pub status: &'static str,
}

/// What becomes of objects with time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Lifecycle {
    /// All apply.
    pub rules: Vec<LifecycleRule>,
}

/// One thing that becomes of objects with time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleRule {
    /// Its name.
    pub id: &'static str,
    /// `Enabled`
    pub status: &'static str,
    /// Moves to a storage class.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
    /// The same for versions that are no longer the newest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub noncurrent_version_transitions: Vec<Transition>,
    /// Throws away the parts of uploads that were never finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abort_incomplete_multipart_upload: Option<AbortUpload>,
}

/// A move to a storage class.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Transition {
    /// `GLACIER`
    pub storage_class: &'static str,
    /// Days after it was written, or stopped being the newest.
    pub transition_in_days: u32,
}

/// Throws away the parts of uploads that were never finished.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AbortUpload {
    /// Days after they began.
    pub days_after_initiation: u32,
}

/// Where S3 writes down who asked for what.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Logging {
    /// Another bucket of this account and region.
    pub destination_bucket_name: Value<Text>,
    /// What its objects' keys begin with.
    pub log_file_prefix: Value<Text>,
}

/// AWS::S3::BucketPolicy
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BucketPolicy {
    /// The bucket.
    pub bucket: Value<Name<Bucket>>,
    /// The statements.
    pub policy_document: Policy,
}

impl Resource for BucketPolicy {
    const TYPE: &'static str = "AWS::S3::BucketPolicy";
    const NAME: Naming<Self> = Naming::None;
    const LIMITS: Limits<Self> = &[];
}
