//! S3: what is written is read back with what was said about it; versions, lists, checksums, errors.

use std::collections::BTreeMap;

use pipe_engine::core::{Answer, ApiRequest, Caller, Input, Service};
use serde_json::{Map, Value, json};

use super::functions::*;
use crate::simulation::{Simulation, delivery};

pub(super) const ARCHIVE: &str = "delivery-archive-local-123456789012";
pub(super) const PLAIN: &str = "delivery-plain-local-123456789012";

pub(super) fn s3(
    it: &mut Simulation,
    caller: Caller,
    operation: &str,
    at: (&str, &str),
    headers: Value,
    query: Value,
    body: &[u8],
) -> Answer {
    let request = ApiRequest {
        service: Service::S3,
        operation: operation.into(),
        body: json!({ "Bucket": at.0, "Key": at.1, "headers": headers, "query": query }),
        payload: body.to_vec(),
    };
    it.give(Input::Call {
        call: 9,
        caller,
        request,
    });
    it.step(None);
    it.answers.remove(&9).expect("an answer")
}

pub(super) fn put(
    it: &mut Simulation,
    bucket: &str,
    key: &str,
    headers: Value,
    body: &[u8],
) -> Answer {
    s3(
        it,
        Caller::Outside,
        "PutObject",
        (bucket, key),
        headers,
        json!({}),
        body,
    )
}

pub(super) fn get(
    it: &mut Simulation,
    bucket: &str,
    key: &str,
    headers: Value,
    query: Value,
) -> Answer {
    s3(
        it,
        Caller::Outside,
        "GetObject",
        (bucket, key),
        headers,
        query,
        b"",
    )
}

#[test]
fn a_bucket_is_as_old_as_its_first_run() {
    let mut it = started(1.0);
    let made = "<CreationDate>2026-11-18T";
    let first = list(&mut it, "ListBuckets", "", json!({}));
    assert_eq!(first.matches(made).count(), 2, "{first}");
    it.now_ms += 48 * 60 * 60 * 1000;
    it.restart();
    it.step(None);
    assert_eq!(list(&mut it, "ListBuckets", "", json!({})), first);
}

fn list(it: &mut Simulation, operation: &str, bucket: &str, query: Value) -> String {
    let answer = s3(
        it,
        Caller::Outside,
        operation,
        (bucket, ""),
        json!({}),
        query,
        b"",
    );
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body).unwrap()
}

pub(super) fn headers(answer: &Answer) -> BTreeMap<&str, &str> {
    answer
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

pub(super) fn code(answer: &Answer) -> (u16, String) {
    let body = String::from_utf8_lossy(&answer.body);
    let code = body
        .split("<Code>")
        .nth(1)
        .and_then(|it| it.split("</Code>").next());
    (answer.status, code.unwrap_or_default().to_owned())
}

/// The texts of one element of an XML document, in order.
pub(super) fn texts(xml: &str, element: &str) -> Vec<String> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    xml.split(&open)
        .skip(1)
        .map(|it| it.split(&close).next().unwrap().to_owned())
        .collect()
}

#[test]
fn an_object_is_read_back_with_what_was_said_about_it_also_after_a_restart() {
    let mut it = started(1.0);
    let said = json!({ "content-type": "application/json", "x-amz-meta-event": "PaymentReceived", "x-amz-checksum-crc32": "y/Q5Jg==" });
    let written = put(
        &mut it,
        ARCHIVE,
        "webhooks/a b/p+1.json",
        said,
        b"123456789",
    );
    assert_eq!(written.status, 200);
    let expected = headers(&written);
    assert_eq!(expected["ETag"], "\"25f9e794323b453885f5181f1b624d0b\"");
    assert_eq!(expected["x-amz-server-side-encryption"], "aws:kms");
    assert!(
        expected["x-amz-server-side-encryption-aws-kms-key-id"]
            .starts_with("arn:aws:kms:us-east-1:123456789012:key/")
    );
    assert_eq!(
        expected["x-amz-server-side-encryption-bucket-key-enabled"],
        "true"
    );
    it.restart();
    it.step(None);
    let read = get(
        &mut it,
        ARCHIVE,
        "webhooks/a b/p+1.json",
        json!({ "x-amz-checksum-mode": "ENABLED" }),
        json!({}),
    );
    assert_eq!(
        (read.status, read.body.as_slice()),
        (200, b"123456789".as_slice())
    );
    let found = headers(&read);
    for name in ["ETag", "x-amz-version-id", "x-amz-server-side-encryption"] {
        assert_eq!(found[name], expected[name], "{name}");
    }
    assert_eq!(
        (
            found["content-type"],
            found["x-amz-meta-event"],
            found["x-amz-checksum-crc32"]
        ),
        ("application/json", "PaymentReceived", "y/Q5Jg==")
    );
    let part = get(
        &mut it,
        ARCHIVE,
        "webhooks/a b/p+1.json",
        json!({ "range": "bytes=2-4" }),
        json!({}),
    );
    assert_eq!(
        (
            part.status,
            part.body.as_slice(),
            headers(&part)["Content-Range"]
        ),
        (206, b"345".as_slice(), "bytes 2-4/9")
    );
}

#[test]
fn a_versioned_bucket_keeps_every_version_and_another_one_the_last() {
    let mut it = started(1.0);
    let ids: Vec<String> = ["one", "two"]
        .iter()
        .map(|body| {
            headers(&put(&mut it, ARCHIVE, "k", json!({}), body.as_bytes()))["x-amz-version-id"]
                .to_owned()
        })
        .collect();
    assert_eq!(
        get(&mut it, ARCHIVE, "k", json!({}), json!({})).body,
        b"two"
    );
    assert_eq!(
        get(
            &mut it,
            ARCHIVE,
            "k",
            json!({}),
            json!({ "versionId": ids[0] })
        )
        .body,
        b"one"
    );
    let versions = list(&mut it, "ListObjectVersions", ARCHIVE, json!({}));
    assert_eq!(
        texts(&versions, "VersionId"),
        [ids[1].clone(), ids[0].clone()]
    );
    assert_eq!(texts(&versions, "IsLatest"), ["true", "false"]);
    for body in ["one", "two"] {
        assert!(
            !headers(&put(&mut it, PLAIN, "k", json!({}), body.as_bytes()))
                .contains_key("x-amz-version-id")
        );
    }
    it.restart();
    it.step(None);
    assert_eq!(get(&mut it, PLAIN, "k", json!({}), json!({})).body, b"two");
    assert_eq!(
        texts(
            &list(&mut it, "ListObjectVersions", PLAIN, json!({})),
            "VersionId"
        ),
        ["null"]
    );
}

#[test]
fn keys_are_listed_in_order_by_prefix_delimiter_and_page() {
    let mut it = started(1.0);
    for key in ["b/1", "a/2", "a/1", "c", "a/x/1", "a&b"] {
        put(&mut it, PLAIN, key, json!({}), b"x");
    }
    let keys = |it: &mut Simulation, query: Value| {
        let xml = list(it, "ListObjectsV2", PLAIN, query);
        (
            texts(&xml, "Key"),
            texts(&xml.replace("<Prefix></Prefix>", ""), "CommonPrefixes"),
            texts(&xml, "NextContinuationToken"),
        )
    };
    assert_eq!(
        keys(&mut it, json!({})).0,
        ["a&amp;b", "a/1", "a/2", "a/x/1", "b/1", "c"]
    );
    assert_eq!(
        keys(&mut it, json!({ "encoding-type": "url" })).0[0],
        "a%26b"
    );
    assert_eq!(
        keys(&mut it, json!({ "prefix": "a/" })).0,
        ["a/1", "a/2", "a/x/1"]
    );
    let (found, prefixes, _) = keys(&mut it, json!({ "delimiter": "/" }));
    assert_eq!(
        (found, prefixes),
        (
            vec!["a&amp;b".to_owned(), "c".into()],
            vec![
                "<Prefix>a/</Prefix>".to_owned(),
                "<Prefix>b/</Prefix>".into()
            ]
        )
    );
    let (mut all, mut token) = (Vec::new(), None);
    for _ in 0..10 {
        let mut query = json!({ "max-keys": "2" });
        if let Some(token) = token.take() {
            query["continuation-token"] = json!(token);
        }
        let (found, _, next) = keys(&mut it, query);
        assert!(found.len() <= 2);
        all.extend(found);
        match next.first() {
            Some(next) => token = Some(next.replace("&amp;", "&")),
            None => break,
        }
    }
    assert_eq!(all.len(), 6, "{all:?}");
}

#[test]
fn a_page_of_no_keys_is_the_last_and_what_is_no_page_is_refused() {
    let mut it = started(1.0);
    put(&mut it, PLAIN, "a", json!({}), b"x");
    put(&mut it, PLAIN, "b", json!({}), b"x");
    let none = list(&mut it, "ListObjectsV2", PLAIN, json!({ "max-keys": "0" }));
    assert_eq!(texts(&none, "IsTruncated"), ["false"]);
    assert_eq!(texts(&none, "KeyCount"), ["0"]);
    assert!(texts(&none, "NextContinuationToken").is_empty(), "{none}");
    let behind = json!({ "start-after": "a" });
    let behind = list(&mut it, "ListObjectsV2", PLAIN, behind);
    assert_eq!(texts(&behind, "StartAfter"), ["a"]);
    assert_eq!(texts(&behind, "Key"), ["b"]);
    for (parameter, value) in [
        ("max-keys", "-1"),
        ("max-keys", "two"),
        ("max-keys", "2147483648"),
        ("continuation-token", "b"),
    ] {
        let answer = s3(
            &mut it,
            Caller::Outside,
            "ListObjectsV2",
            (PLAIN, ""),
            json!({}),
            json!({ parameter: value }),
            b"",
        );
        let expected = (400, "InvalidArgument".to_owned());
        assert_eq!(code(&answer), expected, "{parameter} {value}");
    }
}

#[test]
fn what_does_not_arrive_whole_is_not_written() {
    let mut it = started(1.0);
    let cases = [
        (json!({ "x-amz-checksum-crc32": "AAAAAA==" }), "BadDigest"),
        (json!({ "x-amz-checksum-crc32c": "AAAAAA==" }), "BadDigest"),
        (
            json!({ "x-amz-checksum-crc64nvme": "AAAAAAAAAAA=" }),
            "BadDigest",
        ),
        (json!({ "x-amz-checksum-sha256": "AAAA" }), "BadDigest"),
        (json!({ "content-md5": "AAAA" }), "BadDigest"),
        (
            json!({ "x-amz-content-sha256": "0".repeat(64) }),
            "XAmzContentSHA256Mismatch",
        ),
    ];
    for (said, expected) in cases {
        assert_eq!(
            code(&put(&mut it, ARCHIVE, "k", said.clone(), b"123456789")),
            (400, expected.to_owned()),
            "{said}"
        );
    }
    assert_eq!(
        code(&get(&mut it, ARCHIVE, "k", json!({}), json!({}))),
        (404, "NoSuchKey".to_owned())
    );
    put(&mut it, ARCHIVE, "k", json!({}), b"1");
    assert_eq!(
        code(&put(
            &mut it,
            ARCHIVE,
            "k",
            json!({ "if-none-match": "*" }),
            b"2"
        )),
        (412, "PreconditionFailed".to_owned())
    );
}

#[test]
fn errors_are_those_of_s3() {
    let mut it = started(1.0);
    put(&mut it, ARCHIVE, "k", json!({}), b"1");
    assert_eq!(
        code(&get(&mut it, "nobody", "k", json!({}), json!({}))),
        (404, "NoSuchBucket".to_owned())
    );
    assert_eq!(
        code(&get(
            &mut it,
            ARCHIVE,
            "k",
            json!({}),
            json!({ "versionId": "x" })
        )),
        (404, "NoSuchVersion".to_owned())
    );
    assert_eq!(
        code(&get(
            &mut it,
            ARCHIVE,
            "k",
            json!({ "range": "bytes=9-" }),
            json!({})
        )),
        (416, "InvalidRange".to_owned())
    );
    assert_eq!(
        code(&s3(
            &mut it,
            Caller::Outside,
            "DeleteObject",
            (ARCHIVE, "k"),
            json!({}),
            json!({}),
            b""
        )),
        (501, "NotImplemented".to_owned())
    );
}

#[test]
fn a_function_writes_where_its_role_says_and_nowhere_else() {
    let mut it = started(1.0);
    let receiver = Caller::Function {
        name: "receiver-local".into(),
        invocation: None,
    };
    let nothing = || Value::Object(Map::new());
    let mut as_receiver = |operation: &str, bucket: &str| {
        code(&s3(
            &mut it,
            receiver.clone(),
            operation,
            (bucket, "k"),
            nothing(),
            nothing(),
            b"1",
        ))
    };
    assert_eq!(as_receiver("PutObject", ARCHIVE), (200, String::new()));
    assert_eq!(
        as_receiver("PutObject", PLAIN),
        (403, "AccessDenied".to_owned())
    );
    assert_eq!(
        as_receiver("GetObject", ARCHIVE),
        (403, "AccessDenied".to_owned())
    );
    // The bucket's key is asked for as well.
    let mut template = delivery();
    let statements = &mut template["Resources"]["ReceiverRole"]["Properties"]["Policies"][0]["PolicyDocument"]
        ["Statement"];
    statements
        .as_array_mut()
        .unwrap()
        .retain(|it| it["Sid"] != "EncryptArchive");
    let mut it = Simulation::new(&template, 1.0);
    it.step(None);
    let refused = s3(
        &mut it,
        receiver.clone(),
        "PutObject",
        (ARCHIVE, "k"),
        nothing(),
        nothing(),
        b"1",
    );
    assert_eq!(code(&refused), (403, "AccessDenied".to_owned()));
}
