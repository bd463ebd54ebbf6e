//! `AWS::S3::Bucket`: whether it keeps versions, and how it encrypts what says nothing itself.

use serde_json::Value;

use super::{ArtifactError, Reading};

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    pub name: String,
    pub arn: String,
    pub versioned: bool,
    pub encryption: Encryption,
}

/// What S3 says about how an object is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Encryption {
    /// `AES256` or `aws:kms`.
    pub algorithm: String,
    /// ARN of the key, with `aws:kms`.
    pub key: Option<String>,
    pub bucket_key: bool,
}

pub(super) fn read(cx: &Reading<'_>, notices: &mut Vec<String>) -> Result<Bucket, ArtifactError> {
    let known = [
        "BucketName",
        "VersioningConfiguration",
        "BucketEncryption",
        "PublicAccessBlockConfiguration",
        "OwnershipControls",
        "AccessControl",
        "Tags",
        // Logs of who read what: locally nothing writes them.
        "LoggingConfiguration",
        // What becomes of an object after months is beyond a local run.
        "LifecycleConfiguration",
    ];
    cx.note_unknown(&known, notices);
    let name = cx.template.name(cx.id)?;
    let versioned = cx.properties.pointer("/VersioningConfiguration/Status");
    let rule = cx
        .properties
        .pointer("/BucketEncryption/ServerSideEncryptionConfiguration/0");
    let default = |key: &str| {
        rule.and_then(|it| it.pointer(&format!("/ServerSideEncryptionByDefault/{key}")))
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    Ok(Bucket {
        arn: format!("arn:aws:s3:::{name}"),
        versioned: versioned.and_then(Value::as_str) == Some("Enabled"),
        encryption: Encryption {
            algorithm: default("SSEAlgorithm").unwrap_or_else(|| "AES256".to_owned()),
            key: default("KMSMasterKeyID"),
            bucket_key: rule.and_then(|it| it.get("BucketKeyEnabled")) == Some(&Value::Bool(true)),
        },
        name,
    })
}
