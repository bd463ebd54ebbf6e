//! S3: what a request says besides is done or refused, and never passed over: conditions, copies, parameters, headers.

use pipe_engine::core::{Answer, Caller};
use serde_json::{Value, json};

use super::functions::started;
use super::objects::{ARCHIVE, PLAIN, code, get, headers, put, s3, texts};
use crate::simulation::{START_MS, Simulation};

fn copy(it: &mut Simulation, to: (&str, &str), said: Value) -> Answer {
    s3(it, Caller::Outside, "CopyObject", to, said, json!({}), b"")
}

fn body(it: &mut Simulation, bucket: &str, key: &str) -> Vec<u8> {
    get(it, bucket, key, json!({}), json!({})).body
}

#[test]
fn a_copy_has_the_body_of_its_source_and_is_a_version_of_its_own() {
    let mut it = started(1.0);
    let said = json!({ "content-type": "application/json", "x-amz-meta-a": "1" });
    let first = put(&mut it, ARCHIVE, "p 1", said.clone(), b"one");
    let first = headers(&first)["x-amz-version-id"].to_owned();
    put(&mut it, ARCHIVE, "p 1", said, b"two");
    put(&mut it, PLAIN, "k", json!({}), b"old");
    let copied = copy(
        &mut it,
        (PLAIN, "k"),
        json!({ "x-amz-copy-source": format!("/{ARCHIVE}/p%201") }),
    );
    assert_eq!(copied.status, 200);
    let xml = String::from_utf8_lossy(&copied.body).into_owned();
    assert_eq!(
        texts(&xml, "ETag"),
        ["&quot;b8a9f715dbb64fd5c56e7783c6820a61&quot;"]
    );
    it.restart();
    it.step(None);
    let read = get(&mut it, PLAIN, "k", json!({}), json!({}));
    assert_eq!(read.body, b"two");
    assert_eq!(headers(&read)["content-type"], "application/json");
    assert_eq!(headers(&read)["x-amz-meta-a"], "1");
    // An older version comes back as the newest, with other metadata.
    let back = copy(
        &mut it,
        (ARCHIVE, "p 1"),
        json!({
            "x-amz-copy-source": format!("{ARCHIVE}/p%201?versionId={first}"),
            "x-amz-metadata-directive": "REPLACE", "content-type": "text/plain",
        }),
    );
    assert_eq!(headers(&back)["x-amz-copy-source-version-id"], first);
    let read = get(&mut it, ARCHIVE, "p 1", json!({}), json!({}));
    assert_eq!(
        (read.body.as_slice(), headers(&read)["content-type"]),
        (b"one".as_slice(), "text/plain")
    );
    assert!(!headers(&read).contains_key("x-amz-meta-a"));
}

#[test]
fn a_copy_that_cannot_be_made_leaves_everything_as_it_was() {
    let mut it = started(1.0);
    put(&mut it, ARCHIVE, "k", json!({}), b"one");
    put(&mut it, PLAIN, "k", json!({}), b"old");
    let source = format!("{ARCHIVE}/k");
    for (said, expected) in [
        (
            json!({ "x-amz-copy-source": format!("{ARCHIVE}/none") }),
            (404, "NoSuchKey"),
        ),
        (
            json!({ "x-amz-copy-source": "nobody/k" }),
            (404, "NoSuchBucket"),
        ),
        (
            json!({ "x-amz-copy-source": format!("{source}?versionId=x") }),
            (404, "NoSuchVersion"),
        ),
        (
            json!({ "x-amz-copy-source": "k" }),
            (400, "InvalidArgument"),
        ),
        (
            json!({ "x-amz-copy-source": format!("{PLAIN}/k") }),
            (400, "InvalidRequest"),
        ),
        (
            json!({ "x-amz-copy-source": source, "x-amz-copy-source-if-match": "other" }),
            (412, "PreconditionFailed"),
        ),
        (
            json!({ "x-amz-copy-source": source, "x-amz-tagging-directive": "REPLACE" }),
            (501, "NotImplemented"),
        ),
    ] {
        let answer = copy(&mut it, (PLAIN, "k"), said.clone());
        assert_eq!(code(&answer), (expected.0, expected.1.to_owned()), "{said}");
    }
    assert_eq!(body(&mut it, PLAIN, "k"), b"old");
}

#[test]
fn a_copier_may_read_the_source_and_write_the_target() {
    let mut it = started(1.0);
    put(&mut it, PLAIN, "k", json!({}), b"one");
    put(&mut it, ARCHIVE, "k", json!({}), b"one");
    let receiver = Caller::Function {
        name: "receiver-local".into(),
        invocation: None,
    };
    // The role may write to the archive, and read nothing.
    let said = json!({ "x-amz-copy-source": format!("{PLAIN}/k") });
    let answer = s3(
        &mut it,
        receiver,
        "CopyObject",
        (ARCHIVE, "new"),
        said,
        json!({}),
        b"",
    );
    assert_eq!(code(&answer), (403, "AccessDenied".to_owned()));
    assert!(String::from_utf8_lossy(&answer.body).contains("s3:GetObject"));
}

#[test]
fn what_a_request_says_and_nobody_understands_is_refused() {
    let mut it = started(1.0);
    put(&mut it, ARCHIVE, "k", json!({}), b"one");
    let cases = [
        (
            "PutObject",
            "k",
            json!({ "x-amz-copy-source": "a/b" }),
            json!({}),
        ),
        (
            "PutObject",
            "k",
            json!({ "x-amz-tagging": "a=b" }),
            json!({}),
        ),
        (
            "PutObject",
            "k",
            json!({ "x-amz-object-lock-mode": "GOVERNANCE" }),
            json!({}),
        ),
        (
            "PutObject",
            "k",
            json!({ "x-amz-acl": "public-read" }),
            json!({}),
        ),
        (
            "PutObject",
            "k",
            json!({ "x-amz-storage-class": "GLACIER" }),
            json!({}),
        ),
        (
            "PutObject",
            "k",
            json!({ "x-amz-write-offset-bytes": "3" }),
            json!({}),
        ),
        (
            "PutObject",
            "k",
            json!({ "if-modified-since": "x" }),
            json!({}),
        ),
        ("PutObject", "k", json!({}), json!({ "attributes": "" })),
        ("GetObject", "k", json!({}), json!({ "partNumber": "1" })),
        (
            "GetObject",
            "k",
            json!({}),
            json!({ "response-content-type": "a/b" }),
        ),
        (
            "GetObject",
            "k",
            json!({ "x-amz-server-side-encryption-customer-algorithm": "AES256" }),
            json!({}),
        ),
        (
            "ListObjectsV2",
            "",
            json!({}),
            json!({ "list-type": "2", "fetch-owner": "true" }),
        ),
        (
            "ListObjectVersions",
            "",
            json!({}),
            json!({ "versions": "", "version-id-marker": "x" }),
        ),
        (
            "GetPublicAccessBlock",
            "",
            json!({}),
            json!({ "publicAccessBlock": "" }),
        ),
    ];
    for (operation, key, said, query) in cases {
        let at = (ARCHIVE, key);
        let answer = s3(
            &mut it,
            Caller::Outside,
            operation,
            at,
            said.clone(),
            query.clone(),
            b"",
        );
        assert_eq!(
            code(&answer),
            (501, "NotImplemented".to_owned()),
            "{operation} {said} {query}"
        );
        let message = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(
            message.contains(operation) || message.contains("GLACIER"),
            "{message}"
        );
    }
    assert_eq!(body(&mut it, ARCHIVE, "k"), b"one", "nothing was written");
    // What only carries a request, and what SDKs say twice.
    let said = json!({
        "x-amz-date": "x", "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-sdk-checksum-algorithm": "CRC32",
        "x-amz-storage-class": "STANDARD", "x-amz-expected-bucket-owner": "123456789012",
    });
    let query = json!({ "x-id": "PutObject" });
    let answer = s3(
        &mut it,
        Caller::Outside,
        "PutObject",
        (ARCHIVE, "k"),
        said,
        query,
        b"two",
    );
    assert_eq!(answer.status, 200);
    let other = json!({ "x-amz-expected-bucket-owner": "210987654321" });
    let answer = get(&mut it, ARCHIVE, "k", other, json!({}));
    assert_eq!(code(&answer), (403, "AccessDenied".to_owned()));
    let wrong = json!({ "x-amz-server-side-encryption": "ROT13" });
    let answer = put(&mut it, ARCHIVE, "k", wrong, b"three");
    assert_eq!(
        code(&answer),
        (400, "InvalidEncryptionAlgorithmError".to_owned())
    );
}

#[test]
fn a_reader_may_ask_for_what_has_changed_or_has_not() {
    let mut it = started(1.0);
    it.now_ms = START_MS + 500;
    put(&mut it, ARCHIVE, "k", json!({}), b"one");
    let read = get(&mut it, ARCHIVE, "k", json!({}), json!({}));
    let tag = headers(&read)["ETag"].to_owned();
    let written = headers(&read)["Last-Modified"].to_owned();
    let (before, after) = (
        "Fri, 02 Jan 2026 00:00:00 GMT",
        "Sat, 02 Jan 2027 00:00:00 GMT",
    );
    let other = "\"0\"";
    for (said, expected) in [
        (json!({ "if-match": tag }), 200),
        (json!({ "if-match": format!("{other}, {tag}") }), 200),
        (json!({ "if-match": tag.trim_matches('"') }), 200),
        (json!({ "if-match": other }), 412),
        (json!({ "if-none-match": tag }), 304),
        (json!({ "if-none-match": "*" }), 304),
        (json!({ "if-none-match": other }), 200),
        (json!({ "if-modified-since": before }), 200),
        (json!({ "if-modified-since": written }), 304),
        (json!({ "if-modified-since": after }), 304),
        (json!({ "if-unmodified-since": before }), 412),
        (json!({ "if-unmodified-since": written }), 200),
        (json!({ "if-unmodified-since": after }), 200),
        // The tag says more than the time.
        (
            json!({ "if-match": tag, "if-unmodified-since": before }),
            200,
        ),
        (
            json!({ "if-none-match": other, "if-modified-since": after }),
            200,
        ),
        (
            json!({ "if-none-match": tag, "if-modified-since": before }),
            304,
        ),
        (json!({ "if-modified-since": "yesterday" }), 200),
    ] {
        for operation in ["GetObject", "HeadObject"] {
            let at = (ARCHIVE, "k");
            let answer = s3(
                &mut it,
                Caller::Outside,
                operation,
                at,
                said.clone(),
                json!({}),
                b"",
            );
            assert_eq!(answer.status, expected, "{operation} {said}");
        }
    }
}

#[test]
fn a_writer_may_ask_for_what_is_there() {
    let mut it = started(1.0);
    let missing = put(&mut it, ARCHIVE, "k", json!({ "if-match": "x" }), b"one");
    assert_eq!(code(&missing), (404, "NoSuchKey".to_owned()));
    let written = put(
        &mut it,
        ARCHIVE,
        "k",
        json!({ "if-none-match": "*" }),
        b"one",
    );
    let tag = headers(&written)["ETag"].to_owned();
    let failed = put(
        &mut it,
        ARCHIVE,
        "k",
        json!({ "if-match": "\"0\"" }),
        b"two",
    );
    assert_eq!(code(&failed), (412, "PreconditionFailed".to_owned()));
    assert_eq!(body(&mut it, ARCHIVE, "k"), b"one");
    assert_eq!(
        put(&mut it, ARCHIVE, "k", json!({ "if-match": tag }), b"two").status,
        200
    );
}
