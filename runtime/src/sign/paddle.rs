//! Paddle Billing: `ts=…;h1=…` over time and body.

use super::scheme::{
    Algorithm, Certificates, EncodingRule, Form, Hash, HeaderNames, KeyRule, Layout, Method,
    Parameter, Part, Rotation, Scheme, Setting, Vector,
};

pub(super) const SCHEME: Scheme = Scheme {
    name: "paddle",
    doc: "Paddle Billing's `Paddle-Signature`, version 1.",
    source: "https://developer.paddle.com/webhooks/signature-verification",
    parameters: &[
        Parameter::secret("The notification destination's secret key, `pdl_ntfset_…`."),
        Parameter::tolerance("5s"),
    ],
    covers: "the whole body and the time of signing",
    rotation: Rotation::Overlap,
    feature: None,
    vector: Vector {
        origin: "computed with Python's hmac and hashlib; the key is the example of Paddle's documentation",
        arguments: &[],
        secret: "pdl_ntfset_01gkpjp8bkm3tm53kdgkx6sms7_6h3qd3uFSi9YCD3OLYAShQI90XTI5vEI",
        headers: &[(
            "Paddle-Signature",
            "ts=1718000000;h1=0f612d58ee630813a0883bac85dc315a90e6efe9bde87b4be01a5112c56ba60f",
        )],
        body: br#"{"event":"payment.captured","id":"pay_1"}"#,
        now_s: 1_718_000_000,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::Headers(Layout {
        algorithm: Algorithm::Hmac(Hash::Sha256, KeyRule::text(16)),
        headers: &[HeaderNames::signature("Paddle-Signature")],
        form: Form::Pairs {
            separator: ';',
            timestamp: "ts",
            signature: "h1",
        },
        encoding: EncodingRule::Hex,
        signed: &[Part::TimestampThen(Setting::Fixed(":")), Part::Body],
        id_is_signed: false,
    }),
};
