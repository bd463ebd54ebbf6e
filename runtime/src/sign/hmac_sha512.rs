//! A keyed SHA-512 over the body; everything else as in `hmac_sha256`.

use super::hmac_sha256::{PARAMETERS, layout};
use super::scheme::{Certificates, Hash, Method, Rotation, Scheme, Vector};

pub(super) const SCHEME: Scheme = Scheme {
    name: "hmac_sha512",
    doc: "HMAC-SHA512 over the exact body, in a header of your choice.",
    source: "RFC 2104, RFC 4231",
    parameters: PARAMETERS,
    covers: "the whole body; with `timestamp`, also the time of signing",
    rotation: Rotation::Overlap,
    feature: None,
    vector: Vector {
        origin: "RFC 4231, test case 4",
        arguments: &[("header", "X-Webhook-Signature"), ("key", "hex")],
        secret: "0102030405060708090a0b0c0d0e0f10111213141516171819",
        headers: &[(
            "X-Webhook-Signature",
            concat!(
                "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db",
                "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
            ),
        )],
        body: &[0xcd; 50],
        now_s: 0,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::Headers(layout(Hash::Sha512)),
};
