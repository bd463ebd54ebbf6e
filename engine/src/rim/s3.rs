//! Decodes requests of S3's REST protocol: the bucket from the path or the host, the operation from the method and the
//! query, and the body out of the chunks that newer SDKs send it in.

mod operations;

use hyper::HeaderMap;
use serde_json::{Map, Value, json};

use crate::core::{Answer, ApiRequest, Service, decode_percent, parse_query};

/// A request as it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
}

pub(super) fn decode(parts: Parts<'_>, body: &[u8]) -> Result<ApiRequest, Answer> {
    let host = text(parts.headers, "host").unwrap_or_default();
    let (bucket, key) = bucket_and_key(host, parts.path);
    let query = parse_query(parts.query);
    let copies = parts.headers.contains_key("x-amz-copy-source");
    let operation = operations::name(parts.method, (&bucket, &key), &query, copies);
    let mut headers = Map::new();
    for name in parts.headers.keys() {
        if let Some(value) = text(parts.headers, name.as_str()) {
            headers.insert(name.as_str().to_owned(), json!(value));
        }
    }
    let declared = text(parts.headers, "x-amz-content-sha256").unwrap_or_default();
    let payload = if declared.starts_with("STREAMING-") {
        let (payload, trailers) = unchunked(body).ok_or_else(|| refused("InvalidChunk"))?;
        for (name, value) in trailers {
            headers.insert(name, json!(value));
        }
        let length = text(parts.headers, "x-amz-decoded-content-length");
        if length.is_some_and(|it| it != payload.len().to_string()) {
            return Err(refused("IncompleteBody"));
        }
        payload
    } else {
        body.to_vec()
    };
    let query: Map<String, Value> = query
        .into_iter()
        .map(|(name, value)| (name, json!(value)))
        .collect();
    Ok(ApiRequest {
        service: Service::S3,
        operation,
        body: json!({ "Bucket": bucket, "Key": key, "headers": headers, "query": query }),
        payload,
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn refused(code: &str) -> Answer {
    let message = "the chunks of the body cannot be put together";
    Answer {
        status: 400,
        headers: vec![("Content-Type".to_owned(), "application/xml".to_owned())],
        body: format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>")
            .into_bytes(),
    }
}

/// `BUCKET.localhost` and `BUCKET.s3.…` name the bucket in the host, everything else in the path.
fn bucket_and_key(host: &str, path: &str) -> (String, String) {
    let host = host.split(':').next().unwrap_or_default();
    let virtual_host = host
        .strip_suffix(".localhost")
        .or_else(|| host.split_once(".s3.").map(|(bucket, _)| bucket))
        .map(|bucket| bucket.strip_suffix(".s3").unwrap_or(bucket))
        .filter(|bucket| !bucket.is_empty() && *bucket != "s3");
    // In a path a plus sign is itself.
    let decoded = |part: &str| decode_percent(&part.replace('+', "%2B"));
    let path = path.strip_prefix('/').unwrap_or(path);
    match virtual_host {
        Some(bucket) => (bucket.to_owned(), decoded(path)),
        None => {
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            (decoded(bucket), decoded(key))
        }
    }
}

/// Names and values of headers that come behind a body.
type Trailers = Vec<(String, String)>;

/// The body and the trailing headers of `aws-chunked`: `<hex length>[;chunk-signature=…]\r\n<data>\r\n … 0\r\n<trailers>\r\n`.
fn unchunked(body: &[u8]) -> Option<(Vec<u8>, Trailers)> {
    let mut payload = Vec::new();
    let mut rest = body;
    loop {
        let (line, after) = split_line(rest)?;
        let size = line.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            rest = after;
            break;
        }
        payload.extend_from_slice(after.get(..size)?);
        rest = after.get(size..)?.strip_prefix(b"\r\n")?;
    }
    let mut trailers = Vec::new();
    while let Some((line, after)) = split_line(rest) {
        rest = after;
        if let Some((name, value)) = line.split_once(':') {
            trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    Some((payload, trailers))
}

fn split_line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let at = bytes.windows(2).position(|window| window == b"\r\n")?;
    let line = std::str::from_utf8(bytes.get(..at)?).ok()?;
    Some((line, bytes.get(at + 2..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_become_the_body_and_trailers_headers() {
        let body = b"5;chunk-signature=00\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
        let (payload, trailers) = unchunked(body).unwrap();
        assert_eq!(payload, b"hello world");
        assert_eq!(
            trailers,
            [("x-amz-checksum-crc32".to_owned(), "DUoRhQ==".to_owned())]
        );
        assert_eq!(unchunked(b"0\r\n\r\n").unwrap().0, b"");
        for broken in [
            &b"5\r\nhel"[..],
            b"x\r\n",
            b"5\r\nhello",
            b"5\r\nhelloX\r\n0\r\n\r\n",
            b"ffffffffffffffff\r\n",
        ] {
            assert_eq!(
                unchunked(broken),
                None,
                "{}",
                String::from_utf8_lossy(broken)
            );
        }
    }

    #[test]
    fn a_bucket_is_named_by_the_path_or_the_host() {
        let pair = |bucket: &str, key: &str| (bucket.to_owned(), key.to_owned());
        assert_eq!(
            bucket_and_key("127.0.0.1:4700", "/b/a%20b/c+d"),
            pair("b", "a b/c+d")
        );
        assert_eq!(bucket_and_key("b.localhost:4700", "/k"), pair("b", "k"));
        assert_eq!(bucket_and_key("b.s3.localhost:4700", "/k"), pair("b", "k"));
        assert_eq!(
            bucket_and_key("b.s3.us-east-1.amazonaws.com", "/k"),
            pair("b", "k")
        );
        assert_eq!(bucket_and_key("localhost:4700", "/b"), pair("b", ""));
    }
}
