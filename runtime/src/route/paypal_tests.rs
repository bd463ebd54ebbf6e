//! A route of PayPal's, whose signature fits more than one body and needs a certificate.

#![expect(clippy::result_large_err, reason = "an ending is what a route has")]

use super::process::{NOW_MS, Process, ROUTE as SIGNED, run};
use super::*;
use crate::certificate::Certificates;
use crate::entry::{Entry, Provenance};
use crate::event_log::Appended;
use crate::sign::scheme;
use crate::verifiers::Verifiers;

const ROUTE: Route = Route {
    verify: Verify::Scheme {
        name: "paypal",
        arguments: &[
            ("webhook_id", "8PT597110X687430LKGECATA"),
            ("environment", "sandbox"),
        ],
        parameters: &[],
        secret: None,
    },
    ..SIGNED
};

/// The vector's body and another one with the same CRC-32, 101559b4, so that PayPal's signature fits both.
const GENUINE: &str = r#"{"amount":"10.00"}"#;
const COLLIDING: &str =
    "{\"amount\":\"9999.00\"} \t   \t \t \t \t \t\t\t\t\t\t \t\t\t\t\t\t\t\t\t \t         ";

fn delivery(body: &str) -> Admitted {
    let headers = scheme("paypal").unwrap().vector.headers;
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Admitted {
        path: ROUTE.path.to_owned(),
        provider: None,
        verify: ROUTE.verify,
        headers: headers.collect(),
        body: body.into(),
    }
}

fn process() -> Process {
    let mut process = Process::new(None);
    let vector = &scheme("paypal").unwrap().vector;
    let certificates = Certificates::holding(
        vector.certificates.root_pem.as_bytes(),
        "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-vector",
        vector.certificates.chain_pem.as_bytes(),
        NOW_MS,
    );
    let mut verifiers = Verifiers::default();
    verifiers.certificates = certificates;
    process.services.verifiers = std::rc::Rc::new(verifiers);
    process
}

fn decide(process: &Process, body: &str) -> Result<verification::Genuine, Ending> {
    run(verification::verify(
        &ROUTE.verify,
        &delivery(body),
        &process.services,
        NOW_MS,
    ))
}

/// SIG-20: the signature fits both bodies; the second one under the same transmission is a mismatch with nothing kept but its hash.
#[test]
fn a_colliding_body_is_quarantined() {
    assert_eq!(
        crc32fast::hash(GENUINE.as_bytes()),
        crc32fast::hash(COLLIDING.as_bytes())
    );
    let process = process();
    let first = decide(&process, GENUINE).unwrap();
    assert_eq!(
        first.transmission.as_deref(),
        Some("paypal#5f2c1d80-a9e4-11ef-9d1c-3b7f0c6e2a55")
    );
    let second = decide(&process, COLLIDING).unwrap_err();
    assert_eq!((second.status, second.outcome), (409, Outcome::Mismatch));
    let evidence = second.evidence;
    assert_eq!(
        evidence.body_sha256,
        Some(Receipt::new(COLLIDING.as_bytes(), crate::Timestamp::UNIX_EPOCH).body_sha256())
    );
    assert_eq!(
        evidence.delivery_id.as_deref(),
        Some("5f2c1d80-a9e4-11ef-9d1c-3b7f0c6e2a55")
    );
    assert!(
        decide(&process, GENUINE).is_ok(),
        "the genuine one is still taken"
    );
}

/// SIG-18, SIG-19: without its certificate nothing is known, so the provider is asked to come again.
#[test]
fn without_a_certificate_the_answer_is_503() {
    let process = Process::new(None);
    // The budget of fetches is used up, so that the test opens no socket.
    process.services.verifiers.certificates.exhaust(NOW_MS);
    let ending = decide(&process, GENUINE).unwrap_err();
    assert_eq!((ending.status, ending.outcome), (503, Outcome::Unavailable));
    let mut elsewhere = delivery(GENUINE);
    for (name, value) in &mut elsewhere.headers {
        if name == "PAYPAL-CERT-URL" {
            *value = "https://api.paypal.com.evil/v1/notifications/certs/C".to_owned();
        }
    }
    let refused = run(verification::verify(
        &ROUTE.verify,
        &elsewhere,
        &process.services,
        NOW_MS,
    ));
    let refused = refused.unwrap_err();
    assert_eq!(refused.status, 401);
    assert_eq!(refused.reason.as_deref(), Some("untrusted_certificate_url"));
}

/// SIG-20, durably: another process has recorded the first body, and the log itself refuses the second.
#[test]
fn the_log_refuses_the_second_body_of_a_transmission_whatever_it_says() {
    use crate::entry::tests::{Payments, paid};
    let process = process();
    let append = |id: &str, body_sha256: &str| {
        let provenance = Provenance {
            by: "route POST /webhooks".into(),
            recorded_at: crate::Timestamp::UNIX_EPOCH,
            received_at: crate::Timestamp::UNIX_EPOCH,
            body_sha256: body_sha256.into(),
            transmission: Some("paypal#t-1".into()),
            trace: None,
            request_id: id.into(),
            body: None,
            notice: None,
        };
        let entry = Entry::new::<Payments, _>(&paid(id), &provenance).unwrap();
        let deadline = std::time::Instant::now() + Duration::from_secs(1);
        run(process.services.log.append(&entry, deadline)).unwrap()
    };
    assert_eq!(append("pay_1", "aa"), Appended::Recorded);
    // Of one body there may be several facts.
    assert_eq!(append("pay_2", "aa"), Appended::Recorded);
    assert_eq!(append("pay_3", "bb"), Appended::Mismatch);
    assert_eq!(append("pay_1", "aa"), Appended::Duplicate);
}

/// SIG-20 before anything is done: what a handler or a later sink sends is sent for one body only, whichever process it comes to.
#[test]
fn another_process_refuses_a_second_body_before_its_handler_sees_it() {
    use crate::entry::tests::{Paid, Payments};
    let (first, mut second) = (process(), process());
    second.services.log = first.services.log.clone();
    let called = std::cell::Cell::new(0);
    let take = |process: &Process, body: &str| {
        let genuine = decide(process, body).unwrap();
        let telemetry = crate::telemetry::Telemetry::to(process.output.clone());
        let invocation = Invocation::of("{}", process.services.clone(), telemetry, process.given);
        let handler = async |_: Request, _: Context| {
            called.set(called.get() + 1);
            Ok::<(), crate::Fault>(())
        };
        let sinks = [crate::sink::append::<Payments, Paid>()];
        let taken = invocation.record(&ROUTE, delivery(body), genuine, handler, &sinks);
        run(taken).map_err(|it| (it.status, it.outcome, it.evidence.body_sha256))
    };
    assert_eq!(take(&first, GENUINE).unwrap().status, 200);
    let of_colliding = Receipt::new(COLLIDING.as_bytes(), crate::Timestamp::UNIX_EPOCH);
    let refused = (409, Outcome::Mismatch, Some(of_colliding.body_sha256()));
    assert_eq!(take(&second, COLLIDING).unwrap_err(), refused);
    assert_eq!(called.get(), 1);
    assert_eq!(take(&first, GENUINE).unwrap().status, 200);
    assert_eq!(called.get(), 2);
}
