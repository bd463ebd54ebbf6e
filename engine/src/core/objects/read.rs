//! `GetObject` and `HeadObject`: a version with what was said about it, or a part of it.

use super::answer::S3Error;
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
    fn version(&self, request: &S3Request<'_>) -> Result<(&Version, bool), S3Error> {
        let contents = self.bucket(request.bucket)?;
        let missing = |code: &'static str, message: &str| S3Error {
            status: 404,
            code,
            message: message.to_owned(),
        };
        let versions = contents.versions.get(request.key);
        let versions =
            versions.ok_or_else(|| missing("NoSuchKey", "The specified key does not exist."))?;
        let found = match request.parameter("versionId") {
            Some(id) => versions.iter().find(|it| it.id == id),
            None => versions.last(),
        };
        found
            .map(|version| (version, contents.bucket.versioned))
            .ok_or_else(|| missing("NoSuchVersion", "The specified version does not exist."))
    }

    pub(super) fn get_object(&self, request: &S3Request<'_>) -> Result<Answer, S3Error> {
        let (version, versioned) = self.version(request)?;
        let body = self.bodies.get(&version.number).cloned();
        let body = body.unwrap_or_default();
        let etag = format!("\"{}\"", version.etag);
        if request
            .header("if-none-match")
            .is_some_and(|it| it == etag || it == "*")
        {
            return Ok(Answer {
                status: 304,
                headers: vec![("ETag".to_owned(), etag)],
                body: Vec::new(),
            });
        }
        if request.header("if-match").is_some_and(|it| it != etag) {
            return Err(S3Error {
                status: 412,
                code: "PreconditionFailed",
                message: "At least one of the pre-conditions you specified did not hold".to_owned(),
            });
        }
        let range = request.header("range");
        let wants_checksum = request.header("x-amz-checksum-mode") == Some("ENABLED");
        let mut headers = describe(version, versioned, wants_checksum && range.is_none());
        headers.push(("ETag".to_owned(), etag));
        headers.push(("Last-Modified".to_owned(), http_date(version.modified_ms)));
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
