//! Razorpay: hexadecimal over the body. The event id is outside the signature.

use super::scheme::{
    Certificates, EncodingRule, HeaderNames, KeyRule, Layout, Method, Parameter, Rotation, Scheme,
    Vector,
};

pub(super) const SCHEME: Scheme = Scheme {
    name: "razorpay",
    doc: "Razorpay's `X-Razorpay-Signature`.",
    source: "https://razorpay.com/docs/webhooks/validate-test/",
    parameters: &[Parameter::secret("The webhook's secret.")],
    covers: "the whole body",
    rotation: Rotation::Overlap,
    feature: None,
    vector: Vector {
        origin: "computed with Python's hmac and hashlib",
        arguments: &[],
        secret: "rzp_hook_5b1d0c8be2f74a",
        headers: &[(
            "X-Razorpay-Signature",
            "96e812b76d241899ec522518389c3f2573660f2e361eac44c385189b248c9747",
        )],
        body: br#"{"event":"payment.captured","id":"pay_1"}"#,
        now_s: 1_718_000_000,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::Headers(Layout::of_body(
        &[HeaderNames::with_id(
            "X-Razorpay-Signature",
            "X-Razorpay-Event-Id",
        )],
        "",
        EncodingRule::Hex,
        KeyRule::text(8),
    )),
};
