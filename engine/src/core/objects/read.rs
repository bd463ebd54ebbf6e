//! `GetObject` and `HeadObject`: a version with what was said about it, or a part of it.

use super::answer::S3Error;
use super::conditions::{self, Unmet};
use super::{Objects, S3Request, Version};
use crate::core::input::Answer;
use crate::core::time::http_date;

/// What an answer says about a version in its headers.
pub(super) fn describe(
    version: &Version,
    versioned: bool,
    with_checksum: bool,
) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = version
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut push = |name: &str, value: String| headers.push((name.to_owned(), value));
    let encryption = &version.encryption;
    push("x-amz-server-side-encryption", encryption.algorithm.clone());
    if let Some(key) = &encryption.key {
        push("x-amz-server-side-encryption-aws-kms-key-id", key.clone());
    }
    if encryption.bucket_key {
        push(
            "x-amz-server-side-encryption-bucket-key-enabled",
            "true".to_owned(),
        );
    }
    if versioned {
        push("x-amz-version-id", version.id.clone());
    }
    if with_checksum {
        let (algorithm, value) = &version.checksum;
        push(&format!("x-amz-checksum-{algorithm}"), value.clone());
        push("x-amz-checksum-type", "FULL_OBJECT".to_owned());
    }
    headers
}

impl Objects {
    /// A version of an object, the newest where none is named, and whether its bucket has versions.
    pub(super) fn version(
        &self,
        bucket: &str,
        key: &str,
        id: Option<&str>,
    ) -> Result<(&Version, bool), S3Error> {
        let contents = self.bucket(bucket)?;
        let missing = |code: &'static str, message: &str| S3Error {
            status: 404,
            code,
            message: message.to_owned(),
        };
        let versions = contents.versions.get(key);
        let versions =
            versions.ok_or_else(|| missing("NoSuchKey", "The specified key does not exist."))?;
        let found = match id {
            Some(id) => versions.iter().find(|it| it.id == id),
            None => versions.last(),
        };
        found
            .map(|version| (version, contents.bucket.versioned))
            .ok_or_else(|| missing("NoSuchVersion", "The specified version does not exist."))
    }

    pub(super) fn get_object(&self, request: &S3Request<'_>) -> Result<Answer, S3Error> {
        let id = request.parameter("versionId");
        let (version, versioned) = self.version(request.bucket, request.key, id)?;
        let body = self.bodies.get(&version.number).cloned();
        let body = body.unwrap_or_default();
        let etag = format!("\"{}\"", version.etag);
        let modified = http_date(version.modified_ms);
        match conditions::check_read(request, "", version) {
            Ok(()) => {}
            Err(Unmet::NotModified) => {
                return Ok(Answer {
                    status: 304,
                    headers: vec![
                        ("ETag".to_owned(), etag),
                        ("Last-Modified".to_owned(), modified),
                    ],
                    body: Vec::new(),
                });
            }
            Err(Unmet::Failed) => return Err(conditions::failed()),
        }
        let range = request.header("range");
        let wants_checksum = request.header("x-amz-checksum-mode") == Some("ENABLED");
        let mut headers = describe(version, versioned, wants_checksum && range.is_none());
        headers.push(("ETag".to_owned(), etag));
        headers.push(("Last-Modified".to_owned(), modified));
        headers.push(("Accept-Ranges".to_owned(), "bytes".to_owned()));
        let Some((first, last)) = range.map(|it| part(it, body.len())).transpose()?.flatten()
        else {
            return Ok(Answer {
                status: 200,
                headers,
                body,
            });
        };
        headers.push((
            "Content-Range".to_owned(),
            format!("bytes {first}-{last}/{}", body.len()),
        ));
        Ok(Answer {
            status: 206,
            headers,
            body: body.get(first..=last).unwrap_or_default().to_vec(),
        })
    }

    /// As `GetObject`; the server sends the length of the body and not the body itself.
    pub(super) fn head_object(&self, request: &S3Request<'_>) -> Result<Answer, S3Error> {
        self.get_object(request)
    }
}

/// First and last byte of `bytes=0-9`, `bytes=5-` or `bytes=-5`; nothing where it is no range, which is then ignored.
fn part(range: &str, length: usize) -> Result<Option<(usize, usize)>, S3Error> {
    let Some((first, last)) = range
        .strip_prefix("bytes=")
        .and_then(|it| it.split_once('-'))
    else {
        return Ok(None);
    };
    let (first, last) = match (first.parse::<usize>().ok(), last.parse::<usize>().ok()) {
        (Some(first), Some(last)) if last >= first => (first, last),
        (Some(first), None) if last.is_empty() => (first, usize::MAX),
        (None, Some(suffix)) if first.is_empty() && suffix > 0 => {
            (length.saturating_sub(suffix), usize::MAX)
        }
        _ => return Ok(None),
    };
    if first >= length {
        return Err(S3Error {
            status: 416,
            code: "InvalidRange",
            message: "The requested range is not satisfiable".to_owned(),
        });
    }
    Ok(Some((first, last.min(length - 1))))
}
