//! What S3 calls a request: the operation is in the method, in whether a bucket or an object is meant, and in the query.
//!
//! Every operation of the service is in here, so that one which is not offered is refused by its own name and never taken for
//! another. Source: the service model of botocore, `s3/2006-03-01`.

/// Method, parameters of the query that make it this operation, and its name.
type Named = (&'static str, &'static str, &'static str);

/// Of a bucket, those with the most parameters first.
#[rustfmt::skip]
const BUCKET: [Named; 80] = [
    ("DELETE", "analytics&id", "DeleteBucketAnalyticsConfiguration"),
    ("GET", "analytics&id", "GetBucketAnalyticsConfiguration"),
    ("PUT", "analytics&id", "PutBucketAnalyticsConfiguration"),
    ("DELETE", "intelligent-tiering&id", "DeleteBucketIntelligentTieringConfiguration"),
    ("GET", "intelligent-tiering&id", "GetBucketIntelligentTieringConfiguration"),
    ("PUT", "intelligent-tiering&id", "PutBucketIntelligentTieringConfiguration"),
    ("DELETE", "inventory&id", "DeleteBucketInventoryConfiguration"),
    ("GET", "inventory&id", "GetBucketInventoryConfiguration"),
    ("PUT", "inventory&id", "PutBucketInventoryConfiguration"),
    ("DELETE", "metrics&id", "DeleteBucketMetricsConfiguration"),
    ("GET", "metrics&id", "GetBucketMetricsConfiguration"),
    ("PUT", "metrics&id", "PutBucketMetricsConfiguration"),
    ("GET", "abac", "GetBucketAbac"),
    ("PUT", "abac", "PutBucketAbac"),
    ("GET", "accelerate", "GetBucketAccelerateConfiguration"),
    ("PUT", "accelerate", "PutBucketAccelerateConfiguration"),
    ("GET", "acl", "GetBucketAcl"),
    ("PUT", "acl", "PutBucketAcl"),
    ("GET", "analytics", "ListBucketAnalyticsConfigurations"),
    ("DELETE", "cors", "DeleteBucketCors"),
    ("GET", "cors", "GetBucketCors"),
    ("PUT", "cors", "PutBucketCors"),
    ("POST", "delete", "DeleteObjects"),
    ("DELETE", "encryption", "DeleteBucketEncryption"),
    ("GET", "encryption", "GetBucketEncryption"),
    ("PUT", "encryption", "PutBucketEncryption"),
    ("GET", "intelligent-tiering", "ListBucketIntelligentTieringConfigurations"),
    ("GET", "inventory", "ListBucketInventoryConfigurations"),
    ("DELETE", "lifecycle", "DeleteBucketLifecycle"),
    ("GET", "lifecycle", "GetBucketLifecycleConfiguration"),
    ("PUT", "lifecycle", "PutBucketLifecycleConfiguration"),
    ("GET", "list-type", "ListObjectsV2"),
    ("GET", "location", "GetBucketLocation"),
    ("GET", "logging", "GetBucketLogging"),
    ("PUT", "logging", "PutBucketLogging"),
    ("PUT", "metadataAnnotationTable", "UpdateBucketMetadataAnnotationTableConfiguration"),
    ("DELETE", "metadataConfiguration", "DeleteBucketMetadataConfiguration"),
    ("GET", "metadataConfiguration", "GetBucketMetadataConfiguration"),
    ("POST", "metadataConfiguration", "CreateBucketMetadataConfiguration"),
    ("PUT", "metadataInventoryTable", "UpdateBucketMetadataInventoryTableConfiguration"),
    ("PUT", "metadataJournalTable", "UpdateBucketMetadataJournalTableConfiguration"),
    ("DELETE", "metadataTable", "DeleteBucketMetadataTableConfiguration"),
    ("GET", "metadataTable", "GetBucketMetadataTableConfiguration"),
    ("POST", "metadataTable", "CreateBucketMetadataTableConfiguration"),
    ("GET", "metrics", "ListBucketMetricsConfigurations"),
    ("GET", "notification", "GetBucketNotificationConfiguration"),
    ("PUT", "notification", "PutBucketNotificationConfiguration"),
    ("GET", "object-lock", "GetObjectLockConfiguration"),
    ("PUT", "object-lock", "PutObjectLockConfiguration"),
    ("DELETE", "ownershipControls", "DeleteBucketOwnershipControls"),
    ("GET", "ownershipControls", "GetBucketOwnershipControls"),
    ("PUT", "ownershipControls", "PutBucketOwnershipControls"),
    ("DELETE", "policy", "DeleteBucketPolicy"),
    ("GET", "policy", "GetBucketPolicy"),
    ("PUT", "policy", "PutBucketPolicy"),
    ("GET", "policyStatus", "GetBucketPolicyStatus"),
    ("DELETE", "publicAccessBlock", "DeletePublicAccessBlock"),
    ("GET", "publicAccessBlock", "GetPublicAccessBlock"),
    ("PUT", "publicAccessBlock", "PutPublicAccessBlock"),
    ("DELETE", "replication", "DeleteBucketReplication"),
    ("GET", "replication", "GetBucketReplication"),
    ("PUT", "replication", "PutBucketReplication"),
    ("GET", "requestPayment", "GetBucketRequestPayment"),
    ("PUT", "requestPayment", "PutBucketRequestPayment"),
    ("GET", "session", "CreateSession"),
    ("DELETE", "tagging", "DeleteBucketTagging"),
    ("GET", "tagging", "GetBucketTagging"),
    ("PUT", "tagging", "PutBucketTagging"),
    ("GET", "uploads", "ListMultipartUploads"),
    ("GET", "versioning", "GetBucketVersioning"),
    ("PUT", "versioning", "PutBucketVersioning"),
    ("GET", "versions", "ListObjectVersions"),
    ("DELETE", "website", "DeleteBucketWebsite"),
    ("GET", "website", "GetBucketWebsite"),
    ("PUT", "website", "PutBucketWebsite"),
    ("DELETE", "", "DeleteBucket"),
    ("GET", "", "ListObjects"),
    ("HEAD", "", "HeadBucket"),
    ("POST", "", "PostObject"),
    ("PUT", "", "CreateBucket"),
];

/// The same of an object.
#[rustfmt::skip]
const OBJECT: [Named; 28] = [
    ("DELETE", "annotation&annotationName", "DeleteObjectAnnotation"),
    ("GET", "annotation&annotationName", "GetObjectAnnotation"),
    ("PUT", "annotation&annotationName", "PutObjectAnnotation"),
    ("PUT", "partNumber&uploadId", "UploadPart"),
    ("GET", "acl", "GetObjectAcl"),
    ("PUT", "acl", "PutObjectAcl"),
    ("GET", "annotation", "ListObjectAnnotations"),
    ("GET", "attributes", "GetObjectAttributes"),
    ("PUT", "encryption", "UpdateObjectEncryption"),
    ("GET", "legal-hold", "GetObjectLegalHold"),
    ("PUT", "legal-hold", "PutObjectLegalHold"),
    ("PUT", "renameObject", "RenameObject"),
    ("POST", "restore", "RestoreObject"),
    ("GET", "retention", "GetObjectRetention"),
    ("PUT", "retention", "PutObjectRetention"),
    ("POST", "select", "SelectObjectContent"),
    ("DELETE", "tagging", "DeleteObjectTagging"),
    ("GET", "tagging", "GetObjectTagging"),
    ("PUT", "tagging", "PutObjectTagging"),
    ("GET", "torrent", "GetObjectTorrent"),
    ("DELETE", "uploadId", "AbortMultipartUpload"),
    ("GET", "uploadId", "ListParts"),
    ("POST", "uploadId", "CompleteMultipartUpload"),
    ("POST", "uploads", "CreateMultipartUpload"),
    ("DELETE", "", "DeleteObject"),
    ("GET", "", "GetObject"),
    ("HEAD", "", "HeadObject"),
    ("PUT", "", "PutObject"),
];

/// The operation's name; what is none of S3's is called by its method.
pub(super) fn name(
    method: &str,
    (bucket, key): (&str, &str),
    query: &[(String, String)],
    copies: bool,
) -> String {
    let has = |name: &str| query.iter().any(|(known, _)| known == name);
    let is = |(verb, names, _): &&Named| {
        *verb == method && names.split('&').all(|name| name.is_empty() || has(name))
    };
    let found = match (bucket.is_empty(), key.is_empty()) {
        (true, _) => (method == "GET").then_some("ListBuckets"),
        (false, true) => BUCKET.iter().find(is).map(|it| it.2),
        (false, false) => OBJECT.iter().find(is).map(|it| it.2),
    };
    match found {
        // The same requests with a source in a header copy it.
        Some("PutObject") if copies => "CopyObject".to_owned(),
        Some("UploadPart") if copies => "UploadPartCopy".to_owned(),
        Some(name) => name.to_owned(),
        None if key.is_empty() => format!("{method} of a bucket"),
        None => format!("{method} of an object"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_called_by_its_own_name() {
        let called = |method: &str, key: &str, query: &str, copies: bool| {
            name(method, ("b", key), &crate::core::parse_query(query), copies)
        };
        for (method, key, query, expected) in [
            ("GET", "", "list-type=2&prefix=a", "ListObjectsV2"),
            ("GET", "", "prefix=a", "ListObjects"),
            ("GET", "", "publicAccessBlock", "GetPublicAccessBlock"),
            (
                "GET",
                "",
                "versions&encoding-type=url",
                "ListObjectVersions",
            ),
            (
                "GET",
                "",
                "inventory&id=1",
                "GetBucketInventoryConfiguration",
            ),
            ("GET", "", "inventory", "ListBucketInventoryConfigurations"),
            ("POST", "", "delete", "DeleteObjects"),
            ("GET", "k", "attributes", "GetObjectAttributes"),
            ("GET", "k", "x-id=GetObject", "GetObject"),
            ("PUT", "k", "x-id=PutObject", "PutObject"),
            ("PUT", "k", "partNumber=1&uploadId=u", "UploadPart"),
            ("DELETE", "k", "uploadId=u", "AbortMultipartUpload"),
            ("DELETE", "k", "", "DeleteObject"),
            ("PATCH", "k", "", "PATCH of an object"),
        ] {
            assert_eq!(
                called(method, key, query, false),
                expected,
                "{method} {query}"
            );
        }
        assert_eq!(called("PUT", "k", "", true), "CopyObject");
        assert_eq!(
            called("PUT", "k", "partNumber=1&uploadId=u", true),
            "UploadPartCopy"
        );
        assert_eq!(called("GET", "k", "", true), "GetObject");
    }
}
