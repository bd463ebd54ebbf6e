//! PayPal: what the signature does not protect, what is never fetched, and which certificates do not count.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helper functions too"
)]

use std::cell::Cell;
use std::sync::Arc;

use pipe_runtime::sign::{
    BodyProof, CertificateCache, CertificateSource, CertificateUrl, Refusal, Request, Scheme,
    Verified, Verifier, scheme,
};

/// The vector's body, `{"amount":"10.00"}`, and another one with the same CRC-32, 101559b4.
const GENUINE: &[u8] = br#"{"amount":"10.00"}"#;
const COLLIDING: &[u8] =
    b"{\"amount\":\"9999.00\"} \t   \t \t \t \t \t\t\t\t\t\t \t\t\t\t\t\t\t\t\t \t         ";

/// Answers every URL with the same PEM and counts how often it was asked.
struct Counting<'p>(&'p str, Cell<usize>);

impl CertificateSource for Counting<'_> {
    fn certificate_pem(&self, _: CertificateUrl<'_>) -> Option<Arc<[u8]>> {
        self.1.set(self.1.get() + 1);
        Some(self.0.as_bytes().into())
    }
}

fn paypal() -> &'static Scheme {
    scheme("paypal").unwrap()
}

fn verifier() -> Verifier {
    let vector = &paypal().vector;
    Verifier::new(paypal(), vector.arguments, &[])
        .unwrap()
        .trusting_only(vector.certificates.root_pem.as_bytes())
        .unwrap()
}

fn headers() -> Vec<(String, String)> {
    paypal()
        .vector
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn with(name: &str, value: &str) -> Vec<(String, String)> {
    headers()
        .into_iter()
        .map(|(it, old)| {
            if it == name {
                (it, value.to_owned())
            } else {
                (it, old)
            }
        })
        .collect()
}

fn decide<'r>(
    headers: &'r Vec<(String, String)>,
    body: &'r [u8],
    pem: &str,
    now_s: i64,
) -> Result<Verified<'r>, Refusal> {
    verifier().verify_with(
        &Request { headers, body },
        now_s,
        &Counting(pem, Cell::new(0)),
    )
}

/// SIG-20
#[test]
fn a_colliding_body_verifies_and_its_hash_gives_it_away() {
    let (headers, vector) = (headers(), &paypal().vector);
    let genuine = decide(
        &headers,
        GENUINE,
        vector.certificates.chain_pem,
        vector.now_s,
    )
    .unwrap();
    let colliding = decide(
        &headers,
        COLLIDING,
        vector.certificates.chain_pem,
        vector.now_s,
    )
    .unwrap();
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(COLLIDING).unwrap()["amount"],
        "9999.00"
    );
    assert_eq!(genuine.delivery_id, colliding.delivery_id);
    assert!(genuine.delivery_id.unwrap().is_signed);
    let (BodyProof::Checksum { sha256: first }, BodyProof::Checksum { sha256: second }) =
        (genuine.body, colliding.body)
    else {
        panic!("PayPal proves no more than a checksum")
    };
    assert_ne!(
        first, second,
        "the pair of delivery id and hash tells the two apart"
    );
}

/// SIG-08, SIG-18
#[test]
fn nothing_is_fetched_for_a_request_that_is_refused_before() {
    for (name, value) in [
        (
            "PAYPAL-CERT-URL",
            "https://api.sandbox.paypal.com.evil/v1/notifications/certs/C",
        ),
        (
            "PAYPAL-CERT-URL",
            "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-vector",
        ),
        (
            "PAYPAL-CERT-URL",
            "http://169.254.169.254/latest/meta-data/",
        ),
        ("PAYPAL-AUTH-ALGO", "SHA1withRSA"),
        ("PAYPAL-AUTH-ALGO", "none"),
        ("PAYPAL-AUTH-ALGO", "HmacSHA256"),
        ("PAYPAL-TRANSMISSION-SIG", "%%%"),
        ("PAYPAL-TRANSMISSION-SIG", ""),
        ("PAYPAL-TRANSMISSION-ID", ""),
    ] {
        let source = Counting(paypal().vector.certificates.chain_pem, Cell::new(0));
        let headers = with(name, value);
        let request = Request {
            headers: &headers,
            body: GENUINE,
        };
        assert!(
            verifier()
                .verify_with(&request, paypal().vector.now_s, &source)
                .is_err(),
            "{name}: {value}"
        );
        assert_eq!(source.1.get(), 0, "{name}: {value}");
    }
}

/// SIG-19
#[test]
fn only_a_certificate_for_paypal_under_a_trusted_root_counts() {
    let (headers, vector) = (headers(), &paypal().vector);
    let leaf = vector.certificates.chain_pem;
    let self_signed = include_str!("paypal_certificates/selfsigned.pem");
    let other_name = include_str!("paypal_certificates/otherleaf.pem");
    let under_leaf = format!(
        "{}{leaf}",
        include_str!("paypal_certificates/underleaf.pem")
    );
    let code = |pem: &str, now_s: i64| decide(&headers, GENUINE, pem, now_s).unwrap_err().code();
    assert_eq!(code(self_signed, vector.now_s), "untrusted_certificate");
    assert_eq!(code(&under_leaf, vector.now_s), "untrusted_certificate");
    assert_eq!(code(other_name, vector.now_s), "wrong_certificate_name");
    assert_eq!(code(leaf, 0), "certificate_expired");
    assert_eq!(
        code(leaf, vector.now_s + 30 * 366 * 86_400),
        "certificate_expired"
    );
    assert_eq!(code("", vector.now_s), "untrusted_certificate");
    assert_eq!(
        code(
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            vector.now_s
        ),
        "untrusted_certificate"
    );
    let pinned = Verifier::new(paypal(), vector.arguments, &[]).unwrap();
    let request = Request {
        headers: &headers,
        body: GENUINE,
    };
    let refusal = pinned
        .verify_with(&request, vector.now_s, &Counting(leaf, Cell::new(0)))
        .unwrap_err();
    assert_eq!(
        refusal.code(),
        "untrusted_certificate",
        "without the vector's root, only DigiCert's count"
    );
}

/// An authority whose key is for lists of revoked certificates makes none, as OpenSSL and so PayPal's library decide.
#[test]
fn an_authority_signs_certificates_only_with_a_key_for_that() {
    let (headers, vector) = (headers(), &paypal().vector);
    let root = include_str!("paypal_certificates/keyusage_root.pem");
    let verifier = Verifier::new(paypal(), vector.arguments, &[]).unwrap();
    let verifier = verifier.trusting_only(root.as_bytes()).unwrap();
    let code = |authority: &str| {
        let chain = [
            include_str!("paypal_certificates/keyusage_leaf.pem"),
            authority,
        ]
        .concat();
        let request = Request {
            headers: &headers,
            body: GENUINE,
        };
        let source = Counting(&chain, Cell::new(0));
        let decided = verifier.verify_with(&request, vector.now_s, &source);
        decided.unwrap_err().code()
    };
    // The chain holds, and the signature is another certificate's.
    for authority in [
        include_str!("paypal_certificates/keyusage_signs.pem"),
        include_str!("paypal_certificates/keyusage_unsaid.pem"),
    ] {
        assert_eq!(code(authority), "no_matching_signature");
    }
    let lists = include_str!("paypal_certificates/keyusage_lists.pem");
    assert_eq!(code(lists), "untrusted_certificate");
}

#[test]
fn a_certificate_that_cannot_be_had_is_no_verdict() {
    let (headers, vector) = (headers(), &paypal().vector);
    let request = Request {
        headers: &headers,
        body: GENUINE,
    };
    let verifier = verifier();
    let refusal = verifier.verify(&request, vector.now_s).unwrap_err();
    assert!(refusal.is_temporary() && refusal.code() == "certificate_unavailable");
    let url = verifier.certificate_url(&request).unwrap().unwrap();
    let mut cache = CertificateCache::default();
    cache.insert(url, vector.certificates.chain_pem.as_bytes().to_vec());
    assert!(
        verifier.verify_with(&request, vector.now_s, &cache).is_ok(),
        "fetched once, it is in the cache"
    );
}
