//! An AWS service that is asked in JSON, without the SDK's machinery around a request: that costs five times what writing, signing and
//! sending it costs, so it is left out where each webhook waits. Credentials, region, endpoint and connections are those of the SDK.

use std::cell::RefCell;
use std::error::Error;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_sdk_dynamodb::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::connection::CaptureSmithyConnection;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::https;
use crate::sigv4::{Scope, Signed, authorization};

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
const USER_AGENT: &str = concat!("pipec/", env!("CARGO_PKG_VERSION"), " lang/rust");
/// In which Lambda's runtime says what an invocation is traced by; AWS tells from it that a function has set off itself.
const TRACE: &str = "_X_AMZN_TRACE_ID";
/// How long credentials are used that do not say when they expire, and how long before they do they are asked for again. The SDK's own.
const HELD: Duration = Duration::from_mins(15);
const EXPIRING: Duration = Duration::from_secs(10);

/// Any failure on the way to an answer.
pub(crate) type Unanswered = Box<dyn Error + Send + Sync>;

/// Where a service listens.
#[derive(Debug, PartialEq)]
pub(crate) struct Endpoint {
    uri: String,
    host: String,
    path: String,
}

impl Endpoint {
    /// Of a URL as the SDK resolves it: `https://dynamodb.eu-west-1.amazonaws.com`.
    pub(crate) fn of(url: &str) -> Result<Self, Unanswered> {
        let (scheme, rest) = url.split_once("://").ok_or("an endpoint is no URL")?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let own_port = if scheme == "https" { ":443" } else { ":80" };
        let host = host.strip_suffix(own_port).unwrap_or(host);
        let plain = |it: u8| it.is_ascii_alphanumeric() || b"-._~/".contains(&it);
        let of_host = |it: u8| it.is_ascii_alphanumeric() || b"-._:[]".contains(&it);
        if host.is_empty() || !host.bytes().all(of_host) || !path.bytes().all(plain) {
            return Err("an endpoint has no plain host, or a path that is to be escaped".into());
        }
        // The SDK adds an operation's own path, which is a slash.
        let slash = if path.is_empty() || path.ends_with('/') {
            ""
        } else {
            "/"
        };
        Ok(Self {
            uri: format!("{scheme}://{host}/{path}{slash}"),
            host: host.to_owned(),
            path: format!("/{path}{slash}"),
        })
    }
}

/// What the service said.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Which error it is, where a header says so. Most services say it in the body.
    pub(crate) error_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// One service.
pub(crate) struct AwsJson {
    service: &'static str,
    region: String,
    connector: SharedHttpConnector,
    provider: Option<SharedCredentialsProvider>,
    held: RefCell<Option<(Credentials, SystemTime)>>,
}

impl AwsJson {
    /// `service` as signatures name it: `dynamodb`.
    pub(crate) fn new(service: &'static str, config: &SdkConfig, client: &https::Client) -> Self {
        Self {
            service,
            region: config.region().map(ToString::to_string).unwrap_or_default(),
            connector: client.connector_of(config),
            provider: config.credentials_provider(),
            held: RefCell::default(),
        }
    }

    /// One request of `target`, such as `DynamoDB_20120810.TransactWriteItems`. It is sent once, whatever comes of it.
    pub(crate) async fn post(
        &self,
        endpoint: &Endpoint,
        target: &'static str,
        body: String,
    ) -> Result<Answer, Unanswered> {
        let credentials = self.credentials().await?;
        let now = jiff::Timestamp::now();
        let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let signed = Signed {
            host: &endpoint.host,
            path: &endpoint.path,
            content_type: CONTENT_TYPE,
            target,
            session_token: credentials.session_token(),
            date: &date,
            body: body.as_bytes(),
        };
        let scope = Scope {
            access_key_id: credentials.access_key_id(),
            secret_access_key: credentials.secret_access_key(),
            region: &self.region,
            service: self.service,
        };
        let authorization = authorization(&signed, &scope);
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST")?;
        request.set_uri(endpoint.uri.as_str())?;
        let token = credentials.session_token().map(str::to_owned);
        let own = [
            ("x-amz-security-token", token),
            ("x-amzn-trace-id", std::env::var(TRACE).ok()),
            ("host", Some(endpoint.host.clone())),
            ("x-amz-date", Some(date)),
            ("authorization", Some(authorization)),
        ];
        for (name, value) in own {
            if let Some(value) = value {
                request.headers_mut().try_insert(name, value)?;
            }
        }
        for (name, value) in [
            ("content-type", CONTENT_TYPE),
            ("x-amz-target", target),
            ("user-agent", USER_AGENT),
        ] {
            request.headers_mut().try_insert(name, value)?;
        }
        let used = CaptureSmithyConnection::new();
        request.add_extension(used.clone());
        let response = self.connector.call(request).await?;
        // What broke may be the one machine at its other end, so the next request takes another connection, as in the SDK.
        if response.status().is_server_error()
            && let Some(connection) = used.get()
        {
            connection.poison();
        }
        read(response).await
    }

    async fn credentials(&self) -> Result<Credentials, Unanswered> {
        let now = SystemTime::now();
        if let Some((credentials, until)) = &*self.held.borrow()
            && now < *until
        {
            return Ok(credentials.clone());
        }
        let provider = self.provider.as_ref().ok_or("no credentials are given")?;
        let credentials = provider.provide_credentials().await?;
        let until = match credentials.expiry() {
            Some(expiry) => expiry.checked_sub(EXPIRING),
            None => now.checked_add(HELD),
        };
        let held = (credentials.clone(), until.unwrap_or(now));
        *self.held.borrow_mut() = Some(held);
        Ok(credentials)
    }
}

async fn read(response: HttpResponse) -> Result<Answer, Unanswered> {
    let status = response.status().as_u16();
    let error_type = response.headers().get("x-amzn-errortype");
    let error_type = error_type.map(str::to_owned);
    let body = ByteStream::new(response.into_body()).collect().await?;
    Ok(Answer {
        status,
        error_type,
        body: body.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::{run, serve};

    #[test]
    fn a_connection_on_which_the_service_failed_is_not_used_again() {
        let script = [500, 200, 400, 503, 200].map(|it| (it, "{}".to_owned()));
        let (config, requests) = serve(script.into());
        let service = AwsJson::new("dynamodb", &config, &https::client());
        let endpoint = Endpoint::of(config.endpoint_url().unwrap()).unwrap();
        run(async {
            for _ in 0..5 {
                let answer = service.post(&endpoint, "Service_1.Act", "{}".to_owned());
                answer.await.unwrap();
            }
        });
        let connections: Vec<usize> = requests.try_iter().map(|it| it.connection).collect();
        assert_eq!(connections, [0, 1, 1, 1, 2]);
    }

    /// What was signed is what arrives, and whatever the service says is handed on.
    #[test]
    fn a_request_arrives_with_the_headers_that_its_signature_covers() {
        for status in [200, 400, 503] {
            let (config, requests) = serve(vec![(status, r#"{"it":"says"}"#.to_owned())]);
            let service = AwsJson::new("dynamodb", &config, &https::client());
            let endpoint = Endpoint::of(config.endpoint_url().unwrap()).unwrap();
            let answer = run(service.post(&endpoint, "Service_1.Act", r#"{"a":"ü"}"#.to_owned()));
            let answer = answer.unwrap();
            assert_eq!(
                (answer.status, &*answer.body),
                (status, br#"{"it":"says"}"#.as_slice())
            );
            let asked = requests.recv().unwrap();
            assert_eq!(
                (&*asked.line, &*asked.body),
                ("POST / HTTP/1.1", r#"{"a":"ü"}"#)
            );
            let header = |name| asked.headers.get(name).map(String::as_str);
            let credentials = Credentials::for_tests();
            let signed = Signed {
                host: header("host").unwrap(),
                path: "/",
                content_type: header("content-type").unwrap(),
                target: header("x-amz-target").unwrap(),
                session_token: header("x-amz-security-token"),
                date: header("x-amz-date").unwrap(),
                body: asked.body.as_bytes(),
            };
            let scope = Scope {
                access_key_id: credentials.access_key_id(),
                secret_access_key: credentials.secret_access_key(),
                region: "eu-west-1",
                service: "dynamodb",
            };
            assert_eq!(
                header("authorization"),
                Some(&*authorization(&signed, &scope))
            );
            assert_eq!(signed.session_token, credentials.session_token());
        }
    }

    #[test]
    fn an_endpoint_is_called_and_signed_by_the_same_host() {
        for (url, uri, host, path) in [
            (
                "https://dynamodb.eu-west-1.amazonaws.com",
                "https://dynamodb.eu-west-1.amazonaws.com/",
                "dynamodb.eu-west-1.amazonaws.com",
                "/",
            ),
            (
                "https://a.example:443",
                "https://a.example/",
                "a.example",
                "/",
            ),
            (
                "http://127.0.0.1:4566/",
                "http://127.0.0.1:4566/",
                "127.0.0.1:4566",
                "/",
            ),
            ("http://h:443/a/b", "http://h:443/a/b/", "h:443", "/a/b/"),
            (
                "http://[::1]:8000/a/",
                "http://[::1]:8000/a/",
                "[::1]:8000",
                "/a/",
            ),
        ] {
            let endpoint = Endpoint::of(url).unwrap();
            assert_eq!(
                (&*endpoint.uri, &*endpoint.host, &*endpoint.path),
                (uri, host, path)
            );
        }
        for wrong in [
            "",
            "dynamodb",
            "https://",
            "https://a/b c",
            "https://a?b",
            "https://me@a",
            "https://a/?b",
            "https://a/%41",
        ] {
            assert!(Endpoint::of(wrong).is_err(), "{wrong}");
        }
    }
}
