//! What is in a bucket: `ListObjectsV2`, `ListObjectVersions`, and what a bucket says about itself.

use std::collections::BTreeSet;

use super::answer::{S3Error, element, percent_encoded, xml};
use super::{Contents, Objects, S3Request, Version};
use crate::core::input::Answer;
use crate::core::page;
use crate::core::time::rfc3339;

const NAMESPACE: &str = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
/// One page holds at most so many keys.
const KEYS_MAX: usize = 1000;

/// One page of a listing: entries and common prefixes in order, and where the next page begins.
struct Page<'a> {
    entries: Vec<&'a Version>,
    prefixes: BTreeSet<String>,
    /// The last name on this page, when there are more.
    next: Option<String>,
}

/// A name as the caller wants it written.
struct Names {
    encoded: bool,
}

impl Names {
    fn of(request: &S3Request<'_>) -> Self {
        Self {
            encoded: request.parameter("encoding-type") == Some("url"),
        }
    }

    fn element(&self, name: &str, text: &str) -> String {
        if self.encoded {
            element(name, &percent_encoded(text))
        } else {
            element(name, text)
        }
    }
}

fn keys_max(request: &S3Request<'_>) -> Result<usize, S3Error> {
    let Some(given) = request.parameter("max-keys") else {
        return Ok(KEYS_MAX);
    };
    match given.parse::<i32>().map(usize::try_from) {
        Ok(Ok(most)) => Ok(most.min(KEYS_MAX)),
        _ => Err(S3Error::invalid(
            "InvalidArgument",
            "Argument maxKeys must be an integer between 0 and 2147483647",
        )),
    }
}

/// The newest version of each key after `after` that begins with the prefix; keys with the delimiter in their rest are
/// one common prefix.
fn page<'a>(contents: &'a Contents, request: &S3Request<'_>, after: &str, most: usize) -> Page<'a> {
    let prefix = request.parameter("prefix").unwrap_or_default();
    let delimiter = request.parameter("delimiter").filter(|it| !it.is_empty());
    let mut page = Page {
        entries: Vec::new(),
        prefixes: BTreeSet::new(),
        next: None,
    };
    // A page of nothing has nothing behind it, or a caller who follows it would never come to an end.
    if most == 0 {
        return page;
    }
    let mut last = String::new();
    for (key, versions) in &contents.versions {
        let (Some(rest), Some(newest)) = (key.strip_prefix(prefix), versions.last()) else {
            continue;
        };
        let cut = delimiter.and_then(|it| rest.find(it).map(|at| at + it.len()));
        let common = cut.map(|at| format!("{prefix}{}", rest.get(..at).unwrap_or_default()));
        let name = common.as_deref().unwrap_or(key);
        let passed = key.as_str() <= after || common.as_deref().is_some_and(|it| it <= after);
        if passed || page.prefixes.contains(name) {
            continue;
        }
        if page.entries.len() + page.prefixes.len() >= most {
            page.next = Some(last);
            break;
        }
        last = name.to_owned();
        match common {
            Some(common) => {
                page.prefixes.insert(common);
            }
            None => page.entries.push(newest),
        }
    }
    page
}

fn entry(version: &Version) -> String {
    [
        element("LastModified", &rfc3339(version.modified_ms)),
        element("ETag", &format!("\"{}\"", version.etag)),
        element("ChecksumAlgorithm", &version.checksum.0.to_uppercase()),
        element("ChecksumType", "FULL_OBJECT"),
        element("Size", &version.size.to_string()),
        element("StorageClass", "STANDARD"),
    ]
    .concat()
}

impl Objects {
    pub(super) fn list_objects(&self, request: &S3Request<'_>) -> Result<Answer, S3Error> {
        let contents = self.bucket(request.bucket)?;
        let names = Names::of(request);
        let token = request.parameter("continuation-token");
        let start = request.parameter("start-after");
        let after = match token {
            Some(token) => page::behind(token).ok_or_else(|| {
                S3Error::invalid(
                    "InvalidArgument",
                    "The continuation token provided is incorrect",
                )
            })?,
            None => start.unwrap_or_default().to_owned(),
        };
        let most = keys_max(request)?;
        let page = page(contents, request, &after, most);
        let count = page.entries.len() + page.prefixes.len();
        let mut body = format!("<ListBucketResult {NAMESPACE}>");
        body += &element("Name", request.bucket);
        body += &names.element("Prefix", request.parameter("prefix").unwrap_or_default());
        if let Some(delimiter) = request.parameter("delimiter") {
            body += &names.element("Delimiter", delimiter);
        }
        if names.encoded {
            body += &element("EncodingType", "url");
        }
        body += &element("KeyCount", &count.to_string());
        body += &element("MaxKeys", &most.to_string());
        body += &element("IsTruncated", &page.next.is_some().to_string());
        if let Some(token) = token {
            body += &element("ContinuationToken", token);
        }
        if let Some(next) = &page.next {
            body += &element("NextContinuationToken", &page::token(next));
        }
        if let Some(start) = start {
            body += &names.element("StartAfter", start);
        }
        for version in &page.entries {
            let key = names.element("Key", &version.key);
            body += &format!("<Contents>{key}{}</Contents>", entry(version));
        }
        for prefix in &page.prefixes {
            let prefix = names.element("Prefix", prefix);
            body += &format!("<CommonPrefixes>{prefix}</CommonPrefixes>");
        }
        Ok(xml(200, &(body + "</ListBucketResult>")))
    }

    /// All versions of each key, the newest first. A page holds whole keys, so its marker is a key alone.
    pub(super) fn list_versions(&self, request: &S3Request<'_>) -> Result<Answer, S3Error> {
        let contents = self.bucket(request.bucket)?;
        let names = Names::of(request);
        let after = request.parameter("key-marker").unwrap_or_default();
        let most = keys_max(request)?;
        let page = page(contents, request, after, most);
        let mut body = format!("<ListVersionsResult {NAMESPACE}>");
        body += &element("Name", request.bucket);
        body += &names.element("Prefix", request.parameter("prefix").unwrap_or_default());
        body += &names.element("KeyMarker", after);
        if names.encoded {
            body += &element("EncodingType", "url");
        }
        body += &element("MaxKeys", &most.to_string());
        body += &element("IsTruncated", &page.next.is_some().to_string());
        if let Some(next) = &page.next {
            body += &names.element("NextKeyMarker", next);
        }
        for newest in &page.entries {
            let versions = contents.versions.get(&newest.key).into_iter().flatten();
            for version in versions.rev() {
                let is_latest = version.number == newest.number;
                body += "<Version>";
                body += &names.element("Key", &version.key);
                body += &element("VersionId", &version.id);
                body += &element("IsLatest", &is_latest.to_string());
                body += &entry(version);
                body += "</Version>";
            }
        }
        for prefix in &page.prefixes {
            let prefix = names.element("Prefix", prefix);
            body += &format!("<CommonPrefixes>{prefix}</CommonPrefixes>");
        }
        Ok(xml(200, &(body + "</ListVersionsResult>")))
    }

    pub(super) fn bucket_versioning(&self, request: &S3Request<'_>) -> Result<Answer, S3Error> {
        let status = if self.bucket(request.bucket)?.bucket.versioned {
            element("Status", "Enabled")
        } else {
            String::new()
        };
        let body =
            format!("<VersioningConfiguration {NAMESPACE}>{status}</VersioningConfiguration>");
        Ok(xml(200, &body))
    }

    /// `us-east-1` has no name here, as S3 has always answered.
    pub(super) fn bucket_location(&self, request: &S3Request<'_>) -> Result<Answer, S3Error> {
        self.bucket(request.bucket)?;
        let body = format!("<LocationConstraint {NAMESPACE}></LocationConstraint>");
        Ok(xml(200, &body))
    }

    pub(super) fn list_buckets(&self) -> Answer {
        let bucket = |(name, contents): (&String, &Contents)| {
            let name = element("Name", name);
            let created_ms = contents.created_ms.unwrap_or_default();
            let created = element("CreationDate", &rfc3339(created_ms));
            format!("<Bucket>{name}{created}</Bucket>")
        };
        let buckets: String = self.by_name.iter().map(bucket).collect();
        let owner = "<Owner><ID>local</ID></Owner>";
        let body = format!(
            "<ListAllMyBucketsResult {NAMESPACE}>{owner}<Buckets>{buckets}</Buckets></ListAllMyBucketsResult>"
        );
        xml(200, &body)
    }
}
