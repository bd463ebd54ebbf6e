//! Adyen for platforms, balance and management webhooks: base64 over the body, key in hexadecimal.

use super::scheme::{
    Certificates, EncodingRule, HeaderNames, KeyForm, KeyRule, Layout, Method, Parameter, Rotation,
    Scheme, Vector,
};

pub(super) const SCHEME: Scheme = Scheme {
    name: "adyen_platform",
    doc: "Adyen's `HmacSignature` header over the body, for platform, balance and management webhooks.",
    source: "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures",
    parameters: &[Parameter::secret(
        "The HMAC key in hexadecimal, as the Customer Area shows it.",
    )],
    covers: "the whole body",
    rotation: Rotation::Overlap,
    feature: None,
    vector: Vector {
        origin: "computed with Python's hmac and hashlib",
        arguments: &[],
        secret: "9F3C1A77E0B54D2286AD5E10C4F7B93862D1085E4BB7A90C3F6E21D87A540CE3",
        headers: &[(
            "HmacSignature",
            "5hjFhT8tN4E1CAFvRWJ0FD0x76tUA6zjT2p1uEAGRhg=",
        )],
        body: br#"{"event":"payment.captured","id":"pay_1"}"#,
        now_s: 1_718_000_000,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::Headers(Layout::of_body(
        &[HeaderNames::signature("HmacSignature")],
        "",
        EncodingRule::Base64,
        KeyRule {
            form: KeyForm::Hex,
            bytes_min: 32,
            bytes_max: 64,
        },
    )),
};
