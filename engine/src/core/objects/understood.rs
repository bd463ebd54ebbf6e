//! What each operation of S3 takes. Whatever else a request says that has a meaning to S3 is refused, since an answer that
//! passed over it would be one to another request.

use super::S3Request;
use super::answer::S3Error;
use super::checksum::ALGORITHMS;

/// The parameters and the headers of one operation.
struct Takes {
    operation: &'static str,
    parameters: &'static [&'static str],
    headers: &'static [&'static str],
}

/// What belongs to the transfer or to who asks, and not to what is asked.
const OF_ANY: [&str; 9] = [
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-expected-bucket-owner",
    "x-amz-request-payer",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-trailer",
    "x-amz-user-agent",
];

/// The headers of a reader.
const READ: [&str; 6] = [
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-unmodified-since",
    "range",
    "x-amz-checksum-mode",
];

const WRITE: [&str; 6] = [
    "if-match",
    "if-none-match",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-storage-class",
];

const COPY: [&str; 12] = [
    "x-amz-checksum-algorithm",
    "x-amz-copy-source",
    "x-amz-copy-source-if-match",
    "x-amz-copy-source-if-modified-since",
    "x-amz-copy-source-if-none-match",
    "x-amz-copy-source-if-unmodified-since",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-source-expected-bucket-owner",
    "x-amz-storage-class",
];

const OFFERED: [Takes; 10] = [
    takes("ListBuckets", &[], &[]),
    takes("HeadBucket", &[], &[]),
    takes("GetBucketLocation", &["location"], &[]),
    takes("GetBucketVersioning", &["versioning"], &[]),
    takes(
        "ListObjectsV2",
        &[
            "continuation-token",
            "delimiter",
            "encoding-type",
            "list-type",
            "max-keys",
            "prefix",
            "start-after",
        ],
        &[],
    ),
    takes(
        "ListObjectVersions",
        &[
            "delimiter",
            "encoding-type",
            "key-marker",
            "max-keys",
            "prefix",
            "versions",
        ],
        &[],
    ),
    takes("GetObject", &["versionId"], &READ),
    takes("HeadObject", &["versionId"], &READ),
    takes("PutObject", &[], &WRITE),
    takes("CopyObject", &[], &COPY),
];

const fn takes(
    operation: &'static str,
    parameters: &'static [&'static str],
    headers: &'static [&'static str],
) -> Takes {
    Takes {
        operation,
        parameters,
        headers,
    }
}

/// Refuses an operation that is not offered, and what this one does not take.
pub(super) fn check(
    operation: &str,
    request: &S3Request<'_>,
    account: &str,
) -> Result<(), S3Error> {
    let Some(takes) = OFFERED.iter().find(|it| it.operation == operation) else {
        return Err(not_offered(operation));
    };
    let writes = matches!(operation, "PutObject" | "CopyObject");
    let is_taken = |name: &str| {
        OF_ANY.contains(&name)
            || takes.headers.contains(&name)
            || (writes && name.starts_with("x-amz-meta-"))
            || (operation == "PutObject" && is_checksum(name))
    };
    // SDKs name the operation in `x-id` once more.
    let parameters = request.query.as_object().into_iter().flatten();
    for (name, _) in parameters.filter(|(name, _)| *name != "x-id") {
        if !takes.parameters.contains(&name.as_str()) {
            return Err(not_offered(&format!("the parameter {name} of {operation}")));
        }
    }
    let headers = request.headers.as_object().into_iter().flatten();
    for (name, _) in headers.filter(|(name, _)| has_a_meaning(name)) {
        if !is_taken(name) {
            return Err(not_offered(&format!("the header {name} of {operation}")));
        }
    }
    if let Some(class) = request.header("x-amz-storage-class")
        && class != "STANDARD"
    {
        return Err(not_offered(&format!("the storage class {class}")));
    }
    for name in [
        "x-amz-expected-bucket-owner",
        "x-amz-source-expected-bucket-owner",
    ] {
        if request.header(name).is_some_and(|owner| owner != account) {
            return Err(S3Error {
                status: 403,
                code: "AccessDenied",
                message: "Access Denied".to_owned(),
            });
        }
    }
    check_encryption(request)
}

/// Whether S3 does anything else on account of a header.
fn has_a_meaning(header: &str) -> bool {
    header.starts_with("x-amz-") || header.starts_with("if-") || header == "range"
}

fn is_checksum(header: &str) -> bool {
    let algorithm = header.strip_prefix("x-amz-checksum-");
    algorithm.is_some_and(|it| ALGORITHMS.contains(&it))
}

fn check_encryption(request: &S3Request<'_>) -> Result<(), S3Error> {
    match request.header("x-amz-server-side-encryption") {
        None | Some("AES256" | "aws:kms") => Ok(()),
        Some(other @ ("aws:kms:dsse" | "aws:fsx")) => {
            Err(not_offered(&format!("the encryption {other}")))
        }
        Some(_) => Err(S3Error::invalid(
            "InvalidEncryptionAlgorithmError",
            "The encryption request that you specified is not valid. The valid value is AES256.",
        )),
    }
}

pub(super) fn not_offered(what: &str) -> S3Error {
    S3Error {
        status: 501,
        code: "NotImplemented",
        message: format!("the local run does not offer {what}"),
    }
}
