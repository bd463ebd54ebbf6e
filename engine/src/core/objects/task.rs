//! `aws-sdk:s3:putObject`: the parameters of a task as the headers of a request, and the answer's headers as its output.

use serde_json::{Map, Value, json};

use super::S3Request;
use super::answer::S3Error;
use crate::core::Core;
use crate::core::api::{ApiError, ApiResult};
use crate::core::input::{Caller, Output};

/// Parameters and the headers that they become; names as in the SDK for Java, each word with a capital.
const HEADERS: [(&str, &str); 11] = [
    ("CacheControl", "cache-control"),
    ("ContentDisposition", "content-disposition"),
    ("ContentEncoding", "content-encoding"),
    ("ContentLanguage", "content-language"),
    ("ContentMD5", "content-md5"),
    ("ContentType", "content-type"),
    ("Expires", "expires"),
    ("IfNoneMatch", "if-none-match"),
    ("ServerSideEncryption", "x-amz-server-side-encryption"),
    ("SsekmsKeyId", "x-amz-server-side-encryption-aws-kms-key-id"),
    (
        "BucketKeyEnabled",
        "x-amz-server-side-encryption-bucket-key-enabled",
    ),
];

/// Headers of the answer and the fields of the output.
const OUTPUT: [(&str, &str); 6] = [
    ("ETag", "ETag"),
    ("x-amz-checksum-crc64nvme", "ChecksumCRC64NVME"),
    ("x-amz-checksum-type", "ChecksumType"),
    ("x-amz-server-side-encryption", "ServerSideEncryption"),
    ("x-amz-server-side-encryption-aws-kms-key-id", "SsekmsKeyId"),
    ("x-amz-version-id", "VersionId"),
];

impl Core {
    /// Stores an object for an execution; its body is text.
    pub(in crate::core) fn put_object_by_task(
        &mut self,
        parameters: &Value,
        caller: &Caller,
        now_ms: u64,
        out: &mut Output,
    ) -> ApiResult {
        let text = |key: &str| parameters.get(key).and_then(Value::as_str);
        let headers = headers(parameters)?;
        let request = S3Request {
            bucket: text("Bucket").unwrap_or_default(),
            key: text("Key").unwrap_or_default(),
            headers: &headers,
            query: &Value::Null,
        };
        if request.key.is_empty() {
            return Err(ApiError::new("InvalidRequest", "Key cannot be empty"));
        }
        let body = text("Body").unwrap_or_default().as_bytes().to_vec();
        let subject = self.subject_of_call(caller);
        let answer = self
            .put_object(&request, body, subject, now_ms, out)
            .map_err(|error: S3Error| ApiError {
                status: error.status,
                ..ApiError::new(error.code, error.message)
            })?;
        let mut output = Map::new();
        for (header, field) in OUTPUT {
            if let Some((_, value)) = answer.headers.iter().find(|(name, _)| name == header) {
                output.insert(field.to_owned(), json!(value));
            }
        }
        Ok(Value::Object(output))
    }
}

fn headers(parameters: &Value) -> Result<Value, ApiError> {
    let mut headers = Map::new();
    for (name, value) in parameters.as_object().into_iter().flatten() {
        if matches!(name.as_str(), "Bucket" | "Key" | "Body") {
            continue;
        }
        if name == "Metadata" {
            for (name, value) in value.as_object().into_iter().flatten() {
                let header = format!("x-amz-meta-{}", name.to_ascii_lowercase());
                headers.insert(header, value.clone());
            }
            continue;
        }
        let Some((_, header)) = HEADERS.iter().find(|(known, _)| known == name) else {
            return Err(ApiError::new(
                "NotImplemented",
                format!("the local run does not offer the parameter {name} of putObject"),
            ));
        };
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        headers.insert((*header).to_owned(), Value::String(value));
    }
    Ok(Value::Object(headers))
}
