//! S3: buckets with the versions of their objects, on the REST protocol as SDKs speak it.

mod answer;
mod checksum;
mod conditions;
mod copy;
mod list;
mod read;
mod task;
mod understood;
mod write;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::input::{Action, Answer, CallId, Output};
use super::{Core, RestoreError, number};
use crate::artifacts::{Bucket, Deployment, Encryption};
use crate::change::Change;

use answer::S3Error;
pub(super) use copy::Source as CopySource;

/// All buckets, and the bodies of what is in them.
#[derive(Debug, Default)]
pub(super) struct Objects {
    by_name: BTreeMap<String, Contents>,
    /// By the version's number.
    bodies: BTreeMap<u64, Vec<u8>>,
    last: u64,
}

/// A bucket and the versions of each of its keys, the newest last.
#[derive(Debug)]
struct Contents {
    bucket: Bucket,
    /// When the engine first started with it; nothing before that.
    created_ms: Option<u64>,
    versions: BTreeMap<String, Vec<Version>>,
}

/// One version of one object.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Version {
    /// Names its body in the store.
    number: u64,
    key: String,
    /// `null` in a bucket without versions.
    id: String,
    etag: String,
    size: u64,
    modified_ms: u64,
    /// Headers that a reader gets as they were written: content type, cache control, `x-amz-meta-…`.
    headers: BTreeMap<String, String>,
    encryption: Encryption,
    /// Algorithm (`crc32`) and the value in base64.
    checksum: (String, String),
}

/// What the metadata of a version is stored with.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    bucket: String,
    version: Version,
}

/// A request for an object or a bucket, as the wire decoded it.
#[derive(Debug, Clone, Copy)]
struct S3Request<'a> {
    bucket: &'a str,
    key: &'a str,
    /// Headers by their names in small letters, and query parameters.
    headers: &'a Value,
    query: &'a Value,
}

impl<'a> S3Request<'a> {
    fn read(body: &'a Value) -> Self {
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
        Self {
            bucket: text("Bucket"),
            key: text("Key"),
            headers: body.get("headers").unwrap_or(&Value::Null),
            query: body.get("query").unwrap_or(&Value::Null),
        }
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name).and_then(Value::as_str)
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        self.query.get(name).and_then(Value::as_str)
    }
}

impl Objects {
    pub(super) fn new(deployment: &Deployment) -> Self {
        let contents = |bucket: &Bucket| Contents {
            bucket: bucket.clone(),
            created_ms: None,
            versions: BTreeMap::new(),
        };
        let buckets = deployment.buckets.iter();
        Self {
            by_name: buckets.map(|it| (it.name.clone(), contents(it))).collect(),
            ..Self::default()
        }
    }

    /// Makes the buckets that are new. Their time is kept, or their objects would be older than they are after the next start.
    pub(super) fn start(&mut self, now_ms: u64, out: &mut Output) {
        for (name, contents) in &mut self.by_name {
            if contents.created_ms.is_none() {
                contents.created_ms = Some(now_ms);
                let key = [BUCKET_PREFIX, name.as_bytes()].concat();
                let change = Change::put(key, now_ms.to_string().into_bytes());
                out.changes.push(change);
            }
        }
    }

    pub(super) fn restore(&mut self, key: &[u8], value: &[u8]) -> Result<(), RestoreError> {
        let text = String::from_utf8_lossy(key).into_owned();
        let damaged = || RestoreError(format!("a stored object is damaged: {text}"));
        if let Some(name) = key.strip_prefix(BUCKET_PREFIX) {
            let created_ms = number(value).ok_or_else(damaged)?;
            let contents = self.by_name.get_mut(&*String::from_utf8_lossy(name));
            if let Some(contents) = contents {
                contents.created_ms = Some(created_ms);
            }
            return Ok(());
        }
        let (kind, number) = text.split_once('/').ok_or_else(damaged)?;
        let number: u64 = number.parse().map_err(|_| damaged())?;
        self.last = self.last.max(number);
        if kind == "object-body" {
            self.bodies.insert(number, value.to_vec());
            return Ok(());
        }
        let stored: Stored = serde_json::from_slice(value).map_err(|_| damaged())?;
        // Objects of a bucket that the template no longer has are kept out of sight.
        if let Some(contents) = self.by_name.get_mut(&stored.bucket) {
            let versions = contents
                .versions
                .entry(stored.version.key.clone())
                .or_default();
            versions.push(stored.version);
        }
        Ok(())
    }

    fn bucket(&self, name: &str) -> Result<&Contents, S3Error> {
        self.by_name.get(name).ok_or_else(|| S3Error {
            status: 404,
            code: "NoSuchBucket",
            message: "The specified bucket does not exist".to_owned(),
        })
    }
}

/// What the keys begin with under which it is stored when a bucket was made.
const BUCKET_PREFIX: &[u8] = b"bucket/";

fn version_key(number: u64) -> Vec<u8> {
    format!("object/{number:020}").into_bytes()
}

fn body_key(number: u64) -> Vec<u8> {
    format!("object-body/{number:020}").into_bytes()
}

fn delete_version(number: u64, out: &mut Output) {
    out.changes.push(Change::delete(version_key(number)));
    out.changes.push(Change::delete(body_key(number)));
}

impl Core {
    /// One operation of S3, answered in its own words.
    pub(super) fn s3(
        &mut self,
        call: CallId,
        (operation, body): (&str, &Value),
        payload: Vec<u8>,
        now_ms: u64,
        out: &mut Output,
    ) {
        let request = S3Request::read(body);
        let result = understood::check(operation, &request, &self.deployment.account)
            .and_then(|()| self.do_s3(operation, &request, payload, now_ms, out));
        self.answer_s3(call, &request, result, out);
    }

    fn do_s3(
        &mut self,
        operation: &str,
        request: &S3Request<'_>,
        payload: Vec<u8>,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<Answer, S3Error> {
        match operation {
            "PutObject" => self.put_object(request, payload, None, now_ms, out),
            "CopyObject" => self.copy_object(request, now_ms, out),
            "GetObject" => self.objects.get_object(request),
            "HeadObject" => self.objects.head_object(request),
            "ListObjectsV2" => self.objects.list_objects(request),
            "ListObjectVersions" => self.objects.list_versions(request),
            "GetBucketVersioning" => self.objects.bucket_versioning(request),
            "GetBucketLocation" => self.objects.bucket_location(request),
            "HeadBucket" => self.objects.bucket(request.bucket).map(|_| Answer {
                status: 200,
                headers: vec![(
                    "x-amz-bucket-region".to_owned(),
                    self.deployment.region.clone(),
                )],
                body: Vec::new(),
            }),
            "ListBuckets" => Ok(self.objects.list_buckets()),
            other => Err(understood::not_offered(other)),
        }
    }

    fn answer_s3(
        &mut self,
        call: CallId,
        request: &S3Request<'_>,
        result: Result<Answer, S3Error>,
        out: &mut Output,
    ) {
        let request_id = self.ids.uuid();
        let mut answer = result.unwrap_or_else(|error| error.answer(request, &request_id));
        answer
            .headers
            .push(("x-amz-request-id".to_owned(), request_id));
        out.actions.push(Action::Answer { call, answer });
    }

    /// What a policy did not allow.
    pub(super) fn deny_s3(
        &mut self,
        call: CallId,
        body: &Value,
        message: String,
        out: &mut Output,
    ) {
        let denied = S3Error {
            status: 403,
            code: "AccessDenied",
            message,
        };
        self.answer_s3(call, &S3Request::read(body), Err(denied), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_object_is_no_object() {
        let mut objects = Objects::default();
        assert!(objects.restore(b"object/x", b"{}").is_err());
        assert!(objects.restore(b"object/1", b"{").is_err());
        assert!(objects.restore(b"object-body/1", b"x").is_ok());
    }
}
