//! A request costs no memory of ours: verifying a keyed hash allocates nothing, whether it is right or wrong.

use pipe_runtime::secret::Secret;
use pipe_runtime::sign::{Delivery, Request, SCHEMES, Verifier, sign};

#[test]
fn verifying_a_keyed_hash_allocates_nothing() {
    let mut measured = 0;
    for scheme in SCHEMES
        .iter()
        .filter(|it| it.feature.is_none() && it.name != "braintree")
    {
        let secret = || Secret::new(scheme.vector.secret);
        let delivery = Delivery {
            body: &[b'x'; 4096],
            id: "msg_1",
            now_s: 1_000,
        };
        let signed = sign(scheme, scheme.vector.arguments, secret(), &delivery).unwrap();
        let verifier = Verifier::new(scheme, scheme.vector.arguments, &[secret()]).unwrap();
        for body in [signed.body.as_slice(), b"another"] {
            let request = Request {
                headers: &signed.headers,
                body,
            };
            let mut accepted = None;
            let used = allocation_counter::measure(|| {
                accepted = Some(verifier.verify(&request, 1_000).is_ok())
            });
            assert_eq!(accepted, Some(body == signed.body), "{}", scheme.name);
            assert_eq!(used.count_total, 0, "{}", scheme.name);
            measured += 1;
        }
    }
    assert!(measured >= 20, "only {measured}");
}
