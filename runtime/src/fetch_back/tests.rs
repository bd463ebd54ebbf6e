//! What counts as an answer and what does not, from a server on this machine.

use super::stand_in::{Answer, StandIn, http};
use super::*;
use crate::sign::{Request, Verifier, scheme};

const PAYMENT: &str = r#"{"resource":"payment","id":"tr_1","status":"paid"}"#;
const KEY: &str = "test_dHar4XY7LxsDOtmnkVtjNVWXLSlXsM";
/// Longer than any machine takes; what must be late is made late by a stand-in that never answers.
const PATIENT: Duration = Duration::from_secs(60);

fn ask(provider: &Provider, key: &str) -> Result<Vec<u8>, Unanswered> {
    let scheme = scheme("mollie_classic").unwrap();
    let verifier = Verifier::new(scheme, &[], &[Secret::new(KEY)]).unwrap();
    let headers: [(&str, &str); 0] = [];
    let request = Request {
        headers: &headers,
        body: b"id=tr_1",
    };
    let question = verifier.question(&request).unwrap().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .unwrap()
        .block_on(provider.ask(&question, &Secret::new(key)))
}

fn answered(answer: Answer) -> (Result<Vec<u8>, Unanswered>, Vec<String>) {
    let stand_in = StandIn::new(vec![answer]);
    let it = ask(&Provider::at(stand_in.address, PATIENT), KEY);
    (it, stand_in.asked())
}

#[test]
fn the_provider_is_asked_for_the_one_thing_with_our_key() {
    let (body, asked) = answered(http(200, PAYMENT));
    assert_eq!(body.unwrap(), PAYMENT.as_bytes());
    let [request] = asked.try_into().unwrap();
    assert!(request.starts_with("GET /v2/payments/tr_1 HTTP/1.1\r\n"));
    let head = request.to_ascii_lowercase();
    assert!(head.contains("\r\nhost: api.mollie.com\r\n"), "{head}");
    let key = format!("\r\nauthorization: bearer {}\r\n", KEY.to_lowercase());
    assert!(head.contains(&key), "{head}");
}

#[test]
fn every_other_status_is_told_apart_and_no_redirect_is_followed() {
    let elsewhere = StandIn::new(vec![http(200, PAYMENT)]);
    for (status, refusal) in [
        (404, Refusal::UnknownToProvider),
        (410, Refusal::UnknownToProvider),
        (401, Refusal::KeyRefused),
        (403, Refusal::KeyRefused),
        (201, Refusal::ProviderUnavailable),
        (204, Refusal::ProviderUnavailable),
        (400, Refusal::ProviderUnavailable),
        (429, Refusal::ProviderUnavailable),
        (500, Refusal::ProviderUnavailable),
        (503, Refusal::ProviderUnavailable),
    ] {
        let why = answered(http(status, PAYMENT)).0.unwrap_err();
        assert_eq!(why.refusal, refusal, "{status}");
        assert_eq!(why.detail, format!("api.mollie.com answered {status}"));
    }
    for status in [301, 302, 303, 307, 308] {
        let to = elsewhere.address;
        let answer = format!(
            "HTTP/1.1 {status} X\r\nLocation: http://{to}/v2/payments/tr_1\r\nContent-Length: 0\r\n\r\n"
        );
        let why = answered(Answer::Bytes(answer.into_bytes())).0.unwrap_err();
        assert_eq!(why.refusal, Refusal::ProviderUnavailable, "{status}");
    }
    assert_eq!(elsewhere.asked(), Vec::<String>::new());
}

#[test]
fn what_is_late_too_large_or_not_whole_is_no_answer() {
    let large = "x".repeat(BYTES_MAX + 1);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    for answer in [
        http(200, &large),
        Answer::Bytes(chunked.into_bytes()),
        Answer::Bytes(format!("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{PAYMENT}").into()),
        Answer::Bytes(Vec::new()),
        Answer::Bytes(b"220 mail.example ESMTP\r\n".to_vec()),
    ] {
        let why = answered(answer).0.unwrap_err();
        assert_eq!(why.refusal, Refusal::ProviderUnavailable, "{}", why.detail);
        assert!(!why.detail.contains(KEY), "{}", why.detail);
    }
    assert_eq!(
        answered(http(200, &"x".repeat(BYTES_MAX))).0.unwrap().len(),
        BYTES_MAX
    );
    let silent = StandIn::new(vec![Answer::Silence]);
    let why = ask(
        &Provider::at(silent.address, Duration::from_millis(20)),
        KEY,
    );
    assert_eq!(
        why.unwrap_err().detail,
        "no answer of api.mollie.com in time"
    );
}

#[test]
fn nobody_there_is_no_answer_either() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = gone.local_addr().unwrap();
    drop(gone);
    let why = ask(&Provider::at(address, PATIENT), KEY).unwrap_err();
    assert_eq!(why.refusal, Refusal::ProviderUnavailable);
    assert!(why.detail.starts_with("connection: "), "{}", why.detail);
}

/// SIG-18: no deployed function asks anybody but the provider, whatever its environment says.
#[test]
fn a_stand_in_counts_only_on_this_machine() {
    let here = "127.0.0.1:4443";
    for endpoint in ["http://127.0.0.1:4700", "http://localhost:4700/"] {
        assert!(stand_in(endpoint, here).is_some(), "{endpoint}");
    }
    for endpoint in [
        "",
        "https://ssm.eu-central-1.amazonaws.com",
        "http://127.0.0.1@evil.example",
        "http://10.0.0.1:4700",
    ] {
        assert_eq!(stand_in(endpoint, here), None, "{endpoint}");
    }
    for address in ["10.0.0.1:443", "evil.example:443", "api.mollie.com:443", ""] {
        assert_eq!(
            stand_in("http://127.0.0.1:4700", address),
            None,
            "{address}"
        );
    }
}
