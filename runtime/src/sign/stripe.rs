//! Stripe: `t=…,v1=…` over time and body.

use super::scheme::{
    Algorithm, Certificates, EncodingRule, Form, Hash, HeaderNames, KeyForm, KeyRule, Layout,
    Method, Parameter, Part, Rotation, Scheme, Setting, Vector,
};

pub(super) const SCHEME: Scheme = Scheme {
    name: "stripe",
    doc: "Stripe's `Stripe-Signature`, version 1.",
    source: "https://docs.stripe.com/webhooks#verify-manually",
    parameters: &[
        Parameter::secret("The endpoint's signing secret, `whsec_…`, as the dashboard shows it."),
        Parameter::TOLERANCE,
    ],
    covers: "the whole body and the time of signing",
    rotation: Rotation::Overlap,
    feature: None,
    vector: Vector {
        origin: "computed with openssl dgst -sha256 -hmac",
        arguments: &[],
        secret: "whsec_9c1185a5c5e9fc54612808977ee8f548b2258d31",
        headers: &[(
            "Stripe-Signature",
            "t=1718000000,v1=060c0ec05dc79bf1b08e9f700d1186225046155285af4ee552a41b74deb971f1",
        )],
        body: br#"{"id":"evt_1","object":"event","type":"payment_intent.succeeded"}"#,
        now_s: 1_718_000_010,
        answer: b"",
        certificates: Certificates::NONE,
    },
    method: Method::Headers(Layout {
        algorithm: Algorithm::Hmac(
            Hash::Sha256,
            KeyRule {
                form: KeyForm::Text,
                bytes_min: 16,
                bytes_max: 256,
            },
        ),
        headers: &[HeaderNames {
            signature: Setting::Fixed("Stripe-Signature"),
            timestamp: Setting::Absent,
            id: Setting::Absent,
        }],
        form: Form::Pairs {
            separator: ',',
            timestamp: "t",
            signature: "v1",
        },
        encoding: EncodingRule::Hex,
        signed: &[Part::TimestampThen(Setting::Fixed(".")), Part::Body],
        id_is_signed: false,
    }),
};
