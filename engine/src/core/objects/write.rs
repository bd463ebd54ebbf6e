//! `PutObject`: checks what the writer says about the body, and stores a version; a copy is stored here as well.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Digest as _;

use super::answer::S3Error;
use super::checksum::{self, ALGORITHMS};
use super::read::describe;
use super::{S3Request, Stored, Version, body_key, conditions, delete_version, version_key};
use crate::artifacts::{Bucket, Encryption};
use crate::change::Change;
use crate::core::Core;
use crate::core::input::{Answer, Output};
use crate::observe::StepKind;

/// One `PutObject` may be 5 GB; what is kept in memory here is much less.
const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// A key is at most so long in UTF-8.
const KEY_BYTES_MAX: usize = 1024;

/// Headers that a reader gets back as they were written.
const KEPT: [&str; 6] = [
    "content-type",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
];

/// A version that is to be stored.
pub(super) struct NewVersion<'a> {
    pub(super) key: &'a str,
    pub(super) etag: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) encryption: Encryption,
    pub(super) checksum: (String, String),
    pub(super) payload: Vec<u8>,
}

impl Core {
    pub(super) fn put_object(
        &mut self,
        request: &S3Request<'_>,
        payload: Vec<u8>,
        subject: Option<String>,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<Answer, S3Error> {
        let contents = self.objects.bucket(request.bucket)?;
        let bucket = contents.bucket.clone();
        let versions = contents.versions.get(request.key);
        conditions::check_write(request, versions.and_then(|it| it.last()))?;
        let new = NewVersion {
            key: request.key,
            etag: hex::encode(md5::Md5::digest(&payload)),
            headers: kept_headers(request),
            encryption: encryption(request, &bucket.encryption),
            checksum: check_body(request, &payload)?,
            payload,
        };
        let version = self.store_version(&bucket, new, subject, now_ms, out)?;
        let mut headers = describe(&version, bucket.versioned, true);
        headers.retain(|(name, _)| name.starts_with("x-amz-") && !name.starts_with("x-amz-meta-"));
        headers.push(("ETag".to_owned(), format!("\"{}\"", version.etag)));
        Ok(Answer {
            status: 200,
            headers,
            body: Vec::new(),
        })
    }

    /// Puts a version behind those that a key has, or in the place of the only one where the bucket keeps none.
    pub(super) fn store_version(
        &mut self,
        bucket: &Bucket,
        new: NewVersion<'_>,
        subject: Option<String>,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<Version, S3Error> {
        check_size(&new)?;
        let payload = new.payload;
        self.objects.last += 1;
        let number = self.objects.last;
        let id = if bucket.versioned {
            self.ids.uuid().replace('-', "")
        } else {
            "null".to_owned()
        };
        let version = Version {
            number,
            key: new.key.to_owned(),
            id,
            etag: new.etag,
            size: payload.len() as u64,
            modified_ms: now_ms,
            headers: new.headers,
            encryption: new.encryption,
            checksum: new.checksum,
        };
        let stored = Stored {
            bucket: bucket.name.clone(),
            version: version.clone(),
        };
        // A struct of texts and numbers always has a JSON form.
        out.changes.push(Change::put(
            version_key(number),
            serde_json::to_vec(&stored).unwrap_or_default(),
        ));
        out.changes
            .push(Change::put(body_key(number), payload.clone()));
        let text = String::from_utf8_lossy(&payload).into_owned();
        let step = StepKind::ObjectWritten {
            bucket: bucket.name.clone(),
            key: version.key.clone(),
            version: version.id.clone(),
            bytes: version.size,
        };
        let subject = subject.or_else(|| self.subject_in(&text));
        self.observe(subject, step, now_ms, out);
        self.objects.bodies.insert(number, payload);
        if let Some(contents) = self.objects.by_name.get_mut(&bucket.name) {
            let versions = contents.versions.entry(version.key.clone()).or_default();
            if !bucket.versioned {
                for replaced in versions.drain(..) {
                    delete_version(replaced.number, out);
                    self.objects.bodies.remove(&replaced.number);
                }
            }
            versions.push(version.clone());
        }
        Ok(version)
    }
}

fn check_size(new: &NewVersion<'_>) -> Result<(), S3Error> {
    if new.key.len() > KEY_BYTES_MAX {
        return Err(S3Error::invalid("KeyTooLongError", "Your key is too long"));
    }
    if new.payload.len() > BODY_BYTES_MAX {
        return Err(S3Error::invalid(
            "EntityTooLarge",
            format!("the local run keeps objects of at most {BODY_BYTES_MAX} bytes"),
        ));
    }
    Ok(())
}

/// Compares every checksum that the writer gave; gives the one to keep.
fn check_body(request: &S3Request<'_>, payload: &[u8]) -> Result<(String, String), S3Error> {
    let md5 = STANDARD.encode(md5::Md5::digest(payload));
    if request.header("content-md5").is_some_and(|it| it != md5) {
        return Err(S3Error::invalid(
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
        ));
    }
    let sha256 = hex::encode(sha2::Sha256::digest(payload));
    let claimed = request.header("x-amz-content-sha256");
    if claimed.is_some_and(|it| it.len() == sha256.len() && it != sha256) {
        return Err(S3Error::invalid(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ));
    }
    let mut kept = None;
    for algorithm in ALGORITHMS {
        let Some(given) = request.header(&format!("x-amz-checksum-{algorithm}")) else {
            continue;
        };
        if checksum::of(algorithm, payload).as_deref() != Some(given) {
            return Err(S3Error::invalid(
                "BadDigest",
                format!(
                    "The {} you specified did not match the calculated checksum.",
                    algorithm.to_uppercase()
                ),
            ));
        }
        kept = Some((algorithm.to_owned(), given.to_owned()));
    }
    // Without one from the writer S3 makes its own.
    let own = || {
        let value = checksum::of("crc64nvme", payload).unwrap_or_default();
        ("crc64nvme".to_owned(), value)
    };
    Ok(kept.unwrap_or_else(own))
}

pub(super) fn kept_headers(request: &S3Request<'_>) -> BTreeMap<String, String> {
    let headers = request.headers.as_object().into_iter().flatten();
    let mut kept: BTreeMap<String, String> = headers
        .filter(|(name, _)| KEPT.contains(&name.as_str()) || name.starts_with("x-amz-meta-"))
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    // The chunks of the transfer are no encoding of the object.
    let encoding = kept.remove("content-encoding").unwrap_or_default();
    let encodings = encoding.split(',').map(str::trim);
    let own: Vec<&str> = encodings
        .filter(|it| !it.is_empty() && *it != "aws-chunked")
        .collect();
    if !own.is_empty() {
        kept.insert("content-encoding".to_owned(), own.join(","));
    }
    kept.entry("content-type".to_owned())
        .or_insert_with(|| "binary/octet-stream".to_owned());
    kept
}

/// What the writer asks for, else what the bucket does.
pub(super) fn encryption(request: &S3Request<'_>, default: &Encryption) -> Encryption {
    let Some(algorithm) = request.header("x-amz-server-side-encryption") else {
        return default.clone();
    };
    let key = request.header("x-amz-server-side-encryption-aws-kms-key-id");
    let bucket_key = request.header("x-amz-server-side-encryption-bucket-key-enabled");
    let own_key = (algorithm == "aws:kms")
        .then(|| default.key.clone())
        .flatten();
    Encryption {
        algorithm: algorithm.to_owned(),
        key: key.map(str::to_owned).or(own_key),
        bucket_key: bucket_key.map_or(default.bucket_key, |it| it == "true"),
    }
}
