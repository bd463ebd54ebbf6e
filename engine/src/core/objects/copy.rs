//! `CopyObject`: a new version with the body of another one, of the same run.

use super::answer::{S3Error, element, xml};
use super::checksum::{self, ALGORITHMS};
use super::read::describe;
use super::understood::not_offered;
use super::write::{NewVersion, encryption, kept_headers};
use super::{S3Request, conditions};
use crate::core::Core;
use crate::core::decode_percent;
use crate::core::input::{Answer, Output};
use crate::core::time::rfc3339;

/// What a copy is made of, as the header `x-amz-copy-source` names it: `/bucket/key?versionId=…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::core) struct Source {
    pub(in crate::core) bucket: String,
    pub(in crate::core) key: String,
    pub(in crate::core) version: Option<String>,
}

impl Source {
    pub(in crate::core) fn read(header: &str) -> Option<Self> {
        let (path, version) = match header.split_once("?versionId=") {
            Some((path, version)) => (path, Some(decode_percent(version))),
            None => (header, None),
        };
        // As in a path, a plus sign is itself.
        let path = decode_percent(&path.replace('+', "%2B"));
        let (bucket, key) = path.strip_prefix('/').unwrap_or(&path).split_once('/')?;
        let named = !bucket.is_empty() && !key.is_empty();
        named.then(|| Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            version,
        })
    }
}

impl Core {
    pub(super) fn copy_object(
        &mut self,
        request: &S3Request<'_>,
        now_ms: u64,
        out: &mut Output,
    ) -> Result<Answer, S3Error> {
        let header = request.header("x-amz-copy-source").unwrap_or_default();
        if header.starts_with("arn:") {
            return Err(not_offered("access points"));
        }
        let source = Source::read(header).ok_or_else(|| {
            let message =
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey";
            S3Error::invalid("InvalidArgument", message)
        })?;
        let bucket = self.objects.bucket(request.bucket)?.bucket.clone();
        let found = self
            .objects
            .version(&source.bucket, &source.key, source.version.as_deref());
        let (version, source_versioned) = found.map(|(it, versioned)| (it.clone(), versioned))?;
        conditions::check_read(request, "x-amz-copy-source-", &version)
            .map_err(|_| conditions::failed())?;
        let replaces = replaces(request)?;
        check_changes(request, &source, replaces)?;
        let payload = self.objects.bodies.get(&version.number).cloned();
        let payload = payload.unwrap_or_default();
        let checksum = match request.header("x-amz-checksum-algorithm") {
            None => version.checksum.clone(),
            Some(algorithm) => {
                let algorithm = algorithm.to_ascii_lowercase();
                let value = checksum::of(&algorithm, &payload)
                    .filter(|_| ALGORITHMS.contains(&algorithm.as_str()));
                let value = value.ok_or_else(|| {
                    S3Error::invalid(
                        "InvalidRequest",
                        "Checksum algorithm provided is unsupported.",
                    )
                })?;
                (algorithm, value)
            }
        };
        let new = NewVersion {
            key: request.key,
            etag: version.etag.clone(),
            headers: if replaces {
                kept_headers(request)
            } else {
                version.headers.clone()
            },
            encryption: encryption(request, &bucket.encryption),
            checksum,
            payload,
        };
        let copy = self.store_version(&bucket, new, None, now_ms, out)?;
        let mut headers = describe(&copy, bucket.versioned, false);
        headers.retain(|(name, _)| name.starts_with("x-amz-") && !name.starts_with("x-amz-meta-"));
        if source_versioned {
            headers.push(("x-amz-copy-source-version-id".to_owned(), version.id));
        }
        let (algorithm, value) = &copy.checksum;
        let body = [
            element("LastModified", &rfc3339(copy.modified_ms)),
            element("ETag", &format!("\"{}\"", copy.etag)),
            element(&format!("Checksum{}", algorithm.to_uppercase()), value),
            element("ChecksumType", "FULL_OBJECT"),
        ]
        .concat();
        let mut answer = xml(200, &format!("<CopyObjectResult>{body}</CopyObjectResult>"));
        answer.headers.extend(headers);
        Ok(answer)
    }
}

/// Whether what is said about the copy comes from the request and not from the source.
fn replaces(request: &S3Request<'_>) -> Result<bool, S3Error> {
    match request.header("x-amz-metadata-directive") {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(_) => Err(S3Error::invalid(
            "InvalidArgument",
            "Unknown metadata directive.",
        )),
    }
}

/// A copy of the newest version onto itself has to change something.
fn check_changes(request: &S3Request<'_>, source: &Source, replaces: bool) -> Result<(), S3Error> {
    let is_itself =
        source.bucket == request.bucket && source.key == request.key && source.version.is_none();
    let changes = replaces
        || request.header("x-amz-server-side-encryption").is_some()
        || request.header("x-amz-storage-class").is_some();
    if is_itself && !changes {
        return Err(S3Error::invalid(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_names_bucket_key_and_version() {
        let source = |bucket: &str, key: &str, version: Option<&str>| {
            Some(Source {
                bucket: bucket.into(),
                key: key.into(),
                version: version.map(str::to_owned),
            })
        };
        assert_eq!(Source::read("/b/a%20b/c+d"), source("b", "a b/c+d", None));
        assert_eq!(Source::read("b/k?versionId=7"), source("b", "k", Some("7")));
        for wrong in ["", "b", "/b/", "//k"] {
            assert_eq!(Source::read(wrong), None, "{wrong}");
        }
    }
}
