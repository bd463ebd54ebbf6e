//! Buckets of S3: one object at a time.

use std::collections::BTreeMap;
use std::time::Instant;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;

use crate::aws_error::told;
use crate::bucket::Objects;
use crate::event_log::{Local, Unavailable};
use crate::lambda::timeouts;

pub(crate) struct S3 {
    client: Client,
    /// Physical name by declared name.
    buckets: BTreeMap<String, String>,
}

impl S3 {
    pub(crate) fn new(config: &SdkConfig, buckets: BTreeMap<String, String>) -> Self {
        // An endpoint of one's own has one host name for all buckets, so the bucket stands in the path.
        let is_own = config.endpoint_url().is_some()
            || std::env::var_os("AWS_ENDPOINT_URL").is_some()
            || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        let config = aws_sdk_s3::config::Builder::from(config)
            .timeout_config(timeouts())
            .force_path_style(is_own);
        Self {
            client: Client::from_conf(config.build()),
            buckets,
        }
    }

    fn bucket(&self, declared: &str) -> Result<&str, Unavailable> {
        let name = self.buckets.get(declared).map(String::as_str);
        name.ok_or_else(|| {
            let detail = format!("no bucket is configured for {declared}");
            Unavailable::new("bucket_unnamed", detail)
        })
    }

    async fn put_object(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        bytes: Vec<u8>,
    ) -> Result<(), Unavailable> {
        let put = self.client.put_object().bucket(self.bucket(bucket)?);
        let put = put.key(key).content_type(content_type);
        let put = put.body(ByteStream::from(bytes)).send().await;
        put.map(drop).map_err(|error| {
            let detail = format!("{bucket}: {}", told(&error, error.code(), error.message()));
            Unavailable::new("bucket", detail)
        })
    }

    async fn get_object(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let get = self
            .client
            .get_object()
            .bucket(self.bucket(bucket)?)
            .key(key);
        let unavailable =
            |detail: String| Unavailable::new("bucket", format!("{bucket}: {detail}"));
        match get.send().await {
            Ok(object) => {
                let bytes = object.body.collect().await;
                let bytes = bytes.map_err(|error| unavailable(error.to_string()))?;
                Ok(Some(bytes.to_vec()))
            }
            Err(error) if error.code() == Some("NoSuchKey") => Ok(None),
            Err(error) => Err(unavailable(told(&error, error.code(), error.message()))),
        }
    }
}

/// The answer, or that there was none in time.
async fn within<T>(
    deadline: Instant,
    answer: impl Future<Output = Result<T, Unavailable>>,
) -> Result<T, Unavailable> {
    let left = deadline.saturating_duration_since(Instant::now());
    let late = || Unavailable::new("deadline", "S3 did not answer in time");
    tokio::time::timeout(left, answer)
        .await
        .unwrap_or_else(|_| Err(late()))
}

impl Objects for S3 {
    fn put<'a>(
        &'a self,
        bucket: &'static str,
        key: &'a str,
        content_type: &'a str,
        bytes: Vec<u8>,
        deadline: Instant,
    ) -> Local<'a, Result<(), Unavailable>> {
        Box::pin(within(
            deadline,
            self.put_object(bucket, key, content_type, bytes),
        ))
    }

    fn get<'a>(
        &'a self,
        bucket: &'static str,
        key: &'a str,
        deadline: Instant,
    ) -> Local<'a, Result<Option<Vec<u8>>, Unavailable>> {
        Box::pin(within(deadline, self.get_object(bucket, key)))
    }
}

#[cfg(all(test, feature = "dynamodb"))]
mod tests {
    use super::*;
    use crate::scripted::{run, serve};
    use std::time::Duration;

    #[test]
    fn an_object_is_put_and_read_and_one_that_is_not_there_is_none() {
        let missing = "<Error><Code>NoSuchKey</Code><Message>m</Message></Error>";
        let denied = "<Error><Code>AccessDenied</Code><Message>m</Message></Error>";
        let script = [(200, ""), (200, "{}"), (404, missing), (403, denied)];
        let (config, asked) = serve(script.map(|(status, it)| (status, it.to_owned())).into());
        let names = BTreeMap::from([("papers".to_owned(), "shop-papers-dev-1".to_owned())]);
        let buckets = S3::new(&config, names);
        let deadline = Instant::now() + Duration::from_secs(5);
        let put = buckets.put(
            "papers",
            "a%2Fb.json",
            "application/json",
            b"{}".to_vec(),
            deadline,
        );
        assert_eq!(run(put), Ok(()));
        let put = asked.recv().unwrap();
        assert!(
            put.line.starts_with("PUT /shop-papers-dev-1/a%252Fb.json"),
            "{}",
            put.line
        );
        assert_eq!(put.headers["content-type"], "application/json");
        let get = || run(buckets.get("papers", "a", deadline)).map_err(|it| it.reason);
        assert_eq!(get(), Ok(Some(b"{}".to_vec())));
        assert_eq!(get(), Ok(None));
        assert_eq!(get(), Err("bucket"));
    }
}
