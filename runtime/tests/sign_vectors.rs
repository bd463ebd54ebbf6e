//! Every scheme's own vector: it verifies, and no change of it does.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helper functions too"
)]

use std::sync::Arc;

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{
    BodyProof, CertificateSource, CertificateUrl, Refusal, Request, SCHEMES, Scheme, Verified,
    Verifier,
};

type Header = (String, String);

/// What the certificate URL of a vector answers.
struct VectorCertificates(&'static Scheme);

impl CertificateSource for VectorCertificates {
    fn certificate_pem(&self, url: CertificateUrl<'_>) -> Option<Arc<[u8]>> {
        let named = self
            .0
            .vector
            .headers
            .iter()
            .any(|(_, value)| *value == url.as_str());
        named.then(|| self.0.vector.certificates.chain_pem.as_bytes().into())
    }
}

fn verifier(scheme: &'static Scheme) -> Verifier {
    let secret = (!scheme.vector.secret.is_empty()).then(|| Secret::new(scheme.vector.secret));
    let verifier = Verifier::new(scheme, scheme.vector.arguments, secret.as_slice()).unwrap();
    match scheme.vector.certificates.root_pem {
        "" => verifier,
        root => verifier.trusting_only(root.as_bytes()).unwrap(),
    }
}

fn headers(scheme: &Scheme) -> Vec<Header> {
    scheme
        .vector
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn decide<'r>(
    verifier: &Verifier,
    headers: &'r Vec<Header>,
    body: &'r [u8],
    now_s: i64,
) -> Result<Verified<'r>, Refusal> {
    let (request, scheme) = (Request { headers, body }, verifier.scheme());
    // A provider that is asked knows its vector's object and no other.
    if let Some(question) = verifier.question(&request)? {
        let answer = scheme.vector.answer;
        let asked = String::from_utf8_lossy(answer).contains(&format!("\"{}\"", question.id()));
        return match asked {
            true => verifier.verify_answer(&question, answer),
            false => Err(Refusal::UnknownToProvider),
        };
    }
    verifier.verify_with(&request, now_s, &VectorCertificates(scheme))
}

#[test]
fn the_vector_of_every_scheme_verifies() {
    for scheme in SCHEMES {
        let vector = &scheme.vector;
        let headers = headers(scheme);
        let key_index =
            decide(&verifier(scheme), &headers, vector.body, vector.now_s).map(|it| it.key_index);
        assert_eq!(key_index, Ok(0), "{}", scheme.name);
    }
}

/// SIG-01
#[test]
fn no_changed_byte_of_what_is_signed_verifies() {
    for scheme in SCHEMES {
        let (vector, verifier, headers) = (&scheme.vector, verifier(scheme), headers(scheme));
        let proof = decide(&verifier, &headers, vector.body, vector.now_s)
            .unwrap()
            .body;
        // Where only fields are signed, the other bytes may change; those schemes have tests of their own.
        for at in (0..vector.body.len()).filter(|_| proof != BodyProof::Fields) {
            let mut body = vector.body.to_vec();
            body[at] ^= 1;
            assert!(
                decide(&verifier, &headers, &body, vector.now_s).is_err(),
                "{}: body byte {at}",
                scheme.name
            );
        }
        let grown = [vector.body, b"\n"].concat();
        assert!(
            proof == BodyProof::Fields
                || decide(&verifier, &headers, &grown, vector.now_s).is_err(),
            "{}: grown",
            scheme.name
        );
        for (index, (name, value)) in vector.headers.iter().enumerate() {
            for at in 0..value.len() {
                let mut changed = headers.clone();
                let byte = if value.as_bytes()[at] == b'A' {
                    "B"
                } else {
                    "A"
                };
                changed[index].1.replace_range(at..=at, byte);
                assert!(
                    decide(&verifier, &changed, vector.body, vector.now_s).is_err(),
                    "{}: {name} at {at}",
                    scheme.name
                );
            }
        }
    }
}

/// SIG-14
#[test]
fn a_header_that_is_missing_empty_or_there_twice_is_refused() {
    for scheme in SCHEMES {
        let (vector, verifier) = (&scheme.vector, verifier(scheme));
        for at in 0..vector.headers.len() {
            let name = vector.headers[at].0;
            let mut missing = headers(scheme);
            missing.remove(at);
            assert!(
                decide(&verifier, &missing, vector.body, vector.now_s).is_err(),
                "{}: no {name}",
                scheme.name
            );
            let mut empty = headers(scheme);
            empty[at].1.clear();
            assert!(
                decide(&verifier, &empty, vector.body, vector.now_s).is_err(),
                "{}: empty {name}",
                scheme.name
            );
            let mut twice = headers(scheme);
            twice.push((name.to_uppercase(), vector.headers[at].1.to_owned()));
            let refusal = decide(&verifier, &twice, vector.body, vector.now_s).unwrap_err();
            assert_eq!(
                refusal.code(),
                "duplicate_header",
                "{}: {name} twice",
                scheme.name
            );
        }
    }
}

/// SIG-15
#[test]
fn header_names_are_compared_without_case() {
    for scheme in SCHEMES {
        let shout = headers(scheme)
            .into_iter()
            .map(|(name, value)| (name.to_uppercase(), value))
            .collect();
        let (vector, verifier) = (&scheme.vector, verifier(scheme));
        assert!(
            decide(&verifier, &shout, vector.body, vector.now_s).is_ok(),
            "{}",
            scheme.name
        );
    }
}

#[test]
fn names_and_parameters_are_words_of_the_language_and_defaults_fit() {
    for scheme in SCHEMES {
        let word = |it: &str| {
            it.bytes()
                .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
        };
        assert!(
            word(scheme.name) && !scheme.doc.is_empty() && scheme.doc.ends_with('.'),
            "{}",
            scheme.name
        );
        assert_eq!(
            SCHEMES.iter().filter(|it| it.name == scheme.name).count(),
            1,
            "{}",
            scheme.name
        );
        for parameter in scheme.parameters() {
            assert!(
                word(parameter.name) && parameter.doc.ends_with('.'),
                "{}.{}",
                scheme.name,
                parameter.name
            );
            assert!(
                !(parameter.required && parameter.default.is_some()),
                "{}.{}",
                scheme.name,
                parameter.name
            );
            if let Some(default) = parameter.default {
                assert_eq!(
                    parameter.check(default),
                    Ok(()),
                    "{}.{}",
                    scheme.name,
                    parameter.name
                );
            }
        }
    }
}
