//! Signature Version 4 of a request that posts JSON to one path without a query: what AWS's "Create a signed AWS API request" says of it.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::receipt::hex;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What is signed: `POST PATH` with these headers.
pub(crate) struct Signed<'a> {
    /// As the header says it, with the port where it is not the scheme's own.
    pub(crate) host: &'a str,
    /// `/`, or the path of an endpoint that has one; nothing in it needs an escape.
    pub(crate) path: &'a str,
    pub(crate) content_type: &'a str,
    /// `DynamoDB_20120810.TransactWriteItems`
    pub(crate) target: &'a str,
    pub(crate) session_token: Option<&'a str>,
    /// UTC, as the header `x-amz-date` says it: `20150830T123600Z`.
    pub(crate) date: &'a str,
    pub(crate) body: &'a [u8],
}

/// By whom, and for what.
pub(crate) struct Scope<'a> {
    pub(crate) access_key_id: &'a str,
    pub(crate) secret_access_key: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

/// The value of the header `authorization`.
pub(crate) fn authorization(signed: &Signed<'_>, scope: &Scope<'_>) -> String {
    let day = signed.date.get(..8).unwrap_or_default();
    let credential_scope = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let (headers, request) = canonical_request(signed);
    let request = hex(&Sha256::digest(request));
    let to_sign = format!(
        "{ALGORITHM}\n{}\n{credential_scope}\n{request}",
        signed.date
    );
    let secret = Zeroizing::new(format!("AWS4{}", scope.secret_access_key));
    let steps = [day, scope.region, scope.service, "aws4_request"];
    let mut key = Zeroizing::new(Vec::from(secret.as_bytes()));
    for step in steps {
        key = Zeroizing::new(mac(&key, step).to_vec());
    }
    format!(
        "{ALGORITHM} Credential={}/{credential_scope}, SignedHeaders={headers}, Signature={}",
        scope.access_key_id,
        hex(&mac(&key, &to_sign))
    )
}

/// The names of the signed headers, and the text whose digest is signed. Both list the headers by name.
fn canonical_request(signed: &Signed<'_>) -> (String, String) {
    let headers = [
        ("content-type", Some(signed.content_type)),
        ("host", Some(signed.host)),
        ("x-amz-date", Some(signed.date)),
        ("x-amz-security-token", signed.session_token),
        ("x-amz-target", Some(signed.target)),
    ];
    let mut names = String::new();
    let mut text = format!("POST\n{}\n\n", signed.path);
    for (name, value) in headers {
        let Some(value) = value else { continue };
        if !names.is_empty() {
            names.push(';');
        }
        names.push_str(name);
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{name}:{}", value.trim());
    }
    let _ = write!(text, "\n{names}\n{}", hex(&Sha256::digest(signed.body)));
    (names, text)
}

fn mac(key: &[u8], message: &str) -> [u8; 32] {
    // A key of any length is a key of HMAC, so no error is possible; without one nothing would be signed and AWS would refuse.
    Hmac::<Sha256>::new_from_slice(key).map_or([0; 32], |mac| {
        mac.chain_update(message).finalize().into_bytes().into()
    })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4;
    use proptest::prelude::*;

    use super::*;

    /// What AWS's own crate says of the same request.
    fn by_aws(signed: &Signed<'_>, scope: &Scope<'_>, at: SystemTime) -> String {
        let token = signed.session_token.map(str::to_owned);
        let identity = Credentials::new(
            scope.access_key_id,
            scope.secret_access_key,
            token,
            None,
            "test",
        );
        let identity = identity.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(scope.region)
            .name(scope.service)
            .time(at)
            .settings(SigningSettings::default())
            .build()
            .unwrap();
        let headers = [
            ("content-type", signed.content_type),
            ("host", signed.host),
            ("x-amz-target", signed.target),
        ];
        let url = format!("https://{}{}", signed.host, signed.path);
        let body = SignableBody::Bytes(signed.body);
        let request = SignableRequest::new("POST", url, headers.into_iter(), body).unwrap();
        let (instructions, _) = sign(request, &params.into()).unwrap().into_parts();
        let (headers, _) = instructions.into_parts();
        let found = headers.iter().find(|it| it.name() == "authorization");
        found.unwrap().value().to_owned()
    }

    proptest! {
        #[test]
        fn aws_s_own_crate_signs_the_same(
            host in "[a-z0-9]{1,20}\\.[a-z]{2,9}(:[1-9][0-9]{2,4})?",
            path in "/([a-z0-9_~.-]{1,9})?",
            target in "[A-Za-z0-9_]{1,20}\\.[A-Za-z]{1,20}",
            session_token in proptest::option::of("[A-Za-z0-9+/=]{1,300}"),
            access_key_id in "[A-Z0-9]{16,20}",
            secret_access_key in "[A-Za-z0-9+/]{1,100}",
            region in "[a-z]{2}-[a-z]{4,9}-[1-9]",
            service in "[a-z]{2,12}",
            seconds in 0_i64..4_102_444_800,
            body in any::<Vec<u8>>(),
        ) {
            // A segment of dots alone is resolved in a URL.
            prop_assume!(path != "/." && path != "/..");
            let date = jiff::Timestamp::from_second(seconds).unwrap().strftime("%Y%m%dT%H%M%SZ").to_string();
            let session_token = session_token.as_deref();
            let signed = Signed {
                host: &host,
                path: &path,
                content_type: "application/x-amz-json-1.0",
                target: &target,
                session_token,
                date: &date,
                body: &body,
            };
            let scope = Scope {
                access_key_id: &access_key_id,
                secret_access_key: &secret_access_key,
                region: &region,
                service: &service,
            };
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap());
            prop_assert_eq!(authorization(&signed, &scope), by_aws(&signed, &scope, at));
        }
    }
}
