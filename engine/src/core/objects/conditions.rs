//! What a request makes its reading or writing depend on: the entity tag and the time of the version that is there.

use super::answer::S3Error;
use super::{S3Request, Version};
use crate::core::time::http_date_ms;

/// Why a version is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmet {
    /// The reader has it already.
    NotModified,
    Failed,
}

/// Whether what the headers say of a version holds; `prefix` is what stands before each name where a copy says it of its source.
///
/// An entity tag says more than a time, so that the time is not looked at where there is one. A time that is none is passed over,
/// as HTTP has it.
pub(super) fn check_read(
    request: &S3Request<'_>,
    prefix: &str,
    version: &Version,
) -> Result<(), Unmet> {
    let header = |name: &str| request.header(&format!("{prefix}{name}"));
    let date = |name: &str| header(name).and_then(http_date_ms);
    // Dates in headers have no milliseconds.
    let modified_ms = version.modified_ms / 1000 * 1000;
    match (header("if-match"), date("if-unmodified-since")) {
        (Some(tags), _) if !names(tags, version) => return Err(Unmet::Failed),
        (None, Some(since_ms)) if modified_ms > since_ms => return Err(Unmet::Failed),
        _ => {}
    }
    match (header("if-none-match"), date("if-modified-since")) {
        (Some(tags), _) if names(tags, version) => Err(Unmet::NotModified),
        (None, Some(since_ms)) if modified_ms <= since_ms => Err(Unmet::NotModified),
        _ => Ok(()),
    }
}

/// Whether a writer may put a version behind the one that is there.
pub(super) fn check_write(
    request: &S3Request<'_>,
    newest: Option<&Version>,
) -> Result<(), S3Error> {
    match (request.header("if-none-match"), newest) {
        (Some("*"), Some(_)) => return Err(failed()),
        (None | Some("*"), _) => {}
        (Some(_), _) => {
            return Err(super::understood::not_offered(
                "another If-None-Match of a writer than `*`",
            ));
        }
    }
    match (request.header("if-match"), newest) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(S3Error {
            status: 404,
            code: "NoSuchKey",
            message: "The specified key does not exist.".to_owned(),
        }),
        (Some(tags), Some(newest)) if names(tags, newest) => Ok(()),
        (Some(_), Some(_)) => Err(failed()),
    }
}

pub(super) fn failed() -> S3Error {
    S3Error {
        status: 412,
        code: "PreconditionFailed",
        message: "At least one of the pre-conditions you specified did not hold".to_owned(),
    }
}

/// Whether a list of entity tags has that of the version; S3 takes them without quotes as well.
fn names(tags: &str, version: &Version) -> bool {
    tags.split(',')
        .map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'))
        .any(|tag| tag == "*" || tag == version.etag)
}
